"""Durations, hours, addresses and dates as a person writes them."""

from __future__ import annotations

from datetime import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import SECOND, Part
from core.settings import forms, hours

UNITS: Final = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}
MINUTES: Final = 24 * 60


@given(st.integers(1, 3660), st.sampled_from("smhd"))
def test_a_duration_is_a_number_of_its_unit(count: int, unit: str) -> None:
    assert forms.duration(f"{count}{unit}") == sum(UNITS[unit] for _ in range(count)) * SECOND


@given(st.text(alphabet="0123456789smhdw .-+\n٣", max_size=6))
def test_what_is_no_duration_is_refused(text: str) -> None:
    digits, unit = text[:-1], text[-1:]
    good = unit in {*"smhd"} and digits != "" and all(each in "0123456789" for each in digits) and digits[0] != "0"
    if good and int(digits) * UNITS[unit] <= 36_600 * UNITS["d"]:
        assert forms.duration(text) > 0
    else:
        with pytest.raises(ValueError, match=r"is no duration|must be more than nothing|longer than a hundred years"):
            forms.duration(text)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


spans = st.tuples(st.integers(0, MINUTES - 1), st.integers(1, MINUTES)).filter(lambda span: span[0] < span[1])
day_names = st.one_of(
    st.sampled_from(hours.DAYS), st.tuples(st.sampled_from(hours.DAYS), st.sampled_from(hours.DAYS)).map("-".join)
)


@given(st.dictionaries(day_names, st.lists(spans, min_size=1, max_size=3), max_size=4))
def test_a_week_holds_each_written_minute_once_or_is_refused(written: dict[str, list[tuple[int, int]]]) -> None:
    minutes: list[tuple[int, int]] = []  # (day, minute), the slow and obvious model
    for name, of_day in written.items():
        first, _, last = name.partition("-")
        day = hours.DAYS.index(first)
        while True:
            minutes += [(day, minute) for start, end in of_day for minute in range(start, end)]
            if hours.DAYS[day] == (last or first):
                break
            day = (day + 1) % 7
    texts = {name: [f"{clock(start)}-{clock(end)}" for start, end in of_day] for name, of_day in written.items()}
    if len(minutes) != len(set(minutes)):
        with pytest.raises(ValueError, match=r"two spans of \w+ overlap"):
            hours.week(texts)
        return
    week = hours.week(texts)
    assert len(week) == 7
    assert all(list(of_day) == sorted(of_day) for of_day in week)
    found = [(day, minute) for day, of_day in enumerate(week) for start, end in of_day for minute in range(start, end)]
    assert sorted(minutes) == found


def test_one_span_needs_no_list() -> None:
    assert hours.week({"sat-sun": "09:00-17:00"})[4:] == ((), ((540, 1020),), ((540, 1020),))


def test_spans_may_touch() -> None:
    assert hours.week({"mon": ["12:00-24:00", "00:00-12:00"]})[0] == ((0, 720), (720, 1440))


@pytest.mark.parametrize(
    "text", ["7:00-22:00", "07:00 - 22:00", "07:00-25:00", "07:60-08:00", "07:00", "24:00-24:00", ""]
)
def test_a_span_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of a day"):
        hours.span(text)


@pytest.mark.parametrize("text", ["08:00-08:00", "22:00-06:00"])
def test_a_span_ends_after_it_begins(text: str) -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        hours.span(text)


@pytest.mark.parametrize("text", ["", "Mon", "monday", "mon-", "-mon", "mon-fri-sun", "mon,tue"])
def test_days_have_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="is no day"):
        hours.days(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9877", ("127.0.0.1", 9877)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        (":9877", ("", 9877)),
        ("[::1]:9877", ("::1", 9877)),
        ("hub.example.com:80", ("hub.example.com", 80)),
    ],
)
def test_an_address_to_listen_on_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert forms.listen(text) == address


@pytest.mark.parametrize(
    "text", ["", "9877", "host", "host:", "host:-1", "host:65536", "http://host:80", "a b:80", "::1:80"]
)
def test_another_address_to_listen_on_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address to listen on"):
        forms.listen(text)


@pytest.mark.parametrize(
    "text", ["https://a.example.com", "http://127.0.0.1:8080/path", "https://[::1]:1", "HTTPS://A/x"]
)
def test_a_web_address_loses_only_the_slash_at_its_end(text: str) -> None:
    assert forms.base_url(text) == forms.base_url(f"{text}/") == text


@pytest.mark.parametrize(
    "text",
    ["", "a.example.com", "https://", "https:///x", "https://a b", "https://a\\b", "https://[", "https://a:x", "https://a:99999",
     "https://a\nb", "mailto:a@b", "https://u@a", "https://u:p@a", "https://a?b", "https://a#b", "https://a?", "https://a#"],
)  # fmt: skip
def test_another_web_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(forms.UnshownError):
        forms.base_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///siamhub.db",
        "sqlite:////var/lib/siamhub.db?timeout=5",
        "postgresql+psycopg://siamhub@db/siamhub",
        "postgresql+psycopg://siamhub:p%40ss@db:5432/siamhub?sslmode=require",
        "postgresql+psycopg:///siamhub?host=/var/run/postgresql",
    ],
)
def test_a_database_is_a_file_or_a_postgresql(text: str) -> None:
    assert forms.database(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "siamhub.db", "sqlite://", "sqlite:///", "sqlite:siamhub.db", "sqlite:///:memory:", "postgresql://u:p@db/x",
     "postgresql+psycopg://u:p@db", "postgresql+psycopg://u:p@db/", "postgresql+psycopg://u:p[@db/x", "postgresql+psycopg://u@db:p/x"],
)  # fmt: skip
def test_another_database_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(forms.UnshownError):
        forms.database(text)


@pytest.mark.parametrize("text", ["NL", "DE-BY", "GB-ENG", "NLD"])
def test_a_holiday_calendar_is_a_country_or_a_part_of_one(text: str) -> None:
    assert forms.holiday_calendar(text) == text


@pytest.mark.parametrize(
    "text", ["", "nl", "de-BY", "XX", "DE-", "DE-XX", "Netherlands", "country_holidays", "HolidayBase"]
)
def test_another_holiday_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no holiday calendar|names no part of"):
        forms.holiday_calendar(text)


@pytest.mark.parametrize(
    "text", ["", "Europe", "europe/amsterdam", "../UTC", "/etc/localtime", "a\0b", "UTC+1", "x" * 300]
)
def test_another_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        forms.zone(text)


def test_a_meeting_day_is_a_week_of_the_month_and_a_weekday() -> None:
    assert forms.meeting_day("second tuesday") == (2, 1)
    assert forms.meeting_day("last sunday") == (-1, 6)
    assert forms.clock("14:05") == time(14, 5)


def test_a_part_is_a_supplier_and_a_component() -> None:
    assert forms.part("acme/Web Farm") == Part("acme", "Web Farm")
    for text in ("", "acme", "acme/", "/web", "Acme/web", "acme/web/1", "acme/ web", "acme /web"):
        with pytest.raises(ValueError, match="is no"):
            forms.part(text)
