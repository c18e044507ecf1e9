"""Section 3 of the definitions: lead time of incidents and cases, first response, targets, backlog, counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.calendar import service_hours
from core.facts import NEVER, Codes, Ints
from core.interval import Bools, Intervals, measure
from core.kpi.case_times import case_times
from core.kpi.figures import Labels, counts, distribution, labelled, means, one_group, spread, tally, within
from core.kpi.first_response import first_response
from core.kpi.timeline import HOLD, OPEN, Moments
from core.kpi.view import View, once
from core.model import Sample

PRIORITIES = ("", "1", "2", "3", "4", "5")
"""Values of the label `priority` by code; an incident without a known priority has none."""


def samples(view: View) -> Iterator[Sample]:
    """All figures of the section."""
    yield from _cases(view)
    yield from _incidents(view)
    yield from _targets(view)
    by = combinations(view)
    yield from _counts(view, by)
    yield from _backlog(view, by)
    yield from _totals(view)


@dataclass(frozen=True, slots=True, eq=False)
class Aimed:
    """Resolved incidents for which there is a target."""

    incident: Ints  # row in TicketFacts
    resolved: Ints
    taken: Ints  # active time, on the clock of the target
    target: Ints  # of its service and priority

    @property
    def met(self) -> Bools:
        """Resolved within the target."""
        found: Bools = self.taken <= self.target
        return found


@once
def aimed(view: View) -> Aimed:
    """The resolved incidents with a target, by the service they count for and their priority at `at`.

    Where the service's targets run on service hours, only active time within them counts.
    """
    life, services = view.timeline, view.catalogue.services
    target = np.full((len(services) + 1, len(PRIORITIES)), -1, dtype=np.int64)
    for i, entry in enumerate(services):
        for priority, duration in entry.targets.incident_lead_time.items():
            target[i, priority] = duration
    goal = target[view.service, view.priority]
    rows = np.flatnonzero(view.incidents & (life.resolved != NEVER) & (goal >= 0))
    taken = life.active[rows]
    for i, entry in enumerate(services):
        mine = view.service[rows] == i
        if entry.targets.clock == "service_hours" and mine.any():
            start = int(life.opened[rows[mine]].min())
            taken[mine] = _measured(life.busy, rows[mine], service_hours(entry.hours, start, view.at))
    return Aimed(rows, life.resolved[rows], taken, goal[rows])


def _measured(busy: Intervals, tickets: Ints, hours: Intervals) -> Ints:
    """How much of each ticket's busy time lies within the hours."""
    first, past = np.searchsorted(busy.key, [tickets, tickets + 1])
    total = np.append(0, np.cumsum(measure(hours, busy.start, busy.end)))
    found: Ints = total[past] - total[first]
    return found


def _cases(view: View) -> Iterator[Sample]:
    times, windows = case_times(view), view.windows
    row, service = times.member, times.service
    by_service = labelled("service", view.places.labels)
    for scope, pick, groups, labels, configured in (
        ("joint", np.arange(len(times.case)), one_group(times.resolved), [()], None),
        ("service", row, service, by_service, range(len(view.places.services))),
    ):
        resolved, name = times.resolved[pick], f"siam_{scope}_case"
        yield from spread(f"{name}_lead_time_seconds", windows, resolved, times.elapsed[pick], groups, labels)
        yield from spread(f"{name}_active_time_seconds", windows, resolved, times.active[pick], groups, labels)
        yield from counts(f"{name}s_resolved", windows, resolved, groups, labels, configured)


def _incidents(view: View) -> Iterator[Sample]:
    life, windows = view.timeline, view.windows
    labels = labelled("supplier", view.places.suppliers)
    incidents = view.incidents
    done = np.flatnonzero(incidents & (life.resolved >= view.horizon))
    groups, resolved = view.supplier[done], life.resolved[done]
    name = "siam_supplier_incident"
    yield from spread(f"{name}_lead_time_seconds", windows, resolved, resolved - life.opened[done], groups, labels)
    yield from spread(f"{name}_active_time_seconds", windows, resolved, life.active[done], groups, labels)
    response = first_response(view)
    rows = np.flatnonzero(incidents & (response >= view.horizon))
    taken = response[rows] - life.opened[rows]
    yield from spread(f"{name}_first_response_seconds", windows, response[rows], taken, view.supplier[rows], labels)


def _targets(view: View) -> Iterator[Sample]:
    reached = aimed(view)
    width = len(PRIORITIES)
    labels = [(("supplier", s), ("priority", p)) for s in view.places.suppliers for p in PRIORITIES]
    groups = view.supplier[reached.incident] * width + view.priority[reached.incident]
    yield from means(
        "siam_supplier_incident_target_met_ratio", view.windows, reached.resolved, reached.met, groups, labels
    )


def _counts(view: View, by: Combinations) -> Iterator[Sample]:
    """By supplier, service and priority as they are at `at`; an incident reopened twice in a window counts once."""
    life, incidents = view.timeline, view.incidents
    codes, labels, configured = by.codes, by.labels, by.configured
    done = np.flatnonzero(incidents & (life.resolved >= view.horizon))
    yield from counts("siam_incidents_resolved", view.windows, life.resolved[done], codes[done], labels, configured)
    back = _counted(life.reopenings, incidents)
    for window in view.windows:
        again = np.unique(back.ticket[within(back.at, window)])
        yield from tally("siam_incidents_reopened", codes[again], labels, configured, ("window", window.label))


def _backlog(view: View, by: Combinations) -> Iterator[Sample]:
    """Open incidents; also those whose times are not trusted, but for their age: that they are open is sure."""
    life, tickets = view.timeline, view.facts.tickets
    waiting = (tickets.kind == 0) & ((life.state == OPEN) | (life.state == HOLD))
    yield from tally("siam_incidents_open", by.codes[waiting], by.labels, by.configured)
    rows = np.flatnonzero(waiting & (life.suspicion < 0))
    age = view.at - life.opened[rows]
    order = np.argsort(age, kind="stable")
    for supplier, figures in distribution(age[order], view.supplier[rows[order]]):
        for stat, value in figures:
            labels_ = (("supplier", view.places.suppliers[supplier]), ("stat", stat))
            yield Sample("siam_supplier_incident_open_age_seconds", labels_, value)


def _totals(view: View) -> Iterator[Sample]:
    """Counters: every incident that was opened, cancelled ones too, and every resolution, lasting or not."""
    life, tickets = view.timeline, view.facts.tickets
    seen = (tickets.kind == 0) & (life.state >= 0)
    steps = _counted(life.resolutions, seen).ticket
    suppliers = labelled("supplier", view.places.suppliers)
    yield from tally("siam_incidents_opened_total", view.supplier[seen], suppliers)
    yield from tally("siam_incident_resolutions_total", view.supplier[steps], suppliers)


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """Suppliers by services by priorities, as codes."""

    codes: Codes  # of each ticket; of a ticket of nobody it is the code of nothing in particular
    labels: Sequence[Labels]  # of each code
    configured: Sequence[int]  # codes that have a count though nothing is counted


def combinations(view: View) -> Combinations:
    """Configured are the services that a supplier takes part in, with every priority that is known."""
    suppliers, services, width = view.places.suppliers, view.places.labels, len(PRIORITIES)
    return Combinations(
        codes=(view.supplier * len(services) + view.service) * width + view.priority,
        labels=[
            (("supplier", supplier), ("service", service), ("priority", priority))
            for supplier in suppliers
            for service in services
            for priority in PRIORITIES
        ],
        configured=[
            (supplier * len(services) + service) * width + priority
            for service, those in enumerate(view.places.takes_part)
            for supplier in those
            for priority in range(1, width)
        ],
    )


def _counted(moments: Moments, chosen: Bools) -> Moments:
    kept = chosen[moments.ticket]
    return Moments(moments.ticket[kept], moments.at[kept])
