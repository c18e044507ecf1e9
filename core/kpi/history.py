"""One dimension of every ticket (priority, major flag, group) over time: what it was at an instant, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.facts import NEVER, Codes, EventFacts, Ints
from core.interval import Bools, Intervals, intervals


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of time in which a ticket's dimension had one value: [start, end), in order, without gaps."""

    ticket: Codes
    start: Ints
    end: Ints
    value: Codes

    def where(self, mask: Bools) -> Intervals:
        """The time of the marked stretches, by ticket."""
        return intervals(self.start[mask], self.end[mask], self.ticket[mask])


def value_at(events: EventFacts, current: Codes, at: int) -> Codes:
    """Each ticket's value at an instant: of its last event until then; `current` for tickets without history."""
    happened = np.bincount(events.ticket[events.at <= at], minlength=len(current))
    first = np.searchsorted(events.ticket, np.arange(len(current)))
    value = before_history(events, current)
    some = np.flatnonzero(happened)
    value[some] = events.to_value[first[some] + happened[some] - 1]
    return value


def before_history(events: EventFacts, current: Codes) -> Codes:
    """Each ticket's value before its first event: what that event says it replaced, else what it set.

    The first event of a history is mostly the one that filled the field, so that its value is the nearest there is
    for a ticket that somebody opened back in time. `current` for tickets without events.
    """
    value = current.copy()
    new = np.append(True, events.ticket[1:] != events.ticket[:-1])[: len(events)]
    origin = events.from_value[new]
    value[events.ticket[new]] = np.where(origin >= 0, origin, events.to_value[new])
    return value


def latest(ticket: Codes, at: Ints, of: Codes, moment: Ints, inclusive: bool = False) -> Ints:
    """For each question (ticket `of`, `moment`) the position of the ticket's last row before it; -1 where none is.

    Rows come sorted by (ticket, at). `inclusive`: a row at the moment itself is before it.
    """
    rows, asked = len(ticket), len(of)
    side = np.concatenate([np.zeros(rows, np.int8), np.full(asked, 1 if inclusive else -1, np.int8)])
    order = np.lexsort((np.arange(rows + asked), side, np.concatenate([at, moment]), np.concatenate([ticket, of])))
    is_row = order < rows
    seen = np.maximum.accumulate(np.where(is_row, np.arange(rows + asked), -1))
    found = np.full(asked, -1, dtype=np.int64)
    before = seen[~is_row]
    position = np.where(before >= 0, order[before], -1)
    question = order[~is_row] - rows
    mine = (position >= 0) & (ticket[position] == of[question]) if rows else np.zeros(asked, dtype=np.bool_)
    found[question] = np.where(mine, position, -1)
    return found


def value_when(events: EventFacts, current: Codes, of: Codes, moment: Ints) -> Codes:
    """The value of tickets' dimension at a moment each; what happens at the moment has happened."""
    row = latest(events.ticket, events.at, of, moment, inclusive=True)
    found: Codes = np.where(row >= 0, np.append(events.to_value, -1)[row], before_history(events, current)[of])
    return found


def spans(events: EventFacts, current: Codes, among: Bools, at: int) -> Spans:
    """The values of the marked tickets over time, from for ever until `at`."""
    tickets = np.flatnonzero(among).astype(np.int32)
    kept = among[events.ticket] & (events.at <= at)
    ticket = np.concatenate([tickets, events.ticket[kept]])
    order = np.argsort(ticket, kind="stable")  # the value before history first, then the events as they are sorted
    ticket = ticket[order]
    start = np.concatenate([np.full(len(tickets), NEVER), events.at[kept]])[order]
    value = np.concatenate([before_history(events, current)[tickets], events.to_value[kept]])[order]
    last = np.append(ticket[1:] != ticket[:-1], True)[: len(ticket)]
    return Spans(ticket, start, np.where(last, at, np.append(start[1:], at)[: len(start)]), value)
