"""What the store should hold of the simulated world at an instant as Jira can tell it, and what it does hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from connectors.simulators import jira_site
from connectors.simulators.world import Step, Ticket, View, World, as_of
from core.model import Instant
from tests.connectors.jira.site import OWN
from tests.connectors.stored import apart, records, tickets_apart


class Truth:
    """What an account can know of the tickets at an instant. Times are whole milliseconds there."""

    def __init__(
        self, world: World, now: Instant, url: str, hidden: Callable[[Ticket], bool] = lambda ticket: False
    ) -> None:
        self.world, self.url = world, url
        own = world.of(OWN.key)
        self.ids = {ticket.key: str(10_000 + place) for place, ticket in enumerate(own, 1)}
        views = [as_of(ticket, now) for ticket in own if not hidden(ticket)]
        self.views = [view for view in views if view is not None]
        self.now = now

    def differences(self, database: Path) -> list[str]:
        """Everything in which a store differs from this, a line each; nothing where it holds the truth."""
        expected = {self.ids[view.ticket.key]: self._ticket(view) for view in self.views}
        wrong = tickets_apart(expected, database)
        told = Counter(_told(row) for row in records(database, "event") if self._known(row))
        wrong += apart("event", Counter(self._events()), told)
        answers = records(database, "response")
        wrong += apart(
            "response", Counter(self._responses()), Counter((row["ticket"], row["at"], row["score"]) for row in answers)
        )
        links = Counter((row["ticket"], row["kind"], row["reference"]) for row in records(database, "link"))
        return sorted(wrong + apart("link", Counter(self._links()), links))

    def _ticket(self, view: View) -> dict[str, Any]:
        ticket, plan = view.ticket, view.ticket.plan
        outages = [o for o in self.world.outages if o.ticket == ticket.key and o.type == "outage"]
        start = [o.start for o in outages if o.recorded_at <= self.now]
        end = [o.end for o in outages if o.ended_at <= self.now]
        found: dict[str, Any] = {
            "kind": ticket.kind,
            "number": ticket.number,
            "url": f"{self.url}/browse/{ticket.number}",
            "priority": view.priority,
            "opened_at": ticket.created_at,
            "group": view.group,
            "component": ticket.item,
            "service": jira_site.service_id(ticket.service_name) if ticket.service_name else None,
            "suspect": None,
        }
        if plan is not None:
            return found | {
                "change_type": plan.type,
                "approved_at": view.approved_at,
                "planned_start": plan.planned_start,
                "planned_end": plan.planned_end,
                "actual_start": view.actual_start,
                "actual_end": view.actual_end,
                "outcome": "abandoned" if view.state == "cancelled" else view.outcome,
            }
        return found | {
            "state": "new" if view.state == "assigned" else view.state,
            "major": int(view.major),
            "outage_start": start[-1] if start else None,
            "outage_end": end[-1] if end else None,
        }

    def _known(self, event: dict[str, Any]) -> bool:
        """A change's approval is a move of its own in the workflow, which the world does not know."""
        kinds = {self.ids[view.ticket.key]: view.ticket.kind for view in self.views}
        return kinds.get(event["ticket"]) != "change" or event["kind"] in ("group", "comment")

    def _events(self) -> Iterator[tuple[Any, ...]]:
        """Ticket, kind, moment, value before, value after, actor, public."""
        for view in self.views:
            kinds = ("state", "priority", "group", "major") if view.ticket.kind == "incident" else ("group",)
            for kind in kinds:
                yield from self._changes(view, kind)
            for step in view.steps:
                if step.kind == "comment":
                    key = self.ids[view.ticket.key]
                    yield key, "comment", step.at, None, None, _actor(view.ticket, step), int(step.public)

    def _changes(self, view: View, kind: str) -> Iterator[tuple[Any, ...]]:
        held: str | None = "0" if kind == "major" else None
        for step in view.steps:
            if step.kind != kind:
                continue
            value = "new" if kind == "state" and step.value == "assigned" else step.value
            if step.at > view.ticket.created_at and value != held:
                yield self.ids[view.ticket.key], kind, step.at, held, value, _actor(view.ticket, step), None
            held = value

    def _responses(self) -> Iterator[tuple[Any, ...]]:
        shown = {view.ticket.key for view in self.views}
        for one in self.world.responses:
            if one.ticket in shown and one.at <= self.now:
                stars = 1 + round(4 * (one.score - one.scale_min) / (one.scale_max - one.scale_min))
                yield self.ids[one.ticket], one.at, float(stars)

    def _links(self) -> Iterator[tuple[str, str, str]]:
        shown = {view.ticket.key for view in self.views}
        for view in self.views:
            key = self.ids[view.ticket.key]
            for reference in view.references:
                yield key, "same", reference.number
            if view.cause and view.cause.ticket in shown:
                yield key, "cause", self.ids[view.cause.ticket]
            if view.ticket.parent in shown and view.ticket.parent:
                yield key, "same", self.ids[view.ticket.parent]
                yield self.ids[view.ticket.parent], "same", key


def _actor(ticket: Ticket, step: Step) -> str:
    if any(fnmatchcase(step.who, pattern) for pattern in OWN.automation_patterns):
        return "automation"
    outward = step.kind in ("state", "comment")
    if step.who == ticket.requester and outward:
        return "requester"
    return step.actor if step.actor != "requester" or outward else "person"


def _told(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("ticket", "kind", "at", "from_value", "to_value", "actor", "public")
    return tuple(row[name] for name in names)
