"""Availability: hand-made cases for every trap, with the arithmetic, and a second-by-second model for structures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import Targets
from core.interval import Intervals, intervals
from core.kpi.structure import down
from core.model import Hours, Part, Structure
from tests.core.kpi.build import (
    HOUR,
    Figures,
    Record,
    Time,
    catalogue,
    change,
    facts,
    incident,
    needs,
    outage,
    service,
    step,
    t,
)

AT = "2026-03-31 00:00"  # 30d: from 1 March on, 720 h
OFFICE = Hours("UTC", (((540, 1020),),) * 5 + ((), ()))  # Monday to Friday, 9 to 17
WEB = Part("acme", "web")


def figures(*records: Record, at: str = AT, structure: Structure | Part = WEB, **more: Any) -> Figures:
    """One service `shop` on acme/web, with these outage records (dicts of `outage`) and tickets."""
    outages = [record for record in records if "kind" not in record]
    tickets = [record for record in records if "kind" in record]
    top = {name: more.pop(name) for name in ("outage_priority", "zone") if name in more}
    return Figures(facts(*tickets, outages=outages), catalogue(service("shop", structure, **more), **top), at)


def shop(found: Figures, figure: str, window: str = "30d") -> float | None:
    return found(f"siam_service_{figure}", service="shop", window=window)


def hours(found: Figures, figure: str, window: str = "30d") -> float:
    value = shop(found, f"{figure}_seconds", window)
    assert value is not None
    return value / 3600


def web(start: Time, end: Time = None, **more: Any) -> Record:
    return outage("acme", start, end, component="web", **more)


CHAIN = needs("acme/web", "globex/dc", "initech/db")


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


# Evidence


def p1(opened: str, resolved: str | None = None, **more: Any) -> Record:
    return incident("acme", more.pop("number", "1"), opened, resolved, **{"component": "web", "priority": 1, **more})


def test_without_better_evidence_an_incident_of_priority_1_is_an_outage_while_it_is_open() -> None:
    found = figures(p1("2026-03-10 10:00", "2026-03-10 13:00"))
    assert (hours(found, "downtime"), shop(found, "inferred_downtime_ratio")) == (3, 1)


def test_a_priority_1_lowered_to_2_was_an_outage_until_then() -> None:
    """Opened as P1 at 10, lowered at 11, resolved at 20: 1 h."""
    lowered = p1("2026-03-10 10:00", "2026-03-10 20:00", priority=2)
    lowered["history"] = [step("2026-03-10 11:00", 2, "priority", was=1)]
    assert hours(figures(lowered), "downtime") == 1


def test_a_priority_3_raised_to_1_late_is_an_outage_from_then_on() -> None:
    """Opened at 10, raised at 19, resolved at 20: 1 h."""
    raised = p1("2026-03-10 10:00", "2026-03-10 20:00")
    raised["history"] = [step("2026-03-10 10:00", 3, "priority"), step("2026-03-10 19:00", 1, "priority", was=3)]
    assert hours(figures(raised), "downtime") == 1


def test_a_major_incident_is_an_outage_whatever_its_priority() -> None:
    """Flagged at 12, unflagged at 14, resolved at 20: 2 h."""
    major = p1("2026-03-10 10:00", "2026-03-10 20:00", priority=4)
    major["history"] = [step("2026-03-10 12:00", 1, "major", was=0), step("2026-03-10 14:00", 0, "major", was=1)]
    assert hours(figures(major), "downtime") == 2
    assert hours(figures(p1("2026-03-10 10:00", "2026-03-10 20:00", priority=4, major=1)), "downtime") == 10


def test_priority_and_flag_are_united_not_added() -> None:
    """P1 10-12, major 11-14: 4 h."""
    both = p1("2026-03-10 10:00", "2026-03-10 20:00", priority=2, major=0)
    both["history"] = [
        step("2026-03-10 12:00", 2, "priority", was=1),
        step("2026-03-10 11:00", 1, "major", was=0),
        step("2026-03-10 14:00", 0, "major", was=1),
    ]
    assert hours(figures(both), "downtime") == 4


def test_a_hold_does_not_end_an_outage_but_a_resolution_does_even_if_it_did_not_last() -> None:
    """Open 10-11, hold 11-12, resolved 12-13, open again 13-14: down 10-12 and 13-14, 3 h in 2 outages."""
    states = {"10:00": "new", "11:00": "hold", "12:00": "resolved", "13:00": "active", "14:00": "resolved"}
    ticket = p1("2026-03-10 10:00", "2026-03-10 14:00")
    ticket["history"] = [step(f"2026-03-10 {hour}", state) for hour, state in states.items()]
    found = figures(ticket)
    assert (hours(found, "downtime"), shop(found, "outages")) == (3, 2)


def test_the_priority_that_means_down_can_be_configured() -> None:
    ticket = p1("2026-03-10 10:00", "2026-03-10 13:00", priority=2)
    assert hours(figures(ticket), "downtime") == 0
    assert hours(figures(ticket, outage_priority=2), "downtime") == 3
    assert hours(figures(p1("2026-03-10 10:00", "2026-03-10 13:00", priority=None)), "downtime") == 0


def test_a_record_replaces_what_would_be_inferred_from_its_ticket_but_not_from_others() -> None:
    """P1 10-20 with a record 10-11, and another P1 15-16 without: 2 h, half of it inferred."""
    found = figures(
        p1("2026-03-10 10:00", "2026-03-10 20:00"),
        p1("2026-03-10 15:00", "2026-03-10 16:00", number="2"),
        web("2026-03-10 10:00", "2026-03-10 11:00", ticket="1"),
    )
    assert (hours(found, "downtime"), shop(found, "inferred_downtime_ratio")) == (2, 0.5)


def test_typed_times_replace_inference_and_a_record_replaces_typed_times() -> None:
    """P1 10-20, typed 12-14; with a record of 12-13 that is 1 h."""
    typed = p1("2026-03-10 10:00", "2026-03-10 20:00", outage_start="2026-03-10 12:00", outage_end="2026-03-10 14:00")
    found = figures(typed)
    assert (hours(found, "downtime"), shop(found, "inferred_downtime_ratio")) == (2, 0)
    assert hours(figures(typed, web("2026-03-10 12:00", "2026-03-10 13:00", ticket="1")), "downtime") == 1


def test_a_record_of_a_degradation_says_that_its_priority_1_was_no_outage() -> None:
    ticket = p1("2026-03-10 10:00", "2026-03-10 20:00")
    assert hours(figures(ticket, web("2026-03-10 10:00", type="degraded", ticket="1")), "downtime") == 0


def test_a_typed_outage_without_an_end_ends_with_its_ticket_and_runs_on_while_that_is_open() -> None:
    typed = p1("2026-03-10 10:00", "2026-03-10 20:00", outage_start="2026-03-10 12:00")
    assert hours(figures(typed), "downtime") == 8
    assert hours(figures(typed, at="2026-03-10 15:00"), "downtime") == 3


def test_typed_times_that_run_backwards_are_no_evidence() -> None:
    typed = p1("2026-03-10 10:00", "2026-03-10 20:00", outage_start="2026-03-10 14:00", outage_end="2026-03-10 12:00")
    found = figures(typed)
    assert (hours(found, "downtime"), shop(found, "inferred_downtime_ratio")) == (10, 1)


def test_cancelled_and_suspect_incidents_are_no_outage() -> None:
    cancelled = p1("2026-03-10 10:00", state="cancelled", closed_at="2026-03-10 20:00")
    cancelled |= {"outage_start": "2026-03-10 10:00", "outage_end": "2026-03-10 11:00"}
    backwards = p1("2026-03-10 10:00", "2026-03-10 09:00", number="2")
    assert hours(figures(cancelled, backwards), "downtime") == 0


def test_a_record_counts_until_its_ticket_is_cancelled_and_by_itself_where_it_names_none() -> None:
    ticket = p1("2026-03-10 10:00", state="cancelled", closed_at="2026-03-10 20:00")
    record = web("2026-03-10 10:00", "2026-03-10 12:00", ticket="1")
    assert hours(figures(ticket, record), "downtime") == 0
    assert hours(figures(ticket, record, at="2026-03-10 19:00"), "downtime") == 2
    assert hours(figures(ticket, record | {"ticket": None}), "downtime") == 2
    assert hours(figures(ticket | {"opened_at": None}, record), "downtime") == 0


def test_a_planned_record_of_a_cancelled_ticket_is_no_maintenance() -> None:
    ticket = change("acme", "C", "2026-03-01 00:00", state="cancelled", closed_at="2026-03-09 00:00")
    planned = web("2026-03-10 10:00", "2026-03-10 12:00", ticket="C", type="planned")
    assert hours(figures(ticket, planned), "agreed_time") == 720
    assert hours(figures(ticket, planned | {"ticket": None}), "agreed_time") == 718


def test_a_ticket_without_a_known_component_hits_its_service_as_a_whole() -> None:
    """Nobody's component was down, so that it is neither a supplier's downtime nor shared."""
    found = figures(incident("globex", "1", "2026-03-10 10:00", "2026-03-10 12:00", priority=1, service="shop"))
    assert hours(found, "downtime") == 2
    assert found("siam_supplier_downtime_seconds", supplier="acme", service="shop", window="30d") == 0
    assert hours(found, "shared_downtime") == 0


def test_a_record_without_a_place_of_its_own_is_about_that_of_its_ticket() -> None:
    ticket = p1("2026-03-10 10:00", "2026-03-10 20:00", priority=3)
    assert hours(figures(ticket, outage("acme", "2026-03-10 10:00", "2026-03-10 11:00", ticket="1")), "downtime") == 1


# Maintenance


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


# Suppliers


def test_shared_and_sole_downtime_say_whose_components_were_down() -> None:
    """acme/web 10-14, globex/dc 12-16: joint 6 h; shared 12-14; sole acme 10-12, sole globex 14-16."""
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 14:00"),
        outage("globex", "2026-03-10 12:00", "2026-03-10 16:00", component="dc"),
        structure=CHAIN,
    )
    assert (hours(found, "downtime"), hours(found, "shared_downtime")) == (6, 2)
    by = {"service": "shop", "window": "30d"}
    assert found("siam_supplier_sole_downtime_seconds", supplier="acme", **by) == 2 * 3600
    assert found("siam_supplier_sole_downtime_seconds", supplier="globex", **by) == 2 * 3600
    assert found("siam_supplier_sole_downtime_seconds", supplier="initech", **by) == 0
    assert found("siam_supplier_downtime_seconds", supplier="acme", **by) == 4 * 3600
    assert found("siam_supplier_availability_ratio", supplier="globex", **by) == 716 / 720


def test_a_supplier_of_a_redundant_part_does_not_bring_the_service_down_alone() -> None:
    """web 10-14, dc 12-16, either suffices: joint 12-14, shared all of it; alone neither would have been felt."""
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 14:00"),
        outage("globex", "2026-03-10 12:00", "2026-03-10 16:00", component="dc"),
        structure=needs("acme/web", "globex/dc", k=1),
    )
    assert (hours(found, "downtime"), hours(found, "shared_downtime")) == (2, 2)
    assert found("siam_supplier_availability_ratio", supplier="acme", service="shop", window="30d") == 1


# Targets and several services


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


# Structures against seconds

leaves = st.integers(0, 3).map(lambda i: Part("acme", f"c{i}"))
structures = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.integers(1, len(parts)).map(lambda k: Structure(k, tuple(parts)))
    ),
    max_leaves=8,
)
spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3)


def is_up(structure: Structure | Part, second: int, outages: dict[str, list[tuple[int, int]]]) -> bool:
    if isinstance(structure, Part):
        return not any(start <= second < end for start, end in outages[structure.component])
    return sum(is_up(part, second, outages) for part in structure.parts) >= structure.needed


@settings(max_examples=200)
@given(structures, st.fixed_dictionaries({f"c{i}": spans for i in range(4)}))
def test_a_structure_is_down_in_the_seconds_in_which_too_few_parts_are_up(
    structure: Structure | Part, outages: dict[str, list[tuple[int, int]]]
) -> None:
    def of(part: Part) -> Intervals:
        rows = outages[part.component]
        return intervals([start for start, _ in rows], [end for _, end in rows])

    found = down(structure, of)
    seconds = {second for start, end in zip(found.start, found.end, strict=True) for second in range(start, end)}
    assert seconds == {second for second in range(21) if not is_up(structure, second, outages)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 60)), max_size=5), st.integers(0, 60))
def test_a_longer_outage_never_raises_availability_and_the_times_between_agree(
    rows: list[tuple[int, int]], longer: int
) -> None:
    start = t("2026-03-01 00:00")

    def made(extra: int) -> Figures:
        spans = [(start + at * HOUR, start + (at + size + extra) * HOUR) for at, size in rows]
        return figures(*(web(since, until) for since, until in spans), hours=OFFICE)

    before, after = made(0), made(longer)
    first, second = shop(before, "availability_ratio"), shop(after, "availability_ratio")
    assert first is not None
    assert second is not None
    assert second <= first
    restore, between = shop(after, "mean_time_to_restore_seconds"), shop(after, "mean_time_between_failures_seconds")
    if restore is not None and between is not None:
        assert second == pytest.approx(between / (between + restore))
