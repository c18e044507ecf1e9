"""Columns out of the database: rows turned into lists, lists into arrays of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from sqlalchemy import Connection, CursorResult, Select

from core.facts import NEVER, Codes, Floats, Ints, Names, Texts

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


class Coder:
    """Texts as codes, piece by piece; a text has the same code in all of them, and what is absent -1."""

    def __init__(self) -> None:
        self._index: dict[Any, int] = {None: -1}

    def __call__(self, column: Column) -> Codes:
        """The codes of a piece."""
        index = self._index
        for text in dict.fromkeys(column):
            index.setdefault(text, len(index) - 1)
        return np.fromiter(map(index.__getitem__, column), dtype=np.int32, count=len(column))

    @property
    def words(self) -> list[Any]:
        """The texts, each at the position that is its code."""
        return list(self._index)[1:]

    def closed(self, codes: Codes, known: Mapping[Any, int], absent: int = -1) -> Codes:
        """The same rows as codes of a closed set; a text that is not in it is absent."""
        return np.array([*(known.get(word, absent) for word in self.words), absent], dtype=np.int32)[codes]

    def named(self, codes: Codes) -> Names:
        """The same rows with their names, in the order in which these first appear."""
        found, first = np.unique(codes, return_index=True)
        known = found >= 0
        used = found[known][np.argsort(first[known])]
        again = np.full(len(self.words) + 1, -1, dtype=np.int32)
        again[used] = np.arange(len(used), dtype=np.int32)
        words = self.words
        return Names(again[codes], tuple(words[code] for code in used.tolist()))


def codes(column: Column, known: Mapping[Any, int], absent: int = -1) -> Codes:
    """Texts of a closed set as codes; one that is not in it is absent."""
    coder = Coder()
    return coder.closed(coder(column), known, absent)


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
