"""Disturbances: something really is down, one or more suppliers notice, and each records it in its own way."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

from connectors.simulators.story_cast import COMPONENTS, CUSTOMERS
from connectors.simulators.story_draft import HOUR, MINUTE, Draft, draft
from connectors.simulators.story_lives import close, person, span
from connectors.simulators.world import Component
from core.model import SECOND, Instant

TYPED: Final = {"acme": 0.85, "globex": 0.6, "initech": 0.35}
"""How likely a supplier writes down from when to when; otherwise only the ticket's priority tells."""


@dataclass(eq=False, slots=True)
class Down:
    """An outage as somebody writes it down."""

    supplier: str
    ticket: Draft | None
    component: Component
    item: str | None
    type: Literal["outage", "planned", "degraded"]
    start: Instant
    end: Instant
    recorded: Instant
    ended: Instant
    approved: Instant | None = None


def strike(
    rng: random.Random, hit: Component, at: Instant, told: list[Draft], downs: list[Down], pace: float = 1.0
) -> None:
    """A component fails; what stands on it may fail at other suppliers too."""
    at = at // SECOND * SECOND
    length = min(max(span(rng, 38 * MINUTE * pace, 0.9), 4 * MINUTE), 7 * HOUR)
    first = _fail(rng, hit, at, at + length, told, downs, pace)
    if rng.random() < 0.5:
        _mass(rng, first, at, at + length, told)
    if hit.key in ("db-east", "db-west") and rng.random() < 0.3:  # they share a power line
        other = next(c for c in COMPONENTS if c.key == ("db-west" if hit.key == "db-east" else "db-east"))
        _fail(rng, other, at + length // 5 // SECOND * SECOND, at + length, told, downs, pace)
    if rng.random() < 0.4:
        service = rng.choice(hit.services)
        other = rng.choice([c for c in COMPONENTS if c.supplier != hit.supplier and service in c.services])
        delay = span(rng, 5 * MINUTE * pace)
        if delay < length:
            second = _fail(rng, other, at + delay, at + length + span(rng, 9 * MINUTE * pace), told, downs, pace)
            second.references.append((second.created + span(rng, 10 * MINUTE * pace), first))


def _fail(
    rng: random.Random, hit: Component, start: Instant, end: Instant, told: list[Draft], downs: list[Down], pace: float
) -> Draft:
    """The ticket of one failing component, and the record of its time."""
    monitored = rng.random() < 0.7
    entry = draft(rng, hit, start + rng.randrange(20, 200) * SECOND, "", "monitoring" if monitored else "phone")
    entry.requester = entry.supplier.automation[0] if monitored else rng.choice(CUSTOMERS)
    entry.component, entry.item = hit, entry.item or hit.names[0]
    entry.opened, entry.pace = entry.created, pace
    if entry.item not in hit.names:
        entry.item = hit.names[0]
    told.append(entry)
    late = rng.random() < 0.25  # nobody saw at first how bad it was
    entry.begin(3 if late else 1, entry.home, monitored)
    who = person(rng, entry)
    at = entry.created + span(rng, 5 * MINUTE * pace)
    at = entry.add(at, "state", "active", who)
    if late:
        at = entry.add(at + span(rng, 6 * MINUTE * pace), "priority", "1", who)
    if rng.random() < 0.3:
        entry.add(at + SECOND, "major", "1", who)
    entry.add(at + 2 * SECOND, "comment", "", who)
    end = max(end, at + MINUTE) // SECOND * SECOND
    if rng.random() < 0.25:  # a way round was found: less urgent, not yet mended
        entry.add(at + (end - at) * 2 // 3, "priority", "2", who)
    resolved = entry.add(end + span(rng, 4 * MINUTE * pace), "state", "resolved", who)
    close(rng, entry, resolved)
    if rng.random() < TYPED[hit.supplier]:
        recorded = start + span(rng, 25 * MINUTE * pace)
        ended = max(end, recorded) + span(rng, 50 * MINUTE * pace, 1.2)
        kind: Literal["outage", "degraded"] = "degraded" if hit.supplier == "acme" and rng.random() < 0.1 else "outage"
        known = recorded if recorded > entry.created else entry.created
        tied = entry if hit.supplier != "acme" or rng.random() < 0.9 else None
        downs.append(Down(hit.supplier, tied, hit, entry.item, kind, start, end, known, max(ended, known + SECOND)))
    return entry


def _mass(rng: random.Random, parent: Draft, start: Instant, end: Instant, told: list[Draft]) -> None:
    """Customers report the same thing, each in a ticket of their own, tied to the first one."""
    assert parent.component is not None, "a disturbance hits a component"
    done = parent.ended()
    for _ in range(rng.randrange(3, 11)):
        at = parent.created + rng.randrange(60, max(120, (end - start) // SECOND)) * SECOND
        if at >= done - 2 * MINUTE:
            continue
        entry = draft(rng, parent.component, at, rng.choice(CUSTOMERS), "phone", parent.service)
        entry.parent, entry.component, entry.opened, entry.pace = parent, parent.component, at, parent.pace
        entry.begin(3, entry.home, False)
        who = person(rng, entry)
        entry.add(min(at + span(rng, 6 * MINUTE), done - SECOND), "state", "active", who)
        close(rng, entry, entry.add(done + rng.randrange(1, 60) * SECOND, "state", "resolved", who))
        told.append(entry)
