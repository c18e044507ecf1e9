"""From columns to samples: quantiles, means, counts and ratios by group and window.

A group is a code, its labels stand in a list beside it. No data is no number: only counts have a sample for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np

from core.calendar import Window
from core.facts import Codes, Floats, Ints
from core.interval import Bools
from core.model import SECOND, Sample

Labels: TypeAlias = tuple[tuple[str, str], ...]

QUANTILES: Final = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95))


def labelled(name: str, values: Sequence[str]) -> Sequence[Labels]:
    """The labels of groups that differ in one label."""
    return [((name, value),) for value in values]


def within(moments: Ints, window: Window) -> Bools:
    """Which moments lie in the window; NEVER lies in none."""
    inside: Bools = (moments >= window.start) & (moments < window.end)
    return inside


def one_group(rows: Ints | Codes | Floats) -> Codes:
    """The code 0 for every row: everything together."""
    return np.zeros(len(rows), dtype=np.int32)


def spread(
    name: str, windows: Sequence[Window], moments: Ints, values: Ints, groups: Codes, labels: Sequence[Labels]
) -> Iterator[Sample]:
    """p50, p90, p95 and mean, in seconds, of the values (microseconds) whose moment lies in the window, by group."""
    order = np.argsort(values, kind="stable")  # once: what is picked out of it in order stays in order
    values, moments, groups = values[order], moments[order], groups[order]
    for window in windows:
        inside = within(moments, window)
        for group, figures in distribution(values[inside], groups[inside]):
            for stat, value in figures:
                yield Sample(name, (*labels[group], ("window", window.label), ("stat", stat)), value)


def distribution(values: Ints, groups: Codes) -> Iterator[tuple[int, Sequence[tuple[str, float]]]]:
    """(stat, seconds) of each group that has values; the values (microseconds) come in ascending order.

    Quantiles interpolate linearly between the closest ranks, as numpy does by default.
    """
    if not len(values):
        return
    order = np.argsort(groups.astype(np.int16 if groups.max() < 1 << 15 else np.int32), kind="stable")
    groups, seconds = groups[order], values[order] / SECOND
    first = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    size = np.diff(np.append(first, len(groups)))
    columns = [(stat, _quantile(seconds, first, size, q)) for stat, q in QUANTILES]
    columns.append(("mean", np.add.reduceat(seconds, first) / size))
    for i, group in enumerate(groups[first].tolist()):
        yield group, [(stat, float(column[i])) for stat, column in columns]


def _quantile(ordered: Floats, first: Ints, size: Ints, q: float) -> Floats:
    rank = (size - 1) * q
    below = np.floor(rank).astype(np.int64)
    part = rank - below
    low = ordered[first + below]
    high = ordered[first + np.minimum(below + 1, size - 1)]
    # The same two branches as numpy's own, so that the last digit is the same too.
    found: Floats = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return found


def compact(
    groups: Ints | Codes, configured: Sequence[int], label: Callable[[int], Labels]
) -> tuple[Codes, list[Labels], list[int]]:
    """Groups of a wide product numbered anew, only those that occur or are configured: groups, labels, configured.

    Of a thousand suppliers and services nearly all combinations are empty, and writing each label would take minutes.
    """
    present = np.union1d(groups, np.array(configured, dtype=np.int64)).astype(np.int64)
    found = np.searchsorted(present, groups).astype(np.int32)
    return found, [label(code) for code in present.tolist()], np.searchsorted(present, configured).tolist()


def counts(
    name: str,
    windows: Sequence[Window],
    moments: Ints,
    groups: Codes,
    labels: Sequence[Labels],
    configured: Iterable[int] | None = None,
) -> Iterator[Sample]:
    """How many moments lie in the window, by group; see `tally`."""
    for window in windows:
        yield from tally(name, groups[within(moments, window)], labels, configured, ("window", window.label))


def tally(
    name: str,
    groups: Codes,
    labels: Sequence[Labels],
    configured: Iterable[int] | None = None,
    *more: tuple[str, str],
) -> Iterator[Sample]:
    """How often each group occurs; 0 for groups that are configured (all of them, where None is said)."""
    found = np.bincount(groups, minlength=len(labels))
    expected = found > 0
    expected[slice(None) if configured is None else list(configured)] = True
    for group in np.flatnonzero(expected).tolist():
        yield Sample(name, (*labels[group], *more), float(found[group]))


def means(
    name: str, windows: Sequence[Window], moments: Ints, values: Floats | Bools, groups: Codes, labels: Sequence[Labels]
) -> Iterator[Sample]:
    """The mean of the values whose moment lies in the window, by group; of hits and misses that is a ratio."""
    for window in windows:
        inside = within(moments, window)
        total = np.bincount(groups[inside], minlength=len(labels))
        summed = np.bincount(groups[inside], weights=values[inside], minlength=len(labels))
        for group in np.flatnonzero(total).tolist():
            yield Sample(name, (*labels[group], ("window", window.label)), float(summed[group] / total[group]))
