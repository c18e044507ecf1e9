"""Keeping references between tickets: those of a ticket are those of the version of it that is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Instant, Page, length, rows
from core.store.tables import LINK, READING, TICKET

Link: TypeAlias = tuple[str, str, str]
"""Kind, evidence and reference."""
Version: TypeAlias = tuple[Instant, int]
"""Change time and revision of a ticket."""

_MANY: Final = 500  # ids in one condition


def keep_links(connection: Connection, source_id: int, reading: int, page: Page) -> int:
    """Make the stored links of the page's tickets those of the versions stored now; how many came or went.

    Links that another stream made are left alone: that stream knows when they are no more.
    """
    given = _given(page)
    tickets = page.tickets.get("vendor_id", ())
    stored = _stored(connection, source_id, page.stream, {*tickets, *given})
    touched = given.keys() | stored.keys()
    versions = _versions(connection, source_id, touched)
    carried = _carried(page, touched)
    new = [
        dict(zip(("ticket", "kind", "evidence", "reference"), (ticket, *link), strict=True))
        | {"source_id": source_id, "changed_at": changed_at, "reading": reading}
        for ticket, links in given.items()
        for link, changed_at in links.items()
        if link not in stored.get(ticket, {}) and not _outdated(carried.get(ticket), versions.get(ticket))
    ]
    # Only a page that bears the stored version of a ticket knows which of its links are no more.
    old = [
        dict(zip(("t", "k", "e", "r"), (ticket, *link), strict=True))
        for ticket, links in stored.items()
        if ticket in carried and carried[ticket] == versions.get(ticket)
        for link, mine in links.items()
        if mine and link not in given.get(ticket, {})
    ]
    if new:
        connection.execute(sa.insert(LINK), new)
    if old:
        columns = {"t": LINK.c.ticket, "k": LINK.c.kind, "e": LINK.c.evidence, "r": LINK.c.reference}
        same = (column == sa.bindparam(name) for name, column in columns.items())
        connection.execute(sa.delete(LINK).where(LINK.c.source_id == source_id, *same), old)
    return len(new) + len(old)


def portions(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists short enough for one condition."""
    given = sorted(ids)
    return (given[start : start + _MANY] for start in range(0, len(given), _MANY))


def _given(page: Page) -> Mapping[str, Mapping[Link, Instant]]:
    """The page's links by ticket, each with the latest change time that it came with."""
    found: dict[str, dict[Link, Instant]] = {}
    if length(page.links):
        for ticket, kind, evidence, reference, changed_at in rows("link", page.links):
            same = found.setdefault(ticket, {})
            link = (kind, evidence, reference)
            same[link] = max(changed_at, same.get(link, changed_at))
    return found


def _stored(
    connection: Connection, source_id: int, stream: str, tickets: Collection[str]
) -> Mapping[str, Mapping[Link, bool]]:
    """The stored links of tickets that have any, and whether this stream made them."""
    streams = sa.select(READING.c.id).where(READING.c.source_id == source_id, READING.c.stream == stream)
    what = (LINK.c.kind, LINK.c.evidence, LINK.c.reference)
    found: dict[str, dict[Link, bool]] = {}
    for some in portions(tickets):
        query = sa.select(LINK.c.ticket, *what, LINK.c.reading.in_(streams)).where(
            LINK.c.source_id == source_id, LINK.c.ticket.in_(some)
        )
        for ticket, kind, evidence, reference, mine in connection.execute(query):
            found.setdefault(ticket, {})[kind, evidence, reference] = bool(mine)
    return found


def _versions(connection: Connection, source_id: int, tickets: Collection[str]) -> Mapping[str, Version]:
    """The versions of these tickets that are stored."""
    found: dict[str, Version] = {}
    for some in portions(tickets):
        query = sa.select(TICKET.c.vendor_id, TICKET.c.changed_at, TICKET.c.revision)
        query = query.where(TICKET.c.source_id == source_id, TICKET.c.vendor_id.in_(some))
        found.update(
            (vendor_id, (changed_at, revision)) for vendor_id, changed_at, revision in connection.execute(query)
        )
    return found


def _carried(page: Page, tickets: Collection[str]) -> Mapping[str, Version]:
    """The newest versions of these tickets that the page bears."""
    found: dict[str, Version] = {}
    if tickets and length(page.tickets):
        columns = (page.tickets[name] for name in ("vendor_id", "changed_at", "revision"))
        for vendor_id, *version in zip(*columns, strict=True):
            if vendor_id in tickets:
                here = (version[0], version[1])
                found[vendor_id] = max(here, found.get(vendor_id, here))
    return found


def _outdated(carried: Version | None, stored: Version | None) -> bool:
    """Whether what a page says of a ticket is of an older version than the one that is stored."""
    return carried is not None and stored is not None and carried < stored
