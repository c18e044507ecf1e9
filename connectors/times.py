"""Vendors' times: any format and zone read into instants, a column at a time, and written as a query wants them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from core.model import SECOND, Instant, to_datetime, to_instant

DAY: Final = 86_400 * SECOND
NAMED: Final = ("iso", "epoch", "epoch_ms")
"""Formats by name: ISO 8601 in any spelling, seconds or milliseconds since 1970. Others are strftime patterns."""

Reader: TypeAlias = Callable[[Any], "Instant | None"]
"""A vendor's value -> its instant; None where it is a mark of no time. Raises `ValueError` where it is unreadable."""

_MOST: Final = 100_000  # entries of a cache before it is emptied: memory does not grow with the records
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_TAIL: Final = re.compile(r"(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d(?::?\d\d)?)?")


def reader(formats: Sequence[str], zone: str, none: Sequence[str]) -> Reader:
    """A reader of values in one of these formats, tried in order.

    `zone`: of values that name none. `none`: values that mean "no time"; empty ones, zeros and moments within a day of
    1970-01-01 mean it everywhere, since that is what systems write for it. Of an hour that a clock change repeats the
    first one is taken, where the zone is not UTC.
    """
    tz = ZoneInfo(zone)
    steps = [_step(name, tz) for name in formats]
    absent = frozenset(none)

    def read(value: Any) -> Instant | None:
        if value is None or value == "" or value in absent:
            return None
        if isinstance(value, str) and value.startswith(("0000-00-00", "0001-01-01")):
            return None
        for step in steps:
            try:
                instant = step(value)
            except (ValueError, TypeError, OverflowError):
                continue
            return instant if instant > DAY or instant < -DAY else None
        raise ValueError(f"{str(value)[:60]!r} is no time in {' or '.join(formats)}")

    return read


def moments(read: Reader, values: Sequence[Any], unreadable: Callable[[int, Any], None]) -> list[Instant | None]:
    """Many values read; for each that is unreadable `unreadable(position, value)` is called, and None stands there."""
    found: list[Instant | None] = []
    add = found.append
    for value in values:
        if not value:
            add(None)
            continue
        try:
            add(read(value))
        except (ValueError, TypeError):  # TypeError: a list or an object, which no cache can hold
            unreadable(len(found), value)
            add(None)
    return found


def writer(form: str, zone: str) -> Callable[[Instant], Any]:
    """How an instant is written in a query: a number for epochs, else a text in the zone, cut to what it can say."""
    if form == "epoch":
        return lambda instant: instant // SECOND
    if form == "epoch_ms":
        return lambda instant: instant // (SECOND // 1000)
    tz = ZoneInfo(zone)
    pattern = "%Y-%m-%dT%H:%M:%SZ" if form == "iso" else form
    if form == "iso":
        tz = ZoneInfo("UTC")
    return lambda instant: to_datetime(instant).astimezone(tz).strftime(pattern)


def check_format(form: str) -> str:
    """The format itself. Raises `ValueError` where it is none."""
    if form not in NAMED and "%" not in form:
        raise ValueError(
            f"{form!r} is no time format; known are {', '.join(NAMED)} and patterns such as %Y-%m-%d %H:%M"
        )
    return form


def _step(form: str, zone: ZoneInfo) -> Callable[[Any], Instant]:
    if form == "epoch":
        return lambda value: round(_number(value) * SECOND)
    if form == "epoch_ms":
        return lambda value: round(_number(value) * (SECOND // 1000))
    if form == "iso":
        return _iso(zone)
    if form == "%Y-%m-%d %H:%M:%S":
        return _iso(zone, only=19)
    return lru_cache(_MOST)(lambda value: _instant(datetime.strptime(value, form), zone))  # noqa: DTZ007  # zone follows


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a truth value is no time")
    return float(value)


def _instant(moment: datetime, zone: ZoneInfo) -> Instant:
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _iso(zone: ZoneInfo, only: int | None = None) -> Callable[[Any], Instant]:
    """ISO 8601 by parts, each part remembered: days, times of day and offsets come again and again."""
    days: dict[str, Instant] = {}
    clock: dict[str, Instant] = {}
    tails: dict[str, tuple[int, int] | None] = {}
    utc = zone.key == "UTC"

    def read(value: str) -> Instant:
        if only is not None and len(value) != only:
            raise ValueError(value)
        try:
            day, time = days[value[:10]], clock[value[10:19]]
            tail = tails[value[19:]]
        except KeyError:
            return learn(value)
        if tail is None:
            return day + time if utc else _instant(datetime.fromisoformat(value), zone)
        return day + time + tail[0] - tail[1]

    def learn(value: str) -> Instant:
        moment = datetime.fromisoformat(value)
        tail = _TAIL.fullmatch(value, 19)
        if _ISO.match(value) and tail is not None:
            for part in (days, clock, tails):
                if len(part) >= _MOST:
                    part.clear()
            midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
            days[value[:10]] = to_instant(midnight)
            clock[value[10:19]] = (moment.hour * 3600 + moment.minute * 60 + moment.second) * SECOND
            offset = moment.utcoffset()
            if offset is not None:
                tails[value[19:]] = (moment.microsecond, offset // timedelta(microseconds=1))
            else:
                # Without an offset a fraction would have to be added to what the zone makes of the rest.
                tails.setdefault(value[19:], None)
                if moment.microsecond:
                    del tails[value[19:]]
        return _instant(moment, zone)

    return read
