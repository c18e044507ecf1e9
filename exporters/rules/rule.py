"""What a rule is: a recorded series, or an alert with the words for the person who can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["critical", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Record:
    """A series that Prometheus keeps beside the hub's; `name` is level:metric:operations."""

    name: str
    expression: str
    about: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, and its section in `docs/alerts.md`.

    `summary` and `advice` are annotations, with Prometheus' templates; `meaning`, `first_look` and `mending` are the
    section's. `about` is what the alert speaks of: the service, the handover, the source, the board, the hub.
    """

    name: str
    severity: Severity
    about: Literal["service", "handover", "source", "board", "hub"]
    expression: str
    lasting: str  # how long the expression holds before anybody is told
    summary: str
    advice: str
    meaning: str
    first_look: str
    mending: str
    labels: Mapping[str, str] = field(default_factory=dict)
