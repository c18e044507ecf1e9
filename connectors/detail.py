"""Details: what a list does not tell of its records, by further requests for those that have changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any

from connectors.ahead import side_by_side
from connectors.client import Client
from connectors.digests import digest
from connectors.listing import Listing
from connectors.lost import FEW, Asking
from connectors.manifest_asked import Detail
from connectors.manifest_paging import NoPaging
from connectors.mapping import Language, texts
from connectors.template import Values
from core.connector import SourceError
from core.model import Reject


class AskedDetail:
    """The detail of one stream's records, compiled."""

    def __init__(self, said: Detail, language: Language, where: str) -> None:
        """`where` names source and stream in messages."""
        self.said = said
        self._listing = Listing(said.request, said.records, NoPaging(kind="none"), where, shape=said.shape)
        self._ids = texts(language.path(said.ids), language.inner)
        self._id = texts(language.path(said.id), language.inner)
        self._asking = Asking()

    def read(
        self,
        client: Client,
        values: Values,
        records: Sequence[Any],
        own: Sequence[str | None],
        parallel: int,
        rejects: list[Reject],
    ) -> list[Any]:
        """The records with what was asked for; without those that are gone or hidden, of which `rejects` then tell.

        `own`: the ids of the tickets that the records become, where the list tells them. Raises a `SourceError` where
        it is not single records that fail.
        """
        ids, size = self._ids(records), self.said.batch
        places = {str(key): place for place, key in enumerate(ids) if key}
        keys = list(places)
        rejects += [
            Reject(
                key or digest(record), "no id", f"nothing stands at {self.said.ids!r}, by which `detail` asks for it"
            )
            for record, asked, key in zip(records, ids, own, strict=True)
            if not asked
        ]
        ask = partial(self._ask, client, values)
        works = (partial(self._asking.of, ask, keys[start : start + size]) for start in range(0, len(keys), size))
        found: dict[int, Any] = {}
        self._asking.begin()
        error: SourceError | None = None
        failed = 0
        for told in chain.from_iterable(side_by_side(works, parallel)):
            if self._asking.refused(told) and told.error is not None:
                raise type(told.error)(f"{told.error}; so for each of the first that were asked for: see `detail`")
            rejects += told.rejects(lambda key: own[places[key]] or key)
            if told.error is not None:
                error, failed = told.error, failed + len(told.ids)
                continue
            if size == 1:
                here = {told.ids[0]: told.rows[0]} if told.rows else {}
            else:
                here = {key: row for key, row in zip(self._id(told.rows), told.rows, strict=True) if key}
            found |= {places[key]: here[key] for key in told.ids if key in here}
            lost = [key for key in told.ids if key not in here]
            rejects += [Reject(own[places[key]] or key, "gone", "the answer does not hold this record") for key in lost]
        if error is not None and not self._asking.answered and failed >= FEW:
            raise type(error)(f"{error}; so for each that was asked for: see `detail`")
        return [self._joined(records[place], found[place]) for place in sorted(found)]

    def _ask(self, client: Client, values: Values, ids: Sequence[str]) -> list[Any]:
        records = self._listing.fetch(client, {**values, "ids": ids}, self._listing.pages.start)[1]
        return [record for record in records if isinstance(record, dict)]

    def _joined(self, record: Any, told: Any) -> Any:
        return {**record, self.said.under: told} if self.said.under else {**record, **told}
