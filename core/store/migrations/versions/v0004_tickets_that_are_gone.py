"""Tickets that are gone, and what the last census of each source found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COUNTS = ("difference", "deleted", "hidden", "unseen", "undecided", "lacking", "read", "stale")


def upgrade() -> None:
    op.add_column("ticket_key", sa.Column("gone", sa.Text(), nullable=True))
    op.add_column("ticket_key", sa.Column("gone_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "census",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_census_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_census")),
    )
