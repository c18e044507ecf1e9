"""The board's calendar: when it meets next, by rule and on one day, over clock changes."""

from __future__ import annotations

from datetime import date, time

import pytest

from core.meetings import Meeting, samples, upcoming
from core.model import SECOND
from tests.core.kpi.build import t

BOARD = Meeting("Board", time(14), 90, week=2, weekday=1)
AMSTERDAM = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-01", "2026-11-10 13:00"),  # winter time: an hour ahead
        ("2026-11-10 12:59", "2026-11-10 13:00"),
        ("2026-11-10 13:00", "2026-12-08 13:00"),
        ("2026-12-31 23:30", "2027-01-12 13:00"),
        ("2026-07-15", "2026-08-11 12:00"),  # summer time: two hours ahead
    ],
)
def test_the_next_meeting_is_the_first_that_begins_later(now: str, start: str) -> None:
    found = samples(BOARD, AMSTERDAM, t(now))
    assert [sample.value for sample in found] == [t(start) / SECOND]


def test_the_last_friday_is_the_last_one_of_its_month() -> None:
    walk = Meeting("Walk", time(12), 60, week=-1, weekday=4)
    assert list(walk.days(date(2026, 10, 1), date(2026, 12, 31))) == [
        date(2026, 10, 30),
        date(2026, 11, 27),
        date(2026, 12, 25),
    ]


def test_a_meeting_on_one_day_is_next_until_it_begins() -> None:
    once = Meeting("Dinner", time(18), 120, day=date(2027, 6, 3))
    assert (found := upcoming([once], "UTC", t("2026-11-01"))) is not None
    assert found.start == t("2027-06-03 18:00")
    assert upcoming([once], "UTC", t("2027-06-03 18:00")) is None


def test_the_earliest_of_several_is_next_and_without_any_there_is_none() -> None:
    walk = Meeting("Walk", time(12), 60, week=-1, weekday=4)
    once = Meeting("Dinner", time(18), 120, day=date(2026, 11, 20))
    assert (found := upcoming([walk, once], "UTC", t("2026-11-01"))) is not None
    assert found.meeting is once
    assert upcoming([], "UTC", t("2026-11-01")) is None
    assert samples(None, "UTC", t("2026-11-01")) == []
