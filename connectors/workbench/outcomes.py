"""What rules make of one row of an answer: a text of it may be cut down as long as that stays the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeAlias

from connectors.digests import digest
from connectors.history import FIELD, EventReader
from connectors.links import compile_links
from connectors.manifest import Stream
from connectors.manifest_asked import Detail, History
from connectors.manifest_map import Rules
from connectors.manifest_records import Events
from connectors.manifest_request import Shape, Sign
from connectors.mapping import Language, Notes, compile_rules, condition, texts
from connectors.paths import compile_path
from connectors.reading import Read, StreamReader
from connectors.template import as_text

Told: TypeAlias = Callable[[Any], Any]
"""A row -> everything that is read of it, to be compared."""

_ROWS: Final = frozenset(("notes", "kept", "listed", "versions", "replaced"))  # of what was read: the rows themselves
_ASKED: Final = "1"  # a row of a history bears the id for which it was asked; any will do


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is made of the rows of an answer."""

    records: str  # where they stand
    shape: Shape
    told: Told

    def rows(self, data: Any) -> Iterator[Any]:
        """The rows of an answer as they stand in it."""
        found = compile_path(self.records).get(data)
        if isinstance(found, dict):
            found = [*found.values()] if self.shape == "map" else [found]
        yield from (row for row in found or () if isinstance(row, dict))


def of_stream(name: str, stream: Stream, language: Language, automation: Sequence[str]) -> Outcome:
    """Of a stream's list."""
    return Outcome(stream.records, stream.shape, _record(name, stream, language, automation))


def of_detail(
    name: str, stream: Stream, said: Detail, language: Language, automation: Sequence[str], listed: Sequence[Any]
) -> Outcome:
    """Of what is asked for beside a list: laid over any of the list's records."""
    whole = _record(name, stream, language, automation)
    key = texts(language.path(said.id), language.inner)

    def told(row: Any) -> Any:
        joined = [{**record, said.under: row} if said.under else {**record, **row} for record in listed]
        return key([row]), [whole(record) for record in joined]

    return Outcome(said.records, said.shape, told)


def of_history(name: str, said: History, language: Language, automation: Sequence[str]) -> Outcome:
    """Of the answers of a history that is asked for."""
    rows = _rows(name, said, language, automation)
    fills = [(language.path(fill.path).get, condition(fill.when, language)) for fill in said.fills.values()]

    links = compile_links(said.links, language)

    def told(row: Any) -> Any:
        row = {"asked": _ASKED, **row}
        found = [holds is None or holds([row])[0] for _, holds in fills], [get(row) for get, _ in fills]
        return rows(row), *found, links([row], Notes()) if not said.unfold else ()

    return Outcome(said.records, "list", told)


def of_signs(said: Sequence[Sign]) -> Outcome:
    """Of any answer: what it holds of the texts by which errors are known."""
    looks = [
        (compile_path(sign.path).get, re.compile(sign.like, re.IGNORECASE)) for sign in said if sign.path and sign.like
    ]

    def told(answer: Any) -> Any:
        return [bool((value := get(answer)) and like.search(as_text(value))) for get, like in looks]

    return Outcome("@", "one", told)


def _record(name: str, stream: Stream, language: Language, automation: Sequence[str]) -> Told:
    reader = StreamReader(name, stream, language, automation)
    parts = [_rows(name, stream.events, language, automation)] if stream.events else []
    columns: list[Callable[[Sequence[Any]], Any]] = []
    for key, said in stream.history.items():
        columns += [texts(language.path(said.ids), language.inner)] if said.ids else []
        columns += [holds] if (holds := condition(said.only, language)) else []
        columns += [_column(rule.kind, rule.over, language) for rule in said.rules]
        if said.request is None:
            parts.append(_inside(said.records, _rows(key, said, language, automation), language))
    if stream.detail:
        columns.append(texts(language.path(stream.detail.ids), language.inner))

    def told(record: Any) -> Any:
        row = {"key": _ASKED, **record}  # which a record out of a map bears
        read = reader.read([row])
        # A reject without an id is named by a digest of all its record.
        read.rejects = [replace(one, key="" if one.key == digest(row) else one.key) for one in read.rejects]
        return _plain(read), [part(row) for part in parts], [column([row]) for column in columns]

    return told


def _plain(read: Read) -> Any:
    return [_noted(read.notes), *(getattr(read, one.name) for one in fields(read) if one.name not in _ROWS)]


def _noted(notes: Notes) -> Any:
    """What a pass tells of what did not map; what rules left over only a trial tells."""
    return notes.unmapped, notes.unreadable


def _inside(records: str, rows: Told, language: Language) -> Told:
    """Of rows that stand in a record."""
    get = language.path(records).get

    def told(record: Any) -> Any:
        found = get(record)
        return [rows(row) for row in (found if isinstance(found, list) else [found]) if isinstance(row, dict)]

    return told


def _rows(name: str, said: Events, language: Language, automation: Sequence[str]) -> Told:
    """Of rows. What each of them tells counts also where those beside it say the same."""
    reader = EventReader(said, language, automation, name)
    columns: list[Callable[[Sequence[Any]], Any]] = []
    for rule in said.rules:
        columns += [holds] if (holds := condition(rule.when, language)) else []
        columns += [_column(rule.kind, one, language) for one in (rule.to, rule.old, rule.over)]
        columns.append(_column("word", rule.word, language))
        columns.append(_column("public", rule.public if isinstance(rule.public, tuple) else None, language))

    def told(record: Any) -> Any:
        notes = Notes()
        found = reader.read([record], {}, notes)
        rows = reader.rows([record])
        return (
            found.events,
            found.rejects,
            found.ids,
            found.moments,
            _noted(notes),
            [column(rows) for column in columns],
        )

    return told


def _column(kind: str, rules: Rules | None, language: Language) -> Callable[[Sequence[Any]], Any]:
    if rules is None:
        return lambda rows: None
    column = compile_rules(FIELD.get(kind, kind), rules, language)
    return lambda rows: column(rows, Notes())
