"""Changes of all types: planned, approved (some too late), done, failed, and the incidents that they cause."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final, Literal

from connectors.simulators.story_cast import CUSTOMERS
from connectors.simulators.story_draft import DAY, HOUR, MINUTE, Draft, draft
from connectors.simulators.story_lives import live, person, span
from connectors.simulators.story_outages import Down
from connectors.simulators.world import Component, Plan
from core.model import SECOND, Instant

Type = Literal["standard", "normal", "emergency"]
TYPES: Final[tuple[Type, ...]] = ("standard", "normal", "emergency")
LEAD: Final[Mapping[str, int]] = {"standard": 2 * DAY, "normal": 6 * DAY, "emergency": 3 * HOUR}
"""From the request to the planned beginning."""
OUTCOMES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "standard": (95, 3, 1, 1), "normal": (83, 8, 5, 4), "emergency": (74, 13, 8, 5),
}  # fmt: skip
"""In a hundred: successful, with issues, unsuccessful, backed out."""


def change(
    rng: random.Random, on: Component, at: Instant, told: list[Draft], downs: list[Down], pace: float = 1.0
) -> None:
    """A change on a component, requested at an instant."""
    kind = rng.choices(TYPES, (50, 38, 12))[0]
    entry = draft(rng, on, at, rng.choice(CUSTOMERS), "portal")
    entry.kind, entry.opened, entry.pace = "change", entry.created, pace
    entry.component, entry.item = on, entry.item if entry.item in on.names else on.names[0]
    entry.title = {"standard": "Patch {}", "normal": "Upgrade {}", "emergency": "Repair {}"}[kind].format(entry.item)
    told.append(entry)
    group = entry.home
    entry.begin({"standard": 4, "normal": 3, "emergency": 2}[kind], group, False)
    who = person(rng, entry)
    requested = entry.created - rng.randrange(0, 120) * MINUTE if kind == "normal" else entry.created
    start = _window(rng, entry.created + int(LEAD[kind] * pace * rng.uniform(0.6, 1.5)), kind, pace)
    end = start + int(rng.choice((30, 60, 90, 120, 240)) * MINUTE * max(pace, 0.05)) // SECOND * SECOND
    assessed = max(entry.created + SECOND, min(entry.created + span(rng, 3 * HOUR * pace), start - 2 * SECOND))
    assessed = entry.add(assessed, "state", "assigned", who)
    if rng.random() < 0.05:
        refused = entry.add(assessed + span(rng, 8 * HOUR * pace), "state", "cancelled", who)
        entry.plan = Plan(kind, requested, None, start, end, None, None, "abandoned" if refused else None)
        return
    approved = _approval(rng, kind, assessed, start, end, pace)
    begun = max(start + rng.randrange(-10, 15) * MINUTE * (1 if pace == 1 else 0), assessed + SECOND, approved + SECOND)
    begun = begun // SECOND * SECOND
    done = (begun + int((end - start) * rng.uniform(0.4, 1.25))) // SECOND * SECOND + SECOND
    outcome = rng.choices(("successful", "with_issues", "unsuccessful", "backed_out"), OUTCOMES[kind])[0]
    entry.plan = Plan(kind, requested, approved, start, end, begun, done, outcome)
    entry.add(begun, "state", "active", who)
    entry.add(done, "state", "resolved", who)
    closed = entry.add(done + span(rng, 20 * HOUR * pace), "state", "closed", person(rng, entry))
    if on.supplier == "acme" and kind == "normal" and rng.random() < 0.35:
        recorded = max(entry.created, min(assessed, start - DAY))
        approval = approved if approved > recorded else recorded
        downs.append(Down("acme", entry, on, entry.item, "planned", start, end, recorded, recorded + SECOND, approval))
    hurt = {"successful": 0.04, "with_issues": 0.35, "unsuccessful": 0.7, "backed_out": 0.5}[outcome]
    if rng.random() < hurt:
        _harm(rng, on, entry, done, closed, told, pace)


def _window(rng: random.Random, at: Instant, kind: Type, pace: float) -> Instant:
    """The planned beginning: normal changes on a quarter of an hour in the night, others at any."""
    quarter = 15 * MINUTE
    if pace < 1:
        return at // SECOND * SECOND
    if kind == "normal":
        at = at // DAY * DAY + 20 * HOUR + rng.randrange(0, 24) * quarter
    return at // quarter * quarter


def _approval(rng: random.Random, kind: Type, assessed: Instant, start: Instant, end: Instant, pace: float) -> Instant:
    if kind != "standard" and rng.random() < 0.08:  # too late: the window had begun
        return (start + (end - start) // 4) // SECOND * SECOND
    at = assessed if kind == "standard" else assessed + span(rng, 10 * HOUR * pace)
    return min(at, max(assessed, start - MINUTE)) // SECOND * SECOND


def _harm(
    rng: random.Random, on: Component, entry: Draft, done: Instant, closed: Instant, told: list[Draft], pace: float
) -> None:
    """Incidents that follow from a change; sooner or later somebody finds out and says so."""
    for _ in range(rng.choices((1, 2, 3), (75, 18, 7))[0]):
        late = rng.random() < 0.1
        at = done + (span(rng, 9 * DAY) if late and pace == 1 else span(rng, 5 * HOUR * pace))
        hurt = draft(rng, on, at, rng.choice(CUSTOMERS), "phone")
        hurt.pace = pace
        live(rng, hurt, rng.choices((2, 3, 4), (3, 6, 1))[0])
        hurt.cause = (hurt.created + span(rng, 2 * HOUR * pace), entry)
        told.append(hurt)
