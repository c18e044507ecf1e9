"""Quantiles, means and counts by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Window
from core.facts import NEVER
from core.kpi.figures import counts, distribution, means, spread
from core.model import SECOND

WINDOW = Window("7d", 100, 200)
GROUPS = [(("supplier", "acme"),), (("supplier", "globex"),)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**12)), min_size=1, max_size=40))
def test_quantiles_are_numpys_over_the_pooled_values_of_each_group(rows: list[tuple[int, int]]) -> None:
    rows.sort(key=lambda row: row[1])
    groups, values = np.array([g for g, _ in rows], dtype=np.int32), np.array([v for _, v in rows], dtype=np.int64)
    found = dict(distribution(values, groups))
    assert set(found) == set(groups.tolist())
    for group, figures in found.items():
        mine = values[groups == group] / SECOND
        assert [value for _, value in figures[:3]] == np.quantile(mine, [0.5, 0.9, 0.95]).tolist()
        assert figures[3][1] == pytest.approx(mine.mean(), rel=1e-12)


def test_quantiles_are_never_averaged_over_groups() -> None:
    """1,000 tickets of 1 h and 50 of 40 h: the mean of the two p95 is 20.5 h, the pooled p95 is 1 h, p96 is 40 h."""
    hour = 3600 * SECOND
    values = np.array([hour] * 1000 + [40 * hour] * 50)
    (_, figures), *rest = distribution(values, np.zeros(1050, dtype=np.int32))
    assert not rest
    assert dict(figures)["p95"] == 3600


def test_a_window_takes_its_start_in_and_leaves_its_end_out() -> None:
    moments = np.array([99, 100, 199, 200, NEVER])
    (sample,) = counts("n", [WINDOW], moments, np.zeros(5, dtype=np.int32), [()])
    assert (sample.labels, sample.value) == ((("window", "7d"),), 2.0)


def test_nothing_counts_zero_where_it_is_configured_and_has_no_mean_and_no_quantile() -> None:
    none, codes = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
    assert [s.value for s in counts("n", [WINDOW], none, codes, GROUPS)] == [0, 0]
    assert [s.labels[0] for s in counts("n", [WINDOW], none, codes, GROUPS, [1])] == [("supplier", "globex")]
    assert not list(means("m", [WINDOW], none, none > 0, codes, GROUPS))
    assert not list(spread("q", [WINDOW], none, none, codes, GROUPS))


def test_a_mean_adds_first_and_divides_last() -> None:
    moments, groups = np.array([150, 150, 150, 250]), np.array([0, 0, 1, 1], dtype=np.int32)
    found = means("m", [WINDOW], moments, np.array([True, False, True, False]), groups, GROUPS)
    assert [(s.labels[0][1], s.value) for s in found] == [("acme", 0.5), ("globex", 1.0)]
