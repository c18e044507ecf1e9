"""Closed months as they are kept: the figures as rows, what they rested on as one compressed blob."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from core.closed import KINDS, ClosedMonth, Marks, SourceRead
from core.facts import Texts
from core.month_settings import settings_digest, settings_of, settings_text
from core.store.dialects import Dialect
from core.store.tables import CLOSED_FIGURE, CLOSED_MONTH


def keep_month(connection: Connection, dialect: Dialect, closed: ClosedMonth) -> bool:
    """Keep a month; False, and nothing is kept, where it is closed already: it is never written over."""
    values = {
        "month": closed.month,
        "closed_at": closed.closed_at,
        "definitions": closed.definitions,
        "version": closed.version,
        "settings": settings_text(closed.catalogue),
        "settings_digest": settings_digest(closed.catalogue),
        "coverage": json.dumps([asdict(read) for read in closed.coverage]),
        "records": _packed(closed.records),
    }
    new = dialect.insert(CLOSED_MONTH).values(**values).on_conflict_do_nothing().returning(CLOSED_MONTH.c.month)
    if connection.execute(new).first() is None:
        return False
    rows = [
        {"month": closed.month, "name": name, "labels": json.dumps(labels), "value": value}
        for (name, labels), value in closed.figures.items()
    ]
    if rows:
        connection.execute(sa.insert(CLOSED_FIGURE), rows)
    return True


def load_month(connection: Connection, month: str) -> ClosedMonth | None:
    """A closed month with its figures; None where it is not closed."""
    row = connection.execute(sa.select(CLOSED_MONTH).where(CLOSED_MONTH.c.month == month)).first()
    if row is None:
        return None
    query = sa.select(CLOSED_FIGURE.c.name, CLOSED_FIGURE.c.labels, CLOSED_FIGURE.c.value)
    figures = {
        (name, tuple((key, value) for key, value in json.loads(labels))): value
        for name, labels, value in connection.execute(query.where(CLOSED_FIGURE.c.month == month))
    }
    return ClosedMonth(
        row.month,
        row.closed_at,
        row.definitions,
        row.version,
        settings_of(row.settings),
        tuple(SourceRead(**read) for read in json.loads(row.coverage)),
        figures,
        _unpacked(row.records),
    )


def closed_months(connection: Connection) -> Sequence[str]:
    """The months that are closed, in order."""
    return connection.execute(sa.select(CLOSED_MONTH.c.month).order_by(CLOSED_MONTH.c.month)).scalars().all()


def _packed(records: Mapping[str, Marks]) -> bytes:
    columns: dict[str, NDArray[Any]] = {}
    for kind, each in records.items():
        columns[f"{kind}_identity"], columns[f"{kind}_digest"] = each.identity, each.digest
        columns[f"{kind}_name"] = _bytes(each.name)
        columns[f"{kind}_supplier"] = _bytes(each.supplier)
    packed = BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **columns)
    return packed.getvalue()


def _bytes(texts: Texts) -> NDArray[np.uint8]:
    """Texts as JSON: an array of fixed width would be as wide as the longest."""
    return np.frombuffer(json.dumps(texts.tolist()).encode(), dtype=np.uint8)


def _unpacked(blob: bytes) -> Mapping[str, Marks]:
    with np.load(BytesIO(blob), allow_pickle=False) as columns:
        return {
            kind: Marks(
                columns[f"{kind}_identity"],
                columns[f"{kind}_digest"],
                *(_texts(columns[f"{kind}_{name}"]) for name in ("name", "supplier")),
            )
            for kind in KINDS
        }


def _texts(packed: NDArray[np.uint8]) -> Texts:
    values = json.loads(packed.tobytes())
    made = np.empty(len(values), dtype=np.object_)
    made[:] = values
    return made
