"""What the store should hold of the simulated world at an instant, and what it does hold, in the same form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.simulators.topdesk_tenant import STATES, Language, uid
from connectors.simulators.world import Ticket, View, World, as_of, moments
from core.model import Instant
from tests.connectors.stored import apart, records, tickets_apart, tuples
from tests.connectors.topdesk.tenant import SUPPLIER

KINDS = ("state", "priority", "group", "major")


@dataclass
class Truth:
    """What an account can know of the supplier's tickets at an instant."""

    world: World
    now: Instant
    url: str
    language: Language = "nl"
    free_fields: bool = False  # whether the operator has named those that this customer uses
    history: bool = True  # whether the account may read the reporting feed
    changes: bool = True  # whether it may read changes
    extensive: Callable[[Ticket], bool] = lambda ticket: False
    hidden: Callable[[Ticket], bool] = lambda ticket: False

    @cached_property
    def views(self) -> list[View]:
        """The tickets that the account sees."""
        found = [view for view in self.world.as_of(self.now) if view.ticket.supplier == SUPPLIER]
        kinds = ("incident", "change") if self.changes else ("incident",)
        return [view for view in found if view.ticket.kind in kinds and not self.hidden(view.ticket)]

    def differences(self, database: Path) -> list[str]:
        """Everything in which a store differs from this, a line each; nothing where it holds the truth."""
        expected = {ticket["vendor_id"]: ticket for ticket in map(self._ticket, self.views)}
        wrong = tickets_apart(expected, database)
        told = records(database, "event")
        if not self.history:  # what the hub observes instead is a matter of its own
            told = [row for row in told if not row["event_id"].startswith("observed:")]
        for kind in KINDS:
            wrong += apart(kind, self.events(kind), _steps(told, kind))
        wrong += [f"{row['kind']} is nothing that the feed tells" for row in told if row["kind"] not in KINDS]
        names = ("vendor_id", "ticket", "at", "score", "scale_min", "scale_max")
        wrong += apart("response", self.responses(), tuples(database, "response", names))
        wrong += apart("link", self.links(), tuples(database, "link", ("ticket", "kind", "evidence", "reference")))
        return sorted(wrong) + [f"outage {row}" for row in records(database, "outage")]

    def _ticket(self, view: View) -> dict[str, Any]:
        return self._incident(view) if view.ticket.kind == "incident" else self._change(view)

    def _incident(self, view: View) -> dict[str, Any]:
        ticket, key = view.ticket, uid("incident", view.ticket.key)
        start, end = self._outage(ticket) if self.free_fields else (None, None)
        return {
            **_both(view),
            "vendor_id": key,
            "kind": "incident",
            "url": f"{self.url}/tas/secure/incident?action=show&unid={key}",
            "state": view.state,
            "vendor_state": view.vendor_state or STATES[self.language][view.state],
            "major": int(view.major),
            "opened_at": ticket.created_at if ticket.unreadable_time else ticket.opened_at,
            "first_response_at": view.first_response_at,
            "resolved_at": _since(view, ("resolved", "closed", "cancelled")),
            "outage_start": start,
            "outage_end": end,
            "group": view.group,
            "changed_at": self._changed(ticket),
        }

    def _change(self, view: View) -> dict[str, Any]:
        ticket, plan, key = view.ticket, view.ticket.plan, uid("change", view.ticket.key)
        assert plan is not None
        extensive = self.extensive(ticket)
        state, outcome = view.state, view.outcome if self.free_fields else None
        if view.approved_at is not None and state == "new":
            state = "assigned"  # what is approved waits for its work, whatever the card's status is called
        if extensive and view.outcome == "unsuccessful" and state == "resolved":
            state = "closed"  # no go: a decision that ends it
        if extensive and view.outcome == "unsuccessful" and state == "closed":
            outcome = "unsuccessful"
        return {
            **_both(view),
            "vendor_id": key,
            "kind": "change",
            "url": f"{self.url}/tas/secure/newchange?action=show&unid={key}",
            "state": state,
            "major": 0,
            "opened_at": ticket.created_at,
            "first_response_at": None,
            "resolved_at": None,
            "outage_start": None,
            "outage_end": None,
            "group": None if extensive else view.group,
            "change_type": plan.type,
            "requested_at": plan.requested_at,
            "approved_at": view.approved_at,
            "planned_start": plan.planned_start,
            "planned_end": plan.planned_end,
            "actual_start": view.actual_start,
            "actual_end": view.actual_end,
            "outcome": "abandoned" if view.state == "cancelled" else outcome,
            "changed_at": moments_until(ticket, self.now),
        }

    def _outage(self, ticket: Ticket) -> tuple[Instant | None, Instant | None]:
        for one in self.world.outages:
            if one.ticket == ticket.key and one.type == "outage" and one.recorded_at <= self.now:
                return one.start, one.end if one.ended_at <= self.now else None
        return None, None

    def _changed(self, ticket: Ticket) -> Instant:
        """With a typed outage and with a rating the card changes too."""
        found = [moments_until(ticket, self.now)]
        found += [r.at for r in self.world.responses if r.ticket == ticket.key]
        for one in self.world.outages:
            found += [one.recorded_at, one.ended_at] if one.ticket == ticket.key and one.type == "outage" else []
        return max(moment for moment in found if ticket.created_at <= moment <= self.now)

    def events(self, kind: str) -> set[tuple[Any, ...]]:
        """(ticket, at, value) of every step of a kind: the value from then on, from the card's first moment."""
        found: set[tuple[Any, ...]] = set()
        for view in self.views if self.history else ():
            if view.ticket.kind == "incident":
                key, held = uid("incident", view.ticket.key), None
                for at, value in self._values(view, kind):
                    if value != held:
                        found.add((key, at, value))
                    held = value
        return found

    def _values(self, view: View, kind: str) -> Iterator[tuple[Instant, str]]:
        """The last value of each instant."""
        found = {view.ticket.created_at: "0"} if kind == "major" else {}
        found.update({step.at: step.value for step in view.steps if step.kind == kind})
        yield from sorted(found.items())

    def responses(self) -> set[tuple[Any, ...]]:
        """(id, ticket, at, score, scale): a card has one rating, and does not tell when it was given."""
        shown = {view.ticket.key for view in self.views}
        return {
            (uid("incident", r.ticket), uid("incident", r.ticket), None, self._stars(r.score, r.scale_max), 1.0, 5.0)
            for r in self.world.responses
            if r.ticket in shown and r.at <= self.now
        }

    def _stars(self, score: int, most: int) -> float:
        assert most == 5, "this supplier asks for stars"
        return float(score)

    def links(self) -> set[tuple[Any, ...]]:
        """Another supplier's number, the mass incident, the change that caused it."""
        found: set[tuple[Any, ...]] = set()
        shown = {view.ticket.key for view in self.views}
        for view in self.views:
            ticket, incident = view.ticket, view.ticket.kind == "incident"
            key = uid(ticket.kind, ticket.key)
            named = view.references if incident else view.references[:1]
            kind = "same" if incident else "follow_up"
            found |= {(key, kind, "prefix", one.number) for one in named}
            if ticket.parent:
                found.add((key, "same", "issue_link", uid("incident", ticket.parent)))
            if self.history and view.cause and view.cause.ticket in shown | self._unread():
                found.add((key, "cause", "issue_link", uid("change", view.cause.ticket)))
        return found

    def _unread(self) -> set[str]:
        """Changes that are there for the feed, though the account may not read them."""
        return set() if self.changes else {one.key for one in self.world.of(SUPPLIER, "change") if not self.hidden(one)}


def moments_until(ticket: Ticket, now: Instant) -> Instant:
    """The last moment at which the ticket changed."""
    return max(moment for moment in moments(ticket) if moment <= now)


def _both(view: View) -> dict[str, Any]:
    ticket = view.ticket
    return {
        "number": ticket.number,
        "priority": view.priority,
        "component": ticket.item,
        "service": ticket.service_name,
        "closed_at": _since(view, ("closed", "cancelled")),
        "reopen_count": None,
        "reassignment_count": None,
        "change_type": None,
        "requested_at": None,
        "approved_at": None,
        "planned_start": None,
        "planned_end": None,
        "actual_start": None,
        "actual_end": None,
        "outcome": None,
        "suspect": None,
        "revision": 0,
    }


def _since(view: View, states: tuple[str, ...]) -> Instant | None:
    """Since when it has been in one of these states without a break; None where it is in none now."""
    found: Instant | None = None
    for step in view.steps:
        if step.kind == "state":
            found = (step.at if found is None else found) if step.value in states else None
    return found


def _steps(told: list[dict[str, Any]], kind: str) -> set[tuple[Any, ...]]:
    """Stored events; of neighbours with the same value the first."""
    rows = sorted((row for row in told if row["kind"] == kind), key=lambda row: (row["ticket"], row["at"], row["seq"]))
    found: set[tuple[Any, ...]] = set()
    held: tuple[Any, Any] = None, None
    for row in rows:
        here = row["ticket"], row["to_value"]
        if here != held:
            found.add((row["ticket"], row["at"], row["to_value"]))
        held = here
    return found


def at(world: World, key: str, now: Instant) -> View:
    """A ticket as it is at an instant."""
    view = as_of(world.by_key[key], now)
    assert view is not None
    return view
