"""Priorities that were lowered after the opening: guard rail against targets that are met by calling things small."""

from __future__ import annotations

from typing import Any

import pytest

from core.catalogue import Targets
from core.kpi.lowered import lowered
from core.kpi.view import view
from core.model import Hours, Part
from tests.core.kpi.build import HOUR, Record, catalogue, facts, incident, service, step, t

OPENED, AT = "2026-03-20 10:00", "2026-03-31 00:00"  # a Friday
OFFICE = Hours("UTC", (((540, 1020),),) * 5 + ((), ()))  # Monday to Friday, 9 to 17


def steps(*tickets: Record, at: str = AT, **targets: Any) -> list[tuple[int, int, int, bool]]:
    """(ticket, before, after, late) of each step down."""
    goal = Targets(incident_lead_time={1: 2 * HOUR}, **targets)
    known = catalogue(service("shop", Part("acme", "web"), hours=OFFICE, targets=goal))
    found = lowered(view(facts(*tickets), known, t(at)))
    columns = (found.ticket, found.before, found.after, found.late)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def ticket(*history: Record, **more: Any) -> Record:
    return incident("acme", "1", OPENED, history=list(history), **{"service": "shop", **more})


def lower(at: str, was: int = 1, to: int = 3) -> Record:
    return step(at, to, "priority", was=was)


@pytest.mark.parametrize(("at", "late"), [("2026-03-20 12:00", False), ("2026-03-20 12:01", True)])
def test_a_priority_lowered_after_its_target_was_over_is_late(at: str, late: bool) -> None:
    """Two hours for priority 1: at noon they are used up, and not exceeded."""
    assert steps(ticket(lower(at))) == [(0, 1, 3, late)]


def test_what_is_raised_or_set_at_the_opening_or_lies_in_the_future_was_not_lowered() -> None:
    assert steps(ticket(lower(OPENED)), ticket(lower("2026-03-20 15:00", 3, 1))) == []
    assert steps(ticket(lower("2026-03-20 15:00")), at="2026-03-20 14:59") == []


def test_a_wait_does_not_use_up_the_target_and_a_missing_one_is_never_over() -> None:
    """On hold from 11 to 14: at 14:30 an hour and a half is used."""
    held = [step("2026-03-20 11:00", "hold"), step("2026-03-20 14:00", "active")]
    assert steps(ticket(*held, lower("2026-03-20 14:30"))) == [(0, 1, 3, False)]
    assert steps(ticket(lower("2026-03-30 10:00", 2))) == [(0, 2, 3, False)]
    assert steps(ticket(lower("2026-03-30 10:00"), service=None)) == [(0, 1, 3, False)]


def test_on_service_hours_the_target_is_over_later() -> None:
    """Opened on Friday at 16: an hour that day, one on Monday until 10."""
    late = {"opened_at": "2026-03-20 16:00"}
    assert steps(ticket(lower("2026-03-23 10:00"), **late), clock="service_hours") == [(0, 1, 3, False)]
    assert steps(ticket(lower("2026-03-23 10:01"), **late), clock="service_hours") == [(0, 1, 3, True)]


def test_each_step_of_each_incident_is_told_and_cancelled_ones_are_left_out() -> None:
    twice = ticket(lower("2026-03-20 11:00", 1, 2), lower("2026-03-20 15:00", 2, 4))
    cancelled = ticket(lower("2026-03-20 15:00"), state="cancelled", closed_at="2026-03-21 00:00")
    assert steps({**cancelled, "number": "2"}, twice) == [(1, 1, 2, False), (1, 2, 4, False)]
