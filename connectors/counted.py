"""Pages by offset and by number: what follows, what ends the list, and what shows that the list has moved up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from connectors.exchange import Answer
from connectors.manifest_paging import Number, Offset
from connectors.more import more
from connectors.paths import compile_path
from connectors.steps import Place, Seen, Step
from core.connector import AnswerError
from core.model import Instant

_AGAIN: Final = 20
"""Times that a list is read again from further up, before it is given up until the next pass."""

LEAST: Final = 20
"""Of this size and smaller ones some page by number overlaps another one wherever that ends."""


def counted(
    paging: Offset | Number, total: Callable[[Answer], int | None], floor: Callable[[Instant], Instant]
) -> Step:
    """The step from page to page. `floor` cuts a change time to what a query can tell apart.

    Anchored, a page begins before the end of the page before. Where none of that one's records comes again, records
    have left the list meanwhile and others moved up unread: it is then read again from further up. The position of a
    page is that of its first record, from 0.
    """
    ended = _ended(paging, total)

    def step(place: Place, seen: Seen) -> Place | None:
        size = seen.answer.size or paging.size
        start = _start(paging, place)
        here = _marks(paging, seen) if paging.anchored else frozenset()
        if place.known and start > 0 and not place.known & here:
            return _back(paging, place, start)
        # What has come leads on, since a server may cut pages; an empty page in the middle is jumped over.
        covered = min(start, place.came) + seen.count if seen.count else max(place.came, start + size)
        if ended(seen, covered):
            return None
        if paging.rebase and later(seen.last, place.since, floor):
            return _at(paging, Place(since=seen.last, until=place.until, again=place.again), 0)
        if isinstance(paging, Offset):
            end, overlaps = start + (seen.count or size), seen.count > 1
        else:  # a short page ends nobody knows where: some are hidden, or the server cuts pages
            end, overlaps = start + size, seen.count >= size
        misses = place.misses if end <= place.reach else 0
        place = replace(place, came=covered, reach=max(end, place.reach), misses=misses, known=frozenset())
        overlapped = _before(paging, place, end) if here and overlaps else None
        return replace(overlapped, known=here) if overlapped else _at(paging, place, end)

    return step


def later(last: Instant | None, since: Instant | None, floor: Callable[[Instant], Instant]) -> bool:
    """Whether a query can begin at the last change seen, and so leave something behind."""
    return last is not None and (since is None or floor(last) > floor(since))


def overlapping(end: int, most: int) -> tuple[int, int] | None:
    """Number (from 0) and size of a page that begins before the position `end` and reaches furthest behind it.

    Pages of one size only ever border on each other, and of another size one begins a little earlier. None where no
    size up to `most`, and above its half, has such a page.
    """
    size = max(range(most // 2 + 1, most + 1), key=lambda size: (end - 1) // size * size + size)
    page = (end - 1) // size
    return (page, size) if (page + 1) * size > end else None


def _start(paging: Offset | Number, place: Place) -> int:
    if isinstance(paging, Offset):
        return place.offset - paging.first
    return (place.page - paging.first) * (place.size or paging.size)


def _at(paging: Offset | Number, place: Place, position: int) -> Place:
    """The page that begins at a position: by number one that pages of the size in use can begin at."""
    if isinstance(paging, Offset):
        return replace(place, offset=paging.first + position)
    return replace(place, page=paging.first + position // (place.size or paging.size))


def _before(paging: Offset | Number, place: Place, end: int) -> Place | None:
    if isinstance(paging, Offset):
        return replace(place, offset=paging.first + end - 1)
    found = overlapping(end, paging.size)
    return replace(place, page=paging.first + found[0], size=found[1]) if found else None


def _back(paging: Offset | Number, place: Place, start: int) -> Place:
    """Further up, ever further; where the list is in order of the change, at the change time in hand."""
    if place.misses >= _AGAIN:
        raise AnswerError("records leave the list again and again while it is read; the next pass reads it")
    position = 0 if paging.rebase else max(0, start - paging.size * 2**place.misses)
    place = replace(place, again=place.again + 1, misses=place.misses + 1, size=None)
    return _at(paging, place, position)


def _marks(paging: Offset | Number, seen: Seen) -> frozenset[Any]:
    """What tells the records of a page: in order of the change one that has changed stands elsewhere."""
    if not paging.rebase or len(seen.changed) != len(seen.ids):
        return frozenset(key for key in seen.ids if key is not None)
    return frozenset(one for one in zip(seen.ids, seen.changed, strict=True) if one[0] is not None)


def _ended(paging: Offset | Number, total: Callable[[Answer], int | None]) -> Callable[[Seen, int], bool]:
    """Whether a list has ended after a page that covers it up to a position: all of the rules must say so."""
    flag = compile_path(paging.more) if paging.more else None
    statuses = paging.more_status if isinstance(paging, Offset) else ()

    def reached(seen: Seen, covered: int) -> bool:
        known = total(seen.answer)
        return covered >= known if known is not None else seen.count == 0

    rules: Mapping[str, Callable[[Seen, int], bool]] = {
        "total": reached,
        "empty": lambda seen, covered: seen.count == 0,
        "short": lambda seen, covered: seen.count < (seen.answer.size or paging.size),
        "more": lambda seen, covered: not more(statuses, flag, paging.more_header, seen.answer),
    }
    chosen = [rules[name] for name in paging.stop]
    return lambda seen, covered: all(rule(seen, covered) for rule in chosen)
