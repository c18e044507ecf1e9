"""Handovers between parties, against the slow obvious model and by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import Catalogue, CollaborationEntry
from core.facts import NEVER
from core.kpi.case_times import case_times
from core.kpi.handovers import ENDS, RUNNING, handovers
from core.kpi.parties import parties
from core.kpi.view import view
from core.model import SECOND
from tests.core.kpi import slow_handovers
from tests.core.kpi.build import Record, catalogue, facts, link, service, step, t

START = t("2026-03-02 08:00")
MINUTE = 60 * SECOND
GROUPS = {
    "acme": (("integrator", ("Desk*",)), ("globex", ("Globex*",))),
    "globex": (("integrator", ("Front desk",)), ("acme", ("Acme*",)), ("initech", ("Initech",))),
    "initech": (),
}
NAMES = ["Desk 1", "Desk 2", "Globex net", "Front desk", "Acme web", "Acme db", "Initech", "Own"]
WITHIN = CollaborationEntry(answer_within=dict.fromkeys(range(1, 6), 30 * MINUTE), weights={}, min_samples=10)


def party(supplier: str, group: str) -> str:
    for name, patterns in GROUPS[supplier]:
        if any(group.startswith(pattern.rstrip("*")) for pattern in patterns):
            return name
    return supplier


def known() -> Catalogue:
    plain = catalogue(service("shop"), collaboration=WITHIN)
    return replace(plain, sources=tuple(replace(each, groups=GROUPS[each.supplier]) for each in plain.sources))


def event(minute: int, kind: str, to: Any, actor: str = "person", **more: Any) -> Record:
    return step(minute, to, kind, actor, **more)


@st.composite
def tickets(draw: st.DrawFn, place: int) -> Record:
    opened = draw(st.integers(0, 20))
    minutes = sorted(draw(st.lists(st.integers(opened, 60), max_size=7)))
    history, group = list[Record](), None
    for minute in minutes:
        kind = draw(st.sampled_from(["group", "group", "state", "state", "comment"]))
        actor = draw(st.sampled_from(["person", "person", "automation", "requester"]))
        if kind == "group":
            to = draw(st.sampled_from(NAMES))
            was = group if group is not None else draw(st.sampled_from([None, *NAMES]))
            history.append(event(minute, "group", to, actor, was=was))
            group = to
        elif kind == "state":
            actor = actor if actor != "requester" else "person"
            history.append(event(minute, "state", draw(st.sampled_from(["active", "hold", "resolved"])), actor))
        else:
            history.append(event(minute, "comment", None, actor, public=draw(st.sampled_from([0, 1]))))
    states = [each["to"] for each in history if each["kind"] == "state"]
    return {
        "kind": "incident",
        "supplier": draw(st.sampled_from(["acme", "globex", "initech"])),
        "number": f"T{place}",
        "vendor_id": f"id-{place}",
        "state": states[-1] if states else "new",
        "priority": 3,
        "opened_at": opened,
        "history": history,
    }


def in_instants(ticket: Record) -> Record:
    """The same ticket, its minutes as instants."""
    moved = [{**each, "at": START + each["at"] * MINUTE} for each in ticket["history"]]
    return {**ticket, "opened_at": START + ticket["opened_at"] * MINUTE, "history": moved}


def quick(case: list[Record], at: int = 60) -> list[slow_handovers.Step]:
    made = [in_instants(ticket) for ticket in case]
    links = [link(made[0], other["vendor_id"], evidence="issue_link") for other in made[1:]]
    # Numbers are looked up elsewhere; here every ticket after the first bears a reference to it, wherever it lies.
    links = [
        {**each, "evidence": "prefix", "reference": f"{other['supplier']}: {other['number']}"}
        for each, other in zip(links, made[1:], strict=True)
    ]
    seen = view(facts(*made, links=links), known(), START + at * MINUTE)
    found, named = handovers(seen, case_times(seen)), parties(seen)

    def minute(instant: int) -> int | None:
        return None if instant == NEVER else int(instant - START) // MINUTE

    return [
        slow_handovers.Step(
            named[found.giver[i]],
            named[found.taker[i]],
            minute(found.at[i]) or 0,
            minute(found.end[i]),
            None if found.ending[i] == RUNNING else ENDS[found.ending[i]],
            minute(found.answered[i]),
            bool(found.returns[i]),
        )
        for i in range(len(found))
    ]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_handovers_are_those_of_the_slow_obvious_model(data: st.DataObject, n: int) -> None:
    case = [data.draw(tickets(place)) for place in range(n)]
    assert quick(case) == slow_handovers.steps(case, 60, party)


def ticket(supplier: str, number: str, opened: int, *history: Record) -> Record:
    states = [each["to"] for each in history if each["kind"] == "state"]
    base = {"kind": "incident", "state": states[-1] if states else "new", "priority": 3, "vendor_id": f"id-{number}"}
    return {**base, "supplier": supplier, "number": number, "opened_at": opened, "history": list(history)}


def told(case: list[Record]) -> list[tuple[str, str, int, str | None, int | None]]:
    return [(each.giver, each.taker, each.at, each.ending, each.answered) for each in quick(case)]


def test_a_reassignment_and_the_others_own_ticket_are_one_handover() -> None:
    """Acme assigns to Globex at 10, Globex has its own ticket at 12 and works at 15: one step, answered then."""
    acme = ticket("acme", "A", 0, event(10, "group", "Globex net", was="Own"))
    globex = ticket("globex", "G", 12, event(15, "state", "active"))
    assert told([acme, globex]) == [("acme", "globex", 10, None, 15)]


def test_giving_back_what_was_done_is_no_bounce_and_giving_back_untouched_is_one() -> None:
    back = event(20, "group", "Own", was="Globex net")
    there = event(10, "group", "Globex net", was="Own")
    assert told([ticket("acme", "A", 0, there, back)])[0] == ("acme", "globex", 10, "bounced", None)
    worked = event(15, "comment", None, public=1)
    assert told([ticket("acme", "A", 0, there, worked, back)])[0] == ("acme", "globex", 10, "returned after work", 15)


def test_an_acknowledgement_by_automation_answers_nothing() -> None:
    there = event(10, "group", "Globex net", was="Own")
    robot = [event(11, "comment", None, "automation", public=1), event(12, "state", "active", "automation")]
    assert told([ticket("acme", "A", 0, there, *robot)]) == [("acme", "globex", 10, None, None)]


def test_who_resolves_its_own_ticket_has_solved_though_the_other_closes_last() -> None:
    """Globex resolves at 30, Acme has it back from 40 on and resolves at 50."""
    acme = ticket(
        "acme", "A", 0, event(10, "group", "Globex net", was="Own"), event(40, "group", "Own", was="Globex net"),
        event(50, "state", "resolved"),
    )  # fmt: skip
    globex = ticket("globex", "G", 10, event(30, "state", "resolved"))
    assert told([acme, globex]) == [("acme", "globex", 10, "solved", 30), ("globex", "acme", 40, "solved", 50)]


def test_what_is_assigned_when_the_case_is_over_hands_nothing_over() -> None:
    done = event(20, "state", "resolved")
    assert told([ticket("acme", "A", 0, done, event(30, "group", "Desk 1", was="Own"))]) == []


def test_the_target_is_that_of_the_priority_at_the_handover() -> None:
    """Handed over as priority 1, lowered to 4 afterwards: the target of priority 1 stays."""
    within = {1: MINUTE, 2: 2 * MINUTE, 3: 3 * MINUTE, 4: 4 * MINUTE, 5: 5 * MINUTE}
    case = ticket("acme", "A", 0, event(10, "group", "Globex net", was="Own"), event(20, "priority", "4", was="1"))
    seen = view(
        facts(in_instants(case)),
        replace(known(), collaboration=replace(WITHIN, answer_within=within)),
        START + 60 * MINUTE,
    )
    assert handovers(seen, case_times(seen)).target.tolist() == [MINUTE]


def test_no_incident_is_no_handover() -> None:
    seen = view(facts(), known(), START)
    assert len(handovers(seen, case_times(seen))) == 0
    assert np.array_equal(handovers(seen, case_times(seen)).judged, [])
