"""Rows in the order a caller asks for, and where in it a reading goes on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import total_ordering
from typing import Any


@total_ordering
class Falling:
    """A value that sorts from high to low."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Falling) and bool(self.value == other.value)

    def __lt__(self, other: Falling) -> bool:
        return bool(other.value < self.value)


def comparable(values: Iterable[tuple[Any, bool]]) -> tuple[Any, ...]:
    """What compares rows by these values, each rising or falling (True); what is empty comes last either way."""
    made = []
    for value, falling in values:
        key = tuple(value) if isinstance(value, list) else value
        made.append((value is None, 0 if value is None else Falling(key) if falling else key))
    return tuple(made)
