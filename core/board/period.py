"""The month that a pack is about: which one, as of when, and the months before it for the trend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.calendar import Window, month, month_of
from core.closed import MonthError
from core.model import Instant

TREND: Final = 6
"""Months that the trend shows, the pack's own among them."""
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_CHOICE: Final = 12
_FIRST: Final = "1990-01"  # no record is older, and years far back have no instants in every zone


@dataclass(frozen=True, slots=True)
class Period:
    """The month of a pack."""

    month: str  # "2026-10"
    window: Window
    at: Instant  # what the figures hold for: the month's end, or now while it runs
    running: bool
    trend: tuple[Window, ...]  # the oldest first, the pack's month last; of a running one until `at`
    seen: Instant  # as of when actions and meetings are told: now, at most the end of the month after

    @property
    def before(self) -> str:
        """The month before."""
        return self.trend[-2].label


def period(text: str, zone: str, now: Instant) -> Period:
    """The month that a text names. MonthError for what is no month, and for one that has not begun."""
    if not _MONTH.fullmatch(text):
        raise MonthError(f"{text[:40]!r} is no month; write it like 2026-10")
    current = month_of(now, zone)
    if text > current:
        raise MonthError(f"{text} has not begun yet; the latest month is {current}")
    if text < _FIRST:
        raise MonthError(f"{text} lies before {_FIRST}: there are no figures of a month so far back")
    labels = [text]
    while len(labels) < TREND:
        labels.append(preceding(labels[-1]))
    window = month(text, zone)
    running = now < window.end
    at = now if running else window.end
    trend = (*(month(label, zone) for label in reversed(labels[1:])), Window(text, window.start, at))
    return Period(text, window, at, running, trend, min(now, month(following(text), zone).end))


def latest(zone: str, now: Instant) -> str:
    """The last month that is over."""
    return preceding(month_of(now, zone))


def recent(zone: str, now: Instant) -> list[str]:
    """The months that a reader may choose from: this one and the twelve before it, the latest first."""
    found = [month_of(now, zone)]
    while len(found) <= _CHOICE:
        found.append(preceding(found[-1]))
    return found


def preceding(text: str) -> str:
    """The month before a month."""
    return f"{date(int(text[:4]), int(text[5:]), 1) - timedelta(days=1):%Y-%m}"


def following(text: str) -> str:
    """The month after a month."""
    return f"{date(int(text[:4]), int(text[5:]), 28) + timedelta(days=4):%Y-%m}"
