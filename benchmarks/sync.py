"""Speed of a first sync, beside a bare loop that fetches the same pages, parses them and inserts as many columns.

Run by hand: python -m benchmarks.sync [records]. The ratio travels to other machines, the seconds do not.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import httpx
import orjson

from benchmarks.fast_servicenow import fast_servicenow
from connectors.registry import Registry
from core.connector import Credentials, SourceConfig
from core.model import FIELDS
from core.status import SourceStatus
from core.store.store import Store, open_store
from core.sync import sync

_PAGE = 1000
_COLUMNS = len(FIELDS["ticket"]) + 2
_WANTED = list(range(_COLUMNS))


def bare(url: str, fields: str, folder: Path) -> tuple[float, int]:
    """Seconds of the loop, and how many records it kept.

    The same keyset pages with the same fields, orjson, executemany of text columns.
    """
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    names = ", ".join(f"c{n}" for n in _WANTED)
    connection.execute(f"CREATE TABLE ticket ({names}, PRIMARY KEY (c0, c1))")
    insert = f"INSERT INTO ticket VALUES ({', '.join('?' * _COLUMNS)})"
    query = "ORDERBYsys_updated_on^ORDERBYsys_id"
    began = time.perf_counter()
    with httpx.Client(base_url=url) as client:
        while True:
            answer = client.get(
                "/api/now/table/incident",
                params={"sysparm_query": query, "sysparm_limit": _PAGE, "sysparm_fields": fields},
            )
            rows = orjson.loads(answer.content)["result"]
            if not rows:
                break
            connection.execute("BEGIN")
            connection.executemany(insert, [(1, row["sys_id"], *list(row.values())[2:_COLUMNS]) for row in rows])
            connection.execute("COMMIT")
            last = rows[-1]
            after = f"sys_updated_on>{last['sys_updated_on']}"
            same = f"sys_updated_on={last['sys_updated_on']}^sys_id>{last['sys_id']}"
            query = f"{after}^NQ{same}^ORDERBYsys_updated_on^ORDERBYsys_id"
    seconds = time.perf_counter() - began
    return seconds, int(connection.execute("SELECT COUNT(*) FROM ticket").fetchone()[0])


def ours(url: str, store: Store) -> tuple[float, SourceStatus]:
    """Seconds of one pass with the shipped manifest, and what it counted."""
    config = SourceConfig(
        supplier="acme",
        source="servicenow",
        base_url=url,
        since=0,
        credentials=Credentials("basic", {"username": "siamhub", "password": "password"}),
    )
    status = SourceStatus("acme", "servicenow", 300.0)
    connector = Registry(None).make("servicenow", config, status)
    began = time.perf_counter()
    outcome = sync(store.source_id("acme", "servicenow"), connector, store, status, lambda: time.time_ns() // 1000)
    seconds = time.perf_counter() - began
    connector.close()
    if outcome.state != "partial":  # the fast server refuses the histories, and nothing else
        raise SystemExit(outcome.reason)
    return seconds, status


def main(records: int) -> None:
    """Print the lines of docs/performance.md."""
    with fast_servicenow(records) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'hub.db'}")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        hub, status = ours(url, store)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        requests = sum(status.requests.values())
        again, status = ours(url, store)
        yardstick, _ = bare(url, "", folder)
        stored = len(store.facts([("acme", "servicenow")]).tickets)
        store.close()
    print(
        f"{records:,} incidents ({stored:,} stored): {hub:.2f} s, {records / hub:,.0f} records/s, {requests} requests"
    )
    print(
        f"bare loop: {yardstick:.2f} s, {records / yardstick:,.0f} records/s; the hub has {yardstick / hub:.0%} of it"
    )
    print(f"memory {after / 1024:,.0f} MB at the peak, {(after - before) / 1024:,.0f} MB of it for the sync")
    print(f"nothing new: {again * 1000:.0f} ms, {dict(status.requests)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
