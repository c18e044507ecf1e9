"""Cards that leave a list while it is read, deleted or changed once more, take no other card with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.manifest import Manifest
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Ticket, World
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, pages_of, reprioritised, retold
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, SUPPLIER, Site, bulk, story
from tests.connectors.topdesk.truth import Truth

FIRST = BEGIN + 40 * DAY
SPAN: Instant = 400 * SECOND
WORLD: World = bulk(story(), FIRST - DAY)  # all incidents were changed in one second
DELETED = {
    ticket.key: FIRST + place * SPAN // 60
    for place, ticket in enumerate([t for t in WORLD.of(SUPPLIER) if t.created_at < FIRST and t.sequence % 4 == 1])
}


def unanchored(manifest: Manifest) -> Manifest:
    """Small pages that begin behind the last record of the page before."""
    small = pages_of(10)(manifest)
    streams = dict(small.streams)
    for name in ("incident", "change"):
        paging = streams[name].paging.model_copy(update={"anchored": False})
        streams[name] = streams[name].model_copy(update={"paging": paging})
    return small.model_copy(update={"streams": streams})


def lost(hub: Hub) -> set[str]:
    """Numbers of the tickets that were there all the time and are not stored."""
    there = {t.number for t in WORLD.of(SUPPLIER) if t.created_at < FIRST and t.key not in DELETED}
    return there - {row["number"] for row in records(hub.database, "ticket")}


def passes(hub: Hub, site: Any) -> None:
    """One while cards are deleted, and one behind it, after which nothing that was missed would come by itself."""
    site.tick = 5 * SECOND
    assert hub.sync().state == "ok"
    site.tick = 0
    site.now = FIRST + DAY
    assert hub.sync().state == "ok"


@pytest.mark.parametrize(("change", "whole"), [(pages_of(10), True), (unanchored, False)], ids=["shipped", "without"])
def test_a_card_that_is_deleted_while_its_list_is_read_hides_no_other(
    change: Callable[[Manifest], Manifest], whole: bool, tmp_path: Path
) -> None:
    with Site(WORLD, FIRST, deleted=DELETED) as site:
        hub = site.hub(tmp_path, change=change)
        passes(hub, site)
        assert (lost(hub) == set()) is whole


@pytest.mark.parametrize(("change", "whole"), [(pages_of(10), True), (unanchored, False)], ids=["shipped", "without"])
def test_a_card_of_a_full_second_that_changes_while_it_is_read_hides_no_other(
    change: Callable[[Manifest], Manifest], whole: bool, tmp_path: Path
) -> None:
    """Hundreds of cards bear one change time; somebody goes through every third of them while they are read."""

    def touched(ticket: Ticket) -> Ticket:
        if (ticket.supplier, ticket.kind, ticket.sequence % 3) != (
            SUPPLIER,
            "incident",
            0,
        ) or ticket.created_at > FIRST:
            return ticket
        return reprioritised(ticket, FIRST + (20 + ticket.sequence) * SECOND, "person", "admin")

    world = retold(WORLD, touched)
    with Site(world, FIRST) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS, change=change)
        passes(hub, site)
        known = Truth(world, site.now, site.url, free_fields=True, extensive=Tenant().extensive)
        wrong = known.differences(hub.database)
        assert (wrong == []) is whole, wrong
