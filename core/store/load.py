"""Reading what is stored as the KPI engine's columns, in one transaction, without a model per record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from core.facts import (
    NEVER,
    Codes,
    EventFacts,
    Facts,
    Ints,
    LinkFacts,
    OutageFacts,
    ResponseFacts,
    SourceFact,
    Texts,
    TicketFacts,
    names_of,
)
from core.model import ACTORS, CHANGE_TYPES, EVENT_KINDS, EVIDENCE, LINK_KINDS, OUTAGE_TYPES, OUTCOMES, STATES
from core.store.tables import CHECKPOINT, EVENT, LAST_PASS, LINK, OUTAGE, REJECT, RESPONSE, SOURCE, TICKET

_TICKETS: Final = tuple(name for name in TicketFacts.__slots__ if name != "source")
Bools = NDArray[np.bool_]
Column = list[Any]
Places = Mapping[tuple[int, str], int]
"""(position of the source, vendor's id) -> row of the ticket."""


def load(connection: Connection, sources: Sequence[tuple[str, str]]) -> Facts:
    """All facts of these sources, (supplier, source), in this order; a source that has no row yet has no records."""
    ids = {(row.supplier, row.name): row.id for row in connection.execute(sa.select(SOURCE))}
    known = [ids.get(source) for source in sources]
    order = {source_id: position for position, source_id in enumerate(known) if source_id is not None}
    tickets, places = _tickets(connection, order)
    return Facts(
        sources=_sources(connection, sources, known),
        tickets=tickets,
        events=_events(connection, order, places),
        outages=_outages(connection, order, places),
        responses=_responses(connection, order, places),
        links=_links(connection, order, places),
        rejects=_rejects(connection, order),
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


def _tickets(connection: Connection, order: Mapping[int, int]) -> tuple[TicketFacts, Places]:
    columns = dict(zip(("source", *_TICKETS), _read(connection, TICKET, ("source_id", *_TICKETS), order), strict=True))
    source = _codes(columns["source"], order)
    facts = TicketFacts(
        source=source,
        vendor_id=_texts(columns["vendor_id"]),
        number=_texts(columns["number"]),
        url=_texts(columns["url"]),
        kind=_codes(columns["kind"], {"incident": 0, "change": 1}),
        state=_codes(columns["state"], _positions(STATES)),
        priority=_small(columns["priority"]),
        major=_small(columns["major"], absent=0),
        group=names_of(columns["group"]),
        component=names_of(columns["component"]),
        service=names_of(columns["service"]),
        reopen_count=_small(columns["reopen_count"]),
        reassignment_count=_small(columns["reassignment_count"]),
        change_type=_codes(columns["change_type"], _positions(CHANGE_TYPES)),
        outcome=_codes(columns["outcome"], _positions(OUTCOMES)),
        suspect=np.array([text is not None for text in columns["suspect"]], dtype=np.int32),
        **{name: _instants(columns[name]) for name in _TICKETS if name.endswith(("_at", "_start", "_end"))},
    )
    keys = zip(source.tolist(), columns["vendor_id"], strict=True)
    return facts, {key: row for row, key in enumerate(keys)}


def _events(connection: Connection, order: Mapping[int, int], places: Places) -> Mapping[str, EventFacts]:
    wanted = ("source_id", "ticket", "at", "seq", "from_value", "to_value", "actor", "public")
    return {
        kind: _events_of(kind, _read(connection, EVENT, wanted, order, EVENT.c.kind == kind), order, places)
        for kind in EVENT_KINDS
    }


def _events_of(kind: str, columns: Sequence[Column], order: Mapping[int, int], places: Places) -> EventFacts:
    source, ticket, at, seq, came_from, went_to, actor, public = columns
    rows, moments = _rows(source, ticket, order, places), _instants(at)
    there = np.flatnonzero((rows >= 0) & (moments != NEVER))
    sequence = _instants(seq, absent=0)
    ordered = there[np.lexsort((sequence[there], moments[there], rows[there]))]
    names: tuple[str, ...] = ()
    if kind == "group":
        both = names_of([*came_from, *went_to])
        names, (left, right) = both.values, np.split(both.codes, 2)
    else:
        codes = _VALUES[kind]
        left, right = _codes(came_from, codes), _codes(went_to, codes)
    if kind != "comment":
        ordered = ordered[_steps(rows[ordered], right[ordered])]
    tickets, after = rows[ordered], right[ordered]
    return EventFacts(
        ticket=tickets,
        at=moments[ordered],
        seq=sequence[ordered],
        from_value=_known_before(tickets, left[ordered], after),
        to_value=after,
        actor=_codes(actor, _positions(ACTORS), _positions(ACTORS)["unknown"])[ordered],
        public=_small(public)[ordered],
        names=names,
    )


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


def _outages(connection: Connection, order: Mapping[int, int], places: Places) -> OutageFacts:
    wanted = ("source_id", "vendor_id", "ticket", "component", "service", "type", "start", "end", "approved_at")
    source, vendor_id, ticket, component, service, kind, start, end, approved = _read(connection, OUTAGE, wanted, order)
    return OutageFacts(
        source=_codes(source, order),
        vendor_id=_texts(vendor_id),
        ticket=_rows(source, ticket, order, places),
        component=names_of(component),
        service=names_of(service),
        type=_codes(kind, _positions(OUTAGE_TYPES)),
        start=_instants(start),
        end=_instants(end),
        approved_at=_instants(approved),
    )


def _responses(connection: Connection, order: Mapping[int, int], places: Places) -> ResponseFacts:
    wanted = ("source_id", "vendor_id", "ticket", "at", "score", "scale_min", "scale_max")
    source, vendor_id, ticket, at, score, low, high = _read(connection, RESPONSE, wanted, order)
    return ResponseFacts(
        source=_codes(source, order),
        vendor_id=_texts(vendor_id),
        ticket=_rows(source, ticket, order, places),
        at=_instants(at),
        score=np.array(score, dtype=np.float64),
        scale_min=np.array(low, dtype=np.float64),
        scale_max=np.array(high, dtype=np.float64),
    )


def _links(connection: Connection, order: Mapping[int, int], places: Places) -> LinkFacts:
    wanted = ("source_id", "ticket", "kind", "evidence", "reference")
    source, ticket, kind, evidence, reference = _read(connection, LINK, wanted, order)
    rows = _rows(source, ticket, order, places)
    there = rows >= 0
    return LinkFacts(
        ticket=rows[there],
        kind=_codes(kind, _positions(LINK_KINDS))[there],
        evidence=_codes(evidence, _positions(EVIDENCE))[there],
        reference=_texts(reference)[there],
    )


def _rejects(connection: Connection, order: Mapping[int, int]) -> Mapping[tuple[int, str], int]:
    query = sa.select(REJECT.c.source_id, REJECT.c.reason, sa.func.count()).group_by(
        REJECT.c.source_id, REJECT.c.reason
    )
    return {(order[source_id], reason): n for source_id, reason, n in connection.execute(query) if source_id in order}


def _read(
    connection: Connection, table: Table, names: Sequence[str], order: Mapping[int, int], *conditions: Any
) -> list[Column]:
    """The columns of the sources' rows, by source and key, straight from the driver's tuples."""
    wanted = [table.c[name] for name in names]
    query = sa.select(*wanted).where(table.c.source_id.in_(list(order)), *conditions)
    found = connection.execute(query.order_by(*table.primary_key.columns)).cursor
    assert found is not None, "a SELECT has a cursor"
    rows = found.fetchall()
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]


def _rows(source: Column, ticket: Column, order: Mapping[int, int], places: Places) -> Codes:
    return np.array(
        [places.get((order[one], key), -1) for one, key in zip(source, ticket, strict=True)], dtype=np.int32
    )


def _positions(values: Sequence[str]) -> Mapping[Any, int]:
    return {value: position for position, value in enumerate(values)}


_VALUES: Final[Mapping[str, Mapping[Any, int]]] = {
    "state": _positions(STATES),
    "priority": {str(priority): priority for priority in range(1, 6)},
    "major": {"0": 0, "1": 1},
    "comment": {},
}


def _codes(column: Column, codes: Mapping[Any, int], absent: int = -1) -> Codes:
    return np.array([codes.get(value, absent) for value in column], dtype=np.int32)


def _small(column: Column, absent: int = -1) -> Codes:
    return np.array([absent if value is None else value for value in column], dtype=np.int32)


def _instants(column: Column, absent: int = NEVER) -> Ints:
    return np.array([absent if value is None else value for value in column], dtype=np.int64)


def _texts(column: Column) -> Texts:
    made = np.empty(len(column), dtype=object)
    made[:] = column
    return made
