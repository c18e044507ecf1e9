"""What figures rested on, remembered small: every record that counted at an instant, by an identity and a digest.

A digest covers what a record says of the time until the instant: what became of a ticket afterwards leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.closed import KINDS, Hashes, Marks, Touched
from core.facts import NEVER, Codes, EventFacts, Facts, Ints, LinkFacts, Names, Texts
from core.interval import Bools
from core.kpi.view import View
from core.model import Instant

_TICKET_TIMES: Final = (
    "opened_at", "first_response_at", "resolved_at", "closed_at", "outage_start", "outage_end", "requested_at",
    "approved_at", "actual_start", "actual_end", "vanished_at",
)  # fmt: skip


def marks(seen: View, month: str) -> Mapping[str, Marks]:
    """The records that are there at the view's instant, by kind; of reviews those of months until this one."""
    rows = _rows(seen, month)
    return {kind: _marks_of(kind, seen, rows[kind]) for kind in KINDS}


def touched(then: Mapping[str, Marks], seen: View, month: str) -> Sequence[Touched]:
    """What is late, changed or gone since `then`, by kind and name."""
    found: list[Touched] = []
    now, rows = marks(seen, month), _rows(seen, month)
    for kind in KINDS:
        old, new = then[kind], now[kind]
        late, changed = _differences(old, new)
        services = _services(kind, seen)
        for how, mask in (("late", late), ("changed", changed)):
            found.extend(
                Touched(kind, how, new.supplier[i], new.name[i], services[rows[kind][i]] if services else None)
                for i in np.flatnonzero(mask).tolist()
            )
        gone = np.flatnonzero(~np.isin(old.identity, new.identity)).tolist()
        found.extend(Touched(kind, "gone", old.supplier[i], old.name[i]) for i in gone)
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.supplier, one.name))


def without_late(then: Mapping[str, Marks], seen: View, month: str) -> Facts:
    """The facts without the records that were not held then."""
    now, rows = marks(seen, month), _rows(seen, month)
    facts = seen.facts
    keep = {
        "ticket": np.ones(len(facts.tickets), dtype=np.bool_),
        "outage": np.ones(len(facts.outages), dtype=np.bool_),
        "response": np.ones(len(facts.responses), dtype=np.bool_),
        "review": np.ones(len(facts.reviews), dtype=np.bool_),
    }
    for kind, mask in keep.items():
        mask[rows[kind][_differences(then[kind], now[kind])[0]]] = False
    if all(mask.all() for mask in keep.values()):
        return facts
    # Rows of tickets move up; -1 for those that are left out, and for -1 itself.
    moved = np.append(np.where(keep["ticket"], np.cumsum(keep["ticket"]) - 1, -1), -1).astype(np.int32)
    outages, responses = _picked(facts.outages, keep["outage"]), _picked(facts.responses, keep["response"])
    return replace(
        facts,
        tickets=_picked(facts.tickets, keep["ticket"]),
        events={kind: _of_kept(events, moved) for kind, events in facts.events.items()},
        links=_of_kept(facts.links, moved),
        outages=replace(outages, ticket=moved[outages.ticket]),
        responses=replace(responses, ticket=moved[responses.ticket]),
        reviews=_picked(facts.reviews, keep["review"]),
    )


def _differences(old: Marks, new: Marks) -> tuple[Bools, Bools]:
    """Which of the new records are late, and which are changed."""
    order = np.argsort(old.identity)
    identity, digest = old.identity[order], old.digest[order]
    at = np.searchsorted(identity, new.identity)
    inside = at < len(identity)
    at = np.where(inside, at, 0)
    known: Bools = (
        inside & (identity[at] == new.identity) if len(identity) else np.zeros(len(new.identity), dtype=np.bool_)
    )
    changed: Bools = known & (digest[at] != new.digest) if len(identity) else known
    return ~known, changed


def _rows(seen: View, month: str) -> Mapping[str, Ints]:
    """The rows of the facts that are there at the instant, by kind."""
    facts, at = seen.facts, seen.at
    periods = [i for i, period in enumerate(facts.reviews.period.tolist()) if period <= month]
    return {
        "ticket": np.flatnonzero(seen.known),
        "outage": np.flatnonzero(facts.outages.start < at),
        "response": np.flatnonzero(facts.responses.at < at),
        "review": np.array(periods, dtype=np.int64),
    }


def _services(kind: str, seen: View) -> Sequence[str] | None:
    """The service that each row of the facts counts for, where that is asked."""
    return [seen.places.labels[code] for code in seen.service.tolist()] if kind == "ticket" else None


def _marks_of(kind: str, seen: View, rows: Ints) -> Marks:
    facts, at = seen.facts, seen.at
    if kind == "review":
        reviews = facts.reviews
        reviewer, about = _spelt(reviews.reviewer)[rows], _spelt(reviews.about)[rows]
        names = [f"{p}: {r} of {a}" for p, r, a in zip(reviews.period[rows], reviewer, about, strict=True)]
        identity = _twice_apart(_texts(names))
        digest = _mixed(reviews.score[rows], reviews.scale_min[rows], reviews.scale_max[rows])
        return Marks(identity, digest, _objects(names), reviewer)
    records: Any = {"ticket": facts.tickets, "outage": facts.outages, "response": facts.responses}[kind]
    source = records.source[rows]
    bearer = [f"{fact.supplier}/{fact.source}" for fact in facts.sources]
    identity = _mixed(_texts(bearer)[source], _texts(records.vendor_id[rows]))
    suppliers: Texts = _objects([fact.supplier for fact in facts.sources])[source]
    if kind == "ticket":
        number = records.number[rows]
        pairs = zip(number.tolist(), records.vendor_id[rows].tolist(), strict=True)
        names = [own if own is not None else vendor for own, vendor in pairs]
        return Marks(identity, _tickets(seen)[rows], _objects(names), suppliers)
    columns: tuple[NDArray[Any], ...]
    of = _bearing(seen, records.ticket)[rows]
    if kind == "outage":
        columns = (
            of, records.type[rows], records.start[rows], _until(records.end[rows], at),
            _until(records.approved_at[rows], at), _named(records.component)[rows], _named(records.service)[rows],
        )  # fmt: skip
    else:
        columns = (of, records.at[rows], records.score[rows], records.scale_min[rows], records.scale_max[rows])
    return Marks(identity, _mixed(*columns), records.vendor_id[rows], suppliers)


def _bearing(seen: View, ticket: Codes) -> Hashes:
    """The identity of the ticket that a record belongs to, 0 for none."""
    return np.append(_texts(seen.facts.tickets.vendor_id), np.uint64(0))[ticket]


def _tickets(seen: View) -> Hashes:
    """The digest of every ticket of the facts: its record until the instant, its history and its references."""
    facts, at = seen.facts, seen.at
    tickets = facts.tickets
    grouped = np.bincount(facts.events["group"].ticket, minlength=len(tickets)) > 0
    over = (_until(tickets.actual_end, at) != NEVER) | (_until(tickets.closed_at, at) != NEVER)
    return _mixed(
        _texts(tickets.number),
        _texts(tickets.url),
        tickets.kind,
        seen.timeline.state,
        seen.priority,
        np.where(grouped, np.uint64(0), _named(tickets.group)),  # a history tells it with its time
        _named(tickets.component),
        _named(tickets.service),
        *(_until(getattr(tickets, name), at) for name in _TICKET_TIMES),
        np.minimum(tickets.planned_start, at),
        np.minimum(tickets.planned_end, at),
        tickets.change_type,
        np.where(over, tickets.outcome, -1),
        tickets.suspect,
        *(_history(events, len(tickets), at) for _, events in sorted(facts.events.items())),
        _references(facts.links, len(tickets)),
    )


def _history(events: EventFacts, tickets: int, at: Instant) -> Hashes:
    names = np.append(_texts(list(events.names)), np.uint64(0))

    def value(codes: Codes) -> Any:
        return names[codes] if events.names else codes

    each = _mixed(
        events.at, value(events.from_value), value(events.to_value), events.actor, events.public, events.earliest
    )
    return _summed(each[events.at <= at], events.ticket[events.at <= at], tickets)


def _references(links: LinkFacts, tickets: int) -> Hashes:
    return _summed(_mixed(links.kind, links.evidence, _texts(links.reference)), links.ticket, tickets)


def _summed(hashes: Hashes, ticket: Codes, tickets: int) -> Hashes:
    """By ticket, whatever the order."""
    total = np.zeros(tickets, dtype=np.uint64)
    np.add.at(total, ticket, hashes)
    return total


def _until(moments: Ints, at: Instant) -> Ints:
    """The moments that are not after the instant, NEVER in place of the others."""
    return np.where(moments <= at, moments, NEVER)


def _twice_apart(identity: Hashes) -> Hashes:
    """Identities made different where several rows have the same: the second is another one than the first."""
    seen: dict[int, int] = {}
    turn = []
    for one in identity.tolist():
        seen[one] = seen.get(one, 0) + 1
        turn.append(seen[one])
    return _mixed(identity, np.array(turn, dtype=np.int64))


def _mixed(*columns: NDArray[Any]) -> Hashes:
    """One hash per row of the columns (splitmix64 over them in turn)."""
    state = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        bits = column.astype(np.float64 if column.dtype.kind == "f" else np.int64, copy=False)
        state = (state ^ (column if column.dtype == np.uint64 else bits.view(np.uint64))) + np.uint64(
            0x9E3779B97F4A7C15
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return state


def _texts(values: Sequence[str | None] | Texts) -> Hashes:
    """One hash per text, 0 for none."""
    made = [
        0 if value is None else int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "little")
        for value in values
    ]
    return np.array(made, dtype=np.uint64)


def _named(names: Names) -> Hashes:
    return np.append(_texts(list(names.values)), np.uint64(0))[names.codes]


def _spelt(names: Names) -> Texts:
    return _objects([*names.values, None])[names.codes]


def _objects(values: Sequence[Any]) -> Texts:
    made = np.empty(len(values), dtype=np.object_)
    made[:] = values
    return made


def _picked(records: Any, mask: Bools) -> Any:
    """A table of facts with the marked rows only."""
    columns: dict[str, Any] = {}
    for name in type(records).__dataclass_fields__:
        column = getattr(records, name)
        if isinstance(column, Names):
            columns[name] = Names(column.codes[mask], column.values)
        elif isinstance(column, np.ndarray):
            columns[name] = column[mask]
    return replace(records, **columns)


def _of_kept(records: Any, moved: Codes) -> Any:
    """Events or references of the tickets that are kept."""
    picked = _picked(records, moved[records.ticket] >= 0)
    return replace(picked, ticket=moved[picked.ticket])
