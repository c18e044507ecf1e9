"""Cards of TOPdesk that are deleted, archived or hidden: a list of ids finds them, since there is no other trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulators.topdesk_tenant import Tenant
from core.facts import NEVER
from core.model import SECOND, Instant
from core.status import told
from tests.connectors.hub import Hub
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, SUPPLIER, Site, story
from tests.connectors.topdesk.truth import Truth

NOW = BEGIN + 40 * DAY
WORLD = story()
INCIDENTS = [ticket for ticket in WORLD.of(SUPPLIER, "incident") if ticket.created_at < NOW - DAY]
CHANGES = [ticket for ticket in WORLD.of(SUPPLIER, "change") if ticket.created_at < NOW - DAY]


def numbers(hub: Hub) -> dict[str, int]:
    """The tickets that figures are made of: number -> since when they are no longer shown."""
    tickets = hub.store.facts([(SUPPLIER, "topdesk")]).tickets
    return dict(zip(tickets.number.tolist(), tickets.vanished_at.tolist(), strict=True))


def test_a_census_of_an_untouched_tenant_finds_nothing_by_one_request_a_list(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        site.count()
        end = hub.census()
        assert end is not None
        assert (end.state, told(end)) == ("ok", "the hub holds what the source has")
        assert site.count() == {"incidents": 1, "operatorChanges": 1}
        known = Truth(WORLD, site.now, site.url, free_fields=True, extensive=Tenant().extensive)
        assert known.differences(hub.database) == []


def test_archived_cards_are_there(tmp_path: Path) -> None:
    """They leave the lists by themselves, unless all of them are asked for."""
    with Site(WORLD, NOW, archive_after=5 * DAY) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        count = len(numbers(hub))
        site.now += 6 * DAY
        hub.sync()
        end = hub.census()
        assert end is not None
        assert (end.state, end.deleted, end.difference) == ("ok", 0, 0)
        assert len(numbers(hub)) >= count


def test_cards_that_were_deleted_are_left_out_and_one_that_comes_back_is_there(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {INCIDENTS[4].key: NOW, CHANGES[1].key: NOW}
        site.now += 3 * SECOND
        hub.sync()
        assert {INCIDENTS[4].number, CHANGES[1].number} <= numbers(hub).keys(), "no pass can tell"
        end = hub.census()
        assert end is not None
        assert (end.state, end.deleted, end.difference) == ("ok", 2, 0)
        assert {INCIDENTS[4].number, CHANGES[1].number} & numbers(hub).keys() == set()
        del gone[CHANGES[1].key]
        site.now += SECOND
        end = hub.census()
        assert end is not None
        assert (end.stale, numbers(hub)[CHANGES[1].number]) == (1, NEVER)


def test_a_filter_that_is_put_on_the_account_deletes_nothing(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        before = numbers(hub)
        gone |= dict.fromkeys((ticket.key for ticket in INCIDENTS[::3]), NOW)
        end = hub.census()
        assert end is not None
        assert (end.state, end.undecided, end.deleted) == ("refused", len(INCIDENTS[::3]), 0)
        assert numbers(hub) == before


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_a_census_that_is_killed_loses_nothing(looks: int, tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        gone |= {INCIDENTS[0].key: NOW, CHANGES[0].key: NOW}
        assert hub.census(looks) is None
        hub.restart()
        assert INCIDENTS[0].number in numbers(hub)
        end = hub.census()
        assert end is not None
        assert end.deleted == 2


def test_a_card_that_is_deleted_in_the_middle_of_a_pass_is_found_behind_it(tmp_path: Path) -> None:
    gone: dict[str, Instant] = {}
    with Site(WORLD, NOW, deleted=gone) as site:
        hub = site.hub(tmp_path)
        assert hub.sync(pages=1).state == "stopped"
        gone |= {INCIDENTS[0].key: NOW, INCIDENTS[-1].key: NOW, CHANGES[0].key: NOW}
        assert hub.sync().state == "ok"
        end = hub.census()
        assert end is not None
        assert (end.state, end.difference) == ("ok", 0)
        lost = {INCIDENTS[0].number, INCIDENTS[-1].number, CHANGES[0].number}
        assert lost & numbers(hub).keys() == set()
