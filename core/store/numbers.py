"""The store's numbers for tickets: every ticket that a page names has one, from the first time it is named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from core.model import Page
from core.store.dialects import Dialect
from core.store.tables import TICKET_KEY

Numbers = Mapping[str, int]
"""Vendor's id of a ticket -> the store's number for it."""


class Numbered(NamedTuple):
    """What is known of the tickets that a page names."""

    numbers: Numbers
    fresh: frozenset[int]  # the numbers that were given now
    gone: frozenset[str]  # the vendor's ids of those that were gone before this page


def number(connection: Connection, dialect: Dialect, source_id: int, page: Page) -> Numbered:
    """The numbers of all tickets that the page names.

    Those named for the first time are given one, but for those of which only the deletion is told.
    """
    named: dict[str | None, None] = dict.fromkeys(page.tickets.get("vendor_id", ()))
    for columns in (page.events, page.links, page.outages, page.responses):
        named.update(dict.fromkeys(columns.get("ticket", ())))
    named.pop(None, None)
    ids: list[Any] = list(named)
    if not ids:
        return Numbered({}, frozenset(), frozenset())
    rows = connection.execute(_ask(dialect), {"source": source_id, "ids": dialect.many(ids)}).all()
    found = {row[0]: row[1] for row in rows}
    gone = frozenset(row[0] for row in rows if row[2] is not None)
    new = [vendor_id for vendor_id in ids if vendor_id not in found] if found else ids
    if not new:
        return Numbered(found, frozenset(), gone)
    given = dialect.give_numbers(connection, source_id, new)
    return Numbered(found | given, frozenset(given.values()), gone)


@lru_cache
def _ask(dialect: Dialect) -> sa.Select[Any]:
    query = sa.select(TICKET_KEY.c.vendor_id, TICKET_KEY.c.id, TICKET_KEY.c.gone)
    own = TICKET_KEY.c.source_id == sa.bindparam("source")
    return query.where(own, dialect.among(TICKET_KEY.c.vendor_id, "ids"))
