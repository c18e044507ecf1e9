"""An account with fewer rights, or an instance with fewer tables: the rest is read, and what is missing is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.registry import SHIPPED, Registry
from core.connector import Access
from tests.connectors.hub import Hub
from tests.connectors.servicenow.instance import BEGIN, DAY, LOGIN, Site, bulk, pages_of, story
from tests.connectors.servicenow.truth import Truth
from tests.connectors.stored import records

NOW = BEGIN + 20 * DAY
WORLD = story(days=25)
LESS = {
    "sys_audit": "refused",
    "metric_instance": "refused",
    "sys_journal_field": "refused",
    "cmdb_ci_outage": "absent",
}


def said(hub: Hub) -> Mapping[str, Access]:
    return {access.stream: access for access in hub.connector.probe()}


def test_without_history_and_outages_the_tickets_are_read_all_the_same(tmp_path: Path) -> None:
    """Only what the missing tables tell is missing."""
    with Site(WORLD, NOW, access=LESS) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "partial", "no hold and no hand-over is known"
        kinds = ("state", "priority", "group", "major", "comment", "outage")
        wrong = Truth(WORLD, NOW, site.url).differences(hub.database)
        assert wrong
        assert all(line.startswith(kinds) and line.endswith(" is missing") for line in wrong)
        assert records(hub.database, "event") == records(hub.database, "outage") == []


def test_what_is_missing_and_which_figures_suffer_is_said(tmp_path: Path) -> None:
    with Site(WORLD, NOW, access=LESS) as site:
        hub = site.hub(tmp_path)
        found = said(hub)
        assert {name for name, access in found.items() if access.readable} == {
            "incident", "incident.census", "change_request", "change_request.approvals", "change_request.census",
            "affected", "affected_later", "satisfaction", "deleted",
        }  # fmt: skip
        assert "answered 403" in found["incident.audit"].detail
        assert (
            "without it: holds, reopenings, hand-overs, first response and priority" in found["incident.audit"].detail
        )
        assert "incident.metric is tried in its place" in found["incident.audit"].detail
        assert "to grant it, give the account the role audit_viewer" in found["incident.audit"].detail
        assert "without it: holds, reopenings and hand-overs" in found["incident.metric"].detail
        assert "without it: the history of changes" in found["change_request.audit"].detail
        assert "without it: first responses given by a comment" in found["incident.comments"].detail
        assert "Invalid table cmdb_ci_outage" in found["outage"].detail
        assert "without it: explicit outages: downtime is then inferred" in found["outage"].detail
        hub.sync()
        assert hub.status.streams["incident"].startswith("lacking: without audit: ")
        assert hub.status.streams["comments"].startswith("absent: ")
        assert hub.status.streams["outage"].startswith("absent: ")


def test_an_audit_that_is_empty_for_the_account_is_noticed(tmp_path: Path) -> None:
    """Some instances refuse it, others count rows and show none."""
    with Site(WORLD, NOW, access={"sys_audit": "hidden"}) as site:
        access = said(site.hub(tmp_path))["incident.audit"]
        assert not access.readable
        assert re.search("audit: [0-9]+ rows are counted and none is shown; the account lacks the right", access.detail)


def test_rights_that_are_granted_later_fill_the_gaps_with_a_full_pass(tmp_path: Path) -> None:
    access = dict(LESS)
    with Site(WORLD, NOW, access=access) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "partial"
        access.clear()
        assert hub.sync(full=True).state == "ok"
        assert Truth(WORLD, NOW, site.url).differences(hub.database) == []


def test_changes_and_satisfaction_are_left_out_where_they_may_not_be_read(tmp_path: Path) -> None:
    with Site(WORLD, NOW, access={"change_request": "refused", "asmt_metric_result": "refused"}) as site:
        hub = site.hub(tmp_path)
        outcome = hub.sync()
        assert outcome.state == "partial", "every instance has changes: not to see them is a gap"
        assert "change_request" in outcome.reason
        assert {ticket["kind"] for ticket in records(hub.database, "ticket")} == {"incident"}
        found = said(hub)
        assert "without it: every figure about changes" in found["change_request"].detail
        assert "without it: every figure about satisfaction" in found["satisfaction"].detail


def test_without_the_groups_table_the_history_tells_their_ids(tmp_path: Path) -> None:
    with Site(WORLD, NOW, access={"sys_user_group": "refused"}) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        moved = [event for event in records(hub.database, "event") if event["kind"] == "group"]
        assert moved
        assert all(len(event["to_value"]) == 32 for event in moved)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"incident_query": "u_compny=acme"}, "the query finds"),
        (
            {"reference_field": "u_vendor_ticket"},
            "not in it: u_vendor_ticket (unknown there, or hidden from the account)",
        ),
    ],
)
def test_a_misspelt_column_can_be_seen_in_what_the_probe_says(
    options: Mapping[str, str], told: str, tmp_path: Path
) -> None:
    """The instance leaves out a condition that it does not understand, and a column that it does not know."""
    with Site(WORLD, NOW) as site:
        detail = said(site.hub(tmp_path, options=options))["incident"].detail
        assert told in detail
        many = sum(view.ticket.supplier == "acme" and view.ticket.kind == "incident" for view in WORLD.as_of(NOW))
        assert f"1 record read of {many} that the query finds" in detail


def test_the_page_about_the_connector_explains_every_option_with_a_value_that_is_taken() -> None:
    text = (SHIPPED / "servicenow" / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n( +options:.*?)```", text, re.DOTALL)
    options = YAML(typ="safe").load(block)["options"]
    registry = Registry(None)
    assert options.keys() == registry.manifest("servicenow").options.keys()
    assert registry.problems("servicenow", LOGIN, options) == []


def test_an_option_narrows_what_is_read(tmp_path: Path) -> None:
    """Both halves of a page's query bear it, and so does the question for the requesters of comments."""
    groups = {"Web Operations", "Service Desk"}
    query = "assignment_group.nameINWeb Operations,Service Desk"
    with Site(bulk(WORLD, NOW - DAY), NOW) as site:
        hub = site.hub(tmp_path, options={"incident_query": query}, change=pages_of(7))
        assert hub.sync().state == "ok"
        expected = {
            view.ticket.number
            for view in WORLD.as_of(NOW)
            if (view.ticket.supplier, view.ticket.kind) == ("acme", "incident") and view.group in groups
        }
        found = [ticket for ticket in records(hub.database, "ticket") if ticket["kind"] == "incident"]
        assert {ticket["number"] for ticket in found} == expected
        site.now += 3 * DAY
        assert hub.sync().state == "ok"
        known = {ticket["vendor_id"] for ticket in records(hub.database, "ticket")}
        assert {event["ticket"] for event in records(hub.database, "event")} <= known
