"""What the operator has configured, compiled for the KPI engine: parties, services, sources, targets and windows.

Durations are microseconds, like instants. Patterns are shell patterns that ignore case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.model import SECOND, Hours, Part, Structure

DAY: Final = 86_400 * SECOND
UNMAPPED: Final = "unmapped"
"""The service label of a ticket that maps to no configured service."""
INTEGRATOR: Final = "integrator"
"""The party that is no supplier."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One ITSM system of a supplier, as far as KPIs need it. A name is mapped by the first entry that matches it."""

    supplier: str
    name: str  # the label `source`: "servicenow", "jira-2"
    interval: int  # between two passes
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (party, patterns of assignment groups)
    components: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (component, patterns of names in this system)
    services: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (service, patterns of names in this system)
    refers_to: tuple[str, ...] | None = None  # suppliers whose tickets are meant by bare numbers; None: all others


@dataclass(frozen=True, slots=True)
class SupplierEntry:
    """A party that runs part of a service."""

    key: str
    title: str
    hours: Hours | None = None  # support hours; None: always


@dataclass(frozen=True, slots=True)
class Targets:
    """Goals of a service; None or missing: there is none."""

    availability: float | None = None
    incident_lead_time: Mapping[int, int] = field(default_factory=dict)  # priority 1..5 -> active time
    clock: str = "always"  # on which the lead time runs: "always" or "service_hours"
    change_success: float | None = None
    satisfaction: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """What the customer uses."""

    key: str
    title: str
    hours: Hours | None = None  # agreed service hours; None: always
    weight: float = 1.0
    structure: Structure | Part | None = None  # None: nothing is mapped to it
    targets: Targets = field(default_factory=Targets)


@dataclass(frozen=True, slots=True)
class CollaborationEntry:
    """How the collaboration score is made."""

    answer_within: Mapping[int, int] = field(default_factory=dict)  # priority 1..5 -> duration, all five present
    weights: Mapping[str, float] = field(default_factory=dict)  # component of the score -> weight
    min_samples: int = 10


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it."""

    zone: str = "UTC"  # of calendar windows
    windows: tuple[tuple[str, int], ...] = (("7d", 7 * DAY), ("30d", 30 * DAY), ("90d", 90 * DAY))  # label, length
    suppliers: tuple[SupplierEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    outage_priority: int = 1
    change_watch: int = 7 * DAY
    collaboration: CollaborationEntry = field(default_factory=CollaborationEntry)
