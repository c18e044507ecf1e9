"""Packs that were made already: one is made anew when what it rests on is not what it was, and not before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from core.board.gather import Kept, gather
from core.board.pack import Asked, Pack, pack
from core.calendar import month_of
from core.facts import Facts
from core.model import SECOND, Instant
from core.months import coverage_of
from core.settings import Settings

_HELD: Final = 24
"""Months whose packs stay in memory."""
_MINUTE: Final = 60 * SECOND
_HOUR: Final = 60 * _MINUTE


class Packs:
    """Makes packs, one at a time: two people who open the same month wait for one making."""

    def __init__(self, store: Kept, version: str) -> None:
        self._store = store
        self._version = version
        self._lock = threading.Lock()
        self._made: OrderedDict[str, tuple[_Ground, Pack]] = OrderedDict()

    def of(self, month: str, now: Instant, settings: Settings, known: Facts | None) -> Pack:
        """The pack of a month. `known`: the facts that are in memory. MonthError as `pack`."""
        with self._lock:
            asked = gather(self._store, settings, month, now, self._version, lambda: known)
            ground = _ground(asked, month, now)
            made = self._made.get(month)
            if made is None or not made[0].same(ground):
                made = self._made[month] = ground, pack(asked, month, now)
            self._made.move_to_end(month)
            while len(self._made) > _HELD:
                self._made.popitem(last=False)
            return made[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What a pack rests on. Closed months are never written over; of a month that runs the clock is a part of it."""

    columns: tuple[object, ...]  # the same objects where nothing was read anew
    told: tuple[object, ...]

    def same(self, other: _Ground) -> bool:
        """Whether nothing is different."""
        pairs = zip(self.columns, other.columns, strict=True)
        return all(one is another for one, another in pairs) and self.told == other.told


def _ground(asked: Asked, month: str, now: Instant) -> _Ground:
    facts, zone = asked.facts, asked.catalogue.zone
    running = month == month_of(now, zone)
    read = () if running else coverage_of(facts, asked.catalogue, month)
    return _Ground(
        (facts.tickets, facts.events["state"], facts.outages, facts.responses, facts.links, facts.reviews),
        (
            asked.title,
            asked.catalogue,
            asked.board,
            tuple(asked.informal),
            tuple(sorted(asked.closed)),
            tuple(asked.actions),
            tuple(asked.remarks),
            tuple((each.supplier, each.source, each.complete) for each in read),
            now // (_MINUTE if running else _HOUR),
        ),
    )
