"""The records of one simulated system, written anew only when something has happened to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from connectors.simulators.world import Agenda
from core.model import Instant

Record = TypeVar("Record")


class Shelf(Generic[Record]):
    """Every record that exists, as it was when it last changed. The clock only moves forward."""

    def __init__(
        self, changes: Mapping[str, Sequence[Instant]], write: Callable[[str, Instant], Record | None]
    ) -> None:
        """`changes`: a record's key and the instants at which it changes, the first being its creation.

        `write` gives a record as it is at an instant, or None where it does not exist yet.
        """
        self._agenda = Agenda(changes.items())
        self._write = write
        self._records: dict[str, Record] = {}
        self.version = 0  # rises whenever a record was written: what was computed from the records is then stale

    def at(self, now: Instant) -> Mapping[str, Record]:
        """The records that exist at `now`, by key, in order of their first appearance."""
        due = self._agenda.due(now)
        for key in due:
            record = self._write(key, now)
            if record is not None:
                self._records[key] = record
        self.version += bool(due)
        return self._records
