"""The tables of a simulated ServiceNow instance: their columns, what kind each is, and the labels of choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["string", "integer", "boolean", "datetime", "duration", "choice", "reference"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its values are."""

    kind: Kind = "string"
    table: str = ""  # references: the table whose sys_id it holds
    labels: Mapping[str, str] = field(default_factory=dict)  # value -> what a person sees in its place


TEXT: Final = Column()
NUMBER: Final = Column("integer")
FLAG: Final = Column("boolean")
TIME: Final = Column("datetime")
DURATION: Final = Column("duration")
DUE: Final = Column("datetime", labels={"": "UNKNOWN"})


def to(table: str) -> Column:
    """A reference to a table."""
    return Column("reference", table)


def choice(**labels: str) -> Column:
    """A choice; a name that begins with an underscore stands for a value: _6 is 6, _minus_5 is -5."""
    return Column("choice", labels={_value(name): label for name, label in labels.items()})


def _value(name: str) -> str:
    return name.lstrip("_").replace("minus_", "-") if name.startswith("_") else name


INCIDENT_STATE: Final = choice(
    _1="New", _2="In Progress", _3="On Hold", _6="Resolved", _7="Closed", _8="Canceled", _11="With Third Party"
)  # fmt: skip
CHANGE_STATE: Final = choice(
    _minus_5="New", _minus_4="Assess", _minus_3="Authorize", _minus_2="Scheduled", _minus_1="Implement", _0="Review",
    _3="Closed", _4="Canceled",
)  # fmt: skip
PRIORITY: Final = choice(_1="1 - Critical", _2="2 - High", _3="3 - Moderate", _4="4 - Low", _5="5 - Planning")
LEVEL: Final = choice(_1="1 - High", _2="2 - Medium", _3="3 - Low")
APPROVAL: Final = Column(
    "choice",
    labels={
        "not requested": "Not Yet Requested", "requested": "Requested", "approved": "Approved", "rejected": "Rejected",
    },
)  # fmt: skip

SYSTEM: Final[Mapping[str, Column]] = {
    "sys_id": TEXT, "sys_created_on": TIME, "sys_created_by": TEXT, "sys_updated_on": TIME, "sys_updated_by": TEXT,
    "sys_mod_count": NUMBER,
}  # fmt: skip
UNVERSIONED: Final[Mapping[str, Column]] = {"sys_id": TEXT, "sys_created_on": TIME, "sys_created_by": TEXT}
"""What the tables of sys_audit and sys_journal_field have in common: no sys_updated_on."""

TASK: Final[Mapping[str, Column]] = {
    **SYSTEM, "number": TEXT, "sys_class_name": choice(incident="Incident", change_request="Change Request"),
    "sys_domain": to("domain"), "short_description": TEXT, "description": TEXT, "active": FLAG,
    "state": choice(_minus_5="Pending", _1="Open", _2="Work in Progress", _3="Closed Complete", _4="Closed Incomplete"),
    "priority": PRIORITY, "impact": LEVEL, "urgency": LEVEL,
    "escalation": choice(_0="Normal", _1="Moderate", _2="High", _3="Overdue"), "made_sla": FLAG, "sla_due": DUE,
    "opened_at": TIME, "opened_by": to("sys_user"), "closed_at": TIME, "closed_by": to("sys_user"),
    "assignment_group": to("sys_user_group"), "assigned_to": to("sys_user"), "reassignment_count": NUMBER,
    "business_service": to("cmdb_ci_service"), "service_offering": to("service_offering"), "cmdb_ci": to("cmdb_ci"),
    "correlation_id": TEXT, "correlation_display": TEXT, "approval": APPROVAL, "approval_set": TIME,
    "work_start": TIME, "work_end": TIME, "comments": TEXT, "work_notes": TEXT, "close_notes": TEXT,
    "contact_type": choice(**{"phone": "Phone", "email": "Email", "self-service": "Self-service",
                              "monitoring": "Monitoring", "partner": "Partner"}),
    "calendar_duration": DURATION, "business_duration": DURATION,
}  # fmt: skip

CLOSE_CODES: Final = ("Solution provided", "Workaround provided", "No resolution provided")
TABLES: Final[Mapping[str, Mapping[str, Column]]] = {
    "incident": {
        **TASK, "state": INCIDENT_STATE, "incident_state": INCIDENT_STATE,
        "hold_reason": choice(_1="Awaiting Caller", _3="Awaiting Problem", _4="Awaiting Vendor", _5="Awaiting Change"),
        "severity": LEVEL, "caller_id": to("sys_user"), "category": TEXT, "subcategory": TEXT,
        "resolved_at": TIME, "resolved_by": to("sys_user"), "reopened_time": TIME, "reopened_by": to("sys_user"),
        "reopen_count": NUMBER, "parent_incident": to("incident"), "child_incidents": NUMBER,
        "caused_by": to("change_request"), "rfc": to("change_request"), "problem_id": to("problem"),
        "major_incident_state": choice(
            proposed="Proposed", accepted="Accepted", rejected="Rejected", canceled="Canceled"
        ),
        "close_code": Column("choice", labels={code: code for code in CLOSE_CODES}),
        "calendar_stc": NUMBER, "business_stc": NUMBER,
    },
    "change_request": {
        **TASK, "state": CHANGE_STATE,
        "type": choice(standard="Standard", normal="Normal", emergency="Emergency"),
        "risk": choice(_2="High", _3="Moderate", _4="Low"), "start_date": TIME, "end_date": TIME,
        "requested_by": to("sys_user"), "requested_by_date": TIME,
        "close_code": Column("choice", labels={
            "successful": "Successful", "successful_issues": "Successful with issues", "unsuccessful": "Unsuccessful",
            "backed_out": "Backed out",
        }),
        "on_hold": FLAG, "on_hold_reason": TEXT, "review_status": TEXT, "review_comments": TEXT,
        "conflict_status": Column("choice", labels={text: text for text in ("Not Run", "No Conflict", "Conflict")}),
        "cab_required": FLAG, "cab_date_time": TIME, "unauthorized": FLAG, "production_system": FLAG,
    },
    "task": TASK,
    "cmdb_ci_outage": {
        **SYSTEM, "number": TEXT, "type": choice(outage="Outage", planned="Planned Outage", degradation="Degradation"),
        "cmdb_ci": to("cmdb_ci"), "begin": TIME, "end": TIME, "duration": DURATION, "task_number": to("task"),
        "short_description": TEXT,
    },
    "cmdb_outage_ci_mtom": {**SYSTEM, "outage": to("cmdb_ci_outage"), "ci_item": to("cmdb_ci")},
    "sys_audit": {
        **UNVERSIONED, "tablename": TEXT, "documentkey": TEXT, "fieldname": TEXT, "oldvalue": TEXT, "newvalue": TEXT,
        "user": TEXT, "record_checkpoint": NUMBER, "internal_checkpoint": TEXT, "reason": TEXT,
    },
    "sys_audit_delete": {
        **SYSTEM, "tablename": TEXT, "documentkey": TEXT, "display_value": TEXT, "payload": TEXT,
    },
    "sys_journal_field": {**UNVERSIONED, "element_id": TEXT, "name": TEXT, "element": TEXT, "value": TEXT},
    "metric_definition": {**SYSTEM, "name": TEXT, "table": TEXT, "field": TEXT, "type": TEXT, "active": FLAG},
    "metric_instance": {
        **SYSTEM, "definition": to("metric_definition"), "table": TEXT, "id": TEXT, "field": TEXT, "field_value": TEXT,
        "value": TEXT, "start": TIME, "end": TIME, "duration": DURATION, "calculation_complete": FLAG,
    },
    "asmt_metric": {
        **SYSTEM, "name": TEXT, "question": TEXT, "datatype": TEXT, "min": NUMBER, "max": NUMBER,
        "scale_definition": choice(high="High", low="Low"),
    },
    "asmt_assessment_instance": {
        **SYSTEM, "number": TEXT, "metric_type": to("asmt_metric_type"),
        "state": choice(ready="Ready to take", wip="In progress", complete="Complete", canceled="Canceled"),
        "taken_on": TIME, "user": to("sys_user"), "trigger_table": TEXT, "trigger_id": TEXT, "task_id": to("task"),
        "percent_answered": NUMBER,
    },
    "asmt_metric_result": {
        **SYSTEM, "instance": to("asmt_assessment_instance"), "metric": to("asmt_metric"), "actual_value": NUMBER,
        "string_value": TEXT, "normalized_value": NUMBER, "user": to("sys_user"), "source_table": TEXT,
        "source_id": TEXT,
    },
    "sysapproval_approver": {
        **SYSTEM, "document_id": TEXT, "source_table": TEXT, "sysapproval": to("task"), "state": APPROVAL,
        "approver": to("sys_user"),
    },
    "contract_sla": {**SYSTEM, "name": TEXT, "target": TEXT, "type": TEXT, "collection": TEXT, "duration": DURATION},
    "task_sla": {
        **SYSTEM, "task": to("task"), "sla": to("contract_sla"), "active": FLAG, "has_breached": FLAG,
        "stage": choice(in_progress="In progress", paused="Paused", completed="Completed", cancelled="Cancelled"),
        "start_time": TIME, "end_time": TIME, "planned_end_time": TIME, "pause_time": TIME, "pause_duration": DURATION,
        "duration": DURATION,
    },
    "sys_user_group": {**SYSTEM, "name": TEXT, "active": FLAG, "description": TEXT},
    "sys_user": {**SYSTEM, "user_name": TEXT, "name": TEXT, "active": FLAG},
    "cmdb_ci": {**SYSTEM, "name": TEXT, "sys_class_name": TEXT, "operational_status": TEXT},
    "cmdb_ci_service": {**SYSTEM, "name": TEXT, "sys_class_name": TEXT, "operational_status": TEXT},
    "service_offering": {**SYSTEM, "name": TEXT, "sys_class_name": TEXT, "operational_status": TEXT},
    "sys_choice": {
        **SYSTEM, "name": TEXT, "element": TEXT, "value": TEXT, "label": TEXT, "language": TEXT, "inactive": FLAG,
    },
    "sys_dictionary": {
        **SYSTEM, "name": TEXT, "element": TEXT, "internal_type": TEXT, "reference": TEXT, "active": FLAG,
    },
}  # fmt: skip
"""Every table of the instance. A reference to a table that is not here keeps its value and shows no name."""

DISPLAY: Final[Mapping[str, str]] = {
    "incident": "number", "change_request": "number", "task": "number", "cmdb_ci_outage": "number",
    "asmt_assessment_instance": "number",
}  # fmt: skip
"""The column that stands for a record where another one refers to it; `name` where nothing is said."""

STAMP: Final[Mapping[str, str]] = {"sys_audit": "sys_created_on", "sys_journal_field": "sys_created_on"}
"""The time by which a table is read on; `sys_updated_on` where nothing is said."""

DOCUMENT: Final[Mapping[str, str]] = {
    "sys_audit": "documentkey", "sys_journal_field": "element_id", "metric_instance": "id",
    "task_sla": "task",
}  # fmt: skip
"""The indexed column by which rows of one record are found."""
