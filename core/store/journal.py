"""What pages changed, as a journal by source: who holds the facts in memory reads no more than that again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from core.store.tables import TOUCHED

_KEPT: Final = 500
"""Entries of a source that are kept, up to twice as many. Whoever is further behind reads everything."""
_NEXT: Final = sa.select(sa.func.coalesce(sa.func.max(TOUCHED.c.seq), 0)).where(
    TOUCHED.c.source_id == sa.bindparam("source")
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a state of the journal."""

    tickets: Collection[int]  # the store's numbers
    outages: bool  # outage records of any kind
    responses: bool


def enter(
    connection: Connection, source_id: int, tickets: Collection[int], outages: bool = False, responses: bool = False
) -> None:
    """Note what the transaction changed; writers of one source take turns, so that its entries have no gaps."""
    last = connection.execute(_NEXT, {"source": source_id}).scalar_one()
    row = {
        "source_id": source_id,
        "seq": last + 1,
        "tickets": orjson.dumps(list(tickets)).decode(),
        "outages": int(outages),
        "responses": int(responses),
    }
    connection.execute(sa.insert(TOUCHED), row)
    if last % _KEPT == 0 and last:
        connection.execute(sa.delete(TOUCHED).where(TOUCHED.c.source_id == source_id, TOUCHED.c.seq <= last - _KEPT))


def state(connection: Connection) -> Mapping[int, int]:
    """The last entry of each source that has one."""
    query = sa.select(TOUCHED.c.source_id, sa.func.max(TOUCHED.c.seq)).group_by(TOUCHED.c.source_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def since(connection: Connection, known: Mapping[int, int], sources: Sequence[int]) -> Changes | None:
    """What was entered for these sources after a state; None where entries in between are no longer kept."""
    tickets: set[int] = set()
    outages = responses = False
    for source_id in sources:
        last = known.get(source_id, 0)
        query = sa.select(TOUCHED).where(TOUCHED.c.source_id == source_id, TOUCHED.c.seq > last)
        rows = connection.execute(query.order_by(TOUCHED.c.seq)).all()
        if [row.seq for row in rows] != list(range(last + 1, last + 1 + len(rows))):
            return None
        for row in rows:
            tickets.update(orjson.loads(row.tickets))
            outages, responses = outages or bool(row.outages), responses or bool(row.responses)
    return Changes(tickets, outages, responses)
