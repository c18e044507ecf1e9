"""The daemon: sources go on by themselves, figures follow, a reload and a stop are orderly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from core.catalogue import Catalogue, SourceEntry, SupplierEntry
from core.connector import (
    Access,
    Connector,
    Credentials,
    ManifestError,
    Observer,
    Problem,
    SourceConfig,
    UnavailableError,
)
from core.daemon import Daemon, now
from core.meetings import Meeting
from core.model import Instant, Page, Sample, columns
from core.settings import BoardSettings, Settings, SourceSettings, WebSettings
from core.store.store import Store, open_store

PATIENCE = 20.0


@dataclass
class Played:
    """A connector that yields a growing number of tickets, or fails."""

    supplier: str
    fails: bool = False
    passes: int = 0
    closed: bool = False
    mapping_digest: str = "one"

    @property
    def streams(self) -> Sequence[str]:
        return ["incident"]

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        self.passes += 1
        if self.fails:
            raise UnavailableError("no answer")
        record = {
            "vendor_id": f"{self.supplier}-{self.passes}",
            "kind": "incident",
            "number": f"I{self.passes}",
            "state": "new",
            "priority": 3,
            "major": 0,
            "opened_at": now - 1,
            "changed_at": now,
            "revision": 0,
        }
        yield Page(stream, str(self.passes), now, tickets=columns("ticket", [record]), read=1)

    def probe(self) -> Sequence[Access]:
        return []

    def close(self) -> None:
        self.closed = True


@dataclass
class Plays:
    """Connectors by name: "broken" fails, "none" cannot be made."""

    made: list[Played] = field(default_factory=list)

    def names(self) -> Sequence[str]:
        return ["played", "broken", "none"]

    def problems(self, name: str, auth: Credentials, options: Mapping[str, Any]) -> Sequence[Problem]:
        return []

    def make(self, name: str, config: SourceConfig, observer: Observer) -> Connector:
        if name == "none":
            raise ManifestError("none.yaml:1: nothing here")
        self.made.append(Played(config.supplier, fails=name == "broken"))
        return self.made[-1]


def settings(*sources: tuple[str, str], every: int = 0, title: str = "Board") -> Settings:
    """Sources as (supplier, connector), all asked again at once."""
    return Settings(
        database="sqlite://",
        listen=("127.0.0.1", 0),
        web=WebSettings(),
        board=BoardSettings(title, Meeting(title, time(14), 90, 2, 1)),
        connectors=None,
        catalogue=Catalogue(
            suppliers=tuple(SupplierEntry(supplier, supplier) for supplier, _ in sources),
            sources=tuple(SourceEntry(supplier, name, 1_000_000) for supplier, name in sources),
        ),
        sources=tuple(
            SourceSettings(supplier, name, name, every, 86400, SourceConfig(supplier, name, "http://x", 0))
            for supplier, name in sources
        ),
    )


@dataclass
class Board:
    """Where figures are published; tests wait until they say something."""

    samples: Sequence[Sample] = ()
    runs: int = 0
    news: threading.Condition = field(default_factory=threading.Condition)

    def publish(self, samples: Sequence[Sample], as_of: Instant, duration: float) -> None:
        with self.news:
            self.samples, self.runs = samples, self.runs + 1
            self.news.notify_all()

    def value(self, name: str, **labels: str) -> float | None:
        wanted = set(labels.items())
        found = [sample.value for sample in self.samples if sample.name == name and wanted <= set(sample.labels)]
        return found[0] if found else None

    def wait(self, until: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(until, PATIENCE), "what was waited for did not come"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.daemon.SETTLE", 0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.db'}")
    yield opened
    opened.close()


@dataclass
class Running:
    """A daemon and what it stands on; `config` is what a reload reads."""

    daemon: Daemon
    board: Board
    plays: Plays
    config: list[Settings]


@pytest.fixture
def start(store: Store) -> Iterator[Callable[[Settings], Running]]:
    running: list[Running] = []

    def begin(first: Settings) -> Running:
        config, plays, board = [first], Plays(), Board()
        daemon = Daemon("1.0", (first, plays), lambda: (config[-1], plays), store, board.publish)
        running.append(Running(daemon, board, plays, config))
        daemon.start()
        return running[-1]

    yield begin
    for one in running:
        one.daemon.stop()


def test_sources_are_asked_again_and_again_and_the_figures_follow(start: Callable[[Settings], Running]) -> None:
    hub = start(settings(("acme", "played")))
    hub.board.wait(lambda: (hub.board.value("siamhub_tickets", supplier="acme", kind="incident") or 0) >= 2)
    assert hub.plays.made[0].passes >= 2
    assert hub.daemon.readiness() is None


def test_a_source_that_fails_leaves_the_others_alone(start: Callable[[Settings], Running]) -> None:
    hub = start(settings(("acme", "broken"), ("globex", "played")))
    hub.board.wait(lambda: (hub.board.value("siamhub_tickets", supplier="globex", kind="incident") or 0) >= 1)
    states = {status.supplier: (status.up, status.reason) for status in hub.daemon.statuses()}
    assert states["acme"] == (False, "incident: no answer")
    assert states["globex"] == (True, "")


def test_the_hub_is_not_ready_before_its_first_figures(store: Store) -> None:
    plays, board = Plays(), Board()
    config = (settings(("acme", "played")), plays)
    daemon = Daemon("1.0", config, lambda: config, store, board.publish)
    assert daemon.readiness() == "the first figures are not computed yet"
    daemon.start()
    board.wait(lambda: board.runs > 0)
    assert daemon.readiness() is None
    daemon.stop()
    assert daemon.readiness() == "stopping"


def test_a_stop_closes_every_connector_and_ends_every_thread(start: Callable[[Settings], Running]) -> None:
    hub = start(settings(("acme", "played"), ("globex", "played")))
    hub.board.wait(lambda: hub.board.runs > 0)
    hub.daemon.stop()
    assert all(made.closed for made in hub.plays.made)
    assert not {"kpis", "acme/played", "globex/played"} & {thread.name for thread in threading.enumerate()}


def test_a_reload_takes_new_sources_in_and_lets_old_ones_go(start: Callable[[Settings], Running]) -> None:
    hub = start(settings(("acme", "played")))
    hub.board.wait(lambda: hub.board.runs > 0)
    hub.config.append(settings(("globex", "played"), title="New board"))
    assert hub.daemon.reload() is None
    assert (hub.daemon.title, [status.supplier for status in hub.daemon.statuses()]) == ("New board", ["globex"])
    assert hub.plays.made[0].closed
    hub.board.wait(lambda: (hub.board.value("siamhub_tickets", supplier="globex", kind="incident") or 0) >= 1)
    assert hub.board.value("siamhub_tickets", supplier="acme", kind="incident") is None


def test_counters_go_on_over_a_reload(start: Callable[[Settings], Running]) -> None:
    hub = start(settings(("acme", "played")))
    hub.board.wait(lambda: (hub.board.value("siamhub_tickets", supplier="acme", kind="incident") or 0) >= 2)
    before = hub.daemon.statuses()[0].synced["ticket"]
    hub.daemon.reload()
    assert hub.daemon.statuses()[0].synced["ticket"] >= before >= 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda old: replace(old, sources=settings(("acme", "none")).sources), "none.yaml:1: nothing here"),
        (lambda old: replace(old, database="sqlite:///other.db"), "read at start only"),
    ],
)
def test_a_wrong_configuration_leaves_the_old_one_in_force(
    start: Callable[[Settings], Running], change: Callable[[Settings], Settings], said: str
) -> None:
    hub = start(settings(("acme", "played")))
    hub.board.wait(lambda: hub.board.runs > 0)
    hub.config.append(change(hub.config[0]))
    assert said in (hub.daemon.reload() or "")
    assert not hub.plays.made[0].closed
    assert [status.supplier for status in hub.daemon.statuses()] == ["acme"]


def test_a_restart_shows_how_the_last_passes_ended(store: Store) -> None:
    store.record_pass(store.source_id("acme", "played"), 1, 2, "ok", "", 10)
    store.record_pass(store.source_id("acme", "played"), 3, 4, "failed", "incident: no answer", 0)
    config = (settings(("acme", "played")), Plays())
    daemon = Daemon("1.0", config, lambda: config, store, Board().publish)
    status = daemon.statuses()[0]
    assert (status.up, status.state, status.reason, status.last_success) == (False, "failed", "incident: no answer", 2)


def test_figures_that_cannot_be_computed_leave_the_last_ones_and_are_logged(
    start: Callable[[Settings], Running],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub = start(settings(("acme", "played")))
    hub.board.wait(lambda: hub.board.runs > 0)
    told = threading.Event()

    def broken(*_: Any) -> Any:
        told.set()
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(store, "recall", broken)
    assert told.wait(PATIENCE)
    hub.daemon.stop()
    assert "the KPIs could not be computed" in caplog.text
    assert hub.board.samples


def test_now_is_in_microseconds() -> None:
    assert 1_700_000_000_000_000 < now() < 5_000_000_000_000_000
