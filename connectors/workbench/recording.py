"""A few records of a source recorded as a conversation that a person may read, keep and give away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import httpx
import orjson
from pydantic import SecretStr

from connectors.exchange import Heard
from connectors.manifest import Manifest
from connectors.mapping import Language
from connectors.options import filled
from connectors.paths import compile_path
from connectors.rest import connect
from connectors.sample import Sample
from connectors.times import written
from connectors.workbench.masking import mask
from connectors.workbench.reads import Part, constants, parts, passing, signs
from connectors.workbench.scrubbing import HOST, Scrubber, headers_of
from core.connector import Observer, SourceConfig, SourceError
from core.errors import UserError
from core.model import Instant

_RETRY: Final = "retry-after"


class RecordingError(UserError):
    """A recording that must not be kept."""


def record(
    manifest: Manifest,
    config: SourceConfig,
    observer: Observer,
    most: int,
    now: Instant,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[dict[str, Any], Scrubber]:
    """The conversation about `most` records of each stream, as plain data, and who scrubbed it.

    `transport` stands in for the network in tests, `sleep` for waiting. A stream that cannot be read is
    recorded as it answers.
    """
    heard: list[Heard] = []
    # One request at a time, in the order in which a replay asks.
    calm = manifest.model_copy(update={"limits": manifest.limits.model_copy(update={"parallel": 1})})
    connector = connect(calm, config, observer, transport=transport, sleep=sleep, tap=heard.append)
    options = filled(manifest, config.options)
    values = {"base_url": config.base_url, **{f"options.{name}": value for name, value in options.items()}}
    for asked in manifest.discover.values():  # of streams that could not be read no answer is known
        values |= {f"found.{name}": None for name in (*asked.take, *asked.pick)}
    other = Language(
        manifest.times, manifest.flat, manifest.inner, manifest.entities, manifest.maps, options, {}, values
    )
    samples: dict[str, Sample] = {}
    try:
        for stream in connector.streams:
            try:
                sample = connector.sample(stream, most, now)
            except SourceError:
                continue  # the refusal is among what was heard, and what a replay will show
            if sample is not None:
                samples[stream] = sample
    finally:
        connector.close()
    scrubber = _scrubber(manifest, config)
    known = parts(manifest, samples, other, config.automation)
    for _ in range(2):  # accounts are known before texts in which they may stand are scrubbed
        talk = [_exchange(manifest, known, one, scrubber, most) for one in heard]
    said = {
        "title": f"{manifest.title}, recorded",
        "connector": config.source,
        "base_url": f"https://{HOST}{httpx.URL(config.base_url).path.rstrip('/')}",
        "since": written(config.since),
        "now": written(now),
        "options": _scrubbed(dict(config.options), scrubber),
        "automation": [scrubber.text(pattern) for pattern in config.automation],
        "limit": most,
        "conversation": talk,
    }
    return {name: value for name, value in said.items() if value not in ({}, [])}, scrubber


def checked(text: str, scrubber: Scrubber) -> str:
    """The text of a recording. Raises `RecordingError` where something that must not be in it still is."""
    left = scrubber.left(text)
    if left:
        raise RecordingError(f"nothing is written: the recording would still hold {left}; please report this")
    return text


def _scrubber(manifest: Manifest, config: SourceConfig) -> Scrubber:
    secrets = [
        value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in config.credentials.values.items()
        if isinstance(value, SecretStr) or name in ("username", "client_id")
    ]
    automation = [*config.automation, *_machines(manifest)]
    return Scrubber(httpx.URL(config.base_url).netloc.decode("ascii"), secrets, automation, [*_patterns(manifest)])


def _machines(manifest: Manifest) -> Iterator[str]:
    for stream in manifest.streams.values():
        for said in (stream.events, *stream.history.values()):
            if said is not None:
                yield from said.actor.automation


def _patterns(manifest: Manifest) -> Iterator[re.Pattern[str]]:
    for stream in manifest.streams.values():
        links = stream.ticket.links if stream.ticket else stream.references.rules if stream.references else ()
        yield from (re.compile(link.match) for link in links if link.match)


def _exchange(manifest: Manifest, known: Sequence[Part], heard: Heard, scrubber: Scrubber, most: int) -> dict[str, Any]:
    mine = [part for part in known if part.fits(heard.method, heard.url.path)]
    leave = frozenset(name for part in mine for name in passing(part.request))
    said_so = {(name, value) for part in mine for name, value in constants(part.request)}
    said: dict[str, Any] = {"asked": f"{heard.method} {scrubber.text(unquote(heard.url.path))}"}
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(heard.url.query.decode("ascii"), keep_blank_values=True):
        if name not in leave:
            word = value if (name, value) in said_so else _whole(value, scrubber)
            query.setdefault(name, []).append(word)
    if query:
        said["query"] = {name: one[0] if len(one) == 1 else one for name, one in query.items()}
    said |= _body(heard.content, leave, scrubber)
    response = heard.response
    if response.status_code != httpx.codes.OK:
        said["status"] = response.status_code
    wanted = {name for part in mine for name in part.headers}
    wanted |= {sign.header.casefold() for sign in manifest.signs if sign.header} | {_RETRY}
    if headers := headers_of(response.headers, wanted, scrubber.text):
        said["headers"] = headers
    return {**said, **_answer(manifest, mine, response, scrubber, most)}


def _answer(
    manifest: Manifest, mine: Sequence[Part], response: httpx.Response, scrubber: Scrubber, most: int
) -> dict[str, Any]:
    if not response.content.strip():
        return {}
    try:
        data = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {"text": "<html></html>" if response.content.lstrip()[:1] == b"<" else "no JSON"}
    error = signs(manifest.signs)
    read = [*mine, error] if response.is_success else [error]
    if response.is_success and len(mine) == 1 and mine[0].records:
        records = compile_path(mine[0].records).get(data)
        if isinstance(records, list):
            del records[most:]  # a system that gives all at once
    kept = {place for part in read for place in part.kept}
    persons = {place for part in read for place in part.persons}
    spared = persons.union(*(part.raw for part in read))
    mask(data, [part.outcome for part in read if part.outcome], kept, spared, scrubber.short)
    return {"answer": scrubber.answer(data, kept, persons, manifest.inner)}


def _body(content: bytes, leave: frozenset[str], scrubber: Scrubber) -> dict[str, Any]:
    if not content:
        return {}
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError:
        pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)
        return {"form": {name: _field(value, leave, scrubber) for name, value in pairs if name not in leave}}
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name not in leave}
    return {"body": _scrubbed(data, scrubber)}


def _field(text: str, leave: frozenset[str], scrubber: Scrubber) -> Any:
    """A field of a form; one that is an object as JSON stays one that a person can read."""
    if text.startswith("{"):
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError:
            return _whole(text, scrubber)
        return _scrubbed({name: value for name, value in data.items() if name not in leave}, scrubber)
    return _whole(text, scrubber)


def _scrubbed(value: Any, scrubber: Scrubber) -> Any:
    if isinstance(value, Mapping):
        return {name: _scrubbed(part, scrubber) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(part, scrubber) for part in value]
    return _whole(value, scrubber) if isinstance(value, str) else value


def _whole(text: str, scrubber: Scrubber) -> str:
    """A text of a request, which is scrubbed word by word so that it is never taken for a person's long one."""
    return " ".join(scrubber.text(word) for word in text.split(" "))
