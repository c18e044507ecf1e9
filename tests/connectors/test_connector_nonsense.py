"""Manifests and options that would read nothing, or the wrong thing, without a word are refused when loaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.check import check
from connectors.manifest import Manifest
from connectors.options import problems
from tests.connectors.fake_system import manifest, tickets

OPTIONS = {
    "kinds": {"type": "texts", "description": "kinds"},
    "states": {"type": "map", "description": "states"},
}
HISTORY: dict[str, Any] = {
    "request": {"path": "/log", "query": {"of": "{ids}"}},
    "ticket": "ticket",
    "at": "at",
    "id": "id",
    "rules": [{"kind": "comment"}],
}


def said(stream: dict[str, Any], **more: Any) -> Manifest:
    return manifest({"tickets": stream}, options=OPTIONS, **more)


def ticket(**more: Any) -> dict[str, Any]:
    return tickets(ticket={**tickets()["ticket"], **more})


def log(**more: Any) -> dict[str, Any]:
    return tickets(history={"log": {**HISTORY, **more}})


def rule(**more: Any) -> dict[str, Any]:
    return log(rules=[{"kind": "state", "to": "to", **more}])


HOLE = "$options.knids"
UNDECLARED = [
    (ticket(when={"kind": HOLE}), "ticket.when.kind.0"),
    (ticket(when={f"{HOLE}.x": "a"}), f"ticket.when.{HOLE}.x"),
    (ticket(requester=HOLE), "ticket.requester.0"),
    (ticket(links=[{"kind": "same", "path": HOLE}]), "ticket.links.0.path.0"),
    (ticket(links=[{"kind": "same", "path": "x", "when": {"y": HOLE}}]), "ticket.links.0.when.y.0"),
    (log(ticket=HOLE), "history.log.ticket"),
    (log(at=HOLE), "history.log.at"),
    (log(id=[HOLE]), "history.log.id.0"),
    (log(only={"kind": HOLE}), "history.log.only.kind.0"),
    (log(actor={"name": HOLE}), "history.log.actor.name.0"),
    (log(fills={"approved_at": {"path": "at", "when": {"x": HOLE}}}), "history.log.fills.approved_at.when.x.0"),
    (rule(when={"kind": HOLE}), "history.log.rules.0.when.kind.0"),
    (rule(word=HOLE), "history.log.rules.0.word.0.path.0"),
    (tickets(cursor={"path": HOLE}), "cursor.path"),
    (tickets(cursor={"zone": HOLE}), "cursor.zone"),
    (tickets(deleted={"when": {"x": HOLE}, "ticket": "id", "at": HOLE}), "deleted.when.x.0"),
]


@pytest.mark.parametrize(("stream", "place"), UNDECLARED, ids=[place for _, place in UNDECLARED])
def test_an_option_that_is_not_declared_is_refused_wherever_it_stands(stream: dict[str, Any], place: str) -> None:
    found = {".".join(map(str, one.path)).removeprefix("streams.tickets."): one.message for one in check(said(stream))}
    assert found[place].startswith("$options.knids: 'options.knids' is not declared; did you mean 'options.kinds'? ")


def test_a_word_of_a_condition_that_begins_like_an_option_is_one() -> None:
    (wrong,) = check(said(ticket(when={"kind": ["$optoins.kinds"]})))
    assert "$optoins.kinds: 'optoins.kinds' is not declared; did you mean 'options.kinds'?" in wrong.message


@pytest.mark.parametrize(
    "stream",
    [
        ticket(links=[{"kind": "same", "path": "x", "values": "stetes"}]),
        rule(word={"path": "x", "values": "stetes"}),
        rule(public={"path": "x", "values": "stetes"}),
    ],
)
def test_a_map_that_is_not_declared_is_refused_wherever_it_is_named(stream: dict[str, Any]) -> None:
    if "kind" in str(stream.get("history")):
        stream["history"]["log"]["rules"][0]["kind"] = "state"
    (wrong,) = check(said(stream, maps={"states": {"a": "active"}}))
    assert wrong.message == "values: 'stetes' is not declared; did you mean 'states'? known are states"


@pytest.mark.parametrize("values", [{"option": "states"}, "named"])
def test_what_an_operator_maps_words_to_is_something_that_the_field_may_hold(values: Any) -> None:
    made = tickets()
    made["ticket"]["map"] |= {"state": {"path": "state", "values": values}}
    whole = said(made, maps={"named": {"option": "states"}})
    assert problems(whole, {"states": {"9": "hold", "8": None}}) == []
    (wrong,) = problems(whole, {"states": {"9": "actvie", "8": "active"}})
    assert wrong.path == ("options", "states", "9")
    assert wrong.message.startswith("'actvie' is no state; did you mean 'active'? known are ")


@pytest.mark.parametrize(
    ("paging", "query", "message"),
    [
        ({"kind": "offset"}, {}, "paging by offset needs {offset} in the request: without it every page is the same"),
        ({"kind": "page"}, {}, "paging by page needs {page} "),
        ({"kind": "token", "path": "next"}, {}, "paging by token needs {token} "),
        ({"kind": "keyset", "start": "{since}", "after": "{since}{after}", "id": "id"}, {}, "needs {range} "),
        ({"kind": "none"}, {"n": "{size}"}, "{size} means nothing with paging: none; leave it out, or say paging of "),
        ({"kind": "page"}, {"p": "{page}", "o": "{offset}"}, "{offset} means nothing with paging: page"),
    ],
)
def test_a_request_bears_the_place_of_its_page_and_no_other(
    paging: dict[str, Any], query: dict[str, Any], message: str
) -> None:
    request = {"path": "/tickets", "query": {"since": "{since}", **query}}
    (wrong,) = check(said(tickets(request=request, paging=paging)))
    assert wrong.path == ("streams", "tickets", "request")
    assert message in wrong.message


def test_a_cursor_asks_since_when() -> None:
    (wrong,) = check(said(tickets(request={"path": "/tickets"})))
    assert wrong.message.startswith("needs {since} in the request: without it every pass reads all")


@pytest.mark.parametrize(
    ("request_", "batch", "message"),
    [
        ({"path": "/log"}, 1, "needs {ids} in the request"),
        ({"path": "/log/{ids|first}"}, 50, "{ids|first} asks for one of the 50 that a request is for; say batch: 1"),
    ],
)
def test_a_question_about_tickets_names_all_of_them(request_: dict[str, Any], batch: int, message: str) -> None:
    (wrong,) = check(said(log(request=request_, batch=batch)))
    assert wrong.message.startswith(message)


def test_what_is_filled_in_is_a_moment_of_the_ticket() -> None:
    (wrong,) = check(said(log(fills={"approved": {"path": "at"}})))
    assert wrong.message.startswith("'approved' is no moment of a ticket; did you mean 'approved_at'? known are ")


@pytest.mark.parametrize("key", ["precision", "window"])
def test_a_length_of_nothing_divides_nothing(key: str) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        said(tickets(cursor={key: "0s"}))


@pytest.mark.parametrize("total", [{}, {"header": "x-total", "path": "total"}])
def test_a_total_stands_in_one_place(total: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="say header or path, one of them"):
        said(tickets(paging={"kind": "offset", "total": total}))


def test_a_sign_that_every_answer_bears_is_refused() -> None:
    with pytest.raises(ValidationError, match="every answer would mean this: say status, header or path"):
        said(tickets(), signs=[{"means": "empty"}])
