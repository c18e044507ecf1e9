"""A connector in Python, as a package of its own would offer it: tickets out of a file with one line for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.connector import Access, Credentials, Observer, Problem, SourceConfig, UnavailableError
from core.model import Instant, Page, columns


class Leaflet:
    """Reads `options.file`: id, kind, opened, changed of a ticket on a line, moments in microseconds."""

    streams = ("ticket",)
    mapping_digest = "1"

    def __init__(self, config: SourceConfig, observer: Observer) -> None:
        self._file = Path(config.options["file"])

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        """Lines behind the checkpoint, which is a number of lines."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise UnavailableError(f"{self._file} cannot be read: {error.strerror}") from error
        new = [line.split() for line in lines[int(checkpoint or 0) :]]
        found = [
            {"vendor_id": key, "number": key, "kind": kind, "opened_at": int(opened), "changed_at": int(changed)}
            | {"major": 0, "revision": 0, "state": "active", "priority": 1}
            for key, kind, opened, changed in new
        ]
        yield Page(stream, str(len(lines)), now, tickets=columns("ticket", found), read=len(found))

    def probe(self) -> Sequence[Access]:
        """Whether the file is there."""
        return [Access("ticket", self._file.is_file(), str(self._file))]

    def close(self) -> None:
        """Nothing is open."""

    @staticmethod
    def problems(auth: Credentials, options: Mapping[str, Any]) -> Sequence[Problem]:
        """What is wrong with a source's configuration."""
        return [] if "file" in options else [Problem(("options", "file"), "is missing: the file of the tickets")]
