"""Facts that stay in memory from one KPI run to the next: only what changed since is read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from core.facts import Codes, Facts, Ints
from core.store import splice
from core.store.dialects import Dialect
from core.store.journal import Changes, since, state
from core.store.load import (
    ids_of,
    load,
    load_events,
    load_links,
    load_outages,
    load_rejects,
    load_responses,
    load_sources,
    load_tickets,
    placed,
    positions_of,
    rows_of,
)
from core.store.reviews import load_reviews

Named: TypeAlias = Sequence[tuple[str, str]]
"""Sources as (supplier, source)."""

_FEW: Final = 1000
_SHARE: Final = 0.1
"""Changed tickets up to this number, or this share of all, are read by themselves; of more, all are read again."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """The facts of some sources, and how far they go."""

    facts: Facts
    sources: tuple[tuple[str, str], ...]
    ids: tuple[int | None, ...]  # of the sources
    numbers: Ints  # the store's number of each ticket
    state: dict[int, int]  # of the journal


def recall(connection: Connection, dialect: Dialect, sources: Named, memory: Memory | None) -> Memory:
    """The facts as they are now, the same as if all of them were read; from memory what has not changed."""
    ids = ids_of(connection, sources)
    if memory is not None and memory.sources == tuple(sources) and memory.ids == ids:
        changes = since(connection, memory.state, [source_id for source_id in ids if source_id is not None])
        if changes is not None:
            found = _brought_up(connection, dialect, memory, changes)
            if found is not None:
                return replace(found, state=dict(state(connection)))
    facts, numbers = load(connection, sources, ids)
    return Memory(facts, tuple(sources), ids, numbers, dict(state(connection)))


def _brought_up(connection: Connection, dialect: Dialect, memory: Memory, changes: Changes) -> Memory | None:
    """With these changes; None where it is better to read everything: many of them, or a ticket that is gone."""
    touched = list(changes.tickets)
    if len(touched) > max(_FEW, _SHARE * len(memory.numbers)):
        return None
    facts, order = memory.facts, positions_of(memory.ids)
    facts = replace(
        facts,
        sources=load_sources(connection, memory.sources, memory.ids),
        rejects=load_rejects(connection, order),
        reviews=load_reviews(connection),
    )
    if not touched and not changes.outages and not changes.responses:
        return replace(memory, facts=facts)

    def among(column: sa.Column[Any]) -> ColumnElement[bool]:
        return dialect.among(column, touched)

    part, numbers = load_tickets(connection, order, among)
    known = placed(memory.numbers)
    row = rows_of(numbers, known)
    asked = np.array(touched, dtype=np.int64)
    if not np.isin(asked[rows_of(asked, known) >= 0], numbers).all():
        return None  # one of them is gone
    where = splice.places(facts.tickets, part, row, memory.ids)
    numbers = splice.inserted(memory.numbers, numbers, where)
    places = placed(numbers)
    facts = replace(
        facts,
        tickets=splice.tickets(facts.tickets, part, where),
        events=splice.events(facts.events, load_events(connection, order, places, among), where),
        links=splice.links(facts.links, load_links(connection, order, places, among), where),
    )
    # A record may have waited for a ticket that is new now.
    anew = len(where.at) > 0
    outages, responses = facts.outages, facts.responses
    if changes.outages or (anew and (outages.ticket < 0).any()):
        outages = load_outages(connection, order, places)
    else:
        outages = replace(outages, ticket=_moved(outages.ticket, where.moved))
    if changes.responses or (anew and (responses.ticket < 0).any()):
        responses = load_responses(connection, order, places)
    else:
        responses = replace(responses, ticket=_moved(responses.ticket, where.moved))
    return replace(memory, facts=replace(facts, outages=outages, responses=responses), numbers=numbers)


def _moved(ticket: Codes, moved: Codes) -> Codes:
    return np.append(moved, np.int32(-1))[ticket]
