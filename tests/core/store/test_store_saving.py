"""Saving under adverse conditions: broken off at every statement, side by side, with odd texts and numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event as listening

from core.model import Reject
from core.store.store import Store, open_store
from tests.core.store.pages import SOURCE, event, facts, keep, link, page, ticket

OUTAGE = {"vendor_id": "o", "type": "outage", "start": 5, "changed_at": 1, "revision": 0}
RESPONSE = {"vendor_id": "r", "score": 4.0, "scale_min": 1.0, "scale_max": 5.0, "changed_at": 1, "revision": 0}


class BrokenOffError(Exception):
    """What stands for a kill."""


@contextmanager
def breaking(store: Store, at: int) -> Iterator[None]:
    """The statement of this number fails."""
    left = at

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise BrokenOffError

    listening.listen(store._engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        listening.remove(store._engine, "before_cursor_execute", count)


def test_a_page_that_breaks_off_at_any_statement_leaves_nothing_behind(store: Store) -> None:
    keep(store, page("first", tickets=[ticket("a")], links=[link("a", "X")], rejects=[Reject("b", "no time", "")]))
    source_id = store.source_id(*SOURCE[0])
    second = page(
        "second",
        tickets=[ticket("a", 2, state="resolved"), ticket("b")],
        events=[event("b", "e", 3, "active")],
        outages=[OUTAGE],
        responses=[RESPONSE],
        links=[link("a", "Y", 2)],
        rejects=[Reject("c", "no id", "")],
        unmapped={("state", "Pausiert"): 1},
    )
    broken = 0
    while True:
        try:
            with breaking(store, broken):
                store.save(source_id, second, "two", 1)
            break
        except BrokenOffError:
            broken += 1
        found, mark = facts(store), store.checkpoint(source_id, "incident")
        assert mark is not None
        assert (mark.text, mark.mapping_digest) == ("first", "one")
        assert (found.tickets.vendor_id.tolist(), found.links.reference.tolist()) == (["a"], ["X"])
        assert (len(found.outages), len(found.responses), found.rejects) == (0, 0, {(0, "no time"): 1})
        assert [dict(aside.unmapped) for aside in store.set_aside()] == [{}]
    assert broken > 10
    found, mark = facts(store), store.checkpoint(source_id, "incident")
    assert mark is not None
    assert mark.text == "second"
    assert (found.tickets.vendor_id.tolist(), found.links.reference.tolist()) == (["a", "b"], ["Y"])
    assert (len(found.outages), len(found.responses), found.rejects) == (1, 1, {(0, "no id"): 1})


def test_a_reader_sees_whole_pages_only(store: Store) -> None:
    source_id, done = store.source_id(*SOURCE[0]), threading.Event()

    def write() -> None:
        for number in range(30):
            name = f"t{number}"
            given = page(
                tickets=[ticket(name)],
                events=[event(name, name, 1, "active")],
                links=[link(name, "X")],
                watermark=number,
            )
            store.save(source_id, given, "one", 1)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        found = facts(store)
        seen.add(len(found.tickets))
        assert len(found.tickets) == len(found.events["state"]) == len(found.links)
        assert found.sources[0].watermark == (len(found.tickets) - 1 if len(found.tickets) else None)
    writer.join()
    assert len(facts(store).tickets) == 30
    assert max(seen) <= 30


def test_two_hubs_on_one_database_save_for_the_same_source(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(2)]
    errors: list[BaseException] = []

    def work(store: Store, order: int) -> None:
        try:
            source_id = store.source_id(*SOURCE[0])
            for number in range(15):
                names = [f"t{number}", f"t{number + 1}", f"t{number + 2}"][::order]
                store.save(source_id, page(tickets=[ticket(name) for name in names]), "one", 1)
                store.record_pass(source_id, 1, 2, "ok", "", 3)
                store.raise_counter("acme", "opened", number)
        except BaseException as error:  # noqa: BLE001  # handed to the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=one) for one in zip(stores, (1, -1), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(facts(stores[0]).tickets) == 17
    assert stores[1].raise_counter("acme", "opened", 0) == 14
    for store in stores:
        store.close()


def test_a_counter_that_another_hub_raised_further_stays_there(database_url: str) -> None:
    here, there = open_store(database_url), open_store(database_url)
    assert [here.raise_counter("acme", "opened", 5), there.raise_counter("acme", "opened", 9)] == [5, 9]
    assert here.raise_counter("acme", "opened", 7) == 9
    assert here.raise_counter("globex", "opened", 1) == 1
    here.close()
    there.close()


def test_nul_characters_stop_no_page(store: Store) -> None:
    given = page(
        "c\0",
        tickets=[ticket("a\0", number="INC\0")],
        events=[event("a\0", "e\0", 1, "active", vendor_value="\0")],
        links=[link("a\0", "X\0")],
        rejects=[Reject("k\0", "no id", "\0")],
        unmapped={("state", "\0"): 1},
    )
    assert keep(store, given) is True
    assert keep(store, given) is False
    found = facts(store)
    assert (found.tickets.vendor_id.tolist(), found.links.reference.tolist()) == (["a"], ["X"])
    assert (len(found.events["state"]), found.rejects) == (1, {(0, "no id"): 1})


def test_a_counter_of_a_vendor_that_went_mad_is_cut(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", reopen_count=10**15), ticket("b", reopen_count=2)]))
    assert facts(store).tickets.reopen_count.tolist() == [2**31 - 1, 2]


def test_a_page_may_be_as_large_as_a_vendor_makes_it(store: Store) -> None:
    many = [ticket(f"t{number}") for number in range(40_000)]
    keep(store, page(tickets=many, rejects=[Reject("t5", "no time", "")]))
    assert keep(store, page(tickets=many)) is False
    assert (len(facts(store).tickets), facts(store).rejects) == (40_000, {})


def test_a_page_without_records_moves_the_checkpoint_and_changes_nothing(store: Store) -> None:
    assert keep(store, page("one")) is False
    assert keep(store, page("two")) is False
    mark = store.checkpoint(store.source_id(*SOURCE[0]), "incident")
    assert mark is not None
    assert mark.text == "two"


def test_facts_come_in_one_order_however_the_records_arrived(store: Store) -> None:
    names = ["b", "a", "é", "B", "c"]
    for supplier, order in (("acme", 1), ("globex", -1)):
        source_id = store.source_id(supplier, "jira")
        for name in names[::order]:
            both = [event(name, f"{name}{n}", 1, value) for n, value in ((1, "new"), (2, "active"))][::order]
            store.save(source_id, page(tickets=[ticket(name)], events=both), "one", 1)
    one, other = (store.facts([(supplier, "jira")]) for supplier in ("acme", "globex"))
    assert one.tickets.vendor_id.tolist() == other.tickets.vendor_id.tolist() == ["B", "a", "b", "c", "é"]
    assert one.events["state"].to_value.tolist() == other.events["state"].to_value.tolist() == [0, 2] * 5


def test_links_of_an_older_revision_are_not_taken_for_the_newer_ones(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 5, 1)], links=[link("a", "new", 5)]))
    assert keep(store, page(tickets=[ticket("a", 5, 0)], links=[link("a", "old", 5)])) is False
    assert facts(store).links.reference.tolist() == ["new"]


def test_of_links_without_their_ticket_the_latest_stay(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 9)]))
    for reference, changed_at in (("X", 5), ("Y", 7), ("Z", 7), ("X", 6)):
        keep(store, page(stream="links", links=[link("a", reference, changed_at)]))
    assert sorted(facts(store).links.reference.tolist()) == ["Y", "Z"]


def test_events_from_before_the_first_that_another_mapping_reads_are_kept(store: Store) -> None:
    old = [event("a", f"e{at}", at, value) for at, value in ((1, "new"), (5, "hold"), (6, "active"), (8, "resolved"))]
    keep(store, page(tickets=[ticket("a")]))
    keep(store, page(stream="feed", events=old), "one")
    keep(store, page(stream="feed", events=[event("a", "e5", 5, "active")]), "two")
    assert facts(store).events["state"].at.tolist() == [1, 5]


def test_another_mapping_takes_out_events_of_many_tickets_that_come_without_them(store: Store) -> None:
    names = [f"t{number}" for number in range(3)]
    keep(store, page(tickets=[ticket(name) for name in names]))
    for digest, moments in (("one", (1, 2)), ("two", (1, 2)), ("three", (1,))):
        told = [event(name, f"{name}{at}", at, ("new", "active")[at - 1]) for name in names for at in moments]
        keep(store, page(stream="feed", events=told), digest)
    assert facts(store).events["state"].at.tolist() == [1, 1, 1]


def test_two_streams_that_tell_the_same_event_do_not_change_it_in_turn(store: Store) -> None:
    told = [event("a", "e", 1, "active")]
    keep(store, page(stream="one", tickets=[ticket("a")], events=told))
    keep(store, page(stream="two", events=told))
    assert [keep(store, page(stream=stream, events=told)) for stream in ("one", "two", "one")] == [False] * 3


def test_a_long_detail_is_cut(store: Store) -> None:
    keep(store, page(rejects=[Reject("a", "wrong type", "x" * 5000)]))
    assert [len(kept.detail) for kept in store.rejected()] == [300]


def test_a_closed_database_is_told_by_ping(database_url: str) -> None:
    store = open_store(database_url)
    store.ping()
    with store._engine.begin() as connection:
        connection.execution_options(writes=True).exec_driver_sql("ALTER TABLE source RENAME TO gone")
    with pytest.raises(sa.exc.DatabaseError):
        store.ping()
    store.close()
