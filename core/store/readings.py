"""Readings: a stream read with one mapping, from the change that brought the mapping to the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from core.store.tables import READING

_KNOWN: Final = (
    sa.select(READING.c.id, READING.c.mapping_digest)
    .where(READING.c.source_id == sa.bindparam("source"), READING.c.stream == sa.bindparam("stream"))
    .order_by(READING.c.id)
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading that a page belongs to."""

    id: int
    former: Sequence[int]  # the stream's earlier ones, with other mappings


def open_reading(connection: Connection, source_id: int, stream: str, digest: str) -> Reading:
    """The stream's reading with this mapping, begun where its last one had another."""
    known = connection.execute(_KNOWN, {"source": source_id, "stream": stream}).all()
    ids = [row.id for row in known]
    if known and known[-1].mapping_digest == digest:
        return Reading(ids[-1], ids[:-1])
    row = {"source_id": source_id, "stream": stream, "mapping_digest": digest}
    begun = connection.execute(sa.insert(READING).values(row).returning(READING.c.id)).scalar_one()
    return Reading(begun, ids)
