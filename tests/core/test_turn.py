"""A source's turn: behind a good pass the census, when it is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.connector import Access, Asked, ForbiddenError, SourceConfig, SourceError
from core.model import SECOND, Instant, Page, columns
from core.operation import statuses
from core.settings import SourceSettings
from core.status import SourceStatus
from core.store.store import Store, open_store
from core.turn import turn
from tests.core.test_daemon import settings

HOUR = 3600 * SECOND


def page(ids: Sequence[str], checkpoint: str | None) -> Page:
    same = {"kind": "incident", "state": "new", "opened_at": 1, "changed_at": 5, "revision": 0}
    records = [{**same, "vendor_id": key, "number": key} for key in ids]
    return Page("incident", checkpoint, None, tickets=columns("ticket", records), read=len(ids))


@dataclass
class Played:
    """A source that pages bring `brings` of, and that lists `lists`."""

    brings: Sequence[str]
    lists: Sequence[str]
    trouble: SourceError | None = None
    counts: int = 0
    mapping_digest: str = "one"
    streams: Sequence[str] = field(default=("incident",))

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        if self.trouble:
            raise self.trouble
        yield page(self.brings, "1")

    def counted(self, now: Instant) -> Sequence[str]:
        self.counts += 1
        return self.streams

    def listed(self, stream: str, now: Instant) -> Mapping[str, Instant | None]:
        return dict.fromkeys(self.lists)

    def again(self, stream: str, tickets: Mapping[str, str | None], now: Instant) -> Iterator[Asked]:
        there = [key for key in tickets if key in self.lists]
        yield Asked(page(there, None), {key: "deleted" for key in tickets if key not in there})

    def probe(self) -> Sequence[Access]:
        return []

    def close(self) -> None:
        """Nothing to give up."""


class Hub:
    """One source and a store, with a clock that a test moves."""

    def __init__(self, store: Store, census: int | None = 86_400) -> None:
        self.store, self.now = store, 1000 * HOUR
        self.status = SourceStatus("acme", "itsm", 300)
        self.settings = SourceSettings("acme", "itsm", "itsm", 300, census, SourceConfig("acme", "itsm", "http://x", 0))
        self.source = store.source_id("acme", "itsm")

    def turn(self, source: Played, full: bool = False) -> bool:
        return turn(
            self.source, source, self.settings, self.store, self.status, lambda: self.now, full=full
        ).changed  # fmt: skip

    def held(self) -> list[str]:
        return list(self.store.facts([("acme", "itsm")]).tickets.vendor_id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.db'}")
    yield opened
    opened.close()


def test_a_census_follows_the_first_pass_and_then_one_a_day(store: Store) -> None:
    hub, source = Hub(store), Played("ab", "abc")
    hub.turn(source)
    assert (source.counts, hub.held()) == (1, ["a", "b", "c"])
    hub.now += 23 * HOUR
    hub.turn(source)
    assert source.counts == 1
    hub.now += HOUR
    hub.turn(source)
    assert source.counts == 2


def test_what_a_census_changes_makes_figures_anew(store: Store) -> None:
    hub = Hub(store)
    hub.turn(Played("ab", "ab"))
    hub.now += 24 * HOUR
    assert not hub.turn(Played("a", "ab"))
    hub.now += 24 * HOUR
    assert hub.turn(Played("a", "a"))
    assert hub.held() == ["a"]


def test_a_full_pass_counts_at_any_rate_and_never_is_never(store: Store) -> None:
    hub, source = Hub(store), Played("a", "a")
    hub.turn(source)
    hub.turn(source, full=True)
    assert source.counts == 2
    hub = Hub(store, census=None)
    hub.turn(source, full=True)
    assert source.counts == 2


def test_who_accepts_what_is_missing_counts_at_once(store: Store) -> None:
    ids = [f"t{number}" for number in range(30)]
    hub = Hub(store)
    hub.turn(Played(ids, ids))
    hub.turn(Played((), ids[:3]), full=True)
    assert hub.status.census is not None
    assert (hub.status.census.state, len(hub.held())) == ("refused", 30)
    source = Played((), ids[:3])
    turn(hub.source, source, hub.settings, store, hub.status, lambda: hub.now, accept=True)
    assert hub.held() == sorted(ids[:3])


def test_after_a_pass_that_failed_nothing_is_counted(store: Store) -> None:
    hub, source = Hub(store), Played("a", "a", ForbiddenError("not allowed"))
    hub.turn(source)
    assert (source.counts, hub.status.census) == (0, None)


def test_a_connector_that_cannot_count_is_read_all_the_same(store: Store) -> None:
    class Plain:
        streams, mapping_digest = ("incident",), "one"

        def __init__(self) -> None:
            self.pages, self.probe, self.close = Played("a", "a").pages, lambda: (), lambda: None

    hub = Hub(store)
    plain = Plain()
    turn(hub.source, plain, hub.settings, store, hub.status, lambda: hub.now)
    assert (hub.held(), hub.status.census) == (["a"], None)


def test_how_the_last_census_ended_outlives_a_restart(store: Store) -> None:
    hub = Hub(store)
    hub.turn(Played("a", "ab"))
    assert hub.status.census is not None
    (status,) = statuses(store, settings(("acme", "itsm")))
    assert (status.census, status.census and status.census.read) == (hub.status.census, 1)
