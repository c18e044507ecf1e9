"""A stream's records become tickets, outages, responses, links and events: one page of them, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.deleted import compile_deleted
from connectors.digests import digest
from connectors.history import EventReader, Requesters
from connectors.links import compile_links
from connectors.manifest import Stream
from connectors.manifest_map import Fields, Rule
from connectors.manifest_paging import Keyset
from connectors.mapping import Column, Language, Notes, compile_rules, first_texts, texts
from connectors.references import compile_references
from connectors.sizes import LONGEST, too_long
from connectors.target import Target
from core.model import LINK, Columns, Instant, Reject, length

Who: TypeAlias = Callable[[Columns, Sequence[Any], Sequence["str | None"]], tuple[Sequence[int], Requesters]]
"""Versions of rows, the rows and the tickets they name -> positions of the rows to read, and who asked."""


@dataclass(slots=True)
class Read:
    """What one page of records holds."""

    tickets: Columns = field(default_factory=dict)
    outages: Columns = field(default_factory=dict)
    responses: Columns = field(default_factory=dict)
    links: Columns = field(default_factory=dict)
    events: Columns = field(default_factory=dict)
    tombstones: Columns = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    ids: Sequence[str | None] = ()  # of the records, as paging knows them
    changed: Sequence[Instant | None] = ()  # their change times
    kept: Sequence[Any] = ()  # the records that became tickets, in the order of the tickets
    requesters: Mapping[str, str | None] = field(default_factory=dict)
    replaced: dict[str, tuple[str, ...]] = field(default_factory=dict)  # history -> kinds that another one told
    moments: dict[str, Sequence[Instant | None]] = field(default_factory=dict)  # state -> since when, by ticket
    versions: Columns = field(default_factory=dict)  # of rows that were asked for more, whether they became anything
    listed: Sequence[Any] = ()  # these rows as the list has them

    @property
    def high(self) -> Instant | None:
        """The latest change on the page."""
        return max([moment for moment in self.changed if moment is not None], default=None)

    def only(self, places: Sequence[int]) -> None:
        """Keep of the tickets, and of their links, those at these positions."""
        if len(places) == len(self.kept):
            return
        self.kept = [self.kept[place] for place in places]
        self.tickets = {name: [values[place] for place in places] for name, values in self.tickets.items()}
        self.moments = {state: [values[place] for place in places] for state, values in self.moments.items()}
        own = set(self.tickets["vendor_id"])
        rows = [place for place, ticket in enumerate(self.links["ticket"]) if ticket in own]
        self.links = {name: [values[place] for place in rows] for name, values in self.links.items()}

    def fill(self, name: str, moments: Mapping[str, Instant]) -> None:
        """Give a field of tickets the moments that a history knows, where the record itself has none."""
        own = self.tickets["vendor_id"]
        values = [
            moments.get(key) if value is None else value for key, value in zip(own, self.tickets[name], strict=True)
        ]
        self.tickets = {**self.tickets, name: values}

    def link(self, told: Sequence[tuple[str, str, str, str]]) -> None:
        """Add references that a history tells of tickets on the page: ticket, kind, evidence, reference."""
        if not told:
            return
        changed = dict(zip(self.tickets["vendor_id"], self.tickets["changed_at"], strict=True))
        new = [(*one, changed[one[0]]) for one in dict.fromkeys(told) if one[0] in changed and not too_long(one[3])]
        self.links = (
            {
                name: [*self.links.get(name, ()), *column]
                for name, column in zip(LINK, zip(*new, strict=True), strict=True)
            }
            if new
            else self.links
        )

    def last(self) -> tuple[Instant | None, str | None]:
        """Change time and id of the last record that has both; else of the last that has a change time."""
        timed: tuple[Instant | None, str | None] = None, None
        for moment, key in zip(reversed(self.changed), reversed(self.ids), strict=True):
            if moment is not None:
                if key:
                    return moment, key
                timed = timed if timed[0] is not None else (moment, key)
        return timed


class StreamReader:
    """The mapping of one stream, compiled."""

    def __init__(self, name: str, stream: Stream, language: Language, automation: Sequence[str]) -> None:
        self._ticket = Target("ticket", stream.ticket, language) if stream.ticket else None
        self._outage = Target("outage", stream.outage, language) if stream.outage else None
        self._response = Target("response", stream.response, language) if stream.response else None
        self._links = compile_links(stream.ticket.links, language) if stream.ticket else None
        moments = stream.observe.moments if stream.observe else {}
        self._moments = {state: compile_rules("closed_at", rules, language) for state, rules in moments.items()}
        asks = stream.ticket.requester if stream.ticket else ()
        self._requester = first_texts(asks, language) if asks else None
        self._events = EventReader(stream.events, language, automation, name) if stream.events else None
        self._references = compile_references(stream.references, language) if stream.references else None
        self._deleted = compile_deleted(stream.deleted, language) if stream.deleted else None
        self._ids, self._changed = _identity(stream, language)
        # The usual case: every record is a ticket, and its change time is the cursor's. It is then read once.
        cursor = stream.cursor.path if stream.cursor else None
        self._shared = stream.ticket is not None and not stream.ticket.when and cursor is None

    def places(self, records: Sequence[Any]) -> tuple[Sequence[str | None], Sequence[Instant | None]]:
        """Ids and change times of records as paging and cursor know them, whatever else they tell."""
        rows = [record if record.__class__ is dict else {} for record in records]
        nothing = [None] * len(rows)
        return self._ids(rows) if self._ids else nothing, self._changed(rows) if self._changed else nothing

    def read(self, records: Sequence[Any], who: Who | None = None) -> Read:
        """What a page of records holds; what cannot be read is among the rejects.

        `who` tells, of the versions of rows and the tickets they name, which rows are new and who asked.
        """
        found = Read()
        rows = [record for record in records if record.__class__ is dict]
        found.rejects += [
            Reject(digest(record), "wrong type", f"a record is {type(record).__name__} in place of an object")
            for record in records
            if record.__class__ is not dict
        ]
        if self._ids:
            found.ids = self._ids(rows)
        if self._changed and not self._shared:
            found.changed = self._changed(rows)
        if self._ticket:
            places, found.tickets, changed = self._ticket.read(rows, found.notes, found.rejects)
            if self._shared:
                found.changed = changed
            kept = rows if len(places) == len(rows) else [rows[place] for place in places]
            found.kept = kept
            self._link(kept, found)
            # A moment that cannot be read is none: what is observed is then an estimate.
            found.moments = {state: read(kept, Notes()) for state, read in self._moments.items()}
            if self._requester:
                found.requesters = dict(zip(found.tickets["vendor_id"], self._requester(kept), strict=True))
        if self._outage:
            found.outages = self._outage.read(rows, found.notes, found.rejects)[1]
        if self._response:
            found.responses = self._response.read(rows, found.notes, found.rejects)[1]
        if self._references:
            found.links = self._references(rows, found.notes)
        if self._deleted:
            found.tombstones = self._deleted(rows, found.rejects)
        if self._events:
            if who:
                found.versions = {
                    "vendor_id": found.ids,
                    "changed_at": [moment or 0 for moment in found.changed],
                    "revision": [0] * len(rows),
                }
                found.listed = rows
                places, found.requesters = who(found.versions, rows, self._events.tickets(rows))
                rows = [rows[place] for place in places]
            told = self._events.read(rows, found.requesters, found.notes)
            found.events = told.events
            found.rejects += told.rejects
        if len(found.ids) != len(found.changed):  # rows inside records have no place of their own
            found.ids = [None] * len(found.changed) if found.changed else found.ids
            found.changed = found.changed or [None] * len(found.ids)
        return found

    def _link(self, records: Sequence[Any], found: Read) -> None:
        tickets, changed = found.tickets["vendor_id"], found.tickets["changed_at"]
        told: list[tuple[Any, ...]] = []
        for place, kind, evidence, reference in self._links(records, found.notes) if self._links else ():
            if too_long(reference):
                found.notes.unmapped["links", f"(a text of more than {LONGEST} characters)"] += 1
            else:
                told.append((tickets[place], kind, evidence, reference, changed[place]))
        columns = zip(*told, strict=True) if told else ((),) * len(LINK)
        found.links = dict(zip(LINK, map(list, columns), strict=True))


def merged(columns: Sequence[Columns]) -> Columns:
    """Several sets of columns of one kind as one."""
    filled = [one for one in columns if length(one)]
    if len(filled) == 1:
        return filled[0]
    return {name: [value for one in filled for value in one[name]] for name in filled[0]} if filled else {}


def _identity(
    stream: Stream, language: Language
) -> tuple[Callable[[Sequence[Any]], list[str | None]] | None, Callable[[Sequence[Any]], list[Instant | None]] | None]:
    """How paging knows records (their id), and how the cursor does (their change time)."""
    maps = [one.map for one in (stream.ticket, stream.outage, stream.response) if one is not None]
    ids: Callable[[Sequence[Any]], list[str | None]] | None = None
    if isinstance(stream.paging, Keyset):
        ids = texts(language.path(stream.paging.id), language.inner)
    elif maps:
        ids = first_texts(maps[0]["vendor_id"][0].path or ("@",), language)
    elif stream.events:
        ids = first_texts(stream.events.id, language)
    elif stream.references:
        ids = texts(language.path(stream.references.ticket), language.inner)
    elif stream.deleted:
        ids = texts(language.path(stream.deleted.ticket), language.inner)
    path, said = _changed(stream, maps)
    if path is None:
        return ids, None
    read, column = language.reader(said), language.path(path).column
    return ids, lambda records: read.column(column(records), lambda place, value: None)


def _changed(stream: Stream, maps: Sequence[Fields]) -> tuple[str | None, Any]:
    if stream.cursor is not None and stream.cursor.path:
        return stream.cursor.path, None
    if maps:
        rule: Column | Rule = maps[0]["changed_at"][0]
        return (rule.path[0], rule.times) if isinstance(rule, Rule) and rule.path else (None, None)
    if stream.events and not stream.events.unfold:
        return stream.events.at, stream.events.times
    return stream.deleted.at if stream.deleted else None, None
