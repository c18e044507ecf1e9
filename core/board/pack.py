"""The board pack of a month as plain data: the standard agenda, made of figures, records, reviews and actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from core.actions import Action
from core.board.findings import Findings, findings
from core.board.period import Period, period
from core.board.progress import Improved, Kept, improved, kept
from core.board.together import Together, together
from core.board.trend import Trend, trend
from core.catalogue import Catalogue
from core.closed import ClosedMonth
from core.facts import NEVER, Facts
from core.kpi.compute import figures
from core.kpi.figures import within
from core.kpi.lead_time import aimed
from core.kpi.trust import fresh
from core.kpi.view import View, view
from core.meetings import Coming, Meeting, upcoming
from core.model import Instant
from core.months import Restatement, coverage_of, restatements
from core.reviews import Remark


@dataclass(frozen=True, slots=True)
class Agreed:
    """An improvement action as it is when the board meets, with its figure now."""

    action: Action
    status: str
    after: float | None  # the figure in the pack's month, where that lies after the one before


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a pack is made of. `facts`: of the sources of the configuration now and of the closed months' ones."""

    facts: Facts
    catalogue: Catalogue
    closed: Mapping[str, ClosedMonth]  # of the months of the trend, those that are closed
    actions: Sequence[Action]
    remarks: Sequence[Remark]  # of the month
    board: Meeting | None
    informal: Sequence[Meeting]
    title: str
    version: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Pack:
    """The pack."""

    title: str
    period: Period
    made_at: Instant
    version: str
    catalogue: Catalogue  # as the figures rest on it: of a closed month the one of then
    closed: ClosedMonth | None
    missing: tuple[str, ...]  # suppliers whose records were not read to the end
    without_source: tuple[str, ...]  # suppliers of which nothing can be read
    records: int  # tickets and outages of the month; 0: there is nothing to tell
    trend: Trend
    in_time: Mapping[
        str, tuple[int, int]
    ]  # service -> incidents resolved within their target, and of how many; {}: not kept
    since: Sequence[Restatement]  # what of the closed month would be different today
    before: Sequence[Restatement] | None  # the same of the month before; None: it is not closed
    improved: Sequence[Improved]
    kept: Sequence[Kept]
    findings: Findings
    together: Together
    actions: Sequence[Agreed]
    next_board: Coming | None
    next_informal: Coming | None


def pack(asked: Asked, month: str, now: Instant) -> Pack:
    """The pack of a month as it is at `now`. MonthError for what is no month and for one that has not begun.

    The figures of a closed month are the stored ones; cases, handovers and changes are told as they are known today.
    """
    when = period(month, asked.catalogue.zone, now)
    closed = asked.closed.get(when.month)
    catalogue = closed.catalogue if closed else asked.catalogue
    seen = view(asked.facts, replace(catalogue, windows=()), when.at)
    seen = replace(seen, windows=when.trend)
    records, begin = _records(seen, when), _begin(seen)
    # Before the first record nothing was measured: that nothing is known to have failed makes no availability.
    measured = {each.label for each in when.trend if begin < each.end} - ({when.month} if not records else set())
    found = trend([each.label for each in when.trend], figures(seen), measured, asked.closed)
    window = when.trend[-1]
    earlier = asked.closed.get(when.before)
    return Pack(
        title=asked.title,
        period=when,
        made_at=now,
        version=asked.version,
        catalogue=catalogue,
        closed=closed,
        missing=tuple(closed.missing) if closed else _missing(seen, when),
        without_source=_without_source(catalogue),
        records=records,
        trend=found,
        in_time={} if closed else _in_time(seen, when),
        since=_restated(closed, asked) if closed else (),
        before=_restated(earlier, asked) if earlier else None,
        improved=() if when.running else improved(found, catalogue),  # a day is no month
        kept=kept(found, catalogue, when.running),
        findings=findings(seen, window),
        together=together(seen, found, window, catalogue.collaboration.weights, asked.remarks),
        actions=_agreed(asked.actions, found, when, catalogue.zone),
        next_board=upcoming([asked.board], catalogue.zone, when.seen) if asked.board else None,
        next_informal=upcoming(asked.informal, catalogue.zone, when.seen),
    )


def _restated(closed: ClosedMonth, asked: Asked) -> Sequence[Restatement]:
    """What is restated, but for what would tell how few reviewers judged."""
    found = restatements(closed, asked.facts, asked.catalogue, asked.version)
    return [each for each in found if not confidential(each.name, dict(each.labels))]


def confidential(name: str, labels: Mapping[str, str]) -> bool:
    """Whether a series may tell what a single reviewer said: it stands in no pack by itself."""
    component = name.startswith("siam_supplier_collaboration_component")
    return name == "siam_supplier_collaboration_score" or (
        component and labels.get("component", "constructiveness") == "constructiveness"
    )


def months_of(month: str, zone: str, now: Instant) -> Sequence[str]:
    """The months whose closed figures a pack needs. MonthError as `pack`."""
    return [window.label for window in period(month, zone, now).trend]


def _missing(seen: View, when: Period) -> tuple[str, ...]:
    if when.running:
        complete = fresh(seen)
        having = dict.fromkeys(entry.supplier for entry in seen.catalogue.sources)
        return tuple(supplier for supplier in having if supplier not in complete)
    behind = coverage_of(seen.facts, seen.catalogue, when.month)
    return tuple(dict.fromkeys(read.supplier for read in behind if not read.complete))


def _without_source(catalogue: Catalogue) -> tuple[str, ...]:
    having = {entry.supplier for entry in catalogue.sources}
    return tuple(entry.key for entry in catalogue.suppliers if entry.key not in having)


def _records(seen: View, when: Period) -> int:
    """Tickets that were opened, open or resolved in the month, and outages that began in it."""
    life = seen.timeline
    begun = seen.known & (life.opened < when.at)
    there = begun & ((life.resolved >= when.window.start) | (life.state == 0) | (life.state == 1))
    there |= begun & (life.opened >= when.window.start)
    return int(there.sum()) + int(within(seen.facts.outages.start, when.window).sum())


def _begin(seen: View) -> Instant:
    """The first opening of a ticket or start of an outage; later than all where there are no records."""
    opened = seen.timeline.opened[seen.known & (seen.timeline.opened != NEVER)]
    started = seen.facts.outages.start[seen.facts.outages.start != NEVER]
    return min((int(each.min()) for each in (opened, started) if len(each)), default=seen.at)


def _in_time(seen: View, when: Period) -> Mapping[str, tuple[int, int]]:
    reached = aimed(seen)
    inside = within(reached.resolved, when.trend[-1])
    service = seen.service[reached.incident[inside]]
    width = len(seen.places.labels)
    total = np.bincount(service, minlength=width).tolist()
    met = np.bincount(service[reached.met[inside]], minlength=width).tolist()
    return {key: (met[code], total[code]) for code, key in enumerate(seen.places.services) if total[code]}


def _agreed(actions: Sequence[Action], found: Trend, when: Period, zone: str) -> Sequence[Agreed]:
    """Those that are open or late when the board meets, and those done since the month began."""
    made = []
    for action in actions:
        if action.agreed_at > when.seen:
            continue
        status = action.status(when.seen, zone)
        if status == "done" and (action.done_at or 0) < when.window.start:
            continue
        after = None
        if action.series is not None and (action.before_month or "") < when.month:
            after = found.figures[when.month].get(figure_of(action.series))
        made.append(Agreed(action, status, after))
    return sorted(made, key=lambda each: (each.status == "done", each.action.due or date.max, each.action.id))


def figure_of(series: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The key of a series that was checked when it was kept: name{label="value"}."""
    name, _, inside = series.removesuffix("}").partition("{")
    labels = [part.split("=", 1) for part in inside.split(",") if part]
    return name, tuple(sorted((label, value.strip('"')) for label, value in labels))
