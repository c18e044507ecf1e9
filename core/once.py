"""One pass over chosen sources now, side by side, and how each of them ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from core.connector import Kinds
from core.model import Instant
from core.operation import Stored, statuses
from core.settings import Settings
from core.status import SourceStatus
from core.sync import Outcome
from core.turn import turn

log = logging.getLogger("siamhub.sync")


@dataclass(frozen=True, slots=True)
class Passed:
    """A source and how the pass over it ended."""

    supplier: str
    source: str
    outcome: Outcome


class Round:
    """The chosen sources, ready for one pass; their statuses may be watched while it runs."""

    def __init__(self, settings: Settings, kinds: Kinds, store: Stored, suppliers: Collection[str] = ()) -> None:
        """`suppliers`: whose sources; none means all. Raises ManifestError where a connector cannot be made."""
        self._store = store
        self._seats = []
        for source, status in zip(settings.sources, statuses(store, settings), strict=True):
            if suppliers and source.supplier not in suppliers:
                continue
            connector = kinds.make(source.connector, source.config, status)
            self._seats.append((store.source_id(source.supplier, source.name), connector, source, status))

    def statuses(self) -> Sequence[SourceStatus]:
        """How each source is, in the order of the configuration."""
        return [status for *_, status in self._seats]

    def run(
        self,
        clock: Callable[[], Instant],
        stopping: Callable[[], bool] = lambda: False,
        full: bool = False,
        accept: bool = False,
    ) -> list[Passed]:
        """Read every source to its end (`full`: from `since` on). Call it once: the connectors are closed after it.

        `accept`: with a census, see `core.turn`.
        """
        if not self._seats:
            return []
        with ThreadPoolExecutor(len(self._seats), thread_name_prefix="pass") as pool:
            futures = [
                pool.submit(turn, source_id, connector, source, self._store, status, clock, stopping, full, accept)
                for source_id, connector, source, status in self._seats
            ]
        for _, connector, _, _ in self._seats:
            connector.close()
        return [
            Passed(status.supplier, status.source, _outcome(future, status))
            for (*_, status), future in zip(self._seats, futures, strict=True)
        ]


def _outcome(future: Future[Outcome], status: SourceStatus) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    # A fault of ours or of the database ends this source's pass; how the others ended is still worth saying.
    log.error("%s/%s: the pass broke off", status.supplier, status.source, exc_info=error)
    return Outcome("failed", f"an internal error, see the log: {type(error).__name__}", status.read, True)
