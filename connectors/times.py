"""Vendors' times: any format and zone read into instants, a column at a time, and written as a query wants them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from core.model import SECOND, Instant, to_datetime, to_instant

DAY: Final = 86_400 * SECOND
_FIRST: Final = to_instant(datetime.min.replace(tzinfo=UTC))
_LAST: Final = to_instant(datetime.max.replace(tzinfo=UTC))
_PLAIN: Final = "%Y-%m-%d %H:%M:%S"  # read like ISO 8601, by its parts
NAMED: Final = ("iso", "epoch", "epoch_ms")
"""Formats by name: ISO 8601 in any spelling, seconds or milliseconds since 1970. Others are strftime patterns."""

_DIRECTIVES: Final = "YymdHIMSfpzZbBaAjUWGVuwcxX%"
_MOST: Final = 100_000  # entries of a cache before it is emptied: memory does not grow with the records
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_TAIL: Final = re.compile(r"(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d(?::?\d\d)?)?")


def written(moment: Instant) -> str:
    """An instant as people and conversations write it: `2025-06-15T10:00:00Z`."""
    return to_datetime(moment).isoformat().replace("+00:00", "Z")


class Reader:
    """Reads moments in one of several formats, tried in order.

    `zone` is that of values that name none. `none` are values that mean "no time"; empty ones, zeros and moments within
    a day of 1970-01-01 mean it everywhere, since that is what systems write for it. Of an hour that a clock change
    repeats the first one is taken, where the zone is not UTC.
    """

    def __init__(self, formats: Sequence[str], zone: str = "UTC", none: Sequence[str] = ()) -> None:
        tz = ZoneInfo(zone)
        self._formats = formats
        self._iso = [_Iso(tz, 19 if name == _PLAIN else None) if name in ("iso", _PLAIN) else None for name in formats]
        self._steps = [iso.read if iso else _step(name, tz) for iso, name in zip(self._iso, formats, strict=True)]
        self._none = frozenset(none)

    def read(self, value: Any) -> Instant | None:
        """The instant; None where the value means no time.

        Raises `ValueError` where it is unreadable, or outside of the years 1 to 9999.
        """
        if value is None or value == "" or value in self._none:
            return None
        if isinstance(value, str) and value.startswith(("0000-00-00", "0001-01-01")):
            return None
        for step in self._steps:
            try:
                instant = step(value)
            except (ValueError, TypeError, OverflowError):
                continue
            if not _FIRST <= instant <= _LAST:  # no database and no calendar holds it
                continue
            return instant if instant > DAY or instant < -DAY else None
        raise ValueError(f"{str(value)[:60]!r} is no time in {' or '.join(self._formats)}")

    def column(self, values: Sequence[Any], unreadable: Callable[[int, Any], None]) -> list[Instant | None]:
        """Many values; for each unreadable one `unreadable(position, value)` is called, and None stands there."""
        first = self._iso[0]
        if first and first.utc and (quick := plain(values)):
            return quick
        days, minutes, rests = (first.days, first.minutes, first.rests) if first else ({}, {}, {})
        found: list[Instant | None] = []
        add = found.append
        for value in values:
            if not value:
                add(None)
                continue
            try:
                add(days[value[:10]] + minutes[value[10:16]] + rests[value[16:]])  # its parts were all met before
            except (KeyError, TypeError):
                try:
                    add(self.read(value))
                except (ValueError, TypeError):  # TypeError: a list or an object, which is no time in any format
                    unreadable(len(found), value)
                    add(None)
        return found


def plain(values: Sequence[Any]) -> list[Instant | None] | None:
    """A column of texts like 2026-01-31 10:42:07 in UTC, and empty ones, all read at once.

    None where one of them is anything else, or a moment that needs a second look: the column is then read one by one.
    """
    told = [value for value in values if value]
    try:
        signs = np.frombuffer("".join(told).encode("ascii"), np.uint8)
    except (TypeError, UnicodeEncodeError):
        return None
    if not told or len(signs) != 19 * len(told) or set(map(len, told)) != {19}:
        return None
    table = signs.reshape(-1, 19)
    if (table[:, _DIGITS] - 48 > 9).any() or (table[:, _MARKS] != _BETWEEN).any():  # below 0 wraps to above 9
        return None
    try:
        moments = np.array(told, dtype="datetime64[us]").view(np.int64)
    except ValueError:  # the 13th month
        return None
    if not (moments.min() > 2 * DAY and moments.max() < _LAST - 2 * DAY):
        return None
    if len(told) == len(values):
        return [*moments.tolist()]
    rest = iter(moments.tolist())
    return [next(rest) if value else None for value in values]


_DIGITS: Final = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_MARKS: Final = [4, 7, 13, 16]
_BETWEEN: Final = np.frombuffer(b"--::", np.uint8)


def writer(form: str, zone: str) -> Callable[[Instant], Any]:
    """How an instant is written in a query: a number for epochs, else a text in the zone, cut to what it can say.

    Of the hour that is twice where clocks are put back, a text does not tell which one it means: in the first of the
    two the hour before is written, so that a query never begins later than it was meant to.
    """
    if form == "epoch":
        return lambda instant: instant // SECOND
    if form == "epoch_ms":
        return lambda instant: instant // (SECOND // 1000)
    tz = ZoneInfo(zone)
    pattern = "%Y-%m-%dT%H:%M:%SZ" if form == "iso" else form
    if form == "iso":
        tz = ZoneInfo("UTC")
    if tz.key == "UTC" or "%z" in pattern:
        return lambda instant: to_datetime(instant).astimezone(tz).strftime(pattern)

    def local(instant: Instant) -> str:
        moment = to_datetime(instant).astimezone(tz)
        offset, other = moment.utcoffset(), moment.replace(fold=1).utcoffset()
        if not moment.fold and offset is not None and other is not None and other < offset:
            moment = to_datetime(instant - round((offset - other).total_seconds()) * SECOND).astimezone(tz)
        return moment.strftime(pattern)

    return local


def check_format(form: str) -> str:
    """The format itself. Raises `ValueError` where it is none."""
    if form not in NAMED and "%" not in form:
        raise ValueError(
            f"{form!r} is no time format; known are {', '.join(NAMED)} and patterns such as %Y-%m-%d %H:%M"
        )
    for sign in re.findall(r"%(.?)", form) if form not in NAMED else ():
        if not sign or sign not in _DIRECTIVES:
            raise ValueError(f"%{sign} in {form!r} is no part of a time; known are %{', %'.join(_DIRECTIVES)}")
    return form


def _step(form: str, zone: ZoneInfo) -> Callable[[Any], Instant]:
    if form == "epoch":
        return lambda value: round(_number(value) * SECOND)
    if form == "epoch_ms":
        return lambda value: round(_number(value) * (SECOND // 1000))
    return lru_cache(_MOST)(lambda value: _instant(datetime.strptime(value, form), zone))  # noqa: DTZ007  # zone follows


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a truth value is no time")
    return float(value)


def _instant(moment: datetime, zone: ZoneInfo) -> Instant:
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))


class _Iso:
    """ISO 8601 by parts, each remembered: days come again and again, so do minutes, and seconds with an offset."""

    def __init__(self, zone: ZoneInfo, only: int | None) -> None:
        self.days: dict[str, Instant] = {}  # the first ten signs -> midnight in UTC
        self.minutes: dict[str, Instant] = {}  # the next six, "T10:42" -> what is to be added
        self.rests: dict[str, Instant] = {}  # what follows, ":07.250+0200" -> what is to be added
        self._zone, self._only = zone, only
        self.utc = zone.key == "UTC"

    def read(self, value: str) -> Instant:
        """The instant. Raises `ValueError` or `TypeError` for what is no such text."""
        if self._only is not None and len(value) != self._only:
            raise ValueError(value)
        moment = datetime.fromisoformat(value)
        instant = _instant(moment, self._zone)
        offset = moment.utcoffset()
        if (offset is not None or self.utc) and _ISO.match(value) and _TAIL.fullmatch(value, 19):
            for part in (self.days, self.rests):
                if len(part) >= _MOST:
                    part.clear()
            midnight = to_instant(datetime(moment.year, moment.month, moment.day, tzinfo=UTC))
            # What stands for "no time", or may leave the calendar, is never taken by the quick way.
            if abs(instant) > 2 * DAY and _FIRST + 2 * DAY < instant < _LAST - 2 * DAY:
                self.days[value[:10]] = midnight
                minute = (moment.hour * 60 + moment.minute) * 60 * SECOND
                self.minutes[value[10:16]] = minute
                self.rests[value[16:]] = instant - midnight - minute
        return instant
