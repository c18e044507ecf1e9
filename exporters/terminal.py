"""What commands show: the first passes as they go, how passes ended, and figures in three forms."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import orjson
from rich.console import Console

from core.catalogue import Catalogue
from core.model import Instant, Sample
from core.once import Passed
from core.status import SourceStatus
from exporters.metrics import Exposition
from exporters.progress import Statuses, watched
from exporters.render import render_json
from exporters.tables import tables, text

_LOOK: Final = 0.1  # seconds between two looks


def first_passes(
    statuses: Statuses, exposition: Exposition, catalogue: Catalogue, clock: Callable[[], Instant]
) -> None:
    """The first pass of every source on a progress bar, then the tables as soon as its figures are there."""
    console = Console()
    with watched(console, statuses):
        while not all(status.passes for status in statuses()):
            time.sleep(_LOOK)
    read = clock()
    while (exposition.snapshot.as_of or 0) < read:
        time.sleep(_LOOK)
    snapshot = exposition.snapshot
    console.print(tables(snapshot.samples, catalogue, snapshot.as_of or read))


def passes_json(ended: Sequence[Passed]) -> str:
    """How passes ended, as JSON with a newline."""
    rows = [
        {"supplier": one.supplier, "source": one.source, "state": one.outcome.state}
        | {"reason": one.outcome.reason, "records": one.outcome.read}
        for one in ended
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def figures(
    samples: Sequence[Sample],
    at: Instant,
    duration: float,
    statuses: Sequence[SourceStatus],
    catalogue: Catalogue,
    version: str,
    form: str,
) -> str:
    """The figures of a run for `at` that took `duration` seconds, as "table", "json" or "prometheus".

    The last one is what `/metrics` shows, with the sources as `statuses` tells.
    """
    if form == "json":
        return render_json(samples, at).decode()
    if form == "prometheus":
        exposition = Exposition(version, lambda: statuses)
        exposition.update(samples, at, duration)
        return exposition.scrape(None, gzip=False)[1].decode()
    return text(tables(samples, catalogue, at))
