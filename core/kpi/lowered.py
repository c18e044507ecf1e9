"""A guard rail of section 6: priorities that were lowered after the opening, and after their target was over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.calendar import service_hours
from core.facts import Codes, Ints
from core.interval import Bools, measure
from core.kpi.view import View


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """One row per step by which an incident's priority became less urgent, sorted by (ticket, at)."""

    ticket: Codes  # row in TicketFacts
    at: Ints
    before: Codes  # 1..5
    after: Codes
    late: Bools  # the target of the priority before was over: the step made a miss look like a success


def lowered(view: View) -> Lowered:
    """The steps down, until `at`, of the incidents that figures are made of.

    A priority that the opening itself set is none that was lowered. One that was raised again later was lowered all the
    same. Targets run on active time, as in section 3.
    """
    events = view.facts.events["priority"]
    down = (events.from_value >= 1) & (events.to_value > events.from_value) & (events.at <= view.at)
    down &= view.incidents[events.ticket] & (events.at > view.timeline.opened[events.ticket])
    rows = np.flatnonzero(down)
    ticket, at, before = events.ticket[rows], events.at[rows], events.from_value[rows]
    goal = _goals(view, ticket, before)
    late = (goal >= 0) & (_active_until(view, ticket, at) > goal)
    return Lowered(ticket, at, before, events.to_value[rows], late)


def _goals(view: View, ticket: Codes, priority: Codes) -> Ints:
    """The target of each ticket's service for the priority, in microseconds; -1 where there is none."""
    services = view.catalogue.services
    table = np.full((len(services) + 1, 6), -1, dtype=np.int64)
    for i, entry in enumerate(services):
        for of, duration in entry.targets.incident_lead_time.items():
            table[i, of] = duration
    found: Ints = table[view.service[ticket], priority]
    return found


def _active_until(view: View, ticket: Codes, moment: Ints) -> Ints:
    """How long each ticket had been active until a moment, on the clock of its service's targets."""
    busy = view.timeline.busy
    first, past = np.searchsorted(busy.key, [ticket, ticket + 1])
    size = past - first
    asked = np.repeat(np.arange(len(ticket)), size)
    row = np.arange(len(asked)) - np.repeat(np.cumsum(size) - size, size) + first[asked]
    start = busy.start[row]
    end = np.maximum(np.minimum(busy.end[row], moment[asked]), start)
    taken = end - start
    for i, entry in enumerate(view.catalogue.services):
        mine = np.flatnonzero(view.service[ticket[asked]] == i)
        if entry.targets.clock == "service_hours" and len(mine):
            hours = service_hours(entry.hours, int(start[mine].min()), view.at)
            taken[mine] = measure(hours, start[mine], end[mine])
    total = np.append(0, np.cumsum(taken))
    edge = np.append(0, np.cumsum(size))
    found: Ints = total[edge[1:]] - total[edge[:-1]]
    return found
