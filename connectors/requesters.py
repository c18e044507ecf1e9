"""Who asked: of the tickets that new rows of a stream name, by further requests; it lives as long as the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from connectors.ahead import side_by_side
from connectors.client import Client
from connectors.history import Requesters
from connectors.listing import Listing
from connectors.manifest_asked import Requesters as Said
from connectors.manifest_paging import NoPaging
from connectors.mapping import Language, first_texts, texts
from connectors.template import Values
from connectors.versions import Versions
from core.model import Columns


class AskedRequesters:
    """The question of one stream, compiled."""

    def __init__(self, said: Said, language: Language, where: str) -> None:
        """`where` names source and stream in messages."""
        self._batch = said.batch
        self._listing = Listing(said.request, said.records, NoPaging(kind="none"), where)
        self._ticket = texts(language.path(said.ticket), language.inner)
        self._name = first_texts(said.name, language)

    def of_new(
        self,
        client: Client,
        values: Values,
        parallel: int,
        known: Versions,
        versions: Columns,
        rows: Sequence[Any],
        tickets: Sequence[str | None],
    ) -> tuple[Sequence[int], Requesters]:
        """Positions of the rows that are neither known nor of a ticket that is none of ours, and who asked.

        `tickets` are those that the rows name. Raises a `SourceError`.
        """
        new = known.new(versions, rows)
        asked = self._read(
            client, values, parallel, list(dict.fromkeys(filter(None, (tickets[place] for place in new))))
        )
        return [place for place in new if not tickets[place] or tickets[place] in asked], asked

    def _read(self, client: Client, values: Values, parallel: int, ids: Sequence[str]) -> Requesters:
        batches = [ids[start : start + self._batch] for start in range(0, len(ids), self._batch)]
        works = (partial(self._rows, client, {**values, "ids": batch}) for batch in batches)
        found: dict[str, str | None] = {}
        for rows in side_by_side(works, parallel):
            told = zip(self._ticket(rows), self._name(rows), strict=True)
            found.update((ticket, name) for ticket, name in told if ticket)
        return found

    def _rows(self, client: Client, values: Values) -> list[Any]:
        records = self._listing.fetch(client, values, self._listing.pages.start)[1]
        return [record for record in records if isinstance(record, dict)]
