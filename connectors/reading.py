"""A stream's records become tickets, outages, responses, links and events: one page of them, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from connectors.deleted import compile_deleted
from connectors.digests import digest
from connectors.history import EventReader, Requesters
from connectors.links import compile_links
from connectors.manifest import Stream
from connectors.manifest_map import Fields, Rule
from connectors.manifest_records import Outage, Response, Ticket
from connectors.manifest_request import Keyset
from connectors.mapping import Column, Language, Notes, compile_rules, condition, first_texts, texts
from connectors.references import compile_references
from connectors.sizes import LONGEST, TEXTS, cut, too_long
from connectors.template import Template
from core.model import FIELDS, LINK, Columns, Instant, Reject, length

_TIMES: Final = (
    "opened_at", "first_response_at", "resolved_at", "closed_at", "outage_start", "outage_end", "requested_at",
    "approved_at", "planned_start", "planned_end", "actual_start", "actual_end",
)  # fmt: skip
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": (),
    "outage": ("start",),
    "response": ("score", "scale_min", "scale_max"),
}
"""Without which a record of that kind says nothing."""
_ALWAYS: Final = ("kind", "state")  # every ticket has them: where nothing stands the path is wrong, or hidden
_DEFAULTS: Final[Mapping[str, Any]] = {"major": 0, "revision": 0}

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
        return max((moment for moment in self.changed if moment is not None), default=None)

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

    def last(self) -> tuple[Instant | None, str | None]:
        """Change time and id of the last record that has both; else of the last that has a change time."""
        pairs = [(moment, key) for moment, key in zip(self.changed, self.ids, strict=True) if moment is not None]
        whole = next((pair for pair in reversed(pairs) if pair[1]), None)
        return whole or (pairs[-1] if pairs else (None, None))


class StreamReader:
    """The mapping of one stream, compiled."""

    def __init__(self, name: str, stream: Stream, language: Language, automation: Sequence[str]) -> None:
        self._ticket = _Target("ticket", stream.ticket, language) if stream.ticket else None
        self._outage = _Target("outage", stream.outage, language) if stream.outage else None
        self._response = _Target("response", stream.response, language) if stream.response else None
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
            places, found.tickets, changed = self._ticket.read(rows, found)
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
            found.outages = self._outage.read(rows, found)[1]
        if self._response:
            found.responses = self._response.read(rows, found)[1]
        if self._references:
            found.links = self._references(rows)
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
        links: dict[str, list[Any]] = {name: [] for name in LINK}
        tickets, changed = found.tickets["vendor_id"], found.tickets["changed_at"]
        for place, kind, evidence, reference in self._links(records) if self._links else ():
            if too_long(reference):
                found.notes.unmapped["links", reference[:80]] += 1
                continue
            for name, value in zip(LINK, (tickets[place], kind, evidence, reference, changed[place]), strict=True):
                links[name].append(value)
        found.links = links


class _Target:
    """One kind of thing that records become."""

    def __init__(self, kind: str, said: Ticket | Outage | Response, language: Language) -> None:
        self._kind = kind
        self._holds = condition(said.when, language)
        late = {name: rules for name, rules in said.map.items() if any(_made(rule, language) for rule in rules)}
        self._columns = {
            name: compile_rules(name, rules, language, empty=name in _ALWAYS)
            for name, rules in said.map.items()
            if name not in late
        }
        self._late = {name: _text(rules[0].text or "", language) for name, rules in late.items()}

    def read(self, records: Sequence[Any], page: Read) -> tuple[Sequence[int], Columns, Sequence[Instant | None]]:
        """Positions of the records that became something, what they became, and the change times of all that fit."""
        places: Sequence[int] = range(len(records))
        if self._holds:
            places = [place for place, good in enumerate(self._holds(records)) if good]
            records = [records[place] for place in places]
        notes = Notes(unmapped=page.notes.unmapped)
        count = len(records)
        columns: dict[str, Any] = {name: column(records, notes) for name, column in self._columns.items()}
        for name in FIELDS[self._kind]:
            if name not in columns:
                columns[name] = [_DEFAULTS.get(name)] * count
            elif name in _DEFAULTS:
                fallback = _DEFAULTS[name]
                columns[name] = [fallback if value is None else value for value in columns[name]]
        for name, make in self._late.items():
            columns[name] = make(columns, count)
        for name in TEXTS:
            if name in self._columns or name in self._late:
                columns[name] = cut(columns[name])
        if self._kind == "ticket":
            columns["suspect"] = _suspects(columns, notes, count)
        changed = columns["changed_at"]
        good = self._good(columns, records, notes, page.rejects)
        if len(good) < count:
            columns = {name: [values[place] for place in good] for name, values in columns.items()}
            places = [places[place] for place in good]
        return places, columns, changed

    def _good(self, columns: Columns, records: Sequence[Any], notes: Notes, rejects: list[Reject]) -> Sequence[int]:
        """Positions to keep: those that can be stored, of one id the last."""
        ids, changed = columns["vendor_id"], columns["changed_at"]
        whole = None not in ids and None not in changed and not notes.unreadable
        needed = [columns[name] for name in _NEEDED[self._kind]]
        kinds = columns.get("kind") if self._kind == "ticket" else None
        if whole and max(map(len, ids), default=0) > LONGEST:
            whole = False
        if whole and not needed and (kinds is None or None not in kinds) and len(set(ids)) == len(ids):
            return range(len(ids))
        last: dict[Any, int] = {}
        for place, key in enumerate(ids):
            if too_long(key):
                rejects.append(Reject(digest(records[place]), "no id", f"an id of {len(key)} characters: {key[:60]!r}"))
            elif key is None:
                rejects.append(Reject(digest(records[place]), "no id", f"a {self._kind} without an id"))
            elif changed[place] is None:
                value = notes.unreadable.get(place, {}).get("changed_at")
                reason = "no time" if value is None else "unreadable time"
                rejects.append(Reject(str(key), reason, f"changed_at: {str(value)[:60]!r}"))
            elif kinds is not None and kinds[place] is None:
                continue  # neither incident nor change: not ours; what is not mapped has been counted
            elif any(column[place] is None for column in needed):
                self._lacking(str(key), notes.unreadable.get(place, {}), rejects)
            else:
                last.pop(key, None)
                last[key] = place
        return sorted(last.values())

    def _lacking(self, key: str, unreadable: Mapping[str, Any], rejects: list[Reject]) -> None:
        for name, value in unreadable.items():
            rejects.append(Reject(key, "unreadable time", f"{self._kind}: {name}: {str(value)[:60]!r}"))
            return
        rejects.append(Reject(key, "incomplete", f"{self._kind} without {' and '.join(_NEEDED[self._kind])}"))


def merged(columns: Sequence[Columns]) -> Columns:
    """Several sets of columns of one kind as one."""
    filled = [one for one in columns if length(one)]
    if len(filled) == 1:
        return filled[0]
    return {name: [value for one in filled for value in one[name]] for name in filled[0]} if filled else {}


def _suspects(columns: Columns, notes: Notes, count: int) -> list[str | None]:
    found: list[str | None] = [None] * count
    for place, values in notes.unreadable.items():
        names = [name for name in _TIMES if name in values]
        if names:
            found[place] = ", ".join(f"{name} unreadable" for name in names)
    if None in columns["opened_at"]:
        for place, value in enumerate(columns["opened_at"]):
            if value is None and found[place] is None and columns["kind"][place] == "incident":
                found[place] = "opened_at missing"
    return found


def _made(rule: Rule, language: Language) -> bool:
    """Whether a text is made of the record's own fields."""
    return rule.text is not None and not Template(rule.text).names <= set(language.values)


def _text(text: str, language: Language) -> Callable[[Columns, int], list[str | None]]:
    template = Template(text)
    names = sorted(name for name in template.names if name not in language.values)
    fixed = dict(language.values)

    def make(columns: Columns, count: int) -> list[str | None]:
        parts = [columns[name] for name in names]
        return [
            template.string(fixed | dict(zip(names, row, strict=True))) if None not in row else None
            for row in zip(*parts, strict=True)
        ]

    if len(names) == 1:
        # One placeholder, the usual case: the text around it is made once.
        mark = "\0"
        pieces = template.string(fixed | {names[0]: mark}).split(mark)
        if len(pieces) == 2:
            before, behind = pieces
            return lambda columns, count: [
                None if value is None else f"{before}{value}{behind}" for value in columns[names[0]]
            ]
    return make


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
