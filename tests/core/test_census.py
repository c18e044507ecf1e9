"""A census: what is gone, hidden or missed is found, and lost rights are not taken for deletions."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.census import FEW, census, compared, due, too_many
from core.connector import AbsentError, AnswerError, Asked, ForbiddenError, SourceError, UnavailableError
from core.model import SECOND, TICKET, Instant, Page
from core.status import CensusEnd, HeldTicket, SourceStatus, told

DAY = 86_400
NOW = 1_000 * SECOND


def page(stream: str, versions: Mapping[str, Instant], others: int = 0) -> Page:
    nothing: dict[str, Sequence[Any]] = {name: [None] * len(versions) for name in TICKET}
    columns = {**nothing, "vendor_id": list(versions), "changed_at": list(versions.values())}
    return Page(stream, None, None, tickets=columns, read=len(versions) + others)


@dataclass
class System:
    """A source: what its lists show, and what it gives of a ticket that is asked for by its id."""

    lists: dict[str, dict[str, Instant]]
    given: dict[str, Instant] = field(default_factory=dict)  # beside what the lists show
    lost: dict[str, str] = field(default_factory=dict)  # why it does not give the others
    foreign: set[str] = field(default_factory=set)  # shown, but no ticket by the mapping
    errors: dict[str, SourceError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    dated: bool = True

    def counted(self, now: Instant) -> Sequence[str]:
        return list(self.lists)

    def listed(self, stream: str, now: Instant) -> Mapping[str, Instant | None]:
        if stream in self.errors:
            raise self.errors[stream]
        return {key: at if self.dated else None for key, at in self.lists[stream].items()}

    def again(self, stream: str, tickets: Mapping[str, str | None], now: Instant) -> Iterator[Asked]:
        if f"{stream} again" in self.errors:
            raise self.errors[f"{stream} again"]
        shown = {key: at for tickets in self.lists.values() for key, at in tickets.items()} | self.given
        for key in tickets:
            self.asked.append(key)
            if key in self.foreign:
                yield Asked(page(stream, {}, others=1))
            elif key in shown and key not in self.lost:
                yield Asked(page(stream, {key: shown[key]}))
            else:
                yield Asked(page(stream, {}), {key: self.lost.get(key, "unseen")})


@dataclass
class Saved:
    changed: bool = True


@dataclass
class Shelf:
    """A store that remembers."""

    tickets: dict[str, HeldTicket]
    ended: list[CensusEnd] = field(default_factory=list)

    def held(self, source_id: int) -> Mapping[str, HeldTicket]:
        return dict(self.tickets)

    def settle(self, source_id: int, gone: Mapping[str, str], at: Instant) -> Saved:
        for key, why in gone.items():
            self.tickets[key] = replace(self.tickets[key], gone=why)
        return Saved(bool(gone))

    def record_census(self, source_id: int, end: CensusEnd) -> None:
        self.ended.append(end)

    def save(self, source_id: int, page: Page, mapping_digest: str, now: Instant) -> Saved:
        assert page.checkpoint is None, "a census moves no checkpoint"
        columns = zip(page.tickets["vendor_id"], page.tickets["changed_at"], strict=True)
        for key, at in columns:
            self.tickets[key] = HeldTicket(page.stream, at, key, None)
        return Saved(bool(page.read))

    def alive(self) -> set[str]:
        return {key for key, one in self.tickets.items() if one.gone is None}


def hold(stream: str, ids: Sequence[str], changed_at: Instant = 5, gone: str | None = None) -> dict[str, HeldTicket]:
    return {key: HeldTicket(stream, changed_at, key, gone) for key in ids}


def take(
    system: System, shelf: Shelf, since: Instant = 0, stopping: Callable[[], bool] = lambda: False
) -> tuple[CensusEnd | None, bool]:
    status = SourceStatus("acme", "itsm", 300)
    changed = census(1, system, "digest", since, shelf, status, lambda: NOW, stopping)
    assert shelf.ended == ([status.census] if status.census else [])
    return status.census, changed


def ended(system: System, shelf: Shelf, since: Instant = 0) -> CensusEnd:
    end, _ = take(system, shelf, since)
    assert end is not None
    return end


def many(count: int) -> list[str]:
    return [f"t{number:03}" for number in range(count)]


def test_where_both_have_the_same_nothing_is_asked_again() -> None:
    system, shelf = System({"incident": {"a": 5, "b": 5}}), Shelf(hold("incident", "ab"))
    end, changed = take(system, shelf)
    assert end == CensusEnd("ok", "", NOW, NOW)
    assert (changed, system.asked, told(end)) == (False, [], "the hub holds what the source has")


def test_a_ticket_that_the_cursor_missed_is_read() -> None:
    system, shelf = System({"incident": {"a": 5, "b": 5}}), Shelf(hold("incident", "a"))
    end, changed = take(system, shelf)
    assert end is not None
    assert (end.read, end.difference, changed, system.asked) == (1, 0, True, ["b"])
    assert shelf.alive() == {"a", "b"}
    assert told(end) == "1 missed and read now"


def test_a_change_that_the_cursor_missed_is_read() -> None:
    system, shelf = System({"incident": {"a": 9, "b": 5, "c": 3}}), Shelf(hold("incident", "abc"))
    assert ended(system, shelf).stale == 1
    assert (system.asked, shelf.tickets["a"].changed_at) == (["a"], 9)


def test_a_list_without_change_times_has_nothing_out_of_date() -> None:
    system, shelf = System({"incident": {"a": 9}}, dated=False), Shelf(hold("incident", "a"))
    assert ended(system, shelf).stale == 0


@pytest.mark.parametrize(("why", "difference"), [("deleted", 0), ("hidden", -1), ("unseen", -1)])
def test_what_the_source_gives_no_more_is_gone_for_the_reason_it_tells(why: str, difference: int) -> None:
    system = System({"incident": {"a": 5}}, lost={"b": why})
    shelf = Shelf(hold("incident", "ab"))
    end = ended(system, shelf)
    assert (shelf.tickets["b"].gone, shelf.alive()) == (why, {"a"})
    assert (getattr(end, why), end.difference) == (1, difference)


def test_what_is_hidden_stays_in_the_difference_and_is_not_asked_for_every_day() -> None:
    system, shelf = System({"incident": {"a": 5}}), Shelf(hold("incident", "a") | hold("incident", "b", gone="hidden"))
    end = ended(system, shelf)
    assert (end.hidden, end.difference, system.asked) == (1, -1, [])


def test_what_the_list_no_longer_holds_and_the_source_still_gives_is_there() -> None:
    """Moved to a part that is not read."""
    system, shelf = System({"incident": {"a": 5}}, given={"b": 7}), Shelf(hold("incident", "ab"))
    assert ended(system, shelf).difference == 0
    assert (shelf.alive(), shelf.tickets["b"].changed_at) == ({"a", "b"}, 7)


def test_what_moved_to_another_stream_is_there() -> None:
    system = System({"incident": {"a": 5}, "change": {"b": 5}})
    shelf = Shelf(hold("incident", "ab"))
    assert ended(system, shelf) == CensusEnd("ok", "", NOW, NOW)
    assert system.asked == []


def test_what_is_no_ticket_of_ours_any_more_is_not_deleted() -> None:
    system, shelf = System({"incident": {"a": 5}}, foreign={"b"}), Shelf(hold("incident", "ab"))
    end = ended(system, shelf)
    assert (shelf.tickets["b"].gone, end.unseen) == ("unseen", 1)


def test_a_record_that_comes_and_tells_of_the_tickets_deletion_is_no_ticket_of_another_kind() -> None:
    @dataclass
    class Telling(System):
        def again(self, stream: str, tickets: Mapping[str, str | None], now: Instant) -> Iterator[Asked]:
            yield Asked(replace(page(stream, {}, others=1), tombstones={"ticket": ["b"], "at": [7]}))

    shelf = Shelf(hold("incident", "ab"))
    assert ended(Telling({"incident": {"a": 5}}), shelf).deleted == 1
    assert shelf.tickets["b"].gone == "deleted"


def test_what_the_list_shows_and_the_mapping_leaves_out_is_no_difference() -> None:
    system, shelf = System({"incident": {"a": 5, "b": 5}}, foreign={"b"}), Shelf(hold("incident", "a"))
    assert ended(system, shelf).difference == 0


def test_what_the_list_shows_and_nobody_can_read_is_a_difference() -> None:
    system, shelf = System({"incident": {"a": 5, "b": 5}}, lost={"b": "hidden"}), Shelf(hold("incident", "a"))
    end = ended(system, shelf)
    assert (end.lacking, end.difference) == (1, 1)


@pytest.mark.parametrize("gone", ["deleted", "hidden", "unseen"])
def test_what_is_shown_again_is_read_again(gone: str) -> None:
    system, shelf = System({"incident": {"a": 5}}), Shelf(hold("incident", "a", gone=gone))
    end = ended(system, shelf)
    assert (shelf.alive(), end.stale, end.difference) == ({"a"}, 1, 0)


def test_tickets_from_before_the_span_are_not_missing() -> None:
    system, shelf = System({"incident": {"a": 5}}, lost={"b": "deleted"}), Shelf(hold("incident", "ab", changed_at=5))
    assert ended(system, shelf, since=6).deleted == 0
    assert shelf.alive() == {"a", "b"}
    assert ended(system, Shelf(hold("incident", "ab", changed_at=5)), since=5).deleted == 1


def test_tickets_of_a_stream_that_cannot_be_counted_are_not_missing() -> None:
    system = System({"incident": {}}, lost={"b": "deleted"})
    assert ended(system, Shelf(hold("change", "b"))) == CensusEnd("ok", "", NOW, NOW)


def test_lost_rights_are_not_taken_for_deletions() -> None:
    ids = many(200)
    system = System({"incident": dict.fromkeys(ids[FEW + 1 :], 5)}, lost=dict.fromkeys(ids[: FEW + 1], "deleted"))
    shelf = Shelf(hold("incident", ids))
    end = ended(system, shelf)
    assert (end.state, end.undecided, end.deleted, end.difference) == ("refused", FEW + 1, 0, -FEW - 1)
    assert shelf.alive() == set(ids)
    assert end.reason.startswith("incident: 21 of 200 tickets are no longer shown at once; lost rights look like")


def test_many_deletions_are_believed_when_somebody_says_so() -> None:
    ids = many(200)
    system = System({"incident": {}}, lost=dict.fromkeys(ids, "deleted"))
    shelf, status = Shelf(hold("incident", ids)), SourceStatus("acme", "itsm", 300)
    census(1, system, "digest", 0, shelf, status, lambda: NOW, accept=True)
    assert status.census == CensusEnd("ok", "", NOW, NOW, deleted=200)
    assert shelf.alive() == set()


def test_a_right_that_was_lost_in_one_stream_stops_no_other() -> None:
    ids = many(200)
    system = System({"incident": {}, "change": {}}, lost={**dict.fromkeys(ids, "deleted"), "c": "deleted"})
    shelf = Shelf(hold("incident", ids) | hold("change", "c"))
    end = ended(system, shelf)
    assert (end.state, end.undecided, end.deleted) == ("refused", 200, 1)
    assert shelf.tickets["c"].gone == "deleted"


@pytest.mark.parametrize(
    ("missing", "visible", "doubtful"),
    [(19, 19, False), (20, 20, True), (20, 200, False), (21, 200, True), (20, 199, True), (0, 0, False)],
)
def test_more_than_a_tenth_and_at_least_twenty_are_too_many(missing: int, visible: int, doubtful: bool) -> None:
    assert too_many(missing, visible) is doubtful


def test_a_stream_that_cannot_be_listed_stops_no_other() -> None:
    system = System(
        {"incident": {}, "change": {}},
        lost={"a": "deleted", "c": "deleted"},
        errors={"incident": ForbiddenError("not allowed")},
    )
    shelf = Shelf(hold("incident", "a") | hold("change", "c"))
    end = ended(system, shelf)
    assert (end.state, end.reason, end.deleted) == ("partial", "incident: not allowed", 1)
    assert shelf.tickets["a"].gone is None


def test_where_tickets_cannot_be_asked_for_by_their_ids_nothing_is_concluded() -> None:
    system = System({"incident": {"n": 5}, "change": {}}, lost={"a": "deleted", "c": "deleted"})
    system.errors["incident again"] = AnswerError("ids are not heeded")
    shelf = Shelf(hold("incident", "a") | hold("change", "c"))
    end = ended(system, shelf)
    assert (end.state, end.lacking, end.undecided, end.deleted, end.difference) == ("partial", 1, 1, 1, 0)
    assert shelf.tickets["a"].gone is None


def test_a_stream_that_is_not_there_is_no_trouble() -> None:
    system = System({"change": {}}, errors={"change": AbsentError("no such table")})
    assert ended(system, Shelf(hold("change", "a"))) == CensusEnd("ok", "", NOW, NOW)


def test_a_census_that_fails_marks_nothing_and_keeps_what_the_last_one_found() -> None:
    system = System({"incident": {}}, errors={"incident": UnavailableError("no answer")})
    shelf, status = Shelf(hold("incident", "a")), SourceStatus("acme", "itsm", 300)
    status.census = CensusEnd("ok", "", 3, 3, difference=-4, hidden=4)
    assert not census(1, system, "digest", 0, shelf, status, lambda: NOW)
    assert status.census == CensusEnd("failed", "no answer", NOW, 3, difference=-4, hidden=4)
    assert (shelf.ended, shelf.alive()) == ([status.census], {"a"})


def test_a_stream_that_the_pass_could_not_read_is_not_counted() -> None:
    system, shelf = System({"incident": {}}, lost={"a": "deleted"}), Shelf(hold("incident", "a"))
    status = SourceStatus("acme", "itsm", 300, streams={"incident": "failed: half a list"})
    census(1, system, "digest", 0, shelf, status, lambda: NOW)
    assert shelf.alive() == {"a"}


@given(st.integers(1, 9))
def test_a_census_that_is_stopped_marks_nothing_and_the_next_one_does(calls: int) -> None:
    system = System({"incident": {"b": 5, "c": 9}}, lost={"a": "deleted"})
    shelf = Shelf(hold("incident", "ac"))
    left = iter([False] * calls)
    end, _ = take(system, shelf, stopping=lambda: next(left, True))
    if end is None:
        assert shelf.tickets["a"].gone is None
        shelf.ended.clear()
        ended(system, shelf)
    assert (shelf.alive(), shelf.tickets["c"].changed_at) == ({"b", "c"}, 9)


def test_a_census_is_due_when_none_was_taken_or_the_last_lies_back_far_enough() -> None:
    assert due(None, DAY, NOW)
    assert not due(None, None, NOW)
    last = CensusEnd("ok", "", NOW)
    assert not due(last, DAY, NOW + DAY * SECOND - 1)
    assert due(last, DAY, NOW + DAY * SECOND)


def test_a_census_that_failed_is_tried_again_within_the_hour() -> None:
    last = CensusEnd("failed", "no answer", NOW)
    assert not due(last, DAY, NOW + 3599 * SECOND)
    assert due(last, DAY, NOW + 3600 * SECOND)
    assert due(last, 60, NOW + 60 * SECOND)


IDS = st.sampled_from(string.ascii_lowercase[:9])
STREAMS = st.sampled_from(["incident", "change"])
TIMES = st.integers(0, 6)


@given(
    st.dictionaries(IDS, st.tuples(STREAMS, TIMES)),
    st.dictionaries(IDS, st.builds(HeldTicket, STREAMS, TIMES, st.none(), st.sampled_from([None, None, "hidden"]))),
    TIMES,
)
def test_what_differs_is_what_a_look_at_each_ticket_says(
    there: Mapping[str, tuple[str, Instant]], held: Mapping[str, HeldTicket], since: Instant
) -> None:
    listed: dict[str, dict[str, Instant | None]] = {"incident": {}, "change": {}}
    for key, (stream, at) in there.items():
        listed[stream][key] = at
    found = compared(listed, held, since)
    sets = [
        {(stream, key) for stream, keys in part.items() for key in keys}
        for part in (found.lacking, found.stale, found.missing)
    ]
    for key in string.ascii_lowercase[:9]:
        shown, one = there.get(key), held.get(key)
        lacking = shown is not None and one is None
        stale = shown is not None and one is not None and (one.gone is not None or shown[1] > one.changed_at)
        missing = shown is None and one is not None and one.gone is None and one.changed_at >= since
        where = [shown and shown[0], shown and shown[0], one and one.stream]
        assert [(stream, key) in part for stream, part in zip(where, sets, strict=True)] == [lacking, stale, missing]


@given(
    st.dictionaries(IDS, TIMES),
    st.dictionaries(IDS, st.builds(HeldTicket, st.just("incident"), TIMES, st.none(), st.none())),
)
def test_after_a_census_the_hub_holds_what_the_source_has_and_a_second_one_finds_nothing(
    there: dict[str, Instant], held: dict[str, HeldTicket]
) -> None:
    system, shelf = System({"incident": there}, lost=dict.fromkeys(set(held) - set(there), "deleted")), Shelf(held)
    ended(system, shelf)
    assert shelf.alive() == set(there)
    assert all(shelf.tickets[key].changed_at >= at for key, at in there.items())
    shelf.ended.clear()
    system.asked.clear()
    assert ended(system, shelf) == CensusEnd("ok", "", NOW, NOW)
    assert system.asked == []
