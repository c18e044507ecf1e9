"""The store on SQLite and PostgreSQL: what a page changes, what it must not, and what comes back as columns."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import sqlalchemy as sa

from core.facts import NEVER
from core.model import Reject
from core.store.store import Store
from tests.core.store.pages import SOURCE, event, facts, keep, link, page, ticket


def test_a_page_comes_back_as_columns(store: Store) -> None:
    outage = {"vendor_id": "o1", "ticket": "a", "component": "Web Farm", "type": "outage", "start": 5, "end": None}
    response = {"vendor_id": "r1", "ticket": "b", "at": None, "score": 4.0, "scale_min": 1.0, "scale_max": 5.0}
    versions = {"changed_at": 1, "revision": 0}
    keep(
        store,
        page(
            tickets=[
                ticket(
                    "a", opened_at=10, group="Desk", service="Webshop", state="hold", suspect="opened_at unreadable"
                ),
                ticket("b", opened_at=20, group="Web", kind="change", change_type="normal", outcome="successful"),
            ],
            events=[event("a", "e2", 12, "hold", from_value="active"), event("a", "e1", 11, "active", public=1)],
            outages=[outage | versions],
            responses=[response | versions],
            links=[link("a", "GLX-1")],
        ),
    )
    found = facts(store)
    assert found.tickets.vendor_id.tolist() == ["a", "b"]
    assert found.tickets.number.tolist() == ["A", "B"]
    assert found.tickets.opened_at.tolist() == [10, 20]
    assert found.tickets.resolved_at.tolist() == [NEVER, NEVER]
    assert found.tickets.kind.tolist() == [0, 1]
    assert found.tickets.state.tolist() == [3, 0]
    assert found.tickets.suspect.tolist() == [1, 0]
    assert found.tickets.change_type.tolist() == [-1, 1]
    assert [found.tickets.group.values[code] for code in found.tickets.group.codes] == ["Desk", "Web"]
    assert found.tickets.service.codes.tolist() == [0, -1]
    states = found.events["state"]
    assert states.ticket.tolist() == [0, 0]
    assert states.at.tolist() == [11, 12]
    assert states.from_value.tolist() == [-1, 2]
    assert states.to_value.tolist() == [2, 3]
    assert states.public.tolist() == [1, -1]
    assert len(found.events["group"]) == 0
    assert (found.outages.ticket.tolist(), found.outages.end.tolist()) == ([0], [NEVER])
    assert (found.responses.ticket.tolist(), found.responses.score.tolist()) == ([1], [4.0])
    assert (found.links.ticket.tolist(), found.links.reference.tolist()) == ([0], ["GLX-1"])


def test_facts_of_an_empty_store_are_empty_columns(store: Store) -> None:
    found = facts(store)
    assert len(found.tickets) == len(found.outages) == len(found.links) == len(found.responses) == 0
    assert found.tickets.opened_at.dtype == np.int64
    assert [len(events) for events in found.events.values()] == [0] * 5
    assert (found.sources[0].last_success, found.sources[0].watermark) == (None, None)


def test_facts_are_of_the_named_sources_only_and_in_their_order(store: Store) -> None:
    for supplier in ("globex", "acme"):
        source_id = store.source_id(supplier, "jira")
        store.save(source_id, page(tickets=[ticket(f"{supplier}-1")]), "one", 1)
    found = store.facts([("acme", "jira"), ("globex", "jira")])
    assert sorted(zip(found.tickets.source.tolist(), found.tickets.vendor_id.tolist(), strict=True)) == [
        (0, "acme-1"),
        (1, "globex-1"),
    ]
    assert store.facts([("globex", "jira")]).tickets.vendor_id.tolist() == ["globex-1"]


def test_a_repeated_page_changes_nothing(store: Store) -> None:
    given = page(tickets=[ticket("a")], events=[event("a", "e", 1, "new")], links=[link("a", "GLX-1")])
    assert keep(store, given) is True
    assert keep(store, given) is False


def test_an_older_version_never_replaces_a_newer_one(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 5, 1, state="resolved")], links=[link("a", "GLX-2", 5)]))
    for older in (ticket("a", 4, 9), ticket("a", 5, 0)):
        assert keep(store, page(tickets=[older], links=[link("a", "GLX-1", older["changed_at"] - 1)])) is False
    found = facts(store)
    assert found.tickets.state.tolist() == [4]
    assert found.links.reference.tolist() == ["GLX-2"]


def test_of_several_versions_on_one_page_the_newest_is_kept(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 5, state="resolved"), ticket("a", 4), ticket("b")]))
    assert facts(store).tickets.state.tolist() == [4, 0]


def test_a_newer_version_of_a_ticket_takes_its_older_links_away(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 1), ticket("b", 1)], links=[link("a", "X"), link("a", "Y"), link("b", "Z")]))
    assert keep(store, page(tickets=[ticket("a", 2)], links=[link("a", "Y", 2)])) is True
    assert sorted(facts(store).links.reference.tolist()) == ["Y", "Z"]


def test_links_of_another_stream_stay_when_the_ticket_changes(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 1)], links=[link("a", "X")]))
    keep(store, page(stream="causes", links=[link("a", "CHG-1")]))
    keep(store, page(tickets=[ticket("a", 2)]))
    assert facts(store).links.reference.tolist() == ["CHG-1"]


def test_neighbours_with_the_same_value_are_one_and_gaps_are_filled_from_the_event_before(store: Store) -> None:
    steps = [("e1", 1, "new"), ("e2", 2, "active"), ("e3", 3, "active"), ("e4", 4, "hold"), ("e5", 5, "active")]
    said = [event("a", f"c{at}", at, "") | {"kind": "comment", "to_value": None} for at in (1, 2)]
    keep(store, page(tickets=[ticket("a"), ticket("b")], events=[event("a", *step) for step in steps] + said))
    states = facts(store).events["state"]
    assert states.at.tolist() == [1, 2, 4, 5]
    assert states.from_value.tolist() == [-1, 0, 2, 3]
    assert facts(store).events["comment"].at.tolist() == [1, 2]


def test_events_and_links_wait_for_their_ticket(store: Store) -> None:
    keep(store, page(stream="history", events=[event("a", "e", 3, "active")], links=[link("a", "X")]))
    assert (len(facts(store).events["state"]), len(facts(store).links)) == (0, 0)
    keep(store, page(tickets=[ticket("a")]))
    assert (facts(store).events["state"].ticket.tolist(), facts(store).links.reference.tolist()) == ([0], ["X"])


def test_another_mapping_puts_right_what_the_former_one_made_of_equal_versions(store: Store) -> None:
    events = [event("a", "e1", 1, "active"), event("a", "e2", 2, "hold")]
    keep(store, page(tickets=[ticket("a", state=None)], events=events, links=[link("a", "wrong")]), "one")
    assert keep(store, page(tickets=[ticket("a", state="active")], events=events[:1]), "two") is True
    found = facts(store)
    assert found.tickets.state.tolist() == [2]
    assert found.events["state"].at.tolist() == [1]
    assert len(found.links) == 0


def test_events_of_another_stream_stay_when_the_ticket_is_read_with_another_mapping(store: Store) -> None:
    keep(store, page(stream="history", events=[event("a", "e1", 1, "active")]), "one")
    keep(store, page(tickets=[ticket("a")]), "one")
    keep(store, page(tickets=[ticket("a")]), "two")
    assert facts(store).events["state"].at.tolist() == [1]


def test_records_and_checkpoint_are_one_transaction(store: Store) -> None:
    source_id = store.source_id(*SOURCE[0])
    keep(store, page("first", tickets=[ticket("a")]))
    broken = page("second", tickets=[ticket("b")], links=[link("b", "X") | {"changed_at": None}])
    with pytest.raises((sa.exc.IntegrityError, TypeError)):
        store.save(source_id, broken, "one", 1)
    mark = store.checkpoint(source_id, "incident")
    assert mark is not None
    assert mark.text == "first"
    assert facts(store).tickets.vendor_id.tolist() == ["a"]


def test_a_checkpoint_is_per_stream_and_remembers_its_mapping(store: Store) -> None:
    keep(store, page("one"), "d1")
    keep(store, page("two", stream="change"), "d2")
    source_id = store.source_id(*SOURCE[0])
    marks = [store.checkpoint(source_id, stream) for stream in ("incident", "change", "outage")]
    assert [(mark.text, mark.mapping_digest) if mark else None for mark in marks] == [
        ("one", "d1"),
        ("two", "d2"),
        None,
    ]


def test_a_watermark_stays_when_a_page_has_none(store: Store) -> None:
    keep(store, page(watermark=9))
    keep(store, page(watermark=None))
    assert facts(store).sources[0].watermark == 9


def test_a_record_set_aside_is_counted_once_and_comes_back_when_it_can_be_read(store: Store) -> None:
    bad = Reject("a", "unreadable time", "opened_at: 'soon'")
    keep(store, page(rejects=[bad, Reject("no-id-1", "no id", "")]))
    keep(store, page(rejects=[bad]))
    assert facts(store).rejects == {(0, "unreadable time"): 1, (0, "no id"): 1}
    assert [(kept.key, kept.detail) for kept in store.rejected()] == [("a", "opened_at: 'soon'"), ("no-id-1", "")]
    keep(store, page(tickets=[ticket("a")]), "two")
    assert facts(store).rejects == {(0, "no id"): 1}
    store.record_pass(store.source_id(*SOURCE[0]), 1, 2, "ok", "", 1)
    assert facts(store).rejects == {}


def test_values_without_a_mapping_add_up_and_start_anew_with_another_mapping(store: Store) -> None:
    for digest in ("one", "one", "two"):
        keep(store, page(unmapped={("state", "Pausiert"): 2}), digest)
    assert [dict(aside.unmapped) for aside in store.set_aside()] == [{("state", "Pausiert"): 2}]
    keep(store, page(unmapped={("state", "Pausiert"): 3}), "two")
    assert [dict(aside.unmapped) for aside in store.set_aside()] == [{("state", "Pausiert"): 5}]


def test_tickets_whose_times_cannot_be_read_are_counted_with_the_reason(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", suspect="opened_at unreadable"), ticket("b")]))
    assert [dict(aside.suspects) for aside in store.set_aside()] == [{"opened_at unreadable": 1}]


def test_the_last_pass_and_the_last_success_are_remembered(store: Store) -> None:
    source_id = store.source_id(*SOURCE[0])
    store.record_pass(source_id, 1, 2, "ok", "", 10)
    store.record_pass(source_id, 3, 4, "failed", "incident: no answer", 0)
    ended = store.last_passes()[SOURCE[0]]
    assert (ended.state, ended.reason, ended.ended, ended.last_success) == ("failed", "incident: no answer", 4, 2)


def test_counters_never_fall(store: Store) -> None:
    assert [store.raise_counter("acme", "opened", value) for value in (3, 5, 4, 6)] == [3, 5, 5, 6]


def test_texts_may_hold_anything_that_json_may(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", number="nul\0tab\tnewline\n\\back€😀")]))
    assert facts(store).tickets.number.tolist()[0].replace("\0", "") == "nultab\tnewline\n\\back€😀"


def test_sources_save_side_by_side(store: Store) -> None:
    errors: list[BaseException] = []

    def work(supplier: str) -> None:
        try:
            source_id = store.source_id(supplier, "jira")
            for number in range(20):
                store.save(source_id, page(tickets=[ticket(f"t{number}")]), "one", 1)
                store.facts([(supplier, "jira")])
        except BaseException as error:  # noqa: BLE001  # handed to the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store.facts([(f"s{n}", "jira") for n in range(4)]).tickets) == 80
