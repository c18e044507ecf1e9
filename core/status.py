"""How each source is doing: counted by the sync while it runs, read by metrics and pages at any time."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.model import Instant

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds, in seconds, of the histogram of request durations."""


COUNTS: Final = ("difference", "deleted", "hidden", "unseen", "undecided", "lacking", "read", "stale")
"""The numbers of a census, see `CensusEnd`."""


@dataclass(frozen=True, slots=True)
class CensusEnd:
    """What the last census of a source found. Tickets are those whose change lies after the source's `since`."""

    state: str  # ok, refused (too much is missing to be believed), partial (some streams), failed
    reason: str  # why not ok, for a person
    at: Instant  # when it was last tried
    counted_at: Instant | None = None  # when the numbers were found; None: no census has come to an end
    difference: int = 0  # tickets that the source has minus those that the hub holds and counts, after the census
    deleted: int = 0  # newly left out: the source has them no more
    hidden: int = 0  # held and not shown: they exist, but not for the account
    unseen: int = 0  # held and not shown: the source cannot tell why
    undecided: int = 0  # held and not shown, and too many at once to be believed: nothing was concluded
    lacking: int = 0  # shown and not held, and not readable when they were asked for
    read: int = 0  # shown and not held, and read by this census
    stale: int = 0  # shown with a later change than the one held, or after they were gone, and read by this census


def told(end: CensusEnd) -> str:
    """What a census found, for a person; "" where none has come to an end."""
    if end.counted_at is None:
        return ""
    counts = {
        "deleted there": end.deleted,
        "hidden from the account": end.hidden,
        "no longer shown": end.unseen,
        "missing, nothing concluded": end.undecided,
        "shown and not readable": end.lacking,
        "missed and read now": end.read,
        "out of date and read again": end.stale,
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(said) if said else "the hub holds what the source has"


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """What a census needs to know of a ticket that the hub holds."""

    stream: str  # the one that brought it
    changed_at: Instant
    number: str | None
    gone: str | None  # one of core.model.GONE


@dataclass(slots=True)
class SourceStatus:
    """The state of one source. One thread writes, many read; counters only grow while the process lives."""

    supplier: str
    source: str
    interval: float  # seconds between passes
    running: bool = False
    passes: int = 0  # that have ended since the process began
    up: bool | None = None  # None: not tried yet
    state: str = "waiting"  # waiting, ok, partial, failed
    reason: str = ""  # why partial or failed, for a person
    last_success: Instant | None = None
    watermark: Instant | None = None
    read: int = 0  # raw records of the pass that runs
    total: int | None = None  # how many the pass will bring, where the vendor tells
    synced: Counter[str] = field(default_factory=Counter)  # kind -> records
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)  # (kind, reason) -> records
    requests: Counter[str] = field(default_factory=Counter)  # status code -> requests
    retries: int = 0
    duration_sum: float = 0.0
    duration_counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    streams: dict[str, str] = field(default_factory=dict)  # stream -> what became of it in the last pass
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)  # (field, vendor's value) -> records
    census: CensusEnd | None = None  # None: none was taken
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def request(self, code: str, seconds: float) -> None:
        """Count one request; see `core.connector.Observer`."""
        with self._lock:
            self.requests[code] += 1
            self.duration_sum += seconds
            self.duration_counts[bisect_left(BUCKETS, seconds)] += 1

    def retry(self) -> None:
        """Count one repeated request."""
        with self._lock:
            self.retries += 1

    def cumulative(self) -> Mapping[str, int]:
        """The histogram as Prometheus wants it: upper bound -> requests up to it, "+Inf" last."""
        with self._lock:
            counts = list(self.duration_counts)
        total, result = 0, {}
        for bound, count in zip([*map(str, BUCKETS), "+Inf"], counts, strict=True):
            total += count
            result[bound] = total
        return result


@dataclass(frozen=True, slots=True)
class PassEnd:
    """How the last pass over a source ended, out of the database."""

    state: str  # ok, partial, failed, stopped
    reason: str
    ended: Instant
    read: int  # raw records
    last_success: Instant | None
    watermark: Instant | None


@dataclass(frozen=True, slots=True)
class RejectKept:
    """A record that is kept aside."""

    supplier: str
    source: str
    stream: str
    key: str
    reason: str
    detail: str
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class SetAside:
    """What of a source's records became no figure, for the person who mends the mapping."""

    supplier: str
    source: str
    rejects: Mapping[str, int]  # reason -> records that could not be read and are kept aside
    unmapped: Mapping[tuple[str, str], int]  # (field, vendor's value) -> records in which it stood
    suspects: Mapping[str, int] = field(default_factory=dict)  # what is wrong with times of tickets -> tickets


@dataclass(frozen=True, slots=True)
class Estimated:
    """How many of a source's events the hub observed itself, at a moment that it can only estimate, and how well."""

    supplier: str
    source: str
    events: int
    mean: int  # microseconds by which an event may lie earlier than it is dated, on average
    most: int  # likewise, of the worst
