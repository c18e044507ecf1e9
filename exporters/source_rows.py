"""The sources as rows of words: how each one is, how far its records reach, and what of them became no figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.catalogue import Catalogue
from core.model import SECOND, Instant
from core.status import CensusEnd, SetAside, SourceStatus, told
from exporters.figures import Figures
from exporters.wording import ago, moment, number

FRESH: Final = 3
"""Intervals after which a source counts as behind, as in `siam_service_data_coverage_ratio`."""
_MOST: Final = 20
"""Values of one source that a page lists; `siamhub check` has all of them."""
_KINDS: Final = {"incident": "incidents", "change": "changes"}
_STATES: Final[Mapping[str, str]] = {
    "waiting": "not read yet",
    "ok": "read in full",
    "partial": "read in part",
    "failed": "could not be read",
    "stopped": "reading was stopped",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is: `share` of its records from 0 to 1, None where the vendor does not tell how many."""

    words: str
    share: float | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source for a person."""

    supplier: str
    name: str
    state: str
    reason: str
    good: bool | None  # None: not known yet
    first: bool  # it is being read for the first time, or about to be
    stale: bool  # its last success lies too far back, or its first reading failed
    success: str
    watermark: str
    held: str  # tickets of the supplier in the hub, on the row of its first source
    counted: str  # what the last census found
    progress: Progress | None  # of the pass under way


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something of a source that became no figure."""

    supplier: str
    source: str
    what: str
    count: str


def source_rows(
    catalogue: Catalogue, statuses: Sequence[SourceStatus], figures: Figures, now: Instant
) -> list[SourceRow]:
    """One row per source in the order of the configuration; there is no other order among suppliers."""
    titles = {entry.key: entry.title for entry in catalogue.suppliers}
    rows, seen = [], set[str]()
    for status in statuses:
        success = status.last_success
        first = success is None and (status.running or status.up is None)
        rows.append(
            SourceRow(
                supplier=titles.get(status.supplier, status.supplier),
                name=status.source,
                state="being read" if status.running else _STATES.get(status.state, status.state),
                reason=status.reason,
                good=None if status.up is None else status.up and status.state == "ok",
                first=first,
                stale=not first and now - (success or 0) > FRESH * status.interval * SECOND,
                success="never" if success is None else ago(success, now),
                watermark="–" if status.watermark is None else moment(status.watermark, catalogue.zone),
                held="" if status.supplier in seen else _held(figures, status.supplier),
                counted="" if status.census is None else _counted(status.census, now),
                progress=_progress(status) if status.running else None,
            )
        )
        seen.add(status.supplier)
    return rows


def oddities(catalogue: Catalogue, found: Sequence[SetAside]) -> list[Oddity]:
    """Records kept aside by reason, then values that the configuration maps to nothing, most frequent first."""
    titles = {entry.key: entry.title for entry in catalogue.suppliers}
    return [
        Oddity(titles.get(one.supplier, one.supplier), one.source, what, number(count))
        for one in found
        for what, count in _of_source(one)
    ]


def _of_source(one: SetAside) -> Iterator[tuple[str, int]]:
    for reason, count in sorted(one.rejects.items(), key=lambda entry: -entry[1]):
        yield f"records kept aside: {reason}", count
    values = sorted(one.unmapped.items(), key=lambda entry: -entry[1])
    for (field, value), count in values[:_MOST]:
        yield f"{field} “{value}” has no meaning in the configuration", count
    if len(values) > _MOST:
        yield f"{len(values) - _MOST} further values without a meaning", sum(count for _, count in values[_MOST:])


def _held(figures: Figures, supplier: str) -> str:
    counts = [
        f"{number(count)} {words}"
        for kind, words in _KINDS.items()
        if (count := figures.get("siamhub_tickets", supplier=supplier, kind=kind)) is not None
    ]
    return ", ".join(counts) or "–"


def _counted(census: CensusEnd, now: Instant) -> str:
    if census.state == "ok":
        return f"counted {ago(census.at, now)}: {told(census)}"
    return f"count {census.state} {ago(census.at, now)}: {census.reason}"


def _progress(status: SourceStatus) -> Progress:
    read, total = status.read, status.total
    if total is None or total <= 0:
        return Progress(f"{number(read)} records so far", None)
    return Progress(f"{number(read)} of {number(max(read, total))} records", min(1.0, read / total))
