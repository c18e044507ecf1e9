"""What an explanation of a figure is: the formula, the parts it is made of, the settings, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.calendar import Window
from core.errors import UserError
from core.model import Instant


class NoSuchSeriesError(UserError):
    """What was asked for is no series that the hub has; the text says what was meant."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its name and labels."""

    name: str
    labels: Mapping[str, str]

    def __str__(self) -> str:
        inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels.items() if value)
        return f"{self.name}{{{inside}}}" if inside else self.name


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as people quote it."""

    supplier: str
    number: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a figure is made of."""

    value: float  # what it contributes
    what: str  # for a person: "resolved incident", "bounced", "agreed time"
    tickets: tuple[Ticket, ...] = ()
    start: Instant | None = None
    end: Instant | None = None
    supplier: str | None = None
    component: str | None = None
    evidence: str | None = None
    series: str | None = None  # the figure that it is, where figures are made of figures
    weight: float | None = None
    behind: tuple[Part, ...] = ()  # what says so; it contributes nothing of its own


@dataclass(frozen=True, slots=True)
class Heap:
    """Parts of one kind. Their sum is `total`, their number the sample's size."""

    name: str
    unit: str  # "seconds", or "" for what is counted and for shares
    parts: tuple[Part, ...]

    @property
    def total(self) -> float:
        """The sum of what the parts contribute."""
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class Left:
    """What looked as if it belonged there and does not."""

    reason: str
    count: int
    tickets: tuple[Ticket, ...] = ()  # the first of them


@dataclass(frozen=True, slots=True)
class Made:
    """How a section makes one figure."""

    formula: str
    heaps: tuple[Heap, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure taken apart."""

    series: Series
    value: float | None  # None: there is no such figure, and `why` says why
    unit: str  # "seconds", "ratio" or ""
    at: Instant
    window: Window | None
    made: Made
    why: str = ""
