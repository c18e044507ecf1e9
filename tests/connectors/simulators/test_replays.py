"""What the simulated Jira and TOPdesk say of a ticket agrees with the world, at every moment of any life."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulators import jira, topdesk
from connectors.simulators.jira_site import INCIDENT_STATUSES, Site
from connectors.simulators.topdesk_tenant import STATES, Tenant
from connectors.simulators.world import Step, Ticket, as_of
from core import model
from core.model import Instant, to_datetime
from tests.connectors.simulators.small_world import Caller, Clock, at, born, ticket, world

BORN = at("2024-05-01 10:00")
MOVES = st.one_of(
    st.tuples(st.just("state"), st.sampled_from(model.STATES)),
    st.tuples(st.just("priority"), st.sampled_from("12345")),
    st.tuples(st.just("group"), st.sampled_from(["Platform", "Network"])),
    st.tuples(st.just("major"), st.sampled_from("01")),
    st.tuples(st.just("comment"), st.just("")),
)


@st.composite
def lives(draw: st.DrawFn, number: str) -> Ticket:
    """An incident to which anything happens in any order, often several things at once."""
    minutes = sorted(draw(st.lists(st.integers(0, 30), max_size=15)))
    steps = []
    for minute in minutes:
        kind, value = draw(MOVES)
        who, actor = draw(st.sampled_from([("jan", "person"), ("klant", "requester"), ("svc-monitor", "automation")]))
        steps.append(Step(BORN + minute * 60_000_000, kind, value, actor, who))  # type: ignore[arg-type]
    return ticket(number, "2024-05-01 10:00", steps=(*born("2024-05-01 10:00"), *steps))


def later(minute: int) -> Instant:
    return BORN + minute * 60_000_000


@settings(max_examples=60, deadline=None)
@given(life=lives("ITSM-1"), minute=st.integers(0, 31))
def test_a_jira_issue_shows_what_is_and_its_histories_lead_there(life: Ticket, minute: int) -> None:
    view = as_of(life, later(minute))
    assert view is not None
    app = jira.app(world("jira", [life]), "globex", Clock(later(minute)), settings=Site(stutters=False))
    caller = Caller(app, ("siamhub@example.com", "api-token"))
    fields = caller.get("/rest/api/3/issue/ITSM-1").json()["fields"]
    now: dict[str, Any] = {
        "status": INCIDENT_STATUSES[view.state].name,
        "priority": ["Highest", "High", "Medium", "Low", "Lowest"][view.priority - 1],
        "customfield_10160": view.group,
        "customfield_10151": str(view.major).lower(),
    }
    assert fields["status"]["name"] == now["status"]
    assert fields["priority"]["name"] == now["priority"]
    assert fields["customfield_10160"]["name"] == now["customfield_10160"]
    assert str(fields["customfield_10151"]).lower() == now["customfield_10151"]
    assert (fields["resolution"] is None) == (view.state not in ("resolved", "closed", "cancelled"))
    told = caller.get("/rest/api/3/issue/ITSM-1/changelog").json()["values"]
    held: dict[str, Any] = {}
    for history in told:
        assert len({item["fieldId"] for item in history["items"]}) == len(history["items"])
        for item in history["items"]:
            assert held.get(item["fieldId"], item["fromString"]) == item["fromString"] != item["toString"]
            held[item["fieldId"]] = item["toString"]
    assert {name: value for name, value in held.items() if name in now} == {
        name: now[name] for name in held if name in now
    }
    assert fields["updated"] == at_amsterdam(view.updated_at)


def at_amsterdam(instant: Instant) -> str:
    return to_datetime(instant + 2 * 3_600_000_000).strftime("%Y-%m-%dT%H:%M:%S.000+0200")


@settings(max_examples=60, deadline=None)
@given(life=lives("I 2405 001"), minute=st.integers(0, 31))
def test_a_topdesk_card_shows_what_is_and_the_last_snapshot_says_the_same(life: Ticket, minute: int) -> None:
    view = as_of(life, later(minute))
    assert view is not None
    made = topdesk.app(world("topdesk", [life]), "globex", Clock(later(minute)), settings=Tenant(language="en"))
    caller = Caller(made, ("siamhub", "application-password"))
    [card] = caller.get("/tas/api/incidents", dateFormat="iso8601").json()
    assert card["processingStatus"]["name"] == STATES["en"][view.state]
    assert card["priority"]["name"] == f"P{view.priority}"
    assert card["operatorGroup"]["name"] == view.group
    assert card["majorCall"] is view.major
    assert card["onHold"] is (view.state == "hold")
    assert card["completed"] is (view.state in ("resolved", "closed", "cancelled"))
    assert card["closed"] is (view.state in ("closed", "cancelled"))
    assert card["modificationDate"] == f"{to_datetime(view.updated_at):%Y-%m-%dT%H:%M:%SZ}"
    feed = "/services/reporting/v2/odata/IncidentSnapshots"
    rows = caller.get(feed, **{"$orderby": "timeStamp"}).json()["value"]
    last = rows[-1]
    assert last["statusId"] == card["processingStatus"]["id"]
    assert last["operatorGroupId"] == card["operatorGroup"]["id"]
    assert last["priorityId"] == card["priority"]["id"]
    assert (last["completionDate"], last["closureDate"], last["onHoldDate"]) == (
        card["completedDate"], card["closedDate"], card["onHoldDate"],
    )  # fmt: skip
    assert len(rows) == len({step.at for step in view.steps if step.kind != "comment"})
