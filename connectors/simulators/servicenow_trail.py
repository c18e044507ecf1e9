"""What ServiceNow writes beside a ticket: audit rows, comments, metric intervals, outages, surveys, approvals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from connectors.simulators.servicenow_rows import (
    group_id,
    hold_reason,
    item_id,
    ticket_id,
    user_id,
    vendor_state,
)
from connectors.simulators.servicenow_schema import INCIDENT_STATE
from connectors.simulators.servicenow_values import BEGIN, duration, sys_id, time
from connectors.simulators.world import Outage, Response, Step, Ticket
from core.model import Instant

Written: TypeAlias = tuple[Instant, str, Mapping[str, str]]
"""At an instant, in a table, these values; the same sys_id again replaces the row."""

OUTAGE_TYPES: Final = {"outage": "outage", "planned": "planned", "degraded": "degradation"}
STATE_METRIC: Final = "Incident State Duration"
GROUP_METRIC: Final = "Assignment Group"


def audited(ticket: Ticket) -> Iterator[Written]:
    """A row for every field that changed after the creation; two for a state, as incidents have two columns of it."""
    table = "incident" if ticket.kind == "incident" else "change_request"
    fields = ("state", "incident_state") if ticket.kind == "incident" else ("state",)
    held = {"hold_reason": "", "on_hold": "false"}
    count = 0
    approved = ticket.plan.approved_at if ticket.plan else None
    for step in _with_approval(ticket):
        new = _values(ticket, step, approved is not None and step.at >= approved)
        if step.kind == "state" and ticket.kind == "incident":
            new["hold_reason"] = hold_reason(ticket, step.at) if step.value == "hold" and not step.vendor_value else ""
        if step.kind == "state" and ticket.kind == "change":
            # A hold is a flag beside the state, which stays what it was.
            new["on_hold"] = "true" if step.value == "hold" else "false"
            new["state"] = held["state"] if step.value == "hold" else new["state"]
        changed = {name: value for name, value in new.items() if held.get(name) != value}
        known = {name: held.get(name, "") for name in changed}
        held |= new
        if step.at == ticket.created_at or not changed:
            continue  # what a form begins with is in no audit
        count += 1
        for name, value in changed.items():
            for field in fields if name == "state" else (name,):
                yield step.at, "sys_audit", {
                    "sys_id": sys_id(f"audit {ticket.key} {count} {field}"),
                    "tablename": table, "documentkey": ticket_id(ticket.key), "fieldname": field,
                    "oldvalue": known[name], "newvalue": value, "user": step.who, "sys_created_on": time(step.at),
                    "sys_created_by": step.who, "record_checkpoint": str(count),
                }  # fmt: skip


def _with_approval(ticket: Ticket) -> list[Step]:
    """A change's steps, and the move to "scheduled" that comes with its approval."""
    plan = ticket.plan
    if plan is None or plan.approved_at is None:
        return [step for step in ticket.steps if step.kind != "comment"]
    state = [s for s in ticket.steps if s.kind == "state" and s.at <= plan.approved_at]
    steps = [step for step in ticket.steps if step.kind != "comment"]
    if state and state[-1].value in ("new", "assigned") and state[-1].at < plan.approved_at:
        steps.append(Step(plan.approved_at, "state", state[-1].value, "person", state[-1].who))
    return sorted(steps, key=lambda step: step.at)


def _values(ticket: Ticket, step: Step, approved: bool) -> dict[str, str]:
    if step.kind == "state":
        return {"state": vendor_state(ticket, step.value, step.vendor_value, approved)}
    if step.kind == "group":
        return {"assignment_group": group_id(step.value)}
    if step.kind == "major":
        return {"major_incident_state": "accepted" if step.value == "1" else ""}
    return {step.kind: step.value}


def commented(ticket: Ticket) -> Iterator[Written]:
    """The comments, whose words nobody needs."""
    for place, step in enumerate(ticket.steps):
        if step.kind == "comment":
            yield step.at, "sys_journal_field", {
                "sys_id": sys_id(f"comment {ticket.key} {place}"), "element_id": ticket_id(ticket.key),
                "name": "incident" if ticket.kind == "incident" else "change_request",
                "element": "comments" if step.public else "work_notes", "value": "...",
                "sys_created_on": time(step.at), "sys_created_by": step.who,
            }  # fmt: skip


def measured(ticket: Ticket) -> Iterator[Written]:
    """Intervals of states and groups of an incident; the last one is open until the incident is inactive."""
    if ticket.kind != "incident":
        return
    last = [step for step in ticket.steps if step.kind == "state"][-1]
    over = last.at if last.value in ("closed", "cancelled") else None
    metrics = (("state", STATE_METRIC, "incident_state"), ("group", GROUP_METRIC, "assignment_group"))
    for kind, definition, field in metrics:
        steps = [(s, _values(ticket, s, False).popitem()[1]) for s in ticket.steps if s.kind == kind]
        steps = [pair for place, pair in enumerate(steps) if not place or steps[place - 1][1] != pair[1]]
        for place, (step, value) in enumerate(steps):
            following = steps[place + 1][0].at if place + 1 < len(steps) else None
            end = following if following is not None else over
            open_row = {
                **_system(f"metric {ticket.key} {kind} {step.at}", step.at, step.at),
                "definition": sys_id(f"definition {definition}"), "table": "incident", "id": ticket_id(ticket.key),
                "field": field, "field_value": value, "start": time(step.at), "calculation_complete": "false",
                "value": INCIDENT_STATE.labels.get(value, value) if kind == "state" else step.value,
            }  # fmt: skip
            yield step.at, "metric_instance", open_row
            if end is not None:
                yield end, "metric_instance", {
                    **open_row, "end": time(end), "duration": duration(step.at, end), "calculation_complete": "true",
                    "sys_updated_on": time(end), "sys_mod_count": "1",
                }  # fmt: skip


def agreed(ticket: Ticket) -> Iterator[Written]:
    """The clocks of an incident: of the response, which ends when it leaves New, and of the resolution.

    A clock that somebody reset by another priority is cancelled, and one more begins.
    """
    if ticket.kind != "incident":
        return
    states = [step for step in ticket.steps if step.kind == "state"]
    begun = next((step for step in states if step.value not in ("new", "assigned")), None)
    weighed = [step.at for step in ticket.steps if step.kind == "priority" and step.at > ticket.created_at]
    reset = next((at for at in weighed if begun is None or at < begun.at), None)
    clocks: list[tuple[str, str, Instant, Instant | None, str]] = []
    clocks += [("first response", "response", ticket.created_at, reset, "cancelled")] if reset is not None else []
    stage = "cancelled" if begun is not None and begun.value == "cancelled" else "completed"
    clocks.append(("response", "response", reset or ticket.created_at, begun.at if begun else None, stage))
    solved = next((step.at for step in states if step.value == "resolved"), None)
    clocks.append(("resolution", "resolution", ticket.created_at, solved, "completed"))
    for name, target, start, end, last in clocks:
        row = {
            **_system(f"clock {ticket.key} {name}", start, start), "task": ticket_id(ticket.key),
            "sla": sys_id(f"agreement {target}"), "stage": "in_progress", "active": "true", "has_breached": "false",
            "start_time": time(start),
        }  # fmt: skip
        yield start, "task_sla", row
        if end is not None:
            yield end, "task_sla", {
                **row, "stage": last, "active": "false", "end_time": time(end), "sys_updated_on": time(end),
                "duration": duration(start, end), "sys_mod_count": "1",
            }  # fmt: skip


def agreements() -> Iterator[Written]:
    """What is agreed about incidents."""
    for target in ("response", "resolution"):
        yield 0, "contract_sla", {
            **_system(f"agreement {target}", 0, 0), "sys_created_on": BEGIN, "sys_updated_on": BEGIN,
            "name": f"Priority {target}", "target": target, "type": "SLA", "collection": "incident",
        }  # fmt: skip


def definitions() -> Iterator[Written]:
    """The metric definitions that an instance is delivered with."""
    for name, field in ((STATE_METRIC, "incident_state"), (GROUP_METRIC, "assignment_group")):
        yield 0, "metric_definition", {
            **_system(f"definition {name}", 0, 0), "sys_created_on": BEGIN, "sys_updated_on": BEGIN, "name": name,
            "table": "incident", "field": field, "type": "field_value_duration", "active": "true",
        }  # fmt: skip


def outage(record: Outage, hit: str | None) -> Iterator[Written]:
    """An outage of an item or service of that name, as it is entered, and with its end."""
    values = {
        **_system(f"outage {record.key}", record.recorded_at, record.recorded_at),
        "number": f"OUT{record.sequence:07d}", "type": OUTAGE_TYPES[record.type],
        "cmdb_ci": item_id(hit), "begin": time(record.start),
        "task_number": ticket_id(record.ticket) if record.ticket else "",
    }  # fmt: skip
    yield record.recorded_at, "cmdb_ci_outage", values
    yield record.ended_at, "cmdb_ci_outage", {
        **values, "end": time(record.end), "duration": duration(record.start, record.end),
        "sys_updated_on": time(record.ended_at), "sys_mod_count": "1",
    }  # fmt: skip


def answered(response: Response, requester: str) -> Iterator[Written]:
    """A filled-in questionnaire and its one numeric answer, with the scale on the question."""
    instance, question = sys_id(f"survey {response.key}"), sys_id(f"question {response.scale_min} {response.scale_max}")
    span = response.scale_max - response.scale_min
    yield response.at, "asmt_metric", {
        **_system(f"question {response.scale_min} {response.scale_max}", 0, 0), "sys_created_on": BEGIN,
        "sys_updated_on": BEGIN, "name": "Satisfaction", "datatype": "scale", "min": str(response.scale_min),
        "max": str(response.scale_max), "scale_definition": "high", "question": "How satisfied are you?",
    }  # fmt: skip
    yield response.at, "asmt_assessment_instance", {
        **_system(f"survey {response.key}", response.at, response.at), "number": f"AINST{response.sequence:08d}",
        "state": "complete", "taken_on": time(response.at), "user": user_id(requester), "trigger_table": "incident",
        "trigger_id": ticket_id(response.ticket), "task_id": ticket_id(response.ticket), "percent_answered": "100",
    }  # fmt: skip
    tenths = str(round((response.score - response.scale_min) / span * 10))
    answers = (("score", str(response.score), question, tenths), ("words", "-1", sys_id("question words"), ""))
    for name, value, metric, normalized in answers:
        yield response.at, "asmt_metric_result", {
            **_system(f"answer {response.key} {name}", response.at, response.at), "instance": instance,
            "metric": metric, "actual_value": value, "string_value": value if name == "score" else "...",
            "user": user_id(requester), "normalized_value": normalized,
            "source_table": "asmt_metric_type", "source_id": sys_id("survey of incidents"),
        }  # fmt: skip


def approved(ticket: Ticket) -> Iterator[Written]:
    """Who approved a change and when."""
    if ticket.plan and ticket.plan.approved_at is not None:
        at = ticket.plan.approved_at
        yield at, "sysapproval_approver", {
            **_system(f"approval {ticket.key}", ticket.created_at, at), "document_id": ticket_id(ticket.key),
            "source_table": "change_request", "sysapproval": ticket_id(ticket.key), "state": "approved",
        }  # fmt: skip


def deleted(table: str, sys_id_: str, at: Instant, name: str) -> Written:
    """What is left of a record that somebody deleted from a form or a list."""
    values = {"tablename": table, "documentkey": sys_id_, "display_value": name}
    return at, "sys_audit_delete", _system(f"deleted {sys_id_} {at}", at, at) | values


def _system(what: str, created: Instant, updated: Instant) -> dict[str, str]:
    return {
        "sys_id": sys_id(what), "sys_created_on": time(created), "sys_created_by": "system",
        "sys_updated_on": time(updated), "sys_updated_by": "system", "sys_mod_count": "0",
    }  # fmt: skip
