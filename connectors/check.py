"""What ties the parts of a manifest together: every name it uses must be one that it declares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.listing import placeholders
from connectors.manifest import Manifest, Stream
from connectors.manifest_asked import Census, Detail
from connectors.manifest_map import Rules, ValueMap
from connectors.manifest_records import Events
from connectors.manifest_request import Auth, Keyset, Request
from connectors.mapping import CLOSED
from connectors.options import flaw
from connectors.paths import holes
from connectors.template import Template, TemplateError
from connectors.words import SAID_ZONE
from core.model import STATES

_PLACE: Final = ("size", "offset", "page", "token", "last", "since", "until", "after", "range", "fields", "field_list")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong in a manifest, and where."""

    path: tuple[str | int, ...]
    message: str


def check(manifest: Manifest) -> Sequence[Wrong]:
    """Everything that is wrong between the parts."""
    return list(_Check(manifest).all())


class _Check:
    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        taken = [name for said in manifest.discover.values() for name in (*said.take, *said.pick)]
        self._values = {"base_url", *(f"options.{n}" for n in manifest.options), *(f"found.{n}" for n in taken)}
        self._histories = [f"{name}.{key}" for name, stream in manifest.streams.items() for key in stream.history]
        self._maps = {*manifest.maps, *(name for said in manifest.discover.values() for name in said.maps)}

    def all(self) -> Iterator[Wrong]:
        manifest = self._manifest
        yield from self._auth(manifest.auth)
        yield from self._zone(manifest.times.zone, ("times", "zone"))
        for name, option in manifest.options.items():
            if option.default is not None and (wrong := flaw(option, option.default)):
                yield Wrong(("options", name, "default"), wrong)
        for name, said in manifest.discover.items():
            known = _PLACE if said.paging.kind != "none" else ()
            yield from self._request(said.request, ("discover", name, "request"), known)
            for key, paths in said.take.items():
                yield from self._paths(paths, ("discover", name, "take", key))
            for key, pick in said.pick.items():
                for word in pick.options:
                    if word not in manifest.options:
                        yield Wrong(("discover", name, "pick", key), _unknown(word, manifest.options))
        for name, value_map in manifest.maps.items():
            yield from self._map(value_map, ("maps", name))
        for name, stream in manifest.streams.items():
            yield from self._stream(stream, ("streams", name))

    def _auth(self, auth: Auth) -> Iterator[Wrong]:
        """Logins know what the operator gives and nothing else."""
        for kind, said in (("session", auth.session), ("custom", auth.custom)):
            if said is None:
                continue
            more = ("token",) if kind == "session" else ()
            for part in ("headers", "query"):
                for name, text in getattr(said, part).items():
                    yield from _template(text, ("auth", kind, part, name), {*said.needs, *more})
        if auth.session is not None:
            for part, known in (("login", ()), ("logout", ("token",))):
                request = getattr(auth.session, part)
                if request is not None:
                    yield from self._request(request, ("auth", "session", part), {*auth.session.needs, *known})

    def _stream(self, stream: Stream, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        yield from self._request(stream.request, (*at, "request"), _PLACE)
        if isinstance(stream.paging, Keyset):
            for key in ("start", "after"):
                yield from self._text(getattr(stream.paging, key), (*at, "paging", key), ("since", "until", "after"))
            if stream.cursor is None:
                yield Wrong((*at, "paging"), "keyset goes by the change time: say cursor")
            elif stream.paging.by == "id" and stream.cursor.sorted:
                yield Wrong((*at, "cursor"), "by: id is no order of change times: say sorted: false")
        asks = [stream.enabled] if isinstance(stream.enabled, str) else stream.enabled or ()
        for name in asks:
            if name not in self._values:
                yield Wrong((*at, "enabled"), _unknown(name, self._values))
        for part in ("ticket", "outage", "response"):
            said = getattr(stream, part)
            if said is not None:
                for name, rules in said.map.items():
                    yield from self._rules(name, rules, (*at, part, "map", name), (*said.map,))
        if stream.events is not None:
            yield from self._events(stream.events, (*at, "events"))
        if stream.census is not None:
            yield from self._census(stream.census, (*at, "census"))
        if stream.detail is not None:
            yield from self._request(stream.detail.request, (*at, "detail", "request"), ("ids",))
            yield from _in_detail_alone(stream, stream.detail, at)
        cursor = stream.cursor
        if cursor is not None:
            yield from self._zone(cursor.zone, (*at, "cursor", "zone"))
        if cursor is not None and (cursor.window or cursor.depth) and "until" not in placeholders(stream.request):
            yield Wrong((*at, "cursor"), "window and depth need {until} in the request")
        if stream.requesters is not None:
            yield from self._request(stream.requesters.request, (*at, "requesters", "request"), ("ids",))
        if stream.follows is not None and stream.follows not in self._histories:
            yield Wrong((*at, "follows"), _unknown(stream.follows, self._histories))
        if stream.observe is not None:
            yield from self._observe(stream, at)
        for name, history in stream.history.items():
            earlier = list(stream.history)[: list(stream.history).index(name)]
            if history.instead_of is not None and history.instead_of not in earlier:
                yield Wrong((*at, "history", name, "instead_of"), _unknown(history.instead_of, earlier))
            if history.enabled is not None and history.enabled not in self._values:
                yield Wrong((*at, "history", name, "enabled"), _unknown(history.enabled, self._values))
            if history.request is not None:
                yield from self._request(history.request, (*at, "history", name, "request"), ("ids", *_PLACE))
            yield from self._events(history, (*at, "history", name))

    def _census(self, said: Census, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        yield from self._request(said.request, (*at, "request"), _PLACE)
        yield from self._request(said.again.request, (*at, "again", "request"), ("ids", *_PLACE))
        yield from self._paths((said.id, *filter(None, (said.changed, said.number))), at)
        if isinstance(said.paging, Keyset):
            for key in ("start", "after"):
                yield from self._text(getattr(said.paging, key), (*at, "paging", key), ("since", "after"))
            if said.paging.by == "change" and said.changed is None:
                yield Wrong((*at, "paging"), "keyset goes by the change time: say changed, or by: id")

    def _observe(self, stream: Stream, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        said = stream.observe
        assert said is not None
        for state, rules in said.moments.items():
            if state not in STATES:
                yield Wrong((*at, "observe", "moments"), _unknown(state, STATES))
            yield from self._rules("closed_at", rules, (*at, "observe", "moments", state), ())
        names = list(self._manifest.streams)
        before = {*names[: names.index(str(at[-1]))], *stream.history}
        if said.unless is not None and said.unless not in before:
            message = f"{said.unless!r} is no history of this stream, and no stream that is read before it"
            yield Wrong((*at, "observe", "unless"), message)

    def _events(self, events: Events, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        for place, rule in enumerate(events.rules):
            if rule.over and (rule.old is None or rule.kind == "comment"):
                yield Wrong(
                    (*at, "rules", place, "over"), "what covers another value tells what it was before: say old"
                )
            for key in ("to", "old", "over"):
                rules: Rules | None = getattr(rule, key)
                if rules:
                    yield from self._rules(rule.kind, rules, (*at, "rules", place, key), ())

    def _rules(self, name: str, rules: Rules, at: tuple[str | int, ...], fields: Collection[str]) -> Iterator[Wrong]:
        for rule in rules:
            yield from self._paths(rule.path, at)
            if rule.text is not None:
                yield from self._text(rule.text, at, fields)
            if isinstance(rule.values, ValueMap):
                yield from self._map(rule.values, at)
            elif rule.values:
                for one in rule.values:
                    if one not in self._maps:
                        yield Wrong(at, f"values: {_unknown(one, self._maps)}")
                last = self._manifest.maps.get(rule.values[-1])
                if last is not None:
                    yield from _meanings(name, last, at)
            if isinstance(rule.values, ValueMap):
                yield from _meanings(name, rule.values, at)
            if "const" in rule.model_fields_set:
                yield from _meaning(name, rule.const, at)

    def _map(self, value_map: ValueMap, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        if value_map.option is not None and value_map.option not in self._manifest.options:
            yield Wrong((*at, "option"), _unknown(value_map.option, self._manifest.options))

    def _request(self, request: Request, at: tuple[str | int, ...], known: Collection[str]) -> Iterator[Wrong]:
        yield from self._text(request.path, (*at, "path"), known)
        for key in ("query", "headers", "form", "json_body"):
            yield from self._tree(getattr(request, key), (*at, key.removesuffix("_body")), known)

    def _tree(self, value: Any, at: tuple[str | int, ...], known: Collection[str]) -> Iterator[Wrong]:
        if isinstance(value, str):
            yield from self._text(value, at, known)
        elif isinstance(value, dict):
            for key, part in value.items():
                yield from self._tree(part, (*at, key), known)
        elif isinstance(value, list):
            for place, part in enumerate(value):
                yield from self._tree(part, (*at, place), known)

    def _text(self, text: str, at: tuple[str | int, ...], known: Collection[str]) -> Iterator[Wrong]:
        yield from _template(text, at, {*known, *self._values})

    def _zone(self, said: str, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        found = SAID_ZONE.fullmatch(said)
        if found is not None and found[1] not in self._values:
            yield Wrong(at, _unknown(found[1], self._values))

    def _paths(self, paths: Sequence[str], at: tuple[str | int, ...]) -> Iterator[Wrong]:
        for path in paths:
            for name in sorted(holes(path) - self._values):
                yield Wrong(at, f"${name}: {_unknown(name, self._values)}")


def _in_detail_alone(stream: Stream, detail: Detail, at: tuple[str | int, ...]) -> Iterator[Wrong]:
    """Ids that the list does not tell: which of its records have changed is told by their ids."""
    for part in ("ticket", "outage", "response"):
        said = getattr(stream, part)
        paths = [path for rule in said.map["vendor_id"] for path in rule.path] if said else []
        if detail.under and paths and all(path.split(".")[0] == detail.under for path in paths):
            told = (
                f"{paths[0]!r} stands in the answer of `detail` alone; the list must tell the id, by which it is known "
            )
            yield Wrong(
                (*at, part, "map", "vendor_id"), told + "what has changed: give its path in a record of the list"
            )


def _template(text: str, at: tuple[str | int, ...], known: Collection[str]) -> Iterator[Wrong]:
    try:
        Template(text).check(known)
    except TemplateError as error:
        yield Wrong(at, str(error))


def _meanings(name: str, value_map: ValueMap, at: tuple[str | int, ...]) -> Iterator[Wrong]:
    for meaning in (*value_map.values.values(), value_map.default, value_map.gives):
        yield from _meaning(name, meaning, at)


def _meaning(name: str, meaning: Any, at: tuple[str | int, ...]) -> Iterator[Wrong]:
    allowed = CLOSED.get(name)
    if allowed is not None and meaning is not None and meaning not in allowed:
        yield Wrong(at, f"{meaning!r} is no {name}; known are {', '.join(map(str, sorted(allowed)))}")


def _unknown(name: str, known: Collection[str]) -> str:
    return f"{name!r} is not declared; known are {', '.join(sorted(known)) or 'none'}"
