"""Where a stream stands: the checkpoint that survives a kill in the middle of a pass, and where a pass begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson

from connectors.manifest import Cursor
from connectors.times import writer
from core.model import SECOND, Instant

_AHEAD: Final = 86_400 * SECOND
"""A change time further in the future than this is an error in the record: it must not carry the watermark away."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stream's checkpoint."""

    watermark: Instant | None = None  # the latest change that finished passes have seen
    since: Instant | None = None  # where the pass that runs began; None: none runs
    high: Instant | None = None  # the latest change that the pass which runs has seen
    at: Instant | None = None  # the change time of the last record it read ...
    after: str | None = None  # ... and its id: where a stream in order goes on

    def seen(self, high: Instant | None, at: Instant | None, after: str | None, now: Instant) -> Mark:
        """After a page whose latest change was `high`, and whose last record was (at, after)."""
        if high is not None and high > now + _AHEAD:
            high = None
        return replace(self, high=max(filter(None, (self.high, high)), default=None), at=at, after=after)

    def finished(self) -> Mark:
        """After the last page of a pass."""
        return Mark(watermark=max(filter(None, (self.watermark, self.high)), default=None))

    def dump(self) -> str:
        """The checkpoint as JSON."""
        return orjson.dumps({name: value for name, value in asdict(self).items() if value is not None}).decode()


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
    whole = {name: said[name] for name in ("watermark", "since", "high", "at") if isinstance(said.get(name), int)}
    return Mark(**whole, after=said["after"] if isinstance(said.get("after"), str) else None)


def begin(mark: Mark, cursor: Cursor | None, first: Instant, now: Instant) -> Mark:
    """The mark with which a pass runs: a broken one goes on where records come in order, else it starts again.

    `first`: where the very first pass begins, unless the cursor says that it begins `now`.
    """
    if cursor is None:
        return Mark(watermark=mark.watermark, since=first)
    if cursor.begin == "now" and mark.since is None and mark.watermark is None:
        # Also where this pass finds nothing the next one begins here.
        return Mark(watermark=now - cursor.overlap, since=now - cursor.overlap)
    if mark.since is None:
        since = first if mark.watermark is None else max(first, mark.watermark - cursor.overlap)
        return Mark(watermark=mark.watermark, since=since)
    if not cursor.sorted:
        return Mark(watermark=mark.watermark, since=mark.since)
    return mark


def query_form(cursor: Cursor | None) -> Callable[[Instant | None], Any]:
    """How a moment stands in a query as `{since}`, cut to the precision that the query has."""
    if cursor is None:
        return lambda instant: None
    write = writer(cursor.format, cursor.zone)
    step, back = cursor.precision, 0 if cursor.inclusive else cursor.precision

    def form(instant: Instant | None) -> Any:
        return None if instant is None else write(instant - instant % step - back)

    return form
