"""What there is to say about each configured source: last pass, rights, what was set aside, what did not map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from core.connector import Access, Connector, Kinds, SourceError, Support, Supporting
from core.operation import Stored
from core.settings import Settings, SourceSettings
from core.status import CensusEnd, Estimated, PassEnd, RejectKept, SetAside, SourceStatus


class Kept(Stored, Protocol):
    """The part of the store that findings come from."""

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

    @property
    def good(self) -> bool:
        """Whether nothing stands in the way of reading it."""
        return not self.error and (not self.access or any(one.readable for one in self.access))


@dataclass(frozen=True, slots=True)
class Findings:
    """All of them, and examples of what was set aside."""

    sources: Sequence[SourceFinding]
    rejects: Sequence[RejectKept] = field(default=())


def findings(settings: Settings, kinds: Kinds, store: Kept, connect: bool) -> Findings:
    """Look at every source. `connect`: also ask each one what may be read, side by side.

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
                )
            )
    return Findings(found, store.rejected())


def _ask(connector: Connector) -> tuple[Sequence[Access], Sequence[Support]]:
    access = connector.probe()
    return access, connector.supports(access) if isinstance(connector, Supporting) else ()


def _status(source: SourceSettings) -> SourceStatus:
    return SourceStatus(source.supplier, source.name, interval=source.every)
