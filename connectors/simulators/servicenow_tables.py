"""The rows of a simulated instance, kept in the order in which clients read on, with a database's indexes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from connectors.simulators.servicenow_schema import DISPLAY, DOCUMENT, STAMP, TABLES, Column
from connectors.simulators.servicenow_values import BEGIN, sys_id

Row: TypeAlias = tuple[str, ...]
"""The values of a record in the order of its table's columns, as the database has them."""
Key: TypeAlias = tuple[str, str]
"""Time of the last change (of creation, where rows never change) and sys_id: the order of a table."""


class Table:
    """The rows of one table, by (time, sys_id)."""

    def __init__(self, name: str, columns: Mapping[str, Column]) -> None:
        self.name: Final = name
        self.columns: Final = columns
        self.positions: Final = {column: place for place, column in enumerate(columns)}
        self.stamp: Final = STAMP.get(name, "sys_updated_on")
        self.display: Final = self.positions.get(DISPLAY.get(name, "name"))
        self.by_id: dict[str, Row] = {}
        self.keys: list[Key] = []
        self._stamp = self.positions[self.stamp]
        self.document: Final = DOCUMENT.get(name)  # the column by which the rows of one record are found
        self._document = self.positions.get(self.document or "")
        self._documents: dict[str, list[str]] = defaultdict(list)
        self._ids: list[str] | None = None

    def row(self, values: Mapping[str, str]) -> Row:
        """A row out of values by column; what is not named is empty. KeyError for a column that is not there."""
        row, positions = [""] * len(self.positions), self.positions
        for name, value in values.items():
            row[positions[name]] = value
        return tuple(row)

    def put(self, row: Row) -> None:
        """Keep a row in place of the older one of the same sys_id."""
        key = (row[self._stamp], row[0])
        old = self.by_id.get(row[0])
        if old is None:
            self._ids = None
            if self._document is not None:
                self._documents[row[self._document]].append(row[0])
        else:
            del self.keys[bisect_left(self.keys, (old[self._stamp], old[0]))]
        self.by_id[row[0]] = row
        if not self.keys or key > self.keys[-1]:
            self.keys.append(key)
        else:
            insort(self.keys, key)

    def drop(self, sys_id: str) -> Row | None:
        """Take a row out; the row, None where it is not there."""
        old = self.by_id.pop(sys_id, None)
        if old is not None:
            del self.keys[bisect_left(self.keys, (old[self._stamp], sys_id))]
            self._ids = None
        return old

    def fill(self, rows: Iterable[Row]) -> None:
        """Keep many rows at once, all of them new."""
        stamp, document = self._stamp, self._document
        kept = list(rows)
        self.by_id.update((row[0], row) for row in kept)
        self.keys = sorted([*self.keys, *((row[stamp], row[0]) for row in kept)])
        self._ids = None
        if document is not None:
            for row in kept:
                self._documents[row[document]].append(row[0])

    def between(self, low: str, high: str, after_id: str = "") -> tuple[int, int]:
        """Positions of the rows with low <= time <= high; of those at `low` only the ones behind `after_id`."""
        first = bisect_right(self.keys, (low, after_id)) if after_id else bisect_left(self.keys, (low, ""))
        return first, bisect_left(self.keys, (high, "\x7f"))

    def of_documents(self, ids: Sequence[str]) -> list[str]:
        """sys_ids of the rows that belong to these records."""
        return [found for record in dict.fromkeys(ids) for found in self._documents.get(record, ())]

    @property
    def ids(self) -> list[str]:
        """All sys_ids, ascending."""
        if self._ids is None:
            self._ids = sorted(self.by_id)
        return self._ids

    def rows(self, first: int = 0, end: int | None = None) -> Iterator[Row]:
        """Rows by (time, sys_id) at these positions."""
        by_id = self.by_id
        return (by_id[sys_id] for _, sys_id in self.keys[first:end])

    def shown(self, sys_id: str) -> str:
        """What stands for a record where another one refers to it; "" where the record is not there."""
        row = self.by_id.get(sys_id)
        return row[self.display] if row is not None and self.display is not None else ""


Tables: TypeAlias = Mapping[str, Table]


def empty() -> dict[str, Table]:
    """Every table of the instance, without rows, except for what tells of the tables themselves."""
    tables = {name: Table(name, columns) for name, columns in TABLES.items()}
    words, columns = tables["sys_choice"], tables["sys_dictionary"]
    words.fill(words.row(values) for values in _choices())
    columns.fill(columns.row(values) for values in _dictionary())
    return tables


def _choices() -> Iterator[dict[str, str]]:
    for table, columns in TABLES.items():
        for name, column in columns.items():
            for value, label in column.labels.items() if column.kind == "choice" else ():
                yield _system(f"choice {table} {name} {value}") | {
                    "name": table, "element": name, "value": value, "label": label, "language": "en",
                    "inactive": "false",
                }  # fmt: skip


def _dictionary() -> Iterator[dict[str, str]]:
    types = {"datetime": "glide_date_time", "duration": "glide_duration", "choice": "string"}
    for table, columns in TABLES.items():
        for name, column in columns.items():
            yield _system(f"column {table} {name}") | {
                "name": table, "element": name, "internal_type": types.get(column.kind, column.kind),
                "reference": column.table, "active": "true",
            }  # fmt: skip


def _system(what: str) -> dict[str, str]:
    return {
        "sys_id": sys_id(what), "sys_created_on": BEGIN, "sys_created_by": "admin", "sys_updated_on": BEGIN,
        "sys_updated_by": "admin", "sys_mod_count": "0",
    }  # fmt: skip
