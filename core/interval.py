"""Half-open intervals on columns: union, intersection, subtraction, at least k of many, clipping, lengths.

A set of intervals is kept in one form only: sorted, neither empty nor overlapping nor touching. Every interval bears
a key, and the algebra works key by key, so that the intervals of a hundred thousand tickets are one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_Weighted: TypeAlias = tuple["Intervals", int]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Intervals [start, end) by key, sorted by (key, start); those of one key neither overlap nor touch."""

    start: Ints
    end: Ints
    key: Ints

    def __len__(self) -> int:
        return len(self.start)


_NONE: Final = np.zeros(0, dtype=np.int64)
EMPTY: Final = Intervals(_NONE, _NONE, _NONE)
"""No time at all."""


def intervals(start: ArrayLike, end: ArrayLike, key: ArrayLike | None = None) -> Intervals:
    """The union of [start, end) by key (0 where none is given); what ends at or before its start is no time."""
    starts, ends = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    keys = np.zeros(len(starts), dtype=np.int64) if key is None else np.asarray(key, dtype=np.int64)
    some = starts < ends
    return _sweep([(Intervals(starts[some], ends[some], keys[some]), 1)], lambda depth: depth > 0)


def union(*sets: Intervals) -> Intervals:
    """The time in which at least one of the sets holds."""
    return at_least(1, sets)


def intersection(*sets: Intervals) -> Intervals:
    """The time in which all of the sets hold; there must be at least one set."""
    return at_least(len(sets), sets)


def at_least(k: int, sets: Sequence[Intervals]) -> Intervals:
    """The time in which k (1 or more) or more of the sets hold; a set that is given twice counts twice."""
    if k < 1:
        raise ValueError(f"at least {k} of some sets holds always; k must be 1 or more")
    if len(sets) < k:
        return EMPTY
    if len(sets) == 1:
        return sets[0]
    return _sweep([(each, 1) for each in sets], lambda depth: depth >= k)


def subtract(these: Intervals, those: Intervals) -> Intervals:
    """The time in which `these` hold and `those` do not."""
    if not len(these) or not len(those):
        return these
    return _sweep([(these, 1), (those, 2)], lambda depth: depth == 1)


def clip(these: Intervals, lo: int, hi: int) -> Intervals:
    """The part inside [lo, hi)."""
    start, end = np.maximum(these.start, lo), np.minimum(these.end, hi)
    some = start < end
    return Intervals(start[some], end[some], these.key[some])


def only(these: Intervals, key: int) -> Intervals:
    """The intervals of one key, under the key 0."""
    first, past = np.searchsorted(these.key, [key, key + 1])
    return Intervals(these.start[first:past], these.end[first:past], np.zeros(past - first, dtype=np.int64))


def length(these: Intervals) -> int:
    """How long they are together."""
    return int((these.end - these.start).sum())


def measure(these: Intervals, lo: ArrayLike, hi: ArrayLike) -> Ints:
    """How much of each [lo, hi) is covered by intervals of a single key; 0 where hi is not after lo."""
    before = np.concatenate([[0], np.cumsum(these.end - these.start)])

    def until(moment: Ints) -> Ints:
        at = np.searchsorted(these.start, moment, side="right")
        over = np.maximum(these.end[at - 1] - moment, 0) if len(these) else np.zeros(len(moment), dtype=np.int64)
        covered: Ints = before[at] - np.where(at > 0, over, 0)
        return covered

    lows, highs = np.asarray(lo, dtype=np.int64), np.asarray(hi, dtype=np.int64)
    found: Ints = until(np.maximum(lows, highs)) - until(lows)
    return found


def holding(these: Intervals, moment: Ints) -> Ints:
    """The position of the interval of a single key that holds at each moment, -1 where none does."""
    at: Ints = np.searchsorted(these.start, moment, side="right") - 1
    if len(these):
        at[moment >= these.end[at]] = -1  # before the first one `at` is -1 already
    return at


def _sweep(sets: Sequence[_Weighted], holds: Callable[[Ints], Bools]) -> Intervals:
    """The time in which `holds` is true of the summed weights; it must not be true of 0.

    Every start adds the weight and every end takes it away; what happens at one instant is taken together, so that
    touching intervals become one.
    """
    time = np.concatenate([*(each.start for each, _ in sets), *(each.end for each, _ in sets)])
    if not len(time):
        return EMPTY
    key = np.concatenate([*(each.key for each, _ in sets), *(each.key for each, _ in sets)])
    weight = np.concatenate([np.full(len(each), sign * w) for sign in (1, -1) for each, w in sets])
    order = np.lexsort((time, key))
    time, key = time[order], key[order]
    depth = np.cumsum(weight[order])
    # The last step of an instant tells what holds from it on. At the last instant of a key the depth is 0 again.
    last = np.append((time[1:] != time[:-1]) | (key[1:] != key[:-1]), True)
    time, key, on = time[last], key[last], holds(depth[last])
    was = np.append(False, on[:-1])
    return Intervals(time[on & ~was], time[~on & was], key[on & ~was])
