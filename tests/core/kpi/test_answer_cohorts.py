"""Satisfaction against an obvious reading of the definitions: which answers count where, and of which cohort."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import windows
from core.catalogue import DAY
from core.model import Part
from tests.core.kpi.build import Figures, Record, catalogue, facts, incident, response, service, step, t

START = t("2026-03-01 00:00")
ROLLING = (("5d", 5 * DAY), ("30d", 30 * DAY))
KNOWN = catalogue(service("shop", Part("acme", "web")), service("mail"), windows=ROLLING)

days = st.integers(0, 20)


@st.composite
def tickets(draw: st.DrawFn, number: int) -> Record:
    opened = START + draw(days) * DAY
    state = draw(st.sampled_from(["new", "resolved", "closed", "closed", "cancelled"]))
    ended = opened + draw(st.integers(0, 10)) * DAY
    more: Record = {"state": state, "service": draw(st.sampled_from(["shop", "mail"]))}
    more["history"] = [] if state == "new" else [step(ended, state)]
    if state == "closed" and draw(st.booleans()):
        more["closed_at"] = ended + draw(st.integers(0, 20)) * DAY
    return incident(draw(st.sampled_from(["acme", "globex"])), str(number), opened, **more)


@st.composite
def answers(draw: st.DrawFn, made: list[Record]) -> Record:
    ticket = draw(st.sampled_from(made))
    scale = draw(st.sampled_from([(1, 5), (0, 10), (0, 1), (5, 1)]))
    at = draw(st.none() | st.integers(0, 12).map(lambda after: ticket["opened_at"] + after * DAY))
    return response(ticket["supplier"], ticket["number"], at, draw(st.integers(0, 10)), scale)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Record], list[Record], int]:
    made = [draw(tickets(n)) for n in range(draw(st.integers(1, 5)))]
    return made, draw(st.lists(answers(made), max_size=8)), START + draw(st.integers(5, 40)) * DAY


def state(ticket: Record, at: int) -> str:
    """What the ticket is; "unseen" before its opening."""
    if ticket["opened_at"] > at:
        return "unseen"
    happened = [event["to"] for event in ticket["history"] if event["at"] <= at]
    return str(happened[-1]) if happened else "new"


def given_at(answer: Record, ticket: Record, at: int) -> int | None:
    """When an answer counts: when it was given, else when its ticket was closed, else resolved."""
    if answer["at"] is not None:
        return int(answer["at"])
    if state(ticket, at) not in ("resolved", "closed"):
        return None
    closed = ticket.get("closed_at")
    return int(closed) if closed is not None and closed <= at else int(ticket["history"][-1]["at"])


def mean(values: list[float]) -> Any:
    return pytest.approx(sum(values) / len(values)) if values else None


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(worlds())
def test_answers_and_cohorts_are_those_that_one_would_count_by_hand(
    world: tuple[list[Record], list[Record], int],
) -> None:
    made, said, at = world
    found = Figures(facts(*made, responses=said), KNOWN, at)
    by_number = {ticket["number"]: ticket for ticket in made}
    counted: list[tuple[int, float, Record]] = []
    for answer in said:
        ticket, (low, high) = by_number[answer["ticket"]], answer["scale"]
        moment = given_at(answer, ticket, at)
        if moment is None or moment > at or state(ticket, at) == "cancelled" or high <= low:
            continue
        if low <= answer["score"] <= high:
            counted.append((moment, (answer["score"] - low) / (high - low), ticket))
    answered = {ticket["number"] for _, _, ticket in counted}
    scopes: list[tuple[str, dict[str, str], Any]] = [("joint", {}, lambda ticket: True)]
    scopes += [("supplier", {"supplier": s}, lambda x, s=s: x["supplier"] == s) for s in ("acme", "globex")]
    scopes += [("service", {"service": s}, lambda x, s=s: x["service"] == s) for s in ("shop", "mail")]
    for window in windows(at, ROLLING, "UTC"):
        for scope, labels, chosen in scopes:
            here = [score for moment, score, x in counted if window.start <= moment < window.end and chosen(x)]
            name, label = f"siam_{scope}_satisfaction", {**labels, "window": window.label}
            assert found(f"{name}_responses", **label) == len(here)
            assert found(f"{name}_ratio", **label) == mean(here)
            assert found(f"{name}_top_box_ratio", **label) == mean([float(score >= 0.75) for score in here])
            cohort = [
                float(x["number"] in answered)
                for x in made
                if chosen(x) and state(x, at) in ("resolved", "closed")
                if window.start <= x["history"][-1]["at"] < window.end
            ]
            assert found(f"{name}_response_ratio", **label) == mean(cohort)
