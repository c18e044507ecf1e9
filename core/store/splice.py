"""Facts with some of their tickets read anew: columns in, columns out, in the order in which all would be read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar, cast

import numpy as np

from core.facts import Codes, EventFacts, Ints, LinkFacts, Names, TicketFacts
from core.interval import Bools

F = TypeVar("F", EventFacts, LinkFacts)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where tickets that were read anew belong."""

    at: Ints  # rows of the old columns before which the new tickets go, ascending
    new: Ints  # positions of the new tickets among those read, in that order
    changed: Ints  # positions among those read of the tickets that were there
    rows: Ints  # their rows in the new columns
    moved: Codes  # by old row the new one
    touched: Bools  # by old row: it was read anew


def places(old: TicketFacts, part: TicketFacts, row: Codes, ids: Sequence[int | None]) -> Places:
    """Where the tickets of `part` belong among the old ones. `row`: the old row of each, -1: it is new.

    `ids`: the sources' ids, by which and by the vendor's id tickets are sorted.
    """
    rank = {position: source_id for position, source_id in enumerate(ids) if source_id is not None}
    sizes = np.bincount(old.source, minlength=len(ids))
    begins, total = dict[int, int](), 0
    for position in sorted(rank, key=lambda each: rank[each]):
        begins[position] = total
        total += int(sizes[position])
    found = []
    for place in np.flatnonzero(row < 0).tolist():
        source, name = int(part.source[place]), part.vendor_id[place]
        low = begins[source]
        spot = bisect_left(cast(Sequence[str], old.vendor_id), name, low, low + int(sizes[source]))
        found.append((spot, rank[source], name, place))
    found.sort()
    at = np.array([each[0] for each in found], dtype=np.int64)
    changed = np.flatnonzero(row >= 0)
    moved = (np.arange(len(old)) + np.searchsorted(at, np.arange(len(old)), side="right")).astype(np.int32)
    touched = np.zeros(len(old), dtype=np.bool_)
    touched[row[changed]] = True
    return Places(
        at=at,
        new=np.array([each[3] for each in found], dtype=np.int64),
        changed=changed,
        rows=moved[row[changed]].astype(np.int64),
        moved=moved,
        touched=touched,
    )


def inserted(old: Any, part: Any, where: Places) -> Any:
    """A column of tickets with those of `part` in their places."""
    column = np.insert(old, where.at, part[where.new]) if len(where.at) else old.copy()
    column[where.rows] = part[where.changed]
    return column


def tickets(old: TicketFacts, part: TicketFacts, where: Places) -> TicketFacts:
    """The tickets, those of `part` in their places."""
    columns: dict[str, Any] = {}
    for each in fields(TicketFacts):
        before, after = getattr(old, each.name), getattr(part, each.name)
        if isinstance(before, Names):
            values, codes = _named(before.values, after.values, after.codes)
            columns[each.name] = Names(inserted(before.codes, codes, where), values)
        else:
            columns[each.name] = inserted(before, after, where)
    return TicketFacts(**columns)


def events(old: Mapping[str, EventFacts], part: Mapping[str, EventFacts], where: Places) -> Mapping[str, EventFacts]:
    """The events by kind; `part` has those of the tickets that were read anew, by their new rows."""
    made = {}
    for kind, before in old.items():
        after = part[kind]
        if kind == "group":
            values, codes = _named(
                before.names, after.names, np.concatenate([after.from_value, after.to_value]).astype(np.int32)
            )
            left, right = np.split(codes, 2)
            before, after = replace(before, names=values), replace(after, from_value=left, to_value=right, names=values)
        made[kind] = _by_ticket(before, after, where)
    return made


def links(old: LinkFacts, part: LinkFacts, where: Places) -> LinkFacts:
    """The references; `part` has those of the tickets that were read anew, by their new rows."""
    return _by_ticket(old, part, where)


def _by_ticket(old: F, part: F, where: Places) -> F:
    kept = ~where.touched[old.ticket] if len(where.touched) else np.zeros(0, dtype=np.bool_)
    ticket = where.moved[old.ticket[kept]] if len(where.touched) else old.ticket
    at = np.searchsorted(ticket, part.ticket)
    columns: dict[str, Any] = {"ticket": np.insert(ticket, at, part.ticket)}
    for each in fields(old):
        before, after = getattr(old, each.name), getattr(part, each.name)
        if each.name != "ticket" and isinstance(before, np.ndarray):
            columns[each.name] = np.insert(before[kept], at, after)
    return replace(old, **columns)


def _named(old: tuple[str, ...], part: tuple[str, ...], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """The names of both, and the codes of the second as positions in them."""
    index = {name: place for place, name in enumerate(old)}
    meant = [index.setdefault(name, len(index)) for name in part]
    found: Codes = np.array([*meant, -1], dtype=np.int32)[codes]
    return tuple(index), found
