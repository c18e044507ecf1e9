"""A parsed query run on a table: only the rows that an index leaves are tested, in the order that is wanted."""

from __future__ import annotations

import operator
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from connectors.simulators.servicenow_compare import Test, comparison, getter, target
from connectors.simulators.servicenow_query import Condition, Query
from connectors.simulators.servicenow_schema import Column
from connectors.simulators.servicenow_tables import Row, Table, Tables

HIGHEST: Final = "\x7f"
Span: TypeAlias = tuple[int, int]
"""Positions in a table's own order."""


def select(tables: Tables, table: Table, query: Query, needed: int | None, shuffle: random.Random) -> list[Row]:
    """The rows that a query wants, in its order; no more than `needed` where that is said.

    The order of rows that the query does not tell apart is anybody's guess: `shuffle` guesses.
    """
    wanted = _wanted(tables, table, query)
    in_order = _in_order(table, query)
    if in_order is not None:
        found = []
        for row in in_order:
            if wanted(row):
                found.append(row)
                if len(found) == needed:
                    break
        return found
    span = _narrowed(table, query)
    found = [row for row in (_listed_rows(table, span) if isinstance(span, dict) else table.rows(*span)) if wanted(row)]
    if not any(name in ("sys_id", "number") for name, _ in query.order):
        shuffle.shuffle(found)
    for name, falling in reversed(query.order):
        found.sort(key=_ordering(target(tables, table, name), getter(tables, table, name)), reverse=falling)
    return found


def _wanted(tables: Tables, table: Table, query: Query) -> Test:
    def alternatives(either: Sequence[Condition]) -> Test:
        return _any([comparison(tables, table, condition) for condition in either])

    return _any([_all([alternatives(either) for either in group]) for group in query.groups])


def _any(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _all(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)


def _in_order(table: Table, query: Query) -> Iterator[Row] | None:
    """Rows in the query's order as an index has them, so that reading can stop early; None where none has."""
    found = _narrowed(table, query)
    if query.order == (("sys_id", False),):
        if isinstance(found, dict):
            return iter(_listed_rows(table, dict.fromkeys(sorted(found))))
        ids = table.ids
        return (table.by_id[sys_id] for sys_id in ids[_first_id(query, ids) :])
    if query.order == ((table.stamp, False), ("sys_id", False)):
        if isinstance(found, dict):
            stamp = table.positions[table.stamp]
            return iter(sorted(_listed_rows(table, found), key=operator.itemgetter(stamp, 0)))
        return table.rows(*found)
    return None


def _first_id(query: Query, ids: Sequence[str]) -> int:
    """Position of the first id that any of the groups can want."""
    lowest = [
        max((e[0].value for e in group if len(e) == 1 and (e[0].path, e[0].operator) == ("sys_id", ">")), default="")
        for group in query.groups
    ]
    return bisect_right(ids, min(lowest))


def _narrowed(table: Table, query: Query) -> Span | dict[str, None]:
    """Where all wanted rows are: one stretch of the table's order, or some sys_ids."""
    spans: list[Span] = []
    ids: dict[str, None] = {}
    for group in query.groups:
        single = [either[0] for either in group if len(either) == 1]
        listed = _listed(table, single)
        if listed is None:
            spans.append(_span(table, single))
        else:
            ids.update(dict.fromkeys(listed))
    if not spans:
        return ids
    if ids:
        return 0, len(table.keys)
    filled = [span for span in spans if span[0] < span[1]] or [(0, 0)]
    return min(first for first, _ in filled), max(end for _, end in filled)


def _listed(table: Table, conditions: Sequence[Condition]) -> list[str] | None:
    for condition in conditions:
        if condition.operator in ("=", "IN"):
            values = condition.value.split(",") if condition.operator == "IN" else [condition.value]
            if condition.path == "sys_id":
                return values
            if condition.path == table.document:
                return table.of_documents(values)
    return None


def _span(table: Table, conditions: Sequence[Condition]) -> Span:
    low, high, after = "", HIGHEST, ""
    for condition in conditions:
        if condition.path == table.stamp and condition.value:
            if condition.operator in (">", ">=", "="):
                low = max(low, condition.value)
            if condition.operator in ("<", "<=", "=") and len(condition.value) == 19:
                high = min(high, condition.value)
            if condition.operator == "BETWEEN":
                first, last = condition.value.split("@")
                low, high = max(low, first), min(high, last)
        if condition.path == "sys_id" and condition.operator == ">":
            after = condition.value
    return table.between(low, high, after if low == high else "")


def _listed_rows(table: Table, ids: dict[str, None]) -> list[Row]:
    return [table.by_id[sys_id] for sys_id in ids if sys_id in table.by_id]


def _ordering(column: Column | None, get: Callable[[Row], str]) -> Callable[[Row], Any]:
    if column is not None and column.kind in ("integer", "choice"):
        return lambda row: _number(get(row))
    return get


def _number(text: str) -> tuple[float, str]:
    try:
        return float(text), ""
    except ValueError:
        return float("-inf"), text
