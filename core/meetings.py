"""The board's calendar: meetings by rule, such as each second Tuesday, and the informal ones, in the hub's zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, rrule, weekdays

from core.model import SECOND, Instant, Sample, to_datetime, to_instant

_AHEAD: Final = timedelta(days=70)  # every rule has a day in two months


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as the operator writes it: by a rule, or on one day."""

    title: str
    time: time  # local, in the hub's zone
    minutes: int
    week: int | None = None  # of the month, 1 to 4, -1 for the last; None: it is on `day`
    weekday: int = 0  # 0 is Monday
    day: date | None = None
    place: str = ""

    @property
    def rule(self) -> str:
        """The day of the month as iCalendar writes it: "2TU"; "" where there is no rule."""
        return "" if self.week is None else f"{self.week}{('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[self.weekday]}"

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days on which it is, in order."""
        if self.week is None:
            if self.day is not None and first <= self.day <= last:
                yield self.day
            return
        begin, end = (datetime.combine(each, time()) for each in (first, last))
        for moment in rrule(MONTHLY, dtstart=begin, until=end, byweekday=weekdays[self.weekday](self.week)):
            yield moment.date()


@dataclass(frozen=True, slots=True)
class Coming:
    """A meeting that is next."""

    meeting: Meeting
    start: Instant


def upcoming(meetings: Sequence[Meeting], zone: str, at: Instant) -> Coming | None:
    """The next of the meetings that begins after `at`; None where there is none."""
    found = [Coming(meeting, start) for meeting in meetings if (start := _next(meeting, zone, at)) is not None]
    return min(found, key=lambda coming: coming.start, default=None)


def samples(meeting: Meeting | None, zone: str, at: Instant) -> list[Sample]:
    """When the board meets next; nothing where no day is configured."""
    start = None if meeting is None else _next(meeting, zone, at)
    return [] if start is None else [Sample("siam_board_next_meeting_timestamp_seconds", (), start / SECOND)]


def _next(meeting: Meeting, zone: str, at: Instant) -> Instant | None:
    today = to_datetime(at).astimezone(ZoneInfo(zone)).date()
    last = max(today + _AHEAD, meeting.day or today)
    starts = (to_instant(datetime.combine(day, meeting.time, ZoneInfo(zone))) for day in meeting.days(today, last))
    return next((start for start in starts if start > at), None)
