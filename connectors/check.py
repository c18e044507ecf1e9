"""What ties the parts of a manifest together: every name it uses must be one that it declares."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from connectors.counted import LEAST
from connectors.listing import placeholders
from connectors.manifest import Manifest, Stream
from connectors.manifest_asked import Again, Census, Detail, History, Requesters
from connectors.manifest_map import Rules, ValueMap
from connectors.manifest_paging import Keyset, Number, Paging
from connectors.manifest_records import Events
from connectors.manifest_request import Auth, Request
from connectors.mapping import MOMENTS
from connectors.meanings import ignored, nonsense, wrong_meanings
from connectors.named import Wrong, undeclared, unknown
from connectors.openly import secrets
from connectors.options import flaw
from connectors.placed import asks_all, misplaced, since_told
from connectors.template import Template, TemplateError
from core.model import STATES, TICKET

_PLACE: Final = ("size", "offset", "page", "token", "last", "since", "until", "after", "range", "fields", "field_list")


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
        yield from secrets(manifest.headers, ("headers",))
        for name, option in manifest.options.items():
            if option.default is not None and (wrong := flaw(option, option.default)):
                yield Wrong(("options", name, "default"), wrong)
            elif isinstance(option.default, dict):
                for word, wrong in wrong_meanings(manifest, name, option.default):
                    yield Wrong(("options", name, "default", word), wrong)
        for name, said in manifest.discover.items():
            known = _PLACE if said.paging.kind != "none" else ()
            yield from self._request(said.request, ("discover", name, "request"), known)
            yield from self._paged(said.request, said.paging, ("discover", name))
            for key in said.maps:
                if key in manifest.maps:
                    yield Wrong(
                        ("discover", name, "maps", key),
                        f"{key!r} is the name of one of `maps` too, which would never be looked into; give one of the "
                        "two another name",
                    )
            for key, pick in said.pick.items():
                for word in pick.options:
                    if word not in manifest.options:
                        yield Wrong(("discover", name, "pick", key), unknown(word, manifest.options))
        for name, stream in manifest.streams.items():
            yield from self._stream(stream, ("streams", name))
        yield from undeclared(manifest, self._values, self._maps)

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
        yield from self._paged(stream.request, stream.paging, at)
        if isinstance(stream.paging, Keyset):
            for key in ("start", "after"):
                yield from self._text(getattr(stream.paging, key), (*at, "paging", key), ("since", "until", "after"))
            if stream.cursor is None:
                yield Wrong((*at, "paging"), "keyset goes by the change time: say cursor")
            elif stream.paging.by == "id" and stream.cursor.sorted:
                yield Wrong((*at, "cursor"), "by: id is no order of change times: say sorted: false")
        elif getattr(stream.paging, "rebase", False) and not (stream.cursor and stream.cursor.sorted):
            yield Wrong(
                (*at, "paging", "rebase"),
                "goes on from the last change time: say cursor, of records in the order of their change",
            )
        asks = [stream.enabled] if isinstance(stream.enabled, str) else stream.enabled or ()
        for name in asks:
            if name not in self._values:
                yield Wrong((*at, "enabled"), unknown(name, self._values))
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
            yield from _asked(stream.detail, (*at, "detail"))
            yield from _in_detail_alone(stream, stream.detail, at)
        cursor = stream.cursor
        if cursor is not None and not since_told(stream.request, stream.paging):
            yield Wrong(
                (*at, "cursor"), "needs {since} in the request: without it every pass reads all; or say no cursor"
            )
        if cursor is not None and (cursor.window or cursor.depth) and "until" not in placeholders(stream.request):
            yield Wrong((*at, "cursor"), "window and depth need {until} in the request")
        if stream.requesters is not None:
            yield from self._request(stream.requesters.request, (*at, "requesters", "request"), ("ids",))
            yield from _asked(stream.requesters, (*at, "requesters"))
        if stream.follows is not None and stream.follows not in self._histories:
            yield Wrong((*at, "follows"), unknown(stream.follows, self._histories))
        if stream.observe is not None:
            yield from self._observe(stream, at)
        for name, history in stream.history.items():
            earlier = list(stream.history)[: list(stream.history).index(name)]
            if history.instead_of is not None and history.instead_of not in earlier:
                yield Wrong((*at, "history", name, "instead_of"), unknown(history.instead_of, earlier))
            if history.enabled is not None and history.enabled not in self._values:
                yield Wrong((*at, "history", name, "enabled"), unknown(history.enabled, self._values))
            if history.request is not None:
                yield from self._request(history.request, (*at, "history", name, "request"), ("ids", *_PLACE))
                yield from _asked(history, (*at, "history", name))
                yield from self._paged(history.request, history.paging, (*at, "history", name))
            yield from _fills(history, (*at, "history", name, "fills"))
            yield from self._events(history, (*at, "history", name))

    def _census(self, said: Census, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        yield from self._request(said.request, (*at, "request"), _PLACE)
        yield from self._request(said.again.request, (*at, "again", "request"), ("ids", *_PLACE))
        yield from self._paged(said.request, said.paging, at)
        yield from _asked(said.again, (*at, "again"))
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
                yield Wrong((*at, "observe", "moments"), unknown(state, STATES))
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
            for key, name in (
                ("to", rule.kind),
                ("old", rule.kind),
                ("over", rule.kind),
                ("word", ""),
                ("public", "public"),
            ):
                rules: Rules | bool | None = getattr(rule, key)
                if isinstance(rules, tuple):
                    yield from self._rules(name, rules, (*at, "rules", place, key), ())

    def _rules(self, name: str, rules: Rules, at: tuple[str | int, ...], fields: Collection[str]) -> Iterator[Wrong]:
        for rule in rules:
            if vain := list(ignored(name, rule)):
                yield from (Wrong(at, wrong) for wrong in vain)
                continue
            if rule.text is not None:
                yield from self._text(rule.text, at, fields)
            if rule.values and not isinstance(rule.values, ValueMap):
                last = self._manifest.maps.get(rule.values[-1])
                if last is not None:
                    yield from _meanings(name, last, at)
            if isinstance(rule.values, ValueMap):
                yield from _meanings(name, rule.values, at)
            if "const" in rule.model_fields_set:
                yield from _meaning(name, rule.const, at)

    @staticmethod
    def _paged(request: Request, paging: Paging, at: tuple[str | int, ...]) -> Iterator[Wrong]:
        if isinstance(paging, Number) and paging.anchored:
            if "size" not in placeholders(request):
                yield Wrong((*at, "paging", "anchored"), "pages of other sizes overlap: needs {size} in the request")
            if paging.size < LEAST:
                yield Wrong((*at, "paging", "anchored"), f"pages by number need a size of {LEAST} or more, to overlap")
        yield from (Wrong((*at, "request"), wrong) for wrong in misplaced(request, paging))

    def _request(self, request: Request, at: tuple[str | int, ...], known: Collection[str]) -> Iterator[Wrong]:
        for key in ("query", "headers", "form", "json_body"):
            yield from secrets(getattr(request, key), (*at, key.removesuffix("_body")))
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
    if wrong := nonsense(name, meaning):
        yield Wrong(at, wrong)


def _asked(said: History | Detail | Requesters | Again, at: tuple[str | int, ...]) -> Iterator[Wrong]:
    if said.request is not None:
        yield from (Wrong((*at, "request"), wrong) for wrong in asks_all(said.request, said.batch))


def _fills(history: History, at: tuple[str | int, ...]) -> Iterator[Wrong]:
    moments = MOMENTS.intersection(TICKET)
    for name in history.fills:
        if name not in moments:
            close = difflib.get_close_matches(name, moments, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            yield Wrong((*at, name), f"{name!r} is no moment of a ticket; {hint}known are {', '.join(sorted(moments))}")
