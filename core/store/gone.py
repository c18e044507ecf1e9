"""Tickets that are gone: marked, never deleted, and there again as soon as the source shows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Instant, Page
from core.status import HeldTicket
from core.store.dialects import Dialect
from core.store.journal import enter
from core.store.tables import READING, TICKET, TICKET_KEY

_KEY = TICKET_KEY.c


def come_back(connection: Connection, dialect: Dialect, numbers: Sequence[int]) -> int:
    """Tickets, by the store's numbers, are there again; how many were gone.

    When each was gone last stays known, so that the word of a deletion that is read once more changes nothing.
    """
    if not numbers:
        return 0
    query = sa.update(TICKET_KEY).where(dialect.among(_KEY.id, numbers), _KEY.gone.is_not(None))
    return connection.execute(query.values(gone=None)).rowcount


def entomb(connection: Connection, dialect: Dialect, source_id: int, page: Page) -> Collection[int]:
    """Mark the known tickets whose deletion the page tells; where any is newly deleted, the numbers of those told.

    A ticket that was changed, or was gone and came back, after the told moment is there all the same.
    """
    if not page.tombstones:
        return ()
    name: Any = sa.bindparam("name")
    at = sa.bindparam("moment", type_=sa.BigInteger)
    lived = sa.select(TICKET.c.ticket).where(TICKET.c.ticket == _KEY.id, TICKET.c.changed_at > at)
    there = sa.select(TICKET.c.ticket).where(TICKET.c.ticket == _KEY.id)
    query = (
        sa.update(TICKET_KEY)
        .where(
            _KEY.source_id == source_id,
            _KEY.vendor_id == name,
            sa.or_(_KEY.gone == "hidden", _KEY.gone == "unseen", sa.and_(_KEY.gone.is_(None), _earlier(at))),
            sa.exists(there.correlate(TICKET_KEY)),
            ~sa.exists(lived.correlate(TICKET_KEY)),
        )
        .values(gone="deleted", gone_at=at)
    )
    told = zip(page.tombstones["ticket"], page.tombstones["at"], strict=True)
    rows = [{"name": ticket, "moment": moment} for ticket, moment in told]
    if not rows or not connection.execute(query, rows).rowcount:
        return ()
    return _numbers(connection, dialect, source_id, [str(row["name"]) for row in rows])


def _numbers(connection: Connection, dialect: Dialect, source_id: int, ids: Sequence[str]) -> Collection[int]:
    query = sa.select(_KEY.id).where(_KEY.source_id == source_id, dialect.among(_KEY.vendor_id, ids))
    return connection.execute(query).scalars().all()


def _earlier(at: Any) -> Any:
    return sa.or_(_KEY.gone_at.is_(None), _KEY.gone_at < at)


def held(connection: Connection, source_id: int) -> Mapping[str, HeldTicket]:
    """The tickets of a source by the vendor's id, those that are gone too."""
    query = (
        sa.select(_KEY.vendor_id, READING.c.stream, TICKET.c.changed_at, TICKET.c.number, _KEY.gone)
        .join_from(TICKET_KEY, TICKET, TICKET.c.ticket == _KEY.id)
        .join(READING, READING.c.id == TICKET.c.reading)
        .where(_KEY.source_id == source_id)
    )
    return {row[0]: HeldTicket(*row[1:]) for row in connection.execute(query)}


def settle(connection: Connection, dialect: Dialect, source_id: int, gone: Mapping[str, str], at: Instant) -> int:
    """Keep what a census concluded: tickets gone and why; how many are now different."""
    changed = 0
    for why in sorted(set(gone.values())):
        ids = [ticket for ticket, said in gone.items() if said == why]
        query = sa.update(TICKET_KEY).where(
            _KEY.source_id == source_id, dialect.among(_KEY.vendor_id, ids), _KEY.gone.is_distinct_from(why)
        )
        # Since when it is gone does not change when the reason becomes known.
        since = sa.case((_KEY.gone.is_(None), sa.literal(at, sa.BigInteger)), else_=_KEY.gone_at)
        changed += connection.execute(query.values(gone=why, gone_at=since)).rowcount
    if changed:
        enter(connection, source_id, _numbers(connection, dialect, source_id, list(gone)), responses=True)
    return changed
