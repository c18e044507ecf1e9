"""Whatever the order of pages, their repetition and the mappings before: what is stored is what a slow model says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.facts import Facts
from core.model import STATES, Page
from core.store.store import Store, open_store
from tests.core.store.pages import event, link, page, ticket

Version: TypeAlias = tuple[int, int]
Content: TypeAlias = tuple[str, frozenset[str], frozenset[int]]
"""State, references, and the moments of events that one reading of one version brings."""
History: TypeAlias = Mapping[tuple[str, int, int], Content]
"""What a vendor says of each version (id, changed_at, revision) of its tickets."""

_EXAMPLES = settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_SOURCES = count(1)

CONTENT = st.tuples(
    st.sampled_from(["new", "active", "hold", "resolved"]),
    st.frozensets(st.sampled_from(["X", "Y", "Z"])),
    st.frozensets(st.integers(1, 5)),
)
KEYS = [(name, at, revision) for name in "abc" for at in (1, 2, 3) for revision in (0, 1)]
HISTORIES = st.fixed_dictionaries(dict.fromkeys(KEYS, CONTENT))
PAGES = st.lists(st.lists(st.sampled_from(KEYS), max_size=3, unique_by=lambda key: key[0]), max_size=6)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples; each has a source of its own in it."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('orders') / 'siamhub.db'}")
    yield store
    store.close()


@dataclass(slots=True)
class Model:
    """The obvious store: a dictionary per kind, the newest version wins, events are added."""

    tickets: dict[str, tuple[Version, str, frozenset[str]]] = field(default_factory=dict)
    events: set[tuple[str, int]] = field(default_factory=set)

    def keep(self, history: History, keys: Sequence[tuple[str, int, int]]) -> bool:
        """Whether anything is different after a page."""
        before = (dict(self.tickets), set(self.events))
        for name, *version in keys:
            state, references, moments = history[name, version[0], version[1]]
            here = (version[0], version[1])
            if name not in self.tickets or here >= self.tickets[name][0]:
                self.tickets[name] = (here, state, references)
            self.events |= {(name, at) for at in moments}
        return before != (self.tickets, self.events)

    def seen(self) -> Any:
        """As `seen` tells of a store."""
        return (
            {name: (version[0], state, references) for name, (version, state, references) in self.tickets.items()},
            self.events,
        )


def seen(found: Facts) -> Any:
    """Tickets with change time, state and references, and events, by vendor's ids."""
    names = found.tickets.vendor_id.tolist()
    references: dict[str, set[str]] = {name: set() for name in names}
    for row, reference in zip(found.links.ticket.tolist(), found.links.reference.tolist(), strict=True):
        references[names[row]].add(reference)
    columns = (found.tickets.changed_at.tolist(), found.tickets.state.tolist())
    tickets = {
        name: (at, STATES[state], frozenset(references[name])) for name, at, state in zip(names, *columns, strict=True)
    }
    comments = found.events["comment"]
    return tickets, {(names[row], at) for row, at in zip(comments.ticket.tolist(), comments.at.tolist(), strict=True)}


def made(history: History, keys: Sequence[tuple[str, int, int]]) -> Page:
    """The page that brings these versions, each with all that is known of it."""
    tickets, events, links = [], [], []
    for name, changed_at, revision in keys:
        state, references, moments = history[name, changed_at, revision]
        tickets.append(ticket(name, changed_at, revision, state=state))
        events += [event(name, f"{name}{at}", at, "", kind="comment") for at in sorted(moments)]
        links += [link(name, reference, changed_at) for reference in sorted(references)]
    return page(tickets=tickets, events=events, links=links)


def begin(store: Store) -> tuple[int, list[tuple[str, str]]]:
    """A source that has nothing yet."""
    name = f"s{next(_SOURCES)}"
    return store.source_id("acme", name), [("acme", name)]


@_EXAMPLES
@given(history=HISTORIES, pages=PAGES)
def test_the_newest_version_wins_and_a_page_says_whether_it_changed_anything(
    shared: Store, history: History, pages: list[list[tuple[str, int, int]]]
) -> None:
    source_id, source = begin(shared)
    model = Model()
    for keys in pages:
        changed = model.keep(history, keys)
        assert shared.save(source_id, made(history, keys), "one", 1).changed is changed
        assert seen(shared.facts(source)) == model.seen()
    for keys in pages:
        if model.keep(history, keys) is False:
            assert shared.save(source_id, made(history, keys), "one", 1).changed is False
        else:
            shared.save(source_id, made(history, keys), "one", 1)
    assert seen(shared.facts(source)) == model.seen()


@_EXAMPLES
@given(old=HISTORIES, new=HISTORIES, before=PAGES, again=PAGES)
def test_a_source_read_again_with_another_mapping_is_as_if_it_had_been_read_with_that_one_only(
    shared: Store,
    old: History,
    new: History,
    before: list[list[tuple[str, int, int]]],
    again: list[list[tuple[str, int, int]]],
) -> None:
    """All of the newest versions are read again, among others; events and links of the old mapping must not survive."""
    whole = [[("a", 3, 1)], *again, [("c", 3, 1), ("b", 3, 1)]]
    (twice, twice_named), (once, once_named) = begin(shared), begin(shared)
    for keys in before:
        shared.save(twice, made(old, keys), "one", 1)
    for keys in whole:
        for source_id in (twice, once):
            shared.save(source_id, made(new, keys), "two", 1)
    assert seen(shared.facts(twice_named)) == seen(shared.facts(once_named))
    for keys in whole:
        shared.save(twice, made(old, keys), "one", 1)
        shared.save(once, made(old, keys), "one", 1)
    assert seen(shared.facts(twice_named)) == seen(shared.facts(once_named))
