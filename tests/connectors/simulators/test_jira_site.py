"""Logging in to the simulated Jira Cloud, and what the site tells of itself."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import jira
from connectors.simulators.jira_site import FIELDS, service_id
from tests.connectors.simulators.small_world import Caller, Clock, at, many, plan, response, step, ticket, world

LOGIN = ("siamhub@example.com", "api-token")
JQL = {"jql": "project = ITSM"}


def site(*tickets: Any, login: tuple[str, str] | None = LOGIN, **more: Any) -> Caller:
    return Caller(jira.app(world("jira", tickets, **more), "globex", Clock()), login)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "search/jql", JQL),
        ("POST", "search/approximate-count", JQL),
        ("GET", "field", None),
        ("GET", "status", None),
        ("GET", "priority", None),
        ("GET", "project/search", None),
    ],
)
def test_a_dead_token_is_answered_with_200_and_nothing_but_a_header_that_tells(
    method: str, path: str, body: Any
) -> None:
    answer = site(*many(3, "ITSM-"), login=("siamhub@example.com", "old"))(method, f"/rest/api/3/{path}", json=body)
    assert answer.status_code == 200
    assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"
    content = answer.json()
    assert not content or not (content.get("issues") or content.get("values") or content.get("count"))


def test_an_issue_is_not_found_by_a_dead_token() -> None:
    answer = site(*many(1, "ITSM-"), login=("x", "y")).get("/rest/api/3/issue/ITSM-1")
    assert answer.status_code == 404
    assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"


@pytest.mark.parametrize(("method", "path"), [("GET", "myself"), ("POST", "changelog/bulkfetch")])
@pytest.mark.parametrize("login", [None, ("siamhub@example.com", "old")])
def test_what_needs_a_login_refuses_without(method: str, path: str, login: Any) -> None:
    answer = site(login=login)(method, f"/rest/api/3/{path}", json={"issueIdsOrKeys": ["ITSM-1"]})
    assert answer.status_code == 401
    assert answer.json() == {"message": "Client must be authenticated to access this resource.", "status-code": 401}


def test_a_bearer_token_is_not_for_the_sites_own_host() -> None:
    answer = site(login=None)("GET", "/rest/api/3/myself", headers={"Authorization": "Bearer token"})
    assert answer.status_code == 403
    assert "Connect Session Auth Token" in answer.text


def test_without_any_login_nothing_is_visible_and_no_header_complains() -> None:
    answer = site(*many(3, "ITSM-"), login=None).post("/rest/api/3/search/jql", JQL)
    assert answer.json() == {"issues": [], "isLast": True}
    assert "x-seraph-loginreason" not in answer.headers


def test_the_server_says_what_it_is_to_anybody() -> None:
    said = site(login=None).get("/rest/api/3/serverInfo").json()
    assert said["deploymentType"] == "Cloud"
    assert said["baseUrl"] == "http://sim.example:8080"


def test_myself_has_the_zone_in_which_queries_are_read() -> None:
    said = site().get("/rest/api/3/myself").json()
    assert said["timeZone"] == "Europe/Amsterdam"
    assert said["accountId"]


def test_custom_fields_are_found_by_their_kind_and_have_the_shape_of_recorded_ones() -> None:
    fields = site().get("/rest/api/3/field").json()
    sla = next(field for field in fields if field["name"] == "Time to resolution")
    assert sla == {
        "id": "customfield_10131", "key": "customfield_10131", "name": "Time to resolution",
        "untranslatedName": "Time to resolution", "custom": True, "orderable": True, "navigable": True,
        "searchable": True, "clauseNames": ["cf[10131]", "Time to resolution"],
        "schema": {
            "type": "sd-servicelevelagreement", "custom": "com.atlassian.servicedesk:sd-sla-field", "customId": 10131,
        },
    }  # fmt: skip
    kinds = {field.get("schema", {}).get("custom", "").rpartition(":")[2]: field["id"] for field in fields}
    assert kinds["atlassian-team"] == "customfield_10160"
    assert kinds["sd-request-feedback"] == "customfield_10140"
    assert kinds["service-entity-field-cftype"] == "customfield_10150"
    default_ids = {f"customfield_{n}" for n in range(10_000, 10_100)}
    assert not default_ids & {field["id"] for field in fields}


def test_lists_hold_what_the_issues_use() -> None:
    waiting = step("2024-05-01 11:00", "state", "hold", vendor_value="Wacht op leverancier")
    caller = site(
        ticket("ITSM-1", "2024-05-01 10:00", waiting), ticket("CHG-1", "2024-05-01 10:00", kind="change", plan=plan())
    )
    statuses = {s["name"]: s["statusCategory"] for s in caller.get("/rest/api/3/status").json()}
    assert (statuses["Wacht op leverancier"]["key"], statuses["Wacht op leverancier"]["id"]) == ("indeterminate", 4)
    assert statuses["Completed"]["key"] == "done"
    assert [p["name"] for p in caller.get("/rest/api/3/priority").json()] == [
        "Highest",
        "High",
        "Medium",
        "Low",
        "Lowest",
    ]
    assert {t["name"] for t in caller.get("/rest/api/3/issuetype").json()} == {"[System] Incident", "[System] Change"}
    assert caller.get("/rest/api/3/issueLinkType").json()["issueLinkTypes"]
    projects = caller.get("/rest/api/3/project/search").json()
    assert [p["key"] for p in projects["values"]] == ["CHG", "ITSM"]
    assert (projects["total"], projects["isLast"]) == (2, True)


def test_every_field_can_be_asked_for_and_names_come_along() -> None:
    caller = site(*many(1, "ITSM-"))
    page = caller.post(
        "/rest/api/3/search/jql", {**JQL, "fields": ["*all", "-comment"], "expand": "names,schema"}
    ).json()
    fields = page["issues"][0]["fields"]
    assert "comment" not in fields
    assert fields.keys() < {field.id for field in FIELDS}
    assert page["names"]["customfield_10160"] == "Team"
    assert page["schema"]["customfield_10160"]["type"] == "team"
    assert fields["customfield_10150"] == [{"id": service_id("Webshop")}]
    assert fields["components"][0]["name"] == "Hall 1"
    assert fields["issuetype"]["name"] == "[System] Incident"


def test_a_clock_of_the_service_desk_stands_still_on_hold_and_begins_anew_with_a_reopening() -> None:
    steps = [
        step("2024-05-01 10:30", "state", "hold"), step("2024-05-01 12:00", "state", "active"),
        step("2024-05-01 12:15", "state", "resolved"), step("2024-05-01 14:00", "state", "active"),
    ]  # fmt: skip
    caller = site(ticket("ITSM-1", "2024-05-01 10:00", *steps))
    clocks = caller.get("/rest/servicedeskapi/request/ITSM-1/sla").json()
    assert (clocks["size"], clocks["isLastPage"]) == (2, True)
    [first] = clocks["values"][0]["completedCycles"]
    assert first["elapsedTime"]["millis"] == 45 * 60_000
    assert first["stopTime"]["epochMillis"] == at("2024-05-01 12:15") // 1000
    ongoing = clocks["values"][0]["ongoingCycle"]
    assert ongoing["startTime"]["iso8601"] == "2024-05-01T16:00:00+0200"
    assert not ongoing["paused"]
    in_field = caller.get("/rest/api/3/issue/ITSM-1").json()["fields"]["customfield_10131"]
    assert in_field == clocks["values"][0]


def test_feedback_is_an_experiment_and_requests_alone_are_known_to_the_desk() -> None:
    closed = [step("2024-05-01 12:15", "state", "resolved"), step("2024-05-01 13:15", "state", "closed")]
    caller = site(
        ticket("ITSM-1", "2024-05-01 10:00", *closed),
        ticket("ITSM-2", "2024-05-01 10:00", channel="monitoring", requester="svc-monitor"),
        responses=[response("itsm-1", "2024-05-02 10:00", 5)],
    )
    path = "/rest/servicedeskapi/request/ITSM-1/feedback"
    assert caller.get(path).status_code == 412
    answer = caller("GET", path, headers={"X-ExperimentalApi": "opt-in"})
    assert answer.json() == {"type": "csat", "rating": 5, "comment": {"body": ""}}
    refused = caller.get("/rest/servicedeskapi/request/ITSM-2")
    assert refused.status_code == 404
    assert refused.json().keys() == {"errorMessage", "i18nErrorMessage"}
    statuses = caller.get("/rest/servicedeskapi/request/ITSM-1/status").json()["values"]
    assert [s["status"] for s in statuses] == ["Closed", "Completed"]


def test_what_is_not_there_is_a_404_in_json() -> None:
    answer = site().get("/rest/api/3/nothing")
    assert answer.status_code == 404
    assert answer.json()["status-code"] == 404
    assert site().post("/rest/api/3/myself", {}).status_code == 405


def test_numbers_that_are_no_keys_of_jira_are_refused_before_anybody_calls() -> None:
    with pytest.raises(ValueError, match="look like 'OPS-12'"):
        site(ticket("INC0010001", "2024-05-01 10:00"))
    with pytest.raises(ValueError, match="the same key"):
        site(ticket("ITSM-1", "2024-05-01 10:00"), ticket("ITSM-1", "2024-05-01 10:00", key="other"))
