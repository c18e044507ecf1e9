"""What the hub is to observe of a page's tickets itself: where no history tells, or none that may be read."""

from __future__ import annotations

from typing import Final

from connectors.plan import Plan
from connectors.reading import Read
from core.model import Instant, Observe

_MOMENTS: Final = {"resolved": "resolved_at", "closed": "closed_at", "cancelled": "closed_at"}
"""The fields of a ticket that tell since when it is in a state."""


class Observing:
    """Knows which streams could be read when they were last asked for."""

    def __init__(self) -> None:
        self._answering: set[str] = set()

    def begin(self, stream: str) -> None:
        """A stream is asked for; whether it may be read is not known yet."""
        self._answering.discard(stream)

    def answered(self, stream: str) -> None:
        """It may be read."""
        self._answering.add(stream)

    def of(self, plan: Plan, read: Read, since: Instant | None) -> Observe | None:
        """What to observe; None where a history that may be read tells it. `since`: where the pass before ended."""
        said = plan.said.observe
        if said is None or not read.tickets:
            return None
        if said.unless is not None and self._told(plan, said.unless):
            return None
        own = {state: read.tickets[name] for state, name in _MOMENTS.items()}
        return Observe(said.fields, since, {**own, **read.moments})

    def _told(self, plan: Plan, name: str) -> bool:
        """Whether a history, of the stream itself or a stream that was read before, may be read.

        In doubt not: what is observed then gives way to what is read later.
        """
        if name in plan.said.history:
            return plan.histories is not None and plan.histories.readable(name)
        return name in self._answering
