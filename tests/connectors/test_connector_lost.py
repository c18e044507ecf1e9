"""Tickets that are gone or hidden when they are asked for one by one: each costs itself, and not the others."""

from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from core.connector import AnswerError, ForbiddenError
from core.model import Page
from tests.connectors.fake_system import NOW, System, manifest, tickets

CHANGED = "2025-06-15T10:00:00Z"


class Desk:
    """Tickets by id, each with a history of one row; some answer with another status when they are asked for."""

    def __init__(self, count: int, refused: dict[str, int]) -> None:
        self.items = [{"id": str(n), "key": f"T-{n}", "changed": CHANGED, "opened": CHANGED} for n in range(count)]
        self.refused, self.asked = refused, list[str]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            return httpx.Response(200, json={"items": self.items})
        ids = request.url.path.removeprefix("/of/").split(",")
        self.asked.append(",".join(ids))
        for key in ids:
            if key in self.refused:
                return httpx.Response(self.refused[key])
        rows = [{"ticket": key.removeprefix("T-"), "at": CHANGED, "id": key, "team": "Web", "key": key} for key in ids]
        return httpx.Response(200, json={"rows": rows})

    def read(self, said: Manifest) -> Page:
        (page,) = System(self.answer).connector(said).pages("t", None, NOW)
        return page


def history(batch: int = 1, **more: Any) -> Manifest:
    asks = {
        "request": {"path": "/of/{ids|join:,}"}, "records": "rows", "batch": batch, "ids": "key",
        "ticket": "ticket", "at": "at", "id": "id", "rules": [{"kind": "group", "to": "team"}],
    }  # fmt: skip
    return manifest({"t": tickets(history={"log": asks}, **more)})


def detail(batch: int = 1) -> Manifest:
    asks = {
        "request": {"path": "/of/{ids|join:,}"}, "records": "rows", "batch": batch, "ids": "key", "id": "key",
        "shape": "list", "under": "more",
    }  # fmt: skip
    return manifest({"t": tickets(detail=asks)})


@pytest.mark.parametrize(("status", "reason"), [(404, "gone"), (410, "gone"), (403, "hidden")])
@pytest.mark.parametrize("lost", ["T-0", "T-1", "T-2"])
def test_a_history_that_is_gone_or_hidden_costs_its_ticket_alone_which_is_kept(
    lost: str, status: int, reason: str
) -> None:
    page = Desk(3, {lost: status}).read(history())
    assert page.tickets["vendor_id"] == ["0", "1", "2"]
    assert set(page.events["ticket"]) == {"0", "1", "2"} - {lost[2:]}
    (reject,) = page.rejects
    assert (reject.key, reject.reason) == (lost[2:], reason)
    assert reject.detail.startswith(f"its history is not read: acme/desk: GET /of/{lost} answered {status}")


def test_a_batch_that_fails_for_one_of_its_tickets_is_asked_for_in_halves() -> None:
    desk = Desk(8, {"T-6": 404})
    page = desk.read(history(batch=4))
    assert set(page.events["ticket"]) == set("01234567") - {"6"}
    assert [(one.key, one.reason) for one in page.rejects] == [("6", "gone")]
    assert desk.asked == ["T-0,T-1,T-2,T-3", "T-4,T-5,T-6,T-7", "T-4,T-5", "T-6,T-7", "T-6", "T-7"]


def test_a_batch_that_fails_for_one_of_its_tickets_before_anything_was_answered_is_no_refusal() -> None:
    desk = Desk(4, {"T-0": 404})
    page = desk.read(history(batch=4))
    assert set(page.events["ticket"]) == set("123")
    assert [(one.key, one.reason) for one in page.rejects] == [("0", "gone")]


@pytest.mark.parametrize(
    ("count", "asked", "status"), [(1, 1, 403), (2, 2, 403), (9, 3, 403), (1, 1, 404), (9, 9, 404), (40, 25, 404)]
)
def test_a_history_that_no_ticket_has_is_refused_after_some_and_no_ticket_is_set_aside(
    count: int, asked: int, status: int
) -> None:
    desk = Desk(count, {f"T-{n}": status for n in range(count)})
    page = desk.read(history(observe={"fields": ["group"], "unless": "log"}))
    assert page.tickets["vendor_id"] == [str(n) for n in range(count)]
    assert len(desk.asked) == asked
    assert page.rejects == []
    assert page.observe is not None, "what no history tells is observed"


def test_a_right_that_is_taken_away_in_the_middle_does_not_cost_a_request_per_ticket() -> None:
    desk = Desk(100, {f"T-{n}": 403 for n in range(1, 100)})
    page = desk.read(history())
    assert len(desk.asked) < 30
    assert page.events["ticket"] == ["0"]
    assert len(page.tickets["vendor_id"]) == 100


def test_tickets_that_were_deleted_in_numbers_leave_the_history_of_the_others() -> None:
    page = Desk(100, {f"T-{n}": 404 for n in range(1, 99)}).read(history())
    assert page.events["ticket"] == ["0", "99"]
    assert len(page.rejects) == 98


@pytest.mark.parametrize("batch", [1, 2])
def test_a_detail_that_is_gone_is_told_by_the_id_of_its_ticket(batch: int) -> None:
    page = Desk(5, {"T-3": 404}).read(detail(batch))
    assert page.tickets["vendor_id"] == ["0", "1", "2", "4"]
    assert [(one.key, one.reason) for one in page.rejects] == [("3", "gone")]


@pytest.mark.parametrize(("status", "error"), [(403, ForbiddenError), (404, AnswerError)])
def test_details_that_are_refused_for_each_ticket_are_no_empty_list(status: int, error: type[Exception]) -> None:
    desk = Desk(9, {f"T-{n}": status for n in range(9)})
    with pytest.raises(error, match=rf"answered {status}.*see `detail`"):
        desk.read(detail())
    assert len(desk.asked) == (3 if status == 403 else 9)


@pytest.mark.parametrize("batch", [1, 10])
def test_tickets_at_the_front_that_were_deleted_leave_the_history_of_the_others(batch: int) -> None:
    page = Desk(30, {f"T-{n}": 404 for n in range(12)}).read(history(batch))
    assert set(page.events["ticket"]) == {str(n) for n in range(12, 30)}
    assert [one.reason for one in page.rejects] == ["gone"] * 12


@pytest.mark.parametrize("status", [403, 404])
def test_a_detail_of_the_first_batch_that_is_gone_costs_its_ticket_alone(status: int) -> None:
    page = Desk(6, {"T-1": status}).read(detail(3))
    assert page.tickets["vendor_id"] == ["0", "2", "3", "4", "5"]
    assert [one.key for one in page.rejects] == ["1"]
