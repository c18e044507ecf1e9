"""The daemon: every source on its own interval, the KPIs after them, reload, orderly stop; it alone has a clock."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from core.board.pack import Pack
from core.board.ready import Packs
from core.catalogue import Catalogue
from core.connector import Connector, Kinds
from core.errors import UserError
from core.model import Instant, Sample
from core.operation import Refresher, Stored, fresh, statuses
from core.settings import BoardSettings, Settings, SourceSettings
from core.status import SetAside, SourceStatus
from core.turn import turn

log = logging.getLogger("siamhub.daemon")

REFRESH: Final = 60.0
"""Seconds after which the KPIs are computed anew though no record changed: windows move with the clock."""
SETTLE: Final = 1.0
"""Seconds that a refresh waits after a change for the other sources to finish theirs."""
PATIENCE: Final = 30.0
"""Seconds that a stop waits for the pages in hand."""

Configured: TypeAlias = tuple[Settings, Kinds]
Publish: TypeAlias = Callable[[Sequence[Sample], Instant, float], None]
"""Called with the figures of a KPI run, the instant they hold for, and the seconds that it took."""


def now() -> Instant:
    """The clock's instant."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Seat:
    """A source in operation."""

    settings: SourceSettings
    source_id: int
    status: SourceStatus
    connector: Connector
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Daemon:
    """Runs until `stop`. Its threads: one per source, one for the KPIs."""

    def __init__(
        self, version: str, configured: Configured, configure: Callable[[], Configured], store: Stored, publish: Publish
    ) -> None:
        """`configure` reads the configuration anew; raises UserError when it is wrong."""
        self.version = version
        self._configure = configure
        self._store = store
        self._publish = publish
        self._stop = threading.Event()
        self._settled = False
        self._dirty = threading.Event()
        self._reloading = threading.Lock()
        self._counts: dict[tuple[str, str], SourceStatus] = {}  # outlive a reload: counters never fall
        self._seats: tuple[Seat, ...] = ()
        self._set_aside: Sequence[SetAside] = ()
        self._settings, kinds = configured
        self._refresher = Refresher(store, self._settings)
        self._packs = Packs(store, version)
        self._kpis = threading.Thread(target=self._keep_fresh, name="kpis", daemon=True)
        self._seats = self._place(self._settings, kinds)

    @property
    def title(self) -> str:
        """What the operator calls the whole."""
        return self._settings.board.title

    @property
    def board(self) -> BoardSettings:
        """The board and its meetings."""
        return self._settings.board

    @property
    def catalogue(self) -> Catalogue:
        """The configuration in force, as the KPIs see it."""
        return self._settings.catalogue

    def pack(self, month: str) -> Pack:
        """The board pack of a month; MonthError for what is no month. Asks the database: for a thread of its own."""
        known = self._refresher.known
        return self._packs.of(month, now(), self._settings, known and fresh(known, self.statuses()))

    def set_aside(self) -> Sequence[SetAside]:
        """What became no figure, by source, as the last KPI run found it."""
        return self._set_aside

    def statuses(self) -> Sequence[SourceStatus]:
        """How each configured source is, in the order of the configuration."""
        return [seat.status for seat in self._seats]

    def readiness(self) -> str | None:
        """Why the hub is not ready, or None when it is: database answering, first figures there."""
        if self._stop.is_set():
            return "stopping"
        try:
            self._store.ping()
        except Exception as error:  # noqa: BLE001  # whatever the driver raises, the answer is the same: not ready
            return f"the database does not answer: {type(error).__name__}"
        return None if self._refresher.as_of is not None else "the first figures are not computed yet"

    def start(self) -> None:
        """Start the threads; the KPIs first, so that what is stored is shown while the sources are asked."""
        self._dirty.set()
        self._kpis.start()
        for seat in self._seats:
            self._sit(seat)

    def stop(self) -> None:
        """Let every source finish the page in hand, then end. Returns when all is quiet, or after `PATIENCE`."""
        self._stop.set()
        self._dirty.set()
        self._leave(self._seats)
        if self._kpis.is_alive():
            self._kpis.join(PATIENCE)

    def reload(self) -> str | None:
        """Read the configuration again. Returns what is wrong with it, in which case the old one stays in force."""
        with self._reloading:
            try:
                settings, kinds = self._configure()
                if (settings.database, settings.listen) != (self._settings.database, self._settings.listen):
                    return "`database` and `listen` are read at start only: restart siamhub to change them"
                seats = self._place(settings, kinds)
            except UserError as error:
                log.error("the new configuration is wrong, the old one stays in force:\n%s", error)
                return str(error)
            old, self._seats, self._settings = self._seats, (), settings
            self._leave(old)
            self._refresher.configure(settings)
            self._seats = seats
            for seat in seats:
                self._sit(seat)
            self._dirty.set()
            log.info("configuration read again: %d sources", len(seats))
            return None

    def _place(self, settings: Settings, kinds: Kinds) -> tuple[Seat, ...]:
        """A seat for every source; all connectors are made before anything that runs is touched."""
        seats = []
        for source, restored in zip(settings.sources, statuses(self._store, settings), strict=True):
            key = (source.supplier, source.name)
            status = self._counts.setdefault(key, restored)
            status.interval = source.every
            connector = kinds.make(source.connector, source.config, status)
            seats.append(Seat(source, self._store.source_id(*key), status, connector))
        return tuple(seats)

    def _sit(self, seat: Seat) -> None:
        name = f"{seat.settings.supplier}/{seat.settings.name}"
        seat.thread = threading.Thread(target=self._serve, args=(seat,), name=name, daemon=True)
        seat.thread.start()

    def _leave(self, seats: Sequence[Seat]) -> None:
        for seat in seats:
            seat.stop.set()
        deadline = time.monotonic() + PATIENCE
        for seat in seats:
            if seat.thread is not None:
                seat.thread.join(max(0.0, deadline - time.monotonic()))
                if seat.thread.is_alive():
                    log.warning("%s does not answer; its page in hand is given up", seat.thread.name)

    def _serve(self, seat: Seat) -> None:
        """One source, pass after pass. Intervals run from start to start, so that long passes do not stretch them."""
        try:
            while not seat.stop.is_set():
                began = time.monotonic()
                self._pass(seat)
                seat.stop.wait(max(0.0, seat.settings.every - (time.monotonic() - began)))
        finally:
            seat.connector.close()

    def _pass(self, seat: Seat) -> None:
        try:
            outcome = turn(
                seat.source_id, seat.connector, seat.settings, self._store, seat.status, now, seat.stop.is_set
            )
        except Exception:
            # A fault of ours or of the database: this source tries again at its next turn, the others go on.
            log.exception("%s/%s: the pass broke off", seat.settings.supplier, seat.settings.name)
            seat.status.up, seat.status.state = False, "failed"
            seat.status.reason = "an internal error, see the log"
            return
        if outcome.changed:
            self._refresher.changed()
        if outcome.changed or seat.status.passes == 1:  # the first one also tells how complete the figures are
            self._dirty.set()

    def _keep_fresh(self) -> None:
        while not self._stop.is_set():
            changed = self._dirty.wait(REFRESH)
            self._dirty.clear()
            if changed and self._refresher.as_of is not None:
                self._stop.wait(SETTLE)
            if not self._stop.is_set():
                self._refresh()

    def _refresh(self) -> None:
        began = time.monotonic()
        try:
            at = now()
            samples = self._refresher.run(at, self.statuses())
            self._set_aside = self._store.set_aside()
            self._publish(samples, at, time.monotonic() - began)
            if not self._settled:
                gc.freeze()  # what is loaded by now stays: looking through it would hold up scrapes again and again
                self._settled = True
        except Exception:
            # The last figures stay; their `as_of` grows old, which is what the alert on it is for.
            log.exception("the KPIs could not be computed")
