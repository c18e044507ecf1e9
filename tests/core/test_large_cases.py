"""Cases too large to be one disturbance are told, with the reference that joins most of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.cases import link
from core.large_cases import FEW, HUB, MANY, Hub, LargeCase, is_placeholder, large_cases
from tests.core.kpi.build import Record, catalogue, facts, incident
from tests.core.kpi.build import link as reference


def found(*tickets: Record, links: list[Record]) -> list[LargeCase]:
    these = facts(*tickets, links=links)
    return list(large_cases(these, link(these, catalogue(), np.ones(len(tickets), dtype=np.bool_))))


def many(n: int, supplier: str = "acme") -> list[Record]:
    return [incident(supplier, f"{supplier}-{i}", 3600 * (i + 1)) for i in range(n)]


def test_a_reference_that_says_nothing_is_told_as_soon_as_a_few_bear_it() -> None:
    """Somebody at globex has a ticket with the number "n/a"."""
    named = incident("globex", "n/a", 1)
    bearers = many(FEW)
    (case,) = found(named, *bearers, links=[reference(each, " N/A ") for each in bearers])
    assert case == LargeCase(
        incidents=4,
        children=0,
        suppliers=("acme", "globex"),
        first=("globex", "n/a"),
        hub=Hub("N/A", "acme", 3, ("globex", "n/a")),
        why="placeholder",
    )
    assert found(named, *bearers[1:], links=[reference(each, "N/A") for each in bearers[1:]]) == []


@pytest.mark.parametrize("reference", ["n/a", "see chat", "-", "0", "000", "9999"])
def test_what_distinguishes_nothing_is_a_placeholder(reference: str) -> None:
    assert is_placeholder(reference)


@pytest.mark.parametrize("reference", ["INC0010001", "GLX-7", "12", "SD 1"])
def test_a_number_is_none(reference: str) -> None:
    assert not is_placeholder(reference)


def test_a_reference_that_very_many_bear_is_told_whatever_it_says() -> None:
    named, bearers = incident("globex", "GLX-12", 1), many(HUB + 1)
    (case,) = found(named, *bearers, links=[reference(each, "GLX-12") for each in bearers])
    assert (case.why, case.hub.bearers) == ("hub", HUB + 1)
    assert found(named, *bearers[1:], links=[reference(each, "GLX-12") for each in bearers[1:]]) == []


def test_a_chain_of_very_many_is_told_though_every_reference_is_borne_once() -> None:
    ones = [incident("acme" if i % 2 else "globex", f"T-{i}", i + 1) for i in range(MANY + 1)]
    links = [reference(late, early["number"]) for early, late in pairwise(ones)]
    (case,) = found(*ones, links=links)
    assert (case.why, case.incidents, case.hub.bearers) == ("size", MANY + 1, 1)
    assert found(*ones[1:], links=links[1:]) == []


def test_a_mass_incident_may_have_any_number_of_children() -> None:
    """200 callers, each of whose incidents is a child of one and bears its number at the other supplier, too."""
    parent, named, children = incident("acme", "P-10", 1), incident("globex", "GLX-12", 2), many(200)
    links = [reference(each, "id-P-10", evidence="issue_link") for each in children]
    links += [reference(each, "GLX-12") for each in (parent, *children)]
    assert found(parent, named, *children, links=links) == []


def test_a_web_of_links_within_one_system_is_no_mass_incident() -> None:
    ones = many(MANY + 3)
    links = [reference(late, early["vendor_id"], evidence="issue_link") for early, late in pairwise(ones)]
    (case,) = found(*ones, links=links)
    assert (case.why, case.incidents, case.children) == ("size", MANY + 3, 2)


def test_the_largest_comes_first() -> None:
    links, tickets = [], []
    for number, n in (("-", FEW), ("?", FEW + 1)):
        named = incident("globex", number, 1)
        bearers = [incident("acme", f"{number}{i}", 2) for i in range(n)]
        tickets += [named, *bearers]
        links += [reference(each, number) for each in bearers]
    assert [case.incidents for case in found(*tickets, links=links)] == [5, 4]


def test_without_links_there_is_nothing_to_tell() -> None:
    assert found(*many(3), links=[]) == []
