"""Which versions of tickets were read already: what a pass reads again behind its start needs no history anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connectors.digests import as_bytes
from core.model import SECOND, Columns, Instant

_MINUTE: Final = 60 * SECOND


class Versions:
    """The tickets that changed lately. It forgets what no later pass will read again."""

    def __init__(self, overlap: int) -> None:
        """`overlap`: how far behind the last change a pass begins, in microseconds."""
        self._overlap = overlap
        self._known: dict[str | None, tuple[Instant, int, int]] = {}

    def new(self, tickets: Columns, records: Sequence[Any]) -> Sequence[int]:
        """Positions of the tickets that are not known in this version. `records`: what was read of each.

        A ticket may change twice within the second that its change time tells: then its record differs.
        """
        known, found = self._known, list[int]()
        if not known:
            return range(len(records))
        for place, (key, at, revision) in enumerate(_versions(tickets)):
            last = known.get(key)
            if last is None or last[:2] != (at, revision) or last[2] != _digest(records[place]):
                found.append(place)
        return found

    def keep(self, tickets: Columns, records: Sequence[Any], high: Instant | None, now: Instant) -> None:
        """These are saved, their history too; `high` is the latest change seen so far, `now` when the pass began.

        Not kept is a version of which the second was not over then: the ticket may have changed once more in it, and
        what then differs may be in its history or its details alone.
        """
        if not tickets:
            return
        edge = high - self._overlap if high is not None else None
        if edge is not None:
            self._known = {key: version for key, version in self._known.items() if version[0] >= edge}
        for place, (key, at, revision) in enumerate(_versions(tickets)):
            if key is None or (edge is not None and at < edge):
                continue  # which one it is nobody knows, or no pass will read it again
            if _over(at) > now:
                self._known.pop(key, None)
            else:
                self._known[key] = (at, revision, _digest(records[place]))


def _versions(tickets: Columns) -> zip[tuple[str | None, Instant, int]]:
    return zip(tickets["vendor_id"], tickets["changed_at"], tickets["revision"], strict=True)


def _digest(record: Any) -> int:
    return hash(as_bytes(record))


def _over(at: Instant) -> Instant:
    """When nothing can change any more at a moment that is told in whole minutes or seconds; clocks differ a little."""
    return at + SECOND + (_MINUTE if at % _MINUTE == 0 else SECOND if at % SECOND == 0 else 0)
