"""Keeping a page: its records, what was set aside, and the checkpoint, inside one transaction of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Columns, Instant, Page, length
from core.store.dialects import Dialect, Row
from core.store.gone import come_back, entomb
from core.store.links import forget_links, replace_links
from core.store.observe import observe, supersede
from core.store.readings import Reading, open_reading
from core.store.tables import CHECKPOINT, EVENT, RECORDS, REJECT, SOURCE, TICKET_KEY, UNMAPPED
from core.store.texts import without_nul

_DETAIL = 300  # characters of a reject's detail that are kept

Numbers = Mapping[str, int]
"""Vendor's id of a ticket -> the store's number for it."""


def save(connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str, now: Instant) -> bool:
    """Keep a page; whether anything that figures rest on is now different.

    - An older version of a record never replaces a newer one; of equal versions the one read later stays.
    - An event is what it was when it was read last; events are added, and go only with the mapping that made them:
      the first time a stream brings a ticket with another mapping, what the former one made of it is taken out. Where
      a page brings events without their ticket, only from the first of them on, since a stream that is read again
      begins at the source's `since`, and what lies before it will not come again.
    - Links: see `core.store.links`. What the hub observes of tickets itself: see `core.store.observe`.
    - A ticket that the page bears is not gone; one whose deletion it tells is: see `core.store.gone`.
    - A record set aside is forgotten when the same stream brings it whole, or at the end of a good pass with
      another mapping.
    """
    _take_turn(connection, source_id)
    page = without_nul(page)
    reading = open_reading(connection, source_id, page.stream, digest)
    numbers, gone = _numbers(connection, dialect, source_id, page)
    back = gone & set(page.tickets.get("vendor_id", ())) - set(page.tombstones.get("ticket", ()))
    changed = come_back(connection, dialect, [numbers[ticket] for ticket in back])
    changed += observe(connection, dialect, source_id, reading, page, numbers, now)
    for kind, columns in (
        ("ticket", page.tickets),
        ("outage", page.outages),
        ("response", page.responses),
        ("event", page.events),
    ):
        changed += dialect.upsert(connection, RECORDS[kind], _rows(kind, source_id, columns, numbers, reading.id))
    if reading.former:
        changed += _outdated_events(connection, dialect, source_id, reading, page, numbers)
    changed += _replaced_events(connection, dialect, source_id, page, numbers)
    changed += supersede(connection, dialect, source_id, page, numbers)
    changed += replace_links(connection, dialect, source_id, reading, page, numbers)
    changed += forget_links(connection, source_id, reading, page)
    changed += entomb(connection, source_id, page)
    _set_aside(connection, dialect, source_id, page, digest, now)
    _unmapped(connection, dialect, source_id, page, digest)
    _checkpoint(connection, dialect, source_id, page, digest, now)
    return changed > 0


def _take_turn(connection: Connection, source_id: int) -> None:
    """Two processes that save for one source do so one after the other (on SQLite all writers do anyway)."""
    connection.execute(sa.select(SOURCE.c.id).where(SOURCE.c.id == source_id).with_for_update())


def _numbers(connection: Connection, dialect: Dialect, source_id: int, page: Page) -> tuple[Numbers, frozenset[str]]:
    """The store's numbers of all tickets that the page names, and which of them are gone.

    Those named for the first time are given a number, but for those of which only the deletion is told.
    """
    kinds = (page.events, page.links, page.outages, page.responses)
    named = dict.fromkeys(page.tickets.get("vendor_id", ()))
    named.update(dict.fromkeys(ticket for columns in kinds for ticket in columns.get("ticket", ())))
    named.pop(None, None)
    if not named:
        return {}, frozenset()
    found, gone = _known(connection, dialect, source_id, list(named))
    new = [vendor_id for vendor_id in named if vendor_id not in found]
    if new:
        rows = sa.select(sa.literal(source_id), dialect.each(new))
        statement = sa.insert(TICKET_KEY).from_select(["source_id", "vendor_id"], rows)
        made = connection.execute(statement.returning(TICKET_KEY.c.vendor_id, TICKET_KEY.c.id))
        found |= {row[0]: row[1] for row in made.all()}
    return found, gone


def _known(
    connection: Connection, dialect: Dialect, source_id: int, ids: Sequence[str]
) -> tuple[dict[str, int], frozenset[str]]:
    query = sa.select(TICKET_KEY.c.vendor_id, TICKET_KEY.c.id, TICKET_KEY.c.gone)
    query = query.where(TICKET_KEY.c.source_id == source_id, dialect.among(TICKET_KEY.c.vendor_id, ids))
    rows = connection.execute(query).all()
    return {row[0]: row[1] for row in rows}, frozenset(row[0] for row in rows if row[2] is not None)


def _rows(kind: str, source_id: int, columns: Columns, numbers: Numbers, reading: int) -> Sequence[Row]:
    """The records as rows of their table, each once."""
    if not length(columns):
        return ()
    columns = _once(columns, "event_id" if kind == "event" else "vendor_id")
    count = length(columns)
    tickets = columns["vendor_id" if kind == "ticket" else "ticket"]
    made: Mapping[str, Sequence[Any]] = {
        "source_id": [source_id] * count,
        "ticket": [None if ticket is None else numbers[ticket] for ticket in tickets],
        "reading": [reading] * count,
    }
    names = [column.name for column in RECORDS[kind].columns]
    return list(zip(*(made.get(name) or columns[name] for name in names), strict=True))


def _once(columns: Columns, key: str) -> Columns:
    """Each record once: of several versions on one page the newest, of equals the later one."""
    ids = columns[key]
    if len(set(ids)) == len(ids):
        return columns
    nothing = [0] * len(ids)
    versions = list(zip(columns.get("changed_at", nothing), columns.get("revision", nothing), strict=True))
    kept: dict[Any, int] = {}
    for place, record in enumerate(ids):
        known = kept.get(record)
        if known is None or versions[place] >= versions[known]:
            kept[record] = place
    return {name: [values[place] for place in kept.values()] for name, values in columns.items()}


def _outdated_events(
    connection: Connection, dialect: Dialect, source_id: int, reading: Reading, page: Page, numbers: Numbers
) -> int:
    """Take out what this stream made of the page's tickets with another mapping, and did not make again now."""
    outdated = sa.and_(EVENT.c.source_id == source_id, dialect.among(EVENT.c.reading, reading.former))
    whole = {numbers[vendor_id] for vendor_id in page.tickets.get("vendor_id", ())}
    gone = 0
    if whole:
        query = sa.delete(EVENT).where(outdated, dialect.among(EVENT.c.ticket, list(whole)))
        gone += connection.execute(query).rowcount
    since: dict[int, Instant] = {}
    for vendor_id, at in zip(page.events.get("ticket", ()), page.events.get("at", ()), strict=True):
        number = numbers[vendor_id]
        if number not in whole and at is not None:
            since[number] = min(at, since.get(number, at))
    if since:
        bound: Any = sa.bindparam("number"), sa.bindparam("since")
        query = sa.delete(EVENT).where(outdated, EVENT.c.ticket == bound[0], EVENT.c.at >= bound[1])
        rows = [{"number": number, "since": at} for number, at in since.items()]
        gone += connection.execute(query, rows).rowcount
    return gone


def _replaced_events(connection: Connection, dialect: Dialect, source_id: int, page: Page, numbers: Numbers) -> int:
    """Take out what a history told of the page's tickets where a better one tells the same now."""
    tickets = [numbers[vendor_id] for vendor_id in page.tickets.get("vendor_id", ())]
    gone = 0
    for name, kinds in page.replaced.items() if tickets else ():
        # Ids from "name:" on up to "name;", the next sign after the colon.
        ids = sa.and_(EVENT.c.event_id >= f"{name}:", EVENT.c.event_id < f"{name};", EVENT.c.kind.in_(kinds))
        own = sa.and_(EVENT.c.source_id == source_id, dialect.among(EVENT.c.ticket, tickets))
        gone += connection.execute(sa.delete(EVENT).where(own, ids)).rowcount
    return gone


def _set_aside(connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str, now: Instant) -> None:
    """Keep the page's rejects, each key once, and forget those of records that could be read now."""
    mine = sa.and_(REJECT.c.source_id == source_id, REJECT.c.stream == page.stream)
    rejects = {reject.key: reject for reject in page.rejects}
    kinds = (page.tickets, page.outages, page.responses)
    whole = {key for columns in kinds for key in columns.get("vendor_id", ())}
    whole = (whole | set(page.events.get("event_id", ()))) - rejects.keys()
    if whole and connection.execute(sa.select(sa.exists().where(mine))).scalar():
        connection.execute(sa.delete(REJECT).where(mine, dialect.among(REJECT.c.key, list(whole))))
    rows = [
        (source_id, page.stream, one.key, one.reason, one.detail[:_DETAIL], digest, now) for one in rejects.values()
    ]
    dialect.upsert(connection, REJECT, rows)


def _unmapped(connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str) -> None:
    """Count the page's values that no map knows; with another mapping the count begins anew."""
    for (field, value), count in page.unmapped.items():
        seen = dialect.insert(UNMAPPED).values(
            source_id=source_id, stream=page.stream, field=field, value=value, count=count, mapping_digest=digest
        )
        before = sa.case((UNMAPPED.c.mapping_digest == digest, UNMAPPED.c.count), else_=0)
        more = {"count": before + seen.excluded.count, "mapping_digest": digest}
        connection.execute(seen.on_conflict_do_update(index_elements=list(UNMAPPED.primary_key.columns), set_=more))


def _checkpoint(
    connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str, now: Instant
) -> None:
    if page.checkpoint is None:  # read out of turn: the stream goes on where it was
        return
    values = {"text": page.checkpoint, "mapping_digest": digest, "saved_at": now}
    mark = dialect.insert(CHECKPOINT).values(
        source_id=source_id, stream=page.stream, watermark=page.watermark, **values
    )
    watermark = sa.func.coalesce(mark.excluded.watermark, CHECKPOINT.c.watermark)
    connection.execute(
        mark.on_conflict_do_update(
            index_elements=list(CHECKPOINT.primary_key.columns), set_={**values, "watermark": watermark}
        )
    )
