"""The tables, as the newest migration leaves them. Instants are microseconds UTC, texts of closed sets stay texts.

Columns of a kind of record bear the names of `core.model`'s fields. `reading` says which stream of a source a row came
from and with which mapping it was read, so that another mapping can put right what the former one made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, SmallInteger, Table, Text
from sqlalchemy.types import TypeEngine

from core.model import FIELDS

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)

SOURCE: Final = Table(
    "source",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_source_supplier_name", "supplier", "name", unique=True),
)
READING: Final = Table(
    "reading",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("stream", Text, nullable=False),
    Column("mapping_digest", Text, nullable=False),
    Index("ix_reading_stream", "source_id", "stream", "mapping_digest", unique=True),
)
CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("mapping_digest", Text, nullable=False),
    Column("watermark", BigInteger),
    Column("saved_at", BigInteger, nullable=False),
)
LAST_PASS: Final = Table(
    "last_pass",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("last_success", BigInteger),
)
REJECT: Final = Table(
    "reject",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mapping_digest", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
UNMAPPED: Final = Table(
    "unmapped",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("mapping_digest", Text, nullable=False),
)
COUNTER: Final = Table(
    "counter",
    METADATA,
    Column("supplier", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

_INSTANTS: Final = frozenset(
    [
        "opened_at",
        "first_response_at",
        "resolved_at",
        "closed_at",
        "outage_start",
        "outage_end",
        "requested_at",
        "approved_at",
        "planned_start",
        "planned_end",
        "actual_start",
        "actual_end",
        "changed_at",
        "at",
        "start",
        "end",
        "seq",
        "revision",
    ]
)
_SMALL: Final = frozenset({"priority", "major", "public"})
_COUNTS: Final = frozenset({"reopen_count", "reassignment_count"})
_SCORES: Final = frozenset({"score", "scale_min", "scale_max"})
_NEEDED: Final = frozenset({"changed_at", "revision", "kind", "event_id", "vendor_id"})


def _type(name: str) -> TypeEngine[Any]:
    if name in _INSTANTS:
        return BigInteger()
    if name in _SMALL:
        return SmallInteger()
    if name in _COUNTS:
        return Integer()
    return Double() if name in _SCORES else Text()


def _records(kind: str, *key: str) -> Table:
    """The table of a kind of record: the source, the reading, and the kind's fields.

    No foreign keys: both ids are the store's own, and a check per row would cost more than the row.
    """
    return Table(
        kind,
        METADATA,
        Column("source_id", Integer, primary_key=True, autoincrement=False),
        *(
            Column(name, _type(name), primary_key=name in key, nullable=name not in {*_NEEDED, *key})
            for name in FIELDS[kind]
        ),
        Column("reading", Integer, nullable=False),
    )


TICKET: Final = _records("ticket", "vendor_id")
EVENT: Final = _records("event", "event_id")
OUTAGE: Final = _records("outage", "vendor_id")
RESPONSE: Final = _records("response", "vendor_id")
LINK: Final = _records("link", "ticket", "kind", "evidence", "reference")
Index("ix_event_ticket", EVENT.c.source_id, EVENT.c.ticket)

RECORDS: Final[Mapping[str, Table]] = {table.name: table for table in (TICKET, EVENT, OUTAGE, RESPONSE, LINK)}
"""The tables that hold a source's records, by kind."""
