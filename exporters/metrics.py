"""The exposition: the last KPI run's figures as ready bytes, joined with the hub's own at each scrape."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.model import Instant, Sample
from core.status import SourceStatus
from exporters.families import FAMILIES
from exporters.hub_metrics import hub_metrics
from exporters.negotiation import wants_openmetrics
from exporters.render import EOF, MetricError, by_family, metric, openmetrics, render_text, text

__all__ = ["EMPTY", "Exposition", "MetricError", "Snapshot", "render_text"]

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_LEVEL: Final = 5  # beyond it gzip costs more time than it saves bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """Bytes to send, and the same as the first part of a gzip file that more can be joined to."""

    plain: bytes
    deflated: bytes
    crc: int

    def joined(self, rest: bytes) -> bytes:
        """One gzip member (RFC 1952) of these bytes and the rest: many readers stop after the first member."""
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = self.deflated + packer.compress(rest) + packer.flush()
        crc = zlib.crc32(rest, self.crc)
        size = (len(self.plain) + len(rest)) & 0xFFFFFFFF
        return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + crc.to_bytes(4, "little") + size.to_bytes(4, "little")


def _ready(plain: bytes) -> Ready:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush ends on a byte boundary and leaves the stream open: what follows joins without repacking.
    return Ready(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH), zlib.crc32(plain))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one KPI run gave: the samples and the instant for which they hold; None before the first run."""

    samples: tuple[Sample, ...]
    as_of: Instant | None
    duration: float | None  # seconds that the run took
    text: Ready
    openmetrics: Ready


EMPTY: Final = Snapshot((), None, None, _ready(b""), _ready(b""))
"""Before the first KPI run."""


class Exposition:
    """What `/metrics` shows. One thread updates it, any number scrape it; neither waits for the other."""

    def __init__(self, version: str, statuses: Callable[[], Sequence[SourceStatus]]) -> None:
        """`statuses` is asked at each scrape and must answer at once."""
        self._version = version
        self._statuses = statuses
        self._families: Mapping[str, tuple[tuple[Sample, ...], bytes, bytes]] = {}
        self._snapshot = EMPTY

    @property
    def version(self) -> str:
        """The version of the running hub."""
        return self._version

    @property
    def snapshot(self) -> Snapshot:
        """The last KPI run's figures."""
        return self._snapshot

    def update(self, samples: Iterable[Sample], as_of: Instant, duration: float) -> None:
        """Show these samples from now on, and none of the earlier ones.

        `as_of` is the instant for which they were computed, `duration` the seconds that it took. MetricError where
        the table of families does not allow a sample; what was shown before stays.
        """
        samples = tuple(samples)
        families = {}
        for name, group in by_family(samples).items():
            known = self._families.get(name)
            if known is None or known[0] != group:
                made = [metric(FAMILIES[name], group)]
                known = (group, text(made), openmetrics(made))
            families[name] = known
        plain = _ready(b"".join(family[1] for family in families.values()))
        opened = _ready(b"".join(family[2] for family in families.values()))
        self._families = families
        self._snapshot = Snapshot(samples, as_of, duration, plain, opened)

    def scrape(self, accept: str | None, gzip: bool) -> tuple[str, bytes]:
        """The content type and the bytes for a client with this Accept header, packed as one gzip file if asked."""
        snapshot = self._snapshot
        hub = hub_metrics(self._version, snapshot.as_of, snapshot.duration, self._statuses())
        if wants_openmetrics(accept):
            kind, first, rest = OPENMETRICS, snapshot.openmetrics, openmetrics(hub) + EOF
        else:
            kind, first, rest = TEXT, snapshot.text, text(hub)
        return kind, first.joined(rest) if gzip else first.plain + rest
