"""What the hub itself observes: a ticket that a page bears otherwise than it is held has changed in between.

For sources whose history is not there, or not for the account. What was observed is told by no source and cannot be
read again, so it belongs to a reading of its own that no mapping outdates. Where a history can be read later, its
events take the place of those observed: of the same ticket and kind, from the first that it tells on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Instant, Observe, Page, length
from core.store.dialects import Dialect
from core.store.readings import Reading, open_reading
from core.store.tables import EVENT, READING, TICKET

_OWN: Final = "observed: "
"""Before a stream's name: the stream that what is observed of its tickets comes from."""
_OBSERVED: Final = sa.select(READING.c.id).where(
    READING.c.source_id == sa.bindparam("source"), READING.c.stream.startswith(_OWN, autoescape=True)
)
_DONE: Final = frozenset(("resolved", "closed", "cancelled"))
_NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True)
class _Ticket:
    """A version of a ticket, as it is held or as the page bears it."""

    vendor_id: str
    changed_at: Instant
    revision: int
    reading: int
    opened_at: Instant | None
    resolved_at: Instant | None
    closed_at: Instant | None
    vendor_state: str | None
    values: Mapping[str, str | None]  # by kind of event
    since: Mapping[str, Instant | None]  # state -> since when the record says it is in it

    @property
    def version(self) -> tuple[Instant, int]:
        return self.changed_at, self.revision


@dataclass(frozen=True, slots=True)
class _Step:
    """That a ticket has a value: since `at`, or since some moment between `earliest` and `at`."""

    kind: str
    old: str | None
    new: str | None
    word: str | None
    at: Instant
    earliest: Instant | None = None


def observe(
    connection: Connection,
    dialect: Dialect,
    source_id: int,
    reading: Reading,
    page: Page,
    numbers: Mapping[str, int],
    now: Instant,
) -> int:
    """Add what is new about the page's tickets to their history, before they are kept; how many events that are.

    Of a ticket that is seen for the first time nothing is known but what it is: only that it waits becomes an event.
    A version read with another mapping than the one that is held tells nothing: the words may have changed, not it.
    """
    said = page.observe
    if said is None or not length(page.tickets):
        return 0
    borne = _borne(page, said, reading.id)
    held = _held(connection, dialect, {numbers[vendor_id]: vendor_id for vendor_id in borne})
    pairs = [(held.get(key), new) for key, new in borne.items() if _is_news(held.get(key), new)]
    if not pairs:
        return 0
    last = _last_steps(connection, dialect, source_id, {numbers[new.vendor_id]: new.vendor_id for _, new in pairs})
    told = [
        (new.vendor_id, step) for old, new in pairs for step in _steps(old, new, said, last.get(new.vendor_id))
    ]  # fmt: skip
    if not told:
        return 0
    mine = open_reading(connection, source_id, _OWN + page.stream, "")
    made = [_row(source_id, numbers[key], key, step, now + place, mine.id) for place, (key, step) in enumerate(told)]
    return dialect.upsert(connection, EVENT, made)


def supersede(connection: Connection, dialect: Dialect, source_id: int, page: Page, numbers: Mapping[str, int]) -> int:
    """Take out what was observed of tickets of which the page's events now tell the same; how many events that are."""
    if not length(page.events):
        return 0
    readings = connection.execute(_OBSERVED, {"source": source_id}).scalars().all()
    if not readings:
        return 0
    since: dict[tuple[int, str], Instant] = {}
    for ticket, kind, at in zip(*(page.events[name] for name in ("ticket", "kind", "at")), strict=True):
        key = numbers[ticket], kind
        since[key] = min(at, since.get(key, at))
    observed = sa.select(EVENT.c.ticket, EVENT.c.kind, EVENT.c.at, EVENT.c.event_id).where(
        EVENT.c.source_id == source_id,
        EVENT.c.reading.in_(readings),
        dialect.among(EVENT.c.ticket, list({number for number, _ in since})),
    )
    found = connection.execute(observed).all()
    rows = [
        {"number": row.ticket, "name": row.event_id}
        for row in found
        if row.at >= since.get((row.ticket, row.kind), row.at + 1)
    ]
    if not rows:
        return 0
    one = EVENT.c.ticket == sa.bindparam("number"), EVENT.c.event_id == sa.bindparam("name")
    return connection.execute(sa.delete(EVENT).where(EVENT.c.source_id == source_id, *one), rows).rowcount


def _is_news(old: _Ticket | None, new: _Ticket) -> bool:
    """Whether the page tells more than what is held. One moment may see several versions: the later read one counts."""
    if old is None:
        return True
    same = all(old.values[kind] == value for kind, value in new.values.items())
    return old.reading == new.reading and new.version >= old.version and not same


def _steps(old: _Ticket | None, new: _Ticket, said: Observe, last: Instant | None) -> Iterator[_Step]:
    """What happened to a ticket between two versions of it. `last`: its latest known step of state."""
    if old is None:
        if new.values["state"] == "hold" and "state" in said.kinds:
            yield _since(new, None, new.opened_at, new.opened_at)
        return
    earliest = min(max(old.changed_at, said.since or old.changed_at), new.changed_at)
    for kind in said.kinds:
        before, after = old.values[kind], new.values[kind]
        if before == after:
            continue
        if kind != "state":
            yield _Step(kind, before, after, after, new.changed_at, earliest)
            continue
        if last is None and (opening := _opening(old)):
            yield opening
            last = opening.at
        done = new.since.get("resolved") if after == "closed" and before not in _DONE else None
        if done is not None and (last or done) <= done < (new.since.get("closed") or new.changed_at):
            yield _Step(kind, before, "resolved", None, done)
            before, last, earliest = "resolved", done, max(earliest, done)
        yield _since(new, before, earliest, last)


def _since(new: _Ticket, before: str | None, earliest: Instant | None, last: Instant | None) -> _Step:
    """The step into the state of a version: when the record says, unless what is known contradicts it."""
    state = new.values["state"]
    own = new.since.get(state or "")
    if own is not None and (own if last is None else last) <= own <= new.changed_at:
        return _Step("state", before, state, new.vendor_state, own)
    return _Step("state", before, state, new.vendor_state, new.changed_at, _until(earliest, new.changed_at))


def _opening(old: _Ticket) -> _Step | None:
    """The state in which a ticket was first seen, where that is more than open; what is held tells since when."""
    state = old.values["state"]
    if state != "hold" and state not in _DONE:
        return None
    own = old.resolved_at if state == "resolved" else old.closed_at if state in _DONE else None
    if own is not None and own <= old.changed_at:
        return _Step("state", None, state, old.vendor_state, own)
    return _Step("state", None, state, old.vendor_state, old.changed_at, _until(old.opened_at, old.changed_at))


def _until(earliest: Instant | None, at: Instant) -> Instant:
    return at if earliest is None else min(earliest, at)


def _borne(page: Page, said: Observe, reading: int) -> Mapping[str, _Ticket]:
    """The newest version in which the page bears each ticket; of equal ones the later."""
    found: dict[str, _Ticket] = {}
    names = ("vendor_id", "changed_at", "revision", "opened_at", "resolved_at", "closed_at", "vendor_state")
    columns = [page.tickets[name] for name in (*names, *said.kinds)]
    for place, (key, at, revision, opened, resolved, closed, word, *values) in enumerate(zip(*columns, strict=True)):
        known = found.get(key)
        if known is None or (at, revision) >= known.version:
            since = {state: moments[place] for state, moments in said.moments.items()}
            mine = _values(said.kinds, values)
            found[key] = _Ticket(key, at, revision, reading, opened, resolved, closed, word, mine, since)
    return found


def _held(connection: Connection, dialect: Dialect, ids: Mapping[int, str]) -> Mapping[str, _Ticket]:
    names = ("changed_at", "revision", "reading", "opened_at", "resolved_at", "closed_at", "vendor_state")
    kinds = ("state", "priority", "group", "major")
    query = sa.select(*(TICKET.c[name] for name in ("ticket", *names, *kinds)))
    found = {}
    for row in connection.execute(query.where(dialect.among(TICKET.c.ticket, list(ids)))):
        number, at, revision, reading, opened, resolved, closed, word, *values = row
        mine = _values(kinds, values)
        found[ids[number]] = _Ticket(ids[number], at, revision, reading, opened, resolved, closed, word, mine, {})
    return found


def _last_steps(
    connection: Connection, dialect: Dialect, source_id: int, ids: Mapping[int, str]
) -> Mapping[str, Instant]:
    """The latest step of state that is known of each ticket."""
    query = sa.select(EVENT.c.ticket, sa.func.max(EVENT.c.at)).where(
        EVENT.c.source_id == source_id, EVENT.c.kind == "state", dialect.among(EVENT.c.ticket, list(ids))
    )
    return {ids[row[0]]: row[1] for row in connection.execute(query.group_by(EVENT.c.ticket))}


def _values(kinds: Sequence[str], values: Sequence[Any]) -> Mapping[str, str | None]:
    return {kind: None if value is None else str(value) for kind, value in zip(kinds, values, strict=True)}


def _row(source_id: int, number: int, vendor_id: str, step: _Step, seq: int, reading: int) -> tuple[Any, ...]:
    """A step as a row of events. What is seen later stands later, also where both bear the same moment."""
    made = {
        "source_id": source_id,
        "ticket": number,
        "event_id": f"observed:{vendor_id}:{step.kind}:{step.at}:{step.new}",
        "kind": step.kind,
        "at": step.at,
        "seq": seq,
        "from_value": step.old,
        "to_value": step.new,
        "actor": _NOBODY,
        "public": None,
        "vendor_value": step.word,
        "earliest": step.earliest,
        "reading": reading,
    }
    return tuple(made[column.name] for column in EVENT.columns)
