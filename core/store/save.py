"""Keeping a page: its records, what was set aside, and the checkpoint, inside one transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from core.model import FIELDS, Columns, Instant, Page, length, rows
from core.store.dialects import Row
from core.store.links import keep_links, portions
from core.store.tables import CHECKPOINT, EVENT, READING, RECORDS, REJECT, UNMAPPED

_DETAIL = 300  # characters of a reject's detail that are kept


class Upsert(Protocol):
    """How this database takes many rows: see `core.store.dialects`."""

    def __call__(self, connection: Connection, table: Table, rows: Sequence[Row], versioned: bool) -> int: ...


def save(connection: Connection, upsert: Upsert, source_id: int, page: Page, digest: str, now: Instant) -> bool:
    """Keep a page; whether anything that figures rest on is now different.

    An older version of a record never replaces a newer one. Of the tickets on the page, links that the version kept
    no longer has are gone, and so are events that the same stream made of them with another mapping.
    """
    reading, first = _reading(connection, source_id, page.stream, digest)
    changed = 0
    for kind, columns in (("ticket", page.tickets), ("outage", page.outages), ("response", page.responses)):
        changed += _records(connection, upsert, source_id, reading, kind, columns)
    changed += _records(connection, upsert, source_id, reading, "event", page.events)
    if not first:
        changed += _outdated_events(connection, source_id, reading, page)
    changed += keep_links(connection, source_id, reading, page)
    _set_aside(connection, source_id, page, digest, now)
    _unmapped(connection, source_id, page, digest)
    _checkpoint(connection, source_id, page, digest, now)
    return changed > 0


def _records(connection: Connection, upsert: Upsert, source_id: int, reading: int, kind: str, columns: Columns) -> int:
    if not length(columns):
        return 0
    versioned = kind != "event"
    given = _newest(kind, columns) if versioned else _last(kind, columns)
    return upsert(connection, RECORDS[kind], [(source_id, *row, reading) for row in given], versioned)


def _newest(kind: str, columns: Columns) -> Iterable[Row]:
    """Each record once: of several versions on one page the newest, the later one of equals."""
    ids = columns["vendor_id"]
    if len(set(ids)) == len(ids):
        return rows(kind, columns)
    version = {name: FIELDS[kind].index(name) for name in ("vendor_id", "changed_at", "revision")}
    found: dict[Any, Row] = {}
    for row in rows(kind, columns):
        known = found.get(row[version["vendor_id"]])
        if known is None or _version(row, version) >= _version(known, version):
            found[row[version["vendor_id"]]] = row
    return found.values()


def _version(row: Row, place: dict[str, int]) -> tuple[int, int]:
    return row[place["changed_at"]], row[place["revision"]]


def _last(kind: str, columns: Columns) -> Iterable[Row]:
    ids = columns["event_id"]
    return (
        rows(kind, columns) if len(set(ids)) == len(ids) else dict(zip(ids, rows(kind, columns), strict=True)).values()
    )


def _reading(connection: Connection, source_id: int, stream: str, digest: str) -> tuple[int, bool]:
    """The id of a stream's reading with a mapping, made where it is new, and whether the stream has no other one."""
    mine = sa.and_(READING.c.source_id == source_id, READING.c.stream == stream)
    known = {row.mapping_digest: row.id for row in connection.execute(sa.select(READING).where(mine))}
    if digest not in known:
        made = connection.execute(
            sa.insert(READING).values(source_id=source_id, stream=stream, mapping_digest=digest).returning(READING.c.id)
        )
        known[digest] = made.scalar_one()
    return known[digest], len(known) == 1


def _outdated_events(connection: Connection, source_id: int, reading: int, page: Page) -> int:
    """Take out what this stream made of the page's tickets with another mapping: it was read anew just now."""
    others = sa.select(READING.c.id).where(
        READING.c.source_id == source_id, READING.c.stream == page.stream, READING.c.id != reading
    )
    touched = {*page.tickets.get("vendor_id", ()), *page.events.get("ticket", ())}
    gone = 0
    for some in portions(touched):
        gone += connection.execute(
            sa.delete(EVENT).where(
                EVENT.c.source_id == source_id, EVENT.c.ticket.in_(some), EVENT.c.reading.in_(others)
            )
        ).rowcount
    return gone


def _set_aside(connection: Connection, source_id: int, page: Page, digest: str, now: Instant) -> None:
    """Keep the page's rejects, each key once, and forget those of records that could be read now."""
    mine = sa.and_(REJECT.c.source_id == source_id, REJECT.c.stream == page.stream)
    any_kept = connection.execute(sa.select(sa.exists().where(mine))).scalar()
    rejects = {reject.key: reject for reject in page.rejects}
    if any_kept:
        read = {
            *page.tickets.get("vendor_id", ()),
            *page.outages.get("vendor_id", ()),
            *page.responses.get("vendor_id", ()),
            *page.events.get("event_id", ()),
            *rejects,
        }
        for some in portions(read):
            connection.execute(sa.delete(REJECT).where(mine, REJECT.c.key.in_(some)))
    if rejects:
        connection.execute(
            sa.insert(REJECT),
            [
                {
                    "source_id": source_id,
                    "stream": page.stream,
                    "key": reject.key,
                    "reason": reject.reason,
                    "detail": reject.detail[:_DETAIL],
                    "mapping_digest": digest,
                    "seen_at": now,
                }
                for reject in rejects.values()
            ],
        )


def _unmapped(connection: Connection, source_id: int, page: Page, digest: str) -> None:
    for (name, value), count in page.unmapped.items():
        key = sa.and_(
            UNMAPPED.c.source_id == source_id,
            UNMAPPED.c.stream == page.stream,
            UNMAPPED.c.field == name,
            UNMAPPED.c.value == value,
        )
        more = sa.case((UNMAPPED.c.mapping_digest == digest, UNMAPPED.c.count), else_=0) + count
        if not connection.execute(sa.update(UNMAPPED).where(key).values(count=more, mapping_digest=digest)).rowcount:
            connection.execute(
                sa.insert(UNMAPPED).values(
                    source_id=source_id, stream=page.stream, field=name, value=value, count=count, mapping_digest=digest
                )
            )


def _checkpoint(connection: Connection, source_id: int, page: Page, digest: str, now: Instant) -> None:
    key = sa.and_(CHECKPOINT.c.source_id == source_id, CHECKPOINT.c.stream == page.stream)
    values = {"text": page.checkpoint, "mapping_digest": digest, "saved_at": now, "watermark": page.watermark}
    kept = dict(values, watermark=sa.func.coalesce(page.watermark, CHECKPOINT.c.watermark))
    if not connection.execute(sa.update(CHECKPOINT).where(key).values(kept)).rowcount:
        connection.execute(sa.insert(CHECKPOINT).values(source_id=source_id, stream=page.stream, **values))
