"""Closed months: the figures of a month as they were when it was closed, and why they would be others today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Final

from core.calendar import Window, month
from core.catalogue import Catalogue
from core.closed import ClosedMonth, Figure, Figures, MonthError, SourceRead, Touched
from core.facts import Facts
from core.kpi.compute import figures
from core.kpi.version import DEFINITIONS
from core.kpi.view import View, view
from core.marks import marks, touched, without_late
from core.model import Instant
from core.month_settings import differing, switched

_NO_FIGURES: Final = (
    "siam_service_data_coverage_ratio",
    "siam_service_info",
    "siam_supplier_info",
    "siam_handovers_overdue",
)
"""Coverage looks beyond the month and is kept beside the figures; titles are no figures; what waits does so now."""
_ALONE: Final = 24
"""Changed settings up to this number are tried one by one; of more, all are named together."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for which a figure moved, and from where to where; the steps of a figure add up."""

    kind: str  # "changed record", "late record", "changed setting", "changed definition", "not known"
    before: float | None
    after: float | None
    records: tuple[Touched, ...] = ()
    settings: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Restatement:
    """A figure that is not what it was when its month was closed; None: it was not there, or is not any more."""

    name: str
    labels: tuple[tuple[str, str], ...]
    then: float | None
    now: float | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A figure on its way from then to now: each step lets one thing more be as it is now."""

    then: float | None
    held: float | None  # the records held then as they are now, the settings of then
    complete: float | None  # with the late ones
    now: float | None  # with the settings of now


def figures_of(facts: Facts, catalogue: Catalogue, text: str) -> Figures:
    """The figures of a month at its end, those over the month and those that have no window."""
    return _figures(view(facts, replace(catalogue, windows=()), month(text, catalogue.zone).end))


def _figures(seen: View) -> Figures:
    found = {}
    # At the month's end it is the last month, whole to the microsecond; the new one is still empty.
    for sample in figures(seen):
        window = dict(sample.labels).get("window")
        if not sample.name.startswith("siam_") or sample.name in _NO_FIGURES or window == "month":
            continue
        labels = tuple((key, "month" if key == "window" else value) for key, value in sample.labels)
        found[sample.name, labels] = sample.value
    return found


def coverage_of(facts: Facts, catalogue: Catalogue, text: str) -> tuple[SourceRead, ...]:
    """How far each configured source has been read, seen from the month's end."""
    end = month(text, catalogue.zone).end
    last = {(fact.supplier, fact.source): fact.last_success for fact in facts.sources}
    return tuple(
        SourceRead(entry.supplier, entry.name, success, success is not None and success >= end)
        for entry in catalogue.sources
        for success in [last.get((entry.supplier, entry.name))]
    )


def close_month(text: str, facts: Facts, catalogue: Catalogue, now: Instant, version: str, anyway: bool) -> ClosedMonth:
    """The month with all that its figures rest on, to be kept.

    `anyway`: though a source has not been read past its end. MonthError for a month that is not over or not complete.
    """
    end = _window(text, catalogue).end
    if now < end:
        raise MonthError(f"{text} is not over yet: a month is closed when it has ended in {catalogue.zone}")
    coverage = coverage_of(facts, catalogue, text)
    behind = [f"{read.supplier}/{read.source}" for read in coverage if not read.complete]
    if behind and not anyway:
        raise MonthError(
            f"{text} is not complete: {', '.join(behind)} was not read to the end of the month; run `siamhub sync` "
            "first, or close it with --anyway and the missing suppliers are named beside its figures"
        )
    seen = view(facts, replace(catalogue, windows=()), end)
    return ClosedMonth(text, now, DEFINITIONS, version, catalogue, coverage, _figures(seen), marks(seen, text))


def restatements(
    closed: ClosedMonth, facts: Facts, catalogue: Catalogue, version: str, definitions: int = DEFINITIONS
) -> Sequence[Restatement]:
    """Every figure that differs from the closed one, with its causes; nothing where all are the same.

    `facts` are of the sources of both configurations.
    """
    text, before = closed.month, closed.catalogue
    seen = view(facts, replace(before, windows=()), _window(text, before).end)
    records = touched(closed.records, seen, text)
    complete = _figures(seen)
    late = any(record.how == "late" for record in records)
    held = figures_of(without_late(closed.records, seen, text), before, text) if late else complete
    settings = differing(before, catalogue)
    now = figures_of(facts, catalogue, text) if settings else complete
    alone = {
        path: figures_of(facts, switched(before, catalogue, path), text)
        for path in (settings if 1 < len(settings) <= _ALONE else ())
    }
    other = _definition_words(closed, definitions, version)
    found = []
    for figure in sorted({*closed.figures, *now}):
        steps = Steps(*(each.get(figure) for each in (closed.figures, held, complete, now)))
        if same(steps.then, steps.now):
            continue
        mine = relevant(figure, records)
        moving = [path for path, moved in alone.items() if not same(moved.get(figure), steps.complete)]
        causes = attribute(steps, mine, moving or settings, other, closed.definitions != definitions)
        found.append(Restatement(*figure, steps.then, steps.now, tuple(causes)))
    return found


def attribute(
    steps: Steps, records: Sequence[Touched], settings: Sequence[str], other: str, redefined: bool
) -> Sequence[Cause]:
    """Why a figure moved, step by step. `other`: in words, what else is known to be different.

    Where definitions changed too, what changed records moved cannot be told from what the definitions did.
    """
    causes = []
    if not same(steps.then, steps.held):
        changed = tuple(record for record in records if record.how != "late")
        kind = "changed record" if changed else "changed definition" if redefined else "not known"
        if changed and redefined:
            kind = "changed record or definition"
        words = other if redefined or not changed else ""
        causes.append(Cause(kind, steps.then, steps.held, changed, words=words))
    if not same(steps.held, steps.complete):
        causes.append(
            Cause("late record", steps.held, steps.complete, tuple(one for one in records if one.how == "late"))
        )
    if not same(steps.complete, steps.now):
        causes.append(Cause("changed setting", steps.complete, steps.now, settings=tuple(settings)))
    return causes


def relevant(figure: Figure, records: Sequence[Touched]) -> Sequence[Touched]:
    """The records that could matter for a figure: of its supplier and service, of each `how` at least.

    A record of another supplier or service can matter through a case that both share: where nothing nearer is known,
    all of its `how` are told.
    """
    labels = dict(figure[1])
    service = labels.get("service") if "incident" in figure[0] or "change_" in figure[0] else None
    supplier = labels.get("supplier")

    def near(record: Touched) -> bool:
        if supplier is not None and record.supplier != supplier and record.kind != "review":
            return False
        return service is None or record.service in (None, service)

    chosen: list[Touched] = []
    for late in (False, True):
        kin = [record for record in records if (record.how == "late") == late]
        chosen.extend([record for record in kin if near(record)] or kin)
    return chosen


def same(one: float | None, other: float | None) -> bool:
    """Whether two figures are the same but for the last digits of a sum in another order."""
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _definition_words(closed: ClosedMonth, definitions: int, version: str) -> str:
    return f"definitions {closed.definitions} then, {definitions} now; siamhub {closed.version} then, {version} now"


def _window(text: str, catalogue: Catalogue) -> Window:
    try:
        return month(text, catalogue.zone)
    except (ValueError, OverflowError) as error:
        raise MonthError(str(error)) from None
