"""Which versions of tickets were read already: what a pass reads again behind its start needs no history anew."""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Columns, Instant


class Versions:
    """The tickets that changed lately. It forgets what no later pass will read again."""

    def __init__(self, overlap: int) -> None:
        """`overlap`: how far behind the last change a pass begins, in microseconds."""
        self._overlap = overlap
        self._known: dict[str, tuple[Instant, int]] = {}

    def new(self, tickets: Columns) -> Sequence[int]:
        """Positions of the tickets that are not known in this version."""
        versions = zip(tickets["vendor_id"], tickets["changed_at"], tickets["revision"], strict=True)
        return [place for place, (key, *version) in enumerate(versions) if self._known.get(key) != tuple(version)]

    def keep(self, tickets: Columns, high: Instant | None) -> None:
        """These are saved, their history too; `high` is the latest change seen so far."""
        if not tickets:
            return
        edge = high - self._overlap if high is not None else None
        if edge is not None:
            self._known = {key: version for key, version in self._known.items() if version[0] >= edge}
        for key, at, revision in zip(tickets["vendor_id"], tickets["changed_at"], tickets["revision"], strict=True):
            if edge is None or at >= edge:
                self._known[key] = (at, revision)
