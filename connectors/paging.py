"""Pages: for each kind of paging, where the next request begins, and what ends the list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.counted import counted, later
from connectors.digests import digest
from connectors.exchange import Answer
from connectors.manifest_paging import Keyset, Next, NoPaging, Number, Offset, Paging, Token, Total
from connectors.more import more, next_link
from connectors.paths import compile_path
from connectors.steps import Place, Seen, Step
from core.connector import AnswerError
from core.model import Instant


@dataclass(frozen=True, slots=True)
class Pages:
    """A kind of paging, compiled. `step` gives the next place, or None at the end; `total` what the answer says."""

    size: int | None
    start: Place
    step: Step
    total: Callable[[Answer], int | None]
    whole: Callable[[Answer], int | None]
    """How many records the list will bring, where one with fewer is an error."""


class Guard:
    """Sees to it that a pass comes to an end: no place twice, no page twice."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._places: set[int] = set()
        self._slice: tuple[Instant | None, Instant | None, int] = (None, None, 0)
        self._pages: set[int] = set()  # of the slice in hand: what each held
        self._empty = 0  # pages without a record, in a row

    def place(self, place: Place) -> None:
        """Raises `AnswerError` where the vendor leads to a place that was read already."""
        # An address says all of a place: how many pages came before it must not tell two of the same apart.
        moved = (place.since, place.until, place.after, place.offset, place.page, place.size, str(place.token))
        mark = hash((*moved, place.counted, place.again) if place.url is None else place.url)
        if mark in self._places:
            raise AnswerError(f"{self._where}: the same page follows again; the paging leads in a circle")
        self._places.add(mark)

    def page(self, place: Place, ids: Sequence[Any]) -> None:
        """Raises `AnswerError` where a page holds exactly what an earlier one held, or too many in a row hold nothing.

        Not where the change time asked for has moved on: the same moment is then asked for twice.
        """
        if not ids:
            self._empty += 1
            if self._empty >= _EMPTY:
                raise AnswerError(f"{self._where}: {_EMPTY} pages in a row hold no record, and the list does not end")
            return
        self._empty = 0
        if (slice_ := (place.since, place.until, place.again)) != self._slice:
            self._slice, self._pages = slice_, set()
        if all(key is None for key in ids):
            return
        mark = hash(tuple(ids))
        if mark in self._pages:
            raise AnswerError(
                f"{self._where}: two pages hold the same {len(ids)} records; the system does not heed the paging of "
                "the request"
            )
        self._pages.add(mark)

    def rows(self, place: Place, rows: Sequence[Any]) -> None:
        """The same for rows that need bear no id: what they hold tells them apart."""
        self.page(place, [digest(row) for row in rows])


def compile_paging(paging: Paging, floor: Callable[[Instant], Instant] = lambda instant: instant) -> Pages:
    """A kind of paging, compiled. `floor` cuts a change time to what a query can tell apart."""
    whole = total_of(None if isinstance(paging, NoPaging) else paging.whole)
    match paging:
        case Offset():
            total = total_of(paging.total)
            step = counted(paging, total, floor)
            return Pages(paging.size, Place(offset=paging.first), step, total, whole)
        case Number():
            total = total_of(paging.total)
            step = counted(paging, total, floor)
            return Pages(paging.size, Place(page=paging.first), step, total, whole)
        case Next():
            return Pages(paging.size, Place(), _next(paging, floor), whole, whole)
        case Token():
            return Pages(paging.size, Place(), _token(paging), whole, whole)
        case Keyset():
            total = total_of(paging.total)
            return Pages(paging.size, Place(), _keyset(paging, total), total, whole)
        case _:
            return Pages(None, Place(), lambda place, seen: None, total_of(None), total_of(None))


def total_of(said: Total | None) -> Callable[[Answer], int | None]:
    """How many records an answer says there are; None where it does not tell."""
    if said is None:
        return lambda answer: None
    get: Callable[[Answer], Any]
    if said.header:
        header = said.header
        get = lambda answer: answer.headers.get(header)  # noqa: E731  # one of two
    else:
        path = compile_path(said.path or "total")
        get = lambda answer: path.get(answer.data)  # noqa: E731

    part = re.compile(said.match) if said.match else None

    def total(answer: Answer) -> int | None:
        text = str(get(answer))
        found = part.search(text) if part else None
        try:
            return int(found[part.groups and 1] if part and found else text)
        except (TypeError, ValueError):
            return None

    return total


_EMPTY: Final = 1000  # of pages of 1,000 that is a million records, all hidden from the account


def _next(paging: Next, floor: Callable[[Instant], Instant]) -> Step:
    path = compile_path(paging.path) if paging.path else None

    def step(place: Place, seen: Seen) -> Place | None:
        found = path.get(seen.answer.data) if path else next_link(seen.answer.headers.get(paging.header or "", ""))
        if not found:
            return None
        if paging.rebase and later(seen.last, place.since, floor):
            return Place(since=seen.last, until=place.until)
        return Place(since=place.since, until=place.until, url=str(found), page=place.page + 1)

    return step


def _token(paging: Token) -> Step:
    path = compile_path(paging.path)
    flag = compile_path(paging.more) if paging.more else None

    def step(place: Place, seen: Seen) -> Place | None:
        found = path.get(seen.answer.data)
        if not found or (flag is not None and not more((), flag, None, seen.answer)):
            return None
        if found == place.token:
            raise AnswerError("the token of the next page is the one of this page; the paging leads in a circle")
        return replace(place, token=found)

    return step


def _keyset(paging: Keyset, total: Callable[[Answer], int | None]) -> Step:
    def step(place: Place, seen: Seen) -> Place | None:
        all_ = total(seen.answer) if place.counted else None
        if seen.count == 0:
            if paging.total is None:
                return None
            if not place.counted:
                return replace(place, counted=True)
            # Nothing came although records are found: a whole page of them is hidden from this account.
            beyond = place.offset + (seen.answer.size or paging.size)
            return replace(place, offset=beyond) if all_ is not None and beyond < all_ else None
        left = all_ - place.offset - seen.count if all_ is not None else None
        if left is None and place.left is not None:
            left = place.left - seen.count
        if left is not None and left <= 0 and place.counted:
            return None
        if paging.by == "id":
            return _next_id(place, seen)
        if seen.last is None or seen.last_id is None:
            raise AnswerError("no record of the page has both change time and id, so that no page can follow")
        if (seen.last, seen.last_id) == (place.since, place.after):
            raise AnswerError("the page ends with the record after which it should begin; the system ignores the query")
        counted = not paging.uncounted or left is None or left <= paging.size or seen.count < paging.size
        return Place(since=seen.last, until=place.until, after=seen.last_id, counted=counted, left=left)

    return step


def _next_id(place: Place, seen: Seen) -> Place:
    """The page behind the last id, of records in the order of their ids: none leaves the list while it is read."""
    last = next((key for key in reversed(seen.ids) if key is not None), None)
    if last is None:
        raise AnswerError("no record of the page has an id, so that no page can follow")
    if last == place.after:
        raise AnswerError("the page ends with the record after which it should begin; the system ignores the query")
    return replace(place, after=str(last), offset=0)


def checked(where: str, step: Step, place: Place, seen: Seen) -> Place | None:
    """A step, its errors bearing the source and the request."""
    try:
        return step(place, seen)
    except AnswerError as error:
        raise AnswerError(f"{where}: {error}") from error
