"""The one connector class: a manifest, compiled for one source, reads it page by page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import httpx
import orjson

from connectors import auth, probing
from connectors.answers import judge
from connectors.client import Client
from connectors.cursor import Mark
from connectors.exchange import Heard
from connectors.faults import missing
from connectors.heeded import TO_COME
from connectors.manifest import Manifest
from connectors.observing import Observing
from connectors.options import filled
from connectors.passes import Pass, made
from connectors.plan import Plan
from connectors.plans import Plans
from connectors.sample import Sample
from connectors.session import LoggedIn
from connectors.template import Template
from connectors.versions import Versions
from connectors.whole import WholeReader
from core.connector import (
    AbsentError,
    Access,
    AnswerError,
    Asked,
    ForbiddenError,
    Observer,
    SourceConfig,
    SourceError,
    Support,
)
from core.model import SECOND, Instant, Page

_ENGINE: Final = 1  # rises when the same manifest reads records differently: streams then start again


class SourceConnector:
    """Reads one source as its manifest says; see `core.connector.Connector`."""

    def __init__(self, manifest: Manifest, config: SourceConfig, client: Client) -> None:
        self._manifest, self._config, self._client = manifest, config, client
        options = filled(manifest, config.options)
        fixed = {
            "base_url": _base(manifest, config.base_url),
            **{f"options.{name}": value for name, value in options.items()},
        }
        self._plans = Plans(manifest, config, options, fixed, client)
        self._reader = WholeReader(self._plans, client, manifest.limits.parallel)
        self._observing = Observing()
        self._known: dict[str, Versions] = {}  # by stream: what passes of this connector have brought to the end
        self.mapping_digest: Final = _digest(manifest, options, config.automation)

    @property
    def streams(self) -> Sequence[str]:
        """Those that the operator's options do not switch off."""
        return self._plans.streams

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        """See `core.connector.Connector.pages`."""
        plan = self._plans.of(stream, now)
        if not self._plans.wanted(plan):
            return
        self._observing.begin(stream)
        if checkpoint is None or stream not in self._known:
            self._known[stream] = _none_known(plan)
        if plan.histories:
            plan.histories.begin()
        told = self._client.ahead is not None
        now += round((self._client.ahead or 0) * SECOND)  # the system's moments are by its own clock
        try:
            while True:
                known, since = self._known[stream], self._config.since
                one = Pass(stream, plan, checkpoint, since, now, self._reader, self._observing, known, told)
                for page in one.pages(self._client, self._manifest.limits.parallel):
                    self._observing.answered(stream)
                    checkpoint = page.checkpoint
                    yield page
                if not one.mended:
                    return
                self._known[stream] = _none_known(plan)  # what was read without a history is read again with it
        except (ForbiddenError, AnswerError) as error:
            if absent := _absent(plan, error):
                raise absent from error
            raise

    def probe(self) -> Sequence[Access]:
        """See `core.connector.Connector.probe`."""
        return probing.probe(self._manifest, self._plans, self._reader, self._client, self._config.since)

    def supports(self, access: Sequence[Access]) -> Sequence[Support]:
        """See `core.connector.Supporting.supports`; asks for one more page of each stream, and its histories."""
        since = self._config.since
        look = partial(self.sample, most=probing.LOOK, now=since, again=False)
        return probing.supports(self._manifest, self.streams, access, self._client, look)

    def sample(self, stream: str, most: int, now: Instant, again: bool = True) -> Sample | None:
        """The first `most` records of a stream since the source's `since`; None where it is not read here.

        `again`: histories are asked for that were refused before. Raises a `SourceError`.
        """
        plan = self._plans.of(stream, now)
        if not self._plans.wanted(plan):
            return None
        place = replace(plan.listing.pages.start, since=self._config.since, until=TO_COME)
        records = plan.listing.fetch(self._client, plan.values, place, size=most)[1][:most]
        if plan.histories and again:
            plan.histories.begin()
        known, asks = Versions(0), plan.requesters
        who = partial(asks.of_new, self._client, plan.values, 1, known) if asks else None
        plan, read = self._reader.read(stream, plan, records, known, who, now)
        return Sample(stream, plan.said, plan.language, records, read)

    def counted(self, now: Instant) -> Sequence[str]:
        """See `core.connector.Counted`."""
        with_census = [name for name in self.streams if self._manifest.streams[name].census]
        return [name for name in with_census if self._plans.wanted(self._plans.of(name, now))]

    def listed(self, stream: str, now: Instant) -> Mapping[str, Instant | None]:
        """See `core.connector.Counted.listed`."""
        plan = self._plans.of(stream, now)
        if plan.census is None:
            return {}
        try:
            return plan.census.listed(self._client, plan.values, self._config.since)
        except (ForbiddenError, AnswerError) as error:
            if absent := _absent(plan, error):
                raise absent from error
            raise

    def again(self, stream: str, tickets: Mapping[str, str | None], now: Instant) -> Iterator[Asked]:
        """See `core.connector.Counted.again`."""
        plan = self._plans.of(stream, now)
        census = plan.census
        if census is None:
            return
        if plan.histories:
            plan.histories.begin()
        batches = census.batches(list(tickets))
        for batch in batches:
            came = census.ask(self._client, plan.values, self._config.since, batch)
            plan, read = self._reader.read(stream, plan, list(came.records), Versions(0), None, now)
            page = replace(made(stream, Mark(), read, len(came.records), None, False), checkpoint=None)
            given = census.given(read, batch)
            away = [key for key in batch if key not in given]
            if away and came.mixed:  # one by one it shows which of them are hidden
                batches += [[key] for key in away]
                away = []
            lost = {key: census.lost(came.why, tickets[key]) for key in away}
            yield Asked(replace(page, observe=self._observing.of(plan, read, None)), lost)

    def close(self) -> None:
        """Give up the connections."""
        self._client.close()


def connect(
    manifest: Manifest,
    config: SourceConfig,
    observer: Observer,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tap: Callable[[Heard], None] | None = None,
) -> SourceConnector:
    """A connector for one source. `transport` stands in for the network in tests, `sleep` for waiting.

    `tap` is told of every exchange, without the login.
    """
    base, where = _base(manifest, config.base_url), f"{config.supplier}/{config.source}"
    options = {f"options.{name}": value for name, value in filled(manifest, config.options).items()}
    secrets = auth.unsaid(config.credentials)
    login = auth.make(manifest.auth, config.credentials, base, where, secrets)
    client = Client(
        base,
        where,
        login,
        manifest.limits,
        judge(manifest.signs),
        {name: Template(str(text)).string(options) for name, text in manifest.headers.items()},
        observer,
        transport=transport,
        sleep=sleep,
        hint=manifest.auth.hint,
        tap=tap,
        unsaid=secrets,
        login=auth.given(config.credentials),
        hosts=manifest.hosts,
        ending=login.ending if isinstance(login, LoggedIn) else lambda: None,
    )
    return SourceConnector(manifest, config, client)


def _base(manifest: Manifest, said: str) -> str:
    """The base URL without what people copy along with it."""
    base = said.rstrip("/")
    for ending in manifest.strip:
        if base.casefold().endswith(ending.casefold()):
            return base[: -len(ending)].rstrip("/")
    return base


def _none_known(plan: Plan) -> Versions:
    return Versions(plan.said.cursor.overlap if plan.said.cursor else 0)


def _absent(plan: Plan, error: SourceError) -> AbsentError | None:
    """What the error of a stream is where the stream is one that not everybody has."""
    if plan.said.optional and isinstance(error, ForbiddenError):
        return AbsentError(str(error))
    if plan.said.optional and missing(error):
        return AbsentError(f"{error}; this system does not have it")
    return None


def _digest(manifest: Manifest, options: Mapping[str, Any], automation: Sequence[str]) -> str:
    # A census changes nothing in how records are read.
    read = manifest.model_dump(mode="json", exclude={"streams": {"__all__": {"census"}}})
    said = [_ENGINE, read, dict(options), list(automation)]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
