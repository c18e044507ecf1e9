"""The interval algebra against sets of seconds, counted one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.interval import (
    EMPTY,
    Intervals,
    at_least,
    clip,
    holding,
    intersection,
    intervals,
    length,
    measure,
    only,
    subtract,
    union,
)

Seconds = set[tuple[int, int]]  # (key, second)

raw = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 30)), max_size=8)


def made(rows: list[tuple[int, int, int]]) -> Intervals:
    return intervals([r[1] for r in rows], [r[2] for r in rows], [r[0] for r in rows])


def seconds(rows: list[tuple[int, int, int]]) -> Seconds:
    return {(key, second) for key, start, end in rows for second in range(start, end)}


def covered(these: Intervals) -> Seconds:
    return seconds([(int(k), int(s), int(e)) for k, s, e in zip(these.key, these.start, these.end, strict=True)])


def in_form(these: Intervals) -> bool:
    """Sorted by key and start, nothing empty, no two of a key overlapping or touching."""
    rows = list(zip(these.key.tolist(), these.start.tolist(), these.end.tolist(), strict=True))
    apart = all(a[0] < b[0] or (a[0] == b[0] and a[2] < b[1]) for a, b in pairwise(rows))
    return apart and all(start < end for _, start, end in rows)


@given(raw, raw)
def test_union_intersection_and_subtraction_are_those_of_sets_of_seconds(
    a: list[tuple[int, int, int]], b: list[tuple[int, int, int]]
) -> None:
    for result, expected in (
        (union(made(a), made(b)), seconds(a) | seconds(b)),
        (intersection(made(a), made(b)), seconds(a) & seconds(b)),
        (subtract(made(a), made(b)), seconds(a) - seconds(b)),
    ):
        assert covered(result) == expected
        assert in_form(result)


@given(st.lists(raw, max_size=5), st.integers(1, 6))
def test_at_least_k_holds_in_the_seconds_that_k_sets_share(sets: list[list[tuple[int, int, int]]], k: int) -> None:
    every = set().union(*map(seconds, sets))
    expected = {second for second in every if sum(second in seconds(each) for each in sets) >= k}
    result = at_least(k, [made(each) for each in sets])
    assert covered(result) == expected
    assert in_form(result)


@given(raw, st.integers(-2, 32), st.integers(-2, 32))
def test_clipping_keeps_the_seconds_inside(rows: list[tuple[int, int, int]], lo: int, hi: int) -> None:
    result = clip(made(rows), lo, hi)
    assert covered(result) == {(key, second) for key, second in seconds(rows) if lo <= second < hi}
    assert length(result) == len(covered(result))


@given(raw, st.lists(st.tuples(st.integers(-2, 32), st.integers(-2, 32)), min_size=1, max_size=4))
def test_measure_counts_the_covered_seconds_of_each_span(
    rows: list[tuple[int, int, int]], spans: list[tuple[int, int]]
) -> None:
    one = only(made(rows), 1)
    lo, hi = np.array(spans).T
    expected = [sum(lo <= second < hi for key, second in seconds(rows) if key == 1) for lo, hi in spans]
    assert measure(one, lo, hi).tolist() == expected


@given(raw, st.integers(-2, 32))
def test_holding_names_the_interval_that_a_second_lies_in(rows: list[tuple[int, int, int]], second: int) -> None:
    one = only(made(rows), 0)
    at = int(holding(one, np.array([second]))[0])
    assert (at >= 0) == ((0, second) in seconds(rows))
    assert at < 0 or one.start[at] <= second < one.end[at]


def test_what_touches_becomes_one_and_what_is_empty_or_backwards_is_nothing() -> None:
    result = intervals([5, 1, 7, 9, 20], [7, 3, 9, 9, 10])
    assert (result.start.tolist(), result.end.tolist()) == ([1, 5], [3, 9])


def test_at_least_none_is_refused_because_it_would_hold_for_ever() -> None:
    with pytest.raises(ValueError, match="k must be 1 or more"):
        at_least(0, [EMPTY])
