"""A page that is too much for a system: half of it is asked for, and nothing is lost over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from core.connector import AnswerError, UnavailableError
from tests.connectors.fake_system import NOW, System, manifest, tickets

KEYSET = {
    "kind": "keyset",
    "size": 80,
    "id": "id",
    "start": "{since}",
    "after": "{since}|{after}",
    "total": {"path": "total"},
}
OFFSET = {"kind": "offset", "size": 80, "stop": "total", "total": {"path": "total"}}
SIGN = {"path": "error", "like": "too much", "means": "smaller"}


SAID: Mapping[str, Any] = {"json": {"error": "that is too much", "items": [{"id": "broken"}]}}
BROKEN: Mapping[str, Any] = {
    "text": '{"total": 700, "items": [{"id": "000", "changed": "2025-06-01T00:00:00Z"},]}',
    "headers": {"Content-Type": "application/json"},
}
CUT: Mapping[str, Any] = {"text": ' [{"id": "000", "chan'}


class Desk:
    """Tickets of one second, some of which the account may not see; it gives so many at once."""

    def __init__(self, most: int, hidden: range = range(0), more: Mapping[str, Any] = SAID) -> None:
        """`more`: what it answers where it is asked for more."""
        self.most, self.hidden, self.more = most, hidden, more
        self.sizes: list[int] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        size, offset = int(asked["size"]), int(asked["offset"])
        self.sizes.append(size)
        if size > self.most:
            return httpx.Response(200, **self.more)
        after = int(asked["range"].partition("|")[2] or -1) if "range" in asked else -1
        found = [key for key in range(700) if key > after]
        page = [key for key in found[offset : offset + size] if key not in self.hidden]
        items = [{"id": f"{key:03}", "changed": "2025-06-01T00:00:00Z", "state": "open"} for key in page]
        return httpx.Response(200, json={"total": len(found), "items": items})


def read(desk: Desk, paging: dict[str, Any]) -> list[str]:
    query = {"size": "{size}", "offset": "{offset}", "range": "{range}"}
    if paging["kind"] == "offset":
        del query["range"]
    stream = tickets(request={"path": "/tickets", "query": query}, paging=paging)
    connector = System(desk.answer).connector(manifest({"ticket": stream}, signs=[SIGN]))
    return [key for page in connector.pages("ticket", None, NOW) for key in page.tickets["vendor_id"]]


@pytest.mark.parametrize("paging", [KEYSET, OFFSET], ids=["keyset", "offset"])
def test_half_is_asked_for_until_it_is_given(paging: dict[str, Any]) -> None:
    desk = Desk(30)
    assert read(desk, paging) == [f"{key:03}" for key in range(700)]
    assert desk.sizes[:4] == [80, 40, 20, 20]


@pytest.mark.parametrize("paging", [KEYSET, OFFSET], ids=["keyset", "offset"])
def test_hidden_records_are_jumped_over_by_what_was_asked_for(paging: dict[str, Any]) -> None:
    """Twice a page of the small size is hidden, and what follows it within a page of the large size is not."""
    desk = Desk(20, hidden=range(100, 145))
    found = list(dict.fromkeys(read(desk, paging)))  # behind a short page an offset may bring records again
    assert found == [f"{key:03}" for key in range(700) if not 100 <= key < 145]


def test_pages_grow_again_slowly() -> None:
    desk = Desk(10)
    read(desk, OFFSET)
    grown = desk.sizes.index(20, 3)
    assert desk.sizes[:4] == [80, 40, 20, 10]
    assert desk.sizes[grown : grown + 2] == [20, 10]
    assert grown == 3 + 50


def test_a_system_that_never_answers_is_unavailable() -> None:
    desk = Desk(0)
    with pytest.raises(UnavailableError, match="that is too much"):
        read(desk, KEYSET)
    assert desk.sizes == [80, 40, 20, 10]


@pytest.mark.parametrize("more", [BROKEN, CUT], ids=["broken", "cut off"])
@pytest.mark.parametrize("paging", [KEYSET, OFFSET], ids=["keyset", "offset"])
def test_json_that_is_broken_every_time_is_met_with_smaller_pages(
    paging: dict[str, Any], more: Mapping[str, Any]
) -> None:
    desk = Desk(30, more=more)
    assert read(desk, paging) == [f"{key:03}" for key in range(700)]
    assert desk.sizes[:4] == [80, 40, 20, 20]


def test_json_that_is_broken_in_the_smallest_page_too_is_an_error_that_says_so() -> None:
    desk = Desk(0, more=BROKEN)
    with pytest.raises(AnswerError, match="bytes that are no JSON"):
        read(desk, KEYSET)
    assert desk.sizes == [80, 40, 20, 10]


def test_a_page_for_people_is_no_reason_to_ask_for_less() -> None:
    desk = Desk(0, more={"text": "<html><title>Log in</title>"})
    with pytest.raises(AnswerError, match="a page in place of JSON"):
        read(desk, KEYSET)
    assert desk.sizes == [80]
