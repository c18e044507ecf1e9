from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.times import Reader, check_format, writer
from core.model import SECOND, to_instant

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def column(reader: Reader, values: list[object]) -> list[int | None]:
    unreadable: list[int] = []
    found = reader.column(values, lambda place, value: unreadable.append(place))
    assert unreadable == []
    return found


@given(st.lists(st.tuples(MOMENTS, OFFSETS), min_size=1, max_size=20))
def test_iso_moments_are_read_whatever_their_offset_and_fraction(pairs: list[tuple[datetime, timezone]]) -> None:
    local = [moment.astimezone(zone) for moment, zone in pairs]
    texts: list[object] = [f"{m:%Y-%m-%dT%H:%M:%S}.{m.microsecond // 1000:03d}{m:%z}" for m in local]
    expected = [to_instant(m) // 1000 * 1000 for m, _ in pairs]
    reader = Reader(["iso"])
    assert column(reader, texts) == expected
    assert column(reader, texts) == expected  # the second time by remembered parts


@given(MOMENTS, st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York"]))
def test_moments_without_an_offset_are_in_the_zone_of_the_manifest(moment: datetime, zone: str) -> None:
    local = moment.astimezone(ZoneInfo(zone)).replace(microsecond=0, fold=0)
    text = f"{local:%Y-%m-%d %H:%M:%S}"
    expected = to_instant(local)
    for form in ("%Y-%m-%d %H:%M:%S", "iso"):
        reader = Reader([form], zone)
        assert column(reader, [text, text]) == [expected, expected]


LIKE_MOMENTS = st.sampled_from(
    ["", None, "2026-13-01 00:00:00", "2026-02-29 10:00:00", "2026-01-31 24:00:00", "2026-01-31 10:00:60",
     "1970-01-01 00:00:00", "1970-01-01 23:00:00", "1970-01-03 00:00:01", "0000-00-00 00:00:00", "9999-12-31 23:59:59",
     "1969-12-31 23:59:59", "-026-01-31 10:00:00", "+026-01-31 10:00:00", "2026-01-31T10:00:00", "2026-01-31x10:00:00",
     "2026/01/31 10:00:00", "2026-01-31 10:00:0x", "2026-01-31 10.00.00", "２026-01-31 10:00:00",
     "2026-01-31 10:00:00Z", "2026-01-31 10:00", ["2026-01-31 10:00:00"], 20260131]
)  # fmt: skip


@given(
    st.lists(MOMENTS.map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}") | st.just(""), max_size=8),
    st.lists(LIKE_MOMENTS, max_size=1),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "iso"]),
)
def test_a_column_is_read_at_once_as_its_values_are_one_by_one(good: list[str], odd: list[Any], form: str) -> None:
    reader, unreadable, wrong = Reader([form]), list[int](), list[int]()
    values = [*good, *odd]
    one_by_one = []
    for place, value in enumerate(values):
        try:
            one_by_one.append(Reader([form]).read(value))
        except (ValueError, TypeError):
            one_by_one.append(None)
            wrong.append(place)
    assert reader.column(values, lambda place, value: unreadable.append(place)) == one_by_one
    assert unreadable == wrong


@given(st.integers(2 * 86_400, 10**10))
def test_epochs_are_read_as_numbers_and_as_texts(seconds: int) -> None:
    assert column(Reader(["epoch"]), [seconds, str(seconds)]) == [seconds * SECOND] * 2
    assert column(Reader(["epoch_ms"]), [seconds * 1000 + 7]) == [seconds * SECOND + 7000]


@given(MOMENTS, st.sampled_from(["UTC", "Europe/Amsterdam"]))
def test_what_a_query_says_is_the_moment_cut_to_its_precision(moment: datetime, zone: str) -> None:
    text = writer("%Y-%m-%d %H:%M:%S%z", zone)(to_instant(moment))
    assert datetime.fromisoformat(text) == moment.replace(microsecond=0)
    assert writer("epoch_ms", "UTC")(to_instant(moment)) == to_instant(moment) // 1000


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        0,
        "0000-00-00 00:00:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00.000+0100",
        "0001-01-01T00:00:00Z",
        "-",
    ],
)
def test_marks_of_no_time_are_no_time(value: object) -> None:
    assert column(Reader(["iso", "epoch"], none=["-"]), [value]) == [None]


@pytest.mark.parametrize(
    "value", ["yesterday", "2024-13-01 00:00:00", "2024-01-01T25:00:00Z", ["2024-01-01"], {"a": 1}, True]
)
def test_what_is_unreadable_is_told_and_leaves_a_hole(value: object) -> None:
    told: list[tuple[int, object]] = []
    good = "2024-05-01 10:00:00"
    found = Reader(["%Y-%m-%d %H:%M:%S"]).column([good, value, good], lambda place, what: told.append((place, what)))
    assert told == [(1, value)]
    assert found == [to_instant(datetime(2024, 5, 1, 10, tzinfo=UTC)), None, found[0]]


def test_formats_are_tried_in_order_and_dates_may_lack_a_time() -> None:
    reader = Reader(["%d/%m/%Y %H:%M", "%Y-%m-%d"], "Europe/Amsterdam")
    assert column(reader, ["24/08/2017 18:47", "2017-08-24"]) == [
        to_instant(datetime(2017, 8, 24, 16, 47, tzinfo=UTC)),
        to_instant(datetime(2017, 8, 23, 22, tzinfo=UTC)),
    ]


def test_a_repeated_hour_counts_the_first_time() -> None:
    reader = Reader(["iso"], "Europe/Amsterdam")
    assert column(reader, ["2024-10-27T02:30:00"]) == [to_instant(datetime(2024, 10, 27, 0, 30, tzinfo=UTC))]


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'ISO' is no time format; known are iso, epoch, epoch_ms"):
        check_format("ISO")


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("epoch_ms", 1_760_000_000_000_000_000),
        ("epoch_ms", "-1760000000000000000"),
        ("epoch", 253_402_300_800),
        ("epoch", -62_135_596_801),
        ("iso", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_a_moment_outside_the_years_1_to_9999_is_unreadable_even_when_it_comes_again(form: str, value: object) -> None:
    told: list[int] = []
    parts: list[object] = ["9999-12-31T23:59:59+00:00", "2024-05-01T23:59:59-05:00"] if form == "iso" else []
    found = Reader([form]).column([*parts, value, value], lambda place, what: told.append(place))
    assert told == [len(parts), len(parts) + 1]
    assert found[-2:] == [None, None]


def test_the_last_second_of_the_calendar_is_a_moment() -> None:
    assert column(Reader(["epoch"]), [253_402_300_799]) == [253_402_300_799 * SECOND]
