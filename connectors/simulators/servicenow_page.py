"""One list of the Table API: which columns and rows, how values are written, and what the headers say."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from connectors.simulators.servicenow_compare import getter, target
from connectors.simulators.servicenow_schema import Column
from connectors.simulators.servicenow_tables import Row, Table, Tables
from connectors.simulators.servicenow_values import shown

Value: TypeAlias = Callable[[str], Any]
DEFAULT_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Form:
    """How the caller wants values written."""

    mode: str  # false, true or all
    links: bool  # references as objects with a link
    zone: ZoneInfo
    base: str  # of links, "http://host:port"


def records(tables: Tables, table: Table, rows: Sequence[Row], fields: str | None, form: Form) -> list[dict[str, Any]]:
    """Rows as the answer has them; names that are no columns are silently left out."""
    names = list(table.columns) if not fields else [name.strip() for name in fields.split(",")]
    names = [name for name in dict.fromkeys(names) if target(tables, table, name) is not None]
    if not names:
        return [{} for _ in rows]
    columns = [(name, target(tables, table, name)) for name in names]
    plain = form.mode == "false" and not any(
        "." in name or (form.links and column is not None and column.kind == "reference") for name, column in columns
    )
    if plain:
        places = [table.positions[name] for name in names]
        if len(places) == 1:
            return [{names[0]: row[places[0]]} for row in rows]
        pick = operator.itemgetter(*places)
        return [dict(zip(names, pick(row), strict=True)) for row in rows]
    readers = [(name, getter(tables, table, name), _value(tables, column, form)) for name, column in columns if column]
    return [{name: value(get(row)) for name, get, value in readers} for row in rows]


def _value(tables: Tables, column: Column, form: Form) -> Value:
    if column.kind == "reference":
        return _reference(tables, column, form)
    if form.mode == "false":
        return lambda value: value

    def display(value: str) -> str | None:
        return shown(column, value, form.zone)

    if form.mode == "true":
        return display
    return lambda value: {"display_value": display(value), "value": value}


def _reference(tables: Tables, column: Column, form: Form) -> Value:
    other = tables.get(column.table)

    def name(value: str) -> str:
        return value if value == "global" else other.shown(value) if other is not None else ""

    def link(value: str) -> str:
        return f"{form.base}/api/now/table/{'sys_user_group' if value == 'global' else column.table}/{value}"

    def written(value: str) -> Any:
        if form.mode == "false":
            return {"link": link(value), "value": value} if form.links and value else value
        if form.mode == "true":
            return {"display_value": name(value), "link": link(value)} if form.links and value else name(value)
        if not value and form.links:
            return ""
        both = {"display_value": name(value), "value": value}
        return both | {"link": link(value)} if form.links else both

    return written


def link_header(url: str, parameters: Sequence[tuple[str, str]], offset: int, limit: int, total: int) -> str:
    """The Link header: a negative previous page on the first one, no next page on the last one."""

    def to(place: int) -> str:
        kept = [(name, value) for name, value in parameters if name not in ("sysparm_offset", "sysparm_limit")]
        kept += [("sysparm_limit", str(limit)), ("sysparm_offset", str(place))]
        return f"<{url}?{urlencode(kept, quote_via=quote)}>"

    last = (max(total - 1, 0) // limit) * limit if limit else 0
    parts = [f'{to(0)};rel="first"', f'{to(offset - limit)};rel="prev"']
    if offset + limit < total:
        parts.append(f'{to(offset + limit)};rel="next"')
    return ",".join([*parts, f'{to(last)};rel="last"'])


def grouped(tables: Tables, table: Table, rows: Sequence[Row], asked: Mapping[str, str]) -> Any:
    """The Aggregate API's `result`: one group, or with sysparm_group_by a list of them; numbers are strings."""
    fields = [f for f in asked.get("sysparm_group_by", "").split(",") if f and target(tables, table, f) is not None]
    if not fields:
        return {"stats": _stats(tables, table, rows, asked)}
    getters = [getter(tables, table, field) for field in fields]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(get(row) for get in getters), []).append(row)
    return [
        {
            "stats": _stats(tables, table, members, asked),
            "groupby_fields": [{"field": f, "value": v} for f, v in zip(fields, values, strict=True)],
        }
        for values, members in groups.items()
    ]


def _stats(tables: Tables, table: Table, rows: Sequence[Row], asked: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"count": str(len(rows))} if asked.get("sysparm_count") == "true" else {}
    for what, best in (("min", min), ("max", max)):
        names = [n for n in asked.get(f"sysparm_{what}_fields", "").split(",") if n and n in table.columns]
        if names:
            found[what] = {
                name: best(filter(None, map(getter(tables, table, name), rows)), default="") for name in names
            }
    return found
