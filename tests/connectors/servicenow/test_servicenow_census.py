"""Deleted, archived and hidden records of ServiceNow: found by a list of sys_ids, told apart as far as it lets one."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulators.servicenow_rows import ticket_id
from core.facts import NEVER
from core.model import SECOND, Instant
from core.status import told
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, story
from tests.connectors.servicenow.truth import Truth

NOW = BEGIN + 40 * DAY
WORLD = story()
THERE = [t for t in WORLD.tickets if t.supplier == "acme" and t.created_at < NOW - DAY]
IDS = {kind: [ticket_id(t.key) for t in THERE if t.kind == kind] for kind in ("incident", "change")}
FIRST, SECOND_, THIRD = IDS["incident"][:3]
CHANGE = IDS["change"][0]
FEW = {"sys_audit_delete": "hidden"}
"""Of an account that may not read what was deleted."""


def test_a_census_of_an_untouched_instance_finds_nothing_by_one_request_a_list(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        site.count()
        end = hub.census()
        assert end is not None
        assert (end.state, told(end)) == ("ok", "the hub holds what the source has")
        assert site.count() == {"incident": 1, "change_request": 1}
        assert Truth(WORLD, site.now, site.url).differences(hub.database) == []


def test_a_deletion_that_the_instance_tells_is_read_by_the_next_pass(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {FIRST: NOW + SECOND, CHANGE: NOW + SECOND}
        site.now += 10 * SECOND
        assert hub.sync().changed
        assert {FIRST, CHANGE} & hub.counted().keys() == set()
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference, end.unseen) == ("ok", 0, 0)
        assert not hub.sync().changed


def test_a_record_that_is_gone_without_a_word_counts_on_as_last_known(tmp_path: Path) -> None:
    """Archived, or deleted by a script."""
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone, access=FEW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone[FIRST] = NOW
        site.now += DAY
        hub.sync()
        end = hub.census()
        assert end is not None
        assert (end.unseen, end.hidden, end.difference) == (1, 0, -1)
        assert hub.counted()[FIRST] == site.now
        assert hub.counted()[SECOND_] == NEVER


def test_a_record_that_row_rules_hide_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    secret: set[str] = set()
    with Site(WORLD, NOW, deleted=gone, access=FEW, hidden=lambda table, sys_id: sys_id in secret) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone[FIRST] = NOW
        secret.update((SECOND_, CHANGE))
        end = hub.census()
        assert end is not None
        assert (end.unseen, end.hidden, end.deleted) == (1, 2, 0)
        secret.clear()
        end = hub.census()
        assert end is not None
        assert (end.unseen, end.hidden, end.stale, end.difference) == (1, 0, 2, -1)
        assert {key for key, at in hub.counted().items() if at != NEVER} == {FIRST}


def test_a_deleted_record_that_is_recovered_is_there_again(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone[FIRST] = NOW
        site.now += SECOND
        hub.sync()
        assert FIRST not in hub.counted()
        gone.clear()
        end = hub.census()
        assert end is not None
        assert (end.stale, end.difference) == (1, 0)
        assert hub.counted()[FIRST] == NEVER
        hub.sync()
        assert FIRST in hub.counted(), "the word of the deletion is read again, and was before it came back"


def test_a_right_that_is_lost_deletes_nothing(tmp_path: Path) -> None:
    access: dict[str, str] = {}
    with Site(WORLD, NOW, access=access) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        before = hub.counted()
        access["incident"] = "hidden"
        hub.sync()
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference, end.unseen, end.hidden) == ("refused", -end.undecided, 0, 0)
        assert end.undecided >= len(IDS["incident"])
        assert "lost rights look like deletions" in end.reason
        assert hub.counted() == before


def test_a_ticket_that_left_the_narrowing_query_is_there_and_kept_up(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, options={"incident_query": "priority!=5"})
        hub.sync()
        count = len(hub.counted())
        site.now += 10 * DAY
        hub.sync()
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference) == ("ok", 0)
        assert len(hub.counted()) >= count


@pytest.mark.parametrize("looks", [1, 2, 3, 4])
def test_a_census_that_is_killed_loses_nothing(looks: int, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone, access=FEW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {FIRST: NOW, CHANGE: NOW}
        assert hub.census(looks) is None
        hub.restart()
        assert all(at == NEVER for at in hub.counted().values())
        end = hub.census()
        assert end is not None
        assert end.unseen == 2


def test_what_is_deleted_while_ids_are_listed_is_found_by_the_next_census(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone, access=FEW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        # The incidents are listed when it is the changes' turn: one of them goes, and one of the changes.
        site.watch = lambda table: gone.update({FIRST: NOW, CHANGE: NOW} if table == "change_request" else {})
        end = hub.census()
        site.watch = lambda table: None
        assert end is not None
        assert (end.state, end.unseen) == ("ok", 1)
        assert hub.counted()[FIRST] == NEVER
        end = hub.census()
        assert end is not None
        assert end.unseen == 2


def test_a_ticket_that_is_opened_while_ids_are_listed_is_read_by_the_census(tmp_path: Path) -> None:
    """The pass has just ended; what is opened now is listed and not held."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        held = len(hub.counted())
        site.now += DAY
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference, end.read) == ("ok", 0, len(hub.counted()) - held)
        assert end.read > 0
        assert end.stale > 0
        wrong = Truth(WORLD, site.now, site.url).differences(hub.database)
        assert [one for one in wrong if one.startswith(("ticket", "event", "state"))] == []
