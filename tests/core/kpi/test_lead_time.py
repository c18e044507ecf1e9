"""Lead time of incidents and cases, first response, targets, counts and backlog."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import Targets
from core.model import Hours, Part
from tests.core.kpi.build import HOUR, Figures, Record, catalogue, change, facts, incident, link, service, step, t

AT = "2026-03-31 00:00"
NINE, TEN, ELEVEN, NOON, ONE, TWO = (f"2026-03-20 {hour:02}:00" for hour in range(9, 15))
OFFICE = Hours("UTC", (((540, 1020),),) * 5 + ((), ()))  # Monday to Friday, 9 to 17


def figures(*tickets: Record, links: tuple[Record, ...] = (), at: str = AT, **targets: Any) -> Figures:
    goal = Targets(**targets)
    known = catalogue(service("shop", Part("acme", "web"), targets=goal, hours=OFFICE), service("mail"))
    return Figures(facts(*tickets, links=links), known, at)


def hours(value: float | None) -> float | None:
    return None if value is None else value / 3600


def of_acme(found: Figures, figure: str, stat: str = "mean", window: str = "30d") -> float | None:
    return hours(found(f"siam_supplier_incident_{figure}_seconds", supplier="acme", window=window, stat=stat))


def of_cases(found: Figures, figure: str, stat: str = "mean", window: str = "30d") -> float | None:
    return hours(found(f"siam_joint_case_{figure}_time_seconds", window=window, stat=stat))


def test_lead_time_is_elapsed_and_active_time_leaves_out_holds_and_vain_resolutions() -> None:
    """09 opened, 10-11 hold, resolved 12, reopened 13, resolved 14: elapsed 5 h, active 1 + 1 + 1 = 3 h."""
    states = {NINE: "new", TEN: "hold", ELEVEN: "active", NOON: "resolved", ONE: "active", TWO: "closed"}
    ticket = incident("acme", "1", NINE, TWO, history=[step(at, state) for at, state in states.items()])
    found = figures(ticket)
    assert (of_acme(found, "lead_time"), of_acme(found, "active_time")) == (5, 3)
    assert (of_cases(found, "lead"), of_cases(found, "active")) == (5, 3)


def test_a_ticket_belongs_to_the_window_of_its_resolution_from_the_start_on_until_before_the_end() -> None:
    """7d at 31 March is [24 March, 31 March)."""
    ends = ("2026-03-23 23:59", "2026-03-24 00:00", "2026-03-30 23:59", AT)
    found = figures(*(incident("acme", str(i), "2026-03-01 00:00", end, service="shop") for i, end in enumerate(ends)))
    labels = {"supplier": "acme", "service": "shop", "priority": "3"}
    assert found("siam_incidents_resolved", window="7d", **labels) == 2
    assert found("siam_incidents_open", **labels) == 0


def test_suspect_and_cancelled_incidents_are_in_no_lead_time() -> None:
    found = figures(
        incident("acme", "1", NOON, NINE),
        incident("acme", "2", NINE, state="cancelled", closed_at=TEN),
        incident("acme", "3", NINE, TEN, suspect=1),
        incident("acme", "4", NINE, TEN),
    )
    assert of_acme(found, "lead_time") == 1
    assert found("siam_joint_cases_resolved", window="30d") == 1
    assert found("siamhub_tickets_suspect", supplier="acme", reason="resolved_before_opened") == 1


def test_quantiles_are_over_the_pooled_tickets() -> None:
    """1, 2, 3 and 10 h: p50 2.5 h, p90 3 + 0.7 x 7 = 7.9 h, mean 4 h."""
    tickets = [incident("acme", str(n), NINE, t(NINE) + n * HOUR) for n in (1, 2, 3, 10)]
    found = figures(*tickets)
    assert [of_acme(found, "lead_time", stat) for stat in ("p50", "p90", "mean")] == [2.5, pytest.approx(7.9), 4]


# Cases


def pair(**second: Any) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """acme 09-11, globex 10-13, linked."""
    one = incident("acme", "A", NINE, ELEVEN, service="shop")
    two = incident("globex", "B", second.pop("opened_at", TEN), second.pop("resolved", ONE), **second)
    return (one, two), (link(two, "A"),)


def test_a_case_runs_from_its_first_opening_to_its_last_resolution() -> None:
    tickets, links = pair()
    found = figures(*tickets, links=links)
    assert found("siam_joint_cases_resolved", window="30d") == 1
    assert (of_cases(found, "lead"), of_cases(found, "active")) == (4, 4)


def test_a_case_is_not_resolved_while_one_of_its_tickets_is_open_or_open_again() -> None:
    tickets, links = pair(resolved=None)
    assert figures(*tickets, links=links)("siam_joint_cases_resolved", window="30d") == 0
    assert of_cases(figures(*tickets, links=links), "lead") is None
    again = [step(NOON, "resolved"), step(ONE, "active")]
    tickets, links = pair(resolved=None, state="active", history=again)
    assert figures(*tickets, links=links)("siam_joint_cases_resolved", window="30d") == 0


def test_an_open_follow_up_does_not_keep_a_case_open() -> None:
    tickets, _ = pair(resolved=None)
    found = figures(*tickets, links=(link(tickets[1], "A", kind="follow_up"),))
    assert found("siam_joint_cases_resolved", window="30d") == 1


def test_a_cancelled_ticket_is_left_aside_in_its_case() -> None:
    tickets, links = pair(resolved=None, state="cancelled", closed_at=TWO)
    found = figures(*tickets, links=links)
    assert (found("siam_joint_cases_resolved", window="30d"), of_cases(found, "lead")) == (1, 2)


@pytest.mark.parametrize(
    "second",
    [
        {"opened_at": None, "resolved": None},
        {"opened_at": None},
        {"suspect": 1, "resolved": None},
        {"resolved": NINE},
        {"resolved": None, "state": "resolved"},
    ],
)
def test_a_case_has_no_resolution_while_the_times_of_one_of_its_tickets_are_not_trusted(second: dict[str, Any]) -> None:
    tickets, links = pair(**second)
    found = figures(*tickets, links=links)
    assert found("siam_joint_cases_resolved", window="30d") == 0
    assert (of_cases(found, "lead"), of_cases(found, "active")) == (None, None)
    assert figures(*tickets)("siam_joint_cases_resolved", window="30d") == 1


@pytest.mark.parametrize("opened", [None, TEN])
def test_a_cancelled_ticket_whose_times_are_not_trusted_is_left_aside_too(opened: str | None) -> None:
    tickets, links = pair(opened_at=opened, resolved=None, suspect=1, state="cancelled", closed_at=TWO)
    found = figures(*tickets, links=links)
    assert (found("siam_joint_cases_resolved", window="30d"), of_cases(found, "lead")) == (1, 2)


def test_a_case_is_active_while_any_of_its_tickets_is_worked_on() -> None:
    """acme 09-11 with a hold from 10 on, globex 12-13: active 09-10 and 12-13, elapsed 4 h."""
    one = incident("acme", "A", NINE, ELEVEN, history=[step(TEN, "hold"), step(ELEVEN, "resolved")])
    two = incident("globex", "B", NOON, ONE)
    found = figures(one, two, links=(link(two, "A"),))
    assert (of_cases(found, "lead"), of_cases(found, "active")) == (4, 2)


def test_a_case_counts_for_every_service_it_touched_and_once_in_all() -> None:
    tickets, links = pair(service="mail")
    found = figures(*tickets, links=links)
    for label in ("shop", "mail"):
        assert found("siam_service_cases_resolved", service=label, window="30d") == 1
    assert found("siam_joint_cases_resolved", window="30d") == 1


def test_a_case_is_unmapped_only_where_none_of_its_tickets_is_mapped() -> None:
    tickets, links = pair()
    assert figures(*tickets, links=links)("siam_service_cases_resolved", service="unmapped", window="30d") is None
    assert figures(*tickets)("siam_service_cases_resolved", service="unmapped", window="30d") == 1


times = st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(times, st.booleans()), min_size=1, max_size=4))
def test_active_time_of_a_case_is_that_of_its_seconds(rows: list[tuple[list[int], bool]]) -> None:
    """Tickets that go new, hold, active, hold ... and are resolved at their last time."""
    start, minute = t(NINE), 60_000_000
    tickets, busy, ends = [], set[int](), []
    for n, (moments, first_hold) in enumerate(rows):
        opened, resolved = moments[0], moments[-1] + 1
        states = [("hold" if (i % 2 == 0) == first_hold else "active") for i in range(len(moments))]
        history = [step(start + at * minute, state) for at, state in zip(moments, states, strict=True)]
        history.append(step(start + resolved * minute, "resolved"))
        tickets.append(incident(["acme", "globex"][n % 2], f"T{n}", start + opened * minute, None, history=history))
        tickets[-1]["state"] = "resolved"
        for i, (at, state) in enumerate(zip(moments, states, strict=True)):
            if state == "active":
                busy.update(range(at, [*moments, resolved][i + 1]))
        ends.append(resolved)
    chain = [
        link(one, str(other["vendor_id"]), evidence="issue_link")
        for one, other in zip(tickets, tickets[2:], strict=False)
    ]
    chain += [link(tickets[1], "T0")] if len(tickets) > 1 else []
    found = figures(*tickets, links=tuple(chain))
    assert found("siam_joint_cases_resolved", window="30d") == 1
    active = found("siam_joint_case_active_time_seconds", window="30d", stat="mean")
    elapsed = found("siam_joint_case_lead_time_seconds", window="30d", stat="mean")
    assert active == len(busy) * 60
    assert elapsed == (max(ends) - min(moments[0] for moments, _ in rows)) * 60


# First response


def answered(*history: Record, **more: Any) -> float | None:
    ticket = incident("acme", "1", NINE, TWO, history=[*history], **more)
    return of_acme(figures(ticket), "first_response")


def comment(at: str, actor: str = "person", public: int = 1) -> Record:
    return step(at, None, "comment", actor, public=public)


def test_the_first_visible_act_of_a_person_is_the_response() -> None:
    assert answered(step(ELEVEN, "active"), comment(TEN)) == 1
    assert answered(step(TEN, "active"), comment(ELEVEN)) == 1
    assert answered(step(TEN, "hold"), step(ELEVEN, "active")) == 1
    assert answered(step(TEN, "resolved")) == 1


@pytest.mark.parametrize(
    "act",
    [
        step(TEN, "active", actor="automation"),
        step(TEN, "active", actor="requester"),
        step(TEN, "active", actor="unknown"),
        step(TEN, "assigned"),
        step(TEN, "cancelled"),
        comment(TEN, public=0),
        comment(TEN, public=-1),
        comment(TEN, "automation"),
    ],
)
def test_acts_that_nobody_sees_or_no_person_does_are_no_response(act: Record) -> None:
    assert answered(act, step(ONE, "active")) == 4


def test_the_vendors_own_field_counts_only_where_the_history_names_no_actor() -> None:
    assert answered(first_response_at=TEN) == 1
    assert answered(step(TEN, "active", actor="unknown"), first_response_at=ELEVEN) == 2
    assert answered(step(TEN, "active", actor="automation"), first_response_at=TEN) is None


def test_that_a_later_act_names_its_actor_takes_no_response_away_from_the_time_before() -> None:
    """At eleven the history named nobody, and the vendor's field said ten; at noon it names automation."""
    ticket = incident("acme", "1", NINE, first_response_at=TEN, history=[step(NOON, "active", actor="automation")])
    assert of_acme(figures(ticket, at=ELEVEN), "first_response") == 1
    assert of_acme(figures(ticket), "first_response") is None


def test_a_response_before_a_typed_opening_is_none() -> None:
    assert answered(comment("2026-03-20 08:00"), comment(ELEVEN)) == 2


def test_a_response_belongs_to_the_window_in_which_it_lies_though_the_ticket_is_open() -> None:
    ticket = incident("acme", "1", "2026-03-20 09:00", history=[step("2026-03-25 09:00", "active")])
    found = figures(ticket)
    assert of_acme(found, "first_response", window="7d") == 120
    assert of_acme(figures(ticket, at="2026-03-25 08:00"), "first_response", window="7d") is None


# Targets


def met(found: Figures, priority: str) -> float | None:
    return found("siam_supplier_incident_target_met_ratio", supplier="acme", priority=priority, window="30d")


def test_a_target_is_met_on_active_time_and_to_the_microsecond() -> None:
    """Target 2 h for P1: 2 h is met, a microsecond more is not; 3 h of which 1 h was hold is met."""
    held = [step(TEN, "hold"), step(ELEVEN, "active"), step(NOON, "resolved")]
    found = figures(
        incident("acme", "1", NINE, ELEVEN, service="shop", priority=1),
        incident("acme", "2", NINE, t(ELEVEN) + 1, service="shop", priority=1),
        incident("acme", "3", NINE, NOON, service="shop", priority=1, history=held),
        incident("acme", "4", NINE, NINE, service="shop", priority=2),
        incident("acme", "5", NINE, NINE, service="mail", priority=1),
        incident_lead_time={1: 2 * HOUR},
    )
    assert met(found, "1") == 2 / 3
    assert met(found, "2") is None


def test_a_target_on_service_hours_counts_active_time_within_them() -> None:
    """Friday 16:00 to Monday 10:00, office hours 9-17: 2 h, which is in time on that clock only."""
    ticket = incident("acme", "1", "2026-03-06 16:00", "2026-03-09 10:00", service="shop", priority=1)
    assert met(figures(ticket, incident_lead_time={1: 2 * HOUR}, clock="service_hours"), "1") == 1
    assert met(figures(ticket, incident_lead_time={1: 2 * HOUR - 1}, clock="service_hours"), "1") == 0
    assert met(figures(ticket, incident_lead_time={1: 2 * HOUR}), "1") == 0


# Counts


def test_counts_are_zero_for_the_services_a_supplier_takes_part_in_and_absent_elsewhere() -> None:
    narrow = catalogue(service("shop", Part("acme", "web")), sources=())
    found = Figures(facts(), narrow, AT)
    assert found.labels("siam_incidents_open") == [
        {"supplier": "acme", "service": "shop", "priority": str(priority)} for priority in range(1, 6)
    ]
    assert len(found.labels("siam_incidents_resolved")) == 25
    assert found("siam_joint_cases_resolved", window="month") == 0


def test_an_incident_without_a_priority_counts_under_none() -> None:
    found = figures(incident("acme", "1", NINE, priority=None, service="shop"))
    assert found("siam_incidents_open", supplier="acme", service="shop", priority="") == 1


def test_an_incident_counts_under_its_priority_at_the_instant() -> None:
    raised = incident("acme", "1", NINE, priority=1, service="shop", history=[step(NOON, 1, "priority", was=4)])
    before, after = figures(raised, at=TEN), figures(raised)
    assert before("siam_incidents_open", supplier="acme", service="shop", priority="4") == 1
    assert after("siam_incidents_open", supplier="acme", service="shop", priority="1") == 1
    assert after("siam_incidents_open", supplier="acme", service="shop", priority="4") == 0


def test_an_incident_reopened_twice_in_a_window_counts_once_and_its_resolutions_each() -> None:
    states = [(TEN, "resolved"), (ELEVEN, "active"), (NOON, "resolved"), (ONE, "active")]
    ticket = incident("acme", "1", NINE, state="active", service="shop", history=[step(*each) for each in states])
    found = figures(ticket)
    assert found("siam_incidents_reopened", supplier="acme", service="shop", priority="3", window="30d") == 1
    assert found("siam_incidents_reopened", supplier="acme", service="shop", priority="3", window="7d") == 0
    assert found("siam_incident_resolutions_total", supplier="acme") == 2


def test_counters_count_cancelled_incidents_but_neither_changes_nor_the_future() -> None:
    found = figures(
        incident("acme", "1", NINE, state="cancelled", closed_at=TEN),
        incident("acme", "2", "2026-04-01 00:00"),
        incident("acme", "3", None),
        change("acme", "4", NINE, TEN),
    )
    assert found("siam_incidents_opened_total", supplier="acme") == 1
    assert found("siam_incident_resolutions_total", supplier="acme") == 0
    assert found("siam_incidents_opened_total", supplier="globex") == 0


def test_the_backlog_knows_its_ages_but_trusts_no_suspect_time() -> None:
    """Open since 09:00 and 11:00 on the 20th, looked at from 13:00: 4 and 2 h old; on hold is open."""
    found = figures(
        incident("acme", "1", NINE, service="shop"),
        incident("acme", "2", ELEVEN, state="hold", service="shop"),
        incident("acme", "3", NINE, suspect=1, service="shop"),
        incident("acme", "4", NINE, NOON, service="shop"),
        at=ONE,
    )
    assert found("siam_incidents_open", supplier="acme", service="shop", priority="3") == 3
    assert hours(found("siam_supplier_incident_open_age_seconds", supplier="acme", stat="mean")) == 3
    assert found("siam_supplier_incident_open_age_seconds", supplier="globex", stat="mean") is None


def test_tickets_of_a_source_that_is_not_configured_count_nowhere() -> None:
    known = catalogue(service("shop", Part("acme", "web")))
    without = catalogue(service("shop", Part("acme", "web")), sources=known.sources[1:])
    found = Figures(facts(incident("acme", "1", NINE, service="shop"), incident("acme", "2", NINE, TEN)), without, AT)
    assert found("siam_incidents_opened_total", supplier="acme") == 0
    assert found("siamhub_tickets", supplier="acme", kind="incident") == 0
    assert found("siam_joint_cases_resolved", window="30d") == 0
