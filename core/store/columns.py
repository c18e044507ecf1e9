"""Columns out of the database: rows turned into lists, lists into arrays of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from sqlalchemy import Connection, CursorResult, Select

from core.facts import NEVER, Codes, Floats, Ints, Texts

Column: TypeAlias = list[Any]

_CHUNK: Final = 500
"""Rows turned at once. All of them at once would stop every other thread for as long as that takes."""
_LARGEST: Final = int(np.iinfo(np.int32).max)


def read(connection: Connection, query: Select[Any]) -> list[Column]:
    """What a query finds, column by column, as the driver gives it."""
    result = connection.execute(query)
    columns: list[Column] = [[] for _ in tuple(result.keys())]
    for piece in turned(result, _CHUNK):
        for column, values in zip(columns, piece, strict=True):
            column.extend(values)
    return columns


def turned(result: CursorResult[Any], rows: int) -> Iterator[list[Column]]:
    """The columns of a result, of so many rows at a time, as the driver gives them."""
    cursor = result.cursor
    assert cursor is not None, "a SELECT has a cursor"
    while found := cursor.fetchmany(rows):
        yield [list(values) for values in zip(*found, strict=True)]


def positions(values: Sequence[str]) -> Mapping[Any, int]:
    """The code of each value of a closed set: its position."""
    return {value: position for position, value in enumerate(values)}


def codes(column: Column, known: Mapping[Any, int], absent: int = -1) -> Codes:
    """Texts of a closed set as codes; one that is not in it is absent."""
    places, values = coded(column)
    return np.array([known.get(value, absent) for value in values], dtype=np.int32)[places]


def coded(column: Column) -> tuple[Codes, list[Any]]:
    """A column as positions in the list of its values, in the order in which these first appear."""
    index = {value: position for position, value in enumerate(dict.fromkeys(column))}
    return np.fromiter(map(index.__getitem__, column), dtype=np.int32, count=len(column)), list(index)


def small(column: Column, absent: int = -1) -> Codes:
    """Small numbers; a vendor's counter that went mad is cut to what fits."""
    return np.minimum(instants(column, absent), _LARGEST).astype(np.int32)


def instants(column: Column, absent: int = NEVER) -> Ints:
    """Instants; what is missing is `absent`."""
    missing = column.count(None)
    if missing == len(column):
        return np.full(missing, absent, dtype=np.int64)
    if missing:
        column = [absent if value is None else value for value in column]
    return np.array(column, dtype=np.int64)


def scores(column: Column) -> Floats:
    """Numbers; what is missing is not a number."""
    return np.array([np.nan if value is None else value for value in column], dtype=np.float64)


def texts(column: Column) -> Texts:
    """Texts as they are."""
    made = np.empty(len(column), dtype=object)
    made[:] = column
    return made
