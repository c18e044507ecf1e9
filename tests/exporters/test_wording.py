"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import SECOND
from exporters.wording import MINUS, SPACE, ago, duration, goal, moment, number, percent

AT = 1_795_000_000 * SECOND


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(MINUS, "-")


@pytest.mark.parametrize(
    ("ratio", "digits", "text"),
    [
        (0.9995, 2, "99.95 %"),
        (1.0, 2, "100.00 %"),
        (0.0, 1, "0.0 %"),
        (0.999_96, 2, "99.996 %"),
        (0.999_999_999, 2, "100.00000 %"),
        (0.000_4, 1, "0.04 %"),
        (-0.4, 0, "-40 %"),
        (-0.000_000_001, 0, "0.00000 %"),
        (1.25, 0, "125 %"),
    ],
)
def test_a_ratio_is_a_percentage(ratio: float, digits: int, text: str) -> None:
    assert plain(percent(ratio, digits)) == text


@given(st.integers(min_value=1, max_value=99_999))
def test_an_outage_of_a_second_a_day_is_never_rounded_away(missing: int) -> None:
    assert plain(percent(1 - missing / 100_000, 2)) != "100.00 %"
    assert plain(percent(missing / 100_000, 2)) != "0.00 %"


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.999, "99.9 %"), (0.9995, "99.95 %"), (0.95, "95 %"), (1.0, "100 %"), (0.99999, "99.999 %")]
)
def test_a_goal_is_shown_as_it_was_written(ratio: float, text: str) -> None:
    assert plain(goal(ratio)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.000_01, "1 ms"),
        (0.25, "250 ms"),
        (0.9996, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (754, "12 min 34 s"),
        (3_599.7, "1 h"),
        (11_520, "3 h 12 min"),
        (86_399, "1 d"),
        (86_400, "1 d"),
        (190_800, "2 d 5 h"),
        (8_640_000, "100 d"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_span_of_time_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert plain(duration(seconds)) == text


@given(st.floats(min_value=0, max_value=1e8))
def test_a_span_in_words_is_the_span_to_the_smaller_unit(seconds: float) -> None:
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1, "ms": 0.001}
    words = plain(duration(seconds)).split(" ")
    read = sum(float(count) * sizes[unit] for count, unit in zip(words[::2], words[1::2], strict=True))
    finest = 1 if seconds < 3_600 else 60 if seconds < 86_400 else 3_600
    assert abs(read - seconds) <= finest / 2
    assert len(words) in (2, 4)


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (12_345.0, "12 345"), (-1_200, "-1 200")])
def test_thousands_stand_apart(value: float, text: str) -> None:
    assert plain(number(value)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (-5, "just now"),
        (9, "just now"),
        (30, "30 s ago"),
        (119, "1 min ago"),
        (7_200, "2 h ago"),
        (260_000, "3 d ago"),
        (-3_600, "in 1 h"),
    ],
)
def test_how_long_ago_an_instant_was(seconds: int, text: str) -> None:
    assert plain(ago(AT - seconds * SECOND, AT)) == text


def test_a_moment_is_told_on_the_clock_of_its_zone() -> None:
    assert moment(AT, "UTC") == "18 Nov 2026, 11:06 UTC"
    assert moment(AT, "Europe/Amsterdam") == "18 Nov 2026, 12:06 CET"
    assert moment(AT - 150 * 86_400 * SECOND, "Europe/Amsterdam") == "21 Jun 2026, 13:06 CEST"
