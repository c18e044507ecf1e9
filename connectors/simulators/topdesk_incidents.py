"""Incidents as TOPdesk's cards hold them: what a card says now, and what it said at every change before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.simulators import topdesk_tenant as words
from connectors.simulators.shelf import Shelf
from connectors.simulators.topdesk_fields import blank_tab
from connectors.simulators.topdesk_lists import Stamp
from connectors.simulators.topdesk_tenant import HOUR, Tenant, pair, uid
from connectors.simulators.world import Step, Ticket, View, World, as_of, moments
from core.model import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Course:
    """How far a ticket has come, by the flags a card has for it."""

    completed_at: Instant | None = None
    closed_at: Instant | None = None
    held_since: Instant | None = None
    held: int = 0  # microseconds of the holds that are over


@dataclass(frozen=True, slots=True)
class Leaf:
    """An incident as it was when it last changed: what a card is made from."""

    view: View
    course: Course
    modified: Instant


class Incidents:
    """The incidents of one tenant."""

    def __init__(self, world: World, supplier: str, tenant: Tenant) -> None:
        self.world, self.supplier, self.tenant = world, world.supplier(supplier), tenant
        self.tickets = {t.key: t for t in world.of(supplier, "incident") if not tenant.hidden(t)}
        self.key_of = {uid("incident", key): key for key in self.tickets}
        self.by_number = {ticket.number: key for key, ticket in self.tickets.items()}
        self.outages = {o.ticket: o for o in world.outages if o.ticket in self.tickets and o.type == "outage"}
        self.responses = {r.ticket: r for r in world.responses if r.ticket in self.tickets}
        self._moments = {key: self._changes(ticket) for key, ticket in self.tickets.items()}
        self.shelf: Shelf[Leaf] = Shelf(self._moments, self._leaf)

    def archived(self, leaf: Leaf, now: Instant) -> bool:
        """Whether the card has left the lists."""
        after, closed = self.tenant.archive_after, leaf.course.closed_at
        return after is not None and closed is not None and closed + after <= now

    def card(self, leaf: Leaf, now: Instant) -> dict[str, Any]:
        """All of a card, moments as `Stamp`."""
        return _card(self, leaf, now)

    def _changes(self, ticket: Ticket) -> Sequence[Instant]:
        found = set(moments(ticket))
        if outage := self.outages.get(ticket.key):
            found |= {outage.recorded_at, outage.ended_at}
        if response := self.responses.get(ticket.key):
            found.add(response.at)
        return sorted(moment for moment in found if moment >= ticket.created_at)

    def _leaf(self, key: str, now: Instant) -> Leaf | None:
        view = as_of(self.tickets[key], now)
        if view is None:
            return None
        written = self._moments[key]
        return Leaf(view, course(view.steps), written[bisect_right(written, now) - 1])


def course(steps: Sequence[Step]) -> Course:
    """How far a ticket has come by these steps. A reopening clears what was reached before."""
    completed = closed = since = None
    held = 0
    for step in steps:
        if step.kind != "state":
            continue
        if since is not None and step.value != "hold":
            held, since = held + step.at - since, None
        if step.value == "hold" and since is None:
            since = step.at
        done = step.value in ("resolved", "closed", "cancelled")
        completed = (step.at if completed is None else completed) if done else None
        ended = step.value in ("closed", "cancelled")
        closed = (step.at if closed is None else closed) if ended else None
    return Course(completed, closed, since, held)


class Glance(Mapping[str, Any]):
    """A card for those who look at little of it: what is often asked for at once, the rest when it is asked for."""

    __slots__ = ("_incidents", "_leaf", "_now")

    def __init__(self, incidents: Incidents, leaf: Leaf, now: Instant) -> None:
        self._incidents, self._leaf, self._now = incidents, leaf, now

    def __getitem__(self, name: str) -> Any:
        if name == "modificationDate":
            return self._leaf.modified
        if name == "creationDate":
            return self._leaf.view.ticket.created_at
        if name == "closed":
            return self._leaf.course.closed_at is not None
        if name == "completed":
            return self._leaf.course.completed_at is not None
        if name == "number":
            return self._leaf.view.ticket.number
        if name == "id":
            return uid("incident", self._leaf.view.ticket.key)
        return self._incidents.card(self._leaf, self._now)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._incidents.card(self._leaf, self._now))

    def __len__(self) -> int:
        return len(self._incidents.card(self._leaf, self._now))


def stamp(instant: Instant | None) -> Stamp | None:
    """A moment on a card."""
    return None if instant is None else Stamp(instant)


def target(ticket: Ticket, priority: int) -> Instant:
    """The deadline of a card."""
    return ticket.opened_at + words.HOURS[priority] * HOUR


def status_name(view: View, language: words.Language) -> str:
    """The processing status, in the customer's words."""
    return view.vendor_state or words.STATES[language][view.state]


def agent(view: View) -> str | None:
    """Who has the card: the last person that worked on it."""
    return next((s.who for s in reversed(view.steps) if s.actor == "person" and s.kind != "comment"), None)


def stars(incidents: Incidents, key: str, now: Instant) -> int | None:
    """The customer's answer from one to five; None before it was given."""
    given = incidents.responses.get(key)
    if given is None or given.at > now:
        return None
    return 1 + round(4 * (given.score - given.scale_min) / (given.scale_max - given.scale_min))


def _card(incidents: Incidents, leaf: Leaf, now: Instant) -> dict[str, Any]:
    view, ticket, run, language = leaf.view, leaf.view.ticket, leaf.course, incidents.tenant.language
    number, path = uid("incident", ticket.key), f"/tas/api/incidents/id/{uid('incident', ticket.key)}"
    first = view.group == incidents.supplier.groups[0].name
    line = ("firstLine" if first else "secondLine") + ("Archived" if incidents.archived(leaf, now) else "")
    done, over = run.completed_at is not None, run.closed_at is not None
    who = agent(view)
    due = stamp(target(ticket, view.priority))
    closure = words.CLOSURES[language][view.state == "cancelled"]
    named = view.references
    card: dict[str, Any] = {
        "id": number,
        "status": line,
        "number": ticket.number,
        "request": None,
        "requests": path + "/requests",
        "action": path + "/actions",
        "attachments": path + "/attachments",
        "caller": {
            "id": uid("person", ticket.requester), "dynamicName": ticket.requester,
            "email": f"{ticket.requester}@example.org", "mobileNumber": "", "phoneNumber": "", "branch": None,
        },
        "briefDescription": ticket.title[:80],
        "externalNumber": named[0].number[:60] if named else "",
        "category": pair("category", ticket.service_name) if ticket.service_name else None,
        "callType": pair("call type", words.CALL_TYPES[language][0]),
        "entryType": pair("entry type", words.ENTRIES[language][ticket.channel]),
        "object": _object(ticket.item),
        "asset": {"id": uid("asset", ticket.item)} if ticket.item else None,
        "priority": pair("priority", f"P{view.priority}"),
        "duration": pair("duration", words.duration(words.HOURS[view.priority])),
        "actualDuration": max((run.completed_at or now) - ticket.opened_at, 0) // (60 * SECOND),
        "targetDate": due,
        "sla": {"id": uid("sla", ticket.service_name), "responseTargetDate": None, "targetDate": due}
        if ticket.service_name
        else None,
        "onHold": run.held_since is not None,
        "onHoldDate": stamp(run.held_since),
        "onHoldDuration": run.held // (60 * SECOND),
        "feedbackRating": stars(incidents, ticket.key, now),
        "operator": {**pair("operator", who), "status": "operator"} if who else None,
        "operatorGroup": pair("operator group", view.group) if view.group else None,
        "processingStatus": pair("status", status_name(view, language)),
        "responded": view.first_response_at is not None,
        "responseDate": stamp(view.first_response_at),
        "completed": done,
        "completedDate": stamp(run.completed_at),
        "closed": over,
        "closedDate": stamp(run.closed_at),
        "closureCode": pair("closure code", closure) if over else None,
        "escalationStatus": None if first else "Escalated",
        "callDate": None if ticket.unreadable_time else stamp(ticket.opened_at),
        "creator": pair("operator", ticket.requester),
        "creationDate": stamp(ticket.created_at),
        "modifier": pair("operator", view.updated_by),
        "modificationDate": stamp(leaf.modified),
        "majorCall": view.major,
        "majorCallObject": _mass(incidents, ticket, now),
        "publishToSsd": True,
        "monitored": False,
        "optionalFields1": _outage(incidents, ticket, now),
        "optionalFields2": blank_tab(),
        "partialIncidents": [],
        "externalLinks": [
            {"id": reference.number, "type": reference.supplier, "date": stamp(reference.at)} for reference in named[1:]
        ],
    }  # fmt: skip
    return {**_EMPTY, **card}


_EMPTY: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        ("callerBranch", "callerLocation", "branchExtraFieldA", "branchExtraFieldB", "subcategory", "branch",
         "location", "impact", "urgency", "feedbackMessage", "supplier", "escalationReason", "escalationOperator",
         "archivingReason", "mainIncident")),
    **dict.fromkeys(
        ("timeSpent", "timeSpentFirstLine", "timeSpentSecondLine", "timeSpentPartial", "timeSpentLinkedPartials",
         "timeSpentSecondLineAndPartials", "expectedTimeSpent"), 0),
    **dict.fromkeys(("costs", "itemCosts", "objectCosts"), 0.0),
}  # fmt: skip


def _object(name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    empty = dict.fromkeys(("type", "make", "model", "branch", "location"))
    return {**pair("object", name), **empty, "specification": "", "serialNumber": ""}


def _mass(incidents: Incidents, ticket: Ticket, now: Instant) -> dict[str, Any] | None:
    parent = incidents.tickets.get(ticket.parent or "")
    if parent is None or parent.created_at > now:
        return None
    return {"id": uid("incident", parent.key), "name": parent.number, "status": 1, "majorIncident": True}


def _outage(incidents: Incidents, ticket: Ticket, now: Instant) -> dict[str, Any]:
    """The free fields in which this customer notes when it went down and when it came back."""
    tab, outage = blank_tab(), incidents.outages.get(ticket.key)
    if outage and outage.recorded_at <= now:
        tab["date1"] = stamp(outage.start)
        tab["date2"] = stamp(outage.end) if outage.ended_at <= now else None
    return tab
