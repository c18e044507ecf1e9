"""Events that the hub observed itself: the earliest instant at which each can have happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", sa.Column("earliest", sa.BigInteger(), nullable=True))
