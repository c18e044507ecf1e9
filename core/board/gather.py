"""What a pack needs of the store: facts, closed months, actions, and what was written in the month's reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from core.actions import Action
from core.board.pack import Asked, months_of
from core.closed import ClosedMonth
from core.facts import Facts
from core.model import Instant
from core.reviews import Remark
from core.settings import Settings


class Kept(Protocol):
    """The part of the store that packs need."""

    def facts(self, sources: Sequence[tuple[str, str]]) -> Facts:
        """Everything stored of these sources, (supplier, source)."""

    def closed_months(self) -> Sequence[str]:
        """The months that are closed."""

    def month(self, text: str) -> ClosedMonth | None:
        """A closed month; None where it is not closed."""

    def actions(self) -> Sequence[Action]:
        """All improvement actions."""

    def remarks(self, period: str) -> Sequence[Remark]:
        """What was written in peer reviews for a month."""


def gather(
    store: Kept, settings: Settings, month: str, now: Instant, version: str, known: Callable[[], Facts | None]
) -> Asked:
    """All that the pack of a month is made of. MonthError for what is no month and for one that has not begun.

    `known`: the facts of the configured sources where they are at hand already; they are read where it gives None, or
    where a closed month rests on sources that are not configured any more.
    """
    kept = set(store.closed_months())
    wanted = [label for label in months_of(month, settings.catalogue.zone, now) if label in kept]
    closed = {label: found for label in wanted if (found := store.month(label)) is not None}
    configured = [(entry.supplier, entry.name) for entry in settings.catalogue.sources]
    former = [(entry.supplier, entry.name) for each in closed.values() for entry in each.catalogue.sources]
    sources = list(dict.fromkeys([*configured, *former]))
    facts = known() if len(sources) == len(configured) else None
    return Asked(
        facts=store.facts(sources) if facts is None else facts,
        catalogue=settings.catalogue,
        closed=closed,
        actions=store.actions(),
        remarks=store.remarks(month),
        board=settings.board.meeting,
        informal=settings.board.informal,
        title=settings.board.title,
        version=version,
    )
