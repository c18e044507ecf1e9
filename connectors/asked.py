"""Histories that are asked for: further requests for the tickets of a page, in batches of ids."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

from connectors.ahead import side_by_side
from connectors.client import Client
from connectors.exchange import Answer
from connectors.faults import missing
from connectors.history import FIELD, EventReader, Requesters
from connectors.links import compile_links
from connectors.listing import Listing
from connectors.lost import Asking, Told
from connectors.manifest_asked import Fill, History
from connectors.mapping import Column, Language, Notes, compile_rules, condition, texts
from connectors.paging import Guard, checked
from connectors.steps import Place, Seen
from connectors.template import Values
from core.connector import ForbiddenError
from core.model import Columns, Instant, Reject

_Column: TypeAlias = Callable[[Sequence[Any]], list[Any]]
_Holds: TypeAlias = Callable[[Sequence[Any]], list[bool]]

log = logging.getLogger("siamhub.connectors")


@dataclass(slots=True)
class Asked:
    """What the histories of a page told."""

    events: list[Columns] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    fills: dict[str, dict[str, Instant]] = field(default_factory=dict)  # field -> ticket -> moment
    links: list[tuple[str, str, str, str]] = field(default_factory=list)  # ticket, kind, evidence, reference
    hidden: bool = False  # rows are counted and none is shown


class AskedHistory:
    """One history of a stream's tickets."""

    def __init__(self, name: str, said: History, language: Language, automation: Sequence[str], where: str) -> None:
        """`where` names source, stream and history in messages."""
        self.said = said
        self.where = where
        self.refused = ""  # why, in this pass; the right may be granted before the next
        self.answered = False  # in this pass
        self.given = False  # whether it ever brought rows: else they may be hidden from the account
        self._hidden = ""  # what showed that they are
        self._asking = Asking()
        self._listing = Listing(said.request, said.records, said.paging, where) if said.request else None
        self._reader = EventReader(said, language, automation, name)
        self._ids = texts(language.path(said.ids), language.inner) if said.ids else None
        self._holds = condition(said.only, language)
        self._fills = [(name, fill, *_compile(fill, language)) for name, fill in said.fills.items()]
        self._below: dict[str, Column] = {
            rule.kind: compile_rules(FIELD[rule.kind], rule.over, language) for rule in said.rules if rule.over
        }
        self._links = compile_links(said.links, language) if said.links else None
        self._moment = language.reader(said.times)
        self._ticket = texts(language.path(said.ticket), language.inner)

    def read(
        self,
        client: Client,
        values: Values,
        records: Sequence[Any],
        own: Sequence[str],
        who: Requesters,
        notes: Notes,
        parallel: int = 1,
    ) -> Asked:
        """The events of the tickets with ids `own`, which are those of `records`. Refused, it tells nothing.

        `parallel`: how many batches are asked for at a time. Tickets whose history alone is gone or hidden are among
        the rejects.
        """
        asked = Asked()
        if self.refused:
            return asked
        below = {kind: dict(zip(own, column(records, Notes()), strict=True)) for kind, column in self._below.items()}
        tickets, lost, given_up = dict(self._pairs(records, own)), list[Told](), False
        for told in chain.from_iterable(side_by_side(self._works(client, values, records, list(tickets)), parallel)):
            if self._asking.refused(told):
                self._refuse(told)
                given_up = True
                break
            if told.error is not None:
                lost.append(told)
                continue
            self.answered = self.answered or self._listing is not None
            self._tell(told.rows, asked, who, notes, below)
        # What was answered in earlier passes shows that a ticket may be gone, not that the account still has the right.
        now = self.answered or not (lost and isinstance(lost[-1].error, ForbiddenError))
        if lost and not given_up and not (self._asking.answered and now):
            self._refuse(lost[-1])
        elif self._asking.answered:
            asked.rejects += [
                one for told in lost for one in told.rejects(lambda key: tickets[key], "its history is not read: ")
            ]
        return asked

    def fits(self, records: Sequence[Any], own: Sequence[str]) -> bool:
        """Whether it is asked for one of these tickets."""
        return bool(self._pairs(records, own))

    def begin(self) -> None:
        """A pass begins: a right that was missing may be granted now."""
        self.refused, self.answered = "", False
        self._asking.begin()

    def _refuse(self, told: Told) -> None:
        self.refused = str(told.error) or "refused"
        if missing(told.error) and not self.given:
            one = (
                ""
                if self.said.batch == 1
                else f", or it asks for one ticket at a time (say batch: 1, not {self.said.batch})"
            )
            self.refused += (
                f"; so for each ticket that was asked for: its path is wrong{one}, or the system does not have it"
            )
        log.warning("%s: read without this history: %s", self.where, self.refused)

    def _tell(
        self,
        rows: list[Any],
        asked: Asked,
        who: Requesters,
        notes: Notes,
        below: Mapping[str, Mapping[str, Any]],
    ) -> None:
        if not rows and self._hidden and not self.given and not asked.hidden:
            asked.hidden = True
            log.warning("%s", self._hidden)
        self.given = self.given or bool(rows)
        self._fill(unfolded := self._reader.rows(rows), asked)
        if self._links:
            tickets = self._ticket(unfolded)
            for place, kind, evidence, reference in self._links(unfolded, notes):
                if ticket := tickets[place]:
                    asked.links.append((ticket, kind, evidence, reference))
        if self.said.rules:
            told = self._reader.read(rows, who, notes, below)
            asked.events.append(told.events)
            asked.rejects += told.rejects

    def probe(self, client: Client, values: Values, records: Sequence[Any], own: Sequence[str]) -> str:
        """Ask for one ticket's history; what came, for a person. Raises a `SourceError`."""
        ids = [key for key, _ in self._pairs(records, own)][:1]
        if not ids and records:
            looked = "the ticket read is not" if len(records) == 1 else f"of the {len(records)} tickets read none is"
            return f"not tried: {looked} one of those for which it is asked{_of(self.said.only)}"
        if not ids:
            return "not tried: no ticket to ask for"
        if self._listing is None:
            rows = self._reader.rows(self._inside(records)[:1])
            return f"{len(rows)} row{'' if len(rows) == 1 else 's'} inside one ticket"
        answer, rows = self._listing.fetch(client, {**values, "ids": ids}, self._listing.pages.start)
        if hidden := self._unseen(self._listing, answer, rows):
            raise ForbiddenError(hidden)
        if rows:
            self.given = True
            return f"{len(rows)} row{'' if len(rows) == 1 else 's'} of one ticket read"
        # Some systems refuse, others answer as if there were nothing.
        return "without rows for the ticket that was asked for: it has none, or the account may not see them"

    def _pairs(self, records: Sequence[Any], own: Sequence[str]) -> list[tuple[str, str]]:
        """What is asked for, and the ticket that it belongs to."""
        ids = self._ids(records) if self._ids else own
        mask = self._holds(records) if self._holds else [True] * len(records)
        return [(key, ticket) for key, ticket, good in zip(ids, own, mask, strict=True) if good and key]

    def _works(
        self, client: Client, values: Values, records: Sequence[Any], ids: Sequence[str]
    ) -> Iterator[Callable[[], list[Told]]]:
        """What brings the rows, batch by batch."""
        listing, size = self._listing, self.said.batch
        if listing is None:
            yield lambda: [Told((), self._inside(records))]
            return
        ask = partial(self._rows, client, listing, values)
        for start in range(0, len(ids), size):
            yield partial(self._asking.of, ask, ids[start : start + size])

    def _inside(self, records: Sequence[Any]) -> list[Any]:
        """The records that are rows, or bear rows, themselves."""
        mask = self._holds(records) if self._holds else [True] * len(records)
        return [record for record, good in zip(records, mask, strict=True) if good]

    def _rows(self, client: Client, listing: Listing, values: Values, ids: Sequence[str]) -> list[Any]:
        """All rows of a batch of tickets: what belongs together is read together."""
        guard, rows = Guard(self.where), []
        place: Place | None = listing.pages.start
        while place is not None:
            guard.place(place)
            answer, records = listing.fetch(client, {**values, "ids": ids}, place)
            guard.rows(place, records)
            rows += records
            self._hidden = self._unseen(listing, answer, rows) or self._hidden
            place = checked(self.where, listing.pages.step, place, Seen(answer, [None] * len(records)))
        if self.said.batch == 1:  # rows need not say whose they are
            rows = [{**row, "asked": ids[0]} if row.__class__ is dict else row for row in rows]
        return rows

    def _unseen(self, listing: Listing, answer: Answer, rows: Sequence[Any]) -> str:
        """What shows that rows are hidden from the account: they are counted, and none came; else ""."""
        total = listing.pages.total(answer)
        if not total or rows or self.given:
            return ""
        return f"{self.where}: {total} rows are counted and none is shown; the account lacks the right to read them"

    def _fill(self, rows: Sequence[Any], asked: Asked) -> None:
        for name, fill, column, holds in self._fills:
            some = [row for row, good in zip(rows, holds(rows), strict=True) if good] if holds else rows
            found = asked.fills.setdefault(name, {})
            values = self._moment.column(column(some), lambda place, value: None)
            for ticket, moment in zip(self._ticket(some), values, strict=True):
                if ticket and moment is not None:
                    known = found.get(ticket, moment)
                    found[ticket] = min(known, moment) if fill.take == "first" else max(known, moment)


def _of(only: Mapping[str, Sequence[str]]) -> str:
    """The condition for a person."""
    said = " and ".join(f"{path} is {' or '.join(word or 'empty' for word in words)}" for path, words in only.items())
    return f", where {said}" if said else ""


def _compile(fill: Fill, language: Language) -> tuple[_Column, _Holds | None]:
    return language.path(fill.path).column, condition(fill.when, language)
