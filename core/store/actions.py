"""Improvement actions as they are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from core.actions import Action
from core.model import Instant
from core.store.tables import ACTION


def add_action(connection: Connection, action: Action) -> Action:
    """Keep a new action; the same with the number it got."""
    values = {column.name: getattr(action, column.name) for column in ACTION.columns if column.name != "id"}
    values["owners"] = json.dumps(action.owners)
    values["due"] = None if action.due is None else action.due.isoformat()
    number = connection.execute(sa.insert(ACTION).values(**values).returning(ACTION.c.id)).scalar_one()
    return replace(action, id=number)


def finish_action(connection: Connection, number: int, at: Instant) -> bool:
    """An action is done; False where there is none of that number that is not done yet."""
    mine = (ACTION.c.id == number, ACTION.c.done_at.is_(None))
    return connection.execute(sa.update(ACTION).where(*mine).values(done_at=at)).rowcount > 0


def load_actions(connection: Connection) -> Sequence[Action]:
    """All actions, in the order in which they were agreed."""
    return [
        Action(
            row.id,
            row.title,
            tuple(json.loads(row.owners)),
            None if row.due is None else date.fromisoformat(row.due),
            row.series,
            row.before,
            row.before_month,
            row.agreed_at,
            row.done_at,
        )
        for row in connection.execute(sa.select(ACTION).order_by(ACTION.c.id))
    ]
