"""The service desk's own interface on one request: what came of it, its clocks, the customer's answer."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers

from connectors.simulators import jira_sla as sla
from connectors.simulators.jira_fields import is_request, stars
from connectors.simulators.jira_history import Issue, Life
from connectors.simulators.jira_issues import Json, Writer

NO_REQUEST = "The request you are trying to view does not exist or you do not have permission to view it."


class DeskError(Exception):
    """The service desk refuses, in a form of its own."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    def body(self) -> Json:
        """The answer's body."""
        return {"errorMessage": str(self), "i18nErrorMessage": {"i18nKey": "sd.request.error", "parameters": []}}


def request(issue: Issue, writer: Writer) -> Json:
    """GET request/{key}. Raises `DeskError` for an issue that no customer asked for."""
    _known(issue)
    return {
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"],
        "issueId": str(issue.id),
        "issueKey": issue.key,
        "summary": issue.ticket.title,
        "requestTypeId": "11",
        "serviceDeskId": "1",
        "createdDate": sla.date(issue.ticket.created_at, writer.zone),
        "reporter": writer.user(issue.ticket.requester, "customer"),
        "requestFieldValues": [{"fieldId": "summary", "label": "Summary", "value": issue.ticket.title}],
        "currentStatus": {
            "status": issue.status.name,
            "statusCategory": issue.status.category.upper(),
            "statusDate": sla.date(issue.category_changed, writer.zone),
        },
        "_links": _links(issue, writer),
    }


def statuses(life: Life, writer: Writer) -> Json:
    """GET request/{key}/status, newest first. Raises `DeskError`."""
    issue = life.issue
    _known(issue)
    told = [
        {"status": item.new[1], "statusDate": sla.date(history.at, writer.zone)}
        for history in reversed(life.histories)
        for item in history.items
        if item.field_id == "status"
    ]
    return _page(told, f"{writer.base}/rest/servicedeskapi/request/{issue.id}/status", writer)


def clocks(issue: Issue, writer: Writer) -> Json:
    """GET request/{key}/sla. Raises `DeskError`."""
    _known(issue)
    told = [
        sla.resolution(issue.ticket, writer.now, writer.zone, writer.base),
        sla.first_response(issue.ticket, writer.now, writer.zone, writer.base),
    ]
    return _page(told, f"{writer.base}/rest/servicedeskapi/request/{issue.id}/sla", writer)


def feedback(issue: Issue, headers: Headers) -> Json:
    """GET request/{key}/feedback, an experiment for those who opt in. Raises `DeskError`."""
    if headers.get("x-experimentalapi") != "opt-in":
        raise DeskError(412, "You must opt in to experimental features: set the header X-ExperimentalApi: opt-in.")
    _known(issue)
    if issue.response is None:
        raise DeskError(404, "No feedback was given on this request.")
    return {"type": "csat", "rating": stars(issue), "comment": {"body": ""}}


def _known(issue: Issue) -> None:
    if not is_request(issue):
        raise DeskError(404, NO_REQUEST)


def _links(issue: Issue, writer: Writer) -> Json:
    return {
        "jiraRest": f"{writer.base}/rest/api/2/issue/{issue.id}",
        "web": f"{writer.base}/servicedesk/customer/portal/1/{issue.key}",
        "agent": f"{writer.base}/browse/{issue.key}",
        "self": f"{writer.base}/rest/servicedeskapi/request/{issue.id}",
    }


def _page(values: list[Any], url: str, writer: Writer) -> Json:
    return {
        "_expands": [],
        "size": len(values),
        "start": 0,
        "limit": 50,
        "isLastPage": True,
        "_links": {"self": url, "base": f"{writer.base}/rest/servicedeskapi", "context": ""},
        "values": values,
    }
