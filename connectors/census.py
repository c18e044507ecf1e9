"""The census of one stream: a list of the ids that the system shows, and single tickets asked for by theirs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.client import Client
from connectors.cursor import query_form
from connectors.faults import missing
from connectors.listing import Listing
from connectors.manifest import Cursor
from connectors.manifest_asked import Census
from connectors.manifest_paging import NoPaging
from connectors.mapping import Language, condition, texts
from connectors.paging import Guard, checked, total_of
from connectors.reading import Read
from connectors.steps import Place, Seen
from connectors.template import Values
from core.connector import Access, AnswerError, ForbiddenError
from core.model import Instant


@dataclass(frozen=True, slots=True)
class Came:
    """What came of some tickets that were asked for by their ids."""

    records: Sequence[Any]
    why: str  # one of core.model.GONE: what has become of those that did not come
    mixed: bool = False  # some of those that did not come are hidden, and which is not known


class AskedCensus:
    """The census of one stream, compiled."""

    def __init__(self, said: Census, cursor: Cursor | None, language: Language, where: str) -> None:
        """`cursor`: of the stream, for the form of a moment in a query; `where` names source and stream in messages."""
        self.said = said
        self._where = where
        form = query_form(cursor, language.values)
        step = cursor.precision if cursor else 1
        self._listing = Listing(
            said.request, said.records, said.paging, where, form, lambda at: at - at % step, said.shape
        )
        again, once = said.again, NoPaging(kind="none")
        self._again = Listing(again.request, again.records, once, f"{where}.again", form, shape=again.shape)
        self._holds = condition(said.when, language)
        self._id = texts(language.path(said.id), language.inner)
        self._changed = language.path(said.changed).column if said.changed else None
        self._moment = language.reader(None)
        self._number = texts(language.path(said.number), language.inner) if said.number else None
        self._part = re.compile(said.part) if said.part else None
        self._shown: frozenset[str] = frozenset()  # parts of which the last list showed a ticket
        self._total = total_of(said.again.total)

    def listed(self, client: Client, values: Values, since: Instant) -> Mapping[str, Instant | None]:
        """All tickets that the system shows: id -> change time, where it tells. Raises a `SourceError`."""
        found: dict[str, Instant | None] = {}
        parts = set[str]()
        for records in self._pages(client, values, since):
            if self._holds:
                records = [one for one, good in zip(records, self._holds(records), strict=True) if good]
            changed = self._times(records)
            for key, moment in zip(self._id(records), changed, strict=True):
                if key is not None:
                    found[self.said.prefix + key] = moment
            if self._number:
                parts.update(filter(None, map(self._of, self._number(records))))
        self._shown = frozenset(parts)
        return found

    def probe(self, stream: str, client: Client, values: Values, since: Instant) -> Iterator[Access]:
        """Ask for one id; whether they can be listed."""
        try:
            answer, records = self._listing.fetch(client, values, self._start(since), size=1)
        except (ForbiddenError, AnswerError) as error:
            yield Access(f"{stream}.census", False, f"{error}; without it: deleted and hidden tickets are not found")
            return
        total = self._listing.pages.total(answer)
        many = f", {total} of them" if total is not None else ""
        yield Access(f"{stream}.census", True, f"ids can be listed{many}" if records else "no ids found")

    def batches(self, tickets: Sequence[str]) -> list[Sequence[str]]:
        """The tickets by what one request asks for."""
        size = self.said.again.batch
        return [tickets[start : start + size] for start in range(0, len(tickets), size)]

    def ask(self, client: Client, values: Values, since: Instant, batch: Sequence[str]) -> Came:
        """The records of these tickets. Raises a `SourceError`."""
        said = self.said.again
        ids = [key.removeprefix(self.said.prefix) for key in batch]
        try:
            answer, records = self._again.fetch(client, {**values, "ids": ids}, self._start(since, self._again))
        except (ForbiddenError, AnswerError) as error:
            if len(batch) > 1 or not (isinstance(error, ForbiddenError) or missing(error)):
                raise
            return Came((), said.absent if missing(error) else "hidden")
        total = self._total(answer)
        if total is None or total <= len(records):
            return Came(records, said.absent)
        return Came(records, "hidden", mixed=len(batch) > 1)

    def given(self, read: Read, batch: Sequence[str]) -> Collection[str]:
        """The ids of the tickets that came, whether or not they are ours by the mapping.

        Raises `AnswerError` where others came than were asked for: what did not come then says nothing.
        """
        ids = {self.said.prefix + key for key in read.ids if key is not None}
        if foreign := ids.difference(batch):
            raise AnswerError(
                f"{self._where}.again: {len(foreign)} tickets came that were not asked for; the system does not heed "
                "the ids of the request"
            )
        return ids.union(read.tickets.get("vendor_id", ()), (one.key for one in read.rejects))

    def lost(self, why: str, number: str | None) -> str:
        """What has become of a ticket of that number that did not come: not deleted where its part is hidden."""
        if why != "deleted" or self._part is None or number is None:
            return why
        part = self._of(number)
        return why if part is None or part in self._shown else "unseen"

    def _of(self, number: str | None) -> str | None:
        found = self._part.search(number) if self._part and number else None
        return found[1 if found.re.groups else 0] if found else None

    def _start(self, since: Instant, listing: Listing | None = None) -> Place:
        start = (listing or self._listing).pages.start
        return Place(since=since, offset=start.offset, page=start.page)

    def _pages(self, client: Client, values: Values, since: Instant) -> Iterator[list[Any]]:
        guard, came, promised = Guard(self._where), 0, None
        place: Place | None = self._start(since)
        while place is not None:
            guard.place(place)
            answer, records = self._listing.fetch(client, values, place)
            rows = [record for record in records if isinstance(record, dict)]
            ids, times = self._id(rows), self._times(rows)
            guard.page(place, ids)
            came += len(records)
            pages = self._listing.pages
            promised = pages.whole(answer) if promised is None else promised
            last = ids[-1] if ids else None
            at = times[-1] if times else None
            place = checked(self._where, pages.step, place, Seen(answer, ids, at, last, times))
            yield rows
        if promised is not None and came < promised:
            raise AnswerError(f"{self._where}: the list ended after {came} ids of {promised} that it promised")

    def _times(self, records: Sequence[Any]) -> Sequence[Instant | None]:
        if self._changed is None:
            return [None] * len(records)
        return self._moment.column(self._changed(records), lambda place, value: None)
