"""Wide tables read from end to end, in pieces, each column as one value: rows would cost five times as much."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Select

from core.store.columns import Column, turned
from core.store.tables import TICKET_KEY

_STEP: Final = 20_000
"""Tickets of a piece: what is read of them stands in memory twice for a moment, as text and as objects."""

Convert = Callable[[Column], Any]
"""A piece of a column -> an array of it."""


def sweep(
    connection: Connection, query: Select[Any], over: sa.Column[Any] | None, convert: Sequence[Convert]
) -> list[Any]:
    """The columns of a query, each as its converter makes it.

    `over` is the column of the store's numbers of tickets by which the table is read in pieces, in ascending order;
    None: at once, where few rows are wanted. Real numbers would lose their last digits on this way.
    """
    parts: list[list[Any]] = [[] for _ in convert]
    for piece in _pieces(connection, query, over):
        for made, make, column in zip(parts, convert, piece, strict=True):
            made.append(make(column))
    # What was made of nothing has the right type as well.
    return [np.concatenate(made) if made else make([]) for made, make in zip(parts, convert, strict=True)]


def _pieces(connection: Connection, query: Select[Any], over: sa.Column[Any] | None) -> Iterator[list[Column]]:
    if connection.dialect.name != "sqlite":
        yield from turned(connection.execute(query), _STEP)
        return
    if over is None:
        yield [orjson.loads(text) for text in _aggregated(connection, query, {})]
        return
    low, high = sa.bindparam("low", type_=sa.BigInteger), sa.bindparam("high", type_=sa.BigInteger)
    part = query.where(over > low, over <= high)
    highest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(TICKET_KEY.c.id), 0))).scalar_one()
    with ThreadPoolExecutor(1) as reader:  # the next piece is read while this one is turned into arrays
        coming: deque[Future[Sequence[str]]] = deque()
        for first in range(0, highest, _STEP):
            coming.append(reader.submit(_aggregated, connection, part, {"low": first, "high": first + _STEP}))
            if len(coming) > 1:
                yield [orjson.loads(text) for text in coming.popleft().result()]
        while coming:
            yield [orjson.loads(text) for text in coming.popleft().result()]


def _aggregated(connection: Connection, query: Select[Any], bound: Mapping[str, int]) -> Sequence[str]:
    """Columns as JSON of the database's own: it makes them without asking for the interpreter at each value."""
    inner = query.subquery()
    whole = sa.select(*(sa.func.json_group_array(column) for column in inner.columns))
    return connection.execute(whole, bound).one()
