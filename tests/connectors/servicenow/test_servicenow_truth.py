"""One pass over an instance stores what is true of the world, field by field and step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.simulators.servicenow_rows import ticket_id
from connectors.simulators.servicenow_tables import Tables
from connectors.simulators.servicenow_world import WorldTables
from connectors.simulators.world import View
from core.catalogue import Catalogue, SourceEntry, SupplierEntry
from core.facts import NEVER
from core.kpi.first_response import first_response
from core.kpi.view import View as Seen
from core.kpi.view import view
from core.model import SECOND, STATES, Instant
from core.store.store import Store
from tests.connectors.hub import Hub, resolution
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, story
from tests.connectors.servicenow.truth import Truth
from tests.connectors.stored import records

WORLD = story()
NOW = BEGIN + 50 * DAY
OWN_STATE = {"incident_states": {"11": "hold"}}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that has read the instance once, its operator having said what the state "11" means."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path_factory.mktemp("truth"), options=OWN_STATE)
        assert hub.sync().state == "ok"
        yield hub


def incidents() -> list[View]:
    return [v for v in WORLD.as_of(NOW) if (v.ticket.supplier, v.ticket.kind) == ("acme", "incident")]


def test_everything_that_is_stored_is_true_and_nothing_is_missing(hub: Hub) -> None:
    assert Truth(WORLD, NOW, hub.site.url, custom="hold").differences(hub.database) == []


def test_the_world_holds_whatever_could_be_read_wrongly() -> None:
    """Else the test above would say nothing."""
    truth, views = Truth(WORLD, NOW, ""), incidents()
    steps = [step for view in views for step in view.steps]
    assert {step.value for step in steps if step.kind == "state"} == set(STATES)
    assert any(view.reopen_count for view in views)
    assert any(view.ticket.unreadable_time for view in views)
    assert any(view.ticket.service_name is None for view in views)
    assert any(step.vendor_value for step in steps)
    assert {kind for _, kind, _ in truth.links()} >= {"same", "cause"}
    assert {kind for *_, kind, _, _ in truth.outages()} == {"outage", "planned", "degraded"}
    assert any(end is None for *_, end in truth.outages()) or any(ticket is None for _, ticket, *_ in truth.outages())
    assert {actor for _, _, actor, _ in truth.events("comment")} == {"person", "automation", "requester"}
    assert all(truth.events(kind) for kind in ("priority", "group", "major"))
    changes = [v for v in WORLD.as_of(NOW) if (v.ticket.supplier, v.ticket.kind) == ("acme", "change")]
    assert {change.state for change in changes} >= {"closed", "cancelled"}
    assert len({change.outcome for change in changes}) > 3


def test_an_identical_second_pass_and_a_full_one_change_nothing(hub: Hub) -> None:
    assert not hub.sync().changed
    assert not hub.sync(full=True).changed


def test_holds_reopenings_and_resolutions_are_those_of_the_world(hub: Hub) -> None:
    """Active time by walking through the steps of each incident."""
    seen = _view(hub.store, NOW)
    rows = {key: row for row, key in enumerate(seen.facts.tickets.vendor_id)}
    reopened = Counter(seen.timeline.reopenings.ticket.tolist())
    compared = 0
    for incident in incidents():
        row = rows[ticket_id(incident.ticket.key)]
        if _sound(incident):
            resolved, active = resolution(NOW, incident, incident.ticket.opened_at)
            found = reopened[row], seen.timeline.resolved[row], seen.timeline.active[row]
            assert found == (incident.reopen_count, resolved, active), incident.ticket.number
            compared += 1
    assert compared > 200


def _sound(incident: View) -> bool:
    """Not cancelled, with an opening that can be read and is not dated into the future."""
    ticket = incident.ticket
    return incident.state != "cancelled" and not ticket.unreadable_time and ticket.opened_at <= ticket.created_at


def test_only_a_persons_visible_act_is_a_first_response(hub: Hub) -> None:
    seen = _view(hub.store, NOW)
    found = dict(zip(seen.facts.tickets.vendor_id, first_response(seen).tolist(), strict=True))
    greeted = 0
    for incident in incidents():
        if not _sound(incident):
            continue
        expected = incident.first_response_at
        assert found[ticket_id(incident.ticket.key)] == (NEVER if expected is None else expected)
        first = next((s for s in incident.steps if s.at > incident.ticket.created_at), None)
        greeted += first is not None and first.actor == "automation"
    assert greeted > 20, "automation greets, and that is nobody's response"


def _view(store: Store, at: Instant) -> Seen:
    source = SourceEntry("acme", "servicenow", 300 * SECOND)
    catalogue = Catalogue(suppliers=(SupplierEntry("acme", "Acme"),), sources=(source,))
    return view(store.facts([("acme", "servicenow")]), catalogue, at)


def test_a_state_that_nobody_has_mapped_is_counted_and_mapping_it_later_puts_everything_right(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert Truth(WORLD, NOW, site.url).differences(hub.database) == []
        (kept,) = hub.store.set_aside()
        assert kept.unmapped["state", "11"] > 0
        hub.config.options["incident_states"] = {"11": "hold"}  # type: ignore[index]
        hub.restart()
        assert hub.sync().state == "ok"
        assert Truth(WORLD, NOW, site.url, custom="hold").differences(hub.database) == []
        assert [(one.rejects, one.unmapped) for one in hub.store.set_aside()] == [({}, {})], "suspect ones alone"


class Spoilt:
    """An instance some of whose records are broken."""

    def __init__(self) -> None:
        self._world = WorldTables(WORLD, "acme")
        self.mended = False

    def at(self, now: Instant) -> Tables:
        tables = self._world.at(now)
        outages, incidents = tables["cmdb_ci_outage"], tables["incident"]
        system = {"sys_updated_on": "2026-03-01 10:00:00", "sys_mod_count": "0", "number": "X"}
        begin = "2026-03-01 09:00:00" if self.mended else "yesterday"
        moved = {"sys_updated_on": "2026-03-02 10:00:00"} if self.mended else {}
        outages.put(outages.row({**system, "sys_id": "0" * 31 + "1", "type": "outage", "begin": begin, **moved}))
        outages.put(outages.row({**system, "sys_id": "0" * 31 + "2", "type": "outage"}))
        incidents.put(incidents.row({**system, "sys_id": "0" * 31 + "3", "state": "7", "closed_at": "31/12/2025"}))
        return tables


def test_broken_records_are_set_aside_or_suspect_and_never_lost(tmp_path: Path) -> None:
    """An outage with an unreadable beginning, one without any, an incident that is closed at a local form of a date."""
    tables = Spoilt()
    with Site(tables, NOW) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        kept = {reject.key[-1]: (reject.stream, reject.reason, reject.detail) for reject in hub.store.rejected()}
        assert kept == {
            "1": ("outage", "unreadable time", "outage: start: 'yesterday'"),
            "2": ("outage", "incomplete", "outage without start"),
        }
        (row,) = [ticket for ticket in records(hub.database, "ticket") if ticket["number"] == "X"]
        assert (row["suspect"], row["opened_at"], row["closed_at"]) == ("closed_at unreadable", None, None)
        assert Truth(WORLD, NOW, site.url).differences(hub.database) == [f"ticket {'0' * 31}3 is nobody's"]
        tables.mended = True
        assert hub.sync(full=True).state == "ok"
        assert {reject.key[-1] for reject in hub.store.rejected()} == {"2"}
