"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("supplier", "name", name=op.f("pk_counter")),
    )
    op.create_table(
        "event",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("from_value", sa.Text(), nullable=True),
        sa.Column("to_value", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("public", sa.SmallInteger(), nullable=True),
        sa.Column("vendor_value", sa.Text(), nullable=True),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "ticket", "event_id", name=op.f("pk_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reference", ID, autoincrement=False, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "ticket", "kind", "evidence", "reference", name=op.f("pk_link")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outage",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", ID, autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("component", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "vendor_id", name=op.f("pk_outage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "response",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", ID, autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("scale_min", sa.Double(), nullable=True),
        sa.Column("scale_max", sa.Double(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "vendor_id", name=op.f("pk_response")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_index("ix_source_supplier_name", "source", ["supplier", "name"], unique=True)
    op.create_table(
        "ticket",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("vendor_state", sa.Text(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=True),
        sa.Column("major", sa.SmallInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("first_response_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("outage_start", sa.BigInteger(), nullable=True),
        sa.Column("outage_end", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("component", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("reopen_count", sa.BigInteger(), nullable=True),
        sa.Column("reassignment_count", sa.BigInteger(), nullable=True),
        sa.Column("change_type", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("planned_start", sa.BigInteger(), nullable=True),
        sa.Column("planned_end", sa.BigInteger(), nullable=True),
        sa.Column("actual_start", sa.BigInteger(), nullable=True),
        sa.Column("actual_end", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("suspect", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_ticket")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "checkpoint",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_checkpoint_source_id")),
        sa.PrimaryKeyConstraint("source_id", "stream", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "last_pass",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("last_success", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_last_pass_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_last_pass")),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_reading_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_stream", "reading", ["source_id", "stream"], unique=False)
    op.create_table(
        "reject",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_reject_source_id")),
        sa.PrimaryKeyConstraint("source_id", "stream", "key", name=op.f("pk_reject")),
    )
    op.create_table(
        "ticket_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_ticket_key_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_key")),
    )
    op.create_index("ix_ticket_key_vendor_id", "ticket_key", ["source_id", "vendor_id"], unique=True)
    op.create_table(
        "unmapped",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_unmapped_source_id")),
        sa.PrimaryKeyConstraint("source_id", "stream", "field", "value", name=op.f("pk_unmapped")),
    )
