"""Keeping a page: its records, what was set aside, and the checkpoint, inside one transaction of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Columns, Instant, Page, length
from core.store.dialects import Dialect, Row
from core.store.gone import come_back, entomb
from core.store.journal import enter
from core.store.links import forget_links, replace_links
from core.store.numbers import Numbers, number
from core.store.observe import observe, supersede
from core.store.readings import Reading, open_reading
from core.store.tables import CHECKPOINT, EVENT, RECORDS, REJECT, SOURCE, UNMAPPED
from core.store.texts import without_nul

_DETAIL = 300  # characters of a reject's detail that are kept
_TURN: Final = sa.select(SOURCE.c.id).where(SOURCE.c.id == sa.bindparam("source")).with_for_update()
# Statements are made once: making one anew for each page costs more than running it.
_SET_ASIDE: Final = sa.select(
    sa.exists().where(REJECT.c.source_id == sa.bindparam("source"), REJECT.c.stream == sa.bindparam("stream"))
)


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
    numbers, fresh, gone = number(connection, dialect, source_id, page)
    back = gone & set(page.tickets.get("vendor_id", ())) - set(page.tombstones.get("ticket", ())) if gone else ()
    changed = come_back(connection, dialect, [numbers[ticket] for ticket in back])
    changed += observe(connection, dialect, source_id, reading, page, numbers, now)
    for kind, columns in (
        ("ticket", page.tickets),
        ("outage", page.outages),
        ("response", page.responses),
        ("event", page.events),
    ):
        if length(columns):
            names, rows = _rows(kind, source_id, columns, numbers, reading.id)
            changed += dialect.upsert(connection, RECORDS[kind], rows, names)
    if reading.former:
        changed += _outdated_events(connection, dialect, source_id, reading, page, numbers)
    changed += _replaced_events(connection, dialect, source_id, page, numbers)
    changed += supersede(connection, dialect, source_id, page, numbers)
    changed += replace_links(connection, dialect, source_id, reading, page, numbers, fresh)
    forgotten = forget_links(connection, source_id, reading, page)
    buried = entomb(connection, dialect, source_id, page)
    changed += len(forgotten) + len(buried)
    touched = {*numbers.values(), *forgotten, *buried}
    _set_aside(connection, dialect, source_id, page, digest, now)
    _unmapped(connection, dialect, source_id, page, digest)
    _checkpoint(connection, dialect, source_id, page, digest, now)
    if changed:
        answers = bool(length(page.responses) or back or buried)  # those on deleted tickets are left out
        enter(connection, source_id, touched, bool(length(page.outages)), answers)
    return changed > 0


def _take_turn(connection: Connection, source_id: int) -> None:
    """Two processes that save for one source do so one after the other (on SQLite all writers do anyway)."""
    connection.execute(_TURN, {"source": source_id})


def _rows(
    kind: str, source_id: int, columns: Columns, numbers: Numbers, reading: int
) -> tuple[Sequence[str], Sequence[Row]]:
    """The records as rows of their table, each once, and the names of their columns: those in which something stands.

    SQLite's driver takes three times as long for a None as for a number, and most fields are empty on a whole page.
    """
    columns = _once(columns, "event_id" if kind == "event" else "vendor_id")
    count = length(columns)
    tickets = columns["vendor_id" if kind == "ticket" else "ticket"]
    made: Mapping[str, Sequence[Any]] = {
        "source_id": [source_id] * count,
        "ticket": [None if ticket is None else numbers[ticket] for ticket in tickets],
        "reading": [reading] * count,
    }
    whole = {column.name: made.get(column.name) or columns[column.name] for column in RECORDS[kind].columns}
    filled = {name: values for name, values in whole.items() if values[0] is not None or _stands(values)}
    return tuple(filled), list(zip(*filled.values(), strict=True))


def _stands(values: Sequence[Any]) -> bool:
    """Whether anything stands in a column."""
    return values.count(None) < len(values)


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
    if not page.replaced or not length(page.tickets):
        return 0
    tickets = [numbers[vendor_id] for vendor_id in page.tickets["vendor_id"]]
    gone = 0
    for name, kinds in page.replaced.items():
        # Ids from "name:" on up to "name;", the next sign after the colon.
        ids = sa.and_(EVENT.c.event_id >= f"{name}:", EVENT.c.event_id < f"{name};", EVENT.c.kind.in_(kinds))
        own = sa.and_(EVENT.c.source_id == source_id, dialect.among(EVENT.c.ticket, tickets))
        gone += connection.execute(sa.delete(EVENT).where(own, ids)).rowcount
    return gone


def _set_aside(connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str, now: Instant) -> None:
    """Keep the page's rejects, each key once, and forget those of records that could be read now."""
    mine = sa.and_(REJECT.c.source_id == source_id, REJECT.c.stream == page.stream)
    rejects = {reject.key: reject for reject in page.rejects}
    if connection.execute(_SET_ASIDE, {"source": source_id, "stream": page.stream}).scalar():
        kinds = (page.tickets, page.outages, page.responses)
        whole = {key for columns in kinds for key in columns.get("vendor_id", ())}
        whole = (whole | set(page.events.get("event_id", ()))) - rejects.keys()
        connection.execute(sa.delete(REJECT).where(mine, dialect.among(REJECT.c.key, list(whole))))
    rows = [
        (source_id, page.stream, one.key, one.reason, one.detail[:_DETAIL], digest, now) for one in rejects.values()
    ]
    dialect.upsert(connection, REJECT, rows)


def _unmapped(connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str) -> None:
    """Count the page's values that no map knows; with another mapping the count begins anew."""
    own = {"source_id": source_id, "stream": page.stream, "mapping_digest": digest}
    rows = [{**own, "field": field, "value": value, "count": count} for (field, value), count in page.unmapped.items()]
    if rows:
        connection.execute(_counted(dialect), rows)


@lru_cache
def _counted(dialect: Dialect) -> Any:
    seen = dialect.insert(UNMAPPED)
    same = UNMAPPED.c.mapping_digest == seen.excluded.mapping_digest
    more = sa.case((same, UNMAPPED.c.count), else_=0) + seen.excluded.count
    return seen.on_conflict_do_update(
        index_elements=list(UNMAPPED.primary_key.columns),
        set_={"count": more, "mapping_digest": seen.excluded.mapping_digest},
    )


def _checkpoint(
    connection: Connection, dialect: Dialect, source_id: int, page: Page, digest: str, now: Instant
) -> None:
    if page.checkpoint is None:  # read out of turn: the stream goes on where it was
        return
    values = {"text": page.checkpoint, "mapping_digest": digest, "saved_at": now, "watermark": page.watermark}
    connection.execute(_marked(dialect), {"source_id": source_id, "stream": page.stream, **values})


@lru_cache
def _marked(dialect: Dialect) -> Any:
    mark = dialect.insert(CHECKPOINT)
    new = {name: mark.excluded[name] for name in ("text", "mapping_digest", "saved_at")}
    watermark = sa.func.coalesce(mark.excluded.watermark, CHECKPOINT.c.watermark)
    return mark.on_conflict_do_update(
        index_elements=list(CHECKPOINT.primary_key.columns), set_={**new, "watermark": watermark}
    )
