"""Issues of Jira that are deleted, moved or hidden: a list of ids finds them, since nothing else tells of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.facts import NEVER
from core.model import SECOND, Instant
from core.status import told
from tests.connectors.hub import Hub
from tests.connectors.jira.site import BEGIN, DAY, OWN, Site, story
from tests.connectors.jira.truth import Truth

NOW = BEGIN + 40 * DAY
WORLD = story()
KEYS = [ticket.key for ticket in WORLD.of(OWN.key) if ticket.created_at < NOW - DAY]
NUMBERS = {ticket.key: ticket.number for ticket in WORLD.of(OWN.key)}


@pytest.fixture(params=[False, True], ids=["cloud", "server"])
def server(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def numbers(hub: Hub) -> dict[str, int]:
    """The tickets that figures are made of: key -> since when they are no longer shown."""
    tickets = hub.store.facts([(OWN.key, "jira")]).tickets
    return dict(zip(tickets.number.tolist(), tickets.vanished_at.tolist(), strict=True))


def test_a_census_of_an_untouched_site_finds_nothing(server: bool, tmp_path: Path) -> None:
    with Site(WORLD, NOW, server=server) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        site.count()
        end = hub.census()
        assert end is not None
        assert (end.state, told(end)) == ("ok", "the hub holds what the source has")
        assert site.count().total() == 1
        assert Truth(WORLD, site.now, site.url).differences(hub.database) == []


def test_an_issue_that_was_deleted_is_left_out_and_one_that_comes_back_is_there(server: bool, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, server=server, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone[KEYS[3]] = NOW
        site.now += 3 * SECOND
        hub.sync()
        assert NUMBERS[KEYS[3]] in numbers(hub), "no pass can tell"
        end = hub.census()
        assert end is not None
        assert (end.state, end.deleted, end.difference) == ("ok", 1, 0)
        assert NUMBERS[KEYS[3]] not in numbers(hub)
        gone.clear()
        end = hub.census()
        assert end is not None
        assert (end.stale, numbers(hub)[NUMBERS[KEYS[3]]]) == (1, NEVER)


def test_an_issue_that_moved_keeps_its_id_and_is_there(server: bool, tmp_path: Path) -> None:
    """To a project that is not read: its next pass does not bring it, and asked for by its id it is given."""
    moved = {KEYS[2]: (NOW + SECOND, "ELSE-7")}
    with Site(WORLD, NOW, server=server, moves=moved) as site:
        projects = sorted({number.partition("-")[0] for number in NUMBERS.values()})
        hub = site.hub(tmp_path, options={"projects": projects})
        hub.sync()
        site.now += DAY
        hub.sync()
        end = hub.census()
        assert end is not None
        assert (end.state, end.deleted, end.difference) == ("ok", 0, 0)
        assert numbers(hub)["ELSE-7"] == NEVER
        assert NUMBERS[KEYS[2]] not in numbers(hub)


def test_issues_of_a_project_that_shows_nothing_any_more_are_not_taken_for_deleted(
    server: bool, tmp_path: Path
) -> None:
    moved = {KEYS[2]: (NOW - SECOND, "ELSE-7")}
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, server=server, moves=moved, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {KEYS[2]: NOW, KEYS[3]: NOW}
        end = hub.census()
        assert end is not None
        assert (end.deleted, end.unseen, end.difference) == (1, 1, -1)
        assert numbers(hub)["ELSE-7"] == NOW


def test_lost_rights_delete_nothing(server: bool, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, server=server, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        before = numbers(hub)
        gone |= dict.fromkeys(KEYS[: len(KEYS) // 3], NOW)
        end = hub.census()
        assert end is not None
        assert (end.state, end.undecided, end.deleted) == ("refused", len(KEYS) // 3, 0)
        assert numbers(hub) == before


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_a_census_that_is_killed_loses_nothing(looks: int, server: bool, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, server=server, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {KEYS[0]: NOW, KEYS[1]: NOW}
        assert hub.census(looks) is None
        hub.restart()
        assert NUMBERS[KEYS[0]] in numbers(hub)
        end = hub.census()
        assert end is not None
        assert end.deleted == 2


def test_what_is_deleted_in_the_middle_of_a_pass_is_found_behind_it(server: bool, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, server=server, deleted=gone) as site:
        hub = site.hub(tmp_path)
        assert hub.sync(pages=1).state == "stopped"
        gone |= {KEYS[0]: NOW, KEYS[-1]: NOW}
        assert hub.sync().state == "ok"
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference) == ("ok", 0)
        assert {NUMBERS[KEYS[0]], NUMBERS[KEYS[-1]]} & numbers(hub).keys() == set()
