"""The end of the SLA of target response stands for the first response where no history names who acted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.simulators.servicenow_rows import ticket_id
from core.model import SECOND, Instant
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, story
from tests.connectors.stored import records

NOW = BEGIN + 20 * DAY
WORLD = story(days=25)
ACCESS: Mapping[str, str] = {"sys_audit": "refused", "sys_journal_field": "refused"}


def begun(now: Instant) -> dict[str, Instant]:
    """When each incident left New for something else than its end."""
    found = {}
    for ticket in WORLD.of("acme", "incident"):
        states = [step for step in ticket.steps if step.kind == "state" and step.value not in ("new", "assigned")]
        if states and states[0].at <= now and states[0].value != "cancelled":
            found[ticket_id(ticket.key)] = states[0].at
    return found


@pytest.mark.parametrize("moves", [0, 9])
def test_the_end_of_the_response_clock_is_the_first_response(moves: int, tmp_path: Path) -> None:
    """Also in passes that find an incident before and after it: clocks that were cancelled measure nothing."""
    with Site(WORLD, NOW, access=ACCESS) as site:
        hub = site.hub(tmp_path, options={"task_sla": True})
        assert hub.sync().state == "ok"
        for _ in range(moves):
            site.now += 7_000 * SECOND
            assert hub.sync().state == "ok"
        told = {row["vendor_id"]: row["first_response_at"] for row in records(hub.database, "ticket")}
        assert {key: at for key, at in told.items() if at is not None} == begun(site.now)
        reset = {one.key for one in WORLD.of("acme", "incident") if sum(s.kind == "priority" for s in one.steps) > 1}
        assert reset, "no clock was cancelled"
        found = {one.figure: one for one in hub.connector.supports(hub.connector.probe())}  # type: ignore[attr-defined]
        assert found["first response"].supported == "yes"


def test_nothing_is_asked_of_slas_where_nobody_says_so_and_a_refusal_stops_nothing(tmp_path: Path) -> None:
    with Site(WORLD, NOW, access={**ACCESS, "task_sla": "refused"}) as site:
        plain = site.hub(tmp_path / "plain")
        assert plain.sync().state == "ok"
        assert site.count()["task_sla"] == 0
        asked = site.hub(tmp_path / "asked", options={"task_sla": True})
        assert asked.sync().state == "ok"
        found = {one.stream: one for one in asked.connector.probe()}
        assert "give the account read rules on task_sla and contract_sla" in found["incident.response"].detail
