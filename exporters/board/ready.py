"""Board pages that were made already: the page of a pack is made once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from core.board.pack import Pack
from exporters.board.page import board_html


class BoardPages:
    """Pages by pack; a page goes with its pack. Threads may use it side by side."""

    def __init__(self, choice: Callable[[], Sequence[str]]) -> None:
        """`choice` gives the months that a page offers, the latest first."""
        self._choice = choice
        self._made: WeakKeyDictionary[Pack, tuple[Sequence[str], str]] = WeakKeyDictionary()

    def __call__(self, pack: Pack) -> str:
        """The page of a pack."""
        months = list(self._choice())
        if pack.period.month not in months:
            months.append(pack.period.month)
        made = self._made.get(pack)
        if made is None or made[0] != months:
            made = self._made[pack] = months, board_html(pack, months)
        return made[1]
