"""Windows and service hours: local wall clocks with their clock changes and public holidays, as instants in UTC."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from core.interval import EMPTY, Intervals, clip, intervals
from core.model import SECOND, Hours, Instant, to_datetime, to_instant

MINUTE: Final = 60 * SECOND
_DAY: Final = 1440 * MINUTE
_EPOCH: Final = date(1970, 1, 1).toordinal()
_PROBE: Final = timedelta(hours=6)  # no zone has changed its clock twice within this time


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that figures are about, [start, end)."""

    label: str
    start: Instant
    end: Instant


def windows(at: Instant, rolling: Iterable[tuple[str, int]], zone: str) -> tuple[Window, ...]:
    """The rolling windows [at - length, at), then `month` and `last_month` in the zone."""
    local = to_datetime(at).astimezone(ZoneInfo(zone))
    this = _first_of(local.year, local.month, zone)
    before = date(local.year, local.month, 1) - timedelta(days=1)
    return (
        *(Window(label, at - length, at) for label, length in rolling),
        Window("month", this, at),
        Window("last_month", _first_of(before.year, before.month, zone), this),
    )


def month_of(at: Instant, zone: str) -> str:
    """The month of a zone in which an instant lies: "2026-10"."""
    return f"{to_datetime(at).astimezone(ZoneInfo(zone)):%Y-%m}"


def month(text: str, zone: str) -> Window:
    """A month of a zone, "2026-10", as a window with that label. Raises ValueError for what is no month."""
    try:
        first = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007  # a month, whose zone is the hub's
    except ValueError:
        raise ValueError(f"{text!r} is no month; write it like 2026-10") from None
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Window(text, _first_of(first.year, first.month, zone), _first_of(after.year, after.month, zone))


def instant_of(text: str, zone: str) -> Instant:
    """The instant of a time as a person writes it: ISO 8601, in `zone` unless it names another; a date is its midnight.

    Of an hour that a clock change repeats the first one is meant. Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def service_hours(hours: Hours | None, lo: Instant, hi: Instant) -> Intervals:
    """The instants of [lo, hi) whose local wall clock lies within the hours; all of them where there are no hours.

    An hour that the clock skips is not there, an hour that it repeats is there twice. A public holiday is a local
    date. Raises ValueError for an unknown holiday calendar, ZoneInfoNotFoundError for an unknown zone.
    """
    if lo >= hi:
        return EMPTY
    if hours is None:
        return intervals([lo], [hi])
    years = range(to_datetime(lo).year, to_datetime(hi - 1).year + 1)
    parts = [_of_year(hours, year) for year in years]
    whole = intervals(np.concatenate([p.start for p in parts]), np.concatenate([p.end for p in parts]))
    return clip(whole, lo, hi)


@lru_cache(maxsize=1024)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """The public holidays of a country ("NL") or of a part of one ("DE-BY") in a year.

    Raises ValueError where the calendar is not known.
    """
    import holidays  # a tenth of a second: only who has a holiday calendar pays for it

    country, _, part = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise ValueError(f"no holiday calendar is called {calendar!r}: {error}") from error


def _first_of(year: int, month: int, zone: str) -> Instant:
    """The first instant of a local month; where the clock skips midnight, the instant of the skip."""
    return to_instant(datetime(year, month, 1, tzinfo=ZoneInfo(zone)))


@lru_cache(maxsize=512)
def _of_year(hours: Hours, year: int) -> Intervals:
    """The hours in a UTC year."""
    local = _wall_clock(hours, year)
    parts = [
        # Between two clock changes the wall clock is UTC and a constant: shift, and keep what lies between them.
        clip(Intervals(local.start - offset, local.end - offset, local.key), since, until)
        for since, until, offset in _offsets(hours.zone, year)
    ]
    return intervals(np.concatenate([p.start for p in parts]), np.concatenate([p.end for p in parts]))


def _wall_clock(hours: Hours, year: int) -> Intervals:
    """The hours as the wall clock of a year and two days around it shows them, counted as if it were UTC."""
    first, last = date(year - 1, 12, 30).toordinal(), date(year + 1, 1, 2).toordinal()
    free: set[int] = set()
    if hours.holidays is not None:
        for each in (year - 1, year, year + 1):
            free.update(day.toordinal() for day in public_holidays(hours.holidays, each))
    start, end = [], []
    for ordinal in range(first, last + 1):
        if ordinal in free:
            continue
        midnight = (ordinal - _EPOCH) * _DAY
        for opens, closes in hours.weekly[(ordinal - 1) % 7]:  # ordinal 1 was a Monday
            start.append(midnight + opens * MINUTE)
            end.append(midnight + closes * MINUTE)
    return intervals(start, end)


@lru_cache(maxsize=512)
def _offsets(zone: str, year: int) -> Sequence[tuple[Instant, Instant, int]]:
    """The spans of a UTC year in which the zone's clock keeps one distance from UTC: (since, until, distance)."""
    info = ZoneInfo(zone)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    edges = [datetime(year, 1, 1, tzinfo=UTC)]
    here = edges[0]
    while here < end:
        there = min(here + _PROBE, end)
        if _offset(info, here) != _offset(info, there):
            edges.append(_change(info, here, there))
        here = there
    edges.append(end)
    return [
        (to_instant(since), to_instant(until), _offset(info, since) // timedelta(microseconds=1))
        for since, until in pairwise(edges)
    ]


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo always has one
    return offset


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second from which on the clock keeps another distance from UTC; it does so at `after`, not at `before`."""
    old = _offset(zone, before)
    seconds = range(1, (after - before) // timedelta(seconds=1) + 1)
    return before + timedelta(
        seconds=seconds[bisect_left(seconds, True, key=lambda s: _offset(zone, before + timedelta(seconds=s)) != old)]
    )
