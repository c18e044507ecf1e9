"""A source tried: a few records of every stream beside what they became, what did not map, and what it all supports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.manifest import Manifest
from connectors.manifest_map import Rule
from connectors.mapping import Language, Notes, compile_rules, condition
from connectors.rest import SourceConnector
from connectors.sample import Sample
from connectors.select import paths
from connectors.template import as_text
from connectors.verdict import seen_of, verdict
from connectors.workbench.normalised import records, shown
from connectors.workbench.suspicions import left_out, meant, warnings
from core.connector import AuthenticationError, SourceError, Support, UnavailableError
from core.model import Instant, length

_USEFUL: Final = re.compile(
    r"date|time|(_|\b)(at|on)$|(?-i:[a-z](At|On)$)|stat(e|us)|hold|pending|suspen|wait|satisf|rating|score|feedback|outage|"
    r"downtime|respon[sd]|resol|clos|approv|priorit|impact|urgen|severity|group|team|queue|caus|parent|reopen|vendor|"
    r"extern|correlat|major|outcome|result|planned|actual",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(
    r"name|mail|phone|mobile|user|caller|person|by$|contact|owner|assignee|reporter|author|address|"
    r"comment|note|text|descri|summary|subject|title|body|html|message",
    re.IGNORECASE,
)
"""Fields whose words may be somebody's: they are named, never shown."""
_WORD: Final = re.compile(r"stat(e|us)|hold|priorit|impact|urgen|severity|outcome|result|type", re.IGNORECASE)
"""Fields whose texts are words of a closed set."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d|\d\d[./]\d\d[./]\d{4}")
_LONG: Final = 60


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a ticket and where it came from."""

    name: str
    value: Any
    path: str  # "" where it stands in no record
    raw: str
    note: str = ""  # why it is nothing, where that is known


@dataclass(frozen=True, slots=True)
class TicketShown:
    """One ticket."""

    number: str
    fields: Sequence[FieldShown]
    events: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class StreamTried:
    """One stream."""

    stream: str
    read: int = 0
    tickets: Sequence[TicketShown] = ()
    others: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # outages, responses, links, events
    unmapped: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rejects: Sequence[tuple[str, str, str]] = ()
    deleted: int = 0  # tickets of which records tell that they were deleted
    left_out: int = 0  # records that `when` leaves out
    asks_of: Mapping[str, str] = field(default_factory=dict)  # field -> its map and option
    warnings: Sequence[str] = ()  # what is hardly meant so
    unused: Mapping[str, str] = field(default_factory=dict)  # a field that no rule reads -> what stands there, masked
    selects: bool = False  # only fields that rules read are asked for
    error: str = ""  # why it could not be read
    off: bool = False  # it is not read here


@dataclass(frozen=True, slots=True)
class Tried:
    """One source."""

    source: str
    streams: Sequence[StreamTried]
    verdict: Sequence[Support]


def tried(source: str, manifest: Manifest, connector: SourceConnector, most: int, now: Instant) -> Tried:
    """Read `most` records of each stream, and say what they are. What cannot be read is part of the answer."""
    found: list[StreamTried] = []
    samples: list[Sample] = []
    refused: dict[str, str] = {}
    off: list[str] = [name for name in manifest.streams if name not in connector.streams]
    hopeless = ""
    for name in connector.streams:
        if hopeless:
            refused[name] = hopeless
            found.append(StreamTried(name, error=hopeless))
            continue
        try:
            sample = connector.sample(name, most, now)
        except SourceError as error:
            if isinstance(error, AuthenticationError | UnavailableError):
                hopeless = "not asked, since the system does not answer or refuses the login"
            refused[name] = str(error)
            found.append(StreamTried(name, error=str(error)))
            continue
        if sample is None:
            off.append(name)
            found.append(StreamTried(name, off=True))
            continue
        samples.append(sample)
        found.append(_stream(sample, most))
    for access in () if hopeless else connector.probe():  # histories that are refused are only logged while reading
        if not access.readable and "." in access.stream:
            refused[access.stream] = access.detail
    return Tried(source, found, verdict(manifest, seen_of(samples, refused, off)))


def _stream(sample: Sample, most: int) -> StreamTried:
    read, said = sample.read, sample.said
    events: dict[str, list[dict[str, Any]]] = {}
    for one in records(read.events):
        events.setdefault(one["ticket"], []).append(one)
    own = list(_tickets(sample, events)) if said.ticket and read.tickets else []
    keys = set(read.tickets.get("vendor_id", ()))
    others = {
        "events": [one for ticket, told in events.items() if ticket not in keys for one in told],
        "outages": records(read.outages),
        "responses": records(read.responses),
        "links": records(read.links),
    }
    asks = str(said.request.model_dump())
    return StreamTried(
        sample.stream, len(sample.records), own, {name: held for name, held in others.items() if held},
        dict(read.notes.unmapped), [(one.key, one.reason, one.detail) for one in read.rejects],
        length(read.tombstones), left_out(sample), meant(said), [*warnings(sample, most)],
        _unused(sample), "{fields" in asks or "{field_list" in asks,
    )  # fmt: skip


def _tickets(sample: Sample, events: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[TicketShown]:
    assert sample.said.ticket is not None
    kept, tickets = sample.read.kept, sample.read.tickets
    traces = {name: _trace(name, rules, kept, sample.language) for name, rules in sample.said.ticket.map.items()}
    for place, key in enumerate(tickets["vendor_id"]):
        fields = []
        for name, values in tickets.items():
            path, raw = traces[name][place] if name in traces else ("", "")
            if values[place] is not None or raw:
                out = values[place] is None and _barred(
                    sample.said.ticket.map.get(name, ()), kept[place], sample.language
                )
                fields.append(
                    FieldShown(name, shown(name, values[place]), path, raw, "left out by `when`" if out else "")
                )
        yield TicketShown(
            str(tickets["number"][place] or key), fields, sorted(events.get(key, ()), key=lambda one: str(one["at"]))
        )


def _trace(name: str, rules: Sequence[Rule], kept: Sequence[Any], language: Language) -> list[tuple[str, str]]:
    """Of each record the path that gave a field, and what stood there; where none gave it the first that holds."""
    found: list[tuple[str, str]] = [("", "")] * len(kept)
    done = [False] * len(kept)
    for rule in rules:
        made = rule.text is not None
        values = [None] * len(kept) if made else compile_rules(name, (rule,), language)(kept, Notes())
        for place, record in enumerate(kept):
            path, raw = _stands(rule, record, language)
            if not done[place] and (values[place] is not None or (raw and not found[place][1])):
                done[place] = values[place] is not None
                found[place] = (path or ("always" if "const" in rule.model_fields_set else ""), raw)
            if made and not done[place]:
                found[place] = ("put together", "")
    return found


def _barred(rules: Sequence[Rule], record: Any, language: Language) -> bool:
    """Whether every rule of a field asks for something that the record does not hold."""
    conditions = [condition(rule.when, language) for rule in rules]
    return bool(rules) and all(holds is not None and not holds([record])[0] for holds in conditions)


def _stands(rule: Rule, record: Any, language: Language) -> tuple[str, str]:
    for text in rule.path:
        path = language.path(text)
        value = path.get(record)
        if value not in (None, "", [], {}):
            return path.text, _short(_inner(value, language.inner))
    return "", ""


def _unused(sample: Sample) -> dict[str, str]:
    """Fields of the records that no rule reads and that look useful by their name or what they hold."""
    roots = {root for text in paths(sample.said) for root in sample.language.path(text).roots}
    found: dict[str, str] = {}
    for record in sample.records:
        for path, value in _leaves(record, ()):
            name = ".".join(path)
            read = any(path[: len(root)] == root or root[: len(path)] == path for root in roots)
            useful = _USEFUL.search(path[-1]) or (isinstance(value, str) and _MOMENT.match(value))
            if not read and useful and value not in (None, "") and (name not in found):
                found[name] = _masked(path, value)
    return found


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and len(path) < 3:
        for name, part in value.items():
            yield from _leaves(part, (*path, str(name)))
    elif path:
        yield path, value


def _masked(path: Sequence[str], value: Any) -> str:
    if isinstance(value, list | dict):
        return f"{type(value).__name__} of {len(value)}"
    if not isinstance(value, str) or _MOMENT.match(value):
        return _short(value)
    if _WORD.search(path[-1]) and not any(_PERSON.search(name) for name in path):
        return _short(value)
    return f"a text of {len(value)} characters"


def _inner(value: Any, inner: Sequence[str]) -> Any:
    """Of objects only what rules read of them: the others of their keys may be about persons."""
    if isinstance(value, list):
        return [_inner(one, inner) for one in value[:3]]
    if isinstance(value, dict):
        return next((value[key] for key in inner if value.get(key)), f"an object with {', '.join(map(str, value))}")
    return value


def _short(value: Any) -> str:
    text = " ".join(as_text(value).split()) if isinstance(value, str | int | float | bool) else str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
