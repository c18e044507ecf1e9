"""What is kept of a month that was closed: its figures, its settings, and the marks of the records behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.catalogue import Catalogue
from core.errors import UserError
from core.facts import Texts
from core.model import Instant

Hashes: TypeAlias = NDArray[np.uint64]
Figure: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its labels; a figure over the month bears window="month"."""
Figures: TypeAlias = Mapping[Figure, float]

KINDS: Final = ("ticket", "outage", "response", "review")


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Records of one kind, one row each."""

    identity: Hashes
    digest: Hashes
    name: Texts  # as a person knows it: a ticket's number
    supplier: Texts  # whose source told it; of a review the party that wrote it


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that is not as it was."""

    kind: str  # one of KINDS
    how: str  # "late": not held then; "changed": held and not the same; "gone": held then, not any more
    supplier: str
    name: str
    service: str | None = None  # what it counts for now; None where that is not known


class MonthError(UserError):
    """A month cannot be closed or compared; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SourceRead:
    """How far a source had been read when the month was closed."""

    supplier: str
    source: str
    last_success: Instant | None
    complete: bool  # a good pass ended after the month did


@dataclass(frozen=True, slots=True, eq=False)
class ClosedMonth:
    """A month as it was closed."""

    month: str  # "2026-10"
    closed_at: Instant
    definitions: int
    version: str  # of siamhub
    catalogue: Catalogue  # the settings that figures rest on
    coverage: tuple[SourceRead, ...]
    figures: Figures
    records: Mapping[str, Marks]

    @property
    def missing(self) -> Sequence[str]:
        """Suppliers of which a source had not been read past the month's end."""
        return sorted({read.supplier for read in self.coverage if not read.complete})
