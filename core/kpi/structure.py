"""How downtime of parts becomes downtime of a service: the structure function, applied to intervals."""

from __future__ import annotations

from collections.abc import Callable

from core.interval import EMPTY, Intervals, at_least
from core.model import Part, Structure


def down(structure: Structure | Part | None, of: Callable[[Part], Intervals]) -> Intervals:
    """When the structure is down, `of` telling when a component is; never, where there is no structure.

    A structure of n parts of which k are needed is down when fewer than k are up: when n - k + 1 or more are down.
    That is the union of the parts' downtime where all are needed, the intersection where any one suffices. Never a
    product of ratios: suppliers fail together, and then a product claims too little downtime, or apart, and then it
    claims too little as well.
    """
    if structure is None:
        return EMPTY
    if isinstance(structure, Part):
        return of(structure)
    parts = [down(part, of) for part in structure.parts]
    return at_least(len(parts) - structure.needed + 1, parts)
