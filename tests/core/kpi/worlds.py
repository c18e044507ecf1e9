"""Whole worlds out of hypothesis: services with structures, incidents, changes, outage records, maintenance."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from core.catalogue import DAY, Targets
from core.model import Hours as Agreed
from core.model import Part, Structure
from tests.core.kpi.build import HOUR, Record, change, incident, outage, service, step, t
from tests.core.kpi.slow_service import World

START = t("2026-03-26 00:00")  # three days before the clocks of Amsterdam go forward
ROLLING = (("2d", 2 * DAY), ("7d", 7 * DAY))
ZONE = "Europe/Amsterdam"
OFFICE = Agreed(ZONE, (((540, 1020),),) * 5 + ((), ()))
NIGHTS = Agreed(ZONE, (((0, 360), (1320, 1440)),) * 7)

PARTS = [("acme", "web"), ("acme", "app"), ("globex", "dc"), ("initech", "db")]
leaf = st.sampled_from(PARTS).map(lambda part: Part(*part))


def together(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Structure]:
    """Two or three parts, of which some are needed."""
    of = st.lists(inner, min_size=2, max_size=3)
    return of.flatmap(lambda parts: st.integers(1, len(parts)).map(lambda k: Structure(k, tuple(parts))))


structures = together(leaf | together(leaf))
hour = st.integers(0, 100)
wheres = st.sampled_from([*({"component": part} for _, part in PARTS), {"service": "shop"}, {"service": "mail"}, {}])


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int | None]:
    """A start and an end in whole hours; now and then it goes on."""
    start = draw(hour)
    return START + start * HOUR, draw(st.none() | st.integers(0, 60).map(lambda size: START + (start + size) * HOUR))


@st.composite
def incidents(draw: st.DrawFn, number: str) -> Record:
    opened = START + draw(hour) * HOUR
    history = [step(opened, "new"), step(opened, draw(st.sampled_from([1, 1, 1, 2])), "priority")]
    history.append(step(opened, draw(st.sampled_from([0, 0, 0, 1])), "major"))
    later = st.integers(1, 60)
    states = draw(st.lists(st.tuples(later, st.sampled_from(["active", "hold", "resolved"])), max_size=4))
    history += [step(opened + after * HOUR, to) for after, to in sorted(states, key=lambda each: each[0])]
    history += [step(opened + draw(later) * HOUR, draw(st.integers(1, 3)), "priority") for _ in range(draw(later) % 3)]
    history += [step(opened + draw(later) * HOUR, draw(st.integers(0, 1)), "major") for _ in range(draw(later) % 2)]
    if draw(st.integers(0, 7)) == 0:
        history.append(step(opened + 61 * HOUR, draw(st.sampled_from(["closed", "cancelled"]))))
    history.sort(key=lambda event: event["at"])
    start, end = draw(st.none() | spans()) or (None, None)
    if end is not None and start is not None and end == start:
        end = start + HOUR
    state = [event["to"] for event in history if event["kind"] == "state"][-1]
    more = {"outage_start": start, "outage_end": end, "history": history, "state": state, **draw(wheres)}
    return incident(draw(st.sampled_from(["acme", "globex", "initech"])), number, opened, **more)


@st.composite
def changes(draw: st.DrawFn, number: str) -> Record:
    planned = START + draw(hour) * HOUR
    approved = draw(st.sampled_from([None, -2, -1, -1, 0, 1]))
    state = draw(st.sampled_from(["new", "new", "closed", "cancelled"]))
    more: Record = {
        "planned_start": planned,
        "planned_end": planned + draw(st.integers(1, 30)) * HOUR,
        "approved_at": None if approved is None else planned + approved * HOUR,
        "change_type": draw(st.sampled_from(["normal", "standard", "emergency"])),
        "outcome": draw(st.sampled_from([None, "successful", "abandoned"])),
        "history": [step(START - DAY, state)],
        "state": state,
        **draw(wheres),
    }
    return change(draw(st.sampled_from(["acme", "globex", "initech"])), number, START - DAY, **more)


@st.composite
def records(draw: st.DrawFn, tickets: list[Record]) -> Record:
    start, end = draw(spans())
    about: dict[str, Any] = {**draw(wheres), "type": draw(st.sampled_from(["outage", "outage", "degraded", "planned"]))}
    supplier = draw(st.sampled_from(["acme", "globex", "initech"]))
    if tickets and draw(st.integers(0, 3)) == 0:
        ticket = draw(st.sampled_from(tickets))
        about["ticket"], supplier = ticket["number"], ticket["supplier"]
    return outage(supplier, start, end, **about)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    tickets = [draw(incidents(str(n))) for n in range(draw(st.integers(1, 5)))]
    tickets += [draw(changes(f"C{n}")) for n in range(draw(st.integers(0, 2)))]
    own = [each for each in tickets if each["kind"] == "incident"]
    outages = [draw(records(own)) for _ in range(draw(st.integers(2, 6)))]
    target = Targets(availability=draw(st.sampled_from([None, 0.9, 1.0])))
    agreed = draw(st.sampled_from([None, OFFICE, NIGHTS]))
    shop = service("shop", draw(structures), hours=agreed, targets=target)
    mail = service("mail", Part("acme", "web"), weight=2.5)
    return World(tickets, outages, [shop, mail], START + draw(st.integers(60, 220)) * HOUR, START - 3 * HOUR)
