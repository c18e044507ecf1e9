"""Who had a ticket when: the parties, and the steps by which an incident came from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.catalogue import INTEGRATOR
from core.facts import Codes, Ints, Names
from core.interval import Bools
from core.kpi.history import latest
from core.kpi.mapping import translate
from core.kpi.view import View


@dataclass(frozen=True, slots=True, eq=False)
class Holders:
    """The party that has each incident. Rows bear its steps, sorted by (ticket, at)."""

    first: Codes  # of each ticket: the party of its first group, else its supplier
    ticket: Codes  # row in TicketFacts
    at: Ints
    party: Codes  # that has it from then on; neighbours of one ticket differ
    inner: Bools  # of each group event of the facts: assigned inside the party that had the ticket

    def before(self, ticket: Codes, moment: Ints) -> Codes:
        """The party that had the ticket until the moment."""
        row = latest(self.ticket, self.at, ticket, moment)
        found: Codes = np.where(row >= 0, np.append(self.party, -1)[row], self.first[ticket])
        return found


def parties(view: View) -> tuple[str, ...]:
    """The names of the parties: every supplier in the order of the configuration, and the integrator."""
    return (*view.places.suppliers, INTEGRATOR)


def holders(view: View) -> Holders:
    """The parties of the incidents that figures are made of, until `at`.

    A group belongs to the party that the source's `groups` says, else to the supplier that runs the source. An
    assignment to no group leaves the ticket where it was.
    """
    events, tickets = view.facts.events["group"], view.facts.tickets
    every = np.arange(len(tickets), dtype=np.int32)
    target = _party(view, Names(events.to_value, events.names), events.ticket)
    origin = _party(view, Names(events.from_value, events.names), events.ticket)
    now = _party(view, tickets.group, every)
    first = np.where(now >= 0, now, view.supplier)
    begins = np.flatnonzero(np.append(True, events.ticket[1:] != events.ticket[:-1])[: len(events)])
    known = np.where(origin[begins] >= 0, origin[begins], target[begins])
    first[events.ticket[begins]] = np.where(known >= 0, known, first[events.ticket[begins]])
    kept = np.flatnonzero(view.incidents[events.ticket] & (events.at <= view.at) & (target >= 0))
    ticket, party = events.ticket[kept], target[kept]
    fresh = np.append(True, ticket[1:] != ticket[:-1])[: len(kept)]
    before = np.where(fresh, first[ticket], np.roll(party, 1))
    steps = before != party
    inner = np.zeros(len(events), dtype=np.bool_)
    inner[kept[~steps]] = True
    at = np.maximum(events.at[kept], view.timeline.opened[ticket])
    return Holders(first.astype(np.int32), ticket[steps], at[steps], party[steps], inner)


def _party(view: View, group: Names, ticket: Codes) -> Codes:
    """The party of each row's group; -1 where there is no group."""
    named = parties(view)
    sources = view.catalogue.sources
    entry = view.places.entries[view.facts.tickets.source[ticket]]
    codes = [[named.index(party) if party in named else -1 for party, _ in each.groups] for each in sources]
    found = translate(group, entry, [each.groups for each in sources], codes)
    there = group.codes >= 0
    return np.where(there, np.where(found >= 0, found, view.supplier[ticket]), -1).astype(np.int32)
