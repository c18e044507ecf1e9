"""Speed of a scrape: how long `/metrics` takes while the figures are made anew without a pause, plain and packed.

Run by hand: python -m benchmarks.metrics [tickets]. The times of one run stand beside each other; those of a page that
holds nothing show what the machine, the server and the client need by themselves.
"""

from __future__ import annotations

import gc
import http.client
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from starlette.applications import Starlette

from benchmarks.kpis import AT
from benchmarks.synthetic_facts import catalogue, facts
from core.kpi.compute import compute
from exporters.metrics import Exposition
from exporters.server import serve
from exporters.web import make_app

_SCRAPES = 500
_SUPPLIERS, _SERVICES = 15, 12


def _client(port: int, path: str, packed: bool, answers: Any) -> None:
    """Ask again and again over one connection, as Prometheus does; gives the milliseconds of each, and the bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    took, size = [], 0
    for _ in range(_SCRAPES):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        size = len(connection.getresponse().read())
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    answers.send((took, size))


def scrapes(port: int, path: str, packed: bool) -> tuple[list[float], int]:
    """The milliseconds of many scrapes by a process of its own, and the bytes of the last."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    client = multiprocessing.get_context("spawn").Process(target=_client, args=(port, path, packed, sender))
    client.start()
    found: tuple[list[float], int] = receiver.recv()
    client.join()
    return found


@contextmanager
def refreshing(exposition: Exposition, tickets: int) -> Iterator[None]:
    """Inside, another thread computes all figures and shows them, again and again."""
    given, config = facts(tickets, _SUPPLIERS, _SERVICES, AT), catalogue(_SUPPLIERS, _SERVICES)
    exposition.update(compute(given, config, AT), AT, 0.0)
    gc.freeze()  # as the daemon does
    ended = threading.Event()

    def work() -> None:
        at = AT
        while not ended.is_set():
            at += 60_000_000
            exposition.update(compute(given, config, at), at, 0.0)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()


def main(tickets: int) -> None:
    """Print the lines of docs/performance.md."""
    exposition = Exposition("benchmark", list)
    app: Starlette = make_app(exposition, cast(Any, None), lifecycle=False)  # these pages ask nothing of the hub
    server = serve(app, "127.0.0.1", 0)
    try:
        _print("at rest, nothing in it", *scrapes(server.port, "/-/healthy", packed=False))
        with refreshing(exposition, tickets):
            print(f"{len(exposition.snapshot.samples):,} series, made anew all the time from {tickets:,} tickets")
            _print("/-/healthy", *scrapes(server.port, "/-/healthy", packed=False))
            _print("/metrics", *scrapes(server.port, "/metrics", packed=False))
            _print("/metrics, gzip", *scrapes(server.port, "/metrics", packed=True))
    finally:
        server.stop()


def _print(name: str, took: list[float], size: int) -> None:
    p50, p99 = np.quantile(took, (0.5, 0.99))
    print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {size / 1000:,.0f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
