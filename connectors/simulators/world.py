"""The simulated world: suppliers that share services, and the true timeline of everything that happens to them.

Plain data. A ticket holds all that will ever happen to it, each step with its instant; `as_of` tells what a system
shows of it by its clock: what has not happened yet is not there. Instants are microseconds UTC, whole seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from core.model import Actor, Instant

StepKind: TypeAlias = Literal["state", "priority", "group", "major", "comment"]


@dataclass(frozen=True, slots=True)
class Group:
    """An assignment group in a supplier's system, and the party whose people are in it."""

    name: str
    party: str  # a supplier's key or "integrator"


@dataclass(frozen=True, slots=True)
class Supplier:
    """A party with a system of its own."""

    key: str
    title: str
    vendor: str  # "servicenow", "jira" or "topdesk"
    groups: tuple[Group, ...]  # the supplier's own first
    people: tuple[str, ...]  # login names of agents
    automation: tuple[str, ...]  # login names of integration and monitoring accounts
    automation_patterns: tuple[str, ...]  # shell patterns that cover them, as a configuration would say it
    number_format: str = "INC{:07d}"  # of incidents
    change_format: str = "CHG{:07d}"  # of changes


@dataclass(frozen=True, slots=True)
class Component:
    """Something that one supplier runs."""

    key: str  # the component's name in the configuration
    supplier: str
    names: tuple[str, ...]  # names it has in the supplier's system, one per item of it
    services: tuple[str, ...]  # keys of the services that stand on it


@dataclass(frozen=True, slots=True)
class Service:
    """What the customer uses."""

    key: str
    title: str
    names: Mapping[str, str]  # supplier's key -> the service's name in its system


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a ticket."""

    at: Instant
    kind: StepKind
    value: str  # state: one of model.STATES; priority "1".."5"; group's name; major "1"/"0"; "" for a comment
    actor: Actor
    who: str  # login name of who did it, as the system would record it
    public: bool = True  # comments: can the requester and other suppliers see it
    vendor_value: str | None = None  # a customised value that the system shows in place of its usual word


@dataclass(frozen=True, slots=True)
class Reference:
    """From `at` on the ticket names another supplier's ticket as the same disturbance."""

    at: Instant
    supplier: str  # whose ticket it is
    number: str  # its number there, "GLX-12"
    ticket: str  # its key in the world


@dataclass(frozen=True, slots=True)
class Cause:
    """From `at` on the incident names a change of the same supplier as its cause."""

    at: Instant
    ticket: str  # the change's key in the world
    number: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What only a change has. An instant is shown once the clock has reached it; the planned window from the start."""

    type: Literal["standard", "normal", "emergency"]
    requested_at: Instant
    approved_at: Instant | None  # None: never approved
    planned_start: Instant
    planned_end: Instant
    actual_start: Instant | None
    actual_end: Instant | None
    outcome: str | None  # one of model.OUTCOMES, shown from `actual_end` (else from the closing) on


@dataclass(frozen=True, slots=True)
class Ticket:
    """An incident or a change with all that ever happens to it."""

    key: str  # unique in the world: "acme-i-17", "globex-c-3"
    supplier: str
    kind: Literal["incident", "change"]
    sequence: int  # 1, 2, ... per supplier and kind, in order of creation
    number: str  # what people quote
    title: str
    requester: str  # login name of who reported it (an automation account for monitoring events)
    channel: Literal["phone", "email", "portal", "monitoring", "partner"]
    created_at: Instant  # when the record appears
    opened_at: Instant  # what the form says; a typing error can put it behind the resolution
    service: str | None  # key
    service_name: str | None  # as the supplier's system calls it; None: left empty
    component: str | None  # key
    item: str | None  # the component's name in the supplier's system; None: left empty
    steps: tuple[Step, ...]  # by instant; the first ones, at `created_at`, set state, priority and group
    references: tuple[Reference, ...] = ()
    parent: str | None = None  # key of the mass incident it belongs to, same supplier
    cause: Cause | None = None
    plan: Plan | None = None  # changes only
    unreadable_time: bool = False  # the system holds no readable opening time, where the vendor could have that


@dataclass(frozen=True, slots=True)
class Outage:
    """Time in which something did not work, as somebody typed it: a record, or fields on the ticket."""

    key: str
    supplier: str
    sequence: int  # 1, 2, ... per supplier
    ticket: str | None  # key
    component: str | None  # key
    item: str | None  # the component's name in the supplier's system
    service: str | None  # key, where the service as a whole was hit
    type: Literal["outage", "planned", "degraded"]
    start: Instant
    end: Instant
    recorded_at: Instant  # when the record (or the typed start) appears
    ended_at: Instant  # when the end is filled in; until then it is open
    approved_at: Instant | None = None  # planned ones


@dataclass(frozen=True, slots=True)
class Response:
    """A customer's answer about an incident."""

    key: str
    supplier: str
    sequence: int
    ticket: str  # key
    at: Instant
    score: int
    scale_min: int
    scale_max: int


@dataclass(frozen=True, slots=True)
class World:
    """All that is simulated, past and future."""

    seed: int
    start: Instant
    end: Instant  # nothing is generated after it
    suppliers: tuple[Supplier, ...]
    services: tuple[Service, ...]
    components: tuple[Component, ...]
    tickets: tuple[Ticket, ...]  # incidents and changes, by (created_at, key)
    outages: tuple[Outage, ...]
    responses: tuple[Response, ...]
    by_key: Mapping[str, Ticket] = field(default_factory=dict, repr=False)

    def supplier(self, key: str) -> Supplier:
        """The supplier of that key; KeyError where there is none."""
        return next(s for s in self.suppliers if s.key == key)

    def of(self, supplier: str, kind: str | None = None) -> tuple[Ticket, ...]:
        """A supplier's tickets (of one kind), by creation."""
        return tuple(t for t in self.tickets if t.supplier == supplier and kind in (None, t.kind))

    def as_of(self, now: Instant) -> tuple[View, ...]:
        """Every ticket that exists at `now`, as its system shows it then."""
        views = (as_of(ticket, now) for ticket in self.tickets)
        return tuple(view for view in views if view is not None)


@dataclass(frozen=True, slots=True)
class View:
    """A ticket as its system shows it at an instant."""

    ticket: Ticket
    state: str  # one of model.STATES
    vendor_state: str | None  # a customised word shown in place of the state
    priority: int
    group: str
    major: bool
    steps: tuple[Step, ...]  # those that have happened, by instant
    references: tuple[Reference, ...]
    cause: Cause | None
    resolved_at: Instant | None  # last resolution; stays filled after a reopening until the next one
    closed_at: Instant | None  # closed or cancelled, and still is
    reopened_at: Instant | None
    reopen_count: int
    reassignment_count: int
    first_response_at: Instant | None  # first act of a person that the other side sees
    approved_at: Instant | None  # changes, likewise the next three
    actual_start: Instant | None
    actual_end: Instant | None
    outcome: str | None
    updated_at: Instant  # the last thing that happened to it
    updated_by: str
    revision: int  # how many things have happened to it after its creation


def as_of(ticket: Ticket, now: Instant) -> View | None:
    """The ticket as its system shows it at `now`; None where it does not exist yet."""
    if ticket.created_at > now:
        return None
    steps = tuple(step for step in ticket.steps if step.at <= now)
    value: dict[str, str] = {"state": "new", "priority": "3", "group": "", "major": "0"}
    vendor_state: str | None = None
    resolved = closed = reopened = first_response = None
    reopens = moves = 0
    for step in steps:
        before = value.get(step.kind)
        if step.kind == "state":
            vendor_state = step.vendor_value
            if before in ("resolved", "closed") and step.value not in ("resolved", "closed", "cancelled"):
                reopens, reopened, closed = reopens + 1, step.at, None
            if step.value == "resolved" and before != "resolved":
                resolved = step.at
            if step.value in ("closed", "cancelled"):
                closed = step.at
        if step.kind == "group" and before:
            moves += 1
        outward = step.kind == "state" or (step.kind == "comment" and step.public)
        if first_response is None and outward and step.actor == "person" and step.value not in ("new", "assigned"):
            first_response = step.at
        value[step.kind] = step.value
    plan = ticket.plan
    ended = _reached(plan.actual_end, now) if plan else None
    over = ended is not None or (plan is not None and plan.actual_end is None and closed is not None)
    happened = [moment for moment in moments(ticket) if moment <= now]
    last = max((step for step in steps), key=lambda step: step.at)
    return View(
        ticket=ticket,
        state=value["state"],
        vendor_state=vendor_state,
        priority=int(value["priority"]),
        group=value["group"],
        major=value["major"] == "1",
        steps=steps,
        references=tuple(reference for reference in ticket.references if reference.at <= now),
        cause=ticket.cause if ticket.cause and ticket.cause.at <= now else None,
        resolved_at=resolved,
        closed_at=closed,
        reopened_at=reopened,
        reopen_count=reopens,
        reassignment_count=moves,
        first_response_at=first_response,
        approved_at=_reached(plan.approved_at, now) if plan else None,
        actual_start=_reached(plan.actual_start, now) if plan else None,
        actual_end=ended,
        outcome=plan.outcome if plan and over else None,
        updated_at=happened[-1],
        updated_by=last.who,
        revision=len(happened) - 1,
    )


def moments(ticket: Ticket) -> Sequence[Instant]:
    """The instants at which the ticket's record changes, ascending, each once; the first is its creation."""
    found = {ticket.created_at, *(s.at for s in ticket.steps), *(r.at for r in ticket.references)}
    if ticket.cause:
        found.add(ticket.cause.at)
    if ticket.plan:
        plan = ticket.plan
        found.update(m for m in (plan.approved_at, plan.actual_start, plan.actual_end) if m is not None)
    return sorted(moment for moment in found if moment >= ticket.created_at)


class Agenda:
    """Which of many things change next: what a system must write anew when its clock moves on, and nothing else."""

    def __init__(self, changes: Iterable[tuple[str, Sequence[Instant]]]) -> None:
        """`changes`: a key and the ascending instants at which what it names changes."""
        self._queue = [(instant, key) for key, instants in changes for instant in instants]
        heapq.heapify(self._queue)

    def due(self, now: Instant) -> list[str]:
        """Keys of what changed since the last call, up to and at `now`, in order of first change, each once."""
        touched: dict[str, None] = {}
        while self._queue and self._queue[0][0] <= now:
            touched[heapq.heappop(self._queue)[1]] = None
        return list(touched)


def _reached(moment: Instant | None, now: Instant) -> Instant | None:
    return moment if moment is not None and moment <= now else None
