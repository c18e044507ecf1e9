"""One pass over a tenant stores what is true of the world, field by field and step by step, as far as rights reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.simulators.topdesk_tenant import HOUR, Tenant, uid
from connectors.simulators.world import Ticket
from core.catalogue import Catalogue, SourceEntry, SupplierEntry
from core.kpi.view import view
from core.model import SECOND, STATES, Instant
from tests.connectors.hub import Hub, resolution
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, OWN_STATUS, SUPPLIER, Site, story
from tests.connectors.topdesk.truth import KINDS, Truth

WORLD = story()
NOW = BEGIN + 50 * DAY + 9 * HOUR  # on a working day, at noon
EXTENSIVE = Tenant().extensive
CHANGES = [v for v in WORLD.as_of(NOW) if (v.ticket.supplier, v.ticket.kind) == (SUPPLIER, "change")]
INCIDENTS = [v for v in WORLD.as_of(NOW) if (v.ticket.supplier, v.ticket.kind) == (SUPPLIER, "incident")]


def truth(url: str, **more: object) -> Truth:
    return Truth(WORLD, NOW, url, extensive=EXTENSIVE, **more)  # type: ignore[arg-type]  # as each test says


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that has read the tenant once, its operator having named the free fields of this customer."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path_factory.mktemp("truth"), options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        yield hub


def test_everything_that_is_stored_is_true_and_nothing_is_missing(hub: Hub) -> None:
    assert truth(hub.site.url, free_fields=True).differences(hub.database) == []
    assert hub.store.set_aside() == []


def test_the_world_holds_whatever_could_be_read_wrongly() -> None:
    """Else the test above would say nothing."""
    known, steps = truth("", free_fields=True), [step for view in INCIDENTS for step in view.steps]
    assert {step.value for step in steps if step.kind == "state"} == set(STATES)
    assert {view.state for view in INCIDENTS} >= {"active", "hold", "resolved", "closed", "cancelled"}
    assert any(view.reopen_count for view in INCIDENTS)
    assert any(step.vendor_value for step in steps)
    assert any(view.ticket.unreadable_time for view in INCIDENTS)
    assert any(view.ticket.service_name is None for view in INCIDENTS)
    assert any(view.ticket.opened_at != view.ticket.created_at for view in INCIDENTS)
    assert {(kind, evidence) for _, kind, evidence, _ in known.links()} == {
        ("same", "prefix"), ("same", "issue_link"), ("cause", "issue_link"),
    }  # fmt: skip
    assert any(len(view.references) > 1 for view in INCIDENTS), "the second one stands in another field"
    assert all(known.events(kind) for kind in KINDS)
    assert len(known.responses()) > 20
    assert {EXTENSIVE(view.ticket) for view in CHANGES} == {True, False}
    assert {view.state for view in CHANGES} >= {"assigned", "closed", "cancelled"}
    assert {view.outcome for view in CHANGES} >= {"successful", "with_issues", "unsuccessful", "backed_out", None}
    assert {view.ticket.plan.type for view in CHANGES if view.ticket.plan} == {"standard", "normal", "emergency"}


def test_an_installation_as_delivered_is_read_without_any_option(tmp_path: Path) -> None:
    """What only free fields hold is missing, and nothing else."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert truth(site.url).differences(hub.database) == []
        assert hub.store.set_aside() == []


def test_a_tenant_in_english_reads_like_one_in_dutch(tmp_path: Path) -> None:
    with Site(WORLD, NOW, language="en") as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        assert truth(site.url, free_fields=True, language="en").differences(hub.database) == []
        assert hub.store.set_aside() == []


def test_extensive_changes_have_their_work_from_their_activities(tmp_path: Path) -> None:
    with Site(WORLD, NOW, extensive=lambda ticket: True) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        assert site.count()["operatorChangeActivities"] == len(CHANGES)
        known = Truth(WORLD, NOW, site.url, free_fields=True, extensive=lambda ticket: True)
        assert known.differences(hub.database) == []


def test_holds_reopenings_and_resolutions_are_those_of_the_world(hub: Hub) -> None:
    """Active time by walking through the steps of each incident."""
    catalogue = Catalogue(
        suppliers=(SupplierEntry(SUPPLIER, "Initech"),), sources=(SourceEntry(SUPPLIER, "topdesk", 300 * SECOND),)
    )
    seen = view(hub.store.facts([(SUPPLIER, "topdesk")]), catalogue, NOW)
    rows = {key: row for row, key in enumerate(seen.facts.tickets.vendor_id)}
    reopened = Counter(seen.timeline.reopenings.ticket.tolist())
    compared = 0
    for incident in INCIDENTS:
        if incident.state == "cancelled" or incident.ticket.opened_at > incident.ticket.created_at:
            continue
        row = rows[uid("incident", incident.ticket.key)]
        ticket = incident.ticket
        opened = ticket.created_at if ticket.unreadable_time else ticket.opened_at
        resolved, active = resolution(NOW, incident, opened)
        found = reopened[row], seen.timeline.resolved[row], seen.timeline.active[row]
        assert found == (incident.reopen_count, resolved, active), incident.ticket.number
        compared += 1
    assert compared > 200


@pytest.mark.parametrize("archive_after", [0, 3 * DAY])
def test_archived_cards_are_read_like_others(tmp_path: Path, archive_after: Instant) -> None:
    with Site(WORLD, NOW, archive_after=archive_after) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert truth(site.url).differences(hub.database) == []


def test_without_the_reporting_feed_the_cards_serve_and_the_probe_says_what_is_missing(tmp_path: Path) -> None:
    with Site(WORLD, NOW, forbidden=frozenset({"reporting"})) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        assert truth(site.url, free_fields=True, history=False).differences(hub.database) == []
        assert [hub.status.streams[name][:8] for name in ("history", "cause")] == ["absent: ", "absent: "]
        access = {one.stream: one for one in hub.connector.probe()}
        assert [name for name, one in access.items() if not one.readable] == ["history", "cause"]
        assert "holds, reopenings, hand-overs and priority at the time" in access["history"].detail
        assert "incidents that a change caused" in access["cause"].detail
        for one in (access["history"], access["cause"]):
            assert "give the operator's permission group access to the data of advanced reports" in one.detail


def test_the_reporting_feed_is_read_from_since_when_its_right_is_granted(tmp_path: Path) -> None:
    forbidden = {"reporting"}
    with Site(WORLD, NOW, forbidden=forbidden) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        forbidden.clear()
        assert hub.sync().state == "ok"
        assert truth(site.url, free_fields=True).differences(hub.database) == []


def test_without_the_right_to_changes_incidents_are_read_and_nothing_fails(tmp_path: Path) -> None:
    with Site(WORLD, NOW, forbidden=frozenset({"changes"})) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        assert truth(site.url, free_fields=True, changes=False).differences(hub.database) == []
        (refused,) = [one for one in hub.connector.probe() if not one.readable]
        assert refused.stream == "change"
        assert "without it: every figure about changes" in refused.detail
        assert "give the operator's permission group Changes (read)" in refused.detail


def test_without_the_right_to_incidents_changes_are_read(tmp_path: Path) -> None:
    with Site(WORLD, NOW, forbidden=frozenset({"incidents"})) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "partial", "without incidents every service would look perfect"
        kinds = Counter(row["kind"] for row in records(hub.database, "ticket"))
        assert kinds == {"change": len(CHANGES)}


def _hidden(ticket: Ticket) -> bool:
    """A permission filter: some cards in a row and single ones, more than a small page."""
    return 40 <= ticket.sequence < 70 or ticket.sequence % 7 == 0


def test_hidden_cards_are_no_error_and_hide_no_other(tmp_path: Path) -> None:
    with Site(WORLD, NOW, hidden=_hidden) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        assert hub.sync().state == "ok"
        known = truth(site.url, free_fields=True, hidden=_hidden)
        assert len(known.views) < len(INCIDENTS) + len(CHANGES)
        assert known.differences(hub.database) == []


def test_a_customers_own_status_is_told_by_the_flags_and_may_be_told_by_the_operator(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        for states, expected in (({}, "hold"), ({OWN_STATUS: "assigned"}, "assigned")):
            hub.config.options["states"] = states  # type: ignore[index]
            hub.restart()
            assert hub.sync().state == "ok"
            told = [row for row in records(hub.database, "event") if row["vendor_value"] == OWN_STATUS]
            assert {row["to_value"] for row in told if row["kind"] == "state"} == {expected}


def test_the_service_of_an_agreement_is_read_where_the_operator_asks_for_it(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, options={"service_field": "sla.id"})
        assert hub.sync().state == "ok"
        assert truth(site.url).differences(hub.database) == [], "here a card's agreement is that of its category"
        assert all("category" not in query["fields"] for query in site.queries("incidents"))
