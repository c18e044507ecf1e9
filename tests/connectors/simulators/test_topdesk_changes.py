"""The simulated TOPdesk's changes, activities and calendar."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import topdesk
from connectors.simulators.topdesk_tenant import Tenant
from tests.connectors.simulators.small_world import Caller, Clock, at, plan, step, ticket, world

LOGIN = ("siamhub", "application-password")
LIST = "/tas/api/operatorChanges"
SIMPLE = ticket(
    "W 2405 001", "2024-05-01 09:00", step("2024-05-01 10:00", "state", "assigned"),
    step("2024-05-02 20:05", "state", "active"), step("2024-05-02 21:30", "state", "resolved"),
    step("2024-05-03 09:00", "state", "closed"), kind="change", plan=plan(outcome="with_issues", type="emergency"),
)  # fmt: skip
BIG = ticket(
    "W 2405 003", "2024-05-01 09:30", step("2024-05-01 10:00", "state", "assigned"),
    step("2024-05-02 20:05", "state", "active"), step("2024-05-02 21:30", "state", "resolved"),
    kind="change", plan=plan(outcome="unsuccessful"), sequence=3,
)  # fmt: skip


def tenant(*tickets: Any, clock: Clock | None = None, settings: Tenant | None = None) -> Caller:
    return Caller(topdesk.app(world("topdesk", tickets), "globex", clock or Clock(), settings=settings), LOGIN)


def some(count: int) -> list[Any]:
    return [ticket(f"W {n}", f"2024-05-01 09:{n:02d}", kind="change", plan=plan(type="standard")) for n in range(count)]


def test_a_list_comes_in_an_envelope_with_the_shape_of_the_specification() -> None:
    answer = tenant(SIMPLE).get(LIST)
    assert answer.status_code == 200
    assert answer.json().keys() == {"results"}
    [row] = answer.json()["results"]
    assert row.keys() == {
        "id", "number", "briefDescription", "changeType", "archived", "creationDate", "modificationDate", "status",
        "simple",
    }  # fmt: skip
    assert row["simple"].keys() == {"plannedImplementationDate", "implementationDate", "closedDate", "assignee"}
    assert row["simple"]["assignee"].keys() == {"id", "name", "groupId", "groupName", "type"}
    assert row["creationDate"] == "2024-05-01T09:00:00+0000"
    assert tenant().get(LIST).json() == {"results": []}


def test_pages_are_linked_in_the_body_and_lose_nothing() -> None:
    caller = tenant(*some(25))
    answer = caller.get(LIST, pageSize=10, fields="number", sort="creationDate:asc").json()
    found = [row["number"] for row in answer["results"]]
    while "next" in answer:
        answer = caller.get(answer["next"]).json()
        found += [row["number"] for row in answer["results"]]
    assert found == [f"W {n}" for n in range(25)]


def test_a_sort_falls_unless_told_otherwise() -> None:
    rows = tenant(*some(3)).get(LIST, fields="number", sort="creationDate").json()["results"]
    assert [row["number"] for row in rows] == ["W 2", "W 1", "W 0"]


def test_the_change_time_can_be_asked_for_but_not_sorted_by() -> None:
    caller = tenant(SIMPLE, BIG)
    rows = caller.get(LIST, query="modificationDate=ge=2024-05-03T00:00:00Z", fields="number").json()["results"]
    assert rows == [{"number": "W 2405 001"}]
    refused = caller.get(LIST, sort="modificationDate:asc")
    assert refused.status_code == 400
    assert refused.json()["errors"][0].keys() == {"errorCode", "appliesTo", "errorMessage"}


@pytest.mark.parametrize("params", [{"fields": "Number"}, {"query": "colour==red"}, {"pageSize": 5001}])
def test_what_a_change_does_not_have_is_refused(params: Any) -> None:
    assert tenant(SIMPLE).get(LIST, **params).status_code == 400


def test_fields_can_be_all_or_none_or_named() -> None:
    caller = tenant(SIMPLE)
    [bare] = caller.get(LIST, fields="").json()["results"]
    assert bare.keys() == {"id"}
    [every] = caller.get(LIST, fields="all").json()["results"]
    assert {"phases", "processingStatus", "requestDate", "optionalFields1", "modificationDate"} <= every.keys()
    [named] = caller.get(LIST, fields="phases.rfc.endDate,urgent,supplier.name").json()["results"]
    assert named == {"phases": {"rfc": {"endDate": "2024-05-01T12:00:00+0000"}}, "urgent": True, "supplier": None}


def test_alone_a_change_calls_its_stamp_by_another_name() -> None:
    caller = tenant(SIMPLE)
    card = caller.get(f"{LIST}/W%202405%20001").json()
    assert card["lastModificationDate"] == "2024-05-03T09:00:00+0000"
    assert "modificationDate" not in card
    assert caller.get(f"{LIST}/{card['id']}").json() == card
    assert card["emergencyChange"] is True
    missing = caller.get(f"{LIST}/W%202405%20999")
    assert (missing.status_code, list(missing.json())) == (404, ["errors"])


def test_a_simple_change_goes_its_way_in_words_of_no_language() -> None:
    clock = Clock()
    caller = tenant(SIMPLE, clock=clock)
    told = []
    fields = "processingStatus,phase,simple.startDate,simple.implementationDate"
    for when in ("01 09:30", "01 11:00", "01 13:00", "02 20:30", "02 22:00", "04 00:00"):
        clock.now = at(f"2024-05-{when}")
        [row] = caller.get(LIST, fields=fields).json()["results"]
        told.append((row["processingStatus"], row["phase"], *row["simple"].values()))
    begun, done = "2024-05-02T20:05:00+0000", "2024-05-02T21:30:00+0000"
    assert told == [
        ("prfc", "prfc", None, None),
        ("rfc", "rfc", None, None),
        ("simple_notStarted", "simple", None, None),
        ("simple_inProgress", "simple", begun, None),
        ("simple_done", "simple", begun, done),
        ("simple_closed", "closed", begun, done),
    ]
    card = caller.get(f"{LIST}/W%202405%20001").json()
    assert card["requestDate"] == "2024-05-01T08:00:00+0000"
    assert card["simple"]["plannedStartDate"] == "2024-05-02T20:00:00+0000"
    assert card["optionalFields1"]["searchlist1"]["name"] == "Succesvol met problemen"
    assert card["object"]["objectId"] == "Hall 1"


def test_an_extensive_change_has_its_work_on_an_activity() -> None:
    caller = tenant(SIMPLE, BIG)
    card = caller.get(f"{LIST}/W%202405%20003").json()
    assert (card["changeType"], card["simple"], card["processingStatus"]) == ("extensive", None, "extensive_nogo")
    assert card["phases"]["progress"]["endDate"] == "2024-05-02T21:30:00+0000"
    [activity] = caller.get("/tas/api/operatorChangeActivities", change=card["id"]).json()["results"]
    assert activity["change"] == {"id": card["id"], "number": "W 2405 003"}
    assert (activity["startDate"], activity["finalDate"]) == ("2024-05-02T20:05:00+0000", "2024-05-02T21:30:00+0000")
    assert (activity["activityType"], activity["processingStatus"]) == ("normal", "finished")
    alone = caller.get(f"/tas/api/operatorChangeActivities/{activity['id']}").json()
    assert alone["plannedChangePhase"] == "progress"


@pytest.mark.parametrize(
    ("extensive", "approved", "status"),
    [
        (False, False, "rejected"),
        (True, False, "rejected"),
        (False, True, "simple_closed"),
        (True, True, "extensive_cancelled"),
    ],
)
def test_a_change_that_was_given_up_says_so_where_it_can(extensive: bool, approved: bool, status: str) -> None:
    given_up = plan(approved_at=at("2024-05-01 12:00") if approved else None, actual_start=None, actual_end=None)
    one = ticket(
        "W 1", "2024-05-01 09:00", step("2024-05-01 15:00", "state", "cancelled"), kind="change", plan=given_up
    )
    card = tenant(one, settings=Tenant(extensive=lambda t: extensive)).get(f"{LIST}/W%201").json()
    assert card["processingStatus"] == status
    assert card["canceled"] == {"cancelDate": "2024-05-01T15:00:00+0000"}


def test_the_calendar_wants_both_ends_and_prefers_actual_times() -> None:
    caller = tenant(SIMPLE, BIG)
    path = "/tas/api/changeCalendar"
    assert caller.get(path, start="2024-05-01T00:00:00Z").status_code == 400
    entries = caller.get(path, start="2024-05-02T00:00:00Z", end="2024-05-03T00:00:00Z").json()["results"]
    assert {entry["cardType"] for entry in entries} == {"change", "activity"}
    assert {(e["start"], e["end"], e["currentState"]) for e in entries} == {
        ("2024-05-02T20:05:00+0000", "2024-05-02T21:30:00+0000", "done")
    }
    assert caller.get(path, start="2024-05-03T00:00:00Z", end="2024-05-04T00:00:00Z").json() == {"results": []}


def test_filters_of_before_queries_hold_and_are_ignored_beside_one() -> None:
    caller = tenant(SIMPLE, BIG)
    assert len(caller.get(LIST, changeType="simple").json()["results"]) == 1
    assert len(caller.get(LIST, open="false").json()["results"]) == 1
    assert len(caller.get(LIST, changeType="simple", query="archived==false").json()["results"]) == 2
