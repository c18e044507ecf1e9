"""A few records of one stream as they came, beside what they became: for looking at, nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.manifest import Stream
from connectors.mapping import Language
from connectors.reading import Read


@dataclass(frozen=True, slots=True)
class Sample:
    """Some records of a stream."""

    stream: str
    said: Stream
    language: Language  # with which their rules are compiled
    records: Sequence[Any]
    read: Read  # what they hold, their histories too
