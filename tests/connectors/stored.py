"""What a database holds, read past all code of the product, and in what it differs from what it should hold."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def records(database: Path, kind: str) -> list[dict[str, Any]]:
    """All records of a kind; a ticket is told by the vendor's id."""
    statement = f"SELECT r.*, k.vendor_id AS owner FROM {kind} r LEFT JOIN ticket_key k ON k.id = r.ticket"
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    try:
        found = [dict(row) for row in connection.execute(statement)]
    finally:
        connection.close()
    for row in found:
        own = row.pop("ticket", None)
        row["vendor_id" if kind == "ticket" else "ticket"] = row.pop("owner")
        assert own is None or row["vendor_id" if kind == "ticket" else "ticket"]
        for name in ("reading", "source_id"):
            row.pop(name, None)
    return found


def stored(database: Path) -> dict[str, list[dict[str, Any]]]:
    """All records by kind, in an order that does not depend on when they came."""
    return {
        kind: sorted(records(database, kind), key=lambda row: sorted((name, str(row[name])) for name in row))
        for kind in ("ticket", "event", "outage", "response", "link")
    }


def tuples(database: Path, kind: str, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Records of a kind by some of their fields."""
    return {tuple(row[name] for name in names) for row in records(database, kind)}


def apart(what: str, expected: Iterable[Any], found: Iterable[Any]) -> list[str]:
    """A line for each thing that is missing or never happened; of counters each as often as it is."""
    wanted, there = Counter(expected), Counter(found)
    return [f"{what} {one} is missing" for one in (wanted - there).elements()] + [
        f"{what} {one} did not happen" for one in (there - wanted).elements()
    ]


def tickets_apart(expected: Mapping[str, Mapping[str, Any]], database: Path) -> list[str]:
    """A line for each ticket that is missing or nobody's, and for each field that is another than expected.

    `expected`: by the vendor's id, the fields that are known, `number` among them.
    """
    found = {row["vendor_id"]: row for row in records(database, "ticket")}
    wrong = [f"ticket {key} is missing" for key in expected.keys() - found.keys()]
    wrong += [f"ticket {key} is nobody's" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        wrong += [
            f"{expected[key]['number']}.{name} is {found[key][name]!r} and not {value!r}"
            for name, value in expected[key].items()
            if found[key][name] != value
        ]
    return wrong
