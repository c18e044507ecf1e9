"""What a check that asks the system says: briefly, once, and without a long wait where nothing answers."""

from typing import Any

import httpx
import pytest

from core.connector import Access, UnavailableError
from tests.connectors.fake_system import System, manifest, tickets

TICKET = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z"}
STREAMS = {"a": tickets(suffers="every figure"), "b": tickets(), "c": tickets()}


def of(*items: object) -> System:
    return System(lambda request: httpx.Response(200, json={"items": items}))


def test_a_system_that_does_not_answer_is_asked_for_its_first_list_only_and_twice_at_most() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    system = System(refuse)
    first, rest = system.connector(manifest(STREAMS)).probe()
    assert (first.stream, first.readable) == ("a", False)
    assert "Connection refused" in first.detail
    assert rest == Access("b, c", False, "not asked, since the system does not answer")
    assert len(system.asked) == 2
    assert sum(system.slept) <= 3


def test_a_login_that_is_refused_is_tried_once_and_said_once() -> None:
    system = System(lambda request: httpx.Response(401))
    first, rest = system.connector(manifest(STREAMS)).probe()
    assert "answered 401" in first.detail
    assert rest == Access("b, c", False, "not asked, since the login is refused")
    assert len(system.asked) == 1


@pytest.mark.parametrize(
    ("total", "told"),
    [
        (
            "0",
            "nothing found since the source's `since`; if there should be some, the account may not see them: "
            "give the role reader",
        ),
        ("7", "the first is hidden from the account, of 7 records that the query finds; if there should be some, the "),
    ],
)
def test_an_empty_list_may_be_one_that_is_hidden_and_the_right_is_named(total: str, told: str) -> None:
    system = System(lambda request: httpx.Response(200, json={"items": [], "total": total}))
    paging = {"kind": "offset", "size": 5, "stop": "total", "total": {"path": "total"}}
    request = {"path": "/tickets", "query": {"offset": "{offset}"}}
    stream = {**tickets(paging=paging, request=request, grant="give the role reader"), "cursor": None}
    (found,) = system.connector(manifest({"a": stream})).probe()
    assert found.readable
    assert found.detail.startswith(told)


def test_a_list_that_is_refused_does_not_keep_the_others_from_being_asked() -> None:
    system = System(lambda request: httpx.Response(403))
    found = system.connector(manifest(STREAMS)).probe()
    assert [one.stream for one in found] == ["a", "b", "c"]
    assert found[0].detail.endswith("; without it: every figure")


def test_the_last_list_alone_not_answering_leaves_nothing_unasked() -> None:
    (only,) = System(lambda request: httpx.Response(401)).connector(manifest({"a": tickets()})).probe()
    assert only.stream == "a"


def test_after_a_probe_requests_are_as_patient_as_before() -> None:
    system = System(lambda request: httpx.Response(503))
    connector = system.connector(manifest({"a": tickets()}, limits={"attempts": 4}))
    connector.probe()
    system.asked.clear()
    connector.probe()
    assert len(system.asked) == 2
    system.asked.clear()
    with pytest.raises(UnavailableError, match="answered 503"):
        list(connector.pages("a", None, 0))
    assert len(system.asked) == 4


@pytest.mark.parametrize(
    ("items", "detail"),
    [
        ([], "nothing found since the source's `since`"),
        ([TICKET], "1 record read"),
        ([TICKET, {**TICKET, "id": "2"}], "2 records read"),
        ([{**TICKET, "changed": "noon"}], "1 record read, 1 set aside: unreadable time"),
        (
            [{**TICKET, "changed": "noon"}, {**TICKET, "id": None}],
            "2 records read, 2 set aside: no id, unreadable time",
        ),
    ],
)
def test_what_was_read_is_counted_and_what_the_mapping_sets_aside_is_said(items: list[object], detail: str) -> None:
    # Without a cursor nothing is asked beside the list itself.
    stream = {**tickets(), "cursor": None}
    assert of(*items).connector(manifest({"a": stream})).probe() == [Access("a", True, detail)]


@pytest.mark.parametrize(
    ("kinds", "detail", "asked"),
    [
        ("cci", "0 rows inside one ticket", None),
        (
            "ccc",
            "not tried: of the 3 tickets read none is one of those for which it is asked, where kind is i",
            None,
        ),
        (
            "c",
            "not tried: the ticket read is not one of those for which it is asked, where kind is i",
            None,
        ),
        ("", "not tried: no ticket to ask for", None),
        ("cci", "1 row of one ticket read", "2"),
        ("icc", "1 row of one ticket read", "0"),
    ],
)
def test_a_history_of_some_tickets_alone_is_tried_with_one_of_these(kinds: str, detail: str, asked: str | None) -> None:
    items = [{**TICKET, "id": str(place), "kind": kind} for place, kind in enumerate(kinds)]
    rows, lists = list[str](), list[int]()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/log":
            rows.append(request.url.params["of"])
            return httpx.Response(200, json=[{"ticket": "1"}])
        lists.append(int(request.url.params["size"]))
        return httpx.Response(200, json={"items": items[: lists[-1]]})

    log: dict[str, Any] = {"ticket": "id", "at": "opened", "id": "id", "only": {"kind": "i"}, "unfold": {"row": "rows"}}
    if asked is not None:
        log = {**log, "request": {"path": "/log", "query": {"of": "{ids|first}"}}, "batch": 1}
    stream = {**tickets(history={"log": log}), "cursor": None, "paging": {"kind": "offset", "size": 100}}
    stream["request"] = {"path": "/tickets", "query": {"size": "{size}", "offset": "{offset}"}}
    if asked is not None:
        log.pop("unfold")
    found = {one.stream: one for one in System(answer).connector(manifest({"a": stream})).probe()}
    assert found["a.log"] == Access("a.log", True, detail)
    assert rows == ([asked] if asked else [])
    assert lists == ([1] if kinds[:1] in ("i", "") else [1, 20]), "one cheap question where it tells enough"


def test_a_change_time_that_stands_in_no_record_is_told() -> None:
    record = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "state": "open"}
    system = System(lambda request: httpx.Response(200, json={"items": [record]}))
    for path, told in (("chnged", True), ("changed", False)):
        connector = system.connector(manifest({"tickets": tickets(cursor={"path": path})}))
        assert ("stands in none of them, so that every pass reads all again" in connector.probe()[0].detail) is told
