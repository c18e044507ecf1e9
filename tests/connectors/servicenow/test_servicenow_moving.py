"""An instance that lives on while it is read, at any time of the year; and how many requests a pass is made of."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.manifest import Manifest
from connectors.simulators.servicenow_rows import item_id, named
from connectors.simulators.servicenow_tables import Table, Tables
from connectors.simulators.servicenow_values import sys_id
from connectors.simulators.servicenow_world import WorldTables
from connectors.simulators.world import Ticket, World
from core.model import SECOND, Instant, to_datetime
from tests.connectors.hub import reprioritised, retold
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, bulk, on_hold, pages_of, story
from tests.connectors.servicenow.truth import Truth
from tests.connectors.stored import records

FIRST = BEGIN + 35 * DAY
WORLD = on_hold(bulk(story(), BEGIN + 35 * DAY + 20 * SECOND))


@pytest.mark.parametrize("size", [15, 60])
def test_records_that_change_while_they_are_read_come_in_their_last_version(size: int, tmp_path: Path) -> None:
    """Every request takes eleven minutes, and in the first half a minute a script changes every ticket."""
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path, change=pages_of(size))

        def move(table: str) -> None:
            site.now += 660 * SECOND

        site.watch = move
        assert hub.sync().state == "ok"
        site.watch = lambda table: None
        assert site.now > FIRST + DAY // 4
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url).differences(hub.database) == []


@pytest.mark.parametrize(
    ("zone", "change"), [("America/Los_Angeles", 1_772_964_000), ("Europe/Amsterdam", 1_774_746_000)]
)
def test_the_hour_in_which_the_accounts_clock_changes_is_read_like_any_other(
    zone: str, change: int, tmp_path: Path
) -> None:
    """A pass every quarter of an hour from before until after it."""
    with Site(WORLD, change * SECOND - 5_400 * SECOND, zone=ZoneInfo(zone)) as site:
        hub = site.hub(tmp_path)
        for _ in range(12):
            assert hub.sync().state == "ok"
            assert Truth(WORLD, site.now, site.url).differences(hub.database) == []
            site.now += 900 * SECOND


def test_histories_are_asked_for_in_batches_and_never_ticket_by_ticket(tmp_path: Path) -> None:
    """The whole first pass: pages of a thousand, histories by the hundred, and one question per other list."""
    with Site(WORLD, FIRST) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        kinds = Counter(ticket["kind"] for ticket in records(hub.database, "ticket"))
        batches = {kind: -(-count // 100) for kind, count in kinds.items()}
        assert batches["incident"] > 2
        found = site.count()
        assert found["sys_audit"] == sum(batches.values())
        assert found["sys_journal_field"] == batches["incident"] + 1  # the list of new ones
        assert sum(found.values()) == sum(hub.status.requests.values())
        assert sum(found.values()) < 30


LATER = 480 * SECOND
"""After which somebody adds a further item to an outage: longer than a pass looks back."""


class Wider:
    """An instance whose first outage hit two items more, and whose changes do not say when they were approved."""

    def __init__(self) -> None:
        self._world = WorldTables(WORLD, "acme")
        own = [one for one in WORLD.outages if one.supplier == "acme" and one.recorded_at > FIRST]
        self.key = next(one.key for one in own if one.ended_at - one.recorded_at > LATER + 60 * SECOND)

    def at(self, now: Instant) -> Tables:
        tables = self._world.at(now)
        hit = tables["cmdb_outage_ci_mtom"]
        (outage,) = [one for one in WORLD.outages if one.key == self.key]
        for name in ("Far 1", "Far 2") if now >= outage.recorded_at + LATER else ("Far 1",):
            item = tables["cmdb_ci"].row(named(item_id(name), name) | {"sys_class_name": "cmdb_ci_server"})
            tables["cmdb_ci"].put(item)
            row = {"sys_id": sys_id(f"hit {name}"), "ci_item": item_id(name), "outage": sys_id(f"outage {self.key}")}
            if sys_id(f"outage {self.key}") in tables["cmdb_ci_outage"].by_id and row["sys_id"] not in hit.by_id:
                when = to_datetime(now).strftime("%Y-%m-%d %H:%M:%S")
                hit.put(hit.row({**row, "sys_created_on": when, "sys_updated_on": when, "sys_mod_count": "0"}))
        changes = tables["change_request"]
        place = changes.positions["approval_set"]
        for row_ in [row_ for row_ in changes.by_id.values() if row_[place]]:
            changes.put((*row_[:place], "", *row_[place + 1 :]))
        return tables


def test_an_outage_that_hit_several_items_is_one_of_each_and_ends_with_it(tmp_path: Path) -> None:
    """The rows of the items do not move when the outage ends."""
    source = Wider()
    (outage,) = [one for one in WORLD.outages if one.key == source.key]
    with Site(source, outage.recorded_at) as site:
        hub = site.hub(tmp_path)
        passes = ((outage.recorded_at, 1), (outage.recorded_at + LATER, 2), (outage.ended_at, 2))
        for moment, items in passes:
            site.now = moment
            assert hub.sync().state == "ok"
            rows = [row for row in records(hub.database, "outage") if str(row["component"]).startswith("Far")]
            told = [(row["component"], row["type"], row["start"], row["end"]) for row in rows]
            end = outage.end if moment == outage.ended_at else None
            assert sorted(told) == [(f"Far {n}", outage.type, outage.start, end) for n in range(1, items + 1)]


def test_when_a_change_was_approved_is_asked_of_its_approvals_where_it_does_not_say(tmp_path: Path) -> None:
    with Site(Wider(), FIRST) as site:
        hub = site.hub(tmp_path, options={"affected_items": False})
        assert hub.sync().state == "ok"
        assert Truth(WORLD, FIRST, site.url).differences(hub.database) == []
        assert site.count()["sysapproval_approver"] > 0


class Committing:
    """An instance in which some transactions take minutes: their rows come late, with the time at which they began."""

    def __init__(self, world: World) -> None:
        self._now, self._then = WorldTables(world, "acme"), WorldTables(world, "acme")

    def at(self, now: Instant) -> Tables:
        tables = self._now.at(now)
        return {**tables, "incident": self._seen(tables["incident"], self._then.at(now - 240 * SECOND)["incident"])}

    def _seen(self, table: Table, earlier: Table) -> Table:
        found = Table(table.name, table.columns)
        stamp = table.positions[table.stamp]
        rows = []
        for key, row in table.by_id.items():
            slow = int(sys_id(f"{key} {row[stamp]}")[:2], 16) < 128  # this change, and not every one of the record
            shown = earlier.by_id.get(key) if slow else row
            rows += [shown] if shown is not None else []
        found.fill(rows)
        return found


@pytest.mark.parametrize(("overlap", "whole"), [(300 * SECOND, True), (0, False)], ids=["shipped", "without"])
def test_a_transaction_that_ends_late_is_met_by_the_overlap(overlap: Instant, whole: bool, tmp_path: Path) -> None:
    """Its rows are older than what was read before they were there."""

    def busy(ticket: Ticket) -> Ticket:
        if ticket.supplier != "acme" or ticket.created_at > FIRST:
            return ticket
        return reprioritised(ticket, FIRST + ticket.sequence * 7 * SECOND, "automation", "svc-monitoring")

    def change(manifest: Manifest) -> Manifest:
        streams = {
            name: one.model_copy(update={"cursor": one.cursor and one.cursor.model_copy(update={"overlap": overlap})})
            for name, one in manifest.streams.items()
        }
        return manifest.model_copy(update={"streams": streams})

    world = retold(WORLD, busy)
    with Site(Committing(world), FIRST) as site:
        hub = site.hub(tmp_path, change=change)
        for _ in range(30):
            assert hub.sync().state == "ok"
            site.now += 60 * SECOND
        steps = {step.at for ticket in world.of("acme") for step in ticket.steps}
        while any(site.now - 300 * SECOND <= at <= site.now for at in steps):
            site.now += 60 * SECOND
        assert hub.sync().state == "ok"
        wrong = Truth(world, site.now, site.url).differences(hub.database)
        assert (wrong == []) is whole, wrong
