"""Where a stream stands: the checkpoint that survives a kill in the middle of a pass, and where a pass begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import orjson

from connectors.manifest import Cursor
from connectors.times import writer
from connectors.words import zone_of
from core.model import SECOND, Instant

_AHEAD: Final = 86_400 * SECOND
"""A change time further in the future than this is an error in the record: it must not carry the watermark away."""
UNTOLD: Final = 86_400 * SECOND
"""By so much our clock may be ahead of that of a system which does not tell what it shows."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stream's checkpoint."""

    watermark: Instant | None = None  # the latest change that finished passes have seen
    since: Instant | None = None  # where the pass that runs began; None: none runs
    high: Instant | None = None  # the latest change that the pass which runs has seen
    at: Instant | None = None  # the change time of the last record it read ...
    after: str | None = None  # ... and its id: where a stream in order goes on
    until: Instant | None = None  # where the slice ends that is read
    lacks: Mapping[str, Instant] = field(default_factory=dict)  # history -> from when on tickets are stored without it
    again: Instant | None = None  # the next pass begins here, since a history that was lacking is read again

    def seen(
        self, high: Instant | None, at: Instant | None, after: str | None, now: Instant, ordered: bool = True
    ) -> Mark:
        """After a page whose latest change was `high`, and whose last record was (at, after).

        Where records do not come in the order of their change, those of the first page may change again while the
        others are read. Such a pass has read up to nothing later than the latest change of its first page.
        """
        if high is not None and high > now + _AHEAD:
            high = None
        if not ordered and self.high is not None:
            high = None
        return replace(self, high=max(filter(None, (self.high, high)), default=None), at=at, after=after)

    def finished(self, now: Instant) -> Mark:
        """After the last page of a pass that began `now`: what changes later than that is read by the next one."""
        high = min(self.high, now) if self.high is not None else None
        mark = max(filter(None, (self.watermark, high)), default=None)
        return Mark(watermark=mark, lacks=self.lacks, again=self.again)

    def without(self, refused: Collection[str]) -> Mark:
        """The mark of tickets that are read without these histories, from where this pass began on."""
        new = {name: self.since or 0 for name in refused if name not in self.lacks}
        return replace(self, lacks={**self.lacks, **new}) if new else self

    def mended(self, healed: Collection[str]) -> Mark:
        """The same where these histories are read again, so that the next pass goes back to where they were refused."""
        back = [moment for name, moment in self.lacks.items() if name in healed]
        if not back:
            return self
        lacks = {name: moment for name, moment in self.lacks.items() if name not in healed}
        return replace(self, lacks=lacks, again=min(back))

    def dump(self) -> str:
        """The checkpoint as JSON."""
        return orjson.dumps({name: value for name, value in asdict(self).items() if value not in (None, {})}).decode()


def parse(text: str | None) -> Mark:
    """A checkpoint; of none, or of one in another language, an empty one: the stream then begins anew."""
    if not text:
        return Mark()
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Mark()
    if not isinstance(said, dict):
        return Mark()
    whole = {
        name: said[name]
        for name in ("watermark", "since", "high", "at", "until", "again")
        if isinstance(said.get(name), int)
    }
    lacks = said.get("lacks")
    known = {name: at for name, at in lacks.items() if isinstance(at, int)} if isinstance(lacks, dict) else {}
    return Mark(**whole, after=said["after"] if isinstance(said.get("after"), str) else None, lacks=known)


def begin(mark: Mark, cursor: Cursor | None, first: Instant, now: Instant) -> Mark:
    """The mark with which a pass runs: a broken one goes on where records come in order, else it starts again.

    `first`: where the very first pass begins, unless the cursor says that it begins `now`.
    """
    if cursor is None:
        return Mark(watermark=mark.watermark, since=first, lacks=mark.lacks)
    if cursor.begin == "now" and mark.since is None and mark.watermark is None:
        # Also where this pass finds nothing the next one begins here.
        return Mark(watermark=now - cursor.overlap, since=now - cursor.overlap, lacks=mark.lacks)
    if mark.since is None:
        known = [moment for moment in (mark.watermark, mark.again) if moment is not None]
        since = first if mark.watermark is None else max(first, min(known) - cursor.overlap)
        return Mark(watermark=mark.watermark, since=since, lacks=mark.lacks)
    if not cursor.sorted:
        return Mark(watermark=mark.watermark, since=mark.since, high=mark.high, until=mark.until, lacks=mark.lacks)
    return mark


class Slices:
    """The slices in which a pass is read: as long as the cursor's window, shorter where one holds too much."""

    def __init__(self, cursor: Cursor | None, now: Instant) -> None:
        """`now`: the system's time, as far as it is known."""
        self._cursor = cursor
        self.end: Instant = now - (cursor.behind if cursor else 0)
        self._width = cursor.window if cursor else None

    @property
    def several(self) -> bool:
        """Whether a pass may be more than one slice."""
        return self._cursor is not None and (self._cursor.window is not None or self._cursor.depth is not None)

    def first(self, mark: Mark) -> Mark:
        """The mark with the end of the slice with which the pass begins or goes on."""
        if self._cursor is None or mark.since is None or mark.until is not None:
            return mark
        # What is too young to be asked for is no reason to ask for a slice that ends before it begins.
        since = min(mark.since, self.end)
        return replace(mark, since=since, until=self._until(since))

    def next(self, mark: Mark) -> Mark | None:
        """The mark with which the next slice begins; None where the pass has reached its end."""
        if self._width is None or mark.until is None or mark.until >= self.end:
            return None
        if self._cursor is not None and self._cursor.depth is not None:
            widest = self._cursor.window or self.end
            self._width = min(self._width * 2, widest)
        return replace(mark, since=mark.until, until=self._until(mark.until), at=None, after=None)

    def halved(self, mark: Mark) -> Mark | None:
        """The mark with which the slice is begun again at half its length; None where it cannot be shorter."""
        if self._cursor is None or mark.since is None or mark.until is None:
            return None
        step = self._cursor.precision
        width = (mark.until - mark.since) // 2 // step * step
        if width < step:
            return None
        self._width = width
        return replace(mark, until=mark.since + width, at=None, after=None)

    def _until(self, since: Instant) -> Instant:
        return self.end if self._width is None else min(since + self._width, self.end)


def query_form(cursor: Cursor | None, values: Mapping[str, Any] | None = None) -> Callable[[Instant | None], Any]:
    """How a moment stands in a query as `{since}`, cut to the precision that the query has.

    `values`: options and found values, of which the zone may be one. Raises `ValueError` where it is no zone.
    """
    if cursor is None:
        return lambda instant: None
    write = writer(cursor.format, zone_of(cursor.zone, values or {}))
    step, back = cursor.precision, 0 if cursor.inclusive else cursor.precision

    def form(instant: Instant | None) -> Any:
        return None if instant is None else write(instant - instant % step - back)

    return form


def until_form(cursor: Cursor | None, values: Mapping[str, Any] | None = None) -> Callable[[Instant | None], Any]:
    """How the end of a slice stands in a query as `{until}`."""
    return query_form(cursor.model_copy(update={"inclusive": True}) if cursor else None, values)
