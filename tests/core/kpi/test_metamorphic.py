"""What must not change the figures, or only in one direction, over whole worlds and every family at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import DAY, CollaborationEntry, ServiceEntry, Targets
from core.model import Hours, Part, Structure
from tests.core.kpi.build import (
    HOUR,
    Figures,
    Record,
    catalogue,
    facts,
    incident,
    link,
    outage,
    response,
    service,
    step,
)
from tests.core.kpi.slow_service import World
from tests.core.kpi.worlds import ROLLING, ZONE, worlds

Samples: TypeAlias = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
pytestmark = pytest.mark.slow

SUPPLIERS: Final = ("acme", "globex", "initech")
WEIGHTS: Final = {"responsiveness": 0.3, "flow": 0.2, "constructiveness": 0.3, "joint_goals": 0.2}
COLLABORATION: Final = CollaborationEntry(dict.fromkeys(range(1, 6), 4 * HOUR), WEIGHTS)
GOALS: Final = Targets(0.95, {1: 8 * HOUR, 2: 24 * HOUR}, change_success=0.9, satisfaction=0.7)
OFFICE: Final = Hours("UTC", (((540, 1020),),) * 5 + ((), ()))

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4)
answered = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 200), st.integers(1, 5)), max_size=4)
every = settings(max_examples=30, deadline=None)


def figures(
    world: World,
    links: Sequence[tuple[int, int]] = (),
    given: Sequence[tuple[int, int, int]] = (),
    suppliers: Sequence[str] = SUPPLIERS,
    zone: str = ZONE,
) -> Samples:
    """Every sample there is. `links`: which ticket names which; `given`: (ticket, hours after its opening, score)."""
    tickets = list(world.tickets)
    said = [link(tickets[a % len(tickets)], tickets[b % len(tickets)]["number"]) for a, b in links]
    answers = [
        response(ticket["supplier"], ticket["number"], ticket["opened_at"] + hours * HOUR, score)
        for row, hours, score in given
        for ticket in [tickets[row % len(tickets)]]
    ]
    services = [replace(entry, targets=GOALS) if entry.key == "shop" else entry for entry in world.services]
    found = Figures(
        facts(*tickets, outages=world.outages, links=said, responses=answers, suppliers=suppliers),
        catalogue(*services, suppliers=suppliers, windows=ROLLING, zone=zone, collaboration=COLLABORATION),
        world.at,
    )
    return {(sample.name, frozenset(sample.labels)): sample.value for sample in found.samples}


@every
@given(worlds(), pairs, answered, st.integers(1, 59))
def test_an_outage_told_as_two_that_touch_is_the_same_outage(
    world: World, links: list[tuple[int, int]], given: list[tuple[int, int, int]], after: int
) -> None:
    parts: list[Record] = []
    for record in world.outages:
        middle = record["start"] + after * HOUR
        if record["end"] is not None and middle < record["end"]:
            parts += [{**record, "end": middle}, {**record, "start": middle}]
        else:
            parts.append(record)
    assert figures(replace(world, outages=parts), links, given) == figures(world, links, given)


@every
@given(worlds(), pairs, answered, st.randoms(use_true_random=False))
def test_the_order_in_which_records_stand_says_nothing(
    world: World, links: list[tuple[int, int]], given: list[tuple[int, int, int]], chance: Any
) -> None:
    before = figures(world, links, given)
    order = list(range(len(world.tickets)))
    chance.shuffle(order)
    outages = list(world.outages)
    chance.shuffle(outages)
    place = {old: new for new, old in enumerate(order)}
    n = len(order)
    mixed = replace(world, tickets=[world.tickets[old] for old in order], outages=outages)
    moved = [(place[a % n], place[b % n]) for a, b in links]
    after = figures(mixed, moved, [(place[row % n], hours, score) for row, hours, score in given])
    assert after == pytest.approx(before, rel=1e-12)


@every
@given(worlds(), pairs, answered)
def test_a_supplier_who_has_nothing_to_do_with_the_others_changes_nothing_of_theirs(
    world: World, links: list[tuple[int, int]], given: list[tuple[int, int, int]]
) -> None:
    """What is joint over everything changes with it; no figure of another supplier, service or pair does."""
    opened = world.at - 50 * HOUR
    history = [step(opened, 1, "priority"), step(opened + HOUR, "active"), step(opened + 9 * HOUR, "resolved")]
    own = incident("umbra", "U-1", opened, opened + 9 * HOUR, component="box", history=history)
    down = outage("umbra", opened, opened + 30 * HOUR, component="box")
    more = World(
        [*world.tickets, own],
        [*world.outages, down],
        [*world.services, service("elsewhere", Part("umbra", "box"))],
        world.at,
        world.begins,
    )
    n = len(world.tickets)
    links = [(a % n, b % n) for a, b in links]
    given = [(row % n, hours, score) for row, hours, score in given]

    def theirs(samples: Samples) -> Samples:
        return {
            (name, labels): value
            for (name, labels), value in samples.items()
            if not name.startswith("siam_joint_") and not {value for _, value in labels} & {"umbra", "elsewhere"}
        }

    after = figures(more, links, given, (*SUPPLIERS, "umbra"))
    assert theirs(after) == theirs(figures(world, links, given))
    assert after["siam_service_downtime_seconds", frozenset({("service", "elsewhere"), ("window", "7d")})] == 30 * 3600


@every
@given(worlds(), pairs, answered, st.integers(1, 60))
def test_whole_weeks_later_the_figures_are_the_same(
    world: World, links: list[tuple[int, int]], given: list[tuple[int, int, int]], weeks: int
) -> None:
    """In UTC, of rolling windows: months have other lengths, and other zones have clock changes."""
    services = [replace(entry, hours=OFFICE if entry.hours else None) for entry in world.services]
    world = replace(world, services=services)

    def rolling(samples: Samples) -> Samples:
        calendar = {"month", "last_month"}
        return {key: value for key, value in samples.items() if not calendar & {label for _, label in key[1]}}

    later = figures(shifted(world, weeks * 7 * DAY), links, given, zone="UTC")
    assert rolling(later) == rolling(figures(world, links, given, zone="UTC"))


def shifted(world: World, by: int) -> World:
    """The world with all its times moved."""

    def moved(record: Record) -> Record:
        def time(name: str) -> bool:
            return name in ("at", "start", "end") or name.endswith(("_at", "_start", "_end"))

        made = {name: value + by if time(name) and value is not None else value for name, value in record.items()}
        if "history" in made:
            made["history"] = [{**event, "at": event["at"] + by} for event in made["history"]]
        return made

    return replace(
        world,
        tickets=[moved(ticket) for ticket in world.tickets],
        outages=[moved(record) for record in world.outages],
        at=world.at + by,
    )


def wrapped(structure: Structure | Part | None) -> Structure | Part | None:
    """Every part in an `all` of its own."""
    if structure is None or isinstance(structure, Part):
        return None if structure is None else Structure(1, (structure,))
    return Structure(structure.needed, tuple(each for part in structure.parts if (each := wrapped(part))))


def swapped(structure: Structure | Part | None) -> Structure | Part | None:
    """The parts in the opposite order, all the way down."""
    if structure is None or isinstance(structure, Part):
        return structure
    return Structure(structure.needed, tuple(each for part in reversed(structure.parts) if (each := swapped(part))))


@pytest.mark.parametrize("other", [wrapped, swapped])
@every
@given(worlds(), pairs)
def test_parts_in_another_order_or_in_an_all_of_their_own_are_the_same_structure(
    other: Callable[[Structure | Part | None], Structure | Part | None], world: World, links: list[tuple[int, int]]
) -> None:
    services: list[ServiceEntry] = [replace(entry, structure=other(entry.structure)) for entry in world.services]
    assert figures(replace(world, services=services), links) == figures(world, links)


@every
@given(worlds(), st.integers(0, 6), st.integers(1, 60))
def test_a_longer_outage_raises_no_availability_and_shortens_no_downtime(world: World, row: int, longer: int) -> None:
    real = [i for i, record in enumerate(world.outages) if record["type"] == "outage" and record["end"] is not None]
    if not real:
        return
    outages = list(world.outages)
    place = real[row % len(real)]
    outages[place] = {**outages[place], "end": outages[place]["end"] + longer * HOUR}
    before, after = figures(world), figures(replace(world, outages=outages))
    for key, value in before.items():
        if key[0].endswith("_availability_ratio") or key[0].endswith("error_budget_remaining_ratio"):
            assert after[key] <= value + 1e-12, key
        if key[0] in ("siam_service_downtime_seconds", "siam_supplier_downtime_seconds"):
            assert after[key] >= value, key


@every
@given(worlds(), pairs, st.integers(1, 3))
def test_a_reference_that_is_told_again_says_nothing_new(
    world: World, links: list[tuple[int, int]], times: int
) -> None:
    """The same words twice, and in other letters; but where they are ambiguous each of them is counted."""

    def unambiguous(samples: Samples) -> Samples:
        return {key: value for key, value in samples.items() if key[0] != "siamhub_references_ambiguous"}

    assert unambiguous(figures(world, links * (times + 1))) == unambiguous(figures(world, links))


@every
@given(worlds(), pairs, st.integers(0, 6), st.integers(1, 30), st.integers(1, 20))
def test_a_hold_stops_no_clock_that_runs_from_end_to_end(
    world: World, links: list[tuple[int, int]], row: int, after: int, size: int
) -> None:
    """Put on hold in between, a ticket has the same lead time, so has its case, and the service was down as long."""
    row %= len(world.tickets)
    ticket = world.tickets[row]
    start, end = ticket["opened_at"] + after * HOUR, ticket["opened_at"] + (after + size) * HOUR
    states = [event for event in ticket.get("history", ()) if event["kind"] == "state"]
    held = [event for event in states if event["at"] <= start]
    if ticket["kind"] != "incident" or not held or held[-1]["to"] in ("hold", "resolved", "closed", "cancelled"):
        return
    if any(start < event["at"] <= end for event in states) or any(event["at"] == start for event in states):
        return
    history = [*ticket["history"], step(start, "hold", actor="automation"), step(end, "active", actor="automation")]
    history.sort(key=lambda event: event["at"])
    tickets = list(world.tickets)
    tickets[row] = {**ticket, "history": history, "state": [e for e in history if e["kind"] == "state"][-1]["to"]}
    before, held_back = figures(world, links), figures(replace(world, tickets=tickets), links)
    for key, value in before.items():
        name = key[0]
        if "lead_time" in name or "availability" in name or "downtime" in name or "open" in name or "_resolved" in name:
            assert held_back[key] == value, key
        if "active_time" in name and dict(key[1])["stat"] == "mean":
            assert held_back[key] <= value + 1e-6, key


def known_at(world: World) -> World:
    """What the hub held at the world's instant: what was to come is not there, planning aside."""
    at = world.at

    def until(record: Record, *names: str) -> Record:
        return {
            name: None if name in names and value is not None and value > at else value
            for name, value in record.items()
        }

    tickets = []
    for ticket in world.tickets:
        if ticket["opened_at"] <= at:
            history = [event for event in ticket["history"] if event["at"] <= at]
            states = [event["to"] for event in history if event["kind"] == "state"]
            held = until(ticket, "outage_start", "outage_end", "approved_at")
            tickets.append({**held, "history": history, "state": states[-1]})
    outages = [until(record, "end") for record in world.outages if record["start"] <= at]
    return replace(world, tickets=tickets, outages=outages)


@every
@given(worlds(), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4), answered)
def test_what_is_told_later_does_not_change_the_figures_of_an_instant(
    world: World, links: list[tuple[int, int]], given: list[tuple[int, int, int]]
) -> None:
    """Made at the instant out of what was known then, and made long after, they are the same."""
    n = len(world.tickets)
    there = [ticket["opened_at"] <= world.at for ticket in world.tickets]
    if not any(there):
        return
    place = {old: sum(there[:old]) for old in range(n)}
    # What a ticket says of one that is not there is nobody's reference yet, and an answer comes after its ticket.
    links = [(a % n, b % n) for a, b in links if there[a % n] and there[b % n]]
    given = [(row % n, hours, score) for row, hours, score in given if there[row % n]]
    then = figures(
        known_at(world), [(place[a], place[b]) for a, b in links], [(place[row], h, score) for row, h, score in given]
    )
    assert figures(world, links, given) == then
