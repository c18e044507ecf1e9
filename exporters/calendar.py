"""The board's calendar as iCalendar: meetings by rule repeat for ever, and each keeps its identity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from core.actions import local
from core.meetings import Meeting
from core.model import Instant, to_datetime

TYPE: Final = "text/calendar; charset=utf-8"
_YEAR: Final = timedelta(days=366)


def calendar(title: str, board: Meeting | None, informal: Sequence[Meeting], zone: str, now: Instant) -> bytes:
    """The calendar; a calendar without events where no meeting is configured.

    A rule begins with the first meeting of this year, so that what was is still there to look up.
    """
    made = Calendar()
    made.add("prodid", "-//siamhub//board//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    made.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    kinds = [("board", board), *(("informal", each) for each in informal)]
    first = date(local(now, zone).year, 1, 1)
    for position, (kind, meeting) in enumerate(kinds):
        if meeting is not None:
            made.add_component(_event(kind, position, meeting, first, zone, now))
    made.add_missing_timezones(first_date=first, last_date=first + 3 * _YEAR)
    text: bytes = made.to_ical()
    return text


def _event(kind: str, position: int, meeting: Meeting, first: date, zone: str, now: Instant) -> Event:
    day = meeting.day or next(iter(meeting.days(first, first + _YEAR)))
    start = datetime.combine(day, meeting.time, ZoneInfo(zone))
    event = Event()
    event.add(
        "uid", f"{uuid5(NAMESPACE_URL, f'siamhub:{kind}:{position}:{meeting.title}:{meeting.day or meeting.rule}')}"
    )
    event.add("dtstamp", to_datetime(now))
    event.add("dtstart", start)
    event.add("duration", timedelta(minutes=meeting.minutes))
    event.add("summary", meeting.title)
    event.add("categories", ["board" if kind == "board" else "informal"])
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.rule:
        event.add("rrule", {"freq": "monthly", "byday": meeting.rule})
    return event
