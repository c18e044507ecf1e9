"""Nothing after `at` exists: what is stored today gives the figures of a past instant as that instant gave them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import DAY, Targets
from core.model import Part
from tests.core.kpi.build import HOUR, Figures, Record, catalogue, facts, incident, response, service, step, t

START = t("2026-03-01 00:00")
SHOP = catalogue(
    service("shop", Part("acme", "web"), targets=Targets(0.99, {1: 4 * HOUR, 2: 8 * HOUR}, satisfaction=0.5)),
    windows=(("2d", 2 * DAY), ("10d", 10 * DAY)),
)
WORKING = st.sampled_from(["assigned", "active", "hold", "resolved", "closed", "cancelled"])
LIVES = st.lists(
    st.tuples(
        st.sampled_from(["acme", "globex"]),
        st.integers(0, 100),
        st.lists(st.tuples(st.integers(1, 150), WORKING), max_size=5, unique_by=lambda each: each[0]),
        st.lists(st.tuples(st.integers(1, 150), st.integers(1, 3)), max_size=2, unique_by=lambda each: each[0]),
    ),
    min_size=1,
    max_size=6,
)


def as_stored(number: int, life: Any, now: int) -> Record | None:
    """The ticket as a sync at `now` would have left it: its record and its history until then."""
    supplier, opened, states, priorities = life
    opened = START + opened * HOUR
    if opened > now:
        return None
    history = [step(opened, "new"), step(opened, 3, "priority")]
    history += [step(opened + at * HOUR, to) for at, to in sorted(states)]
    history += [step(opened + at * HOUR, to, "priority") for at, to in sorted(priorities)]
    history = [event for event in history if event["at"] <= now]
    current = {event["kind"]: event["to"] for event in sorted(history, key=lambda event: event["at"])}
    resolved = [e["at"] for e in history if e["to"] == "resolved"]
    closed = [e["at"] for e in history if e["to"] in ("closed", "cancelled")]
    return incident(
        supplier,
        str(number),
        opened,
        component="web",
        state=current["state"],
        priority=current["priority"],
        resolved_at=max(resolved, default=None),
        closed_at=max(closed, default=None) if current["state"] in ("closed", "cancelled") else None,
        changed_at=max(event["at"] for event in history),
        history=history,
    )


@settings(max_examples=80, deadline=None)
@given(LIVES, st.integers(0, 260))
def test_figures_of_a_past_instant_are_those_that_it_gave(lives: list[Any], hours: int) -> None:
    at, later = START + hours * HOUR, START + 1000 * HOUR

    def found(now: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        stored = [as_stored(number, life, now) for number, life in enumerate(lives)]
        tickets = [ticket for ticket in stored if ticket is not None]
        answers = [
            response(ticket["supplier"], ticket["number"], ticket["opened_at"] + 100 * HOUR, 4)
            for ticket in tickets
            if ticket["opened_at"] + 100 * HOUR <= now
        ]
        figures = Figures(facts(*tickets, responses=answers), SHOP, at)
        return {(sample.name, frozenset(sample.labels)): sample.value for sample in figures.samples}

    assert found(later) == found(at)


@settings(max_examples=30, deadline=None)
@given(LIVES, st.integers(0, 260), st.integers(1, 8))
def test_shifting_all_times_by_whole_weeks_changes_no_rolling_figure(lives: list[Any], hours: int, weeks: int) -> None:
    def found(shift: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        tickets = []
        for number, (supplier, opened, states, priorities) in enumerate(lives):
            life = (supplier, opened + shift // HOUR, states, priorities)
            tickets.append(as_stored(number, life, START + 5000 * HOUR))
        figures = Figures(facts(*(x for x in tickets if x)), SHOP, START + hours * HOUR + shift)
        return {
            (sample.name, frozenset(sample.labels)): sample.value
            for sample in figures.samples
            if not {"month", "last_month"} & {value for _, value in sample.labels}
        }

    assert found(weeks * 7 * DAY) == found(0)
