"""What pages changed, for those who hold the facts in memory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tickets", sa.Text(), nullable=False),
        sa.Column("outages", sa.SmallInteger(), nullable=False),
        sa.Column("responses", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_touched_source_id")),
        sa.PrimaryKeyConstraint("source_id", "seq", name=op.f("pk_touched")),
    )
