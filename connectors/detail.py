"""Details: what a list does not tell of its records, by further requests for those that have changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from connectors.ahead import side_by_side
from connectors.client import Client, missing
from connectors.listing import Listing
from connectors.manifest import Detail
from connectors.manifest_request import NoPaging
from connectors.mapping import Language, texts
from connectors.template import Values
from core.connector import AnswerError, ForbiddenError
from core.model import Reject


class AskedDetail:
    """The detail of one stream's records, compiled."""

    def __init__(self, said: Detail, language: Language, where: str) -> None:
        """`where` names source and stream in messages."""
        self.said = said
        self._listing = Listing(said.request, said.records, NoPaging(kind="none"), where, shape=said.shape)
        self._ids = texts(language.path(said.ids), language.inner)
        self._id = texts(language.path(said.id), language.inner)

    def read(
        self, client: Client, values: Values, records: Sequence[Any], parallel: int, rejects: list[Reject]
    ) -> list[Any]:
        """The records with what was asked for; without those that are gone or hidden, of which `rejects` then tell.

        Raises a `SourceError` where it is not one record that fails.
        """
        ids, size = self._ids(records), self.said.batch
        places = [place for place, key in enumerate(ids) if key]
        batches = [places[start : start + size] for start in range(0, len(places), size)]
        works = (partial(self._ask, client, values, [str(ids[place]) for place in batch]) for batch in batches)
        found: dict[int, Any] = {}
        for batch, told in zip(batches, side_by_side(works, parallel), strict=True):
            if isinstance(told, Exception):
                reason = "hidden" if isinstance(told, ForbiddenError) else "gone"
                rejects += [Reject(str(ids[place]), reason, str(told)[:200]) for place in batch]
                continue
            if size == 1:
                found |= {batch[0]: told[0]} if told else {}
            else:
                known = dict(zip(self._id(told), told, strict=True))
                found |= {place: known[ids[place]] for place in batch if ids[place] in known}
            lost = [place for place in batch if place not in found]
            rejects += [Reject(str(ids[place]), "gone", "the answer does not hold this record") for place in lost]
        return [self._joined(records[place], found[place]) for place in sorted(found)]

    def _ask(self, client: Client, values: Values, ids: Sequence[str]) -> list[Any] | Exception:
        try:
            records = self._listing.fetch(client, {**values, "ids": ids}, self._listing.pages.start)[1]
        except (ForbiddenError, AnswerError) as error:
            if isinstance(error, ForbiddenError) or missing(error):
                return error
            raise
        return [record for record in records if isinstance(record, dict)]

    def _joined(self, record: Any, told: Any) -> Any:
        return {**record, self.said.under: told} if self.said.under else {**record, **told}
