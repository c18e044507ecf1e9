"""What the KPI engine computes on: the store's records as numpy columns, text coded as numbers.

An absent instant is `NEVER`, an absent code is -1. Codes of states, actors, kinds, types and outcomes are positions
in the tuples of `core.model`; codes of names are positions in the `names` beside the column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.object_]

NEVER: Final = int(np.iinfo(np.int64).min)
"""The instant that does not exist; before every other one."""


@dataclass(frozen=True, slots=True)
class SourceFact:
    """A source that facts came from, and how fresh it is."""

    supplier: str
    source: str
    last_success: int | None  # Instant
    watermark: int | None  # Instant


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """A text column as codes: `values[codes[i]]` is the text of row i, code -1 is no text."""

    codes: Codes
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TicketFacts:
    """All tickets, one row each; instants in microseconds, `NEVER` where absent."""

    source: Codes  # position in Facts.sources
    vendor_id: Texts
    number: Texts
    url: Texts  # str or None
    kind: Codes  # 0 incident, 1 change
    state: Codes  # position in model.STATES
    priority: Codes  # 1..5
    major: Codes  # 1 or 0
    opened_at: Ints
    first_response_at: Ints
    resolved_at: Ints
    closed_at: Ints
    outage_start: Ints
    outage_end: Ints
    group: Names
    component: Names
    service: Names
    reopen_count: Codes
    reassignment_count: Codes
    change_type: Codes
    requested_at: Ints
    approved_at: Ints
    planned_start: Ints
    planned_end: Ints
    actual_start: Ints
    actual_end: Ints
    outcome: Codes
    suspect: Codes  # 1 where the connector already found a time unreadable, else 0
    changed_at: Ints
    vanished_at: Ints  # since when the source no longer shows it, without telling that it was deleted

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True, eq=False)
class EventFacts:
    """Events of one kind, sorted by (ticket, at, seq); those whose ticket has not arrived are not here.

    Values: kind state: position in model.STATES; priority: 1..5; major: 1 or 0; group: position in `names`;
    comment: -1. -1 is unknown.
    """

    ticket: Codes  # row in TicketFacts
    at: Ints
    seq: Ints
    from_value: Codes
    to_value: Codes
    actor: Codes  # position in model.ACTORS
    public: Codes  # 1, 0, or -1 unknown
    earliest: Ints  # of estimated ones: the earliest instant at which it can have happened; NEVER: `at` was told
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ticket)


@dataclass(frozen=True, slots=True, eq=False)
class OutageFacts:
    """Outage records."""

    source: Codes
    vendor_id: Texts
    ticket: Codes  # row in TicketFacts or -1
    component: Names
    service: Names
    type: Codes  # position in model.OUTAGE_TYPES
    start: Ints
    end: Ints  # NEVER: it goes on
    approved_at: Ints

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True, eq=False)
class ResponseFacts:
    """Customers' answers."""

    source: Codes
    vendor_id: Texts
    ticket: Codes  # row in TicketFacts or -1
    at: Ints
    score: Floats
    scale_min: Floats
    scale_max: Floats

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True, eq=False)
class ReviewFacts:
    """What parties said of each other, one row per period, reviewer and party reviewed."""

    period: Texts  # a month of the hub's zone: "2026-10"
    reviewer: Names  # parties
    about: Names
    score: Floats
    scale_min: Floats
    scale_max: Floats

    def __len__(self) -> int:
        return len(self.period)


@dataclass(frozen=True, slots=True, eq=False)
class LinkFacts:
    """References from tickets, not yet looked up."""

    ticket: Codes  # row in TicketFacts
    kind: Codes  # position in model.LINK_KINDS
    evidence: Codes  # position in model.EVIDENCE
    reference: Texts

    def __len__(self) -> int:
        return len(self.ticket)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything that is stored and that a KPI rests on."""

    sources: tuple[SourceFact, ...]
    tickets: TicketFacts
    events: Mapping[str, EventFacts]  # by kind, every kind of model.EVENT_KINDS present
    outages: OutageFacts
    responses: ResponseFacts
    links: LinkFacts
    rejects: Mapping[tuple[int, str], int] = field(default_factory=dict)  # (source, reason) -> records kept aside
    reviews: ReviewFacts = field(default_factory=lambda: no_reviews())


def names_of(texts: list[Any]) -> Names:
    """A column of texts (str or None) as codes, in the order in which the texts first appear."""
    index: dict[Any, int] = {None: -1}
    codes = [index.setdefault(text, len(index) - 1) for text in texts]
    del index[None]
    return Names(np.array(codes, dtype=np.int32), tuple(index))


def no_reviews() -> ReviewFacts:
    """What there is before anybody reviewed anybody."""
    none = np.zeros(0)
    return ReviewFacts(none.astype(object), names_of([]), names_of([]), none, none, none)
