"""Reading what is stored as the KPI engine's columns, in one transaction, without a model per record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

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
from core.store.columns import Column, coded, codes, instants, positions, read, scores, small, texts
from core.store.reviews import load_reviews
from core.store.tables import CHECKPOINT, EVENT, LAST_PASS, LINK, OUTAGE, REJECT, RESPONSE, SOURCE, TICKET, TICKET_KEY

_TICKETS: Final = tuple(name for name in TicketFacts.__slots__ if name not in ("source", "vendor_id", "vanished_at"))
_INSTANTS: Final = tuple(name for name in _TICKETS if name.endswith(("_at", "_start", "_end")))
Bools = NDArray[np.bool_]
_STATES, _ACTORS, _KINDS = positions(STATES), positions(ACTORS), positions(EVENT_KINDS)
_VALUES: Final[Mapping[str, Mapping[Any, int]]] = {
    "state": _STATES,
    "priority": {str(priority): priority for priority in range(1, 6)},
    "major": {"0": 0, "1": 1},
    "comment": {},
}


def load(connection: Connection, sources: Sequence[tuple[str, str]]) -> Facts:
    """All facts of these sources, (supplier, source), in this order; a source that has no row yet has no records.

    This is the one place where deleted tickets are left out, with all that they bore: events, references, answers. An
    outage record of its own stays, without its ticket.

    Tickets come by source and vendor's id, whatever the order in which they arrived: sums of the same records are the
    same to the last digit.
    """
    ids = {(row.supplier, row.name): row.id for row in connection.execute(sa.select(SOURCE))}
    known = [ids.get(source) for source in sources]
    order = {source_id: position for position, source_id in enumerate(known) if source_id is not None}
    tickets, places = _tickets(connection, order)
    deleted = _deleted(connection, order)
    return Facts(
        sources=_sources(connection, sources, known),
        tickets=tickets,
        events=_events(connection, order, places),
        outages=_outages(connection, order, places),
        responses=_responses(connection, order, places, deleted),
        links=_links(connection, order, places),
        rejects=_rejects(connection, order),
        reviews=load_reviews(connection),
    )


def watermarks(connection: Connection) -> Mapping[int, int | None]:
    """By source: the latest change time up to which any of its streams is read."""
    query = sa.select(CHECKPOINT.c.source_id, sa.func.max(CHECKPOINT.c.watermark)).group_by(CHECKPOINT.c.source_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def _sources(
    connection: Connection, sources: Sequence[tuple[str, str]], known: Sequence[int | None]
) -> tuple[SourceFact, ...]:
    successes = {row.source_id: row.last_success for row in connection.execute(sa.select(LAST_PASS))}
    marks = watermarks(connection)
    return tuple(
        SourceFact(supplier, source, successes.get(source_id), marks.get(source_id))
        if source_id is not None
        else SourceFact(supplier, source, None, None)
        for (supplier, source), source_id in zip(sources, known, strict=True)
    )


def _tickets(connection: Connection, order: Mapping[int, int]) -> tuple[TicketFacts, Codes]:
    """The tickets, and by the store's number of a ticket its row, -1 where it has not arrived."""
    vanished = sa.case((TICKET_KEY.c.gone.is_not(None), TICKET_KEY.c.gone_at))
    number, source, vendor_id, vanished_at, *rest = read(
        connection,
        sa.select(
            TICKET.c.ticket,
            *(TICKET_KEY.c[name] for name in ("source_id", "vendor_id")),
            vanished,
            *(TICKET.c[name] for name in _TICKETS),
        )
        .join_from(TICKET_KEY, TICKET, TICKET.c.ticket == TICKET_KEY.c.id)
        .where(TICKET_KEY.c.source_id.in_(list(order)), TICKET_KEY.c.gone.is_distinct_from("deleted"))
        .order_by(TICKET_KEY.c.source_id, TICKET_KEY.c.vendor_id),
    )
    columns = dict(zip(_TICKETS, rest, strict=True))
    facts = TicketFacts(
        source=codes(source, order),
        vendor_id=texts(vendor_id),
        number=texts(columns["number"]),
        url=texts(columns["url"]),
        kind=codes(columns["kind"], {"incident": 0, "change": 1}),
        state=codes(columns["state"], _STATES),
        priority=small(columns["priority"]),
        major=small(columns["major"], absent=0),
        group=names_of(columns["group"]),
        component=names_of(columns["component"]),
        service=names_of(columns["service"]),
        reopen_count=small(columns["reopen_count"]),
        reassignment_count=small(columns["reassignment_count"]),
        change_type=codes(columns["change_type"], positions(CHANGE_TYPES)),
        outcome=codes(columns["outcome"], positions(OUTCOMES)),
        vanished_at=instants(vanished_at),
        suspect=np.array([text is not None for text in columns["suspect"]], dtype=np.int32),
        **{name: instants(columns[name]) for name in _INSTANTS},
    )
    highest = connection.execute(sa.select(sa.func.max(TICKET_KEY.c.id))).scalar() or 0
    places = np.full(highest + 1, -1, dtype=np.int32)
    places[np.array(number, dtype=np.int64)] = np.arange(len(number), dtype=np.int32)
    return facts, places


def _deleted(connection: Connection, order: Mapping[int, int]) -> Ints:
    """The store's numbers of deleted tickets."""
    query = sa.select(TICKET_KEY.c.id).where(TICKET_KEY.c.source_id.in_(list(order)), TICKET_KEY.c.gone == "deleted")
    return np.array(connection.execute(query).scalars().all(), dtype=np.int64)


def _events(connection: Connection, order: Mapping[int, int], places: Codes) -> Mapping[str, EventFacts]:
    wanted = ("ticket", "kind", "at", "seq", "from_value", "to_value", "actor", "public", "earliest")
    query = sa.select(*(EVENT.c[name] for name in wanted)).where(
        EVENT.c.source_id.in_(list(order)), EVENT.c.at.is_not(None)
    )
    # In the order of the key; what remains equal after sorting below is told apart by event_id then.
    columns = read(connection, query.order_by(*EVENT.primary_key.columns))
    ticket, kind, at, seq, before, after, actor, public, earliest = columns
    rows, kinds = _rows(ticket, places), codes(kind, _KINDS)
    moments, sequence = instants(at), instants(seq, absent=0)
    actors, seen, bounds = codes(actor, _ACTORS, _ACTORS["unknown"]), small(public), instants(earliest)
    values, words = coded([*before, *after])
    old, new = np.split(values, 2)
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


def _outages(connection: Connection, order: Mapping[int, int], places: Codes) -> OutageFacts:
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


def _responses(connection: Connection, order: Mapping[int, int], places: Codes, deleted: Ints) -> ResponseFacts:
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


def _links(connection: Connection, order: Mapping[int, int], places: Codes) -> LinkFacts:
    wanted = ("ticket", "kind", "evidence", "reference")
    query = sa.select(*(LINK.c[name] for name in wanted)).where(LINK.c.source_id.in_(list(order)))
    ticket, kind, evidence, reference = read(connection, query.order_by(*LINK.primary_key.columns))
    rows = _rows(ticket, places)
    there = np.flatnonzero(rows >= 0)
    there = there[np.argsort(rows[there], kind="stable")]
    return LinkFacts(
        ticket=rows[there],
        kind=codes(kind, positions(LINK_KINDS))[there],
        evidence=codes(evidence, positions(EVIDENCE))[there],
        reference=texts(reference)[there],
    )


def _rejects(connection: Connection, order: Mapping[int, int]) -> Mapping[tuple[int, str], int]:
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
    return np.where(numbers >= 0, places[np.maximum(numbers, 0)], np.int32(-1))
