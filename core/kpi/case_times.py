"""Cases over time: when each opened and was resolved, and for how long somebody was at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.facts import NEVER, Codes, Ints
from core.interval import Bools, Intervals, intervals
from core.kpi.view import View, once


@dataclass(frozen=True, slots=True, eq=False)
class CaseTimes:
    """One row per case with at least one incident that counts; instants and durations in microseconds."""

    case: Codes  # as in Cases.case
    opened: Ints
    resolved: Ints  # NEVER while any of its incidents is open, and where the times of any are not trusted
    elapsed: Ints  # 0 while it is not resolved
    active: Ints
    member: Codes  # row here, with `service` beside it: the services that the case touched, each once
    service: Codes  # position in places.labels


@once
def case_times(view: View) -> CaseTimes:
    """The times of all cases at `at`.

    Cancelled incidents are left aside. One whose times are not trusted gives no times, and while it is among a case's
    incidents nobody can tell when the case was over: it has no resolution, so that it is in no lead time and no count.
    A case belongs to every service that one of its trusted incidents counts for; to "unmapped" only where none of them
    is mapped.
    """
    life = view.timeline
    rows = np.flatnonzero(view.incidents)
    roots, of_row = _distinct(view.cases.case[rows], len(view.cases.case))
    n = len(roots)
    order = np.argsort(of_row, kind="stable")
    first = np.searchsorted(of_row[order], np.arange(n))
    size = np.bincount(of_row, minlength=n)
    opened, resolved = _ends(life.opened[rows][order], life.resolved[rows][order], first)
    resolved[np.isin(roots, view.cases.case[view.suspect_incidents])] = NEVER
    single = size[of_row] == 1
    active = np.zeros(n, dtype=np.int64)
    active[of_row[single]] = life.active[rows[single]]
    joint = _together(life.busy, rows[~single], of_row[~single])
    active += np.bincount(joint.key, weights=joint.end - joint.start, minlength=n).astype(np.int64)
    member, service = _services(of_row, view.service[rows], single, len(view.places.services))
    return CaseTimes(
        case=roots,
        opened=opened,
        resolved=resolved,
        elapsed=np.where(resolved == NEVER, 0, resolved - opened),
        active=active,
        member=member,
        service=service,
    )


def _ends(opened: Ints, resolved: Ints, first: Ints) -> tuple[Ints, Ints]:
    """First opening and last resolution of each stretch of rows; NEVER, which is before all, where one is open."""
    if not len(first):
        return first, first
    still_open = np.minimum.reduceat(resolved, first) == NEVER
    return np.minimum.reduceat(opened, first), np.where(still_open, NEVER, np.maximum.reduceat(resolved, first))


def _together(busy: Intervals, tickets: Ints, case: Ints) -> Intervals:
    """The time in which at least one of a case's tickets was busy, by case."""
    if not len(tickets):
        return intervals([], [])
    of_ticket = np.full(max(int(tickets.max()), int(busy.key.max(initial=0))) + 1, -1, dtype=np.int64)
    of_ticket[tickets] = case
    mine = of_ticket[busy.key] >= 0
    return intervals(busy.start[mine], busy.end[mine], of_ticket[busy.key[mine]])


def _distinct(codes: Codes, n: int) -> tuple[Codes, Ints]:
    """The distinct ones of codes below n, in order, and the place of each code among them."""
    there = np.zeros(n, dtype=np.bool_)
    there[codes] = True
    return np.flatnonzero(there).astype(np.int32), (np.cumsum(there) - 1)[codes]


def _services(case: Ints, service: Codes, single: Bools, unmapped: int) -> tuple[Codes, Codes]:
    """Cases and the services they touch, each pair once; a case of a single incident touches that one's."""
    member, label = np.divmod(np.unique(case[~single] * (unmapped + 1) + service[~single]), unmapped + 1)
    mapped = np.zeros(int(case.max(initial=-1)) + 1, dtype=np.bool_)
    mapped[member[label != unmapped]] = True
    kept = (label != unmapped) | ~mapped[member]
    member, label = np.concatenate([member[kept], case[single]]), np.concatenate([label[kept], service[single]])
    order = np.lexsort((label, member))
    return member[order].astype(np.int32), label[order].astype(np.int32)
