"""Passes over a Jira site, Cloud and Data Center, store what is true of the world, field by field and step by step."""

from __future__ import annotations

import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from connectors.simulators.faults import PASSING
from connectors.simulators.world import Ticket
from core.model import SECOND, Instant
from tests.connectors.hub import pages_of
from tests.connectors.jira.site import BEGIN, DAY, OWN, Site, bulk, chatty, story
from tests.connectors.jira.truth import Truth
from tests.connectors.stored import stored

WORLD = chatty(bulk(story(), BEGIN + 35 * DAY + 5 * SECOND), 130)
"""A script has changed all tickets in one moment; one incident bears more comments than any page."""
FIRST = BEGIN + 40 * DAY
NOW = BEGIN + 50 * DAY
MINUTE = 60 * SECOND
FACES = pytest.mark.parametrize("server", [False, True], ids=["cloud", "data center"])


@FACES
def test_everything_that_is_stored_is_true_and_nothing_is_missing(server: bool, tmp_path: Path) -> None:
    with Site(WORLD, NOW, server=server) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert Truth(WORLD, NOW, site.url).differences(hub.database) == []
        assert not hub.sync().changed
        assert not hub.sync(full=True).changed


@FACES
def test_changes_that_only_a_query_tells_from_incidents_are_changes(server: bool, tmp_path: Path) -> None:
    """Both kinds have one list of issue types here; the condition is what parts them."""
    kinds = ["[System] Incident", "[System] Change"]
    by_query = {"incident_types": kinds, "change_types": [], "change_jql": 'issuetype = "[System] Change"'}
    with Site(WORLD, NOW, server=server) as site:
        hub = site.hub(tmp_path, options=by_query)
        assert hub.sync().state == "ok"
        assert Truth(WORLD, NOW, site.url).differences(hub.database) == []
        assert not hub.sync().changed


def test_the_world_holds_whatever_could_be_read_wrongly() -> None:
    """Else the test above would say nothing."""
    views = Truth(WORLD, NOW, "").views
    assert {step.value for view in views for step in view.steps if step.kind == "state"} > {
        "hold",
        "closed",
        "resolved",
    }
    assert any(view.reopen_count for view in views)
    assert any(view.cause for view in views)
    assert any(view.ticket.parent for view in views)
    assert any(view.major for view in views)
    assert max(sum(step.kind == "comment" for step in view.steps) for view in views) > 120
    assert sum(any(step.at == BEGIN + 35 * DAY + 5 * SECOND for step in view.steps) for view in views) > 100


def test_cloud_gives_histories_in_batches_and_only_long_lists_of_comments_are_asked_for_one_by_one(
    tmp_path: Path,
) -> None:
    with Site(WORLD, NOW, stutters=False) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        asked = site.count()
        pages = -(-len(Truth(WORLD, NOW, "").views) // 100)
        assert asked["api/3/changelog/bulkfetch"] == pages
        assert asked["api/3/search/jql"] == pages + 1  # the last one for customers' answers
        assert {path: n for path, n in asked.items() if "comment" in path} == {"api/3/issue/10001/comment": 2}
        assert hub.sync().state == "ok"
        assert site.count() == {"api/3/search/jql": 2}


def test_data_center_gives_histories_with_the_search_and_secrecy_of_comments_once_per_changed_issue(
    tmp_path: Path,
) -> None:
    with Site(WORLD, NOW, server=True) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        asked = site.count()
        assert not [path for path in asked if path.startswith("api/3/") or "changelog" in path]
        commented = {
            f"api/2/issue/{id_}/comment"
            for view, id_ in (
                (view, Truth(WORLD, NOW, "").ids[view.ticket.key]) for view in Truth(WORLD, NOW, "").views
            )
            if any(step.kind == "comment" for step in view.steps)
        }
        assert {path for path in asked if path.endswith("/comment")} == commented
        assert {asked[path] for path in commented} == {1}
        assert hub.sync().state == "ok"
        assert site.count() == {"api/2/search": 2}


@FACES
def test_every_pass_brings_what_is_new_whatever_the_profiles_zone_and_when_its_clocks_change(
    server: bool, tmp_path: Path
) -> None:
    """In steps through the night in which the clocks change there, with an index that lags behind by minutes."""
    change = BEGIN + 32 * DAY + 10 * 3600 * SECOND
    for name in ("Europe/Amsterdam", "Pacific/Auckland"):
        with Site(WORLD, change - DAY, server=server, zone=ZoneInfo(name), index_lag=8 * MINUTE) as site:
            hub = site.hub(tmp_path / name)
            for _ in range(16):
                assert hub.sync().state == "ok"
                site.now += 3 * 3600 * SECOND + 7 * MINUTE
            site.now += 20 * MINUTE
            assert hub.sync().state == "ok"
            calm = _quiet(site.now)
            site.now = calm
            assert hub.sync().state == "ok"
            assert Truth(WORLD, site.now, site.url).differences(hub.database) == []


def _quiet(now: Instant) -> Instant:
    """A moment from then on before which nothing has happened for as long as an index may lag."""
    moments = sorted(
        {step.at for ticket in WORLD.of(OWN.key) for step in ticket.steps}
        | {one.at for one in WORLD.responses}
        | {at for one in WORLD.outages for at in (one.recorded_at, one.ended_at)}
    )
    while any(now - 9 * MINUTE <= moment <= now for moment in moments):
        now += MINUTE
    return now


def _hidden(ticket: Ticket) -> bool:
    return ticket.sequence % 9 == 0 or 40 <= ticket.sequence < 60


@FACES
def test_records_that_change_between_two_pages_are_neither_lost_nor_stale(server: bool, tmp_path: Path) -> None:
    """The clock runs on by hours with every page; hidden issues are not there; one more pass and all is true."""
    with Site(WORLD, FIRST, server=server, hidden=_hidden) as site:
        hub = site.hub(tmp_path, change=pages_of(15))

        def watch(request: Request) -> None:
            if "search" in request.url.path:
                site.now += 2 * 3600 * SECOND

        site.watch = watch
        assert hub.sync().state == "ok"
        site.watch = lambda request: None
        assert site.now > FIRST + DAY
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url, _hidden).differences(hub.database) == []


@pytest.mark.slow
@FACES
def test_after_all_that_can_go_wrong_the_store_is_as_after_one_undisturbed_pass(server: bool, tmp_path: Path) -> None:
    """Requests fail at random, the process is restarted, the world goes on: then one pass comes to its end."""
    dice = random.Random(7)
    with Site(WORLD, FIRST, server=server, hidden=_hidden) as site:
        hub, ends = site.hub(tmp_path / "troubled", change=pages_of(30)), set()
        for round_ in range(40):
            site.faults.at_random(0.08, seed=round_)
            ends.add(hub.sync().state)
            if dice.random() < 0.4:
                hub.restart()
            site.now += dice.choice((1, 59, 600, 4_000, 40_000)) * SECOND
        assert set(PASSING) <= set(site.faults.met)
        assert ends != {"ok"}, "no pass came to grief: the faults were too few"
        site.faults.clear()
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url, _hidden).differences(hub.database) == []
        calm = site.hub(tmp_path / "calm")
        assert calm.sync().state == "ok"
        assert _plain(stored(hub.database)) == _plain(stored(calm.database))


def _plain(found: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """But for the order of comments of one moment, which means nothing."""
    for event in found["event"]:
        if event["kind"] == "comment":
            event["seq"] = 0
    return found
