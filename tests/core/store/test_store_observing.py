"""What the hub observes of tickets between two passes, and what becomes of it when a history can be read."""

from __future__ import annotations

from typing import Any

import pytest

from core.facts import NEVER
from core.model import EVENT_KINDS, STATES, Observe
from core.store.store import Store
from tests.core.store.pages import event, facts, keep, link, page, ticket

KINDS = ("state", "priority", "group", "major")


def seen(*tickets: dict[str, Any], since: int | None = None, **moments: int | None) -> Any:
    """A page of tickets that are observed; `moments`: since when the tickets say that they are in a state."""
    found = {state: [at] * len(tickets) for state, at in moments.items()}
    return page(tickets=list(tickets), observe=Observe(KINDS, since, found))


def told(store: Store, kind: str = "state") -> list[tuple[Any, ...]]:
    """(at, earliest, from, to) of the events of a kind."""
    events = facts(store).events[kind]
    names = {"state": STATES, "group": events.names}.get(kind, range(6))
    return [
        (at, None if early == NEVER else early, *(None if code < 0 else names[code] for code in (old, new)))
        for at, early, old, new in zip(events.at, events.earliest, events.from_value, events.to_value, strict=True)
    ]


def test_a_ticket_that_is_seen_for_the_first_time_has_no_history(store: Store) -> None:
    keep(store, seen(ticket("a", 50, group="Web"), ticket("b", 50, state="closed", closed_at=40)))
    assert [told(store, kind) for kind in EVENT_KINDS] == [[]] * len(EVENT_KINDS)


def test_what_differs_from_the_version_that_is_held_has_happened_in_between(store: Store) -> None:
    keep(store, seen(ticket("a", 50, group="Web", priority=3)))
    keep(store, seen(ticket("a", 90, group="Net", priority=1, state="active", major=1), since=60))
    assert told(store) == [(90, 60, "new", "active")]
    assert told(store, "group") == [(90, 60, "Web", "Net")]
    assert told(store, "priority") == [(90, 60, 3, 1)]
    assert told(store, "major") == [(90, 60, 0, 1)]


@pytest.mark.parametrize(("since", "earliest"), [(None, 50), (10, 50), (60, 60), (200, 90)])
def test_the_earliest_moment_is_the_later_of_the_held_version_and_the_pass_before(
    store: Store, since: int | None, earliest: int
) -> None:
    keep(store, seen(ticket("a", 50)))
    keep(store, seen(ticket("a", 90, state="active"), since=since))
    assert told(store) == [(90, earliest, "new", "active")]


def test_what_is_read_again_is_observed_once_and_an_older_version_not_at_all(store: Store) -> None:
    first, second = seen(ticket("a", 50)), seen(ticket("a", 90, state="active"))
    for given in (first, second, first, second):
        keep(store, given)
    assert keep(store, second) is False
    assert told(store) == [(90, 50, "new", "active")]


def test_two_changes_within_one_stamp_are_both_observed_in_their_order(store: Store) -> None:
    source = store.source_id("acme", "servicenow")
    for now, state in enumerate(("new", "resolved", "active")):
        store.save(source, seen(ticket("a", 50, state=state)), "one", now)
    assert told(store) == [(50, 50, "new", "resolved"), (50, 50, "resolved", "active")]


def test_a_moment_that_the_record_tells_is_no_estimate(store: Store) -> None:
    keep(store, seen(ticket("a", 50)))
    keep(store, seen(ticket("a", 90, state="hold"), hold=70))
    keep(store, seen(ticket("a", 120, state="resolved", resolved_at=110), resolved=110))
    assert told(store) == [(70, None, "new", "hold"), (110, None, "hold", "resolved")]


def test_a_moment_that_contradicts_what_is_known_is_not_believed(store: Store) -> None:
    """A resolution that was dated back before a hold that the hub has seen, and one after the change itself."""
    keep(store, seen(ticket("a", 50)))
    keep(store, seen(ticket("a", 90, state="hold"), hold=70))
    keep(store, seen(ticket("a", 120, state="resolved"), resolved=60))
    keep(store, seen(ticket("a", 150, state="active")))
    keep(store, seen(ticket("a", 180, state="resolved"), resolved=999))
    assert [(at, early) for at, early, *_ in told(store)] == [(70, None), (120, 90), (150, 120), (180, 150)]


def test_of_a_ticket_that_was_closed_in_between_the_resolution_is_known_too(store: Store) -> None:
    keep(store, seen(ticket("a", 50)))
    keep(store, seen(ticket("a", 90, state="closed"), resolved=60, closed=80))
    assert told(store) == [(60, None, "new", "resolved"), (80, None, "resolved", "closed")]


def test_a_wait_at_first_sight_begins_when_the_record_says_else_somewhen_since_the_opening(store: Store) -> None:
    keep(store, seen(ticket("a", 50, state="hold", opened_at=10), hold=30))
    keep(store, seen(ticket("b", 50, state="hold", opened_at=10)))
    assert told(store) == [(30, None, None, "hold"), (50, 10, None, "hold")]


def test_a_ticket_that_was_done_at_first_sight_is_reopened_after_its_resolution(store: Store) -> None:
    keep(store, seen(ticket("a", 50, state="resolved", opened_at=10, resolved_at=40)))
    keep(store, seen(ticket("a", 90, state="active", opened_at=10)))
    assert told(store) == [(40, None, None, "resolved"), (90, 50, "resolved", "active")]


def test_other_words_for_the_same_are_no_change(store: Store) -> None:
    """With another mapping the tickets read otherwise; what was observed with the former one stays."""
    keep(store, seen(ticket("a", 50)))
    keep(store, seen(ticket("a", 90, state="active")))
    keep(store, seen(ticket("a", 90, state="assigned")), "two")
    keep(store, seen(ticket("a", 120, state="closed")), "two")
    assert told(store) == [(90, 50, "new", "active"), (120, 90, "assigned", "closed")]


def test_a_page_that_is_not_observed_adds_nothing(store: Store) -> None:
    keep(store, page(tickets=[ticket("a", 50)]))
    keep(store, page(tickets=[ticket("a", 90, state="active")]))
    assert told(store) == []


def test_a_history_takes_the_place_of_what_was_observed_from_its_first_event_on(store: Store) -> None:
    """Of the same kind and ticket; it may begin later than the observation did."""
    for at, state in ((50, "new"), (90, "active"), (120, "hold"), (150, "resolved")):
        keep(store, seen(ticket("a", at, state=state, priority=at // 30), ticket("b", at, state=state)))
    read = [event("a", "1", 115, "hold"), event("a", "2", 140, "resolved")]
    keep(store, page("h", "history", events=read))
    mine = facts(store).events["state"]
    rows = [row for row, key in zip(told(store), mine.ticket.tolist(), strict=True) if key == 0]
    assert rows == [(90, 50, "new", "active"), (115, None, "active", "hold"), (140, None, "hold", "resolved")]
    assert len(told(store)) == 3 + 3
    with store._engine.connect() as connection:  # columns leave out neighbours that say the same
        query = "SELECT count(*) FROM event WHERE event_id LIKE 'observed:%' AND kind = 'state'"
        assert connection.exec_driver_sql(query.replace("%", "%%")).scalar() == 1 + 3
    assert len(told(store, "priority")) == 3, "the history tells nothing of priorities"
    assert keep(store, page("h", "history", events=read)) is False


def test_a_list_that_was_read_to_its_end_takes_away_what_it_does_not_tell(store: Store) -> None:
    def listed(*pairs: tuple[str, str], last: bool = True) -> Any:
        links = [link(*pair, changed_at=0) for pair in pairs]
        names = frozenset((key, "same", "number", reference) for key, reference in pairs)
        return page("c", "cause", links=links, whole=names if last else None)

    keep(store, page(tickets=[ticket("a"), ticket("b")], links=[link("a", "OWN")]))
    keep(store, listed(("a", "X"), ("b", "Y")))
    keep(store, listed(("a", "X"), last=False))
    assert sorted(facts(store).links.reference) == ["OWN", "X", "Y"], "the list goes on"
    assert keep(store, listed(("a", "X"))) is True
    assert sorted(facts(store).links.reference) == ["OWN", "X"]
    assert keep(store, listed(("a", "X"))) is False
    keep(store, listed())
    assert sorted(facts(store).links.reference) == ["OWN"], "links of other streams stay"


def test_how_many_events_are_estimated_and_how_well_is_told_of_each_source(store: Store) -> None:
    assert store.estimated() == []
    keep(store, seen(ticket("a", 50), ticket("b", 50), ticket("c", 50)))
    keep(store, seen(ticket("a", 90, state="active"), ticket("b", 70, state="active")))
    keep(store, seen(ticket("c", 90, state="hold"), hold=80))
    keep(store, page(events=[event("c", "e", 60, "Web", kind="group")]))
    (found,) = store.estimated()
    assert (found.supplier, found.source) == ("acme", "servicenow")
    assert (found.events, found.mean, found.most) == (2, 30, 40), "what a record tells itself is no estimate"
