"""Which places of an answer a manifest reads, as key paths: all others are nobody's business and are not recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.manifest import Manifest, Stream
from connectors.manifest_discover import Discovery
from connectors.manifest_records import Events
from connectors.manifest_request import Request, Sign
from connectors.mapping import Language
from connectors.paths import plain
from connectors.sample import Sample
from connectors.select import of_row, paths
from connectors.template import Template, as_text
from connectors.workbench.outcomes import Outcome, of_detail, of_history, of_signs, of_stream
from connectors.workbench.places import Place, places


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a manifest and what is read of its answer."""

    request: Request
    kept: frozenset[Place] = frozenset()
    raw: frozenset[Place] = frozenset()  # of these, where the text itself is a value: not only compared or searched
    persons: frozenset[Place] = frozenset()  # accounts, which are compared and forgotten
    headers: frozenset[str] = frozenset()
    records: str = ""  # of a stream: where its list stands
    outcome: Outcome | None = None  # what rules make of its rows

    def fits(self, method: str, path: str) -> bool:
        """Whether a request of this method and path may be this one."""
        said = re.sub(r"\\\{[^{}]*\\\}", "[^/]*", re.escape(self.request.path))
        return method == self.request.method and re.search(rf"{said}/?$", path) is not None


def parts(manifest: Manifest, samples: Mapping[str, Sample], other: Language, automation: Sequence[str]) -> list[Part]:
    """All requests. `samples` are of the streams that were read, `other` reads all else."""
    found = [_discovery(said, other) for said in manifest.discover.values()]
    for name, stream in manifest.streams.items():
        found += _Stream(name, stream, samples.get(name), other, automation).parts()
    return found


def signs(said: Sequence[Sign]) -> Part:
    """What is read of an answer that may be an error, for any request."""
    looks = [(places(sign.path), sign.like) for sign in said if sign.path]
    read = frozenset(place for here, _ in looks for place in here)
    raw = frozenset(place for here, like in looks if like is None for place in here)
    return Part(Request(path="/"), read, raw, outcome=of_signs(said))


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of rows."""

    kept: set[Place]
    raw: set[Place]
    persons: set[Place]

    def join(self, other: _Read) -> None:
        """What is read of them by another part of the manifest as well."""
        self.kept.update(other.kept)
        self.raw.update(other.raw)
        self.persons.update(other.persons)

    def below(self, start: Place, under: str | None = None) -> _Read:
        """The same where the rows stand elsewhere; only what is read under a name, if any."""

        def moved(places: set[Place]) -> set[Place]:
            if under:
                places = {place[1:] for place in places if place[:1] == (under,)}
            return {(*start, *place) for place in places}

        return _Read(moved(self.kept), moved(self.raw), moved(self.persons))


class _Stream:
    """The requests of one stream."""

    def __init__(
        self, name: str, stream: Stream, sample: Sample | None, other: Language, automation: Sequence[str]
    ) -> None:
        self._name, self._stream, self._automation = name, stream, automation
        self._language = sample.language if sample else other
        self._listed = sample.records if sample else ()

    def parts(self) -> Iterator[Part]:
        """Its list, its detail, its histories."""
        stream, language = self._stream, self._language
        yield self._part(
            stream.request,
            self._read(_in(stream.records, language)),
            stream.paging,
            of_stream(self._name, stream, language, self._automation),
            stream.records,
        )
        if detail := stream.detail:
            read = self._read({()})
            here = _Read(_in(detail.id, language), _in(detail.id, language), set())
            for start in _in(detail.records, language):
                # The answer is laid over the record, or stands in it under a name.
                here.join(read.below(start, detail.under))
            outcome = of_detail(self._name, stream, detail, language, self._automation, self._listed)
            yield self._part(detail.request, here, None, outcome)
        for name, history in stream.history.items():
            if history.request is not None:
                read = self._rows(history, _in(history.records, language))
                for fill in history.fills.values():
                    own = _in(history.records, language)
                    read.kept.update(place for text in (fill.path, *fill.when) for place in _in(text, language, own))
                    read.raw.update(_in(fill.path, language, own))
                for link in history.links:
                    own = _in(history.records, language)
                    read.kept.update(place for text in (*link.path, *link.when) for place in _in(text, language, own))
                    read.raw.update(place for text in link.path for place in _in(text, language, own))
                outcome = of_history(name, history, language, self._automation)
                yield self._part(history.request, read, history.paging, outcome)
        if asks := stream.requesters:
            own = _in(asks.records, language)
            ticket = _in(asks.ticket, language, own)
            persons = {place for text in asks.name for place in _in(text, language, own)}
            yield self._part(asks.request, _Read(ticket, ticket, persons), None, None)

    @staticmethod
    def _part(request: Request, read: _Read, paging: Any, outcome: Outcome | None, records: str = "") -> Part:
        envelope, headers = _envelope(paging)
        kept, raw = frozenset(read.kept | envelope), frozenset(read.raw | envelope)
        return Part(request, kept, raw, frozenset(read.persons), headers, records, outcome)

    def _read(self, lists: set[Place]) -> _Read:
        """What is read of the stream's records."""
        stream, language = self._stream, self._language
        read = _Read(
            {place for text in paths(stream) for place in _in(text, language, lists)},
            {place for text in paths(stream, tested=False) for place in _itself(text, language, lists)},
            set(),
        )
        if stream.ticket:
            read.persons.update(place for text in stream.ticket.requester for place in _in(text, language, lists))
        if stream.events:
            read.join(self._rows(stream.events, lists))
        for history in stream.history.values():
            if history.request is None:  # its rows stand in the record
                inside = {(*a, *b) for a in lists for b in _in(history.records, language)}
                read.join(self._rows(history, inside))
        return read

    def _rows(self, said: Events, lists: set[Place]) -> _Read:
        """What is read of rows."""
        language = self._language
        names = {"record": lists}
        inside = "record"
        for key, path in said.unfold.items():
            names[key] = _in(path, language, names[inside])
            inside = key

        def real(found: set[Place]) -> set[Place]:
            if not said.unfold:
                return {(*start, *place) for start in lists for place in found}
            return {(*start, *place[1:]) for place in found if place and place[0] in names for start in names[place[0]]}

        whose = [*said.actor.name, *said.actor.requester]
        return _Read(
            {place for text in of_row(said) for place in real(_in(text, language))},
            {place for text in of_row(said, tested=False) for place in real(_itself(text, language, {()}))},
            {place for text in whose for place in real(_in(text, language))},
        )


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
    here = frozenset(kept | envelope)
    return Part(said.request, here, here, headers=headers)


def _envelope(paging: Any) -> tuple[set[Place], frozenset[str]]:
    """What is read of an answer beside its records, whatever the kind of paging."""
    total = getattr(paging, "total", None)
    texts = [getattr(paging, "path", None), getattr(paging, "more", None), getattr(total, "path", None)]
    headers = [getattr(paging, "header", None), getattr(paging, "more_header", None), getattr(total, "header", None)]
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


def _itself(text: str, language: Language, start: set[Place]) -> set[Place]:
    """Where the text itself is what a path gives; nothing where an expression makes something of it."""
    path = language.path(text)
    alone = plain(path.text) is not None or path.text == "@" or path.roots == frozenset({(path.text,)})
    return _in(text, language, start) if alone else set()


def passing(request: Request) -> frozenset[str]:
    """Names of parameters and keys that change with the mapping or the page size: a recording does without them."""
    given: dict[str, Any] = {**request.query, **(request.form or {})}
    if isinstance(request.json_body, dict):
        given |= request.json_body
    for name, value in [*given.items()]:
        if isinstance(value, dict):  # which is sent as the text of its JSON
            given |= given.pop(name)
    return frozenset(name for name, value in given.items() if _names(value) & {"fields", "field_list", "size"})


def constants(request: Request) -> Iterator[tuple[str, str]]:
    """Parameters with what the manifest itself says they are: an account of that name is not meant."""
    for name, value in request.query.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int) and not _names(one):
                yield name, as_text(one)


def _names(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return Template(value).names
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset(name for part in inner for name in _names(part))
