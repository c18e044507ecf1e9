"""Passes in slices, lists that end too early, limits of one list, and clocks that differ."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from connectors.rest import SourceConnector
from core.connector import AnswerError
from core.model import SECOND, Instant, Page, to_datetime
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

HOUR = 3600 * SECOND


class Search:
    """A search over change times that never gives more than `depth` records of one query."""

    def __init__(self, changes: list[Instant], depth: int = 1000, more: int = 0) -> None:
        self.records: list[dict[str, Any]] = [
            {"id": str(place), "changed": to_datetime(at).isoformat(), "at": at, "state": "open"}
            for place, at in enumerate(changes)
        ]
        self.depth, self.more = depth, more
        self.slices: list[tuple[int, int]] = []
        self.headers: dict[str, str] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        said = request.url.params
        since, until = int(said["since"]) * SECOND, int(said["until"]) * SECOND
        offset, size = int(said["offset"]), int(said["size"])
        if offset == 0:
            self.slices.append((since, until))
        found = sorted((one for one in self.records if since <= one["at"] < until), key=lambda one: int(one["at"]))
        return httpx.Response(
            200,
            json={"items": found[offset : min(offset + size, self.depth)], "total": len(found) + self.more},
            headers=self.headers,
        )


def said(cursor: dict[str, Any], paging: dict[str, Any] | None = None) -> Manifest:
    query = {"since": "{since}", "until": "{until}", "offset": "{offset}", "size": "{size}"}
    return manifest(
        {
            "tickets": tickets(
                request={"path": "/search", "query": query},
                cursor={"format": "epoch", "overlap": "0s", **cursor},
                paging=paging or {"kind": "offset", "size": 10},
            )
        }
    )


def read(connector: SourceConnector, checkpoint: str | None = None, now: Instant = NOW) -> list[Page]:
    return list(connector.pages("tickets", checkpoint, now))


def ids(pages: list[Page]) -> list[str]:
    return [key for page in pages for key in page.tickets["vendor_id"]]


def test_a_pass_is_read_in_slices_that_leave_no_gap() -> None:
    search = Search([NOW - 29 * DAY, NOW - 20 * DAY, NOW - 10 * DAY - SECOND, NOW - HOUR])
    pages = read(System(search.answer).connector(said({"window": "10d"})))
    assert set(ids(pages)) == {"0", "1", "2", "3"}
    assert search.slices == [(NOW - 30 * DAY, NOW - 20 * DAY), (NOW - 20 * DAY, NOW - 10 * DAY), (NOW - 10 * DAY, NOW)]


def test_a_broken_pass_goes_on_with_the_slice_that_it_was_in() -> None:
    search = Search([NOW - 29 * DAY, NOW - 15 * DAY, NOW - HOUR])
    pages = read(System(search.answer).connector(said({"window": "10d"})))
    broken = next(page for page in pages if "1" in page.tickets["vendor_id"])
    search.slices.clear()
    again = read(System(search.answer).connector(said({"window": "10d"})), broken.checkpoint, NOW + HOUR)
    assert "0" not in ids(again)
    assert {"1", "2"} >= set(ids(again)) >= {"2"}
    assert search.slices[0][0] > NOW - 30 * DAY
    assert search.slices[-1][1] == NOW + HOUR


def test_what_is_too_young_is_left_to_the_next_pass() -> None:
    search = Search([NOW - 30 * SECOND])
    pages = read(System(search.answer).connector(said({"behind": "1m"})))
    assert ids(pages) == []
    assert ids(read(System(search.answer).connector(said({"behind": "1m"})), pages[-1].checkpoint, NOW + HOUR)) == ["0"]


def test_a_slice_that_finds_more_than_the_system_gives_is_halved_until_nothing_is_lost() -> None:
    changes = [NOW - 20 * DAY + place * HOUR for place in range(100)]
    search = Search(changes, depth=30)
    pages = read(System(search.answer).connector(said({"depth": 30}, {"kind": "offset", "size": 10, "stop": "short"})))
    assert set(ids(pages)) == {str(place) for place in range(100)}
    totals = Search(changes, depth=30)
    paging = {"kind": "offset", "size": 10, "stop": "total", "total": {"path": "total"}}
    pages = read(System(totals.answer).connector(said({"depth": 30, "window": "30d"}, paging)))
    assert set(ids(pages)) == {str(place) for place in range(100)}


def test_more_records_of_one_moment_than_the_system_gives_are_an_error_and_no_endless_loop() -> None:
    search = Search([NOW - DAY] * 50, depth=30)
    with pytest.raises(AnswerError, match="acme/desk: tickets: more than 30 records changed in one moment"):
        read(System(search.answer).connector(said({"depth": 30})))
    assert len(search.slices) < 60


def test_a_list_that_ends_with_fewer_records_than_it_promised_is_no_success() -> None:
    paging = {"kind": "offset", "size": 10, "whole": {"path": "total"}}
    search = Search([NOW - DAY] * 25)
    assert len(ids(read(System(search.answer).connector(said({}, paging))))) == 25
    search.more = 3
    with pytest.raises(AnswerError, match="the list ended after 25 records of 28 that it promised"):
        read(System(search.answer).connector(said({}, paging)))


def test_a_total_may_be_a_part_of_a_header() -> None:
    search = Search([NOW - DAY] * 5)
    search.headers = {"Content-Range": "0-4/7"}
    paging = {"kind": "offset", "size": 10, "whole": {"header": "Content-Range", "match": r"/(\d+)"}}
    with pytest.raises(AnswerError, match="after 5 records of 7"):
        read(System(search.answer).connector(said({}, paging)))


def test_the_end_of_a_slice_is_told_by_the_systems_own_clock() -> None:
    search = Search([])
    ahead = datetime.fromtimestamp(time.time() + 3600, UTC)
    search.headers = {"Date": format_datetime(ahead, usegmt=True)}
    connector = System(search.answer).connector(said({"window": "30d"}))
    read(connector)
    read(connector)
    first, second = search.slices[0][1], search.slices[-1][1]
    assert first == NOW
    assert abs(second - NOW - HOUR) < 10 * SECOND


def test_a_clock_that_differs_is_said_when_the_operator_checks() -> None:
    search = Search([NOW - DAY])
    search.headers = {"Date": format_datetime(datetime.fromtimestamp(time.time() - 3600, UTC), usegmt=True)}
    found = System(search.answer).connector(said({})).probe()
    assert [(one.stream, one.readable) for one in found] == [("tickets", True), ("clock", False)]
    assert "the system's clock is 60 minutes behind this machine's" in found[-1].detail
    search.headers = {"Date": format_datetime(datetime.fromtimestamp(time.time(), UTC), usegmt=True)}
    assert [one.stream for one in System(search.answer).connector(said({})).probe()] == ["tickets"]


def test_a_list_with_a_limit_of_its_own_is_asked_no_faster() -> None:
    search = Search([NOW - DAY] * 25)
    made = said({})
    stream = made.streams["tickets"]
    slow = stream.model_copy(update={"request": stream.request.model_copy(update={"per_second": 0.01})})
    system = System(search.answer)
    read(system.connector(made.model_copy(update={"streams": {"tickets": slow}})))
    assert len(system.slept) == len(system.asked) - 1
    assert all(wait > 90 for wait in system.slept)


def test_a_wait_may_be_told_by_another_header_and_as_a_moment() -> None:
    answers = [httpx.Response(429, headers={"X-Reset": str(time.time() + 40)}), httpx.Response(200, json={"items": []})]
    system = System(lambda request: answers.pop(0))
    made = manifest({"tickets": tickets()}, limits={"wait": ["Retry-After", "X-Reset"]})
    read(system.connector(made))
    assert 35 < system.slept[0] < 60


class Heeding:
    """Answers to `since` as a test says."""

    def __init__(self, since: str) -> None:
        self._since = since

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = int(request.url.params["since"]) * SECOND
        at = NOW - DAY
        shown = {"ignored": True, "heeded": asked <= at, "an hour off": asked + HOUR <= at}[self._since]
        record = {"id": "7", "changed": to_datetime(at).isoformat(), "state": "open"}
        return httpx.Response(200, json={"items": [record] if shown else []})


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("heeded", None),
        ("ignored", "asked for what changes from 2038 on the system gives records"),
        ("an hour off", "the record 7 is not among those that changed from its own change time on"),
    ],
)
def test_a_check_finds_out_whether_the_moment_of_a_query_is_heeded(since: str, told: str | None) -> None:
    made = manifest({"tickets": tickets(cursor={"format": "epoch", "overlap": "0s"})})
    found = System(Heeding(since).answer).connector(made).probe()
    tested = [one for one in found if one.stream == "tickets: changed since"]
    assert [one.readable for one in tested] == ([] if told is None else [False])
    assert told is None or told in tested[0].detail
