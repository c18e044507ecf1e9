"""A conversation replayed through a manifest, without a network: what becomes of it, and what does not fit."""

from __future__ import annotations

import difflib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import orjson
from pydantic import SecretStr

from connectors import auth
from connectors.manifest import Manifest
from connectors.rest import SourceConnector, connect
from connectors.template import as_text
from connectors.workbench.conversation import Conversation, Exchange
from connectors.workbench.normalised import page_of, plain
from core.connector import AbsentError, Credentials, ForbiddenError, SourceConfig, SourceError
from core.errors import UserError
from core.model import Page


class NotRecordedError(UserError):
    """A request that the conversation does not hold; the message shows the nearest one."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a conversation."""

    streams: Mapping[str, Any]  # stream -> what it holds, as plain data
    unasked: Sequence[str] = ()  # answers that nobody asked for
    missing: str = ""  # a request that was not recorded, and the nearest that was; reading ended there

    @property
    def whole(self) -> bool:
        """Whether what was asked and what is recorded are the same."""
        return not self.unasked and not self.missing


class _Quiet:
    def request(self, code: str, seconds: float) -> None:
        """Nobody counts."""

    def retry(self) -> None:
        """Nobody counts."""


def replay(manifest: Manifest, said: Conversation) -> Replayed:
    """Read every stream of the conversation. Raises `ManifestError` where its options do not fit the manifest."""
    answers = Answers(said.conversation)
    connector = connector_of(manifest, said, answers)
    streams: dict[str, Any] = {}
    try:
        for stream in connector.streams:
            if not said.streams or stream in said.streams:
                streams[stream] = _stream(connector, stream, said)
    except NotRecordedError as error:
        return Replayed(streams, answers.unasked(), str(error))
    finally:
        connector.close()
    return Replayed(streams, answers.unasked())


def connector_of(manifest: Manifest, said: Conversation, answers: Answers) -> SourceConnector:
    """A connector that asks the conversation in place of a system."""
    # One request at a time, so that alike requests are answered in the order of the file.
    manifest = manifest.model_copy(update={"limits": manifest.limits.model_copy(update={"parallel": 1})})
    config = SourceConfig(
        supplier="recorded",
        source=said.connector or "source",
        base_url=said.base_url,
        since=said.since,
        credentials=_login(manifest, said.auth),
        options=said.options,
        automation=said.automation,
    )
    return connect(manifest, config, _Quiet(), transport=httpx.MockTransport(answers), sleep=lambda seconds: None)


def _login(manifest: Manifest, kind: str) -> Credentials:
    """Invented values for a login that the conversation holds; without one the source is as if logged in."""
    if not kind:
        return Credentials("none")
    return Credentials(kind, {name: SecretStr(f"invented-{name}") for name in auth.needed(manifest.auth, kind)})


def _stream(connector: SourceConnector, stream: str, said: Conversation) -> dict[str, Any]:
    pages: list[Page] = []
    ended = ""
    try:
        if said.limit is None:
            pages += connector.pages(stream, None, said.now)
        elif (sample := connector.sample(stream, said.limit, said.now)) is not None:
            pages.append(page_of(sample))
    except AbsentError as error:
        ended = f"absent: {error}"
    except ForbiddenError as error:
        ended = f"left out: {error}"
    except SourceError as error:
        ended = f"failed: {error}"
    return {**plain(pages), **({"ended": ended} if ended else {})}


@dataclass
class Answers:
    """The answers of a conversation; each is given once, to the first request that fits."""

    said: Sequence[Exchange]
    _used: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request. Raises `NotRecordedError`."""
        with self._lock:
            for place, one in enumerate(self.said):
                if place not in self._used and not differences(request, one):
                    if not one.repeat:
                        self._used.add(place)
                    return _response(one)
            raise NotRecordedError(self._nearest(request))

    def unasked(self) -> list[str]:
        """What was never asked for, where it had to be."""
        return [f"{number}: {line(one)}" for number, one in enumerate(self.said, 1) if self._left(number - 1, one)]

    def _left(self, place: int, one: Exchange) -> bool:
        return place not in self._used and not one.repeat

    def _nearest(self, request: httpx.Request) -> str:
        asked = _asked(request)
        if not self.said:
            return f"{asked} is not recorded: the conversation is empty"

        def distance(place: int) -> tuple[int, float, bool]:
            one = self.said[place]
            alike = difflib.SequenceMatcher(None, _path(one), request.url.path).ratio()
            return len(differences(request, one)), -alike, place in self._used

        near = min(range(len(self.said)), key=lambda place: (self._far(request, place), *distance(place)))
        one = self.said[near]
        why = differences(request, one)
        reason = "; ".join(why) or "it was answered already; add another answer, or `repeat: true`"
        return f"{asked} is not recorded\n    nearest is {near + 1}: {line(one)}\n    but {reason}"

    def _far(self, request: httpx.Request, place: int) -> int:
        method, path = _method(self.said[place]), _path(self.said[place])
        return (path != request.url.path) * 2 + (method != request.method)


def differences(request: httpx.Request, one: Exchange) -> list[str]:
    """Why a request is not the one that was recorded; empty where it is."""
    found = []
    if request.method != _method(one):
        found.append(f"the method is {request.method}, not {_method(one)}")
    if request.url.path != _path(one):
        found.append(f"the path is {request.url.path}, not {_path(one)}")
    came = request.url.params
    for name, words in _query(one).items():
        if came.get_list(name) != words:
            found.append(f"query parameter {name} is {_words(came.get_list(name))}, not {_words(words)}")
    if one.body is not None:
        found += _within("body", _parsed(request.content), one.body)
    if one.form:
        form = dict(parse_qsl(request.content.decode("utf-8", "replace"), keep_blank_values=True))
        for name, value in one.form.items():
            if isinstance(value, dict):
                found += _within(f"form field {name}", _parsed(form.get(name, "")), value)
            elif form.get(name) != as_text(value):
                found.append(f"form field {name} is {form.get(name, 'missing')!r}, not {as_text(value)!r}")
    return found


def line(one: Exchange) -> str:
    """An exchange's request in one line."""
    query = "&".join(f"{name}={word}" for name, words in _query(one).items() for word in words)
    return f"{_method(one)} {_path(one)}{'?' if query else ''}{query}"


def _asked(request: httpx.Request) -> str:
    query = unquote(request.url.query.decode("ascii").replace("+", " "))
    body = request.content.decode("utf-8", "replace")
    return f"{request.method} {request.url.path}{'?' if query else ''}{query}{' with ' if body else ''}{body}"


def _method(one: Exchange) -> str:
    return one.asked.partition(" ")[0]


def _path(one: Exchange) -> str:
    return unquote(one.asked.partition(" ")[2].partition("?")[0])


def _query(one: Exchange) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, word in parse_qsl(one.asked.partition("?")[2], keep_blank_values=True):
        found.setdefault(name, []).append(word)
    return found | {name: [as_text(word) for word in words] for name, words in one.query.items()}


def _words(words: Sequence[str]) -> str:
    return " and ".join(repr(word) for word in words) or "missing"


def _parsed(content: str | bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _within(place: str, came: Any, said: Any) -> Iterator[str]:
    """Where what came does not hold what is said; other keys of objects do not count."""
    if isinstance(said, dict) and isinstance(came, dict):
        for name, part in said.items():
            yield from _within(f"{place}.{name}", came.get(name), part)
    elif came != said:
        yield f"{place} is {json.dumps(came, ensure_ascii=False)}, not {json.dumps(said, ensure_ascii=False)}"


def _response(one: Exchange) -> httpx.Response:
    if one.text is not None:
        return httpx.Response(one.status, text=one.text, headers=one.headers)
    if "answer" in one.model_fields_set:
        return httpx.Response(one.status, json=one.answer, headers=one.headers)
    return httpx.Response(one.status, headers=one.headers)


def compared(expected: Any, came: Any, dumped: Callable[[Any], str]) -> list[str]:
    """The lines in which what came differs from what is expected; empty where it does not."""
    if expected == came:
        return []
    return [
        text.rstrip("\n")
        for text in difflib.unified_diff(
            dumped(expected).splitlines(), dumped(came).splitlines(), "expected", "came", lineterm="", n=2
        )
    ]
