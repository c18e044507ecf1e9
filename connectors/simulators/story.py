"""The generated story: months in the life of three suppliers that share services, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from connectors.simulators.story_cases import share
from connectors.simulators.story_cast import COMPONENTS, CUSTOMERS, SCALE, SERVICES, SUPPLIERS
from connectors.simulators.story_changes import change
from connectors.simulators.story_draft import DAY, HOUR, MINUTE, Draft, draft, finish
from connectors.simulators.story_flaws import spoil
from connectors.simulators.story_lives import live, span
from connectors.simulators.story_outages import Down, strike
from connectors.simulators.story_rhythm import evenly, moments
from connectors.simulators.world import Component, Outage, Response, World
from core.model import Instant

INCIDENTS: Final = 22.0  # on a working day, over all suppliers, beside those that follow from something else
CHANGES: Final = 4.0
DISTURBANCES: Final = 0.32
LIVELY: Final = 12 * HOUR
"""For how long after `watched` there is something to see every few seconds."""
BUSY: Final = ("web-hosting", "shop-app", "wan", "payment-api", "crm", "identity")
"""What fails more often than the rest."""


def tell(seed: int, start: Instant, end: Instant, watched: Instant | None = None) -> World:
    """The world from `start` to `end`, drawn from the seed: nothing else, no clock, goes into it.

    From an hour before `watched` on there is far more to see than on any other day: short incidents, cases,
    disturbances and changes follow each other by the seconds, for twelve hours, so that a demo lives while one looks.
    """
    rng = random.Random(seed)
    told: list[Draft] = []
    downs: list[Down] = []
    _days(rng, start, end, told, downs)
    if watched is not None:
        _lively(rng, max(start, watched - HOUR), min(end, watched + LIVELY), told, downs)
    spoil(rng, told, start, watched if watched is not None else end)
    answers = _answers(rng, told, end)
    tickets, keys = finish(told, end)
    return World(
        seed=seed, start=start, end=end, suppliers=SUPPLIERS, services=SERVICES, components=COMPONENTS,
        tickets=tickets, outages=_outages(downs, keys, end), responses=_responses(answers, keys),
        by_key={ticket.key: ticket for ticket in tickets},
    )  # fmt: skip


def _days(rng: random.Random, start: Instant, end: Instant, told: list[Draft], downs: list[Down]) -> None:
    for at in moments(rng, start, end, INCIDENTS):
        told += _incident(rng, at, 1.0, 0.11)
    for at in moments(rng, start, end, CHANGES):
        change(rng, _component(rng), at, told, downs)
    for at in evenly(rng, start, end, int(DAY / DISTURBANCES)):
        strike(rng, _component(rng), at, told, downs)


def _lively(rng: random.Random, start: Instant, end: Instant, told: list[Draft], downs: list[Down]) -> None:
    for at in evenly(rng, start, end, 90_000_000):
        told += _incident(rng, at, rng.choice((0.01, 0.03, 0.06)), 0.15)
    for at in evenly(rng, start, end, 75 * MINUTE):
        strike(rng, _component(rng), at, told, downs, 0.15)
    for at in evenly(rng, start, end, 25 * MINUTE):
        change(rng, _component(rng), at, told, downs, 0.01)


def _incident(rng: random.Random, at: Instant, pace: float, shared: float) -> list[Draft]:
    hit = _component(rng)
    channel = rng.choices(("phone", "email", "portal", "monitoring"), (25, 20, 35, 20))[0]
    entry = draft(rng, hit, at, rng.choice(CUSTOMERS), channel)
    entry.pace = pace
    if channel == "monitoring":
        entry.requester = entry.supplier.automation[0]
    priority = rng.choices((2, 3, 4, 5), (10, 52, 30, 8))[0]
    if rng.random() < shared and entry.service is not None:
        return share(rng, entry, min(priority, 4))
    live(rng, entry, priority)
    return [entry]


def _component(rng: random.Random) -> Component:
    """Something to hit: every supplier as often, and what is busy more often."""
    supplier = rng.choice(SUPPLIERS).key
    own = [c for c in COMPONENTS if c.supplier == supplier]
    busy = [c for c in own if c.key in BUSY]
    return rng.choice(busy if rng.random() < 0.35 else own)


def _answers(rng: random.Random, told: Sequence[Draft], end: Instant) -> list[tuple[Instant, Draft, int]]:
    """Customers' answers: happier with what was mended soon, and at some suppliers than at others."""
    found = []
    for entry in told:
        solved = [step.at for step in entry.steps if (step.kind, step.value) == ("state", "resolved")]
        customer = entry.channel in ("phone", "email", "portal")
        if entry.kind == "change" or not solved or not customer or rng.random() > 0.3:
            continue
        at = max(solved) + span(rng, 6 * HOUR * entry.pace)
        low, high = SCALE[entry.supplier.key]
        slow = (max(solved) - entry.created) / (3 * DAY)
        mood = {"acme": 0.82, "globex": 0.76, "initech": 0.7}[entry.supplier.key]
        happy = min(1.0, max(0.0, rng.gauss(mood - 0.12 * min(slow, 3.0), 0.22)))
        if at <= end:
            found.append((at, entry, low + round(happy * (high - low))))
    return sorted(found, key=lambda answer: answer[0])


def _responses(answers: Sequence[tuple[Instant, Draft, int]], keys: dict[int, str]) -> tuple[Response, ...]:
    turns = dict.fromkeys(SCALE, 0)
    made = []
    for at, entry, score in answers:
        if id(entry) in keys:
            supplier = entry.supplier.key
            turns[supplier] += 1
            key = f"{supplier}-r-{turns[supplier]}"
            made.append(Response(key, supplier, turns[supplier], keys[id(entry)], at, score, *SCALE[supplier]))
    return tuple(made)


def _outages(downs: Sequence[Down], keys: dict[int, str], end: Instant) -> tuple[Outage, ...]:
    turns = dict.fromkeys(SCALE, 0)
    made = []
    for down in sorted((d for d in downs if d.recorded <= end), key=lambda d: (d.recorded, d.supplier, d.start)):
        turns[down.supplier] += 1
        key = f"{down.supplier}-o-{turns[down.supplier]}"
        made.append(
            Outage(
                key=key, supplier=down.supplier, sequence=turns[down.supplier],
                ticket=keys.get(id(down.ticket)) if down.ticket else None, component=down.component.key,
                item=down.item, service=None, type=down.type, start=down.start, end=down.end,
                recorded_at=down.recorded, ended_at=down.ended, approved_at=down.approved,
            )
        )  # fmt: skip
    return tuple(made)
