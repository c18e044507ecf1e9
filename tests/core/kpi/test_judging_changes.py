"""Changes against an obvious reading of the definitions, one change and one incident at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import windows
from core.catalogue import DAY
from core.model import Part
from tests.core.kpi.build import HOUR, Figures, Record, catalogue, change, facts, incident, link, service, step, t

START = t("2026-03-01 00:00")
ROLLING = (("10d", 10 * DAY), ("40d", 40 * DAY))
WATCH = 3 * DAY
KNOWN = catalogue(service("shop", Part("acme", "web")), service("mail"), windows=ROLLING, change_watch=WATCH)

days = st.integers(0, 40)
maybe = st.none() | st.integers(0, 15)


@st.composite
def changes(draw: st.DrawFn, number: int) -> Record:
    """A change whose later times all lie after its request, some of them missing."""
    asked = draw(days)
    more: Record = {
        name: None if (after := draw(maybe)) is None else START + (asked + after) * DAY
        for name in ("planned_start", "actual_start")
    }
    for start, end in (("planned_start", "planned_end"), ("actual_start", "actual_end")):
        size = draw(maybe)
        more[end] = None if size is None or more[start] is None else more[start] + size * DAY // 4
    if draw(st.integers(0, 3)) == 0:
        more["requested_at"] = None
    state = draw(st.sampled_from(["new", "resolved", "closed", "closed", "cancelled"]))
    stepped = START + (asked + draw(st.integers(1, 15))) * DAY
    history = [] if state == "new" else [step(stepped, state)]
    if state in ("closed", "cancelled") and draw(st.booleans()):
        more["closed_at"] = stepped + draw(st.integers(0, 3)) * DAY
    outcome = draw(
        st.sampled_from(["successful", "successful", "successful", "with_issues", "abandoned", "unknown", None])
    )
    more |= {"state": state, "history": history, "outcome": outcome, "service": draw(st.sampled_from(["shop", "mail"]))}
    more["change_type"] = draw(st.sampled_from(["normal", "emergency", None]))
    return change(draw(st.sampled_from(["acme", "globex"])), f"C{number}", START + asked * DAY, **more)


@dataclass
class World:
    changes: Sequence[Record]
    incidents: Sequence[Record]
    blamed: Sequence[tuple[int, int]]  # incident -> change that it names as its cause
    at: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    made = [draw(changes(n)) for n in range(draw(st.integers(1, 5)))]
    troubles = [
        incident(
            "initech",
            f"I{n}",
            START + draw(st.integers(0, 60)) * DAY,
            state=draw(st.sampled_from(["new", "cancelled"])),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    for each in troubles:
        each["closed_at"] = each["opened_at"] + HOUR if each["state"] == "cancelled" else None
    pairs = st.tuples(st.integers(0, len(troubles) - 1), st.integers(0, len(made) - 1))
    return World(
        made, troubles, draw(st.lists(pairs, max_size=5, unique=True)), START + draw(st.integers(20, 80)) * DAY
    )


def until(time: int | None, at: int) -> int | None:
    """A time as it was known at an instant: what lies after it does not exist."""
    return None if time is None or time > at else time


def completion(each: Record, at: int) -> int | None:
    """When a change was completed, as known at an instant."""
    states = [event for event in each["history"] if event["at"] <= at]
    state = states[-1]["to"] if states else "new"
    if each["opened_at"] > at or state == "cancelled" or each["outcome"] == "abandoned":
        return None
    ended = until(each["actual_end"], at)
    if ended is not None:
        return ended
    if state not in ("resolved", "closed"):
        return None
    return until(each.get("closed_at"), at) or int(states[-1]["at"])


def mean(values: Sequence[float]) -> Any:
    return pytest.approx(sum(values) / len(values)) if values else None


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(worlds())
def test_changes_are_judged_and_counted_as_one_would_by_hand(world: World) -> None:
    links = [link(world.incidents[one], world.changes[other]["number"], kind="cause") for one, other in world.blamed]
    # Bare numbers of Initech's incidents are looked up at the two others, whose changes have numbers of their own.
    found = Figures(facts(*world.changes, *world.incidents, links=links), KNOWN, world.at)
    at = world.at
    done = [(each, end) for each in world.changes if (end := completion(each, at)) is not None]
    blaming: dict[str, list[int]] = {}
    for one, other in world.blamed:
        trouble = world.incidents[one]
        if trouble["opened_at"] <= at and not (trouble["state"] == "cancelled" and trouble["closed_at"] <= at):
            blaming.setdefault(world.changes[other]["number"], []).append(trouble["opened_at"])
    for window in windows(at, ROLLING, "UTC"):

        def inside(moment: int, start: int = window.start, end: int = window.end) -> bool:
            return start <= moment < end

        lead, emergency, scheduled, judged = [], [], [], []
        for each, end in done:
            caused = any(end <= opened < end + WATCH for opened in blaming.get(each["number"], ()))
            known = each["outcome"] not in (None, "unknown")
            if end + WATCH <= at and inside(end + WATCH) and (known or caused):
                judged.append(each["outcome"] == "successful" and not caused)
            if inside(end):
                asked = each["opened_at"] if each["requested_at"] is None else each["requested_at"]
                lead.append((end - asked) / 1e6)
                emergency.append(each["change_type"] == "emergency")
                plan, work = (
                    (each["planned_start"], each["planned_end"]),
                    (each["actual_start"], until(each["actual_end"], at)),
                )
                if None not in (*plan, *work):
                    scheduled.append(plan[0] <= work[0] and work[1] <= plan[1])
        label = {"window": window.label}
        assert found("siam_joint_change_lead_time_seconds", **label, stat="mean") == mean(lead)
        assert found("siam_joint_change_emergency_ratio", **label) == mean(emergency)
        assert found("siam_joint_change_on_schedule_ratio", **label) == mean(scheduled)
        assert found("siam_joint_change_success_ratio", **label) == mean(judged)
        counted = [
            s.value
            for s in found.samples
            if s.name == "siam_changes_completed" and ("window", window.label) in s.labels
        ]
        assert sum(counted) == len(lead)
        for supplier in ("acme", "globex"):
            for key in ("shop", "mail"):
                own = {
                    c["number"]
                    for c in world.changes
                    if (c["supplier"], c["service"]) == (supplier, key) and counts(c, at)
                }
                guilty = {
                    one
                    for one, other in world.blamed
                    if world.changes[other]["number"] in own
                    and world.incidents[one]["opened_at"] in blaming.get(world.changes[other]["number"], ())
                    and not gone(world.incidents[one], at)
                    and inside(world.incidents[one]["opened_at"])
                }
                value = found("siam_change_caused_incidents", supplier=supplier, service=key, **label)
                assert value == len(guilty)


def gone(trouble: Record, at: int) -> bool:
    return bool(trouble["opened_at"] > at or (trouble["state"] == "cancelled" and trouble["closed_at"] <= at))


def counts(each: Record, at: int) -> bool:
    """Whether a change is there and was not cancelled."""
    states = [event["to"] for event in each["history"] if event["at"] <= at]
    return each["opened_at"] <= at and states[-1:] != ["cancelled"]
