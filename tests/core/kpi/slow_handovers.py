"""Handovers computed the slow and obvious way, ticket by ticket and minute by minute, as the definitions say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
Party = Callable[[str, str], str]
"""(supplier, group) -> party."""


@dataclass
class Step:
    """One handover, in whole minutes."""

    giver: str
    taker: str
    at: int
    end: int | None
    ending: str | None
    answered: int | None
    returns: bool


def holder(ticket: Record, moment: int, party: Party) -> str:
    """Who has the ticket just before the moment."""
    groups = [event for event in ticket["history"] if event["kind"] == "group"]
    has = ticket["supplier"]
    if groups:
        has = party(ticket["supplier"], groups[0]["was"] or groups[0]["to"])
    for event in groups:
        if event["at"] < moment:
            has = party(ticket["supplier"], event["to"])
    return str(has)


def resolution(ticket: Record) -> int | None:
    """When the ticket was resolved for good."""
    found = None
    for event in ticket["history"]:
        if event["kind"] == "state":
            if event["to"] != "resolved":
                found = None
            elif found is None:
                found = event["at"]
    return found


def steps(case: Sequence[Record], at: int, party: Party) -> list[Step]:
    """The handovers of one case of incidents, known at `at`; nothing in it lies after that."""
    ends = [resolution(ticket) for ticket in case]
    over = None if None in ends else max(end for end in ends if end is not None)
    entries = []
    for place, ticket in enumerate(case):
        entries.append(
            (ticket["opened_at"], ticket["opened_at"], place, -1, holder(ticket, ticket["opened_at"], party))
        )
        for number, event in enumerate(ticket["history"]):
            if event["kind"] == "group" and (over is None or event["at"] < over):
                to = party(ticket["supplier"], event["to"])
                if to != holder_through(ticket, number, party):
                    entries.append((event["at"], ticket["opened_at"], place, number, to))
    line: list[tuple[int, str]] = []
    for moment, *_, has in sorted(entries):
        if not line or line[-1][1] != has:
            line.append((moment, has))
    found = []
    for i in range(1, len(line)):
        begun, taker = line[i]
        end = line[i + 1][0] if i + 1 < len(line) else over
        until = at if end is None else end
        acts = [moment for moment, who, _ in all_acts(case, party) if who == taker and begun < moment <= until]
        solved = any(who == taker and last and begun < moment <= until for moment, who, last in all_acts(case, party))
        earlier = {who for _, who in line[:i]}
        ending = None
        if end is not None:
            if solved or i + 1 == len(line):
                ending = "solved"
            elif line[i + 1][1] not in earlier:
                ending = "passed on"
            else:
                ending = "returned after work" if acts else "bounced"
        found.append(
            Step(
                line[i - 1][1], taker, begun, end, ending, min(acts, default=None), taker in earlier - {line[i - 1][1]}
            )
        )
    return found


def holder_through(ticket: Record, number: int, party: Party) -> str:
    """Who has the ticket before its event of that number, whatever the times."""
    groups = [(n, event) for n, event in enumerate(ticket["history"]) if event["kind"] == "group"]
    has = party(ticket["supplier"], groups[0][1]["was"] or groups[0][1]["to"]) if groups else ticket["supplier"]
    for n, event in groups:
        if n < number:
            has = party(ticket["supplier"], event["to"])
    return has


def all_acts(case: Sequence[Record], party: Party) -> list[tuple[int, str, bool]]:
    """(moment, party, whether it resolved the ticket for good) of everything that counts as somebody's act."""
    found = []
    for ticket in case:
        for number, event in enumerate(ticket["history"]):
            person, moment = event["actor"] == "person", event["at"]
            inner = event["kind"] == "group" and party(ticket["supplier"], event["to"]) == holder_through(
                ticket, number, party
            )
            moved = event["kind"] == "state"  # out of the waiting states at the opening itself: a first response
            said = event["kind"] == "comment" and event.get("public") == 1
            if person and (inner or moved or said):
                found.append((moment, holder(ticket, moment, party), False))
        end = resolution(ticket)
        automatic = any(
            event["kind"] == "state" and event["at"] == end and event["actor"] == "automation"
            for event in ticket["history"]
        )
        if end is not None and not automatic:
            found.append((end, holder(ticket, end, party), True))
    return found
