from collections.abc import Iterator
from email.utils import formatdate
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cursor import Mark, begin, parse, query_form
from connectors.manifest import Cursor
from core.model import SECOND, Page, to_datetime
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

MINUTE = 60 * SECOND
BEGIN = NOW - 10 * DAY


def test_a_first_pass_begins_where_the_source_says() -> None:
    assert begin(Mark(), Cursor(), BEGIN, NOW).since == BEGIN


def test_the_next_pass_begins_an_overlap_behind_the_last_change_seen() -> None:
    mark = Mark(since=BEGIN).seen(NOW, NOW, "x", NOW).finished(NOW)
    assert mark == Mark(watermark=NOW)
    assert begin(mark, Cursor.model_validate({"overlap": "5m"}), BEGIN, NOW).since == NOW - 5 * MINUTE


def test_a_stream_that_begins_now_goes_on_from_there_even_if_nothing_came() -> None:
    """Nothing in the first pass, and the next one a day later: the day in between is not lost."""
    cursor = Cursor.model_validate({"overlap": "5m", "begin": "now"})
    first = begin(Mark(), cursor, BEGIN, NOW)
    assert first.since == NOW - 5 * MINUTE
    again = begin(parse(first.finished(NOW).dump()), cursor, BEGIN, NOW + DAY)
    assert again.since is not None
    assert again.since <= first.since


@pytest.mark.parametrize("told", [True, False])
def test_a_stream_that_begins_now_trusts_our_clock_only_where_the_system_tells_its_own(told: bool) -> None:
    """Ours may be an hour ahead: what happens there within that hour would never be read."""
    date = {"Date": formatdate(usegmt=True)} if told else {}
    system = System(lambda request: httpx.Response(200, json={"items": []}, headers=date))
    connector = system.connector(manifest({"t": tickets(), "u": tickets(cursor={"overlap": "5m", "begin": "now"})}))
    for stream in ("t", "u"):
        list(connector.pages(stream, None, NOW))
    since = parse_qs(system.asked[-1].url.query.decode())["since"][0]
    assert (since > to_datetime(NOW - DAY).isoformat()) is told


def test_a_change_time_in_the_far_future_does_not_carry_the_watermark_away() -> None:
    mark = Mark(since=BEGIN).seen(NOW - 5, NOW, "x", NOW).seen(NOW + 30 * DAY, NOW, "y", NOW)
    assert mark.finished(NOW).watermark == NOW - 5


@given(st.builds(Mark, *[st.none() | st.integers(0, 2**60)] * 4, st.none() | st.text()))
def test_a_checkpoint_survives_being_written_and_read(mark: Mark) -> None:
    assert parse(mark.dump()) == mark


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"watermark": "x", "after": 5}'])
def test_what_is_no_checkpoint_begins_anew(text: str | None) -> None:
    assert parse(text) == Mark()


def test_a_query_says_moments_as_the_vendor_reads_them() -> None:
    moment = NOW + 1_234_567
    assert query_form(Cursor.model_validate({"format": "epoch_ms", "precision": "1ms"}))(moment) == moment // 1000
    assert query_form(Cursor.model_validate({"format": "iso"}))(moment) == "2025-06-15T15:06:41Z"
    minute = Cursor.model_validate({"format": "%Y/%m/%d %H:%M", "zone": "Europe/Amsterdam", "precision": "1m"})
    assert query_form(minute)(moment) == "2025/06/15 17:06"
    later = Cursor.model_validate({"format": "epoch", "inclusive": False})
    assert query_form(later)(moment) == moment // SECOND - 1


class Desk:
    """Tickets by (change, id), asked for page by page; every request may be the last one before a kill."""

    def __init__(self, changes: list[int], size: int) -> None:
        self.rows = [
            {"id": f"{place:03d}", "changed": self.stamp(at), "opened": self.stamp(0)}
            for place, at in enumerate(sorted(changes))
        ]
        self.size = size

    @staticmethod
    def stamp(offset: int) -> str:
        return to_datetime(BEGIN + offset * SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")

    def answer(self, request: httpx.Request) -> httpx.Response:
        said = parse_qs(request.url.query.decode())["range"][0]
        since, _, after = said.partition("|")
        key = (since, after)
        found = [row for row in self.rows if ((row["changed"], row["id"]) > key if after else row["changed"] >= since)]
        return httpx.Response(200, json={"items": found[: self.size]}, headers={"X-Total": str(len(found))})

    def pages(self, checkpoint: str | None) -> Iterator[Page]:
        paging = {
            "kind": "keyset", "size": self.size, "id": "id", "start": "{since}", "after": "{since}|{after}",
            "total": {"header": "X-Total"},
        }  # fmt: skip
        stream = tickets(paging=paging, request={"path": "/t", "query": {"range": "{range}"}})
        return System(self.answer).connector(manifest({"t": stream}), since=BEGIN).pages("t", checkpoint, NOW)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=25), st.integers(1, 5), st.lists(st.integers(1, 3), max_size=8))
def test_a_pass_that_is_killed_again_and_again_goes_on_and_brings_everything_once(
    changes: list[int], size: int, kills: list[int]
) -> None:
    desk = Desk(changes, size)
    found: list[Any] = []
    checkpoint: str | None = None
    for kill in kills:
        for page in islice(desk.pages(checkpoint), kill):
            found += page.tickets["vendor_id"]
            checkpoint = page.checkpoint
    for page in desk.pages(checkpoint):
        found += page.tickets["vendor_id"]
        checkpoint = page.checkpoint
    assert set(found) == {row["id"] for row in desk.rows}
    assert parse(checkpoint).since is None


def test_out_of_order_a_killed_pass_begins_again_and_only_a_whole_one_counts() -> None:
    pages = {0: [("a", 7)], 1: [("b", 3)], 2: []}

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(parse_qs(request.url.query.decode())["offset"][0])
        items = [{"id": key, "changed": Desk.stamp(at), "opened": Desk.stamp(0)} for key, at in pages[offset]]
        return httpx.Response(200, json={"items": items})

    stream = tickets(
        cursor={"sorted": False, "overlap": "0s"}, paging={"kind": "offset", "size": 1},
        request={"path": "/t", "query": {"offset": "{offset}", "since": "{since}"}},
    )  # fmt: skip
    connector = System(answer).connector(manifest({"t": stream}), since=BEGIN)
    first = next(connector.pages("t", None, NOW))
    assert first.watermark is None
    again = list(connector.pages("t", first.checkpoint, NOW))
    assert [page.tickets["vendor_id"] for page in again if page.read] == [["a"], ["b"]]
    assert again[-1].watermark == BEGIN + 7 * SECOND


def test_a_change_time_that_is_not_over_yet_is_read_again_so_that_nothing_before_it_is_jumped_over() -> None:
    """One record of tomorrow: what changes until then is read by the next pass, which begins at this one."""
    mark = Mark(since=BEGIN).seen(NOW + DAY // 2, NOW + DAY // 2, "x", NOW)
    assert mark.finished(NOW).watermark == NOW
