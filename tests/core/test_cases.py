"""Which incidents become one case, and which references join nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases import Cases, connected, link
from core.catalogue import SupplierEntry
from tests.core.kpi.build import Record, catalogue, change, facts, incident
from tests.core.kpi.build import link as reference

OPENED = "2026-03-02 10:00"


def cases(*tickets: Record, links: list[Record], refers_to: dict[str, tuple[str, ...]] | None = None) -> Cases:
    known = catalogue()
    sources = tuple(replace(s, refers_to=(refers_to or {}).get(s.supplier)) for s in known.sources)
    these = facts(*tickets, links=links)
    return link(these, replace(known, sources=sources), np.ones(len(tickets), dtype=np.bool_))


def groups(found: Cases) -> list[int]:
    return [int(case) for case in found.case]


def a(number: str = "INC1", supplier: str = "acme", **more: Any) -> Record:
    return incident(supplier, number, OPENED, **more)


def test_a_number_that_one_other_supplier_has_joins_whatever_its_case_and_blanks() -> None:
    first, second = a("INC1"), a("GLX-7", "globex")
    found = cases(first, second, links=[reference(first, "  glx-7 ")])
    assert groups(found) == [0, 0]
    assert (found.joins.bearer.tolist(), found.joins.named.tolist(), found.joins.link.tolist()) == ([0], [1], [0])


def test_a_number_that_two_other_suppliers_have_joins_nothing_and_is_counted() -> None:
    """INC0010001 exists at every ServiceNow customer."""
    bearer = a("X-1", "acme")
    found = cases(
        bearer, a("INC0010001", "globex"), a("INC0010001", "initech"), links=[reference(bearer, "INC0010001")]
    )
    assert groups(found) == [0, 1, 2]
    assert found.ambiguous.tolist() == [0]


def test_a_ticket_is_found_by_the_number_that_it_had_before_unless_another_has_it_now() -> None:
    bearer, moved = a("X-1"), a("NEW-7", "globex")
    links = [reference(bearer, "old-7"), reference(moved, " OLD-7", kind="alias")]
    found = cases(bearer, moved, links=links)
    assert groups(found) == [0, 0]
    assert found.joins.link.tolist() == [0], "the alias itself joins nothing"
    taken = cases(bearer, moved, a("OLD-7", "globex"), links=links)
    assert groups(taken) == [0, 1, 0]
    assert not len(taken.ambiguous)
    both = cases(bearer, moved, a("OLD-7", "initech"), links=links)
    assert groups(both) == [0, 1, 2]
    assert both.ambiguous.tolist() == [0]
    address = reference(bearer, "https://globex.example/browse/OLD-7", evidence="url")
    by_address = a("NEW-7", "globex", url="https://globex.example/browse/NEW-7")
    assert groups(cases(bearer, by_address, links=[address, reference(by_address, "OLD-7", kind="alias")])) == [0, 0]


def test_a_number_is_looked_up_only_among_the_suppliers_that_the_source_refers_to() -> None:
    bearer = a("X-1", "acme")
    tickets = (bearer, a("INC0010001", "globex"), a("INC0010001", "initech"))
    found = cases(*tickets, links=[reference(bearer, "INC0010001")], refers_to={"acme": ("initech",)})
    assert groups(found) == [0, 1, 0]
    assert not len(found.ambiguous)


def test_a_bare_number_never_means_a_ticket_of_the_same_supplier() -> None:
    first, second = a("INC1"), a("INC2")
    assert groups(cases(first, second, links=[reference(first, "INC2")])) == [0, 1]


@pytest.mark.parametrize("text", ["initech:INC0010001", "INITECH / inc0010001", "Initech Ltd. # INC0010001"])
def test_a_prefix_names_the_supplier_by_key_or_title(text: str) -> None:
    bearer = a("X-1", "acme")
    these = facts(
        bearer,
        a("INC0010001", "globex"),
        a("INC0010001", "initech"),
        links=[reference(bearer, text, evidence="prefix")],
    )
    known = catalogue()
    titled = replace(known, suppliers=(*known.suppliers[:2], SupplierEntry("initech", "Initech Ltd.")))
    assert groups(link(these, titled, np.ones(3, dtype=np.bool_))) == [0, 1, 0]


def test_a_title_that_two_suppliers_share_means_either_so_that_a_number_of_both_joins_nothing() -> None:
    bearer, only = a("X-1"), a("X-2")
    these = facts(
        bearer,
        only,
        a("1", "globex"),
        a("1", "initech"),
        a("2", "globex"),
        links=[reference(bearer, "Same: 1", evidence="prefix"), reference(only, "Same: 2", evidence="prefix")],
    )
    known = catalogue()
    titled = (known.suppliers[0], SupplierEntry("globex", "Same"), SupplierEntry("initech", "SAME"))
    found = link(these, replace(known, suppliers=titled), np.ones(5, dtype=np.bool_))
    assert groups(found) == [0, 1, 2, 3, 1]
    assert found.ambiguous.tolist() == [0]


def test_a_prefix_that_names_nobody_leaves_a_bare_number() -> None:
    bearer = a("X-1")
    found = cases(bearer, a("its:12", "globex"), links=[reference(bearer, "its:12", evidence="prefix")])
    assert groups(found) == [0, 0]


@pytest.mark.parametrize(
    "url",
    [
        "https://globex.example/browse/GLX-7",
        "HTTPS://globex.example/issues/?selectedIssue=glx-7",
        "https://globex.example/nav_to.do?uri=incident.do%3Fsys_id%3Did-GLX-7",
    ],
)
def test_a_url_names_the_system_by_its_host_and_the_ticket_by_id_or_number(url: str) -> None:
    bearer = a("X-1")
    other = a("GLX-8", "globex", url="https://globex.example/browse/GLX-8")
    named = a("GLX-7", "globex", url="https://globex.example/browse/GLX-7")
    stranger = a("GLX-7", "initech", url="https://initech.example/GLX-7")
    found = cases(bearer, other, named, stranger, links=[reference(bearer, url, evidence="url")])
    assert groups(found) == [0, 1, 0, 3]


def test_a_url_of_an_unknown_host_or_of_no_form_at_all_joins_nothing() -> None:
    bearer = a("X-1")
    named = a("GLX-7", "globex", url="https://globex.example/browse/GLX-7")
    links = [reference(bearer, url, evidence="url") for url in ("https://else.example/GLX-7", "http://[half/GLX-7", "")]
    assert groups(cases(bearer, named, links=links)) == [0, 1]


def test_an_issue_link_stays_in_its_own_system_and_goes_by_id_first() -> None:
    parent, child = a("INC1"), a("INC2")
    namesake = incident("globex", "INC9", OPENED, vendor_id="id-INC1")
    found = cases(child, namesake, parent, links=[reference(child, "id-INC1", evidence="issue_link")])
    assert groups(found) == [0, 1, 0]


def test_cases_grow_through_a_chain() -> None:
    one, two, three = a("A-1", "acme"), a("B-1", "globex"), a("C-1", "initech")
    assert groups(cases(one, two, three, links=[reference(two, "A-1"), reference(three, "B-1")])) == [0, 0, 0]


def test_a_cancelled_duplicate_still_joins_the_incidents_beside_it() -> None:
    one, two, three = a("A-1", "acme"), a("B-1", "globex", state="cancelled"), a("C-1", "initech")
    assert groups(cases(one, two, three, links=[reference(two, "A-1"), reference(two, "C-1")])) == [0, 0, 0]


@pytest.mark.parametrize("kind", ["cause", "follow_up"])
def test_causes_and_follow_ups_do_not_join(kind: str) -> None:
    one, two = a("A-1"), a("B-1", "globex")
    assert groups(cases(one, two, links=[reference(one, "B-1", kind=kind)])) == [0, 1]


def test_an_incident_is_the_same_as_no_change() -> None:
    one, two = a("A-1"), change("globex", "CHG1", OPENED)
    assert groups(cases(one, two, links=[reference(one, "CHG1")])) == [0, 1]


def test_a_cause_is_an_incident_naming_a_change() -> None:
    one, two, three = a("A-1"), change("globex", "CHG1", OPENED), a("B-1", "globex")
    links = [reference(one, "CHG1", kind="cause"), reference(two, "A-1", kind="cause"), reference(one, "B-1", "cause")]
    found = cases(one, two, three, links=links)
    assert (found.causes.bearer.tolist(), found.causes.named.tolist()) == ([0], [1])


def test_what_does_not_exist_yet_is_neither_joined_nor_in_the_way() -> None:
    bearer = a("X-1", "acme")
    tickets = (bearer, a("INC7", "globex"), a("INC7", "initech"))
    these = facts(*tickets, links=[reference(bearer, "INC7")])
    assert groups(link(these, catalogue(), np.array([True, True, False]))) == [0, 0, 2]
    assert groups(link(these, catalogue(), np.array([True, False, False]))) == [0, 1, 2]


def test_a_ticket_that_names_itself_says_nothing() -> None:
    one = a("A-1", url="https://acme.example/A-1")
    found = cases(one, links=[reference(one, "https://acme.example/A-1", evidence="url")])
    assert not len(found.ambiguous)
    assert not len(found.joins.link)


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=15))
def test_connected_nodes_share_the_smallest_of_them(n: int, edges: list[tuple[int, int]]) -> None:
    edges = [(one % n, other % n) for one, other in edges]
    group = {node: {node} for node in range(n)}
    for one, other in edges:
        joined = group[one] | group[other]
        group.update(dict.fromkeys(joined, joined))
    first, second = (np.array([edge[i] for edge in edges], dtype=np.int32) for i in (0, 1))
    assert connected(n, first, second).tolist() == [min(group[node]) for node in range(n)]
