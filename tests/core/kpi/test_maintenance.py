"""Maintenance: agreed with the service as a whole, in time, and no longer than it was planned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.kpi.build import Record, change, needs, outage
from tests.core.kpi.webshop import figures, hours, shop, web


def work(**more: Any) -> Record:
    """Approved on the 2nd, planned for the 10th, 10 to 12."""
    base = {"component": "web", "approved_at": "2026-03-02 00:00"}
    window = {"planned_start": "2026-03-10 10:00", "planned_end": "2026-03-10 12:00"}
    return change("acme", "C", "2026-03-01 00:00", **{**base, **window, **more})


def test_what_overruns_maintenance_counts() -> None:
    """Down 10-13, maintenance 10-12: 1 h of 718 h."""
    found = figures(work(), web("2026-03-10 10:00", "2026-03-10 13:00"))
    assert (hours(found, "downtime"), hours(found, "agreed_time"), shop(found, "outages")) == (1, 718, 1)


@pytest.mark.parametrize(
    "what",
    [
        {"approved_at": "2026-03-10 10:00"},
        {"approved_at": None},
        {"change_type": "emergency"},
        {"state": "cancelled", "closed_at": "2026-03-09 00:00"},
        {"outcome": "abandoned"},
    ],
)
def test_maintenance_approved_late_or_not_at_all_or_in_an_emergency_or_given_up_is_none(what: dict[str, Any]) -> None:
    found = figures(work(**what), web("2026-03-10 10:00", "2026-03-10 13:00"))
    assert (hours(found, "downtime"), hours(found, "agreed_time")) == (3, 720)


def test_a_planned_outage_approved_after_it_began_is_no_maintenance() -> None:
    """In time or without any approval on record it is; approved half an hour late it is not."""
    down_ = web("2026-03-10 10:00", "2026-03-10 12:00")
    for approved, downtime in ((None, 0), ("2026-03-09 00:00", 0), ("2026-03-10 10:30", 2)):
        planned = web("2026-03-10 10:00", "2026-03-10 12:00", type="planned", approved_at=approved)
        assert hours(figures(down_, planned), "downtime") == downtime


def test_work_on_one_of_two_redundant_parts_is_no_maintenance_of_the_service() -> None:
    """East in maintenance 10-12, west down 11-13: agreed time stays 720 h; east's absence is not downtime."""
    either = needs("acme/web", "globex/dc", k=1)
    found = figures(work(), outage("globex", "2026-03-10 11:00", "2026-03-10 13:00", component="dc"), structure=either)
    assert (hours(found, "agreed_time"), hours(found, "downtime")) == (720, 0)


def test_maintenance_of_the_service_as_a_whole_leaves_agreed_time() -> None:
    found = figures(work(component=None, service="shop"), web("2026-03-10 10:00", "2026-03-10 13:00"))
    assert (hours(found, "agreed_time"), hours(found, "downtime")) == (718, 1)
