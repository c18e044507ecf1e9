"""The normalised model: what siamhub knows of a supplier's tickets, as columns that travel by the page.

Instants are whole microseconds since 1970-01-01T00:00:00Z (`Instant`), intervals are half open [start, end).
A vendor's records become `Columns`: one list per field, all of the same length, in the order of the field names of
their kind. Nobody's name, address or words are in the model: an actor is a class of actor, a text is never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z."""

SECOND: Final = 1_000_000

State: TypeAlias = Literal["new", "assigned", "active", "hold", "resolved", "closed", "cancelled"]
STATES: Final[tuple[str, ...]] = ("new", "assigned", "active", "hold", "resolved", "closed", "cancelled")
"""What a ticket's state may be; `reopened` is no state but a step back from resolved or closed."""

Actor: TypeAlias = Literal["person", "automation", "requester", "unknown"]
ACTORS: Final[tuple[str, ...]] = ("person", "automation", "requester", "unknown")

EVENT_KINDS: Final[tuple[str, ...]] = ("state", "priority", "group", "major", "comment")
OUTAGE_TYPES: Final[tuple[str, ...]] = ("outage", "planned", "degraded")
LINK_KINDS: Final[tuple[str, ...]] = ("same", "cause", "follow_up", "alias")
EVIDENCE: Final[tuple[str, ...]] = ("url", "prefix", "key", "number", "issue_link")
CHANGE_TYPES: Final[tuple[str, ...]] = ("standard", "normal", "emergency")
OUTCOMES: Final[tuple[str, ...]] = (
    "successful",
    "with_issues",
    "unsuccessful",
    "backed_out",
    "abandoned",
    "unknown",
)

TICKET: Final[tuple[str, ...]] = (
    "vendor_id",  # str, unique within the source and for the ticket's whole life
    "kind",  # "incident" or "change"
    "number",  # str, what people quote
    "url",  # str or None, where a person sees the ticket
    "state",  # one of STATES, or None where the vendor's value is not mapped
    "vendor_state",  # str or None, the vendor's own word for it
    "priority",  # 1..5 or None
    "major",  # 1 or 0: flagged as a major incident
    "opened_at",  # Instant or None
    "first_response_at",  # Instant or None, where the vendor keeps one
    "resolved_at",  # Instant or None, the last resolution as the vendor's record has it
    "closed_at",  # Instant or None
    "outage_start",  # Instant or None, typed on the ticket
    "outage_end",  # Instant or None, typed on the ticket
    "group",  # str or None, the group that has the ticket now, by the name the `groups` setting matches
    "component",  # str or None, the component's name in the vendor's system
    "service",  # str or None, the service's name in the vendor's system
    "reopen_count",  # int or None, the vendor's own counter
    "reassignment_count",  # int or None, the vendor's own counter
    "change_type",  # one of CHANGE_TYPES or None
    "requested_at",  # Instant or None
    "approved_at",  # Instant or None
    "planned_start",  # Instant or None
    "planned_end",  # Instant or None
    "actual_start",  # Instant or None
    "actual_end",  # Instant or None
    "outcome",  # one of OUTCOMES or None
    "suspect",  # str or None: why times of this ticket are not to be trusted ("opened_at unreadable", ...)
    "changed_at",  # Instant, the vendor's change time: the version of the record
    "revision",  # int, tells versions of the same change time apart (0 where the vendor has no such counter)
)
"""The fields of a ticket, in the order in which rows are stored; changes leave what is an incident's None, and back."""

EVENT: Final[tuple[str, ...]] = (
    "ticket",  # str, vendor_id of its ticket; the ticket itself may arrive later
    "event_id",  # str, unique within the source: the same event read twice bears the same id
    "kind",  # one of EVENT_KINDS
    "at",  # Instant
    "seq",  # int, the vendor's order inside one instant (0 where there is none)
    "from_value",  # str or None: state in STATES, priority "1".."5", group's name, major "1"/"0"
    "to_value",  # likewise: what holds from `at` on. Neighbours with the same value are one
    "actor",  # one of ACTORS
    "public",  # 1, 0 or None: can the other side see it
    "vendor_value",  # str or None: the vendor's own word for to_value
    "earliest",  # Instant or None: `at` is estimated, it happened between this and `at`. None: `at` is what was told
)
"""A ticket's timeline. An event says that a dimension (its kind) has a value from an instant on."""

OUTAGE: Final[tuple[str, ...]] = (
    "vendor_id",  # str, unique within the source
    "ticket",  # str or None, vendor_id of the ticket it belongs to
    "component",  # str or None, name in the vendor's system
    "service",  # str or None, name in the vendor's system
    "type",  # one of OUTAGE_TYPES
    "start",  # Instant or None
    "end",  # Instant or None: it goes on
    "approved_at",  # Instant or None, for planned ones
    "changed_at",  # Instant
    "revision",  # int
)
RESPONSE: Final[tuple[str, ...]] = (
    "vendor_id",  # str, unique within the source
    "ticket",  # str or None, vendor_id of the ticket it is about
    "at",  # Instant or None: the source does not tell
    "score",  # float
    "scale_min",  # float
    "scale_max",  # float
    "changed_at",  # Instant
    "revision",  # int
)
"""A customer's answer to a satisfaction question, without the words and without the customer."""

LINK: Final[tuple[str, ...]] = (
    "ticket",  # str, vendor_id of the ticket that bears the reference
    "kind",  # one of LINK_KINDS
    "evidence",  # one of EVIDENCE
    "reference",  # str, as the vendor has it: number, key, URL, or the vendor_id of a ticket of the same source
    "changed_at",  # Instant, the version of the ticket that bears it
)
"""A reference from one ticket to another. With a newer version of the ticket its older references are gone.

One of kind alias names the ticket itself: a number that it had before, by which others may still name it.
"""

GONE: Final[tuple[str, ...]] = ("deleted", "hidden", "unseen")
"""Why a ticket is no longer shown: its deletion was told; it exists, but not for the account; nobody can tell."""

TOMBSTONE: Final[tuple[str, ...]] = (
    "ticket",  # str, vendor_id of a ticket that was deleted
    "at",  # Instant, when
)
"""The source's word that a ticket was deleted. Tickets that the hub does not know are passed over."""

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": TICKET,
    "event": EVENT,
    "outage": OUTAGE,
    "response": RESPONSE,
    "link": LINK,
    "tombstone": TOMBSTONE,
}

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""One sequence per field of a kind, every field present, all of the same length."""


def length(columns: Columns) -> int:
    """How many records the columns hold; 0 for no columns."""
    return len(next(iter(columns.values()), ()))


def rows(kind: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """The records of a kind as tuples in the order of its fields."""
    return zip(*(columns[name] for name in FIELDS[kind]), strict=True)


def told(links: Columns) -> Iterator[tuple[str, str, str, str]]:
    """The links by what tells them apart: ticket, kind, evidence, reference."""
    return zip(*(links[name] for name in LINK[:4]), strict=True) if length(links) else iter(())


def columns(kind: str, records: Sequence[Mapping[str, Any]]) -> Columns:
    """Columns out of records by name, for tests and small sources; a field that a record lacks is None."""
    return {name: [record.get(name) for record in records] for name in FIELDS[kind]}


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read: kept aside, counted, and read again when the mapping is mended."""

    key: str  # the vendor's id where it can be told, else a digest of the record
    reason: str  # a closed set of short reasons, a label value: "no id", "unreadable time", "wrong type"
    detail: str  # for a person: the field and what stood there, shortened


@dataclass(frozen=True, slots=True)
class Observe:
    """What to observe of a page's tickets, by comparing them with what is held of them: no history tells it."""

    kinds: tuple[str, ...]  # of EVENT_KINDS, without comment
    since: Instant | None = None  # what changed before it was read by an earlier pass
    moments: Mapping[str, Sequence[Instant | None]] = field(default_factory=dict)  # state -> of each since when


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a stream's tickets that was refused, so that they are stored without it."""

    name: str
    why: str  # for a person
    needed: bool  # whether a pass without it has a gap


@dataclass(frozen=True, slots=True)
class Page:
    """What one step of reading a stream brought, and where to go on: both are kept in one transaction."""

    stream: str
    checkpoint: str | None  # the connector's own words (JSON); handed back to it as they are. None: it stays as it is
    watermark: Instant | None  # the vendor's change time up to which the stream is read
    tickets: Columns = field(default_factory=dict)
    events: Columns = field(default_factory=dict)
    outages: Columns = field(default_factory=dict)
    responses: Columns = field(default_factory=dict)
    links: Columns = field(default_factory=dict)
    replaced: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name before the colon of an event's id -> kinds: such events of the page's tickets go, another history told."""
    observe: Observe | None = None
    whole: frozenset[tuple[str, str, str, str]] | None = None  # all links that a list read to its end tells: see `told`
    tombstones: Columns = field(default_factory=dict)
    rejects: Sequence[Reject] = ()
    unread: Sequence[Unread] = ()  # what tickets of this pass, or of earlier ones, are stored without up to here
    unmapped: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (field, vendor's value) -> how often
    read: int = 0  # raw records on the page, whatever became of them
    total: int | None = None  # how many raw records the vendor says there are in this pass, for a progress bar


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly local hours in a zone, public holidays of a calendar excluded. `None` in place of it means always."""

    zone: str
    weekly: tuple[tuple[tuple[int, int], ...], ...]  # Monday..Sunday: (start, end), minutes of the local day, <= 1440
    holidays: str | None = None  # a country, or country and subdivision: "NL", "DE-BY"


@dataclass(frozen=True, slots=True)
class Part:
    """A component as a leaf of a service's structure."""

    supplier: str
    component: str


@dataclass(frozen=True, slots=True)
class Structure:
    """How a service stands on its parts: it is up while at least `needed` of the parts are up.

    `all` of n parts needs n, `any` needs 1, `at_least k` needs k.
    """

    needed: int
    parts: tuple[Part | Structure, ...]


def components(structure: Part | Structure) -> Iterator[Part]:
    """Every component that a structure names, in the order in which it names them, repeated ones too."""
    if isinstance(structure, Part):
        yield structure
    else:
        for part in structure.parts:
            yield from components(part)


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure: a metric's name without a value's unit conversions, its labels in order, and the value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def to_instant(moment: datetime) -> Instant:
    """The instant of an aware datetime, exact to the microsecond."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def to_datetime(instant: Instant) -> datetime:
    """The UTC datetime of an instant."""
    seconds, micros = divmod(instant, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
