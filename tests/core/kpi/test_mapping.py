"""Vendors' names become the operator's keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.facts import names_of
from core.kpi.mapping import first_match, locate, places
from core.model import Part, Structure
from tests.core.kpi.build import Record, catalogue, facts, incident, needs, service

ALIASES = (("web", ("Web Farm*", "www?")), ("db", ("*",)))


def label(structure: Structure | Part | None, *tickets: Record) -> list[str]:
    known = catalogue(service("shop", structure), service("mail", Part("globex", "dc")))
    these = facts(*tickets)
    where = places(these, known)
    found = locate(where, known, these.tickets.source, these.tickets.component, these.tickets.service)
    return [where.labels[code] for code in found.label(where).tolist()]


def test_patterns_ignore_case_fit_the_whole_name_and_the_first_one_wins() -> None:
    assert first_match(ALIASES, "WEB FARM 7") == 0
    assert first_match(ALIASES, " www1 ") == 0
    assert first_match(ALIASES, "www12") == 1
    assert first_match((("web", ("a.c",)),), "abc") is None
    assert first_match((), "anything") is None
    assert first_match((("none", ()), ("web", ("x",))), "X") == 1


def test_a_ticket_counts_for_the_service_it_names() -> None:
    both = incident("globex", "1", "2026-03-02", service="Shop", component="dc")
    assert label(needs("acme/web"), both) == ["shop"]


def test_a_ticket_without_a_service_counts_for_the_only_one_that_needs_its_component() -> None:
    assert label(needs("acme/web"), incident("globex", "1", "2026-03-02", component="dc")) == ["mail"]


def test_a_component_of_two_services_does_not_tell_the_service() -> None:
    shared = incident("globex", "1", "2026-03-02", component="dc")
    assert label(needs("acme/web", "globex/dc"), shared) == ["unmapped"]


def test_a_name_that_nobody_configured_is_unmapped() -> None:
    assert label(None, incident("acme", "1", "2026-03-02", service="Lunch")) == ["unmapped"]


def test_a_name_is_read_with_the_patterns_of_the_source_that_says_it() -> None:
    known = catalogue(service("shop", needs("acme/web")))
    sources = tuple(replace(s, services=(("shop", (f"{s.supplier} shop",)),)) for s in known.sources)
    these = facts()
    where = places(these, replace(known, sources=sources))
    name = names_of(["acme shop", "acme shop", None])
    found = locate(where, replace(known, sources=sources), np.array([0, 1, 0], dtype=np.int32), name, name)
    assert found.service.tolist() == [0, -1, -1]


def test_suppliers_take_part_by_a_component_or_by_a_name_for_the_service() -> None:
    known = catalogue(service("shop", needs("acme/web")))
    sources = tuple(s if s.supplier == "initech" else replace(s, services=()) for s in known.sources)
    where = places(facts(), replace(known, sources=sources))
    assert [where.suppliers[i] for i in sorted(where.takes_part[0])] == ["acme", "initech"]


def test_a_source_that_is_not_configured_belongs_to_nobody() -> None:
    known = catalogue(service())
    where = places(facts(), replace(known, sources=known.sources[1:]))
    assert where.supplier.tolist() == [-1, 1, 2]
