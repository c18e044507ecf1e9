"""What there is to say about each configured source, and about the figures made of them all: what deserves a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from core.calendar import Window
from core.connector import Access, Connector, Kinds, SourceError, Support, Supporting
from core.facts import Facts
from core.kpi.figures import within
from core.kpi.lowered import lowered
from core.kpi.view import View, view
from core.large_cases import LargeCase, large_cases
from core.model import Instant
from core.operation import Stored
from core.settings import Settings, SourceSettings
from core.status import CensusEnd, Estimated, PassEnd, RejectKept, SetAside, SourceStatus


class Kept(Stored, Protocol):
    """The part of the store that findings come from."""

    def facts(self, sources: Sequence[tuple[str, str]]) -> Facts:
        """Everything stored of these sources, (supplier, source)."""

    def rejected(self, limit: int = 100) -> Sequence[RejectKept]:
        """Records that are kept aside, the latest first."""

    def estimated(self) -> Sequence[Estimated]:
        """By source: events that the hub observed itself and could only estimate the moment of."""


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """One source."""

    supplier: str
    source: str
    connector: str
    last: PassEnd | None
    rejects: Mapping[str, int]  # reason -> records
    unmapped: Mapping[tuple[str, str], int]  # (field, vendor's value) -> records
    access: Sequence[Access] = ()  # empty: not asked
    supports: Sequence[Support] = ()  # empty: not asked, or its connector cannot tell
    error: str = ""  # why it could not be asked
    census: CensusEnd | None = None  # the last one
    estimated: Estimated | None = None  # None: no event is
    suspects: Mapping[str, int] = field(default_factory=dict)  # what is wrong with times of tickets -> tickets

    @property
    def good(self) -> bool:
        """Whether nothing stands in the way of reading it."""
        return not self.error and (not self.access or any(one.readable for one in self.access))


@dataclass(frozen=True, slots=True)
class LoweredPriorities:
    """A supplier's incidents whose priority somebody lowered after their opening."""

    supplier: str
    incidents: int
    late: int  # of them, those in which the target of the priority before was over by then


@dataclass(frozen=True, slots=True)
class Findings:
    """All of them, and examples of what was set aside."""

    sources: Sequence[SourceFinding]
    rejects: Sequence[RejectKept] = field(default=())
    large_cases: Sequence[LargeCase] = ()  # the largest first
    lowered: Sequence[LoweredPriorities] = ()  # suppliers without any are not here
    since: Instant | None = None  # from when on priorities were looked at; None: not at all


def findings(settings: Settings, kinds: Kinds, store: Kept, connect: bool, at: Instant) -> Findings:
    """Look at every source, and at what is stored, as of `at`. `connect`: also ask each source what may be read.

    Raises ManifestError where a connector cannot be made.
    """
    aside = {(one.supplier, one.source): one for one in store.set_aside()}
    passes, censuses = store.last_passes(), store.censuses()
    estimated = {(one.supplier, one.source): one for one in store.estimated()}
    made = [(source, kinds.make(source.connector, source.config, _status(source))) for source in settings.sources]
    found = []
    with ThreadPoolExecutor(max(1, len(made))) as pool:
        asked = [pool.submit(_ask, connector) if connect else None for _, connector in made]
        for (source, connector), answer in zip(made, asked, strict=True):
            access: Sequence[Access] = ()
            supports: Sequence[Support] = ()
            error = ""
            try:
                access, supports = answer.result() if answer is not None else ((), ())
            except SourceError as caught:
                error = str(caught)
            connector.close()
            key = (source.supplier, source.name)
            known = aside.get(key, SetAside(*key, {}, {}))
            found.append(
                SourceFinding(
                    *key,
                    source.connector,
                    passes.get(key),
                    known.rejects,
                    known.unmapped,
                    access,
                    supports,
                    error,
                    censuses.get(key),
                    estimated.get(key),
                    known.suspects,
                )
            )
    seen = view(store.facts([(source.supplier, source.name) for source in settings.sources]), settings.catalogue, at)
    longest = Window("", seen.horizon, at)
    cases = large_cases(seen.facts, seen.cases)
    return Findings(found, store.rejected(), cases, lowered_priorities(seen, longest), longest.start)


def lowered_priorities(seen: View, window: Window) -> Sequence[LoweredPriorities]:
    """By supplier, in the order of the configuration: whose priority was lowered in the window, each incident once."""
    steps = lowered(seen)
    inside = within(steps.at, window)
    found = []
    for code, supplier in enumerate(seen.places.suppliers):
        mine = inside & (seen.supplier[steps.ticket] == code)
        incidents, late = (len(np.unique(steps.ticket[rows])) for rows in (mine, mine & steps.late))
        if incidents:
            found.append(LoweredPriorities(supplier, incidents, late))
    return found


def _ask(connector: Connector) -> tuple[Sequence[Access], Sequence[Support]]:
    access = connector.probe()
    return access, connector.supports(access) if isinstance(connector, Supporting) else ()


def _status(source: SourceSettings) -> SourceStatus:
    return SourceStatus(source.supplier, source.name, interval=source.every)
