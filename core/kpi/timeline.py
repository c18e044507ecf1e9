"""The life of every ticket as far as it is known at `at`: open, on hold, resolved, reopened, cancelled.

Nothing after `at` exists. Where a source has no state history, the record's own times speak; where its history ends
in another state than the record (it was cut off, tells holds only, or is late), the record adds the last step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.facts import NEVER, Codes, EventFacts, Facts, Ints, TicketFacts
from core.interval import Bools, Intervals
from core.model import STATES

OPEN: Final = 0
HOLD: Final = 1
DONE: Final = 2
CANCELLED: Final = 3
UNSEEN: Final = -1

_CLASS: Final = np.array(
    [{"hold": HOLD, "resolved": DONE, "closed": DONE, "cancelled": CANCELLED}.get(state, OPEN) for state in STATES]
    + [-1],  # code -1 finds the last one: not known
    dtype=np.int8,
)
_CLOSED: Final = STATES.index("closed")

SUSPICIONS: Final = (
    "unreadable_time", "resolved_before_opened", "no_resolution_time", "ended_before_requested", "vanished"
)  # fmt: skip
"""Why a ticket's times are not trusted: values of the label `reason`."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Something that happened to tickets, in the order (ticket, time)."""

    ticket: Codes
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """By ticket: what it is at `at`. Instants are `NEVER` where there is none."""

    state: Codes  # OPEN, HOLD, DONE, CANCELLED; UNSEEN where it is not opened yet or nobody's
    opened: Ints
    resolved: Ints  # the last resolution, where it has lasted until `at`
    active: Ints  # microseconds open and not on hold
    suspicion: Codes  # position in SUSPICIONS, -1: none
    open: Intervals  # by ticket: from the opening on, without the time after a resolution, with holds
    busy: Intervals  # by ticket: the same without holds; its lengths are `active`
    resolutions: Moments  # every step into resolved or closed, those that did not last too
    reopenings: Moments  # every step back

    @property
    def sound(self) -> Bools:
        """Tickets that figures are made of: seen, not cancelled, their times trusted."""
        marked: Bools = (self.state >= 0) & (self.state != CANCELLED) & (self.suspicion < 0)
        return marked


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """States that tickets took, in order."""

    ticket: Codes
    at: Ints
    state: Codes


def timeline(facts: Facts, known: Bools, at: int) -> Timeline:
    """The timeline of the known tickets at an instant.

    A change without a readable opening opens when it was requested. A step that a source dates before the opening
    keeps its place in the order; its time before the opening counts nowhere.
    """
    tickets, events = facts.tickets, facts.events["state"]
    n = len(tickets)
    opened = np.where(tickets.opened_at == NEVER, tickets.requested_at, tickets.opened_at)
    seen = known & (opened != NEVER) & (opened <= at)
    own, untimed = _own_steps(tickets, events, opened)
    steps = _in_order(
        _openings(seen, opened),
        _until(_beginnings(tickets, events, opened), seen, at),
        _history(events, seen, at),
        _until(own, seen, at),
    )

    fresh = np.append(True, steps.ticket[1:] != steps.ticket[:-1])[: len(steps.ticket)]
    last = np.append(fresh[1:], True)[: len(fresh)]
    before = np.where(fresh, OPEN, np.roll(steps.state, 1))
    state = np.full(n, UNSEEN, dtype=np.int32)
    state[steps.ticket[last]] = steps.state[last]
    into = (steps.state == DONE) & (before != DONE)
    resolved = np.full(n, NEVER)
    resolved[steps.ticket[into]] = steps.at[into]  # the last one stays
    resolved[state != DONE] = NEVER

    suspicion = np.full(n, -1, dtype=np.int32)
    # What was open when the source ceased to show it may have ended since; nobody can tell.
    vanished = (tickets.vanished_at != NEVER) & (tickets.vanished_at <= at)
    suspicion[seen & vanished & ((state == OPEN) | (state == HOLD))] = SUSPICIONS.index("vanished")
    suspicion[untimed & (state == DONE)] = SUSPICIONS.index("no_resolution_time")
    suspicion[(resolved != NEVER) & (resolved < opened)] = SUSPICIONS.index("resolved_before_opened")
    ended, requested = tickets.actual_end, np.where(tickets.requested_at == NEVER, opened, tickets.requested_at)
    suspicion[seen & (ended != NEVER) & (ended <= at) & (ended < requested)] = SUSPICIONS.index(
        "ended_before_requested"
    )
    suspicion[known & ((tickets.suspect == 1) | (opened == NEVER))] = SUSPICIONS.index("unreadable_time")

    start = np.maximum(steps.at, opened[steps.ticket])
    end = np.where(last, at, np.roll(steps.at, -1))
    done = resolved[steps.ticket]
    end = np.where(done == NEVER, end, np.minimum(end, done))
    some = start < end
    busy = _spans(steps.ticket, start, end, some & (steps.state == OPEN))
    back = (before == DONE) & (steps.state <= HOLD)
    return Timeline(
        state=state,
        opened=np.where(seen, opened, NEVER),
        resolved=resolved,
        active=_sums(busy, n),
        suspicion=suspicion,
        open=_spans(steps.ticket, start, end, some & (steps.state <= HOLD)),
        busy=busy,
        resolutions=Moments(steps.ticket[into], steps.at[into]),
        reopenings=Moments(steps.ticket[back], steps.at[back]),
    )


def settled(events: EventFacts) -> Codes:
    """The class of each state event, read with those before it.

    What is closed after it was cancelled stays cancelled. A state that nobody has mapped changes nothing about a
    ticket that is done; otherwise the ticket is open and its clock runs, for nobody has said that it waits. Before its
    first event a ticket was what that event replaced.
    """
    state = _CLASS[events.to_value].astype(np.int32)
    if not len(state):
        return state
    first = np.maximum.accumulate(
        np.where(np.append(True, events.ticket[1:] != events.ticket[:-1]), np.arange(len(state)), 0)
    )
    closed, unknown = events.to_value == _CLOSED, state < 0
    for doubtful, lasting, otherwise in ((closed, CANCELLED, DONE), (unknown, DONE, OPEN)):
        if doubtful.any():
            sure = np.maximum.accumulate(np.where(doubtful | (state < 0), -1, np.arange(len(state))))
            earlier = np.where(sure >= first, state[sure], _origin(events, first))
            state = np.where(doubtful, np.where(earlier >= lasting, earlier, otherwise), state).astype(np.int32)
    return state


def _origin(events: EventFacts, row: Ints) -> Codes:
    """The class of the state that events replaced; open where nobody says."""
    return np.maximum(_CLASS[events.from_value[row]], OPEN).astype(np.int32)


def _beginnings(tickets: TicketFacts, events: EventFacts, opened: Ints) -> _Steps:
    """The state with which a ticket was entered, where its first event replaced another one than open.

    On hold from the opening on, or done on the first call. The record knows when, if its resolution lies before that
    event; else it was done when it was opened.
    """
    row = np.flatnonzero(np.append(True, events.ticket[1:] != events.ticket[:-1])[: len(events)])
    state = _origin(events, row)
    row, state = row[state != OPEN], state[state != OPEN]
    ticket = events.ticket[row]
    own, start = tickets.resolved_at[ticket], opened[ticket]
    known = (state == DONE) & (own >= start) & (own <= events.at[row])
    return _Steps(ticket, np.where(known, own, start), state)


def _own_steps(tickets: TicketFacts, events: EventFacts, opened: Ints) -> tuple[_Steps, Bools]:
    """The step that each ticket's record adds to its history, if any; and where it should tell a time and does not."""
    n = len(tickets)
    first, past = np.searchsorted(events.ticket, [np.arange(n), np.arange(1, n + 1)])
    has = past > first
    ends = past[has] - 1
    last_state, last_at = np.full(n, OPEN, dtype=np.int32), np.full(n, NEVER)
    last_state[has], last_at[has] = settled(events)[ends], events.at[ends]

    record = _CLASS[tickets.state].astype(np.int32)
    timed = (tickets.resolved_at != NEVER) | (tickets.closed_at != NEVER) | (tickets.actual_end != NEVER)
    record = np.where((record < 0) & ~has, np.where(timed, DONE, OPEN), record)
    # A history that is newer than the record knows better; so does one that saw the cancellation before the closing.
    stale = has & ((tickets.changed_at < last_at) | ((last_state == CANCELLED) & (tickets.state == _CLOSED)))
    differs = (record >= 0) & (record != last_state) & ~stale

    done = _first_of((tickets.resolved_at, tickets.closed_at, tickets.actual_end), last_at, opened, tickets.changed_at)
    left = _first_of((tickets.closed_at,), last_at, opened, tickets.changed_at)
    # Without a history nobody knows since when a ticket waits, or when it was cancelled at an untold time.
    left = np.where(has, np.where(left == NEVER, tickets.changed_at, left), np.where(left == NEVER, opened, left))
    at = np.select([record == DONE, record == CANCELLED], [done, left], tickets.changed_at)
    untimed = differs & (record == DONE) & (at == NEVER)
    rows = np.flatnonzero(differs & (has | (record >= DONE)))
    return _Steps(rows.astype(np.int32), np.where(untimed, opened, at)[rows], record[rows]), untimed


def _first_of(times: tuple[Ints, ...], since: Ints, opened: Ints, changed: Ints) -> Ints:
    """The first of the times that is not before the last step of the history, `since`; NEVER where there is no time.

    A time before that step belongs to an earlier one, say to a resolution before the reopening. The step that the
    record adds happened after it and was there when the record was last changed: that is taken for its time. A time
    before the opening stays as it is, for it is wrong and makes the ticket suspect.
    """
    there = [time != NEVER for time in times]
    fits = [some & (time >= since) for some, time in zip(there, times, strict=True)]
    first = np.select(there, times, NEVER)
    stale = (first != NEVER) & (first >= opened)
    return np.select([*fits, stale], [*times, changed], first)


def _openings(seen: Bools, opened: Ints) -> _Steps:
    rows = np.flatnonzero(seen)
    return _Steps(rows.astype(np.int32), opened[rows], np.full(len(rows), OPEN, dtype=np.int32))


def _history(events: EventFacts, seen: Bools, at: int) -> _Steps:
    kept = seen[events.ticket] & (events.at <= at)
    return _Steps(events.ticket[kept], events.at[kept], settled(events)[kept])


def _until(steps: _Steps, seen: Bools, at: int) -> _Steps:
    kept = seen[steps.ticket] & (steps.at <= at)
    return _Steps(steps.ticket[kept], steps.at[kept], steps.state[kept])


def _in_order(*parts: _Steps) -> _Steps:
    """Ticket by ticket, the parts one after the other."""
    ticket = np.concatenate([part.ticket for part in parts])
    order = np.argsort(ticket, kind="stable")
    at = np.concatenate([part.at for part in parts])
    state = np.concatenate([part.state for part in parts])
    return _Steps(ticket[order], at[order], state[order])


def _spans(ticket: Codes, start: Ints, end: Ints, mask: Bools) -> Intervals:
    """The marked stretches by ticket, neighbours joined; they come sorted and do not overlap."""
    ticket, start, end = ticket[mask], start[mask], end[mask]
    if not len(ticket):
        return Intervals(start, end, ticket.astype(np.int64))
    new = np.append(True, (ticket[1:] != ticket[:-1]) | (start[1:] != end[:-1]))
    return Intervals(start[new], end[np.append(new[1:], True)], ticket[new].astype(np.int64))


def _sums(these: Intervals, n: int) -> Ints:
    total = np.append(0, np.cumsum(these.end - these.start))  # may wrap round: the differences are right all the same
    first, past = np.searchsorted(these.key, [np.arange(n), np.arange(1, n + 1)])
    found: Ints = total[past] - total[first]
    return found
