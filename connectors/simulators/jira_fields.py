"""An issue's fields, one by one, as Jira Cloud writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from connectors.simulators import jira_site as site
from connectors.simulators import jira_sla as sla
from connectors.simulators.jira_history import Comment, Issue
from connectors.simulators.jira_issues import Json, Writer
from core.model import SECOND, Instant

EXPANDS: Final = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
COMMENTS_IN_SEARCH: Final = 20


def row(writer: Writer, issue: Issue, wanted: Iterable[str]) -> Json:
    """An issue with the wanted fields, by their ids."""
    return {
        "expand": EXPANDS,
        "id": str(issue.id),
        "self": writer.url(f"issue/{issue.id}"),
        "key": issue.key,
        "fields": {name: FIELDS[name](writer, issue) for name in wanted if on_screen(name, issue)},
    }


def _option(name: Callable[[Issue], str | None]) -> Callable[[Writer, Issue], Json | None]:
    return lambda writer, issue: writer.option(value) if (value := name(issue)) else None


def _moment(moment: Callable[[Issue], Instant | None]) -> Callable[[Writer, Issue], str | None]:
    return lambda writer, issue: writer.stamp(moment(issue))


def _team(writer: Writer, issue: Issue) -> Json | None:
    if issue.team is None:
        return None
    return {"id": site.team_id(issue.team), "name": issue.team, "isShared": True}


def _request_type(writer: Writer, issue: Issue) -> Json | None:
    if not is_request(issue):
        return None
    return {
        "_links": {"self": f"{writer.base}/rest/servicedeskapi/servicedesk/1/requesttype/11"},
        "requestType": {"id": "11", "name": "Report a problem", "serviceDeskId": "1", "practice": "incidents"},
        "currentStatus": {
            "status": issue.status.name,
            "statusCategory": issue.status.category.upper(),
            "statusDate": sla.date(issue.category_changed, writer.zone),
        },
    }


def _approvals(writer: Writer, issue: Issue) -> list[Json]:
    """Two steps, the second of which approves the change; none of them is approved while the change waits for it."""
    plan = issue.ticket.plan
    assert plan is not None, "the field is on the screens of changes"
    given_up = any(step.value == "cancelled" and step.at <= writer.now for step in issue.ticket.steps)
    found = []
    for number, (name, before) in enumerate((("Peer review", 60 * SECOND), ("CAB", 0)), 1):
        done = plan.approved_at - before if plan.approved_at is not None else None
        decision = "approved" if done is not None and done <= writer.now else "declined" if given_up else "pending"
        found.append(
            {
                "id": str(number),
                "name": name,
                "finalDecision": decision,
                "canAnswerApproval": False,
                "approvers": [{"approver": writer.user(issue.ticket.requester), "approverDecision": decision}],
                "createdDate": sla.date(issue.ticket.created_at, writer.zone),
                **({"completedDate": sla.date(done, writer.zone)} if decision == "approved" and done else {}),
            }
        )
    return found


def is_request(issue: Issue) -> bool:
    """Whether it came in over the portal; what agents and monitoring make themselves has no request type."""
    return issue.ticket.kind == "incident" and issue.ticket.channel in ("portal", "email")


def _comments(writer: Writer, issue: Issue) -> Json:
    steps = [step for step in issue.ticket.steps if step.kind == "comment" and step.at <= writer.now]
    shown = [
        writer.comment(issue, Comment(str(issue.id * 1000 + place), step.at, step.who, step.actor, step.public))
        for place, step in enumerate(steps, 1)
    ][: None if writer.server else COMMENTS_IN_SEARCH]
    return {
        "comments": shown,
        "self": writer.url(f"issue/{issue.id}/comment"),
        "maxResults": len(shown),
        "total": len(steps),
        "startAt": 0,
    }


def _rating(writer: Writer, issue: Issue) -> Json | None:
    return {"rating": stars(issue)} if issue.response else None


def stars(issue: Issue) -> int:
    """The answer on the vendor's scale of one to five; 0 without an answer."""
    given = issue.response
    if given is None:
        return 0
    return 1 + round(4 * (given.score - given.scale_min) / (given.scale_max - given.scale_min))


_PLANNED: Final[Mapping[str, Callable[[Issue], Instant | None]]] = {
    site.PLANNED_START.id: lambda i: i.ticket.plan.planned_start if i.ticket.plan else None,
    site.PLANNED_END.id: lambda i: i.ticket.plan.planned_end if i.ticket.plan else None,
    site.ACTUAL_START.id: lambda i: i.actual_start,
    site.ACTUAL_END.id: lambda i: i.actual_end,
    site.OUTAGE_START.id: lambda i: i.outage_start,
    site.OUTAGE_END.id: lambda i: i.outage_end,
    site.SATISFACTION_DATE.id: lambda i: i.response.at if i.response else None,
    "statuscategorychangedate": lambda i: i.category_changed,
    "resolutiondate": lambda i: i.resolved,
    "created": lambda i: i.ticket.created_at,
    "updated": lambda i: i.updated,
}

FIELDS: Final[Mapping[str, Callable[[Writer, Issue], Any]]] = {
    **{name: _moment(moment) for name, moment in _PLANNED.items()},
    "issuetype": lambda w, i: w.issue_type(i.ticket.kind),
    "project": lambda w, i: w.project(i.project),
    "resolution": lambda w, i: w.resolution(i.resolution[0], i.resolution[1] or "") if i.resolution[0] else None,
    "priority": lambda w, i: w.priority(i.priority),
    "labels": lambda w, i: labels(i),
    "assignee": lambda w, i: None,
    "status": lambda w, i: w.status(i.status),
    "components": lambda w, i: (
        [
            {
                "self": w.url(f"component/{(n := site.small_id('component', i.ticket.item))}"),
                "id": n,
                "name": i.ticket.item,
            }
        ]
        if i.ticket.item
        else []
    ),
    "issuelinks": lambda w, i: w.links(i),
    "summary": lambda w, i: i.ticket.title,
    "description": lambda w, i: w.text("(left out)"),
    "creator": lambda w, i: w.user(i.ticket.requester, "customer"),
    "reporter": lambda w, i: w.user(i.ticket.requester, "customer"),
    "duedate": lambda w, i: None,
    "comment": _comments,
    site.REQUEST_TYPE.id: _request_type,
    site.TIME_TO_RESOLUTION.id: lambda w, i: sla.resolution(i.ticket, w.now, w.zone, w.base),
    site.TIME_TO_FIRST_RESPONSE.id: lambda w, i: sla.first_response(i.ticket, w.now, w.zone, w.base),
    site.SATISFACTION.id: _rating,
    site.AFFECTED_SERVICES.id: lambda w, i: [{"id": site.service_id(name)}] if (name := i.ticket.service_name) else [],
    site.MAJOR_INCIDENT.id: lambda w, i: i.major,
    site.TEAM.id: _team,
    site.CHANGE_TYPE.id: _option(lambda i: i.ticket.plan.type.capitalize() if i.ticket.plan else None),
    site.EXTERNAL_REFERENCE.id: lambda w, i: i.references,
    site.FIRST_RESPONSE.id: lambda w, i: w.stamp(sla.responded(i.ticket, w.now)),
    site.APPROVALS.id: lambda w, i: _approvals(w, i),
}
"""How each field is written. `parent` is absent, since no issue has one."""


_ONLY: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            site.APPROVALS.id,
            site.CHANGE_TYPE.id,
            site.PLANNED_START.id,
            site.PLANNED_END.id,
            site.ACTUAL_START.id,
            site.ACTUAL_END.id,
        ),
        "change",
    ),
    **dict.fromkeys(
        (site.MAJOR_INCIDENT.id, site.OUTAGE_START.id, site.OUTAGE_END.id, site.SATISFACTION.id),
        "incident",
    ),
}


def on_screen(field: str, issue: Issue) -> bool:
    """Whether the issue's screens bear the field; else it is absent, not null."""
    return _ONLY.get(field, issue.ticket.kind) == issue.ticket.kind


def labels(issue: Issue) -> list[str]:
    """The labels of an issue."""
    return [issue.ticket.channel] if issue.ticket.channel in ("monitoring", "partner") else []
