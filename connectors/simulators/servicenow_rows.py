"""A ticket of the simulated world as ServiceNow keeps it: the row of an incident, of a change, of their base table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.simulators.servicenow_tables import Row, Tables
from connectors.simulators.servicenow_values import BEGIN, duration, seconds, sys_id, time
from connectors.simulators.world import Step, Ticket, View, World
from core.model import Instant

INCIDENT_STATES: Final[Mapping[str, str]] = {
    "new": "1", "assigned": "1", "active": "2", "hold": "3", "resolved": "6", "closed": "7", "cancelled": "8",
}  # fmt: skip
CHANGE_STATES: Final[Mapping[str, str]] = {
    "new": "-5", "assigned": "-4", "active": "-1", "hold": "-1", "resolved": "0", "closed": "3", "cancelled": "4",
}  # fmt: skip
LEVELS: Final = {1: ("1", "1"), 2: ("1", "2"), 3: ("2", "2"), 4: ("2", "3"), 5: ("3", "3")}
"""Priority -> impact and urgency that make it."""
CHANNELS: Final = {"portal": "self-service"}
CLOSE_CODES: Final[Mapping[str | None, str]] = {
    "successful": "successful", "with_issues": "successful_issues", "unsuccessful": "unsuccessful",
    "backed_out": "backed_out",
}  # fmt: skip


def ticket_id(key: str) -> str:
    """The sys_id of a ticket of the world."""
    return sys_id(f"ticket {key}")


def group_id(name: str) -> str:
    """The sys_id of a group; "" for none."""
    return sys_id(f"group {name}") if name else ""


def user_id(login: str) -> str:
    """The sys_id of an account; "" for none."""
    return sys_id(f"user {login}") if login else ""


def item_id(name: str | None) -> str:
    """The sys_id of a configuration item or service; "" for none."""
    return sys_id(f"item {name}") if name else ""


def named(record: str, name: str) -> dict[str, str]:
    """The columns of something that was there from the beginning and has a name."""
    return {
        "sys_id": record, "name": name, "sys_created_on": BEGIN, "sys_created_by": "admin", "sys_updated_on": BEGIN,
        "sys_updated_by": "admin", "sys_mod_count": "0",
    }  # fmt: skip


def vendor_state(ticket: Ticket, state: str, custom: str | None, approved: bool) -> str:
    """The state as the column holds it."""
    if custom:
        return custom
    if ticket.kind == "incident":
        return INCIDENT_STATES[state]
    if approved and state in ("new", "assigned"):
        return "-2"
    return CHANGE_STATES[state]


def hold_reason(ticket: Ticket, at: Instant) -> str:
    """Why a ticket was put on hold at that moment: the same answer whenever it is asked."""
    return "134"[int(sys_id(f"hold {ticket.key} {at}")[:4], 16) % 3]


class Writer:
    """Writes the rows of one supplier's tickets."""

    def __init__(self, world: World, supplier: str, tables: Tables) -> None:
        self._incident, self._change = tables["incident"], tables["change_request"]
        self._task = tables["task"]
        self._titles = {s.key: s.title for s in world.suppliers}
        parents = [t for t in world.of(supplier, "incident") if t.parent]
        self._children = {p.parent: tuple(t for t in parents if t.parent == p.parent) for p in parents}

    def put(self, view: View, now: Instant) -> None:
        """Keep a ticket as it is now, in its own table and in the base table."""
        change = view.ticket.kind == "change"
        values = self._common(view) | (_change(view) if change else self._incident_only(view, now))
        own = self._change if change else self._incident
        row = own.row(values)
        own.put(row)
        self._task.put(base(own.positions, row, self._task.positions))

    def _common(self, view: View) -> dict[str, str]:
        ticket, steps = view.ticket, [s for s in view.steps if s.kind != "comment"]
        # A comment is a record of its own: the ticket's row does not move with it.
        after = [s.at for s in steps] + [r.at for r in view.references] + ([view.cause.at] if view.cause else [])
        after += [m for m in (view.approved_at, view.actual_start, view.actual_end) if m is not None]
        updated = max([ticket.created_at, *after])
        impact, urgency = LEVELS[view.priority]
        owner = next((s.who for s in reversed(steps) if s.actor == "person" and s.kind == "state"), "")
        reference = view.references[-1] if view.references else None
        closed, resolved = view.closed_at, view.resolved_at
        end = resolved if resolved is not None else closed
        return {
            "sys_id": ticket_id(ticket.key), "number": ticket.number,
            "sys_class_name": "incident" if ticket.kind == "incident" else "change_request", "sys_domain": "global",
            "sys_created_on": time(ticket.created_at), "sys_created_by": ticket.requester,
            "sys_updated_on": time(updated), "sys_updated_by": view.updated_by,
            "sys_mod_count": str(len({moment for moment in after if moment > ticket.created_at})),
            "short_description": ticket.title, "active": _flag(view.state not in ("closed", "cancelled")),
            "state": vendor_state(ticket, view.state, view.vendor_state, view.approved_at is not None),
            "priority": str(view.priority), "impact": impact, "urgency": urgency, "escalation": "0",
            "made_sla": "true", "opened_at": _opened(ticket), "opened_by": user_id(ticket.requester),
            "closed_at": time(closed), "closed_by": user_id(owner) if closed is not None else "",
            "assignment_group": group_id(view.group), "assigned_to": user_id(owner),
            "reassignment_count": str(view.reassignment_count), "business_service": item_id(ticket.service_name),
            "cmdb_ci": item_id(ticket.item), "correlation_id": reference.number if reference else "",
            "correlation_display": self._titles[reference.supplier] if reference else "",
            "approval": "not requested", "contact_type": CHANNELS.get(ticket.channel, ticket.channel),
            "calendar_duration": duration(ticket.opened_at, end), "business_duration": duration(ticket.opened_at, end),
        }  # fmt: skip

    def _incident_only(self, view: View, now: Instant) -> dict[str, str]:
        ticket, held = view.ticket, _last_state(view)
        over = view.state in ("resolved", "closed")
        solver = next((s.who for s in reversed(view.steps) if (s.kind, s.value) == ("state", "resolved")), "")
        calendar = seconds(ticket.opened_at, view.resolved_at if view.resolved_at is not None else view.closed_at)
        children = [child for child in self._children.get(ticket.key, ()) if child.created_at <= now]
        return {
            "incident_state": vendor_state(ticket, view.state, view.vendor_state, False),
            "hold_reason": hold_reason(ticket, held.at) if view.state == "hold" and not view.vendor_state else "",
            "severity": "3", "caller_id": user_id(ticket.requester), "category": "inquiry",
            "resolved_at": time(view.resolved_at), "resolved_by": user_id(solver),
            "reopened_time": time(view.reopened_at), "reopen_count": str(view.reopen_count),
            "parent_incident": ticket_id(ticket.parent) if ticket.parent else "", "child_incidents": str(len(children)),
            "caused_by": ticket_id(view.cause.ticket) if view.cause else "",
            "major_incident_state": "accepted" if view.major else "",
            "close_code": "Solution provided" if over else "", "calendar_stc": calendar, "business_stc": calendar,
        }  # fmt: skip


def _change(view: View) -> dict[str, str]:
    plan = view.ticket.plan
    assert plan is not None, f"{view.ticket.key} is a change without a plan"
    approval = "approved" if view.approved_at is not None else "rejected" if view.state == "cancelled" else "requested"
    return {
        "type": plan.type, "risk": {"standard": "4", "normal": "3", "emergency": "2"}[plan.type],
        "start_date": time(plan.planned_start), "end_date": time(plan.planned_end),
        "work_start": time(view.actual_start), "work_end": time(view.actual_end), "opened_at": _opened(view.ticket),
        "requested_by": user_id(view.ticket.requester), "approval": approval, "approval_set": time(view.approved_at),
        "close_code": CLOSE_CODES.get(view.outcome, ""), "on_hold": _flag(view.state == "hold"),
        "conflict_status": "Not Run", "cab_required": "false", "unauthorized": "false", "production_system": "false",
    }  # fmt: skip


def _opened(ticket: Ticket) -> str:
    """When the form says it was opened; where a person's import put a local form there, that."""
    written = time(ticket.opened_at)
    if not ticket.unreadable_time:
        return written
    year, month, day = written[:10].split("-")
    return f"{int(month)}/{int(day)}/{year} {written[11:]}"


def _last_state(view: View) -> Step:
    return next(step for step in reversed(view.steps) if step.kind == "state")


def _flag(yes: bool) -> str:
    return "true" if yes else "false"


def base(own: Mapping[str, int], row: Row, columns: Mapping[str, int]) -> Row:
    """The part of a row that its base table shows: columns by their positions, in the order of the base table."""
    return tuple(row[own[name]] for name in columns)
