"""Section 4 of the definitions: lead time of changes, their success after the watch period, emergency, schedule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.facts import NEVER, Codes, Ints
from core.interval import Bools
from core.kpi.figures import Labels, compact, counts, means, spread
from core.kpi.scopes import scopes
from core.kpi.timeline import DONE
from core.kpi.view import View
from core.model import CHANGE_TYPES, OUTCOMES, Sample

_EMERGENCY: Final = CHANGE_TYPES.index("emergency")
_SUCCESSFUL: Final = OUTCOMES.index("successful")
_ABANDONED: Final = OUTCOMES.index("abandoned")
_UNKNOWN: Final = OUTCOMES.index("unknown")
_TYPES: Final = ("", *CHANGE_TYPES)
"""Values of the label `type` by code + 1; a change whose source does not tell its type has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """Changes that were completed until `at`; abandoned and cancelled ones are not among them."""

    change: Ints  # row in TicketFacts
    end: Ints
    outcome: Codes  # position in OUTCOMES, "unknown" where the source does not tell


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Completed changes on which the judgement is in."""

    change: Ints  # row in TicketFacts
    moment: Ints  # when the watch period was over
    success: Bools


def samples(view: View) -> Iterator[Sample]:
    """All figures of the section."""
    done = completed(view)
    yield from _completed(view, done)
    yield from _judged(view, judged(view, done))
    yield from _counts(view, done)
    yield from _caused(view)


def completed(view: View) -> Completed:
    """The completed changes: at their actual end, else at their closing.

    Where the source tells no closing time, the step into resolved or closed is the closing. An end or a closing after
    `at` is not known yet.
    """
    tickets, life = view.facts.tickets, view.timeline
    closed, ended = _until(tickets.closed_at, view.at), _until(tickets.actual_end, view.at)
    closing = np.where(life.state == DONE, np.where(closed == NEVER, life.resolved, closed), NEVER)
    end = np.where(ended == NEVER, closing, ended)
    rows = np.flatnonzero((tickets.kind == 1) & life.sound & (end != NEVER) & (tickets.outcome != _ABANDONED))
    outcome = tickets.outcome[rows]
    return Completed(rows, end[rows], np.where(outcome < 0, _UNKNOWN, outcome))


def _until(times: Ints, at: int) -> Ints:
    return np.where(times <= at, times, NEVER)


def judged(view: View, done: Completed) -> Judged:
    """The completed changes whose watch period is over, and whether each was a success.

    A change counts in the window in which its watch period ended, so that no judgement is early. One whose outcome
    nobody tells is judged only by an incident that it caused.
    """
    moment = done.end + view.catalogue.change_watch
    caused = _caused_in_watch(view, done)
    success = (done.outcome == _SUCCESSFUL) & ~caused
    over = (moment <= view.at) & ((done.outcome != _UNKNOWN) | caused)
    return Judged(done.change[over], moment[over], success[over])


def _caused_in_watch(view: View, done: Completed) -> Bools:
    """Which of the changes an incident, opened in [end, end + watch period), names as its cause."""
    causes, life = view.cases.causes, view.timeline
    end = np.full(len(life.state), NEVER)
    end[done.change] = done.end
    opened, ended = life.opened[causes.bearer], end[causes.named]
    watched = opened < np.where(ended == NEVER, NEVER, ended + view.catalogue.change_watch)
    guilty = np.zeros(len(life.state), dtype=np.bool_)
    guilty[causes.named[view.incidents[causes.bearer] & (opened >= ended) & watched]] = True
    found: Bools = guilty[done.change]
    return found


def requested(view: View) -> Ints:
    """When each ticket was requested, else opened."""
    tickets = view.facts.tickets
    found: Ints = np.where(tickets.requested_at == NEVER, tickets.opened_at, tickets.requested_at)
    return found


def emergency(view: View, done: Completed) -> Bools:
    """Which of the changes were emergency changes."""
    found: Bools = view.facts.tickets.change_type[done.change] == _EMERGENCY
    return found


def schedule(view: View, done: Completed) -> tuple[Bools, Bools]:
    """Which of the changes stayed inside their planned interval, and which have both a planned and an actual one."""
    tickets, rows = view.facts.tickets, done.change
    planned, until = tickets.planned_start[rows], tickets.planned_end[rows]
    start, end = tickets.actual_start[rows], _until(tickets.actual_end[rows], view.at)
    both = (planned != NEVER) & (until != NEVER) & (start != NEVER) & (end != NEVER)
    return (planned <= start) & (end <= until), both


def _completed(view: View, done: Completed) -> Iterator[Sample]:
    windows, rows = view.windows, done.change
    taken, urgent = done.end - requested(view)[rows], emergency(view, done)
    inside, both = schedule(view, done)
    for scope in scopes(view.places, view.supplier[rows], view.service[rows]):
        name, groups, labels = f"siam_{scope.name}_change", scope.groups, scope.labels
        yield from spread(f"{name}_lead_time_seconds", windows, done.end, taken, groups, labels)
        yield from means(f"{name}_emergency_ratio", windows, done.end, urgent, groups, labels)
        yield from means(f"{name}_on_schedule_ratio", windows, done.end[both], inside[both], groups[both], labels)


def _judged(view: View, those: Judged) -> Iterator[Sample]:
    for scope in scopes(view.places, view.supplier[those.change], view.service[those.change]):
        name = f"siam_{scope.name}_change_success_ratio"
        yield from means(name, view.windows, those.moment, those.success, scope.groups, scope.labels)


def _counts(view: View, done: Completed) -> Iterator[Sample]:
    """By supplier, service, type and outcome; of the configured ones only "successful" is there when it is 0."""
    places = view.places
    shape = (len(places.suppliers), len(places.labels), len(_TYPES), len(OUTCOMES))
    rows = done.change
    codes = (view.supplier[rows], view.service[rows], view.facts.tickets.change_type[rows] + 1, done.outcome)

    def label(code: int) -> Labels:
        supplier, service, kind, outcome = np.unravel_index(code, shape)
        where = ("supplier", places.suppliers[supplier]), ("service", places.labels[service])
        return *where, ("type", _TYPES[kind]), ("outcome", OUTCOMES[outcome])

    configured = [
        int(np.ravel_multi_index((supplier, service, kind, _SUCCESSFUL), shape))
        for service, suppliers in enumerate(places.takes_part)
        for supplier in suppliers
        for kind in range(1, len(_TYPES))
    ]
    groups = np.ravel_multi_index(codes, shape) if len(rows) else np.zeros(0, dtype=np.int64)
    yield from counts("siam_changes_completed", view.windows, done.end, *compact(groups, configured, label))


def caused(view: View) -> tuple[Ints, Codes]:
    """Incidents and the changes that they name as their cause; one that names several is there with each."""
    causes = view.cases.causes
    blamed = view.incidents[causes.bearer] & view.timeline.sound[causes.named]
    return causes.bearer[blamed].astype(np.int64), causes.named[blamed]


def _caused(view: View) -> Iterator[Sample]:
    """Incidents by the supplier and the service of the change that they name.

    An incident that names several changes counts once for each supplier and service among them.
    """
    places, life = view.places, view.timeline
    incident, change = caused(view)
    width = len(places.labels)
    wide = max(len(places.suppliers) * width, 1)
    group = view.supplier[change].astype(np.int64) * width + view.service[change]

    def label(code: int) -> Labels:
        return ("supplier", places.suppliers[code // width]), ("service", places.labels[code % width])

    incident, group = np.divmod(np.unique(incident * wide + group), wide)
    configured = [supplier * width + service for service, those in enumerate(places.takes_part) for supplier in those]
    opened = life.opened[incident]
    yield from counts("siam_change_caused_incidents", view.windows, opened, *compact(group, configured, label))
