"""Links of the tickets on a page: those of a ticket's newest version stay, older ones go.

What a stream says of a ticket's references is replaced as a whole, and by that stream only:
- where the page bears the ticket in the version that is stored, its links are the page's, all of them;
- where the page bears an older version of the ticket, its links say nothing any more;
- where a page brings links without their ticket, those with the latest `changed_at` are the ticket's;
- where a list without change times was read to its end, what it did not tell is gone, of whatever ticket.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Instant, Page, length, rows
from core.store.dialects import Dialect
from core.store.readings import Reading
from core.store.tables import LINK, TICKET, TICKET_KEY

Version: TypeAlias = tuple[Instant, int]
Name: TypeAlias = tuple[str, str, str]
"""Kind, evidence, reference."""
Dated: TypeAlias = dict[Name, Instant]


def replace_links(
    connection: Connection,
    dialect: Dialect,
    source_id: int,
    reading: Reading,
    page: Page,
    numbers: Mapping[str, int],
    fresh: Set[int],
) -> int:
    """Keep the page's links, after its tickets are kept; how many links are now different.

    `fresh`: tickets that the store did not know before this page. It holds of them what the page bears.
    """
    given = _given(page, numbers)
    named = {*given, *map(numbers.__getitem__, page.tickets.get("vendor_id", ()))}
    known = list(named - fresh)
    stored = _stored(connection, dialect, source_id, reading, known) if known else {}
    touched = {*given, *stored}
    if not touched:
        return 0
    borne = _borne(page, numbers, touched)
    kept = [ticket for ticket in touched if ticket not in fresh]
    versions = borne | (_versions(connection, dialect, kept) if kept else {})
    new: list[tuple[Any, ...]] = []
    old: list[tuple[int, Name]] = []
    for ticket in touched:
        here = stored.get(ticket, {})
        wanted = _wanted(given.get(ticket, {}), here, borne.get(ticket), versions.get(ticket))
        if wanted is not None:
            new += [(source_id, ticket, *name, at, reading.id) for name, at in wanted.items()]
            old += [(ticket, name) for name in here if name not in wanted]
    return dialect.upsert(connection, LINK, new) + _delete(connection, source_id, old)


def forget_links(connection: Connection, source_id: int, reading: Reading, page: Page) -> Collection[int]:
    """Take out what this stream told before and not in the pass that ends with this page; of which tickets."""
    if page.whole is None:
        return ()
    query = sa.select(LINK.c.ticket, TICKET_KEY.c.vendor_id, LINK.c.kind, LINK.c.evidence, LINK.c.reference)
    query = query.join(TICKET_KEY, TICKET_KEY.c.id == LINK.c.ticket).where(
        LINK.c.source_id == source_id, LINK.c.reading.in_([reading.id, *reading.former])
    )
    gone = [(row[0], (row[2], row[3], row[4])) for row in connection.execute(query) if tuple(row[1:]) not in page.whole]
    _delete(connection, source_id, gone)
    return {ticket for ticket, _ in gone}


def _wanted(given: Dated, here: Dated, borne: Version | None, stored: Version | None) -> Dated | None:
    """The ticket's links as they shall be, or None where the page has nothing to say about them."""
    if borne is not None:
        if borne != stored:
            return None
        return {name: at for name, at in given.items() if at >= borne[0]}
    latest = max(given.values())
    known = max(here.values(), default=latest)
    if latest < known:
        return None
    together = given if latest > known else {**here, **given}
    return {name: at for name, at in together.items() if at == latest}


def _given(page: Page, numbers: Mapping[str, int]) -> dict[int, Dated]:
    given: dict[int, Dated] = {}
    for ticket, kind, evidence, reference, at in rows("link", page.links) if length(page.links) else ():
        links, name = given.setdefault(numbers[ticket], {}), (kind, evidence, reference)
        links[name] = max(at, links.get(name, at))
    return given


def _borne(page: Page, numbers: Mapping[str, int], wanted: Collection[int]) -> dict[int, Version]:
    """The newest version in which the page bears each of these tickets."""
    borne: dict[int, Version] = {}
    columns = [page.tickets.get(name, ()) for name in ("vendor_id", "changed_at", "revision")]
    for vendor_id, changed_at, revision in zip(*columns, strict=True):
        ticket = numbers[vendor_id]
        if ticket in wanted:
            version = changed_at, revision
            borne[ticket] = max(version, borne.get(ticket, version))
    return borne


def _versions(connection: Connection, dialect: Dialect, tickets: list[int]) -> dict[int, Version]:
    query = sa.select(TICKET.c.ticket, TICKET.c.changed_at, TICKET.c.revision)
    found = connection.execute(query.where(dialect.among(TICKET.c.ticket, tickets)))
    return {ticket: (changed_at, revision) for ticket, changed_at, revision in found}


def _stored(
    connection: Connection, dialect: Dialect, source_id: int, reading: Reading, tickets: list[int]
) -> dict[int, Dated]:
    """What this stream said of the tickets' links so far."""
    query = sa.select(LINK.c.ticket, LINK.c.kind, LINK.c.evidence, LINK.c.reference, LINK.c.changed_at).where(
        LINK.c.source_id == source_id,
        dialect.among(LINK.c.ticket, tickets),
        LINK.c.reading.in_([reading.id, *reading.former]),
    )
    stored: dict[int, Dated] = {}
    for ticket, kind, evidence, reference, at in connection.execute(query):
        stored.setdefault(ticket, {})[kind, evidence, reference] = at
    return stored


def _delete(connection: Connection, source_id: int, links: Iterable[tuple[int, Name]]) -> int:
    bound: dict[str, Any] = {name: sa.bindparam(name) for name in ("number", "k", "e", "r")}
    query = sa.delete(LINK).where(
        LINK.c.source_id == source_id,
        LINK.c.ticket == bound["number"],
        LINK.c.kind == bound["k"],
        LINK.c.evidence == bound["e"],
        LINK.c.reference == bound["r"],
    )
    rows = [{"number": ticket, "k": kind, "e": evidence, "r": it} for ticket, (kind, evidence, it) in links]
    return connection.execute(query, rows).rowcount if rows else 0
