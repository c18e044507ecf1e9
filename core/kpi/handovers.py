"""Handovers: the steps of cases from party to party, who answered them and when, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.calendar import service_hours
from core.facts import NEVER, Codes, Ints
from core.interval import Bools, measure
from core.kpi.case_times import CaseTimes
from core.kpi.first_response import first_response
from core.kpi.history import value_when
from core.kpi.parties import Holders, holders, parties
from core.kpi.view import View
from core.model import ACTORS, Hours

SOLVED: Final = 0
RETURNED: Final = 1
PASSED_ON: Final = 2
BOUNCED: Final = 3
RUNNING: Final = -1
ENDS: Final = ("solved", "returned after work", "passed on", "bounced")
"""How a handover ends, by code."""

_PERSON: Final = ACTORS.index("person")
_UNKNOWN: Final = ACTORS.index("unknown")


@dataclass(frozen=True, slots=True, eq=False)
class Handovers:
    """One row per handover that happened until `at`, sorted by (case, at)."""

    case: Codes  # row in CaseTimes
    ticket: Codes  # row in TicketFacts: the ticket that bears the step
    giver: Codes  # position in parties
    taker: Codes
    at: Ints
    end: Ints  # NEVER: it has not ended
    ending: Codes  # RUNNING or a position in ENDS
    answered: Ints  # the taker's first own act; NEVER: there is none
    taken: Ints  # microseconds of the taker's support hours until the answer, else until the end, else until `at`
    target: Ints  # within which it should be answered, microseconds of support hours
    returns: Bools  # the taker had the case before

    def __len__(self) -> int:
        return len(self.case)

    @property
    def in_time(self) -> Bools:
        """Answered within the target."""
        found: Bools = (self.answered != NEVER) & (self.taken <= self.target)
        return found

    @property
    def judged(self) -> Bools:
        """Of which it is known whether they were answered in time: a miss is one as soon as the target is over."""
        found: Bools = (self.answered != NEVER) | (self.taken > self.target)
        return found

    @property
    def overdue(self) -> Bools:
        """Neither answered nor over, though the target is."""
        found: Bools = (self.answered == NEVER) & (self.end == NEVER) & (self.taken > self.target)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Acts:
    """What parties did about cases, sorted by (case, party, at)."""

    case: Codes
    party: Codes
    at: Ints
    solving: Bools  # a resolution that has lasted


def handovers(view: View, times: CaseTimes) -> Handovers:
    """The handovers of the cases with at least one incident that counts.

    A handover is a step in the party timeline of a case: the openings of its incidents and the assignments that change
    the party, in order (same instant: the incident opened earlier first), neighbours of the same party being one. What
    is assigned when the case is over hands nothing over.
    """
    held = holders(view)
    case, ticket, at, party = _timeline(view, times, held)
    step = np.flatnonzero(np.append(False, case[1:] == case[:-1])) if len(case) else np.zeros(0, dtype=np.int64)
    last = np.append(case[1:] != case[:-1], True)[: len(case)]
    resolved = times.resolved[case]
    until = np.where(last, resolved, np.append(at[1:], NEVER)[: len(at)])
    onward = np.where(last, -1, np.append(party[1:], -1)[: len(party)])
    again = ~_first_of_its_kind(case, party)
    returning = np.where(last, False, np.append(again[1:], False)[: len(again)])

    acts = _acts(view, times, held, np.isin(np.arange(len(times.case)), case[step]))
    mine, taker, start, end = case[step], party[step], at[step], until[step]
    answered = _first_act(acts, mine, taker, start, np.where(end == NEVER, view.at, end))
    done = acts.solving
    solving = _Acts(acts.case[done], acts.party[done], acts.at[done], acts.solving[done])
    solved = _first_act(solving, mine, taker, start, np.where(end == NEVER, view.at, end)) != NEVER
    ending = np.select(
        [end == NEVER, solved | (onward[step] < 0), returning[step] & (answered != NEVER), returning[step]],
        [RUNNING, SOLVED, RETURNED, BOUNCED],
        PASSED_ON,
    )
    stop = np.where(answered != NEVER, answered, np.where(end == NEVER, view.at, end))
    return Handovers(
        case=mine,
        ticket=ticket[step],
        giver=party[step - 1],
        taker=taker,
        at=start,
        end=end,
        ending=ending.astype(np.int32),
        answered=answered,
        taken=_in_support_hours(view, taker, start, stop),
        target=_targets(view, ticket[step], start),
        returns=again[step],
    )


def _timeline(view: View, times: CaseTimes, held: Holders) -> tuple[Codes, Codes, Ints, Codes]:
    """The party timelines: case, ticket, time and party of each entry, sorted by case and time."""
    opened = view.timeline.opened
    rows = np.flatnonzero(view.incidents).astype(np.int32)
    ticket = np.concatenate([rows, held.ticket])
    at = np.concatenate([opened[rows], held.at])
    party = np.concatenate([held.first[rows], held.party])
    case = np.searchsorted(times.case, view.cases.case[ticket]).astype(np.int32)
    over = times.resolved[case]
    kept = (over == NEVER) | (at < over) | (np.arange(len(at)) < len(rows))
    kept &= np.bincount(case, weights=kept)[case] > 1  # nearly all have one entry, and no handover
    ticket, at, party, case = ticket[kept], at[kept], party[kept], case[kept]
    order = np.lexsort((np.arange(len(at)), ticket, opened[ticket], at, case))
    ticket, at, party, case = ticket[order], at[order], party[order], case[order]
    new = np.append(True, (case[1:] != case[:-1]) | (party[1:] != party[:-1]))[: len(case)]
    return case[new], ticket[new], at[new], party[new]


def _first_of_its_kind(case: Codes, party: Codes) -> Bools:
    """Which entries are the first of their party in their case."""
    first = np.zeros(len(case), dtype=np.bool_)
    pairs = case.astype(np.int64) * (int(party.max(initial=0)) + 1) + party
    first[np.unique(pairs, return_index=True)[1]] = True
    return first


def _acts(view: View, times: CaseTimes, held: Holders, wanted: Bools) -> _Acts:
    """What the parties of the wanted cases did: moves of a ticket after its opening, assignments inside the party,
    public comments of persons, first responses, resolutions.

    An act is that of the party that had the ticket until then. Automation and the requester do not act. Of a move or an
    assignment nobody may have told who made it: it counts.
    """
    life, events = view.timeline, view.facts.events
    of_ticket = np.full(len(life.opened), -1, dtype=np.int32)
    incidents = np.flatnonzero(view.incidents)
    of_ticket[incidents] = np.searchsorted(times.case, view.cases.case[incidents])
    of_ticket[(of_ticket < 0) | ~np.append(wanted, False)[of_ticket]] = -1
    states, groups, comments = events["state"], events["group"], events["comment"]
    mine = of_ticket >= 0
    moved, inner, spoken = (np.flatnonzero(mine[each.ticket]) for each in (states, groups, comments))
    moved = moved[_somebody(states.actor[moved]) & (states.at[moved] > life.opened[states.ticket[moved]])]
    inner = inner[_somebody(groups.actor[inner]) & held.inner[inner]]
    spoken = spoken[(comments.actor[spoken] == _PERSON) & (comments.public[spoken] == 1)]
    responded = first_response(view)
    replied = np.flatnonzero(mine & (responded != NEVER))
    lasting = np.flatnonzero(mine & (life.resolved != NEVER) & ~_automatic(view))
    parts = [
        (states.ticket[moved], states.at[moved], False),
        (groups.ticket[inner], groups.at[inner], False),
        (comments.ticket[spoken], comments.at[spoken], False),
        (replied, responded[replied], False),
        (lasting, life.resolved[lasting], True),
    ]
    ticket = np.concatenate([part[0] for part in parts]).astype(np.int32)
    at = np.concatenate([part[1] for part in parts])
    solving = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    kept = at <= view.at
    ticket, at, solving = ticket[kept], at[kept], solving[kept]
    case, party = of_ticket[ticket], held.before(ticket, at)
    order = np.lexsort((at, party, case))
    return _Acts(case[order], party[order], at[order], solving[order])


def _somebody(actor: Codes) -> Bools:
    found: Bools = (actor == _PERSON) | (actor == _UNKNOWN) | (actor < 0)
    return found


def _automatic(view: View) -> Bools:
    """Tickets that automation brought to their end."""
    states, resolved = view.facts.events["state"], view.timeline.resolved
    automatic = (states.actor == ACTORS.index("automation")) & (states.at == resolved[states.ticket])
    found = np.zeros(len(resolved), dtype=np.bool_)
    found[states.ticket[automatic]] = True
    return found


def _first_act(acts: _Acts, case: Codes, party: Codes, after: Ints, until: Ints) -> Ints:
    """The first act of a party about a case in (after, until]; NEVER where there is none."""
    if not len(acts.at) or not len(case):
        return np.full(len(case), NEVER)
    width = int(max(acts.party.max(), party.max())) + 1
    moments = np.sort(np.concatenate([acts.at, after]))  # a moment's place among all is its rank
    scale = len(moments) + 1
    known = (acts.case.astype(np.int64) * width + acts.party) * scale + np.searchsorted(moments, acts.at)
    asked = (case.astype(np.int64) * width + party) * scale + np.searchsorted(moments, after)
    row = np.searchsorted(known, asked, side="right")
    there = np.minimum(row, len(known) - 1)
    fits = (row < len(known)) & (acts.case[there] == case) & (acts.party[there] == party) & (acts.at[there] <= until)
    found: Ints = np.where(fits, acts.at[there], NEVER)
    return found


def _in_support_hours(view: View, party: Codes, start: Ints, end: Ints) -> Ints:
    taken = end - start
    for code in range(len(parties(view))):
        hours = _hours(view, code)
        mine = np.flatnonzero(party == code)
        if hours is not None and len(mine):
            support = service_hours(hours, int(start[mine].min()), int(end[mine].max()))
            taken[mine] = measure(support, start[mine], end[mine])
    return taken


def _hours(view: View, party: int) -> Hours | None:
    named = parties(view)[party]
    return next((entry.hours for entry in view.catalogue.suppliers if entry.key == named), None)


def _targets(view: View, ticket: Codes, at: Ints) -> Ints:
    """By the priority that the ticket had when it was handed over; of an unknown one the longest time there is."""
    within = view.catalogue.collaboration.answer_within
    longest = max(within.values(), default=0)
    by_priority = np.array([within.get(priority, longest) for priority in range(6)], dtype=np.int64)
    priority = value_when(view.facts.events["priority"], view.facts.tickets.priority, ticket, at).clip(0)
    found: Ints = by_priority[priority]
    return found
