"""Downtime of components and of services as a whole: the evidence for it, best first (kpis.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.facts import NEVER, Codes, Ints
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


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What says that a place was down, or under maintenance: one row each; they overlap as the evidence does."""

    place: Codes
    start: Ints
    end: Ints
    ticket: Codes  # row in TicketFacts, -1: a record that belongs to no ticket
    record: Codes  # row in OutageFacts, -1: the ticket itself says it

    @property
    def time(self) -> Intervals:
        """By place, united."""
        return intervals(self.start, self.end, self.place)


def evidence(view: View) -> Mapping[str, Evidence]:
    """What `downtime` unites, best first: "outage record", "typed on the ticket", "inferred from priority"."""
    records, recorded_tickets = _records(view)
    typed, typed_tickets = _typed(view, ~recorded_tickets)
    inferred = _inferred(view, ~recorded_tickets & ~typed_tickets)
    return {"outage record": records, "typed on the ticket": typed, "inferred from priority": inferred}


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
    records, typed, inferred = evidence(view).values()
    return Downtime(union(records.time, typed.time), inferred.time)


def planned_records(view: View) -> Evidence:
    """Outage records of type planned by place, but for those that were approved only after they had begun."""
    outages = view.facts.outages
    in_time = (outages.approved_at == NEVER) | (outages.approved_at < outages.start)
    return _of_records(view, in_time & (outages.type == _PLANNED))


def _records(view: View) -> tuple[Evidence, Bools]:
    """The outages on record, and the tickets that have a record."""
    outages = view.facts.outages
    there = (outages.type != _PLANNED) & (outages.start != NEVER) & (outages.start <= view.at) & (outages.ticket >= 0)
    there &= (outages.end == NEVER) | (outages.end >= outages.start)
    there &= (view.places.supplier[outages.source] >= 0) & ~_given_up(view)
    marked = np.zeros(len(view.facts.tickets), dtype=np.bool_)
    marked[outages.ticket[there]] = True
    return _of_records(view, outages.type == _OUTAGE), marked


def _of_records(view: View, chosen: Bools) -> Evidence:
    outages = view.facts.outages
    if not len(outages):
        return Evidence(outages.ticket, outages.start, outages.end, outages.ticket, outages.ticket)
    place = locate(view.places, view.catalogue, outages.source, outages.component, outages.service).place(view.places)
    # A ticket that is not opened yet at `at` tells nothing.
    of_ticket = np.append(np.where(view.known, view.located.place(view.places), -1), -1)[outages.ticket]
    place = np.where(place >= 0, place, of_ticket)
    end = np.where(outages.end == NEVER, view.at, np.minimum(outages.end, view.at))
    chosen = chosen & (place >= 0) & (outages.start != NEVER) & (view.places.supplier[outages.source] >= 0)
    chosen &= ~_given_up(view)
    rows = np.flatnonzero(chosen).astype(np.int32)
    return Evidence(place[rows], outages.start[rows], end[rows], outages.ticket[rows], rows)


def _given_up(view: View) -> Bools:
    """The records whose ticket is cancelled at `at`; one without a ticket speaks for itself."""
    cancelled: Bools = np.append(view.cancelled, False)[view.facts.outages.ticket]  # row -1 is the one at the end
    return cancelled


def _typed(view: View, among: Bools) -> tuple[Evidence, Bools]:
    """Outages typed on tickets, and the tickets on which they are."""
    tickets, life = view.facts.tickets, view.timeline
    there = among & (life.state >= 0) & (life.state != CANCELLED)
    there &= (tickets.outage_start != NEVER) & (tickets.outage_start <= view.at)
    there &= (tickets.outage_end == NEVER) | (tickets.outage_end >= tickets.outage_start)
    open_end = np.where(life.state == DONE, np.maximum(life.resolved, tickets.outage_start), view.at)
    end = np.minimum(np.where(tickets.outage_end == NEVER, open_end, tickets.outage_end), view.at)
    place = view.located.place(view.places)
    rows = np.flatnonzero(there & (place >= 0)).astype(np.int32)
    return Evidence(place[rows], tickets.outage_start[rows], end[rows], rows, np.full(len(rows), -1, np.int32)), there


def _inferred(view: View, among: Bools) -> Evidence:
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
    rows = by_ticket.key.astype(np.int32)
    return Evidence(place[rows], by_ticket.start, by_ticket.end, rows, np.full(len(rows), -1, np.int32))


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
