"""The generated story: the same for the same seed, and nothing in it that could not happen."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulators.story import tell
from connectors.simulators.story_cast import COMPONENTS, HOME, NEEDS, SERVICES, SUPPLIERS
from connectors.simulators.world import Agenda, World, as_of, moments
from core.model import OUTCOMES, STATES, Instant, to_instant

DAY = 86_400_000_000
HOUR = DAY // 24
NOW = to_instant(datetime(2026, 10, 14, 9, 30, tzinfo=UTC))


@cache
def story(seed: int = 7) -> World:
    return tell(seed, NOW - 95 * DAY, NOW + DAY, NOW)


def digest(world: World) -> str:
    told = repr((world.tickets, world.outages, world.responses))
    return hashlib.sha256(told.encode()).hexdigest()


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    program = (
        "import hashlib; from connectors.simulators.story import tell; "
        f"w = tell(7, {NOW - 95 * DAY}, {NOW + DAY}, {NOW}); "
        "print(hashlib.sha256(repr((w.tickets, w.outages, w.responses)).encode()).hexdigest())"
    )
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        told = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == digest(story())


def test_another_seed_tells_another_story() -> None:
    assert digest(story(7)) != digest(story(8))


def test_the_story_has_the_size_of_a_demo() -> None:
    incidents = Counter(t.supplier for t in story().tickets if t.kind == "incident" and t.created_at <= NOW)
    assert 1500 <= sum(incidents.values()) <= 3000
    assert min(incidents.values()) > 300


@pytest.mark.parametrize("hour", [0, 3, 6, 10])
def test_while_one_watches_something_changes_every_half_minute_at_least(hour: int) -> None:
    happened = sorted({m for ticket in story().tickets for m in moments(ticket)})
    begin = NOW + hour * HOUR
    assert sum(begin <= moment < begin + HOUR for moment in happened) > 120


def test_everything_that_the_kpis_tell_of_happens() -> None:
    views = story().as_of(NOW)
    states = {(view.ticket.kind, view.state) for view in views}
    assert {("incident", state) for state in STATES if state != "assigned"} <= states
    assert {view.outcome for view in views if view.outcome} >= set(OUTCOMES) - {"unknown"}
    assert {view.ticket.plan.type for view in views if view.ticket.plan} == {"standard", "normal", "emergency"}
    assert any(view.cause for view in views)
    assert any(view.major for view in views)
    assert any(view.ticket.parent for view in views)
    assert any(view.reopen_count for view in views)
    assert {o.type for o in story().outages} == {"outage", "planned", "degraded"}
    approved_late = [
        view for view in views
        if (plan := view.ticket.plan) and plan.approved_at is not None and plan.approved_at > plan.planned_start
    ]  # fmt: skip
    assert approved_late
    assert {(r.scale_min, r.scale_max) for r in story().responses} == {(1, 10), (1, 5)}


def test_cases_pass_between_all_pairs_of_suppliers_and_some_come_back() -> None:
    world = story()
    pairs = {(t.supplier, r.supplier) for t in world.tickets for r in t.references}
    keys = [supplier.key for supplier in SUPPLIERS]
    assert pairs == {(one, other) for one in keys for other in keys if one != other}
    party = {(s.key, g.name): g.party for s in world.suppliers for g in s.groups}
    returns = 0
    for ticket in world.tickets:
        way = [party[ticket.supplier, step.value] for step in ticket.steps if step.kind == "group"]
        returns += any(one != ticket.supplier and other == ticket.supplier for one, other in pairwise(way))
    assert returns > 20


def test_some_references_come_before_their_ticket_and_some_numbers_name_two() -> None:
    world = story()
    early = [r for t in world.tickets for r in t.references if r.at < world.by_key[r.ticket].created_at]
    assert early
    bearers = Counter(t.number for t in world.tickets)
    referred = {r.number for t in world.tickets for r in t.references if t.supplier == "globex"}
    assert [number for number, count in bearers.items() if count > 1 and number in referred]


def test_some_times_are_impossible_or_unreadable() -> None:
    views = story().as_of(NOW)
    assert any(v.resolved_at is not None and v.resolved_at < v.ticket.opened_at for v in views)
    assert {v.ticket.supplier for v in views if v.ticket.unreadable_time} == {"acme", "initech"}


def test_outages_of_two_suppliers_overlap() -> None:
    outages = [o for o in story().outages if o.type == "outage"]
    assert any(
        one.supplier != other.supplier and one.start < other.end and other.start < one.end
        for one in outages for other in outages
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_happens_before_a_ticket_exists_or_after_the_end(seed: int) -> None:
    world = story(seed)
    for ticket in world.tickets:
        assert [step.kind for step in ticket.steps[:3]] == ["state", "priority", "group"]
        assert all(ticket.created_at <= step.at <= world.end for step in ticket.steps)
        assert [step.at for step in ticket.steps] == sorted(step.at for step in ticket.steps)
        later = [(s.at, s.kind) for s in ticket.steps[3:] if s.kind != "comment"]
        assert len(later) == len(set(later)), f"{ticket.key}: two values of one kind at one instant"
    assert all(o.start < o.end and o.recorded_at < o.ended_at for o in world.outages)
    assert all(o.start <= o.recorded_at for o in world.outages if o.type != "planned")
    assert all(r.at >= world.by_key[r.ticket].created_at for r in world.responses)


@pytest.mark.parametrize("seed", range(8))
def test_everything_happens_at_a_whole_second(seed: int) -> None:
    """What a vendor that is exact to the second shows is then the truth."""
    told = tell(seed, NOW - 60 * DAY, NOW + DAY, NOW)
    instants = {moment for ticket in told.tickets for moment in (ticket.opened_at, *moments(ticket))}
    instants |= {moment for one in told.outages for moment in (one.start, one.end, one.recorded_at, one.ended_at)}
    instants |= {one.at for one in told.responses}
    assert [moment for moment in instants if moment % 1_000_000] == []


def test_numbers_and_keys_are_unique_within_a_supplier() -> None:
    world = story()
    assert len({(t.supplier, t.number) for t in world.tickets}) == len(world.tickets) == len(world.by_key)


def test_changes_are_approved_before_they_begin_and_end_after_it() -> None:
    plans = [t.plan for t in story().tickets if t.plan]
    for plan in plans:
        assert plan.planned_start < plan.planned_end
        if plan.actual_start is not None and plan.actual_end is not None:
            assert plan.approved_at is not None
            assert plan.approved_at < plan.actual_start < plan.actual_end


def test_the_cast_fits_together() -> None:
    assert {c.key for c in COMPONENTS} == set(HOME)
    groups = {(s.key, g.name) for s in SUPPLIERS for g in s.groups}
    assert all((c.supplier, HOME[c.key]) in groups for c in COMPONENTS)
    assert {s.key for s in SERVICES} == set(NEEDS)


@settings(max_examples=30, deadline=None)
@given(st.integers(-95 * 24, 24), st.data())
def test_a_view_is_what_has_happened_so_far_and_no_more(hours: int, data: st.DataObject) -> None:
    now: Instant = NOW + hours * HOUR
    ticket = data.draw(st.sampled_from(story().tickets))
    view = as_of(ticket, now)
    if view is None:
        assert now < ticket.created_at
        return
    assert ticket.created_at <= view.updated_at <= now
    seen = [view.resolved_at, view.closed_at, view.reopened_at, view.approved_at, view.actual_start, view.actual_end]
    assert all(moment is None or ticket.created_at <= moment <= now for moment in seen)
    assert all(moment <= now for moment in [*(s.at for s in view.steps), *(r.at for r in view.references)])
    unchanged = as_of(ticket, view.updated_at)
    assert unchanged is not None
    assert (unchanged.state, unchanged.group, unchanged.revision) == (view.state, view.group, view.revision)


def test_an_agenda_names_what_changed_and_nothing_else() -> None:
    agenda = Agenda((ticket.key, moments(ticket)) for ticket in story().tickets)
    agenda.due(NOW)
    changed = set(agenda.due(NOW + HOUR))
    before = {v.ticket.key: v.updated_at for v in story().as_of(NOW)}
    after = {v.ticket.key: v.updated_at for v in story().as_of(NOW + HOUR)}
    assert changed == {key for key, at in after.items() if before.get(key) != at}
