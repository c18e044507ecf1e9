"""Whole runs through the night in which clocks go back: what changed at 2:30 and an hour later, at 2:30 again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.simulators.story import tell
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Ticket, World
from core.model import SECOND, Instant, to_instant
from tests.connectors.hub import Hub, pages_of, reprioritised, retold
from tests.connectors.jira import site as jira
from tests.connectors.jira.truth import Truth as JiraTruth
from tests.connectors.servicenow import instance as servicenow
from tests.connectors.servicenow.truth import Truth as ServiceNowTruth
from tests.connectors.stored import records, stored
from tests.connectors.topdesk import tenant as topdesk
from tests.connectors.topdesk.truth import Truth as TopdeskTruth

MINUTE: Instant = 60 * SECOND
DAY: Instant = 1440 * MINUTE
ZONE = ZoneInfo("Europe/Amsterdam")
FIRST = to_instant(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
SECOND_TIME = FIRST + 60 * MINUTE


def changed_twice(supplier: str) -> World:
    """A third of a supplier's tickets change at the first 2:30, a third at the second, and a third at both."""

    def touched(ticket: Ticket) -> Ticket:
        if ticket.supplier != supplier or ticket.created_at >= FIRST:
            return ticket
        for turn, at in enumerate((FIRST, SECOND_TIME)):
            if ticket.sequence % 3 != turn:
                ticket = reprioritised(ticket, at, "person", "lee")
        return ticket

    return retold(tell(5, FIRST - 12 * DAY, FIRST + 2 * DAY), touched)


def servicenow_night(folder: Path) -> tuple[Any, Hub, Callable[[], list[str]]]:
    world = changed_twice("acme")
    site = servicenow.Site(world, FIRST - 25 * MINUTE, zone=ZONE)
    hub = site.hub(folder, change=servicenow.pages_of(30))
    return site, hub, lambda: ServiceNowTruth(world, site.now, site.url).differences(hub.database)


def jira_night(folder: Path, server: bool = False) -> tuple[Any, Hub, Callable[[], list[str]]]:
    world = changed_twice(jira.OWN.key)
    site = jira.Site(world, FIRST - 25 * MINUTE, zone=ZONE, server=server)
    hub = site.hub(folder, change=pages_of(30))
    return site, hub, lambda: JiraTruth(world, site.now, site.url).differences(hub.database)


def server_night(folder: Path) -> tuple[Any, Hub, Callable[[], list[str]]]:
    return jira_night(folder, server=True)


def topdesk_night(folder: Path) -> tuple[Any, Hub, Callable[[], list[str]]]:
    world = changed_twice(topdesk.SUPPLIER)
    site = topdesk.Site(world, FIRST - 25 * MINUTE)
    hub = site.hub(folder, options=topdesk.FREE_FIELDS, change=pages_of(30))

    def wrong() -> list[str]:
        truth = TopdeskTruth(world, site.now, site.url, free_fields=True, extensive=Tenant().extensive)
        return truth.differences(hub.database)

    return site, hub, wrong


@pytest.mark.parametrize("night", [servicenow_night, jira_night, server_night, topdesk_night])
@pytest.mark.parametrize("restarted", [False, True], ids=["one process", "restarted"])
def test_what_changes_in_the_hour_that_is_twice_is_kept_once_and_in_its_order(
    night: Callable[[Path], tuple[Any, Hub, Callable[[], list[str]]]], restarted: bool, tmp_path: Path
) -> None:
    site, hub, wrong = night(tmp_path)
    with site:
        while site.now < SECOND_TIME + 50 * MINUTE:
            assert hub.sync().state == "ok"
            assert wrong() == [], site.now
            site.now += 13 * MINUTE
            if restarted:
                hub.restart()
        before = records(hub.database, "event")
        told = [row for row in before if row["kind"] == "priority" and row["at"] in (FIRST, SECOND_TIME)]
        by_ticket: dict[str, list[Instant]] = {}
        for row in sorted(told, key=lambda row: row["at"]):
            by_ticket.setdefault(row["ticket"], []).append(row["at"])
        assert {tuple(moments) for moments in by_ticket.values()} == {
            (FIRST,), (SECOND_TIME,), (FIRST, SECOND_TIME),
        }  # fmt: skip
        assert hub.sync().state == "ok"
        held = stored(hub.database)
        assert hub.sync(full=True).state == "ok"
        assert stored(hub.database) == held
