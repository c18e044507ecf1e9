"""Availability out of outage records: hand-made cases for every trap, with the arithmetic."""

from __future__ import annotations

import pytest

from core.catalogue import Targets
from core.model import Hours, Part
from tests.core.kpi.build import HOUR, Figures, catalogue, change, facts, incident, needs, outage, service, t
from tests.core.kpi.webshop import AT, CHAIN, OFFICE, WEB, figures, hours, shop, web


@pytest.mark.parametrize(
    ("starts", "down_for"),
    [
        (("2026-03-10 08", "2026-03-10 08", "2026-03-10 08"), 4),
        (("2026-03-10 08", "2026-03-12 08", "2026-03-14 08"), 12),
    ],
)
def test_a_chain_is_down_for_the_union_of_its_outages_not_for_their_product(
    starts: tuple[str, ...], down_for: int
) -> None:
    """Three suppliers, 4 h down each in 720 h (0.99444). The same 4 h: 0.99444. Disjoint: 12 h, 0.98333.

    The product of the ratios would be 0.98343 both times.
    """
    parts = zip(("acme", "globex", "initech"), ("web", "dc", "db"), starts, strict=True)
    outages = [outage(who, f"{at}:00", t(f"{at}:00") + 4 * HOUR, component=what) for who, what, at in parts]
    found = figures(*outages, structure=CHAIN)
    assert hours(found, "downtime") == down_for
    assert shop(found, "availability_ratio") == (720 - down_for) / 720


def test_redundant_parts_are_down_together_only() -> None:
    """East 10-14, west 12-16: both are down 12-14, 2 h."""
    either = needs("globex/east", "globex/west", k=1)
    east = outage("globex", "2026-03-10 10:00", "2026-03-10 14:00", component="east")
    west = outage("globex", "2026-03-10 12:00", "2026-03-10 16:00", component="west")
    assert hours(figures(east, west, structure=either), "downtime") == 2
    assert hours(figures(east, structure=either), "downtime") == 0


def test_outages_are_counted_before_they_are_cut_with_service_hours() -> None:
    """Friday 6 March 16:00 to Monday 9 March 10:00: 2 h of agreed time (16-17 and 9-10), one outage.

    From 1 to 30 March 2026 there are 21 weekdays: 21 x 8 h = 168 h agreed.
    MTRS 2 h, MTBF 166 h, MTBF / (MTBF + MTRS) = 166 / 168.
    """
    found = figures(web("2026-03-06 16:00", "2026-03-09 10:00"), hours=OFFICE)
    assert hours(found, "agreed_time") == 168
    assert hours(found, "downtime") == 2
    assert shop(found, "outages") == 1
    assert hours(found, "mean_time_to_restore") == 2
    assert hours(found, "mean_time_between_failures") == 166
    assert shop(found, "availability_ratio") == 166 / 168


def test_an_outage_with_maintenance_in_its_middle_is_one() -> None:
    """Down 10-16, maintenance 12-13: 5 h of downtime, 719 h agreed, one outage."""
    planned = change("acme", "C", "2026-03-01 00:00", component="web", approved_at="2026-03-02 00:00")
    planned |= {"planned_start": "2026-03-10 12:00", "planned_end": "2026-03-10 13:00"}
    found = figures(web("2026-03-10 10:00", "2026-03-10 16:00"), planned)
    assert (hours(found, "agreed_time"), hours(found, "downtime"), shop(found, "outages")) == (719, 5, 1)


def test_outages_that_touch_or_overlap_are_one_and_count_once() -> None:
    """10-11, 11-12 and 11:30-13 are one outage of 3 h; 14-15 is another: MTRS 2 h, MTBF (720 - 4) / 2 = 358 h."""
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 11:00"),
        web("2026-03-10 11:00", "2026-03-10 12:00"),
        web("2026-03-10 11:30", "2026-03-10 13:00"),
        web("2026-03-10 14:00", "2026-03-10 15:00"),
    )
    assert (hours(found, "downtime"), shop(found, "outages")) == (4, 2)
    assert hours(found, "mean_time_to_restore") == 2
    assert hours(found, "mean_time_between_failures") == 358


def test_an_outage_outside_agreed_time_does_not_count() -> None:
    found = figures(web("2026-03-07 10:00", "2026-03-08 10:00"), hours=OFFICE)
    assert (hours(found, "downtime"), shop(found, "outages")) == (0, 0)
    assert shop(found, "mean_time_to_restore_seconds") is None
    assert shop(found, "mean_time_between_failures_seconds") is None
    assert shop(found, "inferred_downtime_ratio") is None


def test_an_outage_is_cut_at_the_edge_of_the_window_and_runs_until_at_while_it_has_no_end() -> None:
    """From 23 March 12:00 on, at 31 March 00:00: 7d begins on the 24th and is down all 168 h; 30d has 180 h."""
    found = figures(web("2026-03-23 12:00"))
    assert hours(found, "downtime", "7d") == 168
    assert shop(found, "availability_ratio", "7d") == 0
    assert hours(found, "downtime") == 180
    assert (hours(found, "downtime", "month"), hours(found, "downtime", "last_month")) == (180, 0)


def test_what_happens_after_at_does_not_exist() -> None:
    """Seen from 10 March 12:00, the outage of 10:00-16:00 lasts 2 h and goes on, the next one is not there."""
    outages = web("2026-03-10 10:00", "2026-03-10 16:00"), web("2026-03-20 10:00", "2026-03-20 16:00")
    assert hours(figures(*outages, at="2026-03-10 12:00"), "downtime") == 2


@pytest.mark.parametrize(("month", "expected"), [("2026-04-01 12:00", 743), ("2026-11-02 00:00", 745)])
def test_a_month_with_a_clock_change_has_the_hours_that_it_has(month: str, expected: int) -> None:
    """In Amsterdam March 2026 has 743 h and October 745 h."""
    found = figures(at=month, zone="Europe/Amsterdam", hours=Hours("Europe/Amsterdam", (((0, 1440),),) * 7))
    assert hours(found, "agreed_time", "last_month") == expected


def test_degradations_and_planned_outages_are_no_downtime() -> None:
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 11:00", type="degraded"),
        web("2026-03-11 10:00", "2026-03-11 11:00", type="planned"),
    )
    assert (hours(found, "downtime"), shop(found, "outages")) == (0, 0)
    assert hours(found, "agreed_time") == 719


def test_a_service_that_nobody_was_ever_read_for_has_no_availability_instead_of_100_percent() -> None:
    config = catalogue(service("shop", WEB))
    calm = incident("acme", "I1", "2026-03-02 08:00", "2026-03-02 09:00")
    assert shop(Figures(facts(calm), config, AT), "availability_ratio") == 1.0
    found = Figures(facts(calm, unread=["acme", "globex", "initech"]), config, AT)
    assert shop(found, "availability_ratio") is None
    assert found("siam_joint_availability_ratio", window="30d") is None


def test_no_agreed_time_means_no_availability() -> None:
    found = figures(hours=Hours("UTC", ((),) * 7))
    assert shop(found, "availability_ratio") is None
    assert hours(found, "agreed_time") == 0
    assert found("siam_joint_availability_ratio", window="30d") is None


def test_error_budget_and_burn_rate_go_below_zero_and_beyond_one() -> None:
    """99 % of 720 h leave 7.2 h. Down 3.6 h: half is left, burn 0.5. Down 14.4 h: -1 is left, burn 2."""
    target = Targets(availability=0.99)
    half = figures(web("2026-03-10 00:00", "2026-03-10 03:36"), targets=target)
    assert shop(half, "error_budget_remaining_ratio") == pytest.approx(0.5)
    assert shop(half, "burn_rate") == pytest.approx(0.5)
    over = figures(web("2026-03-10 00:00", "2026-03-10 14:24"), targets=target)
    assert shop(over, "error_budget_remaining_ratio") == pytest.approx(-1)
    assert shop(over, "burn_rate") == pytest.approx(2)


@pytest.mark.parametrize("target", [None, 1.0])
def test_without_a_target_that_leaves_a_budget_there_is_none(target: float | None) -> None:
    found = figures(web("2026-03-10 00:00"), targets=Targets(availability=target))
    assert shop(found, "error_budget_remaining_ratio") is None
    assert shop(found, "burn_rate") is None


def test_joint_availability_adds_weighted_time_before_it_divides() -> None:
    """shop, weight 2: 720 h agreed, 72 h down. mail, office hours: 168 h agreed, all up.

    (2 x 648 + 168) / (2 x 720 + 168) = 1464 / 1608; the mean of the ratios would be 0.95.
    """
    two = catalogue(service("shop", WEB, weight=2.0), service("mail", Part("globex", "dc"), hours=OFFICE))
    found = Figures(facts(outages=[web("2026-03-10 00:00", "2026-03-13 00:00")]), two, AT)
    assert found("siam_joint_availability_ratio", window="30d") == 1464 / 1608


def test_a_service_that_nobody_reports_on_has_no_figures() -> None:
    found = Figures(facts(), catalogue(service("ghost"), sources=()), AT)
    assert not found.labels("siam_service_availability_ratio")
