"""A value that covers another: a flag "on hold" beside a state, whose end lets the state below hold again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core.model import Instant


@dataclass(frozen=True, slots=True)
class Turn:
    """A row by which one of the two values changed."""

    ticket: str
    at: Instant
    seq: int
    place: int  # of the row among all that were read
    covers: bool  # whether it is the covering value that changed
    old: Any
    new: Any


def resolved(turns: Sequence[Turn], below: Mapping[str, Any]) -> Iterator[tuple[Turn, Any, Any]]:
    """What held before and after each moment at which that changed, with the last row of the moment.

    `below`: by ticket, what is below the cover now; it was there all the time where no row tells of a change.
    """
    ordered = sorted(turns, key=lambda turn: (turn.ticket, turn.at, turn.seq, turn.place))
    for ticket, own in groupby(ordered, key=lambda turn: turn.ticket):
        rows = list(own)
        base = next((turn.old for turn in rows if not turn.covers), below.get(ticket))
        cover = next((turn.old for turn in rows if turn.covers), None)
        held = cover if cover is not None else base
        for _, moment in groupby(rows, key=lambda turn: (turn.at, turn.seq)):
            for turn in moment:
                if turn.covers:
                    cover = turn.new
                else:
                    base = turn.new
            now = cover if cover is not None else base
            if now != held or now is None:
                yield turn, held, now
            held = now
