"""Vendors' names of components and services as the operator's: which supplier, component and service a row is about."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from core.catalogue import UNMAPPED, Catalogue
from core.facts import Codes, Facts, Names
from core.model import Part, Structure, components

Aliases: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""(key, shell patterns of the names it has), as in `SourceEntry.components`."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where things are, as codes: suppliers, services and components are positions in the tuples here.

    The service code `len(services)` is the label "unmapped". A *place* is what can be down: a component's position,
    or `len(components)` plus a service's position where the service as a whole is meant.
    """

    suppliers: tuple[str, ...]
    services: tuple[str, ...]
    components: tuple[tuple[str, str], ...]  # (supplier, component)
    entries: Codes  # of each source in Facts: position in Catalogue.sources, -1 where it is not configured
    supplier: Codes  # of each source in Facts, -1 where it is not configured
    only_service: Codes  # of each component: the only service whose structure names it, else -1
    parts: Mapping[Part, int]  # component as a leaf of a structure -> its position
    takes_part: tuple[frozenset[int], ...]  # of each service: suppliers with a part in it or a name for it

    @property
    def labels(self) -> tuple[str, ...]:
        """The values of the label `service`, by service code."""
        return (*self.services, UNMAPPED)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """The component and the service of each row, -1 where its name is none of the configured ones."""

    component: Codes
    service: Codes

    def place(self, places: Places) -> Codes:
        """The component where it is known, else the service as a whole, else -1."""
        service = np.where(self.service >= 0, len(places.components) + self.service, -1)
        return np.where(self.component >= 0, self.component, service)

    def label(self, places: Places) -> Codes:
        """The service that the row counts for: its own, else the only one that its component is a part of."""
        by_component = np.append(places.only_service, -1)[self.component]  # code -1 is the one at the end
        service = np.where(self.service >= 0, self.service, by_component)
        return np.where(service >= 0, service, len(places.services)).astype(np.int32)


def places(facts: Facts, catalogue: Catalogue) -> Places:
    """What the catalogue names, and which of the facts' sources it knows (by supplier and source name)."""
    entries = {(entry.supplier, entry.name): i for i, entry in enumerate(catalogue.sources)}
    suppliers = tuple(dict.fromkeys(entry.key for entry in catalogue.suppliers))
    services = tuple(entry.key for entry in catalogue.services)
    named = [set(_parts(entry.structure)) for entry in catalogue.services]
    known = {(entry.supplier, key): None for entry in catalogue.sources for key, _ in entry.components}
    known |= {(part.supplier, part.component): None for parts in named for part in sorted(parts, key=str)}
    position = {component: i for i, component in enumerate(known)}
    users = [[s for s, parts in enumerate(named) if Part(*component) in parts] for component in known]
    return Places(
        suppliers=suppliers,
        services=services,
        components=tuple(known),
        entries=_codes(entries.get((fact.supplier, fact.source), -1) for fact in facts.sources),
        supplier=_codes(
            suppliers.index(fact.supplier)
            if (fact.supplier, fact.source) in entries and fact.supplier in suppliers
            else -1
            for fact in facts.sources
        ),
        only_service=_codes(used[0] if len(used) == 1 else -1 for used in users),
        parts={Part(*component): i for component, i in position.items()},
        takes_part=tuple(
            frozenset(
                i
                for i, supplier in enumerate(suppliers)
                if any(part.supplier == supplier for part in parts)
                or any(entry.supplier == supplier and service in dict(entry.services) for entry in catalogue.sources)
            )
            for service, parts in zip(services, named, strict=True)
        ),
    )


def locate(where: Places, catalogue: Catalogue, source: Codes, component: Names, service: Names) -> Located:
    """The component and the service of rows of the sources (positions in Facts) that say these names."""
    entry = where.entries[source]
    by_component = [[where.parts[Part(each.supplier, key)] for key, _ in each.components] for each in catalogue.sources]
    by_service = [
        [where.services.index(key) if key in where.services else -1 for key, _ in each.services]
        for each in catalogue.sources
    ]
    return Located(
        translate(component, entry, [each.components for each in catalogue.sources], by_component),
        translate(service, entry, [each.services for each in catalogue.sources], by_service),
    )


def first_match(aliases: Aliases, name: str) -> int | None:
    """The position of the first alias with a pattern that fits the whole name, ignoring case; None where none does."""
    found = _compiled(aliases).fullmatch(name.strip())
    return int(found.lastgroup[1:]) if found and found.lastgroup else None


@lru_cache(maxsize=4096)
def _compiled(aliases: Aliases) -> re.Pattern[str]:
    # Alternatives are tried in order, so that the group that matched tells the first alias.
    groups = (
        f"(?P<a{i}>{'|'.join(fnmatch.translate(pattern) for pattern in patterns)})"
        for i, (_, patterns) in enumerate(aliases)
        if patterns
    )
    return re.compile("|".join(groups) or r"(?!)", re.IGNORECASE)


def translate(names: Names, entry: Codes, aliases: Sequence[Aliases], codes: Sequence[Sequence[int]]) -> Codes:
    """The code of every row, -1 where no alias fits. `entry`: its source; by source the aliases and their codes.

    Each name is looked at once for each source that says it, however many rows do."""
    width = len(names.values)
    table = np.full(len(aliases) * width + 1, -1, dtype=np.int32)
    said = (entry >= 0) & (names.codes >= 0)
    at = np.where(said, entry.astype(np.int64) * width + names.codes, len(table) - 1)
    present = np.zeros(len(table), dtype=np.bool_)
    present[at] = True
    for pair in np.flatnonzero(present[:-1]).tolist():
        source, name = divmod(pair, width)
        match = first_match(aliases[source], names.values[name])
        if match is not None:
            table[pair] = codes[source][match]
    return table[at]


def _parts(structure: Structure | Part | None) -> Sequence[Part]:
    return [] if structure is None else list(components(structure))


def _codes(values: Iterable[int]) -> Codes:
    return np.fromiter(values, dtype=np.int32)
