"""Pass after pass over an instance that lives: each brings what is new, and after all trouble all is true."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.manifest import Manifest
from connectors.simulators.faults import PASSING
from connectors.simulators.servicenow_rows import ticket_id
from connectors.simulators.world import World
from core.model import SECOND, Instant
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, bulk, pages_of, story
from tests.connectors.servicenow.truth import Truth
from tests.connectors.stored import stored

FIRST = BEGIN + 40 * DAY
LISTS = ("sys_journal_field", "incident", "change_request", "cmdb_ci_outage", "asmt_metric_result", "sys_audit_delete")
TELLING = ("sys_user_group", "sys_audit")
STEPS = (1, 7, 59, 600, 4_000, 21_000, 80_000)
"""Seconds from one pass to the next, by chance."""


def steps(seed: int, count: int) -> list[Instant]:
    dice = random.Random(seed)
    return [dice.choice(STEPS) * SECOND for _ in range(count)]


def world() -> World:
    """Two scripts have changed every ticket of acme in one second, and a third one the newer half."""
    told = story()
    for days, least in ((35, 0), (42, 0), (43, 150)):
        told = bulk(told, BEGIN + days * DAY + 5 * SECOND, least)
    return told


WORLD = world()


def hidden_ids(world: World) -> frozenset[str]:
    """Blocks of tickets that follow each other, and single ones: some pages are short and some are empty."""
    own = [ticket for ticket in world.tickets if ticket.supplier == "acme"]
    chosen = [t for place, t in enumerate(own) if 50 <= place < 130 or 200 <= place < 225 or place % 9 == 0]
    return frozenset(ticket_id(ticket.key) for ticket in chosen)


HIDDEN = hidden_ids(WORLD)


def not_readable(table: str, sys_id: str) -> bool:
    """Row rules of an account that may not see everybody's tickets."""
    return table in ("incident", "change_request") and sys_id in HIDDEN


def plain(database: Path) -> dict[str, Any]:
    """Everything stored, but for the order of comments of one second, which means nothing."""
    found = stored(database)
    for event in found["event"]:
        if event["kind"] == "comment":
            event["seq"] = 0
    return found


def test_every_pass_brings_what_is_new_and_nothing_else_is_asked_for(tmp_path: Path) -> None:
    """After each step of the clock one pass makes everything true; another one at once is one request per list."""
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path)
        for step in steps(seed=1, count=25):
            assert hub.sync().state == "ok"
            assert Truth(WORLD, site.now, site.url).differences(hub.database) == []
            site.count()
            assert hub.sync().state == "ok"
            assert site.count() == {**dict.fromkeys(LISTS, 1), "cmdb_outage_ci_mtom": 2}
            assert not hub.sync().changed
            site.now += step


@pytest.mark.parametrize("size", [7, 40])
def test_hidden_rows_and_full_seconds_lose_nothing_at_any_page_size(size: int, tmp_path: Path) -> None:
    with Site(WORLD, FIRST, hidden=not_readable) as site:
        hub = site.hub(tmp_path, change=pages_of(size))
        for step in [0, *steps(seed=2, count=6), 6 * DAY]:
            site.now += step
            assert hub.sync().state == "ok"
            truth = Truth(WORLD, site.now, site.url, hidden=HIDDEN.__contains__)
            assert truth.differences(hub.database) == []


def impatient(size: int) -> Callable[[Manifest], Manifest]:
    """Small pages and a client that gives up soon."""

    def change(manifest: Manifest) -> Manifest:
        small = pages_of(size)(manifest)
        return small.model_copy(update={"limits": small.limits.model_copy(update={"timeout": 1_500_000})})

    return change


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_after_all_that_can_go_wrong_the_store_is_as_after_one_undisturbed_pass(seed: int, tmp_path: Path) -> None:
    """The clock moves on irregularly through some days, while requests fail at random and the process is restarted.

    At last one pass comes to its end; what is stored is then the truth, and what a fresh store gets in peace.
    """
    dice = random.Random(seed)
    with Site(WORLD, FIRST, hidden=not_readable) as site:
        hub = site.hub(tmp_path / "troubled", change=impatient(30))
        ends = set()
        for round_, step in enumerate(steps(seed, 45)):
            site.faults.at_random(0.25, seed=100 * seed + round_)
            if round_ % 20 == 10:
                site.faults.next("timeout", path="/api/now/table/")
            ends.add(hub.sync().state)
            if dice.random() < 0.3:
                hub.restart()
            site.now += step
        assert {*PASSING, "timeout"} <= set(site.faults.met)
        assert len(ends) > 1, "no pass came to grief: the faults were too few"
        site.faults.clear()
        site.now = max(site.now, FIRST + 10 * DAY)
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url, hidden=HIDDEN.__contains__).differences(hub.database) == []
        calm = site.hub(tmp_path / "calm")
        assert calm.sync().state == "ok"
        assert plain(hub.database) == plain(calm.database)


def test_a_pass_that_breaks_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    """From the tenth page of incidents on maintenance answers; the pass after it asks for no page that was kept."""
    with Site(WORLD, FIRST) as site:
        hub, pages = site.hub(tmp_path, change=pages_of(20)), 0

        def watch(table: str) -> None:
            nonlocal pages
            a_page = table == "incident" and "correlation_id" in site.asked[-1][1]["sysparm_fields"]
            pages += a_page
            if a_page and pages == 10:
                site.faults.next("html", path="/api/now/table/incident")

        site.watch = watch
        outcome = hub.sync()
        assert outcome.state == "partial"
        assert "incident: acme/servicenow: GET /api/now/table/incident answered 200 with a page" in outcome.reason
        assert (pages, len([t for t in stored(hub.database)["ticket"] if t["kind"] == "incident"])) == (10, 9 * 20)
        hub.restart()
        site.count()
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url).differences(hub.database) == []
        whole = len(WORLD.of("acme", "incident")) // 20
        assert site.count()["incident"] <= whole - 8
