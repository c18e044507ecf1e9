"""Service hours and windows, held to the wall clock of the zone minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import MINUTE, month, month_of, public_holidays, service_hours, windows
from core.interval import Intervals, length
from core.model import SECOND, Hours, to_datetime, to_instant

HOUR = 60 * MINUTE
DAY = 24 * HOUR
ALL_WEEK = (((0, 1440),),) * 7
OFFICE = (((540, 1020),),) * 5 + ((), ())

# Clock changes of many kinds: at night, at midnight (Beirut, Cairo), by half an hour (Lord Howe), south of the equator,
# in the middle of a fast (Casablanca), and none at all.
CHANGES = [
    ("Europe/Amsterdam", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Amsterdam", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 12, 31, 18, 30, tzinfo=UTC)),
]


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, zone: str = "Europe/Amsterdam") -> int:
    return to_instant(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)))


def inside(hours: Hours, instant: int) -> bool:
    """The definition itself: what the wall clock of the zone shows lies within the hours of its day."""
    clock = to_datetime(instant).astimezone(ZoneInfo(hours.zone))
    minute = clock.hour * 60 + clock.minute
    free = hours.holidays is not None and clock.date() in public_holidays(hours.holidays, clock.year)
    return not free and any(start <= minute < end for start, end in hours.weekly[clock.weekday()])


def holds(these: Intervals, instant: int) -> bool:
    return bool(((these.start <= instant) & (instant < these.end)).any())


day = st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(sorted).map(tuple), max_size=2).map(tuple)


@given(st.sampled_from(CHANGES), st.tuples(*[day] * 7), st.integers(-720, 720))
def test_hours_hold_in_the_minutes_in_which_the_wall_clock_is_within_them(
    change: tuple[str, datetime], weekly: tuple[tuple[tuple[int, int], ...], ...], shift: int
) -> None:
    hours = Hours(change[0], weekly)
    lo = to_instant(change[1]) + shift * MINUTE - 6 * HOUR
    result = service_hours(hours, lo, lo + 12 * HOUR)
    minutes = [lo + step * MINUTE for step in range(720)]
    assert [holds(result, minute) for minute in minutes] == [inside(hours, minute) for minute in minutes]
    assert length(result) == sum(inside(hours, minute) for minute in minutes) * MINUTE


@pytest.mark.parametrize(("month", "expected"), [(3, 743), (10, 745), (4, 720)])
def test_a_month_of_amsterdam_has_the_hours_that_its_clock_shows(month: int, expected: int) -> None:
    """March 2026: 31 x 24 - 1 = 743; October: 31 x 24 + 1 = 745; April: 30 x 24 = 720."""
    always = Hours("Europe/Amsterdam", ALL_WEEK)
    found = service_hours(always, local(2026, month, 1), local(2026, month + 1, 1))
    assert length(found) == expected * HOUR
    assert len(found) == 1


def test_an_hour_that_the_clock_skips_is_not_there() -> None:
    """29 March 2026, 01:00 to 04:00: 02:00 to 03:00 does not exist, two hours are left."""
    hours = Hours("Europe/Amsterdam", (((60, 240),),) * 7)
    found = service_hours(hours, local(2026, 3, 29), local(2026, 3, 30))
    assert length(found) == 2 * HOUR


def test_an_hour_that_the_clock_repeats_is_there_twice() -> None:
    """25 October 2026, 02:30 to 05:00: 02:30-03:00 is shown twice, 03:00-05:00 once: 3 h in two pieces."""
    hours = Hours("Europe/Amsterdam", (((150, 300),),) * 7)
    found = service_hours(hours, local(2026, 10, 25), local(2026, 10, 26))
    assert ((found.end - found.start) // MINUTE).tolist() == [30, 150]


def test_office_hours_keep_to_the_wall_clock_on_both_sides_of_a_clock_change() -> None:
    hours = Hours("Europe/Amsterdam", OFFICE)
    found = service_hours(hours, local(2026, 3, 27), local(2026, 3, 31))
    assert [to_datetime(int(start)).hour for start in found.start] == [8, 7]  # 09:00 is 08:00Z, then 07:00Z


def test_a_public_holiday_is_a_local_date_without_hours() -> None:
    """King's Day, Monday 27 April 2026: of the week's 5 x 8 h 32 h are left."""
    week = local(2026, 4, 27), local(2026, 5, 4)
    assert length(service_hours(Hours("Europe/Amsterdam", OFFICE, "NL"), *week)) == 32 * HOUR
    assert length(service_hours(Hours("Europe/Amsterdam", OFFICE), *week)) == 40 * HOUR


def test_a_part_of_a_country_has_its_own_holidays() -> None:
    assert date(2026, 1, 6) in public_holidays("DE-BY", 2026)
    assert date(2026, 1, 6) not in public_holidays("DE", 2026)


def test_an_unknown_holiday_calendar_is_named() -> None:
    with pytest.raises(ValueError, match="no holiday calendar is called 'XX'"):
        service_hours(Hours("UTC", OFFICE, "XX"), 0, DAY)


def test_hours_run_on_over_the_turn_of_a_year() -> None:
    always = Hours("Pacific/Auckland", ALL_WEEK)
    found = service_hours(
        always, to_instant(datetime(2025, 6, 1, tzinfo=UTC)), to_instant(datetime(2027, 6, 1, tzinfo=UTC))
    )
    assert len(found) == 1
    assert length(found) == 730 * DAY


def test_without_hours_all_time_is_agreed_and_no_span_has_none() -> None:
    assert length(service_hours(None, 5, 12)) == 7
    assert len(service_hours(None, 12, 12)) == 0


def test_calendar_windows_follow_the_hubs_zone() -> None:
    """1 March 2026 00:30 in Amsterdam is still February in UTC."""
    at = local(2026, 3, 1, 0, 30)
    week, month, last = windows(at, [("7d", 7 * DAY)], "Europe/Amsterdam")
    assert (week.label, week.start, week.end) == ("7d", at - 7 * DAY, at)
    assert (month.label, month.start, month.end) == ("month", local(2026, 3, 1), at)
    assert (last.label, last.start, last.end) == ("last_month", local(2026, 2, 1), local(2026, 3, 1))
    assert windows(at, [], "UTC")[0].start == local(2026, 2, 1, zone="UTC")


def test_last_month_of_january_is_december_of_the_year_before() -> None:
    last = windows(local(2026, 1, 15), [], "Europe/Amsterdam")[-1]
    assert (last.start, last.end) == (local(2025, 12, 1), local(2026, 1, 1))


def test_a_month_begins_at_its_first_instant_where_the_clock_skips_midnight() -> None:
    """In Asuncion 1 October 2017 began at 01:00: at midnight the clock went forward by an hour."""
    month = windows(local(2017, 10, 9, zone="America/Asuncion"), [], "America/Asuncion")[0]
    before, first = (to_datetime(month.start + d).astimezone(ZoneInfo("America/Asuncion")) for d in (-SECOND, 0))
    assert (before.month, before.day, before.hour) == (9, 30, 23)
    assert (first.month, first.day, first.hour) == (10, 1, 1)


@given(st.integers(1971, 2090), st.integers(1, 12), st.sampled_from(["UTC", "Europe/Amsterdam", "Asia/Beirut"]))
def test_a_month_holds_the_instants_whose_wall_clock_shows_it(year: int, number: int, zone: str) -> None:
    text = f"{year}-{number:02}"
    found = month(text, zone)
    assert [month_of(at, zone) for at in (found.start, found.end - 1)] == [text, text]
    assert month_of(found.start - 1, zone) < text < month_of(found.end, zone)


def test_what_is_no_month_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-13"):
        month("2026-13", "UTC")
