"""A search index that follows the changes late, each one after its own time: within the overlap and beyond it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from connectors.manifest import Manifest
from connectors.simulators.world import Ticket, World
from core.model import SECOND, Instant
from tests.connectors.hub import reprioritised, retold
from tests.connectors.jira.site import BEGIN, DAY, OWN, Site, story
from tests.connectors.jira.truth import Truth

MINUTE: Instant = 60 * SECOND
START = BEGIN + 20 * DAY


def unchanged(manifest: Manifest) -> Manifest:
    return manifest


def without_overlap(manifest: Manifest) -> Manifest:
    """The manifest that begins each pass exactly where the one before has ended."""
    streams = {}
    for name, stream in manifest.streams.items():
        assert stream.cursor is not None
        streams[name] = stream.model_copy(update={"cursor": stream.cursor.model_copy(update={"overlap": 0})})
    return manifest.model_copy(update={"streams": streams})


def two_waves(apart: Instant) -> World:
    """A script changes every second ticket in one moment, and so long after it the others; nothing else happens."""
    told = story(days=18)
    odd = {ticket.key for place, ticket in enumerate(told.tickets) if place % 2}

    def touched(ticket: Ticket) -> Ticket:
        if ticket.supplier != OWN.key:
            return ticket
        at = START + 2 * MINUTE + (apart if ticket.key in odd else 0)
        return reprioritised(ticket, at, "automation", OWN.automation[0])

    return retold(told, touched)


def differences(
    folder: Path, lag: Instant, apart: Instant, change: Callable[[Manifest], Manifest] = unchanged
) -> tuple[int, int]:
    """How much of what is stored is wrong after a pass every minute until all is in the index, and after a full one."""
    world = two_waves(apart)
    with Site(world, START, index_lag=lag) as site:
        hub = site.hub(folder, change=change)
        assert hub.sync().state == "ok"
        # A change that the story leaves unfinished bears an outcome before it has one.
        unfinished = set(Truth(world, site.now, site.url).differences(hub.database))
        while site.now <= START + 3 * MINUTE + apart + lag:
            assert hub.sync().state == "ok"
            site.now += MINUTE
        passes = set(Truth(world, site.now, site.url).differences(hub.database))
        assert hub.sync(full=True).state == "ok"
        full = set(Truth(world, site.now, site.url).differences(hub.database))
    return len(passes - unfinished), len(full - unfinished)


def test_what_the_index_finds_late_within_the_overlap_is_not_lost(tmp_path: Path) -> None:
    assert differences(tmp_path, lag=9 * MINUTE, apart=4 * MINUTE) == (0, 0)


def test_without_the_overlap_it_would_be(tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    passes, full = differences(tmp_path, lag=9 * MINUTE, apart=4 * MINUTE, change=without_overlap)
    assert passes > 10
    assert full == 0


def test_what_the_index_finds_later_than_the_overlap_a_full_pass_finds(tmp_path: Path) -> None:
    passes, full = differences(tmp_path, lag=25 * MINUTE, apart=15 * MINUTE)
    assert passes > 0
    assert full == 0
