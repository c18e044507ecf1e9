"""What is wrong in every real system: times that cannot be, times that cannot be read, numbers that two systems use."""

from __future__ import annotations

import random
from collections.abc import Sequence

from connectors.simulators.story_draft import DAY, Draft
from core.model import Instant


def spoil(rng: random.Random, told: Sequence[Draft], start: Instant, until: Instant) -> None:
    """Put a few flaws into tickets of the time from `start` until an instant."""
    past = [d for d in told if d.kind == "incident" and start <= d.created < until - 10 * DAY]
    for supplier in ("acme", "initech"):  # at the third one nobody types a time
        typed = [d for d in past if _of(d, supplier) and _resolved(d)]
        chosen = rng.sample(typed, min(6, len(typed)))
        for entry in chosen[::2]:  # the form was filled in with the wrong day
            entry.opened = entry.ended() + 2 * DAY
        for entry in chosen[1::2]:
            entry.unreadable = True
    _namesakes(rng, past)


def _namesakes(rng: random.Random, past: Sequence[Draft]) -> None:
    """Tickets that Initech took over from an older tool bear numbers such as Acme's: who means which one?"""
    named = [other for d in past for _, other in d.references if d.supplier.key == "globex" and _of(other, "acme")]
    free = [d for d in past if _of(d, "initech") and not d.references and d.channel != "partner"]
    meant = list(dict.fromkeys(named))
    for entry, other in zip(rng.sample(free, min(5, len(free))), meant[:5], strict=False):
        entry.namesake = other


def _of(entry: Draft, supplier: str) -> bool:
    return entry.supplier.key == supplier


def _resolved(entry: Draft) -> bool:
    return any((step.kind, step.value) == ("state", "resolved") for step in entry.steps)
