"""The life of a ticket as it is known at an instant, against a second-by-second model and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import NEVER
from core.kpi.history import spans, value_at
from core.kpi.timeline import CANCELLED, DONE, HOLD, OPEN, SUSPICIONS, UNSEEN, Timeline, timeline
from core.model import STATES
from tests.core.kpi.build import HOUR, Record, change, facts, incident, step, t

NINE, TEN, ELEVEN, NOON, ONE = (f"2026-03-02 {hour:02}:00" for hour in range(9, 14))
LATER = "2026-03-09 09:00"


def life(*tickets: Record, at: str | int = LATER) -> Timeline:
    return timeline(facts(*tickets), np.ones(len(tickets), dtype=np.bool_), t(at))


def told(found: Timeline) -> tuple[int, int, float]:
    """State, resolution and active hours of the first ticket."""
    return int(found.state[0]), int(found.resolved[0]), int(found.active[0]) / HOUR


def suspicion(found: Timeline) -> str | None:
    return SUSPICIONS[found.suspicion[0]] if found.suspicion[0] >= 0 else None


def with_history(*steps: tuple[str, str], **more: Any) -> Record:
    """An incident opened at nine whose record shows the state of its last step."""
    more = {"state": steps[-1][1], **more}
    return incident("acme", "1", NINE, history=[step(at, to) for at, to in steps], **more)


def test_time_on_hold_is_elapsed_but_not_active() -> None:
    """09 new, 10 hold, 11 active, 12 resolved: active 09-10 and 11-12."""
    found = life(with_history((NINE, "new"), (TEN, "hold"), (ELEVEN, "active"), (NOON, "resolved")))
    assert told(found) == (DONE, t(NOON), 2)


def test_a_reopened_ticket_is_resolved_by_its_last_lasting_resolution() -> None:
    """Resolved at 10, reopened at 11, resolved at 12, closed at 13: the hour in between is not active."""
    found = life(with_history((TEN, "resolved"), (ELEVEN, "active"), (NOON, "resolved"), (ONE, "closed")))
    assert told(found) == (DONE, t(NOON), 2)
    assert found.resolutions.at.tolist() == [t(TEN), t(NOON)]
    assert found.reopenings.at.tolist() == [t(ELEVEN)]


def test_a_ticket_reopened_and_still_open_is_not_resolved() -> None:
    found = life(with_history((TEN, "resolved"), (ELEVEN, "active"), resolved_at=TEN), at=NOON)
    assert told(found) == (OPEN, NEVER, 2)


def test_nothing_after_at_exists() -> None:
    """Resolved at 10 and reopened at 11, looked at from five instants; what happens at an instant has happened."""
    ticket = with_history((TEN, "resolved"), (ELEVEN, "hold"), (NOON, "resolved"))
    before = [told(life(ticket, at=t(time) - 1))[0] for time in (NINE, TEN, ELEVEN, NOON)]
    exactly = [told(life(ticket, at=time))[:2] for time in (NINE, TEN, ELEVEN, NOON)]
    assert before == [UNSEEN, OPEN, DONE, HOLD]
    assert exactly == [(OPEN, NEVER), (DONE, t(TEN)), (HOLD, NEVER), (DONE, t(NOON))]


def test_a_record_without_history_speaks_for_itself() -> None:
    assert told(life(incident("acme", "1", NINE, NOON))) == (DONE, t(NOON), 3)
    assert told(life(incident("acme", "1", NINE, NOON), at=ELEVEN)) == (OPEN, NEVER, 2)
    assert told(life(incident("acme", "1", NINE, state="active", resolved_at=TEN), at=NOON)) == (OPEN, NEVER, 3)


def test_a_ticket_closed_without_a_resolution_is_resolved_at_its_closing() -> None:
    assert told(life(incident("acme", "1", NINE, state="closed", closed_at=NOON))) == (DONE, t(NOON), 3)
    assert told(life(with_history((TEN, "active"), (NOON, "closed")))) == (DONE, t(NOON), 3)


def test_an_unmapped_state_without_history_is_done_where_the_record_tells_when() -> None:
    assert told(life(incident("acme", "1", NINE, NOON, state=None))) == (DONE, t(NOON), 3)
    assert told(life(incident("acme", "1", NINE, state=None), at=TEN)) == (OPEN, NEVER, 1)


def test_a_history_of_holds_only_is_ended_by_the_record() -> None:
    """A source that tells holds but not resolutions: hold 10-11, resolved at 12 says the record."""
    found = life(with_history((TEN, "hold"), (ELEVEN, "active"), state="closed", resolved_at=NOON, closed_at=ONE))
    assert told(found) == (DONE, t(NOON), 2)


def test_a_history_that_was_cut_off_before_a_reopening_is_ended_by_the_record() -> None:
    ticket = with_history((TEN, "resolved"), state="active", resolved_at=TEN, changed_at=ELEVEN)
    assert told(life(ticket, at=NOON)) == (OPEN, NEVER, 2)
    assert told(life(ticket, at=t(ELEVEN) - 1)) == (DONE, t(TEN), 1)


def test_a_second_resolution_that_only_the_record_knows_is_not_the_first_one() -> None:
    """Resolved 10, reopened 11, then closed at 13 with the old resolution time left in its field."""
    ticket = with_history((TEN, "resolved"), (ELEVEN, "active"), state="closed", resolved_at=TEN, closed_at=ONE)
    assert told(life(ticket)) == (DONE, t(ONE), 3)


@pytest.mark.parametrize(("state", "field"), [("resolved", "resolved_at"), ("cancelled", "closed_at")])
def test_a_step_that_only_the_record_knows_is_never_before_the_reopening_it_follows(state: str, field: str) -> None:
    """Resolved 10, reopened 11, and the record, changed at 13, has no time but that of the first resolution."""
    ticket = with_history((TEN, "resolved"), (ELEVEN, "active"), state=state, changed_at=ONE, **{field: TEN})
    assert told(life(ticket)) == ((DONE, t(ONE), 3) if state == "resolved" else (CANCELLED, NEVER, 3))
    assert told(life(ticket, at=NOON)) == (OPEN, NEVER, 2)


def test_a_resolution_before_the_opening_stays_suspect_whatever_the_history() -> None:
    ticket = incident("acme", "1", TEN, NINE, changed_at=ONE, history=[step(ELEVEN, "active")])
    assert suspicion(life(ticket)) == "resolved_before_opened"


def test_a_history_that_is_newer_than_the_record_knows_better() -> None:
    assert told(life(with_history((NOON, "resolved"), state="active", changed_at=TEN))) == (DONE, t(NOON), 3)


def test_a_state_that_nobody_mapped_changes_nothing_when_done_and_lets_the_clock_run_otherwise() -> None:
    def ticket(*steps: tuple[str, str | None]) -> Record:
        return incident("acme", "1", NINE, state=None, history=[step(at, to) for at, to in steps])

    assert told(life(ticket((TEN, "hold"), (ELEVEN, None)), at=NOON)) == (OPEN, NEVER, 2)
    assert told(life(ticket((TEN, "resolved"), (ELEVEN, None)))) == (DONE, t(TEN), 1)
    assert told(life(ticket((TEN, "resolved"), (ELEVEN, None), (NOON, "active")), at=ONE)) == (OPEN, NEVER, 2)


def test_what_is_closed_after_it_was_cancelled_stays_cancelled() -> None:
    found = life(with_history((TEN, "cancelled"), (NOON, "closed"), closed_at=NOON))
    assert told(found)[:2] == (CANCELLED, NEVER)
    assert not found.sound[0]
    assert told(life(with_history((TEN, "cancelled"), (ELEVEN, "active"), (NOON, "closed"))))[:2] == (DONE, t(NOON))


def test_a_ticket_is_cancelled_from_its_cancellation_on() -> None:
    ticket = incident("acme", "1", NINE, state="cancelled", closed_at=NOON)
    assert told(life(ticket))[0] == CANCELLED
    assert told(life(ticket, at=ELEVEN))[0] == OPEN
    assert told(life(incident("acme", "1", NINE, state="cancelled"), at=TEN))[0] == CANCELLED


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (incident("acme", "1", NOON, NINE), "resolved_before_opened"),
        (incident("acme", "1", None, NINE), "unreadable_time"),
        (incident("acme", "1", NINE, NOON, suspect=1), "unreadable_time"),
        (incident("acme", "1", NINE, state="resolved"), "no_resolution_time"),
        (change("acme", "1", NOON, NINE), "ended_before_requested"),
        (incident("acme", "1", NINE, vanished_at=t(NOON)), "vanished"),
        (incident("acme", "1", NINE, state="hold", vanished_at=t(NOON)), "vanished"),
        (incident("acme", "1", NINE, TEN, vanished_at=t(NOON)), None),
        (incident("acme", "1", NINE, NOON), None),
        (change("acme", "1", NINE, NOON), None),
    ],
)
def test_bad_times_make_a_ticket_suspect(ticket: Record, reason: str | None) -> None:
    found = life(ticket)
    assert suspicion(found) == reason
    assert bool(found.sound[0]) == (reason is None)


def test_a_ticket_that_vanished_while_open_is_trusted_until_then() -> None:
    ticket = incident("acme", "1", NINE, vanished_at=t(NOON))
    assert told(life(ticket, at=ELEVEN)) == (OPEN, NEVER, 2)
    assert suspicion(life(ticket, at=ELEVEN)) is None
    assert suspicion(life(ticket, at=NOON)) == "vanished"


def test_an_incident_that_was_entered_as_resolved_is_resolved_at_its_opening() -> None:
    """Opened at 09 and done on the phone: the first event is the closing at 12."""
    ticket = incident("acme", "1", NINE, state="closed", closed_at=NOON, history=[step(NOON, "closed", was="resolved")])
    assert told(life(ticket)) == (DONE, t(NINE), 0)
    assert told(life(ticket, at=TEN)) == (DONE, t(NINE), 0)
    assert life(ticket).resolutions.at.tolist() == [t(NINE)]


def test_a_resolution_before_a_history_that_begins_late_is_when_the_record_says() -> None:
    """Resolved at 10, and audited from 11 on: the closing at 12 is its first event."""
    events = [step(NOON, "closed", was="resolved")]
    ticket = incident("acme", "1", NINE, TEN, state="closed", closed_at=NOON, history=events)
    assert told(life(ticket)) == (DONE, t(TEN), 1)
    assert told(life(ticket, at=t(TEN) - 1))[0] == OPEN


def test_a_step_back_that_is_the_first_event_is_a_reopening() -> None:
    """Entered as resolved at 09, reopened at 10, resolved at 12."""
    events = [step(TEN, "active", was="resolved"), step(NOON, "resolved", was="active")]
    found = life(incident("acme", "1", NINE, NOON, history=events))
    assert told(found) == (DONE, t(NOON), 2)
    assert found.reopenings.at.tolist() == [t(TEN)]


def test_a_ticket_that_was_entered_as_waiting_waits_from_its_opening_on() -> None:
    """On hold from 09 to 10, resolved at 11: an hour of work."""
    events = [step(TEN, "active", was="hold"), step(ELEVEN, "resolved", was="active")]
    assert told(life(incident("acme", "1", NINE, ELEVEN, history=events))) == (DONE, t(ELEVEN), 1)


def test_what_was_entered_as_cancelled_and_closed_stays_cancelled() -> None:
    events = [step(NOON, "closed", was="cancelled")]
    assert told(life(incident("acme", "1", NINE, state="closed", history=events)))[0] == CANCELLED


def test_a_history_that_begins_before_a_typed_opening_counts_from_the_opening() -> None:
    """Work began at 09, the form says opened at 10, resolved at 12: two hours."""
    ticket = incident("acme", "1", TEN, state="resolved", history=[step(NINE, "active"), step(NOON, "resolved")])
    assert told(life(ticket)) == (DONE, t(NOON), 2)


def test_a_change_without_an_opening_opens_when_it_was_requested() -> None:
    found = life(change("acme", "1", NINE, NOON, opened_at=None))
    assert found.opened.tolist() == [t(NINE)]


class Slow:
    """A ticket walked through second by second: obvious, and nothing else."""

    def __init__(self, opened: int, born: str, steps: list[tuple[int, str]], at: int) -> None:
        self.active, self.state, self.resolved = 0, "unseen", NEVER
        for second in range(at + 1):
            if second >= opened and self.state == "unseen":
                self.state = born
                if born in ("resolved", "closed"):
                    self.resolved = second
            for when, to in steps:
                if when == second and second >= opened:
                    if to in ("resolved", "closed") and self.state not in ("resolved", "closed"):
                        self.resolved = second
                    self.state = to
            if second < at and self.state in ("new", "assigned", "active"):
                self.active += 1
        if self.state not in ("resolved", "closed"):
            self.resolved = NEVER


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from([s for s in STATES if s != "cancelled"]),
            st.lists(
                st.tuples(st.integers(5, 40), st.sampled_from([s for s in STATES if s != "cancelled"])), max_size=6
            ),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 45),
)
def test_state_resolution_and_active_time_are_those_of_a_walk_second_by_second(
    tickets: list[tuple[int, str, list[tuple[int, str]]]], at: int
) -> None:
    made, walks = [], []
    for number, (opened, born, steps) in enumerate(tickets):
        steps.sort(key=lambda each: each[0])
        was = [born, *(to for _, to in steps)]
        history = [step(when, to, was=was[i]) for i, (when, to) in enumerate(steps)]
        made.append(incident("acme", str(number), opened, state=None, history=history))
        # Nothing tells of the beginning where nothing follows it.
        walks.append(Slow(opened, born if steps else "new", steps, at))
    found = timeline(facts(*made), np.ones(len(made), dtype=np.bool_), at)
    names = {UNSEEN: {"unseen"}, OPEN: {"new", "assigned", "active"}, HOLD: {"hold"}, DONE: {"resolved", "closed"}}
    assert all(walk.state in names[int(state)] for walk, state in zip(walks, found.state, strict=True))
    assert found.resolved.tolist() == [walk.resolved for walk in walks]
    assert found.active.tolist() == [walk.active for walk in walks]


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=5), min_size=1, max_size=4),
    st.integers(-1, 22),
)
def test_a_priority_is_what_the_last_event_until_then_said(history: list[list[tuple[int, int]]], at: int) -> None:
    tickets, walks = [], []
    for number, steps in enumerate(history):
        steps.sort(key=lambda each: each[0])
        was = [None, *(to for _, to in steps)]
        events = [step(when, to, "priority", was=was[i]) for i, (when, to) in enumerate(steps)]
        tickets.append(incident("acme", str(number), 0, priority=4, history=events))
        happened = [to for when, to in steps if when <= at]
        walks.append(happened[-1] if happened else steps[0][1] if steps else 4)
    these = facts(*tickets)
    priorities, current = these.events["priority"], these.tickets.priority
    assert value_at(priorities, current, at).tolist() == walks
    found = spans(priorities, current, np.ones(len(tickets), dtype=np.bool_), at)
    just = (found.start <= at - 1) & (found.end > at - 1)
    held = [[int(value) for value in found.value[just & (found.ticket == n)]] for n in range(len(tickets))]
    assert held == [[value] for value in value_at(priorities, current, at - 1).tolist()]


def test_before_its_history_a_dimension_was_what_the_first_event_replaced() -> None:
    these = facts(incident("acme", "1", NINE, history=[step(TEN, 2, "priority", was=1)]))
    assert value_at(these.events["priority"], these.tickets.priority, t(NINE)).tolist() == [1]
