"""The tables, as the newest migration leaves them. Instants are microseconds UTC, texts of closed sets stay texts.

Columns of a kind of record bear the names of `core.model`'s fields. A ticket's id in the vendor's system is stored
once, in `ticket_key`, and everything else knows the ticket by that row's number: an event is then a few bytes, the
events of one ticket lie side by side, and one that comes before its ticket already has where to belong.
`reading` says which stream of a source a row came from and with which mapping it was read, so that another mapping can
put right what the former one made. That a ticket is gone stands with its key, where no version of its record reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from core.model import FIELDS
from core.status import COUNTS

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)

ID: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""A vendor's id: compared byte by byte, so that both databases sort alike, and PostgreSQL asks no locale."""

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
    Column("id", Integer, primary_key=True),  # the later reading of a stream has the higher one
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("stream", Text, nullable=False),
    Column("mapping_digest", Text, nullable=False),
    Index("ix_reading_stream", "source_id", "stream"),
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
TOUCHED: Final = Table(
    "touched",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),  # 1, 2, 3 ... of each source
    Column("tickets", Text, nullable=False),  # the store's numbers, as JSON
    Column("outages", SmallInteger, nullable=False),  # 1: outage records changed as well
    Column("responses", SmallInteger, nullable=False),
)
"""What pages changed: see `core.store.journal`."""
REVIEW: Final = Table(
    "review",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("period", Text, nullable=False),  # "2026-10"
    Column("reviewer", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("scale_min", Double, nullable=False),
    Column("scale_max", Double, nullable=False),
    Column("remark", Text),
    Column("origin", Text, nullable=False),  # "import": of a file; "form": by an invitation
    Column("saved_at", BigInteger, nullable=False),
    Index("ix_review_period", "period", "reviewer"),
)
INVITATION: Final = Table(
    "invitation",
    METADATA,
    Column("digest", Text, primary_key=True),  # of the link's secret, which is kept nowhere
    Column("period", Text, nullable=False),  # "2026-10"
    Column("reviewer", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),  # null: no form was sent with it yet
)
CENSUS: Final = Table(
    "census",
    METADATA,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it was last tried
    Column("counted_at", BigInteger),  # when the counts below were taken; null: it never came to an end
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
)
"""How the last census of each source ended."""
CLOSED_MONTH: Final = Table(
    "closed_month",
    METADATA,
    Column("month", Text, primary_key=True),  # "2026-10"
    Column("closed_at", BigInteger, nullable=False),
    Column("definitions", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("settings", Text, nullable=False),  # JSON
    Column("settings_digest", Text, nullable=False),
    Column("coverage", Text, nullable=False),  # JSON
    Column("records", LargeBinary, nullable=False),  # see core.store.months
)
CLOSED_FIGURE: Final = Table(
    "closed_figure",
    METADATA,
    Column("month", ForeignKey("closed_month.month"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("labels", Text, primary_key=True),  # JSON
    Column("value", Double, nullable=False),
)
ACTION: Final = Table(
    "action",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("owners", Text, nullable=False),  # parties, as JSON
    Column("due", Text),  # "2026-12-15"
    Column("series", Text),
    Column("before", Double),
    Column("before_month", Text),
    Column("agreed_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
)
"""Improvement actions of the board."""
TICKET_KEY: Final = Table(
    "ticket_key",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("vendor_id", ID, nullable=False),
    Column("gone", Text),  # null: it is there; one of core.model.GONE: it is not
    Column("gone_at", BigInteger),  # since when it is gone; of one that came back, when it was gone last
    Index("ix_ticket_key_vendor_id", "source_id", "vendor_id", unique=True),
)

_TEXTS: Final = frozenset(
    ["kind", "number", "url", "state", "vendor_state", "group", "component", "service", "change_type", "outcome",
     "suspect", "from_value", "to_value", "actor", "vendor_value", "type", "evidence"]
)  # fmt: skip
_IDS: Final = frozenset(["vendor_id", "event_id", "reference"])
_SMALL: Final = frozenset(["priority", "major", "public"])
_SCORES: Final = frozenset(["score", "scale_min", "scale_max"])
_NEEDED: Final = frozenset(["changed_at", "revision", "kind"])


def _type(name: str) -> TypeEngine[Any]:
    if name == "ticket":
        return Integer()
    if name in _IDS:
        return ID
    if name in _TEXTS:
        return Text()
    if name in _SMALL:
        return SmallInteger()
    return Double() if name in _SCORES else BigInteger()


def _records(kind: str, *key: str, leave: str = "", wide: bool = False) -> Table:
    """The table of a kind of record: its key, the kind's other fields, and the reading.

    No foreign keys: the numbers are the store's own, and a check per row would cost more than the row. SQLite keeps
    narrow rows in the order of their key (without a row id), which saves a second tree; wide ones are better apart.
    """
    fields = [name for name in (*key, *FIELDS[kind]) if name != leave]
    return Table(
        kind,
        METADATA,
        *(
            Column(
                name,
                Integer if name == "source_id" else _type(name),
                primary_key=name in key,
                autoincrement=False if name in key else "auto",
                nullable=name not in {*_NEEDED, *key},
            )
            for name in dict.fromkeys(fields)
        ),
        Column("reading", Integer, nullable=False),
        sqlite_with_rowid=wide,
    )


TICKET: Final = _records("ticket", "ticket", leave="vendor_id", wide=True)
EVENT: Final = _records("event", "source_id", "ticket", "event_id")
LINK: Final = _records("link", "source_id", "ticket", "kind", "evidence", "reference")
OUTAGE: Final = _records("outage", "source_id", "vendor_id")
RESPONSE: Final = _records("response", "source_id", "vendor_id")

RECORDS: Final[Mapping[str, Table]] = {table.name: table for table in (TICKET, EVENT, OUTAGE, RESPONSE, LINK)}
"""The tables that hold a source's records, by kind."""
