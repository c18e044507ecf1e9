"""Section 7 of the definitions: how complete the figures are, and what could not be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from core.kpi.figures import labelled, tally
from core.kpi.timeline import SUSPICIONS
from core.kpi.view import View
from core.model import Sample

FRESH: Final = 3
"""Intervals within which a source must have succeeded."""
KINDS: Final = ("incident", "change")


def samples(view: View) -> Iterator[Sample]:
    """All figures of the section, and the titles of services and suppliers."""
    yield from _coverage(view)
    yield from _tickets(view)
    yield from _references(view)
    yield from _titles(view)


def fresh(view: View) -> frozenset[str]:
    """The suppliers that have sources and all of whose sources succeeded within the last 3 of their intervals.

    A success after `at` counts: the figures are made of what the hub holds now, and it has read past `at` since. How
    fresh the hub was at a past instant is not kept.
    """
    last = {(fact.supplier, fact.source): fact.last_success for fact in view.facts.sources}
    behind, having = set(), set()
    for entry in view.catalogue.sources:
        having.add(entry.supplier)
        success = last.get((entry.supplier, entry.name))
        if success is None or success < view.at - FRESH * entry.interval:
            behind.add(entry.supplier)
    return frozenset(having - behind)


def _coverage(view: View) -> Iterator[Sample]:
    places, complete = view.places, fresh(view)
    for service, suppliers in zip(places.services, places.takes_part, strict=True):
        if suppliers:
            share = sum(places.suppliers[supplier] in complete for supplier in suppliers) / len(suppliers)
            yield Sample("siam_service_data_coverage_ratio", (("service", service),), share)


def _tickets(view: View) -> Iterator[Sample]:
    """The tickets that the hub holds, and those whose times are not trusted; cancelled ones are among both."""
    suppliers, known = view.places.suppliers, np.flatnonzero(view.known)
    for name, label, codes, values in (
        ("siamhub_tickets", "kind", view.facts.tickets.kind, KINDS),
        ("siamhub_tickets_suspect", "reason", view.timeline.suspicion, SUSPICIONS),
    ):
        rows = known[codes[known] >= 0]
        labels = [(("supplier", supplier), (label, value)) for supplier in suppliers for value in values]
        yield from tally(name, view.supplier[rows] * len(values) + codes[rows], labels)


def _references(view: View) -> Iterator[Sample]:
    bearers = view.facts.links.ticket[view.cases.ambiguous]
    suppliers = labelled("supplier", view.places.suppliers)
    yield from tally("siamhub_references_ambiguous", view.supplier[bearers], suppliers)


def _titles(view: View) -> Iterator[Sample]:
    for service in view.catalogue.services:
        yield Sample("siam_service_info", (("service", service.key), ("title", service.title)), 1.0)
    for supplier in view.catalogue.suppliers:
        yield Sample("siam_supplier_info", (("supplier", supplier.key), ("title", supplier.title)), 1.0)
