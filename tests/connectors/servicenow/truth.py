"""What the store should hold of the simulated world at an instant, and what it does hold, in the same form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.simulators.servicenow_rows import ticket_id
from connectors.simulators.servicenow_values import sys_id
from connectors.simulators.story_cast import SUPPLIERS
from connectors.simulators.world import Step, Ticket, View, World, as_of
from core.model import Instant
from tests.connectors.stored import apart, records, tickets_apart, tuples

_MACHINES = frozenset(name for supplier in SUPPLIERS for name in supplier.automation)
CHANGE_STATES = {
    "new": "-5",
    "assigned": "-4",
    "active": "-1",
    "hold": "-1",
    "resolved": "0",
    "closed": "3",
    "cancelled": "4",
}
INCIDENT_STATES = {"new": "1", "active": "2", "hold": "3", "resolved": "6", "closed": "7", "cancelled": "8"}


@dataclass
class Truth:
    """What an account can know of acme's tickets at an instant."""

    world: World
    now: Instant
    url: str
    custom: str | None = None  # what the state that the customer added means, where somebody has said it
    hidden: Callable[[str], bool] = lambda key: False  # ids of records that the account may not see

    @cached_property
    def views(self) -> list[View]:
        """The tickets that the account sees."""
        views = [as_of(ticket, self.now) for ticket in self.world.of("acme")]
        return [view for view in views if view is not None and not self.hidden(ticket_id(view.ticket.key))]

    def differences(self, database: Path) -> list[str]:
        """Everything in which a store differs from this, a line each; nothing where it holds the truth."""
        expected = {ticket["vendor_id"]: ticket for ticket in map(self._ticket, self.views)}
        wrong = tickets_apart(expected, database)
        for kind in ("state", "priority", "group", "major", "comment"):
            wrong += apart(kind, self.events(kind), _told(database, kind))
        names: tuple[str, ...] = ("vendor_id", "ticket", "component", "service", "type", "start", "end")
        wrong += apart("outage", self.outages(), tuples(database, "outage", names))
        names = ("vendor_id", "ticket", "at", "score", "scale_min", "scale_max")
        wrong += apart("response", self.responses(), tuples(database, "response", names))
        wrong += apart("link", self.links(), tuples(database, "link", ("ticket", "kind", "reference")))
        return sorted(wrong)

    def _ticket(self, view: View) -> dict[str, Any]:
        ticket, plan = view.ticket, view.ticket.plan
        key, incident, moved = ticket_id(ticket.key), ticket.kind == "incident", _moves(view)
        opened = None if ticket.unreadable_time else ticket.opened_at
        return {
            "vendor_id": key,
            "kind": ticket.kind,
            "number": ticket.number,
            "url": f"{self.url}/nav_to.do?uri={'incident' if incident else 'change_request'}.do?sys_id={key}",
            "state": self.custom if view.vendor_state else _state(ticket, view.state),
            "vendor_state": view.vendor_state or _vendor_state(view),
            "priority": view.priority,
            "major": int(view.major),
            "opened_at": opened,
            "first_response_at": None,
            "resolved_at": view.resolved_at if incident else None,
            "closed_at": view.closed_at,
            "outage_start": None,
            "outage_end": None,
            "group": view.group,
            "component": ticket.item,
            "service": ticket.service_name,
            "reopen_count": view.reopen_count if incident else None,
            "reassignment_count": view.reassignment_count,
            "change_type": plan.type if plan else None,
            "requested_at": opened if plan else None,
            "approved_at": view.approved_at if plan else None,
            "planned_start": plan.planned_start if plan else None,
            "planned_end": plan.planned_end if plan else None,
            "actual_start": view.actual_start,
            "actual_end": view.actual_end,
            "outcome": None if not plan else "abandoned" if view.state == "cancelled" else view.outcome,
            "suspect": "opened_at unreadable" if ticket.unreadable_time else None,
            "changed_at": moved[-1],
            "revision": len(moved) - 1,
        }

    def events(self, kind: str) -> set[tuple[Any, ...]]:
        """(ticket, at, before, after, actor) of every step of a kind; of comments (ticket, at, actor, public)."""
        found: set[tuple[Any, ...]] = set()
        for view in self.views:
            key, incident = ticket_id(view.ticket.key), view.ticket.kind == "incident"
            if kind == "comment" and incident:
                found |= {(key, s.at, _actor(s), int(s.public)) for s in view.steps if s.kind == "comment"}
            elif incident or kind in ("state", "group"):
                found |= {(key, *change) for change in self._changes(view, kind)}
        return found

    def _changes(self, view: View, kind: str) -> Iterator[tuple[Any, ...]]:
        """Steps from one value to another one; those of the creation are in no history."""
        held: str | None = "0" if kind == "major" else None
        for step in view.steps:
            if step.kind != kind:
                continue
            value = self.custom if step.vendor_value else step.value
            value = _state(view.ticket, value) if kind == "state" and value else value
            if step.at > view.ticket.created_at and value != held:
                # Who moves a ticket between groups or weighs it is somebody who works on it.
                actor = _actor(step)
                yield step.at, held, value, "person" if actor == "requester" and kind != "state" else actor
            held = value

    def outages(self) -> set[tuple[Any, ...]]:
        """(id, ticket, component, service, type, start, end) of the records that are written by then."""
        names = {service.key: service.names.get("acme") for service in self.world.services}
        return {
            (
                sys_id(f"outage {one.key}"),
                ticket_id(one.ticket) if one.ticket else None,
                one.item,
                names.get(one.service or "") if one.item is None else None,
                one.type,
                one.start,
                one.end if one.ended_at <= self.now else None,
            )
            for one in self.world.outages
            if one.supplier == "acme" and one.recorded_at <= self.now
        }

    def responses(self) -> set[tuple[Any, ...]]:
        """(id, ticket, at, score, scale) of the customers' answers."""
        return {
            (sys_id(f"answer {r.key} score"), ticket_id(r.ticket), r.at, r.score, r.scale_min, r.scale_max)
            for r in self.world.responses
            if r.supplier == "acme" and r.at <= self.now
        }

    def links(self) -> set[tuple[Any, ...]]:
        """(ticket, kind, reference): another supplier's number, the mass incident, the change that caused it."""
        found: set[tuple[Any, ...]] = set()
        for view in self.views:
            key = ticket_id(view.ticket.key)
            if view.references:
                kind = "same" if view.ticket.kind == "incident" else "follow_up"
                found.add((key, kind, view.references[-1].number))
            if view.ticket.parent:
                found.add((key, "same", ticket_id(view.ticket.parent)))
            if view.cause:
                found.add((key, "cause", ticket_id(view.cause.ticket)))
        return found


@dataclass
class Measured(Truth):
    """The same where intervals are read in place of the audit: they tell no actors, and of incidents only."""

    def events(self, kind: str) -> set[tuple[Any, ...]]:
        """(ticket, at, None, what holds from then on, "unknown") for states and groups, the first ones too."""
        if kind == "comment":
            return super().events(kind)
        found: set[tuple[Any, ...]] = set()
        for view in self.views:
            held = None
            for step in view.steps if view.ticket.kind == "incident" and kind in ("state", "group") else ():
                value = self.custom if step.vendor_value else _state(view.ticket, step.value)
                if step.kind == kind and value != held:
                    found.add((ticket_id(view.ticket.key), step.at, None, value, "unknown"))
                held = value if step.kind == kind else held
        return found


def _moves(view: View) -> list[Instant]:
    """The instants at which the row changed: with everything but a comment, which is a record of its own."""
    ticket = view.ticket
    moved = {step.at for step in view.steps if step.kind != "comment"} | {one.at for one in view.references}
    moved |= {view.cause.at} if view.cause else set()
    moved |= {at for at in (view.approved_at, view.actual_start, view.actual_end) if at is not None}
    return [ticket.created_at, *sorted(at for at in moved if at > ticket.created_at)]


def _state(ticket: Ticket, state: str) -> str:
    """What an instance can tell of a state: an incident that is assigned is a new one."""
    return "new" if ticket.kind == "incident" and state == "assigned" else state


def _vendor_state(view: View) -> str:
    if view.ticket.kind == "incident":
        return INCIDENT_STATES[_state(view.ticket, view.state)]
    if view.approved_at is not None and view.state in ("new", "assigned"):
        return "-2"
    return CHANGE_STATES[view.state]


def _actor(step: Step) -> str:
    """Monitoring is a machine even where it asked."""
    return "automation" if step.who in _MACHINES else step.actor


def _told(database: Path, kind: str) -> set[tuple[Any, ...]]:
    names = ["ticket", "at", *(["actor", "public"] if kind == "comment" else ["from_value", "to_value", "actor"])]
    return {tuple(row[name] for name in names) for row in records(database, "event") if row["kind"] == kind}
