"""Tickets in tables of the customer's own that extend those of the product, told by options alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulators.servicenow_schema import TIME
from connectors.simulators.servicenow_tables import Table, Tables
from connectors.simulators.servicenow_world import WorldTables
from core.model import Instant
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, on_hold, story
from tests.connectors.servicenow.truth import Truth

NOW = BEGIN + 20 * DAY
WORLD = on_hold(story(days=25))
OPTIONS = {
    "incident_table": "u_host_incident",
    "change_table": "u_host_change",
    "resolved_field": "u_restored_at",
    "requester_field": "opened_by.user_name",
    "incident_states": {"11": "hold"},
}
OWN = {"incident": "u_host_incident", "change_request": "u_host_change"}


class Renamed:
    """An instance that keeps its tickets in its own tables, and the end of a disturbance in a column of its own."""

    def __init__(self) -> None:
        self._world = WorldTables(WORLD, "acme")

    def at(self, now: Instant) -> Tables:
        tables = dict(self._world.at(now))
        for old, new in OWN.items():
            before = tables.pop(old)
            after = Table(new, {**before.columns, "u_restored_at": TIME})
            place = before.positions.get("resolved_at")
            after.fill((*row, row[place] if place else "") for row in before.by_id.values())
            tables[new] = after
        for name, column in (("sys_audit", "tablename"), ("sys_journal_field", "name"), ("metric_instance", "table")):
            table = tables[name]
            place = table.positions[column]
            renamed = Table(name, table.columns)
            renamed.fill(
                (*row[:place], OWN.get(row[place], row[place]), *row[place + 1 :]) for row in table.by_id.values()
            )
            tables[name] = renamed
        return tables


@pytest.mark.parametrize("audit", [True, False])
def test_tickets_and_their_histories_are_read_from_tables_of_the_customers_own(audit: bool, tmp_path: Path) -> None:
    with Site(Renamed(), NOW, access={} if audit else {"sys_audit": "refused"}) as site:
        hub = site.hub(tmp_path, options=OPTIONS)
        assert hub.sync().state == "ok"
        wrong = Truth(WORLD, NOW, site.url, custom="hold").differences(hub.database)
        wrong = [line for line in wrong if ".url is" not in line]
        assert (wrong == []) == audit, wrong[:5]
        assert {table for table, _ in site.asked} & set(OWN) == set()
