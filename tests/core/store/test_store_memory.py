"""Facts kept in memory and brought up to date are those that would be read from the start, whatever changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.facts import EventFacts, Names
from core.model import Page, columns, told
from core.reviews import Review
from core.store import load as load_module
from core.store import memory as module
from core.store.memory import Memory
from core.store.store import Store, open_store
from tests.core.store.pages import event, link, page, ticket

_RUNS = count(1)
_EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
IDS = st.sampled_from(["a", "b", "c", "m", "z", "é"])
GROUPS = st.sampled_from(["Desk", "Web", "Db"])


def plain(value: Any) -> Any:
    """Facts as plain values; names as texts, whatever their codes."""
    if isinstance(value, Names):
        return [None if code < 0 else value.values[code] for code in value.codes.tolist()]
    if isinstance(value, EventFacts) and value.names:
        told = {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name != "names"}
        for column in ("from_value", "to_value"):
            told[column] = [None if code < 0 else value.names[code] for code in told[column]]
        return told
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name != "names"}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


@st.composite
def pages(draw: st.DrawFn, at: int) -> Page:
    """A page of some stream: tickets, their events and references, records beside them."""
    ids = draw(st.lists(IDS, max_size=3, unique=True))
    tickets = [
        ticket(name, at, group=draw(GROUPS), service=draw(GROUPS), opened_at=draw(st.integers(1, 9))) for name in ids
    ]
    steps = []
    for place in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["state", "group", "comment", "priority"]))
        to = {"state": "hold", "group": draw(GROUPS), "comment": None, "priority": "2"}[kind]
        when = draw(st.integers(1, 9))
        steps.append(event(draw(IDS), f"e{at}-{place}", when, to, kind=kind, from_value=None))  # type: ignore[arg-type]
    links = [link(name, draw(st.sampled_from(["X", "Y"])), at) for name in draw(st.lists(IDS, max_size=2, unique=True))]
    some = st.none() | IDS
    versions: dict[str, Any] = {"changed_at": at, "revision": 0}
    outages = [
        {"vendor_id": f"o{draw(st.integers(1, 2))}", "ticket": draw(some), "type": "outage", "start": at} | versions
        for _ in range(draw(st.integers(0, 1)))
    ]
    responses = [
        {"vendor_id": f"r{draw(st.integers(1, 2))}", "ticket": draw(some), "score": 4.0, "scale_min": 1.0}
        | {"scale_max": 5.0}
        | versions
        for _ in range(draw(st.integers(0, 1)))
    ]
    stones = [{"ticket": name, "at": at} for name in draw(st.lists(IDS, max_size=1))]
    return page(
        stream=draw(st.sampled_from(["incident", "other"])),
        tickets=tickets,
        events=steps,
        links=links,
        outages=outages,
        responses=responses,
        tombstones=stones if draw(st.booleans()) else [],
        whole=frozenset(told(columns("link", links))) if draw(st.integers(0, 3)) == 0 else None,
    )


STEPS = st.lists(
    st.sampled_from(["page", "page", "page", "page", "census", "review", "nothing seen yet"]), min_size=1, max_size=12
)


@pytest.fixture
def shared(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


@_EXAMPLES
@given(st.data(), STEPS)
def test_what_is_brought_up_to_date_is_what_would_be_read(shared: Store, data: st.DataObject, steps: list[str]) -> None:
    run = next(_RUNS)
    sources = [(f"acme{run}", "itsm"), (f"globex{run}", "itsm")]
    ids = [shared.source_id(*source) for source in reversed(sources)]  # ids in another order than the configuration
    memory: Memory | None = None
    for at, what in enumerate(steps, start=1):
        source = data.draw(st.sampled_from(ids))
        if what == "page":
            shared.save(source, data.draw(pages(at)), data.draw(st.sampled_from(["one", "two"])), at)
        elif what == "census":
            shared.settle(source, {data.draw(IDS): data.draw(st.sampled_from(["deleted", "hidden", "unseen"]))}, at)
        elif what == "review":
            shared.replace_reviews([Review("2026-10", "acme", "globex", float(at % 5 + 1), 1, 5)], "import", at)
        if what != "nothing seen yet":
            memory = shared.recall(sources, memory)
            assert plain(memory.facts) == plain(shared.facts(sources))


def spied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes whenever everything is read."""
    seen: list[str] = []
    load = load_module.load

    def noted(*given: Any) -> Any:
        seen.append("everything")
        return load(*given)

    monkeypatch.setattr(module, "load", noted)
    return seen


def test_only_what_changed_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    source, named = store.source_id("acme", "itsm"), [("acme", "itsm")]
    store.save(source, page(tickets=[ticket(f"t{n}") for n in range(50)]), "one", 1)
    memory = store.recall(named, None)
    seen = spied(monkeypatch)
    store.save(source, page(tickets=[ticket("t7", 2, state="hold"), ticket("new", 2)]), "one", 2)
    assert len(store.recall(named, memory).facts.tickets) == 51
    assert seen == []


def test_a_ticket_that_is_deleted_makes_everything_be_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    source, named = store.source_id("acme", "itsm"), [("acme", "itsm")]
    store.save(source, page(tickets=[ticket("a"), ticket("b")]), "one", 1)
    memory = store.recall(named, None)
    seen = spied(monkeypatch)
    store.settle(source, {"a": "deleted"}, 2)
    assert store.recall(named, memory).facts.tickets.vendor_id.tolist() == ["b"]
    assert seen == ["everything"]


def test_who_is_too_far_behind_reads_everything(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where 20 entries are kept, of 41 changes the first are no longer in the journal."""
    monkeypatch.setattr("core.store.journal._KEPT", 20)
    source, named = store.source_id("acme", "itsm"), [("acme", "itsm")]
    store.save(source, page(tickets=[ticket("a")]), "one", 1)
    memory = store.recall(named, None)
    for n in range(41):
        store.save(source, page(tickets=[ticket("a", n + 2)]), "one", n)
    seen = spied(monkeypatch)
    assert store.recall(named, memory).facts.tickets.changed_at.tolist() == [42]
    assert seen == ["everything"]


def test_a_source_that_is_new_or_gone_from_the_configuration_makes_everything_be_read(store: Store) -> None:
    source = store.source_id("acme", "itsm")
    store.save(source, page(tickets=[ticket("a")]), "one", 1)
    both = [("acme", "itsm"), ("globex", "itsm")]
    memory = store.recall(both, None)
    store.save(store.source_id("globex", "itsm"), page(tickets=[ticket("b")]), "one", 1)
    memory = store.recall(both, memory)
    assert memory.facts.tickets.vendor_id.tolist() == ["a", "b"]
    assert store.recall(both[:1], memory).facts.tickets.vendor_id.tolist() == ["a"]


def test_answers_go_and_come_back_with_their_ticket(store: Store) -> None:
    """One on a ticket that is deleted before it ever arrived, and one on a ticket that comes back."""
    source, named = store.source_id("acme", "itsm"), [("acme", "itsm")]
    answer = {"score": 4.0, "scale_min": 1.0, "scale_max": 5.0, "changed_at": 1, "revision": 0}
    responses = [{"vendor_id": name, "ticket": name, **answer} for name in "ab"]
    store.save(source, page(tickets=[ticket("b")], responses=responses), "one", 1)
    memory = store.recall(named, None)
    assert memory.facts.responses.vendor_id.tolist() == ["a", "b"]
    store.settle(source, {"a": "deleted", "b": "deleted"}, 2)
    memory = store.recall(named, memory)
    assert memory.facts.responses.vendor_id.tolist() == []
    store.save(source, page(tickets=[ticket("b", 3)]), "one", 3)
    assert store.recall(named, memory).facts.responses.vendor_id.tolist() == ["b"]
