"""What systems and manifests get wrong: each has an answer that names source, stream and field, and an end."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.rest import SourceConnector
from core.connector import AnswerError
from core.model import SECOND, Page, to_datetime
from core.status import SourceStatus
from core.store.store import open_store
from core.sync import sync
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

AT = to_datetime(NOW - DAY).isoformat()
GOOD = {"id": "1", "changed": AT, "opened": AT, "state": "open"}


def read(*records: Any, **more: Any) -> Page:
    system = System(lambda request: httpx.Response(200, json={"items": list(records)}))
    made = tickets()
    made["ticket"]["map"] |= more.pop("map", {})
    (page,) = system.connector(manifest({"tickets": {**made, **more}})).pages("tickets", None, NOW)
    return page


def test_a_path_that_finds_nothing_is_counted_under_its_field() -> None:
    page = read(GOOD, {**GOOD, "id": "2"}, map={"state": {"path": "stat", "values": {"open": "active"}}})
    assert page.unmapped == {("state", "(empty)"): 2}
    assert page.tickets["state"] == [None, None]


def test_a_kind_that_cannot_be_told_is_counted_and_never_a_silent_gap() -> None:
    page = read(GOOD, map={"kind": {"path": "typ", "values": {"Incident": "incident"}}})
    assert page.tickets["vendor_id"] == []
    assert page.unmapped == {("kind", "(empty)"): 1}


def test_what_a_map_says_of_nothing_is_not_counted() -> None:
    page = read({**GOOD, "state": ""}, map={"state": {"path": "state", "values": {"": "new"}}})
    assert (page.tickets["state"], page.unmapped) == (["new"], {})


def test_an_unknown_status_is_counted_with_its_word() -> None:
    page = read({**GOOD, "state": "Parkiert"})
    assert page.unmapped == {("state", "Parkiert"): 1}


def test_records_without_the_field_of_the_cursor_are_set_aside_and_move_nothing() -> None:
    page = read({"id": "1", "state": "open"})
    assert [(one.key, one.reason) for one in page.rejects] == [("1", "no time")]
    assert page.watermark is None


@pytest.mark.parametrize("state", [{"label": "open"}, ["open"], 3, True, 2.5])
def test_a_field_that_changes_its_type_is_counted_and_stops_nothing(state: Any) -> None:
    page = read({**GOOD, "state": state}, GOOD | {"id": "2"})
    assert page.tickets["vendor_id"] == ["1", "2"]
    assert page.tickets["state"][1] == "active"
    assert page.tickets["state"][0] == "active" or sum(page.unmapped.values()) == 1


@pytest.mark.parametrize("changed", [{"at": AT}, [AT], 17.5e20, "soon", True])
def test_a_time_that_changes_its_type_is_set_aside_with_what_stood_there(changed: Any) -> None:
    page = read({**GOOD, "changed": changed}, GOOD | {"id": "2"})
    assert page.tickets["vendor_id"] == ["2"]
    (reject,) = page.rejects
    assert (reject.key, reject.reason) == ("1", "unreadable time")
    assert reject.detail.startswith("changed_at: ")


def test_a_path_into_a_value_of_another_type_finds_nothing_and_raises_nothing() -> None:
    page = read({**GOOD, "state": 7}, map={"state": {"path": "sort_by(state, &x)[0].x", "values": {"open": "active"}}})
    assert page.unmapped == {("state", "(empty)"): 1}


def test_records_that_are_no_objects_are_set_aside() -> None:
    page = read("none", None, 7, GOOD)
    assert page.tickets["vendor_id"] == ["1"]
    assert [one.reason for one in page.rejects] == ["wrong type"] * 3


def test_a_record_of_ten_megabytes_is_read_and_its_texts_are_cut() -> None:
    long = "x" * 10_000_000
    page = read({**GOOD, "description": long, "team": long}, map={"group": "team"})
    assert page.tickets["vendor_id"] == ["1"]
    assert len(page.tickets["group"][0]) == 500


def test_what_is_too_long_for_an_id_is_none() -> None:
    page = read({**GOOD, "id": "9" * 3000}, GOOD)
    assert page.tickets["vendor_id"] == ["1"]
    (reject,) = page.rejects
    assert (reject.reason, len(reject.key)) == ("no id", 32)


def test_a_reference_that_is_a_whole_text_is_counted_and_left_out() -> None:
    links = [{"kind": "same", "path": "note"}]
    made = tickets()
    page = read(
        {**GOOD, "note": "see " * 300}, {**GOOD, "id": "2", "note": "INC7"}, ticket={**made["ticket"], "links": links}
    )
    assert page.links["reference"] == ["INC7"]
    assert page.unmapped == {("links", "(a text of more than 250 characters)"): 1}, "free text is not kept"


def test_next_links_that_lead_in_a_circle_are_an_error_that_names_the_stream() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 1))
        record = {**GOOD, "id": str(page)}
        return httpx.Response(200, json={"items": [record], "next": f"/tickets?page={page % 3 + 1}"})

    system = System(answer)
    stream = tickets(paging={"kind": "next", "path": "next"})
    with pytest.raises(AnswerError, match="acme/desk: tickets: two pages hold the same 1 records"):
        list(system.connector(manifest({"tickets": stream})).pages("tickets", None, NOW))
    assert len(system.asked) <= 5


@pytest.mark.parametrize("kind", ["next", "token"])
def test_fresh_addresses_or_tokens_that_bring_the_same_pages_are_an_error(kind: str) -> None:
    """Pages A, B, A, B, each behind an address or a token that was never there before."""
    count = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        onward = f"/tickets?x={count}" if kind == "next" else f"t{count}"
        return httpx.Response(200, json={"items": [{**GOOD, "id": str(count % 2)}], "onward": onward})

    system = System(answer)
    stream = tickets(paging={"kind": kind, "path": "onward"})
    with pytest.raises(AnswerError, match="two pages hold the same 1 records"):
        list(system.connector(manifest({"tickets": stream})).pages("tickets", None, NOW))
    assert count == 3


def test_empty_pages_without_end_are_an_error() -> None:
    count = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return httpx.Response(200, json={"items": [], "next": f"/tickets?x={count}"})

    stream = tickets(paging={"kind": "next", "path": "next"})
    with pytest.raises(AnswerError, match="1000 pages in a row hold no record, and the list does not end"):
        list(System(answer).connector(manifest({"tickets": stream})).pages("tickets", None, NOW))


def test_a_history_whose_paging_the_system_does_not_heed_is_an_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/log":
            return httpx.Response(200, json={"rows": [{"id": "e1", "ticket": "1", "at": NOW // 10**6, "to": "open"}]})
        return httpx.Response(200, json={"items": [GOOD]})

    log = {
        "request": {"path": "/log", "query": {"of": "{ids}", "page": "{page}"}},
        "records": "rows",
        "paging": {"kind": "page", "size": 1},
        "id": "id",
        "ticket": "ticket",
        "at": "at",
        "times": {"formats": ["epoch"]},
        "rules": [{"kind": "group", "to": "to"}],
    }
    system = System(answer)
    with pytest.raises(AnswerError, match="two pages hold the same 1 records"):
        list(system.connector(manifest({"tickets": tickets(history={"log": log})})).pages("tickets", None, NOW))
    assert len(system.asked) <= 4


class Bulk:
    """Many records that all changed in one second, by keyset or by offset."""

    def __init__(self, count: int) -> None:
        self.records = [{**GOOD, "id": f"{place:06}"} for place in range(count)]
        self.asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        said = request.url.params
        after, offset, size = said.get("after", ""), int(said.get("offset", 0)), int(said["size"])
        begin = int(after) + 1 if after else offset
        if said.get("since", "") > AT:
            begin = len(self.records)
        return httpx.Response(200, json={"items": self.records[begin : begin + size], "total": len(self.records)})


PAGINGS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "keyset": (
        {"kind": "keyset", "size": 1000, "id": "id", "start": "{since}", "after": "{since}"},
        {"range": "{range}", "after": "{after}", "size": "{size}"},
    ),
    "offset": (
        {"kind": "offset", "size": 1000, "rebase": True, "stop": "short"},
        {"offset": "{offset}", "size": "{size}"},
    ),
}


def bulk(system: System, paging: str) -> SourceConnector:
    said, query = PAGINGS[paging]
    return system.connector(
        manifest({"tickets": tickets(request={"path": "/t", "query": query}, paging=said)}), since=NOW - 30 * DAY
    )


@pytest.mark.slow
@pytest.mark.parametrize("paging", PAGINGS)
def test_a_hundred_thousand_records_of_one_moment_are_read_once_and_the_next_pass_ends(
    paging: str, tmp_path: Path
) -> None:
    many = Bulk(100_000)
    system = System(many.answer)
    connector = bulk(system, paging)
    store = open_store(f"sqlite:///{tmp_path / 'hub.db'}")
    source = store.source_id("acme", "desk")
    for _ in range(2):
        many.asked = 0
        outcome = sync(source, connector, store, SourceStatus("acme", "desk", 300.0), lambda: NOW)
        assert outcome.state == "ok"
        assert many.asked <= 103
    facts = store.facts([("acme", "desk")])
    assert len(facts.tickets.opened_at) == 100_000
    assert outcome.changed is False
    store.close()
    assert NOW % SECOND == 0


@pytest.mark.parametrize("number", [10**30, -(10**30), 1e300])
def test_numbers_that_no_column_holds_stop_neither_the_pass_nor_the_store(number: float, tmp_path: Path) -> None:
    body = {
        "items": [
            {"id": 1, "changed": AT, "state": "open", "count": number, "deep": {"x": number}},
            {"id": 2, "changed": AT, "state": "open", "count": 3},
            {"id": None, "changed": AT, "count": number},
        ]
    }
    stream = tickets(
        history={"log": {"unfold": {"row": "rows"}, "ticket": "record.id", "at": "row.at", "id": "row.id"}}
    )
    stream["ticket"]["map"]["reopen_count"] = "count"
    text = json.dumps(body).encode()
    answers = System(lambda request: httpx.Response(200, content=text, headers={"content-type": "application/json"}))
    store = open_store(f"sqlite:///{tmp_path / 'siamhub.db'}")
    source, connector = store.source_id("acme", "desk"), answers.connector(manifest({"t": stream}))
    for _ in range(2):
        outcome = sync(source, connector, store, SourceStatus("acme", "desk", 300.0), lambda: NOW)
        assert outcome.state == "ok", outcome.reason
    assert set(store.held(source)) == {"1", "2"}
    store.close()
