"""Downtime of components and of services as a whole: the evidence for it, best first (kpis.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.facts import NEVER
from core.interval import Bools, Intervals, intersection, intervals, union
from core.kpi.history import spans
from core.kpi.mapping import locate
from core.kpi.timeline import CANCELLED, DONE
from core.kpi.view import View
from core.model import OUTAGE_TYPES

_OUTAGE: Final = OUTAGE_TYPES.index("outage")
_PLANNED: Final = OUTAGE_TYPES.index("planned")


@dataclass(frozen=True, slots=True, eq=False)
class Downtime:
    """Downtime by place (see `Places`), until `at`."""

    recorded: Intervals  # outage records, and outage times typed on tickets
    inferred: Intervals  # incidents of a priority that means "down"

    @property
    def all(self) -> Intervals:
        """Both."""
        return union(self.recorded, self.inferred)


def downtime(view: View) -> Downtime:
    """The downtime of every place.

    1. Outage records of type outage. A record without a component and a service of its own is about those of its
       ticket.
    2. Times typed on a ticket that has no record. Without a typed end the outage goes on until the ticket is
       resolved.
    3. Inferred from incidents that have neither: open, on hold or not, while the priority was `outage_priority` or
       higher, or the incident was flagged as major.

    A record of type degraded is evidence too: that the ticket was no outage. A planned one is not, it says when work
    was meant to be done; nor is one whose end lies before its start, or whose ticket is cancelled at `at`.
    """
    records, recorded_tickets = _records(view)
    typed, typed_tickets = _typed(view, ~recorded_tickets)
    return Downtime(union(records, typed), _inferred(view, ~recorded_tickets & ~typed_tickets))


def planned_records(view: View) -> Intervals:
    """Outage records of type planned by place, but for those that were approved only after they had begun."""
    outages = view.facts.outages
    in_time = (outages.approved_at == NEVER) | (outages.approved_at < outages.start)
    return _of_records(view, in_time & (outages.type == _PLANNED))


def _records(view: View) -> tuple[Intervals, Bools]:
    """The outages on record, and the tickets that have a record."""
    outages = view.facts.outages
    there = (outages.type != _PLANNED) & (outages.start != NEVER) & (outages.start <= view.at) & (outages.ticket >= 0)
    there &= (outages.end == NEVER) | (outages.end >= outages.start)
    there &= (view.places.supplier[outages.source] >= 0) & ~_given_up(view)
    marked = np.zeros(len(view.facts.tickets), dtype=np.bool_)
    marked[outages.ticket[there]] = True
    return _of_records(view, outages.type == _OUTAGE), marked


def _of_records(view: View, chosen: Bools) -> Intervals:
    outages = view.facts.outages
    if not len(outages):
        return intervals([], [])
    place = locate(view.places, view.catalogue, outages.source, outages.component, outages.service).place(view.places)
    # A ticket that is not opened yet at `at` tells nothing.
    of_ticket = np.append(np.where(view.known, view.located.place(view.places), -1), -1)[outages.ticket]
    place = np.where(place >= 0, place, of_ticket)
    end = np.where(outages.end == NEVER, view.at, np.minimum(outages.end, view.at))
    chosen = chosen & (place >= 0) & (outages.start != NEVER) & (view.places.supplier[outages.source] >= 0)
    chosen &= ~_given_up(view)
    return intervals(outages.start[chosen], end[chosen], place[chosen])


def _given_up(view: View) -> Bools:
    """The records whose ticket is cancelled at `at`; one without a ticket speaks for itself."""
    cancelled: Bools = np.append(view.cancelled, False)[view.facts.outages.ticket]  # row -1 is the one at the end
    return cancelled


def _typed(view: View, among: Bools) -> tuple[Intervals, Bools]:
    """Outages typed on tickets, and the tickets on which they are."""
    tickets, life = view.facts.tickets, view.timeline
    there = among & (life.state >= 0) & (life.state != CANCELLED)
    there &= (tickets.outage_start != NEVER) & (tickets.outage_start <= view.at)
    there &= (tickets.outage_end == NEVER) | (tickets.outage_end >= tickets.outage_start)
    open_end = np.where(life.state == DONE, np.maximum(life.resolved, tickets.outage_start), view.at)
    end = np.minimum(np.where(tickets.outage_end == NEVER, open_end, tickets.outage_end), view.at)
    place = view.located.place(view.places)
    chosen = there & (place >= 0)
    return intervals(tickets.outage_start[chosen], end[chosen], place[chosen]), there


def _inferred(view: View, among: Bools) -> Intervals:
    tickets, events = view.facts.tickets, view.facts.events
    place = view.located.place(view.places)
    grave, major = _ever_grave(view), _ever_major(view)
    among = among & view.incidents & (place >= 0) & (grave | major)
    priority = spans(events["priority"], tickets.priority, among & grave, view.at)
    flag = spans(events["major"], tickets.major, among & major, view.at)
    down = union(
        priority.where((priority.value >= 1) & (priority.value <= view.catalogue.outage_priority)),
        flag.where(flag.value == 1),
    )
    open_ = view.timeline.open
    mine = among[open_.key]
    by_ticket = intersection(Intervals(open_.start[mine], open_.end[mine], open_.key[mine]), down)
    return intervals(by_ticket.start, by_ticket.end, place[by_ticket.key])


def _ever_grave(view: View) -> Bools:
    """Tickets whose priority may ever have meant "down": only their history is gone through."""
    tickets, history = view.facts.tickets, view.facts.events["priority"]
    limit = view.catalogue.outage_priority
    found = (tickets.priority >= 1) & (tickets.priority <= limit)
    for value in (history.from_value, history.to_value):
        found[history.ticket[(value >= 1) & (value <= limit)]] = True
    return found


def _ever_major(view: View) -> Bools:
    tickets, history = view.facts.tickets, view.facts.events["major"]
    found: Bools = tickets.major == 1
    for value in (history.from_value, history.to_value):
        found[history.ticket[value == 1]] = True
    return found
