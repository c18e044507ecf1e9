"""One condition of an encoded query as a test on rows, with the product's own ideas of equal, empty and alike."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from connectors.simulators.servicenow_query import Condition
from connectors.simulators.servicenow_schema import Column
from connectors.simulators.servicenow_tables import Row, Table, Tables

Test: TypeAlias = Callable[[Row], bool]
Getter: TypeAlias = Callable[[Row], str]


def target(tables: Tables, table: Table, path: str) -> Column | None:
    """The column at the end of a path through references; None where the path leads nowhere."""
    name, dot, rest = path.partition(".")
    found = table.columns.get(name)
    if not dot or found is None:
        return found
    return target(tables, tables[found.table], rest) if found.table in tables else None


def getter(tables: Tables, table: Table, path: str) -> Getter:
    """What stands at a path in a row; "" where a reference on the way is empty or leads to nothing."""
    name, dot, rest = path.partition(".")
    place = table.positions[name]
    if not dot:
        return operator.itemgetter(place)
    other = tables[table.columns[name].table]
    onward = getter(tables, other, rest)
    records = other.by_id

    def walk(row: Row) -> str:
        record = records.get(row[place])
        return "" if record is None else onward(record)

    return walk


def comparison(tables: Tables, table: Table, condition: Condition) -> Test:
    """The test of a condition whose path is known."""
    column = target(tables, table, condition.path)
    get = getter(tables, table, condition.path)
    name, value = condition.operator, condition.value
    assert column is not None, f"a condition on {condition.path} is kept only where there is such a column"
    if name == "ANYTHING":
        return lambda row: True
    if name in ("ISEMPTY", "EMPTYSTRING"):
        return lambda row: not get(row)
    if name == "ISNOTEMPTY":
        return lambda row: bool(get(row))
    if name in ("SAMEAS", "NSAMEAS"):
        other = getter(tables, table, value)
        return (lambda row: get(row) == other(row)) if name == "SAMEAS" else (lambda row: get(row) != other(row))
    if name in _ALIKE:
        alike, shown = _ALIKE[name], _display(tables, column, get)
        low = value.lower()
        return lambda row: alike(shown(row).lower(), low)
    return _ordered(column, get, name, value, exact=condition.path.endswith("sys_id"))


_ALIKE: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "LIKE": operator.contains,
    "CONTAINS": operator.contains,
    "*": operator.contains,
    "NOT LIKE": lambda text, part: part not in text,
    "!*": lambda text, part: part not in text,
    "STARTSWITH": str.startswith,
    "ENDSWITH": str.endswith,
    "%": str.endswith,
}
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def _display(tables: Tables, column: Column, get: Getter) -> Getter:
    """What a text comparison looks at: of a reference its name."""
    if column.kind != "reference" or column.table not in tables:
        return get
    shown = tables[column.table].shown
    return lambda row: shown(get(row))


def _ordered(column: Column, get: Getter, name: str, value: str, exact: bool) -> Test:
    kind = column.kind
    if name in ("IN", "NOT IN"):
        values = frozenset(value.split(","))
        if name == "IN":
            return lambda row: get(row) in values
        return lambda row: (kind != "reference" or bool(get(row))) and get(row) not in values
    if kind == "boolean" and name in ("=", "!="):
        wanted = "true" if value.lower() in ("true", "1") else "false"
        return (lambda row: get(row) == wanted) if name == "=" else (lambda row: get(row) != wanted)
    if kind in ("reference", "datetime") or exact:
        read: Callable[[str], Any] = str
    else:
        # Text is compared whatever its case, though the product's page says otherwise.
        read = _amount if kind in ("integer", "choice") else str.lower
    if name == "BETWEEN":
        first, last = (read(text) for text in value.split("@", 1))
        return lambda row: bool(get(row)) and first <= read(get(row)) <= last
    given = read(value)
    if name == "=":
        return (lambda row: get(row) == value) if read is str else (lambda row: read(get(row)) == given)
    if name == "!=":
        if kind == "reference":
            return lambda row: get(row) not in ("", value)
        return lambda row: read(get(row)) != given
    test = _ORDER[name]
    if read is str:
        return lambda row: bool(get(row)) and test(get(row), value)
    return lambda row: bool(get(row)) and test(read(get(row)), given)


def _amount(text: str) -> tuple[int, float, str]:
    """A number before any other text, so that both can stand in one column."""
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text.lower()
