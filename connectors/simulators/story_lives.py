"""What happens to one incident from its opening to its closing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from connectors.simulators.story_cast import INTEGRATOR, UNMAPPED
from connectors.simulators.story_draft import DAY, HOUR, MINUTE, Draft
from core.model import SECOND, Instant

MEDIAN: Final = {1: 1.4 * HOUR, 2: 4 * HOUR, 3: 14 * HOUR, 4: 40 * HOUR, 5: 90 * HOUR}
"""How long the work on an incident of a priority lasts."""
ANSWER: Final = {1: 6 * MINUTE, 2: 18 * MINUTE, 3: 70 * MINUTE, 4: 180 * MINUTE, 5: 300 * MINUTE}
"""How long it takes until somebody looks at it."""


def span(rng: random.Random, median: float, spread: float = 0.7) -> int:
    """A duration around a median, long ones seldom; whole seconds, at least one."""
    return max(SECOND, int(median * rng.lognormvariate(0, spread)) // SECOND * SECOND)


def person(rng: random.Random, draft: Draft) -> str:
    """Somebody who works at the ticket's supplier."""
    return rng.choice(draft.supplier.people)


def live(rng: random.Random, draft: Draft, priority: int) -> None:
    """An incident that stays with its supplier, from the first entry to the closing."""
    automated = draft.channel == "monitoring"
    desk = draft.supplier.key == "acme" and not automated and rng.random() < 0.45
    draft.begin(priority, _integrator(draft) if desk else _first_group(rng, draft), automated)
    at = welcome(rng, draft)
    if rng.random() < 0.035:
        cancel(rng, draft, at)
        return
    if desk:
        at = dispatch(rng, draft, at, priority)
    work(rng, draft, at, priority, lambda share: span(rng, MEDIAN[priority] * share * draft.pace))


def work(rng: random.Random, draft: Draft, at: Instant, priority: int, long: Callable[[float], int]) -> None:
    """The supplier's own work on a ticket from an instant on: answer, detours, holds, resolution, closing."""
    who = person(rng, draft)
    at += span(rng, ANSWER[priority] * draft.pace)
    if rng.random() < 0.5:
        at = draft.add(at, "state", "assigned", who) + span(rng, 4 * MINUTE * draft.pace)
    if rng.random() < 0.55:
        draft.add(at, "comment", "", who, public=rng.random() < 0.7)
        at += span(rng, 2 * MINUTE * draft.pace)
    at = draft.add(at, "state", "active", who)
    if draft.holds("group", at) != draft.home:
        at = draft.add(at + long(0.1), "group", draft.home, who)
        who = person(rng, draft)
    elif rng.random() < 0.12:
        other = rng.choice([g.name for g in draft.supplier.groups if g.party == draft.supplier.key])
        at = draft.add(at + long(0.1), "group", other, who)
    if rng.random() < 0.07:
        change = -1 if rng.random() < 0.45 else 1
        at = draft.add(at + long(0.05), "priority", str(min(5, max(2, priority + change))), who)
    for _ in range(rng.choices((0, 1, 2), (72, 22, 6))[0] if priority > 1 else 0):
        at = hold(rng, draft, at + long(0.25), who, long)
    at += long(0.6)
    while True:
        at = resolve(rng, draft, at, who)
        if rng.random() > 0.055:
            break
        at = reopen(rng, draft, at, who, long)
    close(rng, draft, at)


def welcome(rng: random.Random, draft: Draft) -> Instant:
    """The greeting that automation sends, which is nobody's answer; returns when things go on."""
    at = draft.created
    if rng.random() < 0.35:
        at = draft.add(at + rng.randrange(2, 20) * SECOND, "comment", "", draft.supplier.automation[-1], "automation")
    return at


def cancel(rng: random.Random, draft: Draft, at: Instant) -> None:
    """A ticket that nobody needed: withdrawn before the work, or told by a person to be none."""
    at += span(rng, 40 * MINUTE * draft.pace)
    draft.add(at, "state", "cancelled", person(rng, draft))


def dispatch(rng: random.Random, draft: Draft, at: Instant, priority: int) -> Instant:
    """The integrator's service desk gives the ticket to the supplier; now and then it comes back and goes again."""
    who = person(rng, draft)
    at = draft.add(at + span(rng, ANSWER[priority] * 0.5 * draft.pace), "comment", "", who)
    at = draft.add(at + span(rng, 8 * MINUTE * draft.pace), "group", draft.home, who)
    for _ in range(rng.choices((0, 1, 2), (88, 8, 4))[0]):
        at += span(rng, ANSWER[priority] * draft.pace)
        at = draft.add(at, "group", _integrator(draft), person(rng, draft))
        at = draft.add(at + span(rng, 25 * MINUTE * draft.pace), "group", draft.home, who)
    return at


def hold(rng: random.Random, draft: Draft, at: Instant, who: str, long: Callable[[float], int]) -> Instant:
    """Waiting, seldom in a state of the customer's own making; returns when work goes on."""
    own = UNMAPPED[draft.supplier.key][2] if rng.random() < 0.02 else None
    at = draft.add(at, "state", "hold", who, vendor_value=own)
    at += long(0.9)
    if rng.random() < 0.6:
        at = draft.add(at, "comment", "", draft.requester, "requester") + span(rng, 10 * MINUTE * draft.pace)
    return draft.add(at, "state", "active", who)


def resolve(rng: random.Random, draft: Draft, at: Instant, who: str) -> Instant:
    """The solution, most times with a word to the customer."""
    if rng.random() < 0.6:
        draft.add(at - SECOND, "comment", "", who)
    return draft.add(at, "state", "resolved", who)


def reopen(rng: random.Random, draft: Draft, at: Instant, who: str, long: Callable[[float], int]) -> Instant:
    """It did not help: the customer says so, and the work begins again. Returns when it is done."""
    at = draft.add(at + span(rng, 5 * HOUR * draft.pace), "comment", "", draft.requester, "requester")
    at = draft.add(at + SECOND, "state", "active", draft.requester, "requester")
    return at + long(0.5)


def close(rng: random.Random, draft: Draft, at: Instant) -> None:
    """Nobody objected for some days: automation closes it; some are never closed."""
    if rng.random() < 0.93:
        wait = span(rng, 3 * DAY * min(1.0, draft.pace * 2), 0.2)
        draft.add(at + wait, "state", "closed", draft.supplier.automation[-1], "automation")


def _integrator(draft: Draft) -> str:
    return next(group.name for group in draft.supplier.groups if group.party == INTEGRATOR)


def _first_group(rng: random.Random, draft: Draft) -> str:
    if rng.random() < 0.85:
        return draft.home
    return rng.choice([group.name for group in draft.supplier.groups if group.party == draft.supplier.key])
