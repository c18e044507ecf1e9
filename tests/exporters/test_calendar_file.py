"""The calendar as a program reads it: rules, zones, identities, and titles that need escaping."""

from __future__ import annotations

from datetime import date, time

from icalendar import Calendar

from core.meetings import Meeting
from exporters.calendar import calendar
from tests.core.kpi.build import t

BOARD = Meeting("Board; of <all>, together", time(14), 90, week=2, weekday=1)
DINNER = Meeting("Dinner", time(18), 120, day=date(2026, 12, 3), place="Canteen, Acme")
NOW = t("2026-11-24 12:00")


def read(*informal: Meeting, board: Meeting | None = BOARD, now: int = NOW) -> Calendar:
    found = Calendar.from_ical(calendar("Board", board, informal, "Europe/Amsterdam", now))
    assert isinstance(found, Calendar)
    return found


def test_the_board_repeats_by_its_rule_from_the_first_of_the_year_on() -> None:
    (event,) = read().walk("VEVENT")
    assert event["DTSTART"].to_ical() == b"20260113T140000"
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=2TU"
    assert event["SUMMARY"] == BOARD.title
    assert event["DURATION"].to_ical() == b"PT1H30M"


def test_the_zone_of_the_meetings_is_described_in_the_file() -> None:
    assert [zone["TZID"] for zone in read().walk("VTIMEZONE")] == ["Europe/Amsterdam"]


def test_an_informal_meeting_on_one_day_does_not_repeat() -> None:
    _, event = read(DINNER).walk("VEVENT")
    assert "RRULE" not in event
    assert event["DTSTART"].to_ical() == b"20261203T180000"
    assert event["LOCATION"] == "Canteen, Acme"


def test_events_keep_their_identity_and_differ_from_each_other() -> None:
    early, late = ([str(e["UID"]) for e in read(DINNER, DINNER, now=now).walk("VEVENT")] for now in (NOW, NOW + 10**9))
    assert early == late
    assert len(set(early)) == 3


def test_without_meetings_the_calendar_is_empty_and_valid() -> None:
    found = read(board=None)
    assert found["VERSION"] == "2.0"
    assert not found.walk("VEVENT")
