from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.manifest import Manifest
from core.connector import AnswerError
from core.model import EVENT, SECOND, Page, rows, to_datetime
from tests.connectors.fake_system import NOW, System, manifest, tickets

BEGIN = 1_749_981_600 * SECOND


def stamp(offset: int) -> str:
    return to_datetime(BEGIN + offset * SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket(number: str, changed: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": number, "changed": stamp(changed), "opened": stamp(0), **more}


RULES = [
    {
        "kind": "state", "when": {"field": "state"},
        "to": {"path": "new", "values": "states"}, "old": {"path": "old", "values": "states"},
    },
    {"kind": "group", "when": {"field": "group"}, "to": "new", "old": "old"},
    {"kind": "comment", "when": {"field": "comment"}, "public": {"path": "public"}},
]  # fmt: skip
MAPS = {"states": {"values": {"open": "active", "busy": "active", "wait": "hold", "done": "resolved"}}}
ROW = {"ticket": "ticket", "at": "at", "id": "id", "actor": {"name": "who", "automation": ["system"]}}


def row(number: str, of: str, at: int, field: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": number, "ticket": of, "at": stamp(at), "field": field, "old": old, "new": new, "who": "ann", **more}


def asked(**more: Any) -> Manifest:
    """Tickets, and their history by a further request for up to two of them."""
    history = {
        "request": {"path": "/history", "query": {"ids": "{ids|join:,}", "offset": "{offset}"}},
        "records": "rows", "batch": 2, **ROW, "rules": RULES, **more,
    }  # fmt: skip
    stream = tickets(history={"log": history})
    stream["ticket"]["requester"] = "asker"
    return manifest({"t": stream}, maps=MAPS)


class Desk:
    def __init__(self, items: list[dict[str, Any]], history: list[dict[str, Any]], refuses: int = 0) -> None:
        self.items, self.history, self.refuses = items, history, refuses

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            return httpx.Response(200, json={"items": self.items})
        if self.refuses:
            return httpx.Response(self.refuses)
        ids = parse_qs(request.url.query.decode())["ids"][0].split(",")
        return httpx.Response(200, json={"rows": [row for row in self.history if row["ticket"] in ids]})


def read(said: Manifest, desk: Desk, **more: Any) -> tuple[System, Page]:
    system = System(desk.answer)
    (page,) = system.connector(said, **more).pages("t", None, NOW)
    return system, page


def events(page: Page, *names: str) -> list[tuple[Any, ...]]:
    if not page.events:
        return []
    places = [EVENT.index(name) for name in names]
    return [tuple(event[place] for place in places) for event in rows("event", page.events)]


def test_history_is_asked_in_batches_and_its_rows_become_events() -> None:
    history = [
        row("h1", "1", 1, "state", "open", "wait"),
        row("h2", "2", 2, "group", "Web", "Data"),
        row("h3", "3", 3, "comment", public=False),
        row("h4", "3", 4, "color", "red", "blue"),
    ]
    system, page = read(asked(), Desk([ticket("1"), ticket("2"), ticket("3")], history))
    assert [parse_qs(r.url.query.decode()).get("ids") for r in system.asked] == [None, ["1,2"], ["3"]]
    assert events(page, "ticket", "event_id", "kind", "at", "from_value", "to_value", "public", "vendor_value") == [
        ("1", "log:h1:state", "state", BEGIN + SECOND, "active", "hold", None, "wait"),
        ("2", "log:h2:group", "group", BEGIN + 2 * SECOND, "Web", "Data", None, "Data"),
        ("3", "log:h3:comment", "comment", BEGIN + 3 * SECOND, None, None, 0, None),
    ]


def test_another_word_for_the_same_state_is_no_event() -> None:
    _, page = read(asked(), Desk([ticket("1")], [row("h1", "1", 1, "state", "open", "busy")]))
    assert events(page, "kind") == []


def test_rows_that_come_in_another_order_than_that_of_time_are_compared_in_the_order_of_time() -> None:
    said = asked(rules=[
        {"kind": "group", "when": {"field": "team"}, "to": "new"},
        {"kind": "group", "when": {"field": "desk"}, "to": "new"},
    ])  # fmt: skip
    history = [
        row("d", "1", 4, "team", new="A"), row("a", "1", 1, "team", new="A"), row("c", "1", 3, "desk", new="B"),
        row("b", "1", 2, "team", new="A"),
    ]  # fmt: skip
    _, page = read(said, Desk([ticket("1")], history))
    assert set(events(page, "event_id", "to_value")) == {
        ("log:a:group", "A"), ("log:c:group", "B"), ("log:d:group", "A")
    }  # fmt: skip


def test_an_unknown_word_is_an_event_to_something_unknown_and_is_counted() -> None:
    _, page = read(asked(), Desk([ticket("1")], [row("h1", "1", 1, "state", "open", "odd")]))
    assert events(page, "from_value", "to_value", "vendor_value") == [("active", None, "odd")]
    assert page.unmapped[("state", "odd")] == 1


def test_whose_act_it_was_is_a_class_and_never_a_name() -> None:
    history = [
        row("a", "1", 1, "comment", who="ann"),
        row("b", "1", 2, "comment", who="SVC-monitor"),
        row("c", "1", 3, "comment", who="bob"),
        row("d", "1", 4, "comment", who=""),
        row("e", "1", 5, "comment", who="system"),
        row("f", "1", 6, "group", "Web", "Data", who="bob"),
    ]
    _, page = read(asked(), Desk([ticket("1", asker="bob")], history), automation=["svc-*"])
    assert set(events(page, "event_id", "actor")) == {
        ("log:a:comment", "person"), ("log:b:comment", "automation"), ("log:c:comment", "requester"),
        ("log:d:comment", "unknown"), ("log:e:comment", "automation"), ("log:f:group", "person"),
    }  # fmt: skip
    assert not {"ann", "bob", "SVC-monitor"} & {value for event in rows("event", page.events) for value in event}


def test_an_account_may_be_a_part_of_a_name() -> None:
    history = [
        row("a", "1", 1, "comment", who="ann (21)"),
        row("b", "1", 2, "comment", who="bob (7)"),
        row("c", "1", 3, "comment", who="cron_close"),
        row("d", "1", 4, "comment", who="svc-monitor (9)"),
        row("e", "1", 5, "comment", who="eve (12)"),
    ]
    said = asked(actor={"name": "who", "match": r"\((\d+)\)$", "automation": ["cron*"]})
    _, page = read(said, Desk([ticket("1", asker="7")], history), automation=["svc-*", "12"])
    assert set(events(page, "event_id", "actor")) == {
        ("log:a:comment", "person"), ("log:b:comment", "requester"), ("log:c:comment", "automation"),
        ("log:d:comment", "automation"), ("log:e:comment", "automation"),
    }  # fmt: skip


def test_rows_of_one_moment_keep_the_order_in_which_they_came() -> None:
    history = [
        row("a", "1", 1, "state", "open", "wait"),
        row("b", "1", 1, "state", "wait", "done"),
        row("c", "1", 2, "state", "done", "open"),
    ]
    _, page = read(asked(), Desk([ticket("1")], history))
    assert events(page, "event_id", "seq") == [("log:a:state", 0), ("log:b:state", 1), ("log:c:state", 0)]


def test_a_row_that_comes_twice_is_one_event() -> None:
    twice = row("a", "1", 1, "state", "open", "wait")
    _, page = read(asked(), Desk([ticket("1")], [twice, twice]))
    assert events(page, "event_id") == [("log:a:state",)]


def test_rows_without_a_readable_time_are_set_aside() -> None:
    history = [{**row("a", "1", 1, "state", "open", "wait"), "at": "noon"}, {**row("b", "1", 1, "state"), "at": None}]
    _, page = read(asked(), Desk([ticket("1")], history))
    assert [(reject.key, reject.reason) for reject in page.rejects] == [("a", "unreadable time"), ("b", "no time")]


@pytest.mark.parametrize(("status", "asked_for"), [(403, 4), (404, 4)])
def test_tickets_go_on_without_a_history_that_is_refused_and_the_probe_says_so(status: int, asked_for: int) -> None:
    desk = Desk([ticket("1"), ticket("2"), ticket("3")], [], refuses=status)
    system, page = read(asked(suffers="holds"), desk)
    assert page.tickets["vendor_id"] == ["1", "2", "3"]
    # It may be a ticket that is refused or gone, and not the question: so they are asked for alone, some of them.
    assert len(system.asked) == 1 + asked_for
    found = {access.stream: access for access in System(desk.answer).connector(asked(suffers="holds")).probe()}
    assert found["t"].readable
    assert not found["t.log"].readable
    assert f"answered {status}" in found["t.log"].detail
    assert "without it: holds" in found["t.log"].detail


def test_an_error_in_a_history_is_no_refusal() -> None:
    with pytest.raises(AnswerError, match=r"acme/desk: GET /history answered 400"):
        read(asked(), Desk([ticket("1")], [], refuses=400))


def test_a_ticket_read_again_in_the_same_version_is_not_asked_about_again() -> None:
    desk = Desk([ticket("1")], [])
    system = System(desk.answer)
    connector = system.connector(asked())
    (first,) = connector.pages("t", None, NOW)
    (second,) = connector.pages("t", first.checkpoint, NOW)
    assert [request.url.path for request in system.asked] == ["/tickets", "/history", "/tickets"]
    assert second.read == 1
    desk.items = [ticket("1", changed=5)]
    (third,) = connector.pages("t", second.checkpoint, NOW)
    assert third.tickets["vendor_id"] == ["1"]
    assert system.asked[-1].url.path == "/history"


@pytest.mark.parametrize(("more", "second"), [({"state": "done"}, "a state"), ({}, "nothing in the record itself")])
def test_a_second_change_within_the_same_second_is_read_with_its_history(more: dict[str, Any], second: str) -> None:
    desk = Desk([ticket("1")], [row("h1", "1", 0, "group", "Web", "Data")])
    connector = System(desk.answer).connector(asked())
    # What differs in the record itself is seen at any time; what does not, where the second was not over.
    (first,) = connector.pages("t", None, NOW if more else BEGIN)
    desk.items = [ticket("1", **more)]
    desk.history += [row("h2", "1", 0, "comment")]
    (again,) = connector.pages("t", first.checkpoint, NOW)
    assert again.tickets["vendor_id"] == ["1"], second
    assert events(again, "kind") == [("group",), ("comment",)]
    (third,) = connector.pages("t", again.checkpoint, NOW)
    assert third.tickets["vendor_id"] == [], "now it is known"


def test_a_page_that_was_not_saved_is_read_with_its_history_again() -> None:
    system = System(Desk([ticket("1")], []).answer)
    connector = system.connector(asked())
    pages = connector.pages("t", None, NOW)
    checkpoint = next(pages).checkpoint
    pages.close()  # type: ignore[attr-defined]  # a generator: the consumer failed to save the page
    list(connector.pages("t", checkpoint, NOW))
    assert [request.url.path for request in system.asked] == ["/tickets", "/history"] * 2


def test_rows_fill_fields_that_the_record_itself_leaves_empty() -> None:
    fills = {"approved_at": {"path": "at", "when": {"new": "done"}}, "resolved_at": {"path": "at", "take": "last"}}
    history = [row(str(n), "1", n, "state", "open", word) for n, word in enumerate(["wait", "done", "open", "done"])]
    _, page = read(asked(fills=fills, rules=[]), Desk([ticket("1"), ticket("2")], history))
    assert page.tickets["approved_at"] == [BEGIN + SECOND, None]
    assert page.tickets["resolved_at"] == [BEGIN + 3 * SECOND, None]
    assert events(page, "kind") == []


def test_history_inside_the_record_is_unfolded_oldest_first() -> None:
    said = {
        "unfold": {"change": "log.entries", "item": "items"}, "ticket": "record.id", "at": "change.at",
        "id": ["change.id", "item.field"], "actor": {"name": "change.who"}, "latest_first": True,
        "rules": [{"kind": "group", "when": {"item.field": "group"}, "to": "item.new"}],
    }  # fmt: skip
    entries = [
        {
            "id": number,
            "at": stamp(at),
            "who": "ann",
            "items": [{"field": "group", "new": name}, {"field": "x", "new": "y"}],
        }
        for number, at, name in (("3", 3, "C"), ("2", 2, "B"), ("1", 1, "B"))
    ]
    system = System(
        lambda request: httpx.Response(200, json={"items": [ticket("1", log={"entries": entries}), ticket("2")]})
    )
    (page,) = system.connector(manifest({"t": tickets(events=said)})).pages("t", None, NOW)
    # What held before is not said: on a page that begins with the later entry it would not be known either.
    assert events(page, "event_id", "to_value", "from_value") == [
        ("t:1:group:group", "B", None),
        ("t:3:group:group", "C", None),
    ]


def test_snapshots_of_a_stream_of_their_own_tell_what_changed() -> None:
    stream = {
        "request": {"path": "/rows", "query": {"since": "{since}"}}, "records": "rows", "cursor": {"overlap": "0s"},
        "events": {"ticket": "of", "at": "at", "id": "id", "rules": [
            {"kind": "state", "to": [
                {"const": "resolved", "when": {"end": "?*"}}, {"const": "hold", "when": {"hold": "?*"}},
                {"const": "new"},
            ]},
            {"kind": "group", "to": "group"},
        ]},
    }  # fmt: skip
    found = [
        {"id": "a", "of": "1", "at": stamp(1), "group": "Web"},
        {"id": "b", "of": "2", "at": stamp(2), "group": "Web"},
        {"id": "c", "of": "1", "at": stamp(3), "group": "Web", "hold": stamp(3)},
        {"id": "d", "of": "1", "at": stamp(4), "group": "Data", "hold": None, "end": stamp(4)},
    ]
    system = System(lambda request: httpx.Response(200, json={"rows": found}))
    (page,) = system.connector(manifest({"s": stream})).pages("s", None, NOW)
    assert set(events(page, "ticket", "kind", "to_value")) == {
        ("1", "state", "new"), ("2", "state", "new"), ("1", "state", "hold"), ("1", "state", "resolved"),
        ("1", "group", "Web"), ("2", "group", "Web"), ("1", "group", "Data"),
    }  # fmt: skip
    assert set(page.events["from_value"]) == {None}, "the row before may stand on another page"
    assert page.watermark == BEGIN + 4 * SECOND
