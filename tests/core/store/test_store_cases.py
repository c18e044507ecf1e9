"""Cases as pages arrive: they grow, split when a link is withdrawn, and wait for tickets that come later."""

from __future__ import annotations

from typing import Any

from core.calendar import Window
from core.cases import link as join
from core.facts import Facts
from core.findings import lowered_priorities
from core.kpi.compute import compute
from core.kpi.view import view
from core.large_cases import large_cases
from core.model import Part
from core.store.store import Store
from tests.core.kpi.build import HOUR, catalogue, service
from tests.core.store.pages import event, link, page, ticket

SUPPLIERS = ("acme", "globex", "initech")
SOURCES = [(supplier, "itsm") for supplier in SUPPLIERS]
KNOWN = catalogue(service("shop", Part("acme", "web")), suppliers=SUPPLIERS)
AT = 1000 * HOUR


def keep(store: Store, supplier: str, checkpoint: str = "c", **kinds: Any) -> None:
    store.save(store.source_id(supplier, "itsm"), page(checkpoint, **kinds), "one", 100)


def incident(vendor_id: str, changed_at: int = 1, **more: Any) -> dict[str, Any]:
    base = {"opened_at": HOUR, "resolved_at": 2 * HOUR, "state": "resolved", "service": "shop"}
    return ticket(vendor_id, changed_at, **{**base, **more})


def remembered(store: Store) -> Facts:
    """As a running hub knows them: what was read before, and what changed since."""
    memory = store.recall(SOURCES, None)
    return memory.facts


def together(facts: Facts) -> set[frozenset[str]]:
    """The cases, as sets of numbers."""
    found: dict[int, set[str]] = {}
    cases = join(facts, KNOWN, facts.tickets.opened_at <= AT)
    for row, case in enumerate(cases.case.tolist()):
        found.setdefault(case, set()).add(str(facts.tickets.number[row]))
    return {frozenset(each) for each in found.values()}


def cases_resolved(facts: Facts) -> float:
    window = ("window", "90d")
    samples = compute(facts, KNOWN, AT)
    return next(s.value for s in samples if s.name == "siam_joint_cases_resolved" and window in s.labels)


def ambiguous(facts: Facts) -> float:
    return sum(s.value for s in compute(facts, KNOWN, AT) if s.name == "siamhub_references_ambiguous")


def test_a_case_grows_when_a_link_arrives_and_splits_when_it_is_withdrawn(store: Store) -> None:
    keep(store, "acme", tickets=[incident("a1")])
    keep(store, "globex", tickets=[incident("b1")])
    memory = store.recall(SOURCES, None)
    assert together(memory.facts) == {frozenset({"A1"}), frozenset({"B1"})}
    assert cases_resolved(memory.facts) == 2

    keep(store, "globex", "d", tickets=[incident("b1", 2)], links=[link("b1", "A1", 2)])
    memory = store.recall(SOURCES, memory)
    assert together(memory.facts) == together(store.facts(SOURCES)) == {frozenset({"A1", "B1"})}
    assert cases_resolved(memory.facts) == 1

    keep(store, "initech", tickets=[incident("c1")], links=[link("c1", "B1")])
    memory = store.recall(SOURCES, memory)
    assert together(memory.facts) == {frozenset({"A1", "B1", "C1"})}

    keep(store, "globex", "e", tickets=[incident("b1", 3)])
    memory = store.recall(SOURCES, memory)
    assert together(memory.facts) == together(store.facts(SOURCES)) == {frozenset({"A1"}), frozenset({"B1", "C1"})}
    assert cases_resolved(memory.facts) == 2


def test_a_reference_links_when_the_ticket_that_it_names_arrives(store: Store) -> None:
    keep(store, "acme", tickets=[incident("a1")], links=[link("a1", "B1")])
    memory = store.recall(SOURCES, None)
    assert together(memory.facts) == {frozenset({"A1"})}
    keep(store, "globex", tickets=[incident("b1")])
    memory = store.recall(SOURCES, memory)
    assert together(memory.facts) == together(store.facts(SOURCES)) == {frozenset({"A1", "B1"})}


def test_a_reference_becomes_ambiguous_when_a_second_ticket_of_that_number_arrives(store: Store) -> None:
    """And clear again when that one turns out to have been deleted."""
    keep(store, "acme", tickets=[incident("a1")], links=[link("a1", "B1")])
    keep(store, "globex", tickets=[incident("b1")])
    memory = store.recall(SOURCES, None)
    assert (ambiguous(memory.facts), cases_resolved(memory.facts)) == (0, 1)
    keep(store, "initech", tickets=[incident("b1")])
    memory = store.recall(SOURCES, memory)
    assert (ambiguous(memory.facts), cases_resolved(memory.facts)) == (1, 3)
    store.settle(store.source_id("initech", "itsm"), {"b1": "deleted"}, 500)
    memory = store.recall(SOURCES, memory)
    assert (ambiguous(memory.facts), cases_resolved(memory.facts)) == (0, 1)


def test_what_a_check_tells_of_cases_and_priorities_comes_from_what_is_stored(store: Store) -> None:
    keep(store, "globex", tickets=[incident("n/a")])
    bearers = [f"a{n}" for n in range(3)]
    keep(
        store,
        "acme",
        tickets=[incident(each) for each in bearers],
        links=[link(each, "n/a") for each in bearers],
        events=[
            event("a0", "1", HOUR, "1", kind="priority"),
            event("a0", "2", HOUR + HOUR // 2, "3", kind="priority"),
        ],
    )
    seen = view(remembered(store), KNOWN, AT)
    (case,) = large_cases(seen.facts, seen.cases)
    assert (case.why, case.incidents, case.hub.reference, case.hub.bearers) == ("placeholder", 4, "n/a", 3)
    (lowered,) = lowered_priorities(seen, Window("", 0, AT))
    assert (lowered.supplier, lowered.incidents, lowered.late) == ("acme", 1, 0)
