"""What the data of a month tell the board beside its figures: where work waited, came back, or was soon put right.

Pairs of parties have no direction and stand in the order of the configuration: who gave and who took is for explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.calendar import Window
from core.catalogue import DAY
from core.facts import NEVER, Ints
from core.kpi.case_times import case_times
from core.kpi.changes import caused
from core.kpi.collaboration import waiting
from core.kpi.figures import within
from core.kpi.handovers import BOUNCED, RUNNING, Handovers, handovers
from core.kpi.lowered import lowered
from core.kpi.parties import parties
from core.kpi.view import View
from core.large_cases import large_cases
from core.model import SECOND

SHOWN: Final = 5
"""Findings of one kind that a pack shows: what can be talked about in one meeting."""
_NAMED: Final = 4  # tickets of a case that are named
_GRAVE: Final = 2  # priority up to which a joint restoration is remarkable


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket by what people quote."""

    supplier: str
    number: str


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two parties, in whichever direction."""

    pair: tuple[str, str]
    handovers: int  # of those, how many there were
    count: int  # how many came back without work; of waiting: how many had to wait
    seconds: float  # waited altogether
    tickets: tuple[Ticket, ...]  # some of them


@dataclass(frozen=True, slots=True)
class Case:
    """A case that more than one supplier worked on."""

    tickets: tuple[Ticket, ...]  # the first ones
    more: int  # and so many others
    suppliers: tuple[str, ...]
    service: str  # a key, or "unmapped"
    priority: int  # the gravest of its tickets; 0: not known
    seconds: float  # until it was resolved; of an open one its age


@dataclass(frozen=True, slots=True)
class Cause:
    """A change after which incidents named it as their cause."""

    change: Ticket
    service: str
    incidents: int
    tickets: tuple[Ticket, ...]


_SOON: Final = DAY
"""A grave case that took longer is no success, however long the others took."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it."""

    waits: tuple[Between, ...]
    bounces: tuple[Between, ...]
    oldest: tuple[Case, ...]
    open_cases: int  # across suppliers, all of them
    causes: tuple[Cause, ...]
    restored: tuple[Case, ...]
    lowered_late: int  # incidents whose priority was lowered when its target was over
    large: tuple[tuple[int, Ticket], ...]  # improbably large cases: incidents, and the first of them


def findings(seen: View, window: Window) -> Findings:
    """The findings of a month, as far as they are known at `seen.at`."""
    times = case_times(seen)
    steps = handovers(seen, times)
    late = lowered(seen)
    late_rows = late.ticket[late.late & within(late.at, window)]
    cases = _cases(seen)
    still = [case for case in cases if case.resolved == NEVER]
    fast = [
        case
        for case in cases
        if window.start <= case.resolved < window.end
        and 0 < case.priority <= _GRAVE
        and case.resolved - case.opened <= _SOON
    ]
    return Findings(
        waits=_waits(seen, steps, window),
        bounces=_bounces(seen, steps, window),
        oldest=tuple(_told(seen, case, seen.at) for case in sorted(still, key=lambda case: case.opened)[:SHOWN]),
        open_cases=len(still),
        causes=_causes(seen, window),
        restored=tuple(
            _told(seen, case, case.resolved) for case in sorted(fast, key=lambda case: case.resolved - case.opened)[:3]
        ),
        lowered_late=len(np.unique(late_rows)),
        large=tuple((case.incidents, Ticket(*case.first)) for case in large_cases(seen.facts, seen.cases)[:SHOWN]),
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    rows: tuple[int, ...]  # in TicketFacts
    opened: int
    resolved: int  # NEVER: it is open
    priority: int


def _cases(seen: View) -> Sequence[_Shared]:
    """The cases with incidents of two suppliers or more; those with an incident of untrusted times aside."""
    times = case_times(seen)
    rows = np.flatnonzero(seen.incidents)
    case = np.searchsorted(times.case, seen.cases.case[rows])
    width = len(seen.places.suppliers) + 1
    pairs = np.unique(case * width + seen.supplier[rows]) // width
    shared = np.bincount(pairs, minlength=len(times.case)) >= 2
    shared[np.isin(times.case, seen.cases.case[seen.suspect_incidents])] = False
    members: dict[int, list[int]] = {}
    mine = shared[case]
    for row, of in zip(rows[mine].tolist(), case[mine].tolist(), strict=True):
        members.setdefault(of, []).append(row)
    return [
        _Shared(
            tuple(sorted(own, key=lambda row: int(seen.timeline.opened[row]))),
            int(times.opened[of]),
            int(times.resolved[of]),
            min((p for p in seen.priority[own].tolist() if p), default=0),
        )
        for of, own in members.items()
    ]


def _told(seen: View, case: _Shared, until: int) -> Case:
    suppliers = sorted({int(seen.supplier[row]) for row in case.rows})
    services = [label for row in case.rows if (label := int(seen.service[row])) < len(seen.places.services)]
    return Case(
        tickets=tuple(_ticket(seen, row) for row in case.rows[:_NAMED]),
        more=max(0, len(case.rows) - _NAMED),
        suppliers=tuple(seen.places.suppliers[code] for code in suppliers),
        service=seen.places.labels[services[0] if services else -1],
        priority=case.priority,
        seconds=(until - case.opened) / SECOND,
    )


def _waits(seen: View, steps: Handovers, window: Window) -> tuple[Between, ...]:
    """Pairs between which the handovers of the month waited longest for a first answer, altogether."""
    waited = waiting(seen, steps)
    rows = np.flatnonzero(within(steps.at, window))
    late = rows[steps.judged[rows] & ~steps.in_time[rows]]
    found = []
    for pair, own in _by_pair(seen, steps, rows):
        missed = np.intersect1d(own, late)
        if len(missed):
            longest = missed[np.argsort(-waited[missed], kind="stable")]
            seconds = float(waited[own].sum()) / SECOND
            found.append(Between(pair, len(own), len(missed), seconds, _some(seen, steps.ticket[longest].tolist())))
    return tuple(sorted(found, key=lambda each: -each.seconds)[:SHOWN])


def _bounces(seen: View, steps: Handovers, window: Window) -> tuple[Between, ...]:
    """Pairs between which handovers came back without any work on them."""
    rows = np.flatnonzero(within(steps.at, window) & (steps.ending != RUNNING))
    found = []
    for pair, own in _by_pair(seen, steps, rows):
        back = own[steps.ending[own] == BOUNCED]
        if len(back):
            found.append(Between(pair, len(own), len(back), 0.0, _some(seen, steps.ticket[back].tolist())))
    return tuple(sorted(found, key=lambda each: -each.count)[:SHOWN])


def _by_pair(seen: View, steps: Handovers, rows: Ints) -> Iterable[tuple[tuple[str, str], Ints]]:
    named = parties(seen)
    low, high = np.minimum(steps.giver, steps.taker)[rows], np.maximum(steps.giver, steps.taker)[rows]
    codes = low.astype(np.int64) * len(named) + high
    for code in np.unique(codes).tolist():
        first, second = divmod(code, len(named))
        yield (named[first], named[second]), rows[codes == code]


def _causes(seen: View, window: Window) -> tuple[Cause, ...]:
    incident, change = caused(seen)
    inside = within(seen.timeline.opened[incident], window)
    found: dict[int, set[int]] = {}
    for row, of in zip(incident[inside].tolist(), change[inside].tolist(), strict=True):
        found.setdefault(of, set()).add(row)
    told = [
        Cause(
            _ticket(seen, of),
            seen.places.labels[seen.service[of]],
            len(set(own)),
            _some(seen, sorted(set(own))),
        )
        for of, own in found.items()
    ]
    return tuple(sorted(told, key=lambda each: -each.incidents)[:SHOWN])


def _some(seen: View, rows: Sequence[int]) -> tuple[Ticket, ...]:
    return tuple(_ticket(seen, row) for row in list(dict.fromkeys(rows))[:3])


def _ticket(seen: View, row: int) -> Ticket:
    tickets = seen.facts.tickets
    return Ticket(seen.places.suppliers[seen.supplier[row]], str(tickets.number[row] or tickets.vendor_id[row]))
