"""Texts that rules only search or compare, cut down to what they find: every other word gives way to x and 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeAlias

from connectors.workbench.outcomes import Outcome
from connectors.workbench.places import Place, covers

_WORD: Final = re.compile(r"(\w+)")
_LONGEST: Final = 20_000  # characters; cutting down tries piece by piece
_Checks: TypeAlias = tuple[Callable[[], bool], ...]


class Reduced(str):
    """A text that holds no more than rules need of it."""

    __slots__ = ()


def mask(
    data: Any,
    outcomes: Sequence[Outcome],
    searched: Collection[Place],
    spared: Collection[Place],
    short: Callable[[str], str],
) -> None:
    """Cut down the texts of an answer, in place; what becomes of each of its rows stays the same.

    `searched`: places that rules read, `spared`: those of them where the text itself is a value, or an account.
    `short` proposes what may stand in place of a long text.
    """
    reduced: list[tuple[Any, Any]] = []
    rows: dict[int, list[Callable[[], bool]]] = {}
    for outcome in outcomes:
        for row in outcome.rows(data):
            rows.setdefault(id(row), []).append(_same(outcome, row))

    def walk(value: Any, place: Place, checks: _Checks) -> None:
        if isinstance(value, dict):
            checks += tuple(rows.get(id(value), ()))
        for key, part in [*value.items()] if isinstance(value, dict) else [*enumerate(value)]:
            here = (*place, str(key)) if isinstance(value, dict) else place
            if isinstance(part, dict | list):
                walk(part, here, checks)
            elif isinstance(part, str) and checks and covers(searched, here) and not covers(spared, here):
                reduced.extend([(value, key)] if _reduce(value, key, part, checks, short) else [])

    if isinstance(data, dict | list):
        walk(data, (), ())
    for holder, key in reduced:  # only now: to paths a text is one of JSON's own types
        holder[key] = Reduced(holder[key])


def _same(outcome: Outcome, row: Any) -> Callable[[], bool]:
    before = outcome.told(row)
    return lambda: bool(outcome.told(row) == before)


def _reduce(holder: Any, key: Any, text: str, checks: _Checks, short: Callable[[str], str]) -> bool:
    """Put the least in place of a text with which all stays as it was; whether that is less than it was."""

    def fits(words: str) -> bool:
        holder[key] = words
        return all(check() for check in checks)

    if (less := short(text)) != text and fits(less):
        return True
    pieces = _WORD.split(text)  # every second one is a word

    def hide(first: int, last: int) -> None:
        held = pieces[first:last]
        pieces[first:last] = [_hidden(piece) for piece in held]
        if fits("".join(pieces)):
            return
        pieces[first:last] = held
        if last - first > 1:
            middle = (first + last) // 2
            hide(first, middle)
            hide(middle, last)

    hide(0, len(pieces) if len(text) <= _LONGEST else 0)
    holder[key] = "".join(pieces)
    return bool(holder[key] != text)


def _hidden(piece: str) -> str:
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", piece))
