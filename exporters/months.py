"""Closed months on the command line: closing one, and saying what would be different today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from core.catalogue import Catalogue
from core.closed import ClosedMonth, MonthError
from core.model import Instant, to_datetime
from core.months import Cause, Restatement, close_month, restatements

if TYPE_CHECKING:
    from core.store.store import Store

_NAMED: Final = 10
"""Records named in words; all of them are in the JSON."""


def close(store: Store, catalogue: Catalogue, text: str, now: Instant, version: str, anyway: bool) -> ClosedMonth:
    """Close a month and keep it. MonthError for one that is not over, not complete or already closed."""
    _refuse_closed(store.month(text), catalogue.zone)
    facts = store.facts([(entry.supplier, entry.name) for entry in catalogue.sources])
    closed = close_month(text, facts, catalogue, now, version, anyway)
    if not store.keep_month(closed):  # another process was quicker
        _refuse_closed(store.month(text), catalogue.zone)
    return closed


def restate(store: Store, catalogue: Catalogue, text: str, version: str) -> tuple[ClosedMonth, Sequence[Restatement]]:
    """A closed month and its figures that would be others today. MonthError where it is not closed."""
    closed = store.month(text)
    if closed is None:
        known = ", ".join(store.closed_months()) or "none"
        raise MonthError(f"{text} is not closed, so nothing can differ from it; closed months: {known}")
    sources = [(entry.supplier, entry.name) for each in (catalogue, closed.catalogue) for entry in each.sources]
    facts = store.facts(list(dict.fromkeys(sources)))
    return closed, restatements(closed, facts, catalogue, version)


def summary(closed: ClosedMonth) -> Mapping[str, Any]:
    """A closed month in short, for JSON."""
    return {
        "month": closed.month,
        "closed_at": to_datetime(closed.closed_at).isoformat(),
        "definitions": closed.definitions,
        "version": closed.version,
        "figures": len(closed.figures),
        "missing": list(closed.missing),
    }


def closed_words(closed: ClosedMonth, zone: str) -> str:
    """A closed month in a line."""
    missing = f"; not read to its end: {', '.join(closed.missing)}" if closed.missing else ""
    return (
        f"{closed.month} closed {_local(closed.closed_at, zone):%Y-%m-%d %H:%M} with definitions "
        f"{closed.definitions} (siamhub {closed.version}), {len(closed.figures)} figures{missing}"
    )


def restated(closed: ClosedMonth, found: Sequence[Restatement]) -> Mapping[str, Any]:
    """The restatements, for JSON."""
    rows = [{**asdict(each), "labels": dict(each.labels)} for each in found]
    return {**summary(closed), "restatements": rows}


def words(closed: ClosedMonth, found: Sequence[Restatement]) -> str:
    """The restatements as a person reads them."""
    if not found:
        return f"{closed.month}: all {len(closed.figures)} figures are as they were closed"
    lines = [f"{closed.month}: {len(found)} of {len(closed.figures)} figures differ from what was closed"]
    for each in found:
        labels = ",".join(f'{key}="{value}"' for key, value in each.labels)
        lines.append(f"{each.name}{{{labels}}}: {_number(each.then)} -> {_number(each.now)}")
        lines.extend(f"  {_cause(cause)}" for cause in each.causes)
    return "\n".join(lines)


def _cause(cause: Cause) -> str:
    said = [f"{cause.kind}: {_number(cause.before)} -> {_number(cause.after)}"]
    if cause.settings:
        said.append(", ".join(cause.settings))
    if cause.records:
        named = [f"{one.kind} {one.name} of {one.supplier} ({one.how})" for one in cause.records[:_NAMED]]
        more = len(cause.records) - len(named)
        said.append(", ".join(named) + (f" and {more} more" if more else ""))
    if cause.words:
        said.append(cause.words)
    return "; ".join(said)


def _number(value: float | None) -> str:
    return "absent" if value is None else f"{value:.6g}"


def _local(at: Instant, zone: str) -> datetime:
    return to_datetime(at).astimezone(ZoneInfo(zone))


def _refuse_closed(closed: ClosedMonth | None, zone: str) -> None:
    if closed is not None:
        raise MonthError(
            f"{closed_words(closed, zone)}; a closed month stays as it is, and `siamhub board restatements "
            f"{closed.month}` says what would be different today"
        )
