"""Progress of passes for a person: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from core.status import SourceStatus

_EVERY: Final = 0.1  # seconds between two looks

Statuses = Callable[[], Sequence[SourceStatus]]


@contextmanager
def watched(console: Console, statuses: Statuses) -> Iterator[None]:
    """Show how far each source is in its first pass of this process while the block runs.

    Elsewhere than on a terminal a source gets one line when its pass has ended.
    """
    stop = threading.Event()
    show = _bars if console.is_terminal else _lines
    thread = threading.Thread(target=show, args=(console, statuses, stop), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _bars(console: Console, statuses: Statuses, stop: threading.Event) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[state]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[tuple[str, str], TaskID] = {}
        done = False
        while not done:
            done = stop.wait(_EVERY)  # looked at once more after the end, so that the last bars are full
            for status in statuses():
                key = (status.supplier, status.source)
                if key not in tasks:
                    tasks[key] = progress.add_task("/".join(key), total=None, state="waiting")
                if not status.running and not status.passes:
                    continue
                over = not status.running
                state = status.state if over else "reading"
                total = status.read if over else max(status.total or 0, status.read) or None
                progress.update(tasks[key], completed=status.read, total=total, state=state)
                if over:
                    progress.stop_task(tasks[key])


def _lines(console: Console, statuses: Statuses, stop: threading.Event) -> None:
    told: set[tuple[str, str]] = set()
    done = False
    while not done:
        done = stop.wait(_EVERY)
        for status in statuses():
            key = (status.supplier, status.source)
            if key in told or not status.passes:
                continue
            told.add(key)
            reason = f": {status.reason}" if status.reason else ""
            requests = status.requests.total()
            asked = f"{status.read} records by {requests} request{'' if requests == 1 else 's'}"
            console.print(f"{'/'.join(key)}: {status.state}, {asked}{reason}", highlight=False, soft_wrap=True)
