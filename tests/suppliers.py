"""The demo's three suppliers served on loopback with a clock of the test's, and a configuration that connects them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.simulators.demo import Demo, start
from core.model import SECOND, Instant

NOW: Instant = 1_780_000_000 * SECOND
"""A moment in May 2026 at which the story is looked at."""


@contextmanager
def suppliers(at: Instant = NOW) -> Iterator[Demo]:
    """The suppliers as they are at an instant, at which their clocks stand still."""
    with start(seed=7, now=at, clock=lambda: at) as demo:
        yield demo


def configuration(demo: Demo, folder: Path, database: str | None = None, listen: str = "127.0.0.1:0") -> Path:
    """A configuration file in the folder; the database lies beside it unless another one is given."""
    path = folder / "siamhub.yaml"
    path.write_text(demo.configuration(database or f"sqlite:///{folder / 'siamhub.db'}", listen), encoding="utf-8")
    return path
