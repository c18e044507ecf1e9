"""Cases that pass between suppliers: a ticket at each, references, answers, bounces, and the way back."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from connectors.simulators.story_cast import COMPONENTS, PARTNER
from connectors.simulators.story_draft import MINUTE, Draft, draft
from connectors.simulators.story_lives import (
    ANSWER,
    MEDIAN,
    cancel,
    close,
    dispatch,
    person,
    reopen,
    resolve,
    span,
    welcome,
)
from connectors.simulators.world import Component
from core.model import SECOND, Instant

PASSED: Final = (1.0, 0.3, 0.0)
"""How likely a supplier calls the next one in, by how many had the case before."""
BOUNCES: Final = (79, 13, 5, 3)
"""How often, in a hundred, a case comes back not at all, once, twice, three times before it is worked on."""


def share(rng: random.Random, front: Draft, priority: int) -> list[Draft]:
    """A case that begins with a ticket at one supplier and goes to others; every ticket of it."""
    told = [front]
    automated = front.channel == "monitoring"
    desk = front.supplier.key == "acme" and not automated and rng.random() < 0.5
    front.begin(priority, "Service Desk" if desk else front.home, automated)
    at = welcome(rng, front)
    if desk:
        at = dispatch(rng, front, at, priority)
    _carry(rng, front, at, priority, told)
    return told


def _carry(rng: random.Random, entry: Draft, at: Instant, priority: int, told: list[Draft]) -> Instant:
    """Work on a ticket, with the next supplier's help where it takes that; returns when it was resolved."""
    who, long = person(rng, entry), _lengths(rng, entry, priority)
    at += span(rng, ANSWER[priority] * entry.pace)
    if rng.random() < 0.6:
        at = entry.add(at, "comment", "", who) + span(rng, 3 * MINUTE * entry.pace)
    at = entry.add(at, "state", "active", who)
    at += long(0.2)
    called = _next(rng, entry, told)
    if called is None or rng.random() > PASSED[min(len(told), len(PASSED)) - 1]:
        at += long(0.6)
    else:
        at = entry.add(at, "state", "hold", who)
        at = _hand_over(rng, entry, called, at, priority, told)
        at += span(rng, 12 * MINUTE * entry.pace)
        at = entry.add(at, "state", "active", who) + long(0.05)
    at = resolve(rng, entry, at, who)
    if rng.random() < 0.04:
        at = resolve(rng, entry, reopen(rng, entry, at, who, long), who)
    close(rng, entry, at)
    return at


def _hand_over(
    rng: random.Random, entry: Draft, called: Component, at: Instant, priority: int, told: list[Draft]
) -> Instant:
    """The next supplier's ticket and all that becomes of it; returns when it has its answer."""
    partner = f"partner.{entry.supplier.key}"
    other = draft(rng, called, at + span(rng, 3 * MINUTE * entry.pace), partner, "partner", entry.service)
    other.pace = entry.pace
    told.append(other)
    other.begin(priority, other.home, False)
    way = rng.random()
    if way < 0.12:  # the number was told on the phone: the reference is there before the ticket
        entry.references.append((at, other))
    elif way < 0.75:
        entry.references.append((other.created + span(rng, 2 * MINUTE * entry.pace), other))
    if way >= 0.55:
        other.references.append((other.created, entry))
    begin = _bounce(rng, entry, other, partner, priority)
    if rng.random() < 0.03:
        cancel(rng, other, begin)
        return max(step.at for step in other.steps)
    return _carry(rng, other, begin, priority, told)


def _bounce(rng: random.Random, entry: Draft, other: Draft, partner: str, priority: int) -> Instant:
    """ "Not ours", "yours after all": the ticket goes back unworked and comes again. Returns when it stays."""
    at = other.created
    for _ in range(rng.choices(range(len(BOUNCES)), BOUNCES)[0]):
        at += span(rng, ANSWER[priority] * other.pace)
        at = other.add(at, "group", PARTNER[other.supplier.key, entry.supplier.key], person(rng, other))
        at += span(rng, ANSWER[priority] * 1.5 * other.pace)
        at = other.add(at, "group", other.home, partner)
    return at


def _next(rng: random.Random, entry: Draft, told: list[Draft]) -> Component | None:
    """A component of a supplier that has not had the case yet, on which the same service stands."""
    had = {ticket.supplier.key for ticket in told}
    fitting = [c for c in COMPONENTS if c.supplier not in had and entry.service in c.services]
    return rng.choice(fitting) if fitting else None


def _lengths(rng: random.Random, entry: Draft, priority: int) -> Callable[[float], int]:
    return lambda share: span(rng, max(MEDIAN[priority] * share * entry.pace, SECOND))
