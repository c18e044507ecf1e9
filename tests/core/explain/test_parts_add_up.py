"""The parts that an explanation lists give the very figure, for every series of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import DAY, Catalogue, CollaborationEntry, Targets
from core.explain.explain import take_apart
from core.explain.explanation import Series
from core.facts import Facts, ReviewFacts, names_of
from core.kpi.compute import figures
from core.kpi.view import view
from exporters.families import FAMILIES
from tests.core.explain.recomputed import recomputed
from tests.core.kpi.build import HOUR, catalogue, change, facts, incident, link, needs, outage, response, service, step
from tests.core.kpi.worlds import START, worlds

LABELS = {name: family.labels for name, family in FAMILIES.items() if name.startswith("siam_")}
HUNDREDTH = Targets(0.99, {1: 4 * HOUR, 2: 8 * HOUR, 3: 40 * HOUR}, change_success=0.9, satisfaction=0.5)
TOGETHER = CollaborationEntry(
    dict.fromkeys(range(1, 6), 4 * HOUR),
    {"responsiveness": 0.3, "flow": 0.2, "constructiveness": 0.3, "joint_goals": 0.2},
)


def every_figure_adds_up(these: Facts, known: Catalogue, at: int) -> set[str]:
    """Explains every series of the run; returns the families that there were."""
    seen = set()
    whole = view(these, known, at)
    samples = figures(whole)
    for sample in samples:
        if sample.name.startswith("siam_"):
            found = take_apart(whole, samples, str(Series(sample.name, dict(sample.labels))), LABELS)
            assert found.value == sample.value, sample
            assert recomputed(found, known) == pytest.approx(sample.value, rel=1e-9, abs=1e-9), sample
            seen.add(sample.name)
    return seen


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(worlds())
def test_every_figure_of_downtime_and_its_targets_is_the_sum_of_its_parts(world: Any) -> None:
    these = facts(*world.tickets, outages=world.outages)
    rolling = (("2d", 2 * DAY), ("7d", 7 * DAY))
    known = catalogue(*world.services, windows=rolling, collaboration=TOGETHER)
    every_figure_adds_up(these, known, world.at)


STATES = st.sampled_from(["assigned", "active", "hold", "resolved", "closed", "cancelled"])
GROUPS = st.sampled_from(["Desk", "Acme", "Globex", "Initech"])
LIVES = st.lists(
    st.tuples(
        st.sampled_from(["acme", "globex"]),
        st.integers(0, 60),
        st.lists(st.tuples(st.integers(1, 60), STATES), max_size=4),
        st.lists(st.tuples(st.integers(1, 60), GROUPS), max_size=4),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 40), st.sampled_from(["successful", "backed_out", "unknown", None])),
    max_size=3,
)
REVIEWS = st.lists(
    st.tuples(st.sampled_from(["2026-02", "2026-03"]), *[st.sampled_from(["acme", "globex", "integrator"])] * 2)
    .filter(lambda each: each[1] != each[2])
    .flatmap(lambda each: st.integers(1, 5).map(lambda score: (*each, score))),
    max_size=4,
)


def reviewed(given_: list[Any]) -> ReviewFacts:
    periods, who, about, scores = zip(*given_, strict=True) if given_ else ((), (), (), ())
    ones = np.ones(len(given_))
    texts = np.array([*periods, None], dtype=object)[:-1]
    return ReviewFacts(texts, names_of(list(who)), names_of(list(about)), np.array(scores, float), ones, ones * 5)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(LIVES, CHANGES, REVIEWS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=3))
def test_every_figure_of_tickets_and_parties_is_made_of_its_parts(
    lives: list[Any], done: list[Any], reviews: list[Any], joined: list[Any]
) -> None:
    tickets = []
    for number, (supplier, opened, states, groups, priority) in enumerate(lives):
        start = START + opened * HOUR
        history = [step(start, "new"), step(start, "Desk", "group")]
        history += [step(start + after * HOUR, to) for after, to in sorted(states, key=lambda each: each[0])]
        history += [step(start + after * HOUR, to, "group") for after, to in sorted(groups, key=lambda each: each[0])]
        state = [each["to"] for each in history if each["kind"] == "state"][-1]
        more = {"state": state, "history": history, "priority": priority, "group": "Desk", "component": "web"}
        tickets.append(incident(supplier, f"I{number}", start, **more))
    answers = [
        response(each["supplier"], each["number"], START + 60 * HOUR, 1 + i % 5) for i, each in enumerate(tickets)
    ]
    links = [
        link(tickets[a % len(tickets)], tickets[b % len(tickets)]["number"])
        for a, b in joined
        if tickets[a % len(tickets)]["supplier"] != tickets[b % len(tickets)]["supplier"]
    ]
    for number, (asked, after, outcome) in enumerate(done):
        start = START + asked * HOUR
        more = {"planned_start": start, "planned_end": start + 20 * HOUR, "actual_start": start, "outcome": outcome}
        tickets.append(change("acme", f"C{number}", start, start + after * HOUR, component="web", **more))
        links.append(link(tickets[0], f"acme:C{number}", "cause", "prefix"))
    every_figure_adds_up(replace(facts(*tickets, responses=answers, links=links), reviews=reviewed(reviews)), SHOP, AT)


AT = START + 8 * DAY
SHOP = replace(
    catalogue(
        service("shop", needs("acme/web", "globex/dc"), targets=HUNDREDTH),
        windows=(("2d", 2 * DAY), ("10d", 10 * DAY)),
        change_watch=DAY,
        collaboration=TOGETHER,
    ),
)
SHOP = replace(
    SHOP,
    sources=tuple(
        replace(each, groups=(("integrator", ("Desk",)), ("acme", ("Acme",)), ("globex", ("Globex",))))
        for each in SHOP.sources
    ),
)


def test_a_rich_world_has_nearly_every_family_and_each_adds_up() -> None:
    first = [step(START, "new"), step(START, "Desk", "group"), step(START + HOUR, "Acme", "group")]
    first += [step(START + 2 * HOUR, "active"), step(START + 3 * HOUR, "Globex", "group")]
    first += [step(START + 5 * HOUR, "Acme", "group"), step(START + 6 * HOUR, "resolved")]
    more = {"component": "web", "group": "Desk", "priority": 1, "state": "resolved"}
    one = incident("acme", "I1", START, START + 6 * HOUR, history=first, **more)
    two = incident("globex", "I2", START + HOUR, component="dc", priority=3)
    three = incident("acme", "I3", START + 2 * HOUR, START + 50 * HOUR, component="web", priority=2)
    planned = {"planned_start": START, "planned_end": START + 9 * HOUR, "actual_start": START + HOUR}
    work = change("acme", "C1", START, START + 8 * HOUR, component="web", **planned)
    down = outage("globex", START + 4 * HOUR, START + 5 * HOUR, component="dc")
    these = facts(
        one, two, three, work, outages=[down], responses=[response("acme", "I1", START + 20 * HOUR, 4)],
        links=[link(three, "acme:C1", "cause", "prefix")],
    )  # fmt: skip
    given_ = [("2026-03", "globex", "acme", 4), ("2026-03", "integrator", "acme", 2)]
    seen = every_figure_adds_up(replace(these, reviews=reviewed(given_)), SHOP, AT)
    never = {name for name in LABELS if name.startswith(("siam_improvement_", "siam_board_"))}
    assert set(LABELS) - seen <= never
