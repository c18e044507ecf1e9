"""What running the hub needs of the store, and the KPI run: facts read when they changed, figures made when asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from core import actions, meetings
from core.calendar import month
from core.closed import ClosedMonth
from core.facts import Facts
from core.kpi.compute import compute
from core.model import SECOND, Instant, Sample
from core.reviews import Remark
from core.settings import Settings
from core.status import CensusEnd, PassEnd, SetAside, SourceStatus
from core.turn import Kept

if TYPE_CHECKING:
    from core.store.memory import Memory

COUNTERS: Final = frozenset({"siam_incidents_opened_total", "siam_incident_resolutions_total"})
"""Figures that must never fall, whatever a vendor deletes: the store keeps the highest value that was ever seen."""


class Stored(Kept, Protocol):
    """The part of the store that running the hub needs."""

    def source_id(self, supplier: str, source: str) -> int:
        """The id of a source, registered when it is new."""

    def recall(self, sources: Sequence[tuple[str, str]], memory: Memory | None) -> Memory:
        """Everything stored of these sources, (supplier, source); only what changed since `memory` is read."""

    def last_passes(self) -> Mapping[tuple[str, str], PassEnd]:
        """By (supplier, source)."""

    def censuses(self) -> Mapping[tuple[str, str], CensusEnd]:
        """How the last census of each source ended, by (supplier, source)."""

    def raise_counter(self, supplier: str, name: str, value: int) -> int:
        """Keep the highest value ever seen and return it."""

    def set_aside(self) -> Sequence[SetAside]:
        """By source: records kept aside and values without a mapping."""

    def facts(self, sources: Sequence[tuple[str, str]]) -> Facts:
        """The same as columns alone."""

    def closed_months(self) -> Sequence[str]:
        """The months that are closed."""

    def month(self, text: str) -> ClosedMonth | None:
        """A closed month; None where it is not closed."""

    def actions(self) -> Sequence[actions.Action]:
        """All improvement actions."""

    def remarks(self, period: str) -> Sequence[Remark]:
        """What was written in peer reviews for a month."""

    def ping(self) -> None:
        """Raises when the database does not answer."""


def statuses(store: Stored, settings: Settings) -> list[SourceStatus]:
    """The status of every configured source as its last pass left it, so that a restart shows what was true before."""
    passes, censuses = store.last_passes(), store.censuses()
    made = []
    for source in settings.sources:
        status = SourceStatus(source.supplier, source.name, interval=source.every)
        status.census = censuses.get((source.supplier, source.name))
        last = passes.get((source.supplier, source.name))
        if last is not None:
            status.state, status.reason = last.state, last.reason
            status.up = last.state != "failed" if last.state in ("ok", "partial", "failed") else None
            status.last_success, status.watermark = last.last_success, last.watermark
        made.append(status)
    return made


class Refresher:
    """Makes the figures. One thread runs it; any may say that something changed."""

    def __init__(self, store: Stored, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._memory: Memory | None = None
        self._stale = threading.Event()
        self.as_of: Instant | None = None
        """The instant of the last run, None before the first one."""

    def configure(self, settings: Settings) -> None:
        """Use another configuration from the next run on."""
        self._settings = settings
        self._stale.set()

    def changed(self) -> None:
        """Records changed: the next run reads them again."""
        self._stale.set()

    def run(self, at: Instant, statuses: Sequence[SourceStatus], live: bool = True) -> list[Sample]:
        """The figures for `at` from what is stored. `live`: `at` is now, and counters must not fall."""
        samples = compute(self.facts(statuses), self._settings.catalogue, at)
        samples += self._of_the_board(at)
        if live:
            samples = [self._never_fall(sample) if sample.name in COUNTERS else sample for sample in samples]
            samples.extend(self._upkeep())
        self.as_of = at
        return samples

    @property
    def known(self) -> Facts | None:
        """What was read last, as it stands in memory; None before the first run."""
        memory = self._memory
        return None if memory is None else memory.facts

    def _of_the_board(self, at: Instant) -> list[Sample]:
        board, zone = self._settings.board, self._settings.catalogue.zone
        return [*actions.samples(self._store.actions(), at, zone), *meetings.samples(board.meeting, zone, at)]

    def facts(self, statuses: Sequence[SourceStatus]) -> Facts:
        """What is stored, with the freshness of the sources that the statuses tell."""
        if self._memory is None or self._stale.is_set():
            self._stale.clear()  # before reading: what changes while we read is read next time
            sources = [(source.supplier, source.name) for source in self._settings.sources]
            self._memory = self._store.recall(sources, self._memory)
        return fresh(self._memory.facts, statuses)

    def _upkeep(self) -> Iterator[Sample]:
        """What waits for somebody's hand: values that no map knows, months that are not closed."""
        aside = {(each.supplier, each.source): len(each.unmapped) for each in self._store.set_aside()}
        for source in self._settings.sources:
            labels = (("supplier", source.supplier), ("source", source.name))
            yield Sample("siamhub_values_unmapped", labels, float(aside.get((source.supplier, source.name), 0)))
        for last in self._store.closed_months()[-1:]:
            end = month(last, self._settings.catalogue.zone).end
            yield Sample("siam_board_closed_until_timestamp_seconds", (), end / SECOND)

    def _never_fall(self, sample: Sample) -> Sample:
        supplier = dict(sample.labels)["supplier"]
        return replace(sample, value=float(self._store.raise_counter(supplier, sample.name, int(sample.value))))


def fresh(facts: Facts, statuses: Sequence[SourceStatus]) -> Facts:
    """The facts with the sources' freshness as the running passes know it: a pass without news reads nothing anew."""
    known = {(status.supplier, status.source): status for status in statuses}
    sources = tuple(
        replace(fact, last_success=status.last_success, watermark=status.watermark)
        if (status := known.get((fact.supplier, fact.source))) is not None
        else fact
        for fact in facts.sources
    )
    return replace(facts, sources=sources)
