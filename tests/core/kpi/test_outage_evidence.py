"""Which evidence of an outage counts: records, typed times, and what is inferred of priorities and flags."""

from __future__ import annotations

from tests.core.kpi.build import change, incident, outage, step
from tests.core.kpi.webshop import figures, hours, p1, shop, web


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


def test_a_record_has_no_place_from_a_ticket_that_is_not_there_yet() -> None:
    """Down from the 10th at eight, the ticket is written at noon: seen from eleven nobody knows where it was."""
    late = p1("2026-03-10 12:00")
    record = outage("acme", "2026-03-10 08:00", ticket="1")
    assert hours(figures(late, record, at="2026-03-10 11:00"), "downtime") == 0
    assert hours(figures(late, record, at="2026-03-10 13:00"), "downtime") == 5


def test_a_record_without_a_place_of_its_own_is_about_that_of_its_ticket() -> None:
    ticket = p1("2026-03-10 10:00", "2026-03-10 20:00", priority=3)
    assert hours(figures(ticket, outage("acme", "2026-03-10 10:00", "2026-03-10 11:00", ticket="1")), "downtime") == 1
