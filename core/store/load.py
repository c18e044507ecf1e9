"""Reading what is stored as the KPI engine's columns, in one transaction, without a model per record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection

from core.facts import (
    Codes,
    EventFacts,
    Facts,
    Ints,
    LinkFacts,
    OutageFacts,
    ResponseFacts,
    SourceFact,
    TicketFacts,
    names_of,
)
from core.model import ACTORS, CHANGE_TYPES, EVENT_KINDS, EVIDENCE, LINK_KINDS, OUTAGE_TYPES, OUTCOMES, STATES
from core.store.columns import Coder, Column, codes, instants, positions, read, scores, small, texts
from core.store.reviews import load_reviews
from core.store.sweep import Convert, sweep
from core.store.tables import CHECKPOINT, EVENT, LAST_PASS, LINK, OUTAGE, REJECT, RESPONSE, SOURCE, TICKET, TICKET_KEY

_TICKETS: Final = tuple(name for name in TicketFacts.__slots__ if name not in ("source", "vendor_id", "vanished_at"))
_INSTANTS: Final = tuple(name for name in _TICKETS if name.endswith(("_at", "_start", "_end")))
Bools = NDArray[np.bool_]
_NAMED: Final = ("group", "component", "service")
_STATES, _ACTORS, _KINDS = positions(STATES), positions(ACTORS), positions(EVENT_KINDS)
_CLOSED: Final[Mapping[str, Mapping[Any, int]]] = {
    "kind": {"incident": 0, "change": 1},
    "state": _STATES,
    "change_type": positions(CHANGE_TYPES),
    "outcome": positions(OUTCOMES),
}
_VALUES: Final[Mapping[str, Mapping[Any, int]]] = {
    "state": _STATES,
    "priority": {str(priority): priority for priority in range(1, 6)},
    "major": {"0": 0, "1": 1},
    "comment": {},
}


Among: TypeAlias = Callable[[sa.Column[Any]], ColumnElement[bool]]
"""Which of the store's numbers of tickets are wanted, as a condition on the column that holds them."""


def everything(column: sa.Column[Any]) -> ColumnElement[bool]:
    """All tickets."""
    return sa.true()


def ids_of(connection: Connection, sources: Sequence[tuple[str, str]]) -> tuple[int | None, ...]:
    """The ids of these sources, (supplier, source); None for one that has no row yet."""
    ids = {(row.supplier, row.name): row.id for row in connection.execute(sa.select(SOURCE))}
    return tuple(ids.get(source) for source in sources)


def load(connection: Connection, sources: Sequence[tuple[str, str]], known: Sequence[int | None]) -> tuple[Facts, Ints]:
    """All facts of these sources in this order, `known` being their ids, and the store's number of each ticket.

    This is the one place where deleted tickets are left out, with all that they bore: events, references, answers. An
    outage record of its own stays, without its ticket.

    Tickets come by source and vendor's id, whatever the order in which they arrived: sums of the same records are the
    same to the last digit.
    """
    order = positions_of(known)
    tickets, numbers = load_tickets(connection, order)
    places = placed(numbers)
    facts = Facts(
        sources=load_sources(connection, sources, known),
        tickets=tickets,
        events=load_events(connection, order, places),
        outages=load_outages(connection, order, places),
        responses=load_responses(connection, order, places),
        links=load_links(connection, order, places),
        rejects=load_rejects(connection, order),
        reviews=load_reviews(connection),
    )
    return facts, numbers


def positions_of(known: Sequence[int | None]) -> Mapping[int, int]:
    """The position of each source by its id."""
    return {source_id: position for position, source_id in enumerate(known) if source_id is not None}


def placed(numbers: Ints) -> Codes:
    """By the store's number of a ticket its row, -1 where there is none; the last one stands for all above."""
    places = np.full(int(numbers.max(initial=0)) + 2, -1, dtype=np.int32)
    places[numbers] = np.arange(len(numbers), dtype=np.int32)
    return places


def rows_of(numbers: Ints, places: Codes) -> Codes:
    """The rows of the store's numbers, -1 where there is none. `places`: see `placed`."""
    return places[np.minimum(numbers, len(places) - 1)]


def watermarks(connection: Connection) -> Mapping[int, int | None]:
    """By source: the latest change time up to which any of its streams is read."""
    query = sa.select(CHECKPOINT.c.source_id, sa.func.max(CHECKPOINT.c.watermark)).group_by(CHECKPOINT.c.source_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def load_sources(
    connection: Connection, sources: Sequence[tuple[str, str]], known: Sequence[int | None]
) -> tuple[SourceFact, ...]:
    """The sources and how fresh they are."""
    successes = {row.source_id: row.last_success for row in connection.execute(sa.select(LAST_PASS))}
    marks = watermarks(connection)
    return tuple(
        SourceFact(supplier, source, successes.get(source_id), marks.get(source_id))
        if source_id is not None
        else SourceFact(supplier, source, None, None)
        for (supplier, source), source_id in zip(sources, known, strict=True)
    )


def load_tickets(
    connection: Connection, order: Mapping[int, int], among: Among = everything
) -> tuple[TicketFacts, Ints]:
    """The tickets by source's id and vendor's id, and the store's number of each."""
    vanished = sa.case((TICKET_KEY.c.gone.is_not(None), TICKET_KEY.c.gone_at))
    own = among(TICKET_KEY.c.id)
    fields: dict[str, ColumnElement[Any]] = {name: TICKET.c[name] for name in _TICKETS}
    fields |= {"suspect": sa.case((TICKET.c.suspect.is_not(None), 1), else_=0)}
    query = (
        sa.select(TICKET.c.ticket, TICKET_KEY.c.source_id, TICKET_KEY.c.vendor_id, vanished, *fields.values())
        .join_from(TICKET_KEY, TICKET, TICKET.c.ticket == TICKET_KEY.c.id)
        # Not by the index of the sources: tickets are read as they lie, and sorted by the numbers below.
        .where((TICKET_KEY.c.source_id + 0).in_(list(order)), TICKET_KEY.c.gone.is_distinct_from("deleted"), own)
    )
    coders = {name: Coder() for name in ("source", *_CLOSED, *_NAMED)}
    convert: list[Convert] = [
        instants,
        coders["source"],
        texts,
        instants,
        *(_converter(name, coders) for name in fields),
    ]
    over = TICKET_KEY.c.id if among is everything else None
    found = sweep(connection, query, over, convert)
    at = _sorted(connection, order, own, found[0])
    number, source, vendor_id, vanished_at, *rest = (column[at] for column in found)
    columns: dict[str, Any] = dict(zip(fields, rest, strict=True))
    columns |= {name: coders[name].closed(columns[name], known) for name, known in _CLOSED.items()}
    columns |= {name: coders[name].named(columns[name]) for name in _NAMED}
    place = coders["source"].closed(source, order)
    return TicketFacts(source=place, vendor_id=vendor_id, vanished_at=vanished_at, **columns), number


def _converter(name: str, coders: Mapping[str, Coder]) -> Callable[[Column], Any]:
    if name in _INSTANTS:
        return instants
    if name in coders:
        return coders[name]
    return texts if name in ("number", "url") else partial(small, absent=0 if name in ("major", "suspect") else -1)


def _sorted(connection: Connection, order: Mapping[int, int], own: ColumnElement[bool], numbers: Ints) -> Ints:
    """The rows of these tickets in the order of source's id and vendor's id."""
    keys = sa.select(TICKET_KEY.c.id).where(TICKET_KEY.c.source_id.in_(list(order)), own)
    ranked = sweep(connection, keys.order_by(TICKET_KEY.c.source_id, TICKET_KEY.c.vendor_id), None, [instants])[0]
    places = placed(numbers)
    rows = rows_of(ranked, places)
    there: Ints = rows[rows >= 0].astype(np.int64)
    return there


def _deleted(connection: Connection, order: Mapping[int, int]) -> Ints:
    """The store's numbers of deleted tickets."""
    query = sa.select(TICKET_KEY.c.id).where(TICKET_KEY.c.source_id.in_(list(order)), TICKET_KEY.c.gone == "deleted")
    return np.array(connection.execute(query).scalars().all(), dtype=np.int64)


def load_events(
    connection: Connection, order: Mapping[int, int], places: Codes, among: Among = everything
) -> Mapping[str, EventFacts]:
    """The events by kind, sorted by (ticket, at, seq)."""
    wanted = ("ticket", "kind", "at", "seq", "from_value", "to_value", "actor", "public", "earliest")
    query = sa.select(*(EVENT.c[name] for name in wanted)).where(
        EVENT.c.source_id.in_(list(order)), EVENT.c.at.is_not(None), among(EVENT.c.ticket)
    )
    kind, actor, value = Coder(), Coder(), Coder()
    zero = partial(instants, absent=0)
    convert: list[Convert] = [instants, kind, instants, zero, value, value, actor, small, instants]
    # In the order of the key; what remains equal after sorting below is told apart by event_id then.
    query = query.order_by(*EVENT.primary_key.columns)
    found = sweep(connection, query, EVENT.c.ticket if among is everything else None, convert)
    ticket, kinds, moments, sequence, old, new, actors, seen, bounds = found
    rows, kinds = rows_of(ticket, places), kind.closed(kinds, _KINDS)
    actors, words = actor.closed(actors, _ACTORS, _ACTORS["unknown"]), [*value.words, None]
    made = {}
    for name in EVENT_KINDS:
        there = np.flatnonzero((kinds == _KINDS[name]) & (rows >= 0))
        ordered = there[np.lexsort((sequence[there], moments[there], rows[there]))]
        meant, names = _meant(name, words, np.concatenate((old[ordered], new[ordered])))
        left, right = meant[old[ordered]], meant[new[ordered]]
        steps = slice(None) if name == "comment" else _steps(rows[ordered], right)
        ordered, left, right = ordered[steps], left[steps], right[steps]
        made[name] = EventFacts(
            ticket=rows[ordered],
            at=moments[ordered],
            seq=sequence[ordered],
            from_value=_known_before(rows[ordered], left, right),
            to_value=right,
            actor=actors[ordered],
            public=seen[ordered],
            earliest=bounds[ordered],
            names=names,
        )
    return made


def _steps(ticket: Codes, after: Codes) -> Bools:
    """Events that led to another value than the ticket's event before: neighbours with the same value are one."""
    first = np.ones(len(ticket), dtype=np.bool_)
    first[1:] = (ticket[1:] != ticket[:-1]) | (after[1:] != after[:-1])
    return first


def _known_before(ticket: Codes, before: Codes, after: Codes) -> Codes:
    """What held before each event: where the source did not say, what the ticket's event before it led to."""
    found = before.copy()
    gaps = np.flatnonzero((before[1:] == -1) & (ticket[1:] == ticket[:-1])) + 1
    found[gaps] = after[gaps - 1]
    return found


def _meant(kind: str, words: Sequence[str | None], used: Codes) -> tuple[Codes, tuple[str, ...]]:
    """What each word is as a value of a kind, and the names that the values of this kind stand for."""
    if kind != "group":
        return np.array([_VALUES[kind].get(word, -1) for word in words], dtype=np.int32), ()
    names = [place for place in np.unique(used).tolist() if words[place] is not None]
    meant = np.full(len(words), -1, dtype=np.int32)
    meant[names] = np.arange(len(names), dtype=np.int32)
    return meant, tuple(str(words[place]) for place in names)


def load_outages(connection: Connection, order: Mapping[int, int], places: Codes) -> OutageFacts:
    """The outage records, by source's id and vendor's id."""
    wanted = ("source_id", "vendor_id", "ticket", "component", "service", "type", "start", "end", "approved_at")
    query = sa.select(*(OUTAGE.c[name] for name in wanted)).where(OUTAGE.c.source_id.in_(list(order)))
    columns = read(connection, query.order_by(*OUTAGE.primary_key.columns))
    source, vendor_id, ticket, component, service, kind, start, end, approved = columns
    return OutageFacts(
        source=codes(source, order),
        vendor_id=texts(vendor_id),
        ticket=_rows(ticket, places),
        component=names_of(component),
        service=names_of(service),
        type=codes(kind, positions(OUTAGE_TYPES)),
        start=instants(start),
        end=instants(end),
        approved_at=instants(approved),
    )


def load_responses(connection: Connection, order: Mapping[int, int], places: Codes) -> ResponseFacts:
    """The answers but those on deleted tickets, by source's id and vendor's id."""
    deleted = _deleted(connection, order)
    wanted = ("source_id", "vendor_id", "ticket", "at", "score", "scale_min", "scale_max")
    query = sa.select(*(RESPONSE.c[name] for name in wanted)).where(RESPONSE.c.source_id.in_(list(order)))
    columns = read(connection, query.order_by(*RESPONSE.primary_key.columns))
    if len(deleted):
        kept = ~np.isin(instants(columns[2], absent=-1), deleted)
        columns = [list(compress(column, kept)) for column in columns]
    source, vendor_id, ticket, at, score, low, high = columns
    return ResponseFacts(
        source=codes(source, order),
        vendor_id=texts(vendor_id),
        ticket=_rows(ticket, places),
        at=instants(at),
        score=scores(score),
        scale_min=scores(low),
        scale_max=scores(high),
    )


def load_links(connection: Connection, order: Mapping[int, int], places: Codes, among: Among = everything) -> LinkFacts:
    """The references, by ticket."""
    wanted = ("ticket", "kind", "evidence", "reference")
    query = sa.select(*(LINK.c[name] for name in wanted))
    query = query.where(LINK.c.source_id.in_(list(order)), among(LINK.c.ticket))
    kind, evidence = Coder(), Coder()
    query = query.order_by(*LINK.primary_key.columns)
    over = LINK.c.ticket if among is everything else None
    ticket, kinds, evidences, reference = sweep(connection, query, over, [instants, kind, evidence, texts])
    rows = rows_of(ticket, places)
    there = np.flatnonzero(rows >= 0)
    there = there[np.argsort(rows[there], kind="stable")]
    return LinkFacts(
        ticket=rows[there],
        kind=kind.closed(kinds, positions(LINK_KINDS))[there],
        evidence=evidence.closed(evidences, positions(EVIDENCE))[there],
        reference=reference[there],
    )


def load_rejects(connection: Connection, order: Mapping[int, int]) -> Mapping[tuple[int, str], int]:
    """How many records are kept aside, by source and reason."""
    query = sa.select(REJECT.c.source_id, REJECT.c.reason, sa.func.count()).group_by(
        REJECT.c.source_id, REJECT.c.reason
    )
    return {
        (order[source_id], reason): count
        for source_id, reason, count in connection.execute(query)
        if source_id in order
    }


def _rows(tickets: Column, places: Codes) -> Codes:
    """The rows of tickets by the store's numbers; -1 where there is none, or it is not among those that were read."""
    numbers = np.array([-1 if number is None else number for number in tickets], dtype=np.int64)
    return np.where(numbers >= 0, places[np.clip(numbers, 0, len(places) - 1)], np.int32(-1))
