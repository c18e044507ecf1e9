"""How many series a configuration makes at most: a formula for each metric family, and the number it comes to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.catalogue import Catalogue
from core.model import CHANGE_TYPES, FIELDS, OUTCOMES
from core.status import BUCKETS
from exporters.families import FAMILIES
from exporters.family import STATS, Family


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the number of series depends on."""

    suppliers: int
    services: int
    sources: int
    windows: int  # the calendar ones, month and last_month, included
    streams: int = 4  # of a source
    reasons: int = 6  # for which records are set aside
    codes: int = 8  # with which a source answers


@dataclass(frozen=True, slots=True)
class Factor:
    """What a label multiplies the series by, in words and as a number."""

    words: str
    count: int


def sizes(catalogue: Catalogue) -> Sizes:
    """The sizes of a configuration."""
    return Sizes(len(catalogue.suppliers), len(catalogue.services), len(catalogue.sources), len(catalogue.windows) + 2)


def series(family: Family, of: Sizes) -> int:
    """How many series the family has at most."""
    return math.prod(factor.count for factor in _factors(family, of))


def formula(family: Family) -> str:
    """The same in words: "suppliers × (services + 1) × windows × 4"; "1" for a single series."""
    return " × ".join(factor.words for factor in _factors(family, Sizes(1, 1, 1, 1))) or "1"


def total(of: Sizes) -> int:
    """How many series all families have together at most."""
    return sum(series(family, of) for family in FAMILIES.values())


GROUPS: Final[Mapping[str, str]] = {
    "joint": "siam_joint_",
    "services": "siam_service_",
    "suppliers": "siam_supplier_",
    "counts": "siam_",
    "hub": "siamhub_",
}
"""Groups of families by the beginning of their names; a family is of the first group that fits."""
MANY: Final = 200_000
"""Series of one target from which on a Prometheus of ordinary size and a scrape a minute deserve a thought."""


def by_group(of: Sizes) -> Mapping[str, int]:
    """How many series each group of families has at most."""
    found = dict.fromkeys(GROUPS, 0)
    for family in FAMILIES.values():
        group = next(name for name, beginning in GROUPS.items() if family.name.startswith(beginning))
        found[group] += series(family, of)
    return found


def words(of: Sizes) -> str:
    """The number of series for a person, with what to do where there are very many."""
    groups = ", ".join(f"{name} {count:,}" for name, count in by_group(of).items())
    said = f"Series on /metrics: at most {total(of):,} ({groups}); fewer where nothing happened."
    if total(of) <= MANY:
        return said
    largest = max(FAMILIES.values(), key=lambda family: series(family, of))
    return (
        f"{said}\nThat is very many: mostly {largest.name}, {formula(largest)}. Fewer `windows` make fewer series; "
        "Prometheus can drop families that nobody looks at (`metric_relabel_configs`)."
    )


_PRIORITIES: Final = 6  # 1 to 5, and none
_SUSPICIONS: Final = 5  # reasons for which a ticket's times are not trusted
_FIXED: Final[Mapping[str, int]] = {
    "stat": len(STATS),
    "priority": _PRIORITIES,
    "type": len(CHANGE_TYPES) + 1,
    "outcome": len(OUTCOMES) + 1,
    "goal": 4,
    "component": 4,
    "status": 3,
}
_KINDS: Final[Mapping[str, int]] = {"siamhub_records_synced_total": len(FIELDS), "siamhub_tickets": 2}


def _factors(family: Family, of: Sizes) -> Iterator[Factor]:
    """Factors that are always 1 (the title of a service, the version) are left out."""
    labels = set(family.labels)
    if {"from_party", "to_party"} <= labels:
        yield Factor("(suppliers + 1) × suppliers", (of.suppliers + 1) * of.suppliers)
    elif "source" in labels:
        yield Factor("sources", of.sources)
    elif "supplier" in labels:
        party = family.name.startswith(("siam_supplier_handover_", "siam_supplier_collaboration_"))
        yield Factor("(suppliers + 1)", of.suppliers + 1) if party else Factor("suppliers", of.suppliers)
    if "service" in labels:
        # What comes out of tickets may be of none of the services: the label is then "unmapped".
        every = "siam_service_target", "siam_service_target_attained", "siam_service_data_coverage_ratio"
        exact = family.type == "info" or family.name in every
        yield Factor("services", of.services) if exact else Factor("(services + 1)", of.services + 1)
    if family.name == "siam_service_target":
        yield Factor("8", 8)  # three goals, and one for each priority
        labels -= {"goal", "priority"}
    for label in family.labels:
        if label in labels and label in _FIXED:
            yield Factor(str(_FIXED[label]), _FIXED[label])
    if "kind" in labels:
        yield _kinds(family, of)
    if "reason" in labels:
        trusted = family.name == "siamhub_tickets_suspect"
        yield Factor(str(_SUSPICIONS), _SUSPICIONS) if trusted else Factor("reasons", of.reasons)
    if "code" in labels:
        yield Factor("codes", of.codes)
    if "window" in labels:
        yield Factor("windows", of.windows)
    if family.type == "histogram":
        yield Factor(str(len(BUCKETS) + 3), len(BUCKETS) + 3)  # the bounds, infinity, count and sum


def _kinds(family: Family, of: Sizes) -> Factor:
    kinds = _KINDS.get(family.name)
    return Factor("streams", of.streams) if kinds is None else Factor(str(kinds), kinds)
