"""Speed of the store, beside a bare executemany of the same columns and a bare read of them.

Run by hand: python -m benchmarks.store [tickets] [database URL]. The ratios travel to other machines, the seconds do
not. The bare side is SQLite without indexes but the key, whatever the database measured; five events a ticket.
"""

from __future__ import annotations

import dataclasses
import gc
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.model import EVENT, FIELDS, LINK, SECOND, STATES, TICKET, Page, length, rows
from core.store.store import open_store

_PAGE = 1000
_EVENTS = ("state", "state", "group", "comment", "priority")
_BEGIN = 1_700_000_000 * SECOND


def pages(tickets: int) -> Iterator[Page]:
    """Pages as a ServiceNow instance gives them: random ids, changes in order, a reference in every twentieth."""
    draw = random.Random(1)  # the same world each time
    for first in range(0, tickets, _PAGE):
        ids = [f"{draw.getrandbits(128):032x}" for _ in range(first, min(first + _PAGE, tickets))]
        at = [_BEGIN + (first + place) * SECOND for place in range(len(ids))]
        yield Page(
            "incident",
            checkpoint=str(first),
            watermark=at[-1],
            tickets=_tickets(ids, at, first, draw),
            events=_events(ids, at, draw),
            links=_links(ids, at),
            read=len(ids),
        )


def _tickets(ids: list[str], at: list[int], first: int, draw: random.Random) -> dict[str, list[Any]]:
    count = len(ids)
    given: dict[str, list[Any]] = {
        "vendor_id": ids,
        "kind": ["incident"] * count,
        "number": [f"INC{first + place:07d}" for place in range(count)],
        "url": [f"https://acme.service-now.com/nav_to.do?uri=incident.do?sys_id={one}" for one in ids],
        "state": draw.choices(STATES, k=count),
        "vendor_state": ["6"] * count,
        "priority": draw.choices(range(1, 6), k=count),
        "major": [0] * count,
        "opened_at": at,
        "resolved_at": [moment + 3600 * SECOND for moment in at],
        "closed_at": [moment + 7200 * SECOND for moment in at],
        "group": [f"group {draw.randrange(50)}" for _ in ids],
        "component": [f"component {draw.randrange(50)}" for _ in ids],
        "service": [f"service {draw.randrange(20)}" for _ in ids],
        "reopen_count": [0] * count,
        "reassignment_count": [1] * count,
        "changed_at": at,
        "revision": [3] * count,
    }
    return {name: given.get(name) or [None] * count for name in TICKET}


def _events(ids: list[str], at: list[int], draw: random.Random) -> dict[str, list[Any]]:
    told: list[tuple[Any, ...]] = []
    for ticket, moment in zip(ids, at, strict=True):
        for place, kind in enumerate(_EVENTS):
            values = {"state": draw.choice(STATES), "group": f"group {draw.randrange(50)}", "priority": "3"}
            key = f"incident.audit:{ticket[:31]}{place}:{kind}"
            when = moment + place * 600 * SECOND
            told.append((ticket, key, kind, when, place, None, values.get(kind), "person", 1, "x", None))
    return {name: list(column) for name, column in zip(EVENT, zip(*told, strict=True), strict=True)}


def _links(ids: list[str], at: list[int]) -> dict[str, list[Any]]:
    some = [(ticket, "same", "number", "GLX-1", moment) for ticket, moment in zip(ids, at, strict=True)][::20]
    return {name: list(column) for name, column in zip(LINK, zip(*some, strict=True), strict=True)}


def _later(tickets: Mapping[str, Sequence[Any]], count: int) -> dict[str, list[Any]]:
    """The first of these tickets, changed a day later."""
    some = {name: list(values[:count]) for name, values in tickets.items()}
    return {**some, "changed_at": [moment + 86_400 * SECOND for moment in some["changed_at"]]}


def bare(given: list[Page], path: Path) -> tuple[float, float]:
    """Seconds to insert the columns of all pages, a transaction each, and to read them back."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    kinds = {"ticket": "vendor_id", "event": "event_id", "link": "ticket, reference"}
    for kind, key in kinds.items():
        names = ", ".join(f'"{name}"' for name in FIELDS[kind])
        connection.execute(f"CREATE TABLE {kind} ({names}, PRIMARY KEY ({key}))")
    began = time.perf_counter()
    for page in given:
        connection.execute("BEGIN")
        for kind in kinds:
            columns = getattr(page, f"{kind}s")
            marks = ", ".join("?" * len(FIELDS[kind]))
            if length(columns):
                connection.executemany(f"INSERT INTO {kind} VALUES ({marks})", rows(kind, columns))
        connection.execute("COMMIT")
    written = time.perf_counter() - began
    read = timed(lambda: [connection.execute(f"SELECT * FROM {kind}").fetchall() for kind in kinds])
    connection.close()
    return written, read


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(tickets: int, url: str | None) -> None:
    """Print the lines of the table in docs/performance.md."""
    given = list(pages(tickets))
    with tempfile.TemporaryDirectory() as folder:
        inserted, fetched = bare(given, Path(folder) / "bare.db")
        store = open_store(url or f"sqlite:///{folder}/siamhub.db")
        source_id = store.source_id("bench", "servicenow")
        saved = timed(lambda: [store.save(source_id, page, "one", 1) for page in given])
        again = timed(lambda: [store.save(source_id, page, "one", 1) for page in given])
        few = dataclasses.replace(given[0], tickets=_later(given[0].tickets, 100), events={}, links={})
        given.clear()  # the hub holds no pages while it reads, and the collector would look through them
        gc.collect()
        named = [("bench", "servicenow")]
        loaded = min(timed(lambda: store.facts(named)) for _ in range(3))
        memory = store.recall(named, None)
        store.save(source_id, few, "one", 1)
        refreshed = min(timed(lambda: store.recall(named, memory)) for _ in range(3))
        store.close()
    print(f"{tickets:,} tickets, {tickets * len(_EVENTS):,} events, in pages of {_PAGE:,}")
    print(f"save: {saved:.2f} s, {tickets / saved:,.0f} tickets/s with their events")
    print(f"bare executemany of the same columns: {inserted:.2f} s; ratio {saved / inserted:.2f}")
    print(f"the same pages again, nothing new: {again:.2f} s; ratio {again / inserted:.2f}")
    print(f"facts(): {loaded:.2f} s; bare fetchall of the same rows: {fetched:.2f} s; ratio {loaded / fetched:.2f}")
    print(f"facts brought up to date after 100 changed tickets: {refreshed:.3f} s; {loaded / refreshed:.0f} times less")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else None)
