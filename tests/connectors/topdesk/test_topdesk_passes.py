"""Passes one after the other over a tenant that lives: each brings what is new, nothing is lost, nothing is twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from connectors.simulators.faults import PASSING
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import World
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, pages_of
from tests.connectors.stored import stored
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, Site, bulk, story
from tests.connectors.topdesk.truth import Truth

FIRST = BEGIN + 40 * DAY
EXTENSIVE = Tenant().extensive
LISTS = {"incidents": 1, "IncidentSnapshots": 1, "operatorChanges": 1, "IncidentsCausedByChangesLinks": 1}
STEPS = (1, 7, 59, 600, 4_000, 21_000, 80_000)
"""Seconds from one pass to the next, by chance."""


def world() -> World:
    """Twice somebody has changed the priority of every incident in one second."""
    return bulk(bulk(story(), BEGIN + 35 * DAY + 5 * SECOND), BEGIN + 42 * DAY + 5 * SECOND)


WORLD = world()


def wrong(hub: Hub) -> list[str]:
    """What of the store is not true at the tenant's instant."""
    known = Truth(WORLD, hub.site.now, hub.site.url, free_fields=True, extensive=EXTENSIVE)
    return known.differences(hub.database)


def waits(seed: int, count: int) -> list[Instant]:
    dice = random.Random(seed)
    return [dice.choice(STEPS) * SECOND for _ in range(count)]


def test_while_the_clock_moves_every_pass_holds_the_truth_of_its_instant(tmp_path: Path) -> None:
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        for wait in waits(7, 40):
            site.now += wait
            assert hub.sync().state == "ok"
            assert wrong(hub) == []
        assert site.now > FIRST + 3 * DAY


def test_the_sum_of_many_passes_is_what_one_pass_reads(tmp_path: Path) -> None:
    """But for events that only say once more what holds, since a pass cannot know the row before its first one."""
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path / "many", options=FREE_FIELDS)
        for wait in (0, *waits(3, 25)):
            site.now += wait
            assert hub.sync().state == "ok"
        once = site.hub(tmp_path / "once", options=FREE_FIELDS)
        assert once.sync().state == "ok"
        many, one = stored(hub.database), stored(once.database)
        assert all(many[kind] == one[kind] for kind in ("ticket", "response", "link", "outage"))
        more = {row["event_id"] for row in many["event"]} - {row["event_id"] for row in one["event"]}
        assert [row for row in many["event"] if row["event_id"] not in more] == one["event"]
        assert wrong(hub) == []


def test_a_pass_with_nothing_new_is_one_request_for_each_list_and_changes_nothing(tmp_path: Path) -> None:
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        hub.sync()
        hub.sync()
        before = stored(hub.database)
        site.count()
        outcome = hub.sync()
        assert (outcome.state, outcome.changed) == ("ok", False)
        assert site.count() == LISTS
        assert outcome.read < 10 + len({row["reference"] for row in before["link"] if row["kind"] == "cause"}) * 3
        assert stored(hub.database) == before
        assert hub.sync(full=True).changed is False


@pytest.mark.parametrize("absolute", [True, False])
def test_small_pages_bring_the_same_as_large_ones(tmp_path: Path, absolute: bool) -> None:
    """With hundreds of cards of one second among them, in an order that each query makes up anew."""
    with Site(WORLD, BEGIN + 42 * DAY + 60 * SECOND, absolute_links=absolute, feed_page=17) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS, change=pages_of(13))
        assert hub.sync().state == "ok"
        assert site.count()["incidents"] > 20
        assert wrong(hub) == []


def test_cards_that_change_while_they_are_read_are_not_lost(tmp_path: Path) -> None:
    """Each request moves the clock: cards leave their place in the order between two pages."""
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS, change=pages_of(10))
        site.tick = 1_800 * SECOND
        assert hub.sync().state == "ok"
        site.tick = 0
        assert hub.sync().state == "ok"
        assert site.now > FIRST + DAY
        assert wrong(hub) == []


def test_a_pass_that_was_stopped_anywhere_goes_on_after_a_restart(tmp_path: Path) -> None:
    dice = random.Random(11)
    with Site(WORLD, FIRST, feed_page=50) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS, change=pages_of(20))
        for wait in waits(5, 30):
            hub.sync(pages=dice.randrange(1, 9))
            hub.restart()
            site.now += wait
        assert hub.sync().state == "ok"
        assert wrong(hub) == []


def test_what_goes_wrong_on_the_way_costs_time_and_nothing_else(tmp_path: Path) -> None:
    with Site(WORLD, FIRST, feed_page=50) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS, change=pages_of(20))
        for seed, wait in enumerate(waits(9, 12)):
            site.faults.at_random(0.3, seed)
            hub.sync()
            site.now += wait
        site.faults.clear()
        assert set(site.faults.met) == set(PASSING)
        assert hub.sync().state == "ok"
        assert wrong(hub) == []
        assert hub.store.set_aside() == []
