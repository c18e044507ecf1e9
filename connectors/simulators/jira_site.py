"""What one Jira Cloud site has set up: its words for states, its fields and their ids, and how it misbehaves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.simulators.world import Ticket
from core.model import SECOND


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a workflow."""

    id: str
    name: str
    category: str  # a key of CATEGORIES


@dataclass(frozen=True, slots=True)
class Field:
    """A field as GET /field lists it."""

    id: str
    name: str
    schema: Mapping[str, Any] | None
    clauses: tuple[str, ...] = ()

    @property
    def custom(self) -> bool:
        """Whether a site or an app added the field."""
        return self.id.startswith("customfield_")


AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Site:
    """How this site differs from the next one."""

    zone: ZoneInfo = AMSTERDAM  # of the calling account's profile, not UTC
    index_lag: int = 0  # microseconds: the search finds a change after up to this time, each change after its own
    stutters: bool = True  # short and empty pages in the middle of a search, repeated histories in bulkfetch
    token_life: int = 7 * 86_400 * SECOND
    server: bool = False  # Data Center in place of Cloud
    hidden: Callable[[Ticket], bool] = lambda ticket: False  # deleted, or behind issue security: nobody can tell
    deleted: Mapping[str, int] = field(default_factory=dict)  # ticket -> since when it is not there for the account
    moves: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # ticket -> when it moves, and its new key
    histories_shown: int | None = None  # on Data Center: how many a search shows of an issue, the newest
    approvals: bool = False  # whether approving is a step of a change's workflow, with approvers
    charting: bool = True  # whether the site keeps the date of the first response in a field of its own


CATEGORIES: Final[Mapping[str, tuple[int, str, str]]] = {
    "undefined": (1, "No Category", "medium-gray"),
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}

_PENDING: Final = Status("10021", "Pending", "indeterminate")
_CLOSED: Final = Status("6", "Closed", "done")
_CANCELED: Final = Status("10024", "Canceled", "done")
INCIDENT_STATUSES: Final[Mapping[str, Status]] = {
    "new": Status("1", "Open", "new"),
    "assigned": Status("1", "Open", "new"),  # the workflow has no step for it; the team field tells
    "active": Status("10020", "Work in progress", "indeterminate"),
    "hold": _PENDING,
    "resolved": Status("10022", "Completed", "done"),
    "closed": _CLOSED,
    "cancelled": _CANCELED,
}
CHANGE_STATUSES: Final[Mapping[str, Status]] = {
    "new": Status("10030", "Peer review / change manager approval", "new"),
    "assigned": Status("10031", "Awaiting CAB approval", "indeterminate"),
    "active": Status("10033", "Implementing", "indeterminate"),
    "hold": _PENDING,
    "resolved": Status("10022", "Completed", "done"),
    "closed": _CLOSED,
    "cancelled": _CANCELED,
}
APPROVED: Final = Status("10032", "Awaiting implementation", "indeterminate")
DECLINED: Final = Status("10034", "Declined", "done")
CUSTOM_CATEGORY: Final[Mapping[str, str]] = {
    "new": "new", "assigned": "new", "active": "indeterminate", "hold": "indeterminate",
    "resolved": "done", "closed": "done", "cancelled": "done",
}  # fmt: skip
"""The category of a status that the customer invented for a state of the world."""

PRIORITIES: Final = {1: "Highest", 2: "High", 3: "Medium", 4: "Low", 5: "Lowest"}
RESOLUTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "successful": ("10000", "Done"),
    "with_issues": ("10005", "Done with issues"),
    "unsuccessful": ("10006", "Failed"),
    "backed_out": ("10007", "Rolled back"),
    "abandoned": ("10001", "Won't Do"),
}
ISSUE_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "incident": ("10107", "[System] Incident"),
    "change": ("10108", "[System] Change"),
}
LINK_TYPES: Final[Mapping[str, tuple[str, str, str]]] = {
    "Blocks": ("10000", "is blocked by", "blocks"),
    "Cloners": ("10001", "is cloned by", "clones"),
    "Duplicate": ("10002", "is duplicated by", "duplicates"),
    "Post-Incident Reviews": ("10004", "is reviewed by", "reviews"),
    "Problem/Incident": ("10005", "is caused by", "causes"),
    "Relates": ("10003", "relates to", "relates to"),
}
"""Name -> id, inward, outward."""

_TYPES: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
_DESK: Final = "com.atlassian.servicedesk:"


def _custom(number: int, name: str, kind: str, key: str, items: str | None = None) -> Field:
    schema: dict[str, Any] = {"type": kind, "custom": key, "customId": number}
    if items:
        schema["items"] = items
    return Field(f"customfield_{number}", name, schema, (f"cf[{number}]", name))


def _system(name: str, shown: str, kind: str, items: str | None = None, *clauses: str) -> Field:
    schema: dict[str, Any] = {"type": kind, "system": name}
    if items:
        schema["items"] = items
    return Field(name, shown, schema, clauses or (name,))


REQUEST_TYPE: Final = _custom(10114, "Request Type", "sd-customerrequesttype", _DESK + "vp-origin")
TIME_TO_RESOLUTION: Final = _custom(
    10131, "Time to resolution", "sd-servicelevelagreement", _DESK + "sd-sla-field"
)  # fmt: skip
TIME_TO_FIRST_RESPONSE: Final = _custom(
    10132, "Time to first response", "sd-servicelevelagreement", _DESK + "sd-sla-field"
)  # fmt: skip
SATISFACTION: Final = _custom(10140, "Satisfaction", "sd-feedback", _DESK + "sd-request-feedback")
SATISFACTION_DATE: Final = _custom(10141, "Satisfaction date", "datetime", _DESK + "sd-request-feedback-date")
AFFECTED_SERVICES: Final = _custom(
    10150, "Affected services", "array", "com.atlassian.jira.plugins.service-entity:service-entity-field-cftype",
    "service-field-object",
)  # fmt: skip
MAJOR_INCIDENT: Final = _custom(
    10151, "Major incident", "any",
    "com.atlassian.jira.modules.servicemanagement.major-incident-entity:major-incident-entity-field-cftype",
)  # fmt: skip
TEAM: Final = _custom(10160, "Team", "team", _TYPES + "atlassian-team")
CHANGE_TYPE: Final = _custom(10170, "Change type", "option", _TYPES + "select")
PLANNED_START: Final = _custom(10171, "Planned start", "datetime", _TYPES + "datetime")
PLANNED_END: Final = _custom(10172, "Planned end", "datetime", _TYPES + "datetime")
ACTUAL_START: Final = _custom(10173, "Actual start", "datetime", _TYPES + "datetime")
ACTUAL_END: Final = _custom(10174, "Actual end", "datetime", _TYPES + "datetime")
EXTERNAL_REFERENCE: Final = _custom(10180, "External reference", "string", _TYPES + "textfield")
OUTAGE_START: Final = _custom(10190, "Outage start", "datetime", _TYPES + "datetime")
OUTAGE_END: Final = _custom(10191, "Outage end", "datetime", _TYPES + "datetime")
FIRST_RESPONSE: Final = _custom(
    10195, "[CHART] Date of First Response", "datetime", "com.atlassian.jira.ext.charting:firstresponsedate"
)  # fmt: skip

APPROVALS: Final = _custom(
    10196, "Approvals", "sd-approvals", "com.atlassian.servicedesk.approvals-plugin:sd-approvals"
)  # fmt: skip

FIELDS: Final[tuple[Field, ...]] = (
    _system("issuetype", "Issue Type", "issuetype", None, "issuetype", "type"),
    Field("parent", "Parent", None, ("parent",)),
    _system("project", "Project", "project"),
    _system("statuscategorychangedate", "Status Category Changed", "datetime", None, "statusCategoryChangedDate"),
    _system("resolution", "Resolution", "resolution"),
    _system("resolutiondate", "Resolved", "datetime", None, "resolutiondate", "resolved"),
    _system("created", "Created", "datetime", None, "created", "createdDate"),
    _system("updated", "Updated", "datetime", None, "updated", "updatedDate"),
    _system("priority", "Priority", "priority"),
    _system("labels", "Labels", "array", "string", "labels"),
    _system("assignee", "Assignee", "user"),
    _system("status", "Status", "status"),
    _system("components", "Components", "array", "component", "component"),
    _system("issuelinks", "Linked Issues", "array", "issuelinks", "issueLink"),
    _system("summary", "Summary", "string"),
    _system("description", "Description", "string"),
    _system("creator", "Creator", "user"),
    _system("reporter", "Reporter", "user"),
    _system("duedate", "Due date", "date", None, "due", "duedate"),
    _system("comment", "Comment", "comments-page"),
    REQUEST_TYPE, TIME_TO_RESOLUTION, TIME_TO_FIRST_RESPONSE, SATISFACTION, SATISFACTION_DATE, AFFECTED_SERVICES,
    MAJOR_INCIDENT, TEAM, CHANGE_TYPE, PLANNED_START, PLANNED_END, ACTUAL_START, ACTUAL_END, EXTERNAL_REFERENCE,
    OUTAGE_START, OUTAGE_END, FIRST_RESPONSE, APPROVALS,
)  # fmt: skip

_SITE: Final = uuid.UUID("6f0c9f1e-1d0b-4f0e-9d2a-2a44c6f3b7aa")


@cache
def account_id(login: str) -> str:
    """The opaque id that Jira Cloud knows a person or an app by."""
    return f"712020:{uuid.uuid5(_SITE, 'account ' + login)}"


@cache
def user_key(login: str) -> str:
    """The key that Data Center keeps for a person, whatever the person is called later."""
    return f"JIRAUSER{small_id('user', login)}"


@cache
def team_id(name: str) -> str:
    """The id of a team, as the team field and its history bear it."""
    return str(uuid.uuid5(_SITE, "team " + name))


@cache
def service_id(name: str) -> str:
    """The id by which the affected services field names a service: the field bears no names, configuration maps it."""
    return (
        name if name.startswith("ari:") else f"ari:cloud:graph::service/{_SITE}/{uuid.uuid5(_SITE, 'service ' + name)}"
    )


@cache
def small_id(what: str, name: str) -> str:
    """A number as text for a component, an option, a link: the same for the same name."""
    return str(10_000 + uuid.uuid5(_SITE, f"{what} {name}").int % 80_000)
