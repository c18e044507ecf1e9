"""Issues that get another key, and sites where approvals and clocks are fields of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request

from connectors.manifest import Manifest
from connectors.simulators.world import Ticket
from core.model import SECOND
from tests.connectors.hub import pages_of, reprioritised, retold
from tests.connectors.jira.site import BEGIN, DAY, OWN, Site, bulk, story
from tests.connectors.jira.truth import Truth
from tests.connectors.stored import records

WORLD = story()
FIRST = BEGIN + 30 * DAY
FACES = pytest.mark.parametrize("server", [False, True], ids=["cloud", "data center"])
PROJECTS = sorted({ticket.number.rpartition("-")[0] for ticket in WORLD.of(OWN.key)})
PROJECT = WORLD.of(OWN.key, "incident")[0].number.rpartition("-")[0]
OPEN = [
    ticket
    for ticket in WORLD.of(OWN.key, "incident")
    if ticket.number.startswith(f"{PROJECT}-") and ticket.created_at < FIRST - DAY and ticket.steps[-1].at > FIRST + DAY
]


def moves(tickets: list[Ticket]) -> dict[str, tuple[int, str]]:
    """On the first day after the first pass these go to a project of another name."""
    return {one.key: (FIRST + DAY // 2 + place, f"MOVED-{place + 7}") for place, one in enumerate(tickets)}


def identity(line: str) -> bool:
    """Whether a difference is only that of the key that people quote."""
    return ".number is 'MOVED-" in line or ".url is " in line or (line.startswith("link") and "'alias'" in line)


@FACES
@pytest.mark.parametrize("projects", [[], [*PROJECTS, "MOVED"]], ids=["every project", "all by name"])
def test_a_moved_issue_is_the_same_ticket_under_its_new_key(server: bool, projects: list[str], tmp_path: Path) -> None:
    """Its history goes on, what was linked to it stays linked, and nothing is there twice."""
    moved = moves(OPEN[::2])
    assert len(moved) > 3
    with Site(WORLD, FIRST, server=server, moves=moved) as site:
        hub = site.hub(tmp_path, {"projects": projects}, pages_of(20))
        for _ in range(5):
            assert hub.sync().state == "ok"
            wrong = Truth(WORLD, site.now, site.url).differences(hub.database)
            assert [line for line in wrong if not identity(line)] == []
            site.now += DAY // 3
        ids = Truth(WORLD, site.now, site.url).ids
        numbers = {row["vendor_id"]: row["number"] for row in records(hub.database, "ticket")}
        assert {ids[key]: number for key, (_, number) in moved.items()}.items() <= numbers.items()
        assert len(set(numbers.values())) == len(numbers)
        links = [row for row in records(hub.database, "link") if row["kind"] == "alias"]
        before = {ids[one.key]: one.number for one in OPEN if one.key in moved}
        assert {row["ticket"]: row["reference"] for row in links} == before, "others go on naming it by its old key"


@FACES
def test_what_moves_out_of_the_projects_that_are_read_stays_once_and_what_moves_in_comes_whole(
    server: bool, tmp_path: Path
) -> None:
    moved = moves(OPEN[::2])
    with Site(WORLD, FIRST, server=server, moves=moved) as site:
        old, new = (site.hub(tmp_path / name, {"projects": [name]}, pages_of(20)) for name in (PROJECT, "MOVED"))
        for _ in range(4):
            assert old.sync().state == new.sync().state == "ok"
            site.now += DAY // 3
        site.now -= DAY // 3
        truth = Truth(WORLD, site.now, site.url)
        there = {truth.ids[key] for key in moved}
        assert {row["vendor_id"] for row in records(new.database, "ticket")} == there
        told = [line for line in truth.differences(new.database) if any(f"('{one}'," in line for one in there)]
        assert [line for line in told if line.startswith("event")] == [], "its history came with it, from its first day"
        held = [row["vendor_id"] for row in records(old.database, "ticket")]
        assert there <= set(held)
        assert len(held) == len(set(held))


@FACES
def test_a_change_is_approved_when_the_last_of_its_approvals_is(server: bool, tmp_path: Path) -> None:
    """The field tells, whatever the statuses are called; a change that still waits for one is not approved."""
    plans = [ticket.plan for ticket in WORLD.of(OWN.key, "change") if ticket.plan]
    between = next(plan.approved_at for plan in plans if plan.approved_at and plan.approved_at > FIRST) - 30_000_000
    with Site(WORLD, between, server=server, approvals=True) as site:
        hub = site.hub(tmp_path, {"approved_statuses": ["No such status"]})
        for _ in range(3):
            assert hub.sync().state == "ok"
            assert Truth(WORLD, site.now, site.url).differences(hub.database) == []
            site.now += DAY
    with Site(WORLD, between, server=server) as site:
        hub = site.hub(tmp_path / "without", {"approved_statuses": ["No such status"]})
        assert hub.sync().state == "ok"
        assert any("approved_at" in line for line in Truth(WORLD, site.now, site.url).differences(hub.database))


@FACES
def test_without_a_date_of_the_first_response_the_end_of_its_clock_tells(server: bool, tmp_path: Path) -> None:
    found = []
    for charting in (True, False):
        with Site(WORLD, FIRST, server=server, charting=charting) as site:
            hub = site.hub(tmp_path / str(charting))
            assert hub.sync().state == "ok"
            found.append({row["vendor_id"]: row["first_response_at"] for row in records(hub.database, "ticket")})
    dated, clocked = found
    incidents = {Truth(WORLD, FIRST, "").ids[one.key] for one in WORLD.of(OWN.key, "incident")}
    assert {key: at for key, at in clocked.items() if at} == {k: at for k, at in dated.items() if at and k in incidents}


def unanchored(manifest: Manifest) -> Manifest:
    """Small pages that begin behind the last record of the page before."""
    small = pages_of(10)(manifest)
    streams = dict(small.streams)
    for name in ("issue_server", "change_server", "feedback_server"):
        paging = streams[name].paging.model_copy(update={"anchored": False})
        streams[name] = streams[name].model_copy(update={"paging": paging})
    return small.model_copy(update={"streams": streams})


@pytest.mark.parametrize(("change", "whole"), [(pages_of(10), True), (unanchored, False)], ids=["shipped", "without"])
def test_issues_of_one_second_that_change_while_they_are_read_by_offset_hide_no_other(
    change: Callable[[Manifest], Manifest], whole: bool, tmp_path: Path
) -> None:
    """A script has changed all of them at once; somebody goes through every third of them during the next pass."""

    def touched(ticket: Ticket) -> Ticket:
        if ticket.supplier != OWN.key or ticket.sequence % 3 or ticket.created_at > FIRST:
            return ticket
        return reprioritised(ticket, FIRST + (ticket.sequence % 40) * 10 * SECOND, "person", OWN.people[0])

    world = retold(bulk(WORLD, FIRST - DAY), touched)
    with Site(world, FIRST - 60 * SECOND, server=True) as site:
        hub = site.hub(tmp_path, change=change)

        def move(request: Request) -> None:
            if "search" in request.url.path:
                site.now += 20 * SECOND

        site.watch = move
        assert hub.sync().state == "ok"
        site.watch = lambda request: None
        site.now = FIRST + DAY
        assert hub.sync().state == "ok"
        wrong = Truth(world, site.now, site.url).differences(hub.database)
        assert (wrong == []) is whole, wrong
