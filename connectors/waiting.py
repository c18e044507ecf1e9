"""When to ask: at which pace, how long a system asks to wait, and how far its clock is ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_EPOCH: Final = 1e9  # nobody asks to wait thirty years: it is a moment


def asked_to_wait(said: str | None) -> float | None:
    """Seconds to wait, from a number or a date."""
    if not said:
        return None
    try:
        number = float(said)
        return max(0.0, number - time.time() if number > _EPOCH else number)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(said) if said[:1].isdigit() else parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def ahead(said: str | None, known: float | None) -> float | None:
    """How far a Date header is ahead of this machine's clock; what was known where there is none."""
    if not said:
        return known
    try:
        return parsedate_to_datetime(said).timestamp() - time.time()
    except ValueError:
        return known


class Pace:
    """Lets requests through at most so many times a second."""

    def __init__(self, per_second: float | None, sleep: Callable[[float], None]) -> None:
        """`per_second`: None for as many as there are; `sleep` takes seconds."""
        self._gap = 1 / per_second if per_second else 0.0
        self._sleep = sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Until the next request may be made."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            wait = max(0.0, self._next - now)
            self._next = max(now, self._next) + self._gap
        if wait:
            self._sleep(wait)
