"""A Table API that costs next to nothing: 100,000 incidents as ready bytes, so that a benchmark measures its client."""

from __future__ import annotations

import multiprocessing
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

_START = datetime(2026, 1, 1, tzinfo=UTC)
_AFTER = re.compile(r"sys_updated_on(>=|>|=)([0-9: -]+)(?:\^sys_id>([0-9a-f]+))?")


def record(index: int) -> dict[str, str]:
    """One incident of some 40 fields and 1.9 kB, as the Table API shows it with raw values."""
    opened = _START + timedelta(seconds=97 * index)
    state = ("1", "2", "3", "6", "7", "7", "7")[index % 7]
    done = str(opened + timedelta(hours=5 + index % 90))[:19] if state in ("6", "7") else ""
    filler = {f"u_text_{n}": f"{n:03d} some text as forms have it, forty letters" for n in range(12)}
    return {
        "sys_id": f"{index:032x}",
        "number": f"INC{index:07d}",
        "state": state,
        "incident_state": state,
        "priority": str(index % 5 + 1),
        "impact": "2",
        "urgency": "2",
        "opened_at": str(opened)[:19],
        "sys_created_on": str(opened)[:19],
        "sys_updated_on": str(opened + timedelta(hours=index % 3))[:19],
        "sys_mod_count": str(index % 9),
        "resolved_at": done,
        "closed_at": done if state == "7" else "",
        "reopen_count": str(index % 40 == 0),
        "reassignment_count": str(index % 4),
        "assignment_group": f"{index % 30:032x}",
        "assignment_group.name": f"Group {index % 30}",
        "cmdb_ci": f"{index % 200:032x}",
        "cmdb_ci.name": f"Web Farm {index % 200}",
        "business_service": f"{index % 20:032x}",
        "business_service.name": f"Service {index % 20}",
        "correlation_id": f"GLX-{index}" if index % 11 == 0 else "",
        "correlation_display": "",
        "caused_by": "",
        "caused_by.number": "",
        "parent_incident": "",
        "parent_incident.number": "",
        "hold_reason": "1" if state == "3" else "",
        "major_incident_state": "",
        "active": str(state != "7").lower(),
        "contact_type": "email",
        "close_code": "Solution provided" if done else "",
        **filler,
    }


class _Tables:
    """Records as bytes, in the order (sys_updated_on, sys_id)."""

    def __init__(self, count: int) -> None:
        rows = sorted((record(index) for index in range(count)), key=lambda row: (row["sys_updated_on"], row["sys_id"]))
        self.keys = [(row["sys_updated_on"], row["sys_id"]) for row in rows]
        self.rows = [orjson.dumps(row) for row in rows]

    def page(self, query: str, limit: int, offset: int) -> tuple[bytes, int]:
        """The rows behind the lowest position that the query names, and how many there are of them."""
        bounds = [self._position(sign, time, key) for sign, time, key in _AFTER.findall(query)]
        start = min(bounds, default=0)
        found = self.rows[start + offset : start + offset + limit]
        return b'{"result":[' + b",".join(found) + b"]}", len(self.rows) - start

    def _position(self, sign: str, time: str, key: str) -> int:
        time = time.strip()
        if sign == "=":
            return bisect_right(self.keys, (time, key))
        return bisect_left(self.keys, (time, "")) if sign == ">=" else bisect_right(self.keys, (time, "g"))


_FORBIDDEN = ("/sys_audit", "/sys_journal_field", "/metric_instance")


def _serve(count: int, port: Any) -> None:
    tables = _Tables(count)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write, or the peer's delayed acknowledgement costs 40 ms

        def do_GET(self) -> None:  # the library's name
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path.endswith("/table/incident"):
                limit, offset = int(given.get("sysparm_limit", 10_000)), int(given.get("sysparm_offset", 0))
                body, total = tables.page(given.get("sysparm_query", ""), limit, offset)
                status = 200
            elif not parts.path.endswith(_FORBIDDEN):
                body, status, total = b'{"result":[]}', 200, 0
            else:
                status, total = 403, 0
                body = b'{"error":{"message":"User Not Authorized","detail":null},"status":"failure"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Total-Count", str(total))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_port)
    server.serve_forever()


@contextmanager
def fast_servicenow(count: int) -> Iterator[str]:
    """The address of such a server in a process of its own; it has no histories, and other tables are empty."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_serve, args=(count, sender), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()
