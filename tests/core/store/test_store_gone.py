"""Tickets that are gone: marked, left out of the facts, never deleted, and there again when they come again."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from core.facts import NEVER
from core.model import Instant
from core.status import CensusEnd, HeldTicket
from core.store.store import Store, open_store
from tests.core.store.pages import SOURCE, event, facts, keep, link, page, ticket


def told(store: Store) -> Sequence[str]:
    return list(facts(store).tickets.vendor_id)


def vanished(store: Store) -> dict[str, Instant]:
    tickets = facts(store).tickets
    pairs = zip(tickets.vendor_id, tickets.vanished_at.tolist(), strict=True)
    return {vendor_id: at for vendor_id, at in pairs if at != NEVER}


def marked(store: Store, gone: dict[str, str], at: Instant = 50) -> bool:
    return store.settle(store.source_id(*SOURCE[0]), gone, at).changed


def tombstone(vendor_id: str, at: Instant) -> dict[str, Any]:
    return {"ticket": vendor_id, "at": at}


def test_a_deleted_ticket_and_what_it_bore_are_in_no_fact_and_an_outage_record_stays(store: Store) -> None:
    answer = {"vendor_id": "r", "ticket": "a", "score": 4.0, "scale_min": 1.0, "scale_max": 5.0, "changed_at": 1}
    outage = {"vendor_id": "o", "ticket": "a", "type": "outage", "start": 1, "changed_at": 1, "revision": 0}
    keep(
        store,
        page(
            tickets=[ticket("a"), ticket("b")],
            events=[event("a", "1", 5, "active"), event("b", "2", 5, "active")],
            links=[link("a", "X"), link("b", "Y")],
            responses=[answer | {"revision": 0}, answer | {"vendor_id": "s", "ticket": "b", "revision": 0}],
            outages=[outage],
        ),
    )
    assert marked(store, {"a": "deleted"})
    left = facts(store)
    assert list(left.tickets.vendor_id) == ["b"]
    assert (len(left.events["state"]), list(left.links.reference), list(left.responses.vendor_id)) == (1, ["Y"], ["s"])
    assert left.outages.ticket.tolist() == [-1]
    assert keep(store, page(tickets=[ticket("a")]))
    assert (told(store), len(facts(store).responses), len(facts(store).events["state"])) == (["a", "b"], 2, 2)


@pytest.mark.parametrize("why", ["hidden", "unseen"])
def test_a_ticket_that_is_hidden_stays_in_the_facts_with_the_moment_since_when(store: Store, why: str) -> None:
    keep(store, page(tickets=[ticket("a"), ticket("b")]))
    assert marked(store, {"a": why}, at=50)
    assert (told(store), vanished(store)) == (["a", "b"], {"a": 50})
    assert not marked(store, {"a": why}, at=60), "known already"
    assert vanished(store) == {"a": 50}


def test_what_is_hidden_may_turn_out_to_be_deleted(store: Store) -> None:
    keep(store, page(tickets=[ticket("a")]))
    marked(store, {"a": "hidden"})
    assert marked(store, {"a": "deleted"}, at=60)
    assert told(store) == []


def test_a_ticket_that_is_read_again_is_no_longer_gone_even_in_the_version_known(store: Store) -> None:
    keep(store, page(tickets=[ticket("a"), ticket("b")]))
    marked(store, {"a": "deleted", "b": "hidden"})
    assert keep(store, page(tickets=[ticket("a")]))
    assert (told(store), vanished(store)) == (["a", "b"], {"b": 50})


def test_an_event_of_a_gone_ticket_does_not_bring_it_back(store: Store) -> None:
    keep(store, page(tickets=[ticket("a")]))
    marked(store, {"a": "deleted"})
    keep(store, page(stream="history", events=[event("a", "1", 5, "active")]))
    assert told(store) == []


def test_a_source_tells_deletions_of_known_tickets_and_others_are_passed_over(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", changed_at=5), ticket("b", changed_at=5)]))
    assert keep(store, page(stream="deleted", tombstones=[tombstone("a", 9), tombstone("z", 9)]))
    assert told(store) == ["b"]
    assert not keep(store, page(stream="deleted", tombstones=[tombstone("a", 9), tombstone("z", 9)]))
    keep(store, page(tickets=[ticket("z", changed_at=20)]))
    assert told(store) == ["b", "z"]


def test_a_ticket_that_was_changed_after_its_deletion_is_there(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", changed_at=10)]))
    assert not keep(store, page(stream="deleted", tombstones=[tombstone("a", 9)]))
    assert told(store) == ["a"]


def test_the_word_of_a_deletion_that_is_read_once_more_does_not_delete_what_came_back(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", changed_at=5)]))
    keep(store, page(stream="deleted", tombstones=[tombstone("a", 9)]))
    keep(store, page(tickets=[ticket("a", changed_at=5)]))
    assert not keep(store, page(stream="deleted", tombstones=[tombstone("a", 9)]))
    assert told(store) == ["a"]
    assert keep(store, page(stream="deleted", tombstones=[tombstone("a", 12)])), "deleted a second time"
    assert told(store) == []


def test_a_page_read_out_of_turn_leaves_the_checkpoint_where_it_was(store: Store) -> None:
    source_id = store.source_id(*SOURCE[0])
    keep(store, page("first", tickets=[ticket("a")]))
    out_of_turn = page(tickets=[ticket("b")])
    keep(store, type(out_of_turn)("incident", None, None, tickets=out_of_turn.tickets))
    mark = store.checkpoint(source_id, "incident")
    assert mark is not None
    assert mark.text == "first"
    assert told(store) == ["a", "b"]


def test_what_is_held_is_told_with_the_stream_that_brought_it(store: Store) -> None:
    source_id = store.source_id(*SOURCE[0])
    keep(store, page(tickets=[ticket("a", changed_at=4), ticket("b", changed_at=5)]))
    keep(store, page(stream="change", tickets=[ticket("c", changed_at=6, kind="change")]))
    marked(store, {"c": "deleted"})
    assert store.held(source_id) == {
        "a": HeldTicket("incident", 4, "A", None),
        "b": HeldTicket("incident", 5, "B", None),
        "c": HeldTicket("change", 6, "C", "deleted"),
    }


def test_the_end_of_a_census_is_kept_and_a_later_one_takes_its_place(store: Store) -> None:
    source_id = store.source_id(*SOURCE[0])
    assert store.censuses() == {}
    store.record_census(source_id, CensusEnd("failed", "why", 5))
    end = CensusEnd("ok", "", 9, 8, difference=-3, deleted=2, hidden=1)
    store.record_census(source_id, end)
    assert store.censuses() == {SOURCE[0]: end}


def test_a_database_of_the_first_schema_is_brought_on_with_its_tickets(database_url: str) -> None:
    first = importlib.import_module("core.store.migrations.versions.v0001_the_first_schema")
    engine = sa.create_engine(database_url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        first.upgrade()
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('0001')"))
        connection.execute(sa.text("INSERT INTO source VALUES (1, 'acme', 'servicenow')"))
        connection.execute(sa.text("INSERT INTO reading VALUES (1, 1, 'incident', 'one')"))
        connection.execute(sa.text("INSERT INTO ticket_key VALUES (1, 1, 'a')"))
        connection.execute(
            sa.text("INSERT INTO ticket (ticket, kind, number, changed_at, revision, reading)"
                    " VALUES (1, 'incident', 'A', 1, 0, 1)")
        )  # fmt: skip
    engine.dispose()
    store = open_store(database_url)
    assert told(store) == ["a"]
    assert vanished(store) == {}
    assert marked(store, {"a": "hidden"})
    assert vanished(store) == {"a": 50}
    store.close()


def test_a_page_that_bears_a_ticket_and_the_word_of_its_deletion_does_not_bring_it_back(store: Store) -> None:
    """A list that goes on telling of what was deleted is read with an overlap."""
    for _ in range(2):
        keep(store, page(tickets=[ticket("a", changed_at=9)], tombstones=[tombstone("a", 9)]))
        assert told(store) == []
