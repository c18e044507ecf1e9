"""Structures against a model that looks at every second, and figures that agree with each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.interval import Intervals, intervals
from core.kpi.structure import down
from core.model import Part, Structure
from tests.core.kpi.build import HOUR, Figures, t
from tests.core.kpi.webshop import OFFICE, figures, shop, web

leaves = st.integers(0, 3).map(lambda i: Part("acme", f"c{i}"))
structures = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.integers(1, len(parts)).map(lambda k: Structure(k, tuple(parts)))
    ),
    max_leaves=8,
)
spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3)


def is_up(structure: Structure | Part, second: int, outages: dict[str, list[tuple[int, int]]]) -> bool:
    if isinstance(structure, Part):
        return not any(start <= second < end for start, end in outages[structure.component])
    return sum(is_up(part, second, outages) for part in structure.parts) >= structure.needed


@settings(max_examples=200)
@given(structures, st.fixed_dictionaries({f"c{i}": spans for i in range(4)}))
def test_a_structure_is_down_in_the_seconds_in_which_too_few_parts_are_up(
    structure: Structure | Part, outages: dict[str, list[tuple[int, int]]]
) -> None:
    def of(part: Part) -> Intervals:
        rows = outages[part.component]
        return intervals([start for start, _ in rows], [end for _, end in rows])

    found = down(structure, of)
    seconds = {second for start, end in zip(found.start, found.end, strict=True) for second in range(start, end)}
    assert seconds == {second for second in range(21) if not is_up(structure, second, outages)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 60)), max_size=5), st.integers(0, 60))
def test_a_longer_outage_never_raises_availability_and_the_times_between_agree(
    rows: list[tuple[int, int]], longer: int
) -> None:
    start = t("2026-03-01 00:00")

    def made(extra: int) -> Figures:
        spans = [(start + at * HOUR, start + (at + size + extra) * HOUR) for at, size in rows]
        return figures(*(web(since, until) for since, until in spans), hours=OFFICE)

    before, after = made(0), made(longer)
    first, second = shop(before, "availability_ratio"), shop(after, "availability_ratio")
    assert first is not None
    assert second is not None
    assert second <= first
    restore, between = shop(after, "mean_time_to_restore_seconds"), shop(after, "mean_time_between_failures_seconds")
    if restore is not None and between is not None:
        assert second == pytest.approx(between / (between + restore))
