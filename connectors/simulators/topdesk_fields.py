"""The fields of TOPdesk's cards by their dotted names, with types: what can be asked for, sorted by, shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TABS: Final[Mapping[str, str]] = {
    **{f"boolean{n}": "boolean" for n in range(1, 6)},
    **{f"number{n}": "number" for n in range(1, 6)},
    **{f"date{n}": "date" for n in range(1, 6)},
    **{f"text{n}": "text" for n in range(1, 6)},
    **{f"memo{n}": "memo" for n in range(1, 6)},
    **{f"searchlist{n}.{part}": kind for n in range(1, 6) for part, kind in (("id", "id"), ("name", "text"))},
}
_BLANK: Final[Mapping[str, Any]] = {"boolean": False, "number": 0.0, "date": None, "text": "", "memo": None}
_OF_INCIDENTS: Final = (
    "category", "subcategory", "callType", "entryType", "impact", "urgency", "priority", "duration", "operator",
    "operatorGroup", "supplier", "processingStatus", "closureCode", "creator", "modifier", "object", "branch",
    "callerBranch", "location", "archivingReason", "majorCallObject",
)  # fmt: skip
INCIDENT_FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("id", "asset.id", "sla.id", "caller.id", "mainIncident.id"), "id"),
    **dict.fromkeys(
        ("number", "status", "briefDescription", "externalNumber", "escalationStatus", "caller.dynamicName",
         "caller.email", "mainIncident.number", "feedbackMessage", "requests", "action", "attachments"), "text"),
    "request": "memo",
    **dict.fromkeys(
        ("targetDate", "sla.targetDate", "sla.responseTargetDate", "responseDate", "onHoldDate", "completedDate",
         "closedDate", "callDate", "creationDate", "modificationDate"), "date"),
    **dict.fromkeys(
        ("actualDuration", "onHoldDuration", "feedbackRating", "timeSpent", "timeSpentFirstLine", "timeSpentSecondLine",
         "timeSpentPartial", "timeSpentLinkedPartials", "timeSpentSecondLineAndPartials", "expectedTimeSpent", "costs",
         "itemCosts", "objectCosts"), "number"),
    **dict.fromkeys(
        ("onHold", "responded", "completed", "closed", "majorCall", "publishToSsd", "monitored"), "boolean"),
    **{f"{name}.{part}": kind for name in _OF_INCIDENTS for part, kind in (("id", "id"), ("name", "text"))},
    **{f"optionalFields{tab}.{name}": kind for tab in (1, 2) for name, kind in TABS.items()},
    **dict.fromkeys(
        ("escalationReason", "escalationOperator", "branchExtraFieldA", "branchExtraFieldB", "callerLocation",
         "partialIncidents", "externalLinks"), "link"),
}  # fmt: skip
"""What cards bear, dotted for parts, with its type; those of type "link" can be shown but not asked for."""
UNSORTABLE: Final = frozenset({"externalLinks", "escalationStatus", "action", "attachments", "partialIncidents"})

_PHASES: Final = ("prfc", "rfc", "progress", "evaluation")
_OF_CHANGES: Final = (
    "type", "template", "requester", "coordinator", "creator", "modifier", "supplier", "branch", "category",
    "subcategory", "impact", "benefit", "priority", "status", "simple.assignee",
    *(f"phases.{phase}.authorizer" for phase in _PHASES),
)  # fmt: skip
CHANGE_FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("id", "asset.id", "object.id", "incident.id", "templateId"), "id"),
    **dict.fromkeys(
        ("number", "changeType", "phase", "processingStatus", "briefDescription", "externalNumber", "object.name",
         "object.objectId", "object.objectType", "object.type", "incident.number", "requests", "progressTrail",
         "simple.assignee.groupId", "simple.assignee.groupName", "simple.assignee.type"), "text"),
    **dict.fromkeys(
        ("creationDate", "modificationDate", "requestDate", "submitDate", "closedDate", "canceled.cancelDate",
         "simple.plannedStartDate", "simple.startDate", "simple.plannedImplementationDate",
         "simple.implementationDate", "simple.closedDate",
         *(f"phases.{phase}.{name}" for phase in _PHASES for name in ("endDate", "plannedEndDate")),
         *(f"phases.{phase}.rejectedDate" for phase in ("prfc", "rfc")),
         *(f"phases.{phase}.noGoDate" for phase in ("progress", "evaluation"))), "date"),
    **dict.fromkeys(("open", "archived", "urgent", "withEvaluation"), "boolean"),
    **{f"{name}.{part}": kind for name in _OF_CHANGES for part, kind in (("id", "id"), ("name", "text"))},
    **{f"optionalFields{tab}.{name}": kind for tab in (1, 2) for name, kind in TABS.items()},
}  # fmt: skip
"""What cards bear, dotted for parts, with its type."""
SORTABLE: Final = (
    "id", "creationDate", "simple.closedDate", "simple.plannedImplementationDate", "simple.plannedStartDate",
    "phases.rfc.plannedEndDate", "phases.progress.plannedEndDate", "phases.evaluation.plannedEndDate",
)  # fmt: skip
USUAL: Final = (
    "id", "number", "briefDescription", "changeType", "archived", "creationDate", "modificationDate", "status",
    "simple.plannedImplementationDate", "simple.implementationDate", "simple.closedDate", "simple.assignee",
)  # fmt: skip
"""What a row of the list has when no fields are named."""


def blank_tab() -> dict[str, Any]:
    """A tab of free fields with nothing in them."""
    tab = {name: _BLANK[kind] for name, kind in TABS.items() if "." not in name}
    return {**tab, **{f"searchlist{n}": None for n in range(1, 6)}}
