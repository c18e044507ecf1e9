"""Logging in to the simulated TOPdesk, supporting data, and the reporting feed."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import topdesk
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Cause
from tests.connectors.simulators.small_world import Caller, Clock, at, many, plan, response, step, ticket, world

LOGIN = ("siamhub", "application-password")
FEED = "/services/reporting/v2/odata"
LIFE = ticket(
    "I 2405 001", "2024-05-01 10:00", step("2024-05-01 10:30", "group", "Network"),
    step("2024-05-01 11:00", "state", "hold"), step("2024-05-01 11:30", "comment"),
    step("2024-05-01 12:00", "state", "active"), step("2024-05-01 13:00", "state", "resolved"),
    step("2024-05-01 14:00", "state", "active"), step("2024-05-01 15:00", "state", "resolved"),
    step("2024-05-02 15:00", "state", "closed"),
)  # fmt: skip


def tenant(
    *tickets: Any, login: Any = LOGIN, clock: Clock | None = None, settings: Tenant | None = None, **more: Any
) -> Caller:
    made = topdesk.app(world("topdesk", tickets, **more), "globex", clock or Clock(), settings=settings)
    return Caller(made, login)


def rows(caller: Caller, name: str, **params: str) -> list[Any]:
    """All rows of an entity set, along its links."""
    answer = caller.get(f"{FEED}/{name}", **{f"${key}": text for key, text in params.items()})
    assert answer.status_code == 200, answer.text
    found = list(answer.json()["value"])
    while link := answer.json().get("@odata.nextLink"):
        answer = caller.get(link)
        found += answer.json()["value"]
    return found


@pytest.mark.parametrize("login", [None, ("siamhub", "login-password"), ("somebody", "application-password")])
@pytest.mark.parametrize("path", ["/tas/api/version", "/tas/api/incidents", FEED + "/Incidents"])
def test_only_the_application_password_of_the_operator_opens(login: Any, path: str) -> None:
    assert tenant(login=login).get(path).status_code == 401


def test_a_bearer_token_is_refused() -> None:
    answer = tenant(login=None)("GET", "/tas/api/version", headers={"Authorization": "Bearer application-password"})
    assert answer.status_code == 401


def test_versions_and_the_operator_are_told() -> None:
    caller = tenant()
    assert caller.get("/tas/api/version").json() == {"version": "4.2.6"}
    assert caller.get("/tas/api/productVersion").json().keys() == {"major", "minor", "patch"}
    assert caller.get("/tas/api/operators/current").json()["loginName"] == "siamhub"


@pytest.mark.parametrize(
    ("module", "path", "kind"),
    [
        ("incidents", "/tas/api/incidents", list),
        ("changes", "/tas/api/operatorChanges", dict),
        ("services", "/tas/api/services", dict),
        ("reporting", FEED + "/IncidentSnapshots", dict),
    ],
)
def test_a_missing_right_is_a_403_of_that_module_alone(module: str, path: str, kind: type) -> None:
    caller = tenant(settings=Tenant(forbidden=frozenset({module})))
    answer = caller.get(path)
    assert answer.status_code == 403
    assert isinstance(answer.json(), kind)
    assert caller.get("/tas/api/operators/current").status_code == 200


def test_a_wrong_base_address_leads_to_a_page_for_people() -> None:
    caller = tenant()
    answer = caller.get("/api/incidents")
    assert answer.status_code == 302
    page = caller.get(answer.headers["location"])
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    for path in ("/tas/api/changes", "/tas/api/odata", FEED + "/Nothing"):
        assert caller.get(path).status_code == 404


def test_groups_page_by_their_own_names_and_the_lookup_does_not() -> None:
    caller = tenant()
    first = caller.get("/tas/api/operatorgroups", page_size=1)
    assert (first.status_code, first.json()[0]["groupName"]) == (206, "Platform")
    second = caller.get("/tas/api/operatorgroups", page_size=1, start=1)
    assert (second.status_code, second.json()[0]["groupName"]) == (200, "Network")
    assert caller.get("/tas/api/operatorgroups", start=2).status_code == 204
    names = caller.get("/tas/api/operatorgroups/lookup").json()["results"]
    assert [group["name"] for group in names] == ["Platform", "Network"]
    assert caller.get("/tas/api/suppliers").status_code == 204


def test_services_link_their_assets() -> None:
    caller = tenant(LIFE)
    [service] = caller.get("/tas/api/services").json()["results"]
    assert service["name"] == "Webshop"
    [asset] = caller.get(f"/tas/api/services/{service['id']}/linkedAssets").json()["results"]
    [card] = caller.get("/tas/api/incidents", fields="asset.id,object.name").json()
    assert (asset["name"], asset["assetId"]) == (card["object"]["name"], card["asset"]["id"])


def test_snapshots_tell_what_the_card_has_forgotten() -> None:
    caller = tenant(LIFE)
    names = {row["id"]: row["name"] for row in rows(caller, "IncidentProcessingStatuses")}
    groups = {row["id"]: row["name"] for row in rows(caller, "OperatorGroups")}
    told = rows(caller, "IncidentSnapshots", orderby="timeStamp")
    assert [(r["timeStamp"][11:16], names[r["statusId"]], groups[r["operatorGroupId"]]) for r in told] == [
        ("10:00", "Geregistreerd", "Platform"),
        ("10:30", "Geregistreerd", "Network"),
        ("11:00", "Wacht op aanmelder", "Network"),
        ("12:00", "In behandeling", "Network"),
        ("13:00", "Gereed", "Network"),
        ("14:00", "In behandeling", "Network"),
        ("15:00", "Gereed", "Network"),
        ("15:00", "Afgesloten", "Network"),
    ]
    people = {row["id"]: row["name"] for row in rows(caller, "Operators")}
    assert {people[r["operatorId"]] for r in told if r["operatorId"]} == {"jan"}
    assert [r["onHoldDate"] for r in told][2:4] == ["2024-05-01T11:00:00Z", None]
    assert [r["completionDate"] for r in told][4:7] == ["2024-05-01T13:00:00Z", None, "2024-05-01T15:00:00Z"]
    assert told[-1]["closureDate"] == "2024-05-02T15:00:00Z"
    [incident] = rows(caller, "Incidents")
    assert {r["incidentId"] for r in told} == {incident["id"]}
    assert (incident["incidentNumber"], incident["totalDuration_inSeconds"]) == ("I 2405 001", 5 * 3600)


def test_snapshots_are_read_on_from_a_moment_or_of_one_incident() -> None:
    caller = tenant(LIFE, ticket("I 2405 002", "2024-05-01 14:00"))
    late = rows(caller, "IncidentSnapshots", filter="timeStamp ge 2024-05-01T14:00:00Z", orderby="timeStamp")
    assert [r["timeStamp"] for r in late] == ["2024-05-01T14:00:00Z"] * 2 + [
        "2024-05-01T15:00:00Z",
        "2024-05-02T15:00:00Z",
    ]
    assert len(rows(caller, "IncidentSnapshots", filter="timeStamp gt 2024-05-01T14:00:00Z")) == 2
    one = late[-1]["incidentId"]
    assert (
        len(rows(caller, "IncidentSnapshots", filter=f"incidentId eq {one} and timeStamp lt 2024-05-01T12:00:00Z")) == 3
    )
    assert rows(caller, "IncidentSnapshots", filter="onHoldDate ne null", select="timeStamp") == [
        {"timeStamp": "2024-05-01T11:00:00Z"}
    ]


def test_the_future_has_no_snapshots_yet() -> None:
    clock = Clock(at("2024-05-01 11:00"))
    caller = tenant(LIFE, clock=clock)
    assert len(rows(caller, "IncidentSnapshots")) == 3
    clock.now = at("2024-05-01 12:00")
    assert len(rows(caller, "IncidentSnapshots")) == 4


@pytest.mark.parametrize("orderby", ["timeStamp", "timeStamp desc", None])
def test_the_feeds_pages_lose_and_repeat_nothing_and_come_in_the_order_asked_for(orderby: str | None) -> None:
    caller = tenant(*many(25, "I ", every=0), *many(30, "J "), settings=Tenant(feed_page=10))
    told = rows(caller, "IncidentSnapshots", **({"orderby": orderby} if orderby else {}))
    assert len({row["id"] for row in told}) == len(told) == 55
    times = [row["timeStamp"] for row in told]
    if orderby is None:
        assert [row["id"] for row in told] == sorted(row["id"] for row in told)
    else:
        assert times == sorted(times, reverse="desc" in orderby)


def test_top_bounds_all_pages_together() -> None:
    caller = tenant(*many(25, "I "), settings=Tenant(feed_page=10))
    assert len(rows(caller, "IncidentSnapshots", top="15")) == 15
    assert len(rows(caller, "IncidentSnapshots", top="5", skip="22")) == 3


@pytest.mark.parametrize(
    "params",
    [
        {"$filter": "timeStamp ge yesterday"},
        {"$filter": "timeStamp ge 2024-05-01T12:00:00 02:00"},
        {"$filter": "timeStamp ge 2024-05-01T12:00:00"},
        {"$filter": "colour eq 'red'"},
        {"$filter": "startswith(id,'a')"},
        {"$filter": "timeStamp ge 'today'"},
        {"$skiptoken": "WzFd", "$orderby": "timeStamp"},
        {"$orderby": "colour"},
        {"$orderby": "timeStamp up"},
        {"$top": "all"},
        {"$skiptoken": "nonsense"},
    ],
)
def test_what_the_feed_cannot_read_is_refused(params: Any) -> None:
    answer = tenant(LIFE)("GET", f"{FEED}/IncidentSnapshots", params=params)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_the_feed_alone_knows_causes() -> None:
    change = ticket("W 2405 001", "2024-04-30 09:00", kind="change", plan=plan())
    caused = ticket("I 2405 009", "2024-05-01 10:00", cause=Cause(at("2024-05-01 12:00"), change.key, change.number))
    caller = tenant(change, caused)
    [link] = rows(caller, "IncidentsCausedByChangesLinks")
    [card] = caller.get("/tas/api/incidents").json()
    [row] = caller.get("/tas/api/operatorChanges").json()["results"]
    assert (link["incidentId"], link["changeId"]) == (card["id"], row["id"])
    assert "W 2405 001" not in str(card)


def test_ratings_and_priorities_are_in_the_feed_too() -> None:
    caller = tenant(LIFE, responses=[response("i 2405 001", "2024-05-03 10:00", 5)])
    [incident] = rows(caller, "Incidents")
    assert incident["feedbackRating"] == 5
    assert incident["priorityId"] in {row["id"] for row in rows(caller, "IncidentPriorities")}
