"""Which places of an answer a manifest reads, as key paths: all others are nobody's business and are not recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jmespath

from connectors.manifest import Manifest, Stream
from connectors.manifest_discover import Discovery
from connectors.manifest_records import Events
from connectors.manifest_request import Request, Sign
from connectors.mapping import Language
from connectors.paths import plain
from connectors.select import paths
from connectors.template import Template

Place: TypeAlias = tuple[str, ...]
"""Keys from the top of an answer; lists have none, `*` is any key."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a manifest and what is read of its answer."""

    request: Request
    kept: frozenset[Place] = frozenset()
    persons: frozenset[Place] = frozenset()  # accounts, which are compared and forgotten
    headers: frozenset[str] = frozenset()
    records: str = ""  # of a stream: where its list stands

    def fits(self, method: str, path: str) -> bool:
        """Whether a request of this method and path may be this one."""
        said = re.sub(r"\\\{[^{}]*\\\}", "[^/]*", re.escape(self.request.path))
        return method == self.request.method and re.search(rf"{said}/?$", path) is not None


def parts(manifest: Manifest, languages: Mapping[str, Language], other: Language) -> Sequence[Part]:
    """All requests. `languages` are those of the streams that were read, `other` is for all else."""
    found = [_discovery(said, other) for said in manifest.discover.values()]
    for name, stream in manifest.streams.items():
        found += _stream(stream, languages.get(name, other))
    return found


def signs(said: Sequence[Sign]) -> frozenset[Place]:
    """What is read of an answer that is an error."""
    return frozenset(place for sign in said if sign.path for place in places(sign.path))


def places(text: str, start: Sequence[Place] = ((),)) -> set[Place]:
    """Where a path leads, and what it looks at on its way."""
    if text == "@":
        return set(start)
    if names := plain(text):
        return {(*place, *names) for place in start}
    walk = _Walk()
    return walk.seen | set(walk.go(jmespath.compile(text).parsed, list(start)))


@dataclass
class _Walk:
    seen: set[Place] = field(default_factory=set)

    def go(self, node: Mapping[str, Any], at: list[Place]) -> list[Place]:
        kind, children = node["type"], node["children"]
        if kind == "field":
            return [(*place, str(node["value"])) for place in at]
        if kind in ("subexpression", "pipe", "index_expression"):
            for child in children:
                at = self.go(child, at)
            return at
        if kind in ("projection", "filter_projection", "value_projection"):
            at = self.go(children[0], at)
            if kind == "value_projection":
                at = [(*place, "*") for place in at]
            if kind == "filter_projection":
                self.seen.update(self.go(children[2], at))
            return self.go(children[1], at)
        if kind in ("index", "slice", "identity", "current"):
            return at
        if kind == "literal":
            return []
        if kind == "function_expression":
            given = [place for child in children if child["type"] != "expref" for place in self.go(child, at)]
            for child in children:
                if child["type"] == "expref":
                    self.seen.update(self.go(child["children"][0], given))
            return given
        return [place for child in children for place in self.go(child, at)]


def _stream(stream: Stream, language: Language) -> Iterator[Part]:
    lists = _in(stream.records, language)
    envelope, headers = _envelope(stream.paging)
    kept, persons = _read(stream, language, lists)
    yield Part(stream.request, frozenset(kept | envelope), frozenset(persons), headers, stream.records)
    if stream.detail:
        # The answer is laid over the record, or stands in it under a name.
        own, under = _in(stream.detail.records, language), stream.detail.under
        kept, persons = _read(stream, language, {()})
        if under:
            kept = {place[1:] for place in kept if place[:1] == (under,)}
            persons = {place[1:] for place in persons if place[:1] == (under,)}
        kept |= _in(stream.detail.id, language)
        yield Part(
            stream.detail.request,
            frozenset((*start, *place) for start in own for place in kept),
            frozenset((*start, *place) for start in own for place in persons),
        )
    yield from _further(stream, language)


def _read(stream: Stream, language: Language, lists: set[Place]) -> tuple[set[Place], set[Place]]:
    """What is read of a stream's records, and where accounts stand in them."""
    kept = {place for text in paths(stream) for place in _in(text, language, lists)}
    persons: set[Place] = set()
    if stream.ticket:
        persons |= {place for text in stream.ticket.requester for place in _in(text, language, lists)}
    if stream.events:
        more, whose = _rows(stream.events, language, lists)
        kept, persons = kept | more, persons | whose
    for history in stream.history.values():
        if history.request is None:  # its rows stand in the record
            more, whose = _rows(history, language, {(*a, *b) for a in lists for b in _in(history.records, language)})
            kept, persons = kept | more, persons | whose
    return kept, persons


def _further(stream: Stream, language: Language) -> Iterator[Part]:
    for history in stream.history.values():
        if history.request is None:
            continue
        own = _in(history.records, language)
        more, whose = _rows(history, language, own)
        envelope, headers = _envelope(history.paging)
        for fill in history.fills.values():
            more |= {place for text in (fill.path, *fill.when) for place in _in(text, language, own)}
        yield Part(history.request, frozenset(more | envelope), frozenset(whose), headers)
    if stream.requesters:
        own = _in(stream.requesters.records, language)
        yield Part(
            stream.requesters.request,
            frozenset(_in(stream.requesters.ticket, language, own)),
            frozenset(place for text in stream.requesters.name for place in _in(text, language, own)),
        )


def _rows(said: Events, language: Language, lists: set[Place]) -> tuple[set[Place], set[Place]]:
    """What is read of rows, and where accounts stand in them."""
    names = {"record": lists}
    inside = "record"
    for key, path in said.unfold.items():
        names[key] = _in(path, language, names[inside])
        inside = key

    def real(text: str) -> set[Place]:
        found = _in(text, language)
        if not said.unfold:
            return {(*start, *place) for start in lists for place in found}
        return {(*start, *place[1:]) for place in found if place and place[0] in names for start in names[place[0]]}

    texts = [said.ticket, said.at, *said.id, *filter(None, (said.seq, said.actor.kind))]
    for rule in said.rules:
        texts += rule.when
        for rules in (rule.to, rule.old, rule.word, rule.public if isinstance(rule.public, tuple) else None):
            texts += [text for one in rules or () for text in (*one.path, *one.when)]
    whose = [*said.actor.name, *said.actor.requester]
    return {place for text in texts for place in real(text)}, {place for text in whose for place in real(text)}


def _discovery(said: Discovery, language: Language) -> Part:
    kept = {place for texts in said.take.values() for text in texts for place in _in(text, language)}
    # With paging the list is made of all answers' lists; without, it stands in the one answer.
    start: set[Place] | None = _in(said.records, language) if said.paging.kind != "none" else None
    read = [(one.records, one.key, one.value) for one in said.maps.values()]
    read += [(one.records, one.key, one.value) for one in said.pick.values()]
    for records, *texts in read:
        lists = _in(records, language, start)
        kept |= {place for text in texts for place in _in(text, language, lists)}
    envelope, headers = _envelope(said.paging)
    return Part(said.request, frozenset(kept | envelope), frozenset(), headers)


def _envelope(paging: Any) -> tuple[set[Place], frozenset[str]]:
    """What is read of an answer beside its records, whatever the kind of paging."""
    total = getattr(paging, "total", None)
    texts = [getattr(paging, "path", None), getattr(paging, "more", None), getattr(total, "path", None)]
    headers = [getattr(paging, "header", None), getattr(total, "header", None)]
    return (
        {place for text in texts if text for place in places(text)},
        frozenset(name.casefold() for name in headers if name),
    )


def _in(text: str, language: Language, start: set[Place] | None = None) -> set[Place]:
    path = language.path(text)
    begin = start if start is not None else {()}
    if not path.text:
        return set()
    if language.flat and path.roots == frozenset({(path.text,)}):
        return {(*place, path.text) for place in begin}
    return places(path.text, sorted(begin))


def passing(request: Request) -> frozenset[str]:
    """Names of parameters and keys that change with the mapping or the page size: a recording does without them."""
    given: dict[str, Any] = {**request.query, **(request.form or {})}
    if isinstance(request.json_body, dict):
        given |= request.json_body
    for name, value in [*given.items()]:
        if isinstance(value, dict):  # which is sent as the text of its JSON
            given |= given.pop(name)
    return frozenset(name for name, value in given.items() if _names(value) & {"fields", "field_list", "size"})


def _names(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return Template(value).names
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset(name for part in inner for name in _names(part))
