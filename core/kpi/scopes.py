"""The scopes of a figure: over everything, by service, by supplier; each stands in the metric's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.facts import Codes
from core.kpi.figures import Labels, labelled, one_group
from core.kpi.mapping import Places


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One scope: the group of each row, and the labels of each group."""

    name: str  # "joint", "service" or "supplier"
    groups: Codes
    labels: Sequence[Labels]
    configured: Sequence[int]  # groups that have a count though nothing is counted: all but "unmapped"


def scopes(places: Places, supplier: Codes, service: Codes) -> Sequence[Scope]:
    """The three scopes of rows with these supplier and service codes."""
    return [
        Scope("joint", one_group(supplier), [()], [0]),
        Scope("service", service, labelled("service", places.labels), range(len(places.services))),
        Scope("supplier", supplier, labelled("supplier", places.suppliers), range(len(places.suppliers))),
    ]
