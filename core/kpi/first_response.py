"""The first response to an incident: the first act of a person of the supplier that the other side can see."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.facts import NEVER, EventFacts, Ints
from core.interval import Bools
from core.kpi.view import View, once
from core.model import ACTORS, STATES

_PERSON: Final = ACTORS.index("person")
_UNKNOWN: Final = ACTORS.index("unknown")
_WORKING: Final = np.array([STATES.index(state) for state in ("active", "hold", "resolved", "closed")])


@once
def first_response(view: View) -> Ints:
    """When each ticket was first responded to, until `at`; NEVER where it was not.

    An act is a public comment or a move out of the waiting states: into work, and also straight to hold, resolved or
    closed, which nobody does without having looked. Automation, the requester and an unknown actor do not respond. The
    vendor's own field is taken only for tickets whose history names no actor: it may be the work of automation.
    """
    events, opened = view.facts.events, view.timeline.opened
    states, comments = events["state"], events["comment"]
    first = np.full(len(opened), np.iinfo(np.int64).max)
    told = np.zeros(len(opened), dtype=np.bool_)
    for history, visible in ((states, np.isin(states.to_value, _WORKING)), (comments, comments.public == 1)):
        acts = visible & (history.actor == _PERSON) & (history.at >= opened[history.ticket])
        tickets, times = _earliest(history, acts & (history.at <= view.at))
        first[tickets] = np.minimum(first[tickets], times)
        named = (history.actor >= 0) & (history.actor != _UNKNOWN) & (history.at <= view.at)
        told[history.ticket[named]] = True
    own = view.facts.tickets.first_response_at
    usable = ~told & (own >= opened) & (own <= view.at) & (own != NEVER)
    found: Ints = np.where(first < np.iinfo(np.int64).max, first, np.where(usable, own, NEVER))
    return found


def _earliest(history: EventFacts, mask: Bools) -> tuple[Ints, Ints]:
    """The tickets with a marked event, and the time of the first of them: events come sorted by (ticket, time)."""
    rows = np.flatnonzero(mask)
    ticket = history.ticket[rows]
    new = np.append(True, ticket[1:] != ticket[:-1])[: len(rows)]
    return ticket[new].astype(np.int64), history.at[rows[new]]
