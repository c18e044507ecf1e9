"""Weekly hours as a person writes them: days, spans of a day, and the week they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from re import fullmatch
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_PATTERN: Final = r"(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?"
SPAN_PATTERN: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"


def days(text: str) -> tuple[int, ...]:
    """The days of `sat` or `mon-fri`, 0 for Monday; `sat-mon` goes on over the end of the week."""
    first, dash, last = text.partition("-")
    if any(name not in DAYS for name in ((first, last) if dash else (first,))):
        raise ValueError("is no day; write mon (or tue, wed, thu, fri, sat, sun) or mon-fri")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return tuple(day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1))


def span(text: str) -> tuple[int, int]:
    """Minutes of the day at which `07:00-22:00` begins and ends; 24:00 may be the end."""
    if not fullmatch(SPAN_PATTERN, text):
        raise ValueError("is no span of a day; write it as 07:00-22:00, at the latest until 24:00")
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    if start >= end:
        raise ValueError("ends before it begins; write hours over midnight as two spans, 22:00-24:00 and 00:00-06:00")
    return start, end


def week(weekly: Mapping[str, str | Iterable[str]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The spans of Monday to Sunday, in order; the same day may be named more than once.

    Raises ValueError where two spans of a day overlap.
    """
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for names, texts in weekly.items():
        for day in days(names):
            spans[day] += map(span, [texts] if isinstance(texts, str) else texts)
    for name, of_day in zip(DAYS, spans, strict=True):
        of_day.sort()
        for (_, end), (start, _) in pairwise(of_day):
            if start < end:
                raise ValueError(f"two spans of {name} overlap; write each hour once")
    return tuple(map(tuple, spans))
