"""A list that is asked for page by page: request, paging and the place of the records in an answer, compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import orjson

from connectors.client import Client
from connectors.exchange import Answer, Call
from connectors.faults import missing, too_much
from connectors.lean import Decode
from connectors.manifest_paging import Keyset, Offset, Paging
from connectors.manifest_request import Request, Shape
from connectors.paging import compile_paging
from connectors.paths import compile_path
from connectors.steps import Place
from connectors.template import Template, Values, as_text
from core.connector import AnswerError, SourceError
from core.model import Instant

_LEAST: Final = 10
"""Records that any system can give at once."""
_PATIENT: Final = 50
"""Good answers after which pages grow again."""
Fill: TypeAlias = Callable[[Values], Any]


class Listing:
    """Asks for one page of a list. What a pass is made of is the caller's business."""

    def __init__(
        self,
        request: Request,
        records: str,
        paging: Paging,
        where: str,
        form: Callable[[Instant | None], Any] = lambda instant: instant,
        floor: Callable[[Instant], Instant] = lambda instant: instant,
        shape: Shape = "list",
        until: Callable[[Instant | None], Any] = lambda instant: instant,
        decode: Decode | None = None,
    ) -> None:
        """`where` names source and stream in errors; `form` writes `{since}`; `floor` cuts a moment likewise.

        `until` writes the end of a slice; `shape` says what stands in place of a list; `decode` reads what a pass needs
        of an answer, where that is not all of it.
        """
        self._decode = decode
        self._shape, self._until = shape, until
        self.where = where
        self.pages = compile_paging(paging, floor)
        self._call = compile_request(request)
        self._records = compile_path(records)
        self._keyset = (Template(paging.start), Template(paging.after)) if isinstance(paging, Keyset) else None
        self._uncounted = tuple(paging.uncounted.items()) if isinstance(paging, Keyset) else ()
        self._form = form
        self._halves = isinstance(paging, Keyset | Offset)  # others cannot change the size of a page on the way
        self._size = self.pages.size
        self._good = 0  # answers since a page was too much

    def fetch(
        self, client: Client, values: Values, place: Place, size: int | None = None, whole: bool = True
    ) -> tuple[Answer, list[Any]]:
        """The answer for a place, and its records. `size` asks for fewer than a page. Raises a `SourceError`.

        Where a page is too much for the system, half of it is asked for, and later slowly more again. Not `whole`: of
        records only what the mapping reads is needed.
        """
        call, answer = self._ask(client, values, place, size, whole)
        if answer.nothing:
            return answer, []
        records = shaped(self._records.get(answer.data), self._shape)
        if not isinstance(records, list):
            came = "nothing" if records is None else type(records).__name__
            raise AnswerError(
                f"{self.where}: {call.said} answered {answer.status} without a {_SHAPES[self._shape]} at "
                f"{self._records.text!r}: {came} stands there, in an answer with {_shape(answer.data)}"
            )
        return answer, records

    def _ask(self, client: Client, values: Values, place: Place, size: int | None, whole: bool) -> tuple[Call, Answer]:
        while True:
            wanted = size or place.size or self._size
            call = self.call(values, place, wanted)
            if self._decode is not None and not whole:
                call = replace(call, decode=self._decode)
            try:
                answer = replace(client.ask(call), size=wanted)
            except SourceError as error:
                if missing(error) and (place.offset, place.page) > (self.pages.start.offset, self.pages.start.page):
                    raise type(error)(
                        f"{error}; it is behind other pages: if the list ended before it, let `paging.stop` end "
                        "it there (total, short or more)"
                    ) from error
                if not (too_much(error) and self._halves and size is None and wanted and wanted > _LEAST):
                    raise
                self._size, self._good = max(wanted // 2, _LEAST), 0
                continue
            self._good += 1
            if self._good >= _PATIENT and self._size and self.pages.size:
                self._size, self._good = min(self._size * 2, self.pages.size), 0
            return call, answer

    def call(self, values: Values, place: Place, size: int | None = None) -> Call:
        """The request for a place."""
        if place.url is not None:
            return Call("GET", place.url, headers=self._call(values).headers)
        size = size or place.size or self._size
        said = {
            **values,
            "size": size,
            "offset": place.offset,
            "last": place.offset + (size or 1) - 1,
            "page": place.page,
            "token": place.token,
            "since": self._form(place.since),
            "until": self._until(place.until),
            "after": place.after,
        }
        if self._keyset:
            said["range"] = self._keyset[place.after is not None].string(said)
        call = self._call(said)
        if not place.counted and self._uncounted:
            call = replace(call, query=[*call.query, *self._uncounted])
        return call


_SHAPES: Final = {"list": "list", "map": "map", "one": "record", "ids": "list"}


def shaped(found: Any, shape: Shape) -> Any:
    """What stands in an answer as a list of records; as it is where it has not that shape."""
    if shape == "map" and isinstance(found, dict):
        return [{**value, "key": key} if isinstance(value, dict) else value for key, value in found.items()]
    if shape == "one" and isinstance(found, dict):
        return [found]
    if shape == "ids" and isinstance(found, list):
        return [{"id": one} if isinstance(one, str | int) else one for one in found]
    return found if shape in ("list", "ids") or isinstance(found, list) else None


def compile_request(request: Request) -> Callable[[Values], Call]:
    """A request whose placeholders are filled when it is made."""
    path = Template(request.path)
    query = {name: _tree(value) for name, value in request.query.items()}
    headers = {name: _tree(value) for name, value in request.headers.items()}
    form = {name: _tree(value) for name, value in request.form.items()} if request.form is not None else None
    body = _tree(request.json_body) if request.json_body is not None else None

    def call(values: Values) -> Call:
        return Call(
            request.method,
            path.string(values, lambda text: quote(text, safe="")),
            [(name, text) for name, fill in query.items() for text in _repeated(fill(values))],
            _filled(headers, values),
            body(values) if body else None,
            _filled(form, values) if form is not None else None,
            request.per_second,
            request.path,
        )

    return call


def placeholders(request: Request) -> frozenset[str]:
    """The names that a request fills in."""
    return _names([request.path, request.query, request.headers, request.form, request.json_body])


def _names(tree: Any) -> frozenset[str]:
    if isinstance(tree, str):
        return Template(tree).names
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return frozenset(name for part in parts for name in _names(part))


def _tree(value: Any) -> Fill:
    """JSON with templates in it; what is empty when filled is left out."""
    if isinstance(value, str):
        template = Template(value)
        return template.render if template.names else lambda values: value
    if isinstance(value, dict):
        parts = {name: _tree(part) for name, part in value.items()}
        return lambda values: {
            name: filled for name, fill in parts.items() if (filled := fill(values)) is not None and filled != ""
        }
    if isinstance(value, list):
        items = [(_tree(part), part == "") for part in value]
        return lambda values: [
            filled for fill, said in items if (filled := fill(values)) is not None and (filled != "" or said)
        ]
    return lambda values: value


def _filled(parts: Mapping[str, Fill], values: Values) -> dict[str, str]:
    filled = {name: fill(values) for name, fill in parts.items()}
    return {name: _sent(value) for name, value in filled.items() if value is not None and value != ""}


def _repeated(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [_sent(item) for item in value] if isinstance(value, list | tuple) else [_sent(value)]


def _sent(value: Any) -> str:
    """A value as a parameter or a field of a form."""
    return orjson.dumps(value).decode() if isinstance(value, dict) else as_text(value)


def _shape(data: Any) -> str:
    if isinstance(data, dict):
        return f"the keys {', '.join(list(map(str, data))[:8]) or '(none)'}"
    return f"a {type(data).__name__}"
