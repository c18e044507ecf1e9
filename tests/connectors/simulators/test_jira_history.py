"""How the simulated Jira tells what has happened to an issue, in each of the places that tell it."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import jira
from connectors.simulators.world import Cause, Outage, Reference
from tests.connectors.simulators.small_world import Caller, Clock, at, born, plan, step, ticket, world

LOGIN = ("siamhub@example.com", "api-token")
BULK = "/rest/api/3/changelog/bulkfetch"
TWICE = ticket(
    "ITSM-1",
    "2024-05-01 10:00",
    step("2024-05-01 10:10", "state", "active"),
    step("2024-05-01 10:10", "group", "Network"),
    step("2024-05-01 11:00", "state", "hold", vendor_value="Waiting for spare part"),
    step("2024-05-01 11:30", "comment", public=False),
    step("2024-05-01 12:00", "state", "resolved"),
    step("2024-05-01 13:00", "state", "active", "klant", "requester"),
    step("2024-05-01 14:00", "state", "resolved"),
    step("2024-05-03 14:00", "state", "closed", "svc-monitor", "automation"),
)


def site(*tickets: Any, **more: Any) -> Caller:
    return Caller(jira.app(world("jira", tickets, **more), "globex", Clock()), LOGIN)


def moves(histories: list[Any], field: str = "status") -> list[tuple[Any, Any]]:
    return [(i["fromString"], i["toString"]) for h in histories for i in h["items"] if i.get("fieldId") == field]


def test_the_changelog_of_an_issue_goes_from_old_to_new_and_does_not_tell_what_it_was_made_with() -> None:
    page = site(TWICE).get("/rest/api/3/issue/ITSM-1/changelog").json()
    assert page["total"] == len(page["values"]) == 6
    assert moves(page["values"]) == [
        ("Open", "Work in progress"),
        ("Work in progress", "Waiting for spare part"),
        ("Waiting for spare part", "Completed"),
        ("Completed", "Work in progress"),
        ("Work in progress", "Completed"),
        ("Completed", "Closed"),
    ]
    assert moves(page["values"], "customfield_10160") == [("Platform", "Network")]
    assert moves(page["values"], "resolution") == [(None, "Done"), ("Done", None), (None, "Done")]


def test_what_one_person_changes_at_once_stands_in_one_history_with_the_shape_of_a_recorded_one() -> None:
    first = site(TWICE).get("/rest/api/3/issue/ITSM-1/changelog").json()["values"][0]
    assert first.keys() == {"id", "author", "created", "items"}
    assert first["created"] == "2024-05-01T12:10:00.000+0200"
    assert first["author"].keys() == {"self", "accountId", "accountType", "active", "displayName", "timeZone"}
    status, team = first["items"]
    assert status == {
        "field": "status", "fieldtype": "jira", "fieldId": "status", "from": "1", "fromString": "Open",
        "to": "10020", "toString": "Work in progress",
    }  # fmt: skip
    assert (team["field"], team["fieldtype"], team["fieldId"]) == ("Team", "custom", "customfield_10160")


def test_authors_are_agents_customers_apps_or_nobody() -> None:
    lost = ticket("ITSM-2", "2024-05-01 10:00", step("2024-05-01 11:00", "state", "active", "gone", "unknown"))
    caller = site(TWICE, lost)
    told = caller.get("/rest/api/3/issue/ITSM-1/changelog").json()["values"]
    assert [h["author"]["accountType"] for h in told] == ["atlassian"] * 3 + ["customer", "atlassian", "app"]
    [history] = caller.get("/rest/api/3/issue/ITSM-2/changelog").json()["values"]
    assert "author" not in history


def test_a_solution_that_did_not_last_leaves_only_the_last_resolution_date() -> None:
    fields = site(TWICE).get("/rest/api/3/issue/ITSM-1").json()["fields"]
    assert fields["resolutiondate"] == "2024-05-01T16:00:00.000+0200"
    assert fields["statuscategorychangedate"] == "2024-05-01T16:00:00.000+0200"
    assert fields["updated"] == "2024-05-03T16:00:00.000+0200"


def test_inside_an_issue_the_newest_histories_come_first_and_the_oldest_are_cut_off() -> None:
    steps = [step(f"2024-05-0{1 + n // 60} 11:{n % 60:02d}", "priority", str(1 + n % 2)) for n in range(120)]
    caller = site(ticket("ITSM-1", "2024-05-01 10:00", *steps))
    body = {"jql": "project = ITSM", "fields": ["status"], "expand": "changelog"}
    for changelog, most in (
        (caller.post("/rest/api/3/search/jql", body).json()["issues"][0]["changelog"], 40),
        (caller.get("/rest/api/3/issue/ITSM-1", expand="changelog").json()["changelog"], 100),
    ):
        assert (changelog["total"], changelog["maxResults"], len(changelog["histories"])) == (120, most, most)
        assert changelog["histories"][0]["id"] == "10001120"


def test_a_changelog_page_is_cut_to_100_and_links_the_next() -> None:
    steps = [step(f"2024-05-0{1 + n // 60} 11:{n % 60:02d}", "priority", str(1 + n % 2)) for n in range(120)]
    caller = site(ticket("ITSM-1", "2024-05-01 10:00", *steps))
    first = caller.get("/rest/api/3/issue/10001/changelog", maxResults=500).json()
    assert (len(first["values"]), first["isLast"]) == (100, False)
    second = caller.get(first["nextPage"]).json()
    assert (len(second["values"]), second["isLast"]) == (20, True)
    assert "nextPage" not in second
    assert [h["id"] for h in first["values"] + second["values"]] == [f"10001{n:03d}" for n in range(1, 121)]


def test_bulkfetch_tells_of_many_issues_oldest_first_in_pieces_and_repeats_one_now_and_then() -> None:
    other = ticket("ITSM-2", "2024-05-01 10:00", step("2024-05-01 11:30", "state", "active"))
    caller = site(TWICE, other)
    seen: list[tuple[int, str, str]] = []
    token: dict[str, str] = {}
    while True:
        body = {"issueIdsOrKeys": ["ITSM-1", "10002", "ITSM-77"], "fieldIds": ["status"], "maxResults": 2, **token}
        page = caller.post(BULK, body).json()
        for log in page["issueChangeLogs"]:
            assert log.keys() == {"issueId", "changeHistories"}
            seen += [(h["created"], h["id"], log["issueId"]) for h in log["changeHistories"]]
        if "nextPageToken" not in page:
            break
        token = {"nextPageToken": page["nextPageToken"]}
    assert seen[0] == (at("2024-05-01 10:10") // 1000, "10001001", "10001")
    assert [(h, issue) for _, h, issue in seen] == [
        ("10001001", "10001"),
        ("10001002", "10001"),
        ("10001002", "10001"),  # again, at the head of the second page
        ("10001003", "10001"),
        ("10002001", "10002"),
        ("10001004", "10001"),
        ("10001005", "10001"),
        ("10001005", "10001"),  # and of the fourth
        ("10001006", "10001"),
    ]


def test_bulkfetch_leaves_nulls_out_and_gives_only_the_fields_asked_for() -> None:
    body = {"issueIdsOrKeys": ["ITSM-1"], "fieldIds": ["resolution"]}
    [log] = site(TWICE).post(BULK, body).json()["issueChangeLogs"]
    solved, again, _ = log["changeHistories"]
    assert solved["items"] == [
        {"field": "resolution", "fieldtype": "jira", "fieldId": "resolution", "to": "10000", "toString": "Done"}
    ]
    assert again["items"][0].keys() == {"field", "fieldtype", "fieldId", "from", "fromString"}


@pytest.mark.parametrize(
    "body",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": ["ITSM-1"] * 1001},
        {"issueIdsOrKeys": ["ITSM-1"], "fieldIds": [f"f{n}" for n in range(11)]},
        {"issueIdsOrKeys": ["ITSM-1"], "maxResults": 10_001},
        {"issueIdsOrKeys": ["ITSM-1"], "startAt": 0},
        {"issueIdsOrKeys": ["ITSM-1"], "nextPageToken": "nonsense"},
    ],
)
def test_bulkfetch_refuses_what_is_not_declared_or_too_much(body: Any) -> None:
    assert site(TWICE).post(BULK, body).status_code == 400


def test_comments_are_no_history_and_say_whether_customers_see_them() -> None:
    page = site(TWICE).get("/rest/api/3/issue/ITSM-1/comment").json()
    assert page["total"] == 1
    [comment] = page["comments"]
    assert (comment["created"], comment["jsdPublic"]) == ("2024-05-01T13:30:00.000+0200", False)
    assert comment["body"]["type"] == "doc"
    plain = site(TWICE).get("/rest/api/2/issue/ITSM-1/comment").json()["comments"][0]
    assert isinstance(plain["body"], str)


def test_a_change_is_approved_when_it_leaves_the_approval_status_and_its_outcome_is_its_resolution() -> None:
    change = ticket(
        "ITSM-5", "2024-05-01 09:00", step("2024-05-01 10:00", "state", "assigned"),
        step("2024-05-02 20:05", "state", "active"), step("2024-05-02 21:30", "state", "resolved"),
        kind="change", plan=plan(outcome="backed_out", type="emergency"),
    )  # fmt: skip
    caller = site(change)
    issue = caller.get("/rest/api/3/issue/ITSM-5", expand="changelog").json()
    assert moves(issue["changelog"]["histories"][::-1]) == [
        ("Peer review / change manager approval", "Awaiting CAB approval"),
        ("Awaiting CAB approval", "Awaiting implementation"),
        ("Awaiting implementation", "Implementing"),
        ("Implementing", "Completed"),
    ]
    approved = issue["changelog"]["histories"][2]
    assert approved["created"] == "2024-05-01T14:00:00.000+0200"
    fields = issue["fields"]
    assert fields["issuetype"]["name"] == "[System] Change"
    assert fields["resolution"]["name"] == "Rolled back"
    assert fields["customfield_10170"]["value"] == "Emergency"
    assert fields["customfield_10171"] == "2024-05-02T22:00:00.000+0200"
    assert fields["customfield_10174"] == "2024-05-02T23:30:00.000+0200"
    assert "customfield_10190" not in fields


def test_an_issue_can_be_done_without_a_resolution() -> None:
    change = ticket(
        "ITSM-5", "2024-05-01 09:00", step("2024-05-03 21:30", "state", "closed"),
        kind="change", plan=plan(outcome="unknown"),
    )  # fmt: skip
    fields = site(change).get("/rest/api/3/issue/ITSM-5").json()["fields"]
    assert fields["status"]["statusCategory"]["key"] == "done"
    assert (fields["resolution"], fields["resolutiondate"]) == (None, None)


def test_a_cause_is_a_link_that_both_ends_tell_of() -> None:
    change = ticket("ITSM-5", "2024-05-01 09:00", kind="change", plan=plan())
    incident = ticket(
        "ITSM-6", "2024-05-02 22:00", cause=Cause(at("2024-05-03 08:00"), "itsm-5", "ITSM-5"), parent="itsm-7"
    )
    caller = site(change, incident, ticket("ITSM-7", "2024-05-02 21:50"))
    parent, cause = caller.get("/rest/api/3/issue/ITSM-6").json()["fields"]["issuelinks"]
    assert cause["type"]["name"] == "Problem/Incident"
    assert cause["type"]["inward"] == "is caused by"
    assert cause["inwardIssue"]["key"] == "ITSM-5"
    assert cause["inwardIssue"]["fields"].keys() == {"summary", "status", "priority", "issuetype"}
    assert "outwardIssue" not in cause
    [back] = caller.get("/rest/api/3/issue/ITSM-5").json()["fields"]["issuelinks"]
    assert (back["id"], back["outwardIssue"]["key"]) == (cause["id"], "ITSM-6")
    assert (parent["type"]["outward"], parent["outwardIssue"]["key"]) == ("duplicates", "ITSM-7")
    told = caller.get("/rest/api/3/issue/ITSM-6/changelog").json()["values"]
    assert [item["toString"] for history in told for item in history["items"]] == ["This work item is caused by ITSM-5"]


def test_references_outage_and_major_flag_are_fields_with_history() -> None:
    begun, ended = at("2024-05-01 09:50"), at("2024-05-01 11:55")
    outage = Outage(
        "o1", "globex", 1, "itsm-1", "dc", "Hall 1", None, "outage", begun, ended, at("2024-05-01 10:30"),
        at("2024-05-01 12:00"),
    )  # fmt: skip
    named = (
        Reference(at("2024-05-01 10:40"), "acme", "INC0010001", "a"),
        Reference(at("2024-05-01 10:50"), "initech", "I 2405 001", "b"),
    )
    flagged = (*born("2024-05-01 10:00", "1"), step("2024-05-01 10:20", "major", "1"))
    big = ticket("ITSM-1", "2024-05-01 10:00", steps=flagged, references=named)
    caller = site(big, outages=[outage])
    fields = caller.get("/rest/api/3/issue/ITSM-1").json()["fields"]
    assert fields["customfield_10151"] is True
    assert fields["customfield_10180"] == "INC0010001, I 2405 001"
    assert fields["customfield_10190"] == "2024-05-01T11:50:00.000+0200"
    assert fields["customfield_10191"] == "2024-05-01T13:55:00.000+0200"
    told = caller.get("/rest/api/3/issue/ITSM-1/changelog").json()["values"]
    assert moves(told, "customfield_10151") == [("false", "true")]
    assert moves(told, "customfield_10180")[-1] == ("INC0010001", "INC0010001, I 2405 001")
    assert fields["updated"] == "2024-05-01T14:00:00.000+0200"
