"""Where a request for a page begins, what a page brought, and the step from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.exchange import Answer
from core.model import Instant


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request begins."""

    since: Instant | None = None  # the change time from which on, or (keyset) after which
    until: Instant | None = None  # the change time up to which
    after: str | None = None  # keyset: the id of the last record of that time
    offset: int = 0
    page: int = 0
    token: Any = None
    url: str | None = None  # a next link
    counted: bool = True  # the total is needed
    left: int | None = None  # records that are still to come, as far as known
    size: int | None = None  # records wanted, where it is not the size of every page
    known: frozenset[Any] = frozenset()  # records of the page before, of which one must come again
    again: int = 0  # how often none did, so that the list was read again from further up
    misses: int = 0  # the same, since the list was read further than ever before
    reach: int = 0  # how far that is
    came: int = 0  # records that the pages before this one have covered


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page brought."""

    answer: Answer
    ids: Sequence[Any]  # of its records, in order; None where a record has none
    last: Instant | None = None  # the change time of the last record that has one
    last_id: str | None = None  # the id of that record
    changed: Sequence[Instant | None] = ()  # the change times of all, where they are known

    @property
    def count(self) -> int:
        """Records on the page."""
        return len(self.ids)


Step: TypeAlias = Callable[[Place, Seen], "Place | None"]
