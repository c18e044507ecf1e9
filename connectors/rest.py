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

from connectors import auth
from connectors.ahead import Ahead
from connectors.answers import judge
from connectors.client import Answer, Client, Heard, missing
from connectors.cursor import Mark, Slices, begin, parse
from connectors.detail import AskedDetail
from connectors.discovery import Discoveries
from connectors.heeded import TO_COME, clock_told, cursor_tested
from connectors.manifest import Manifest
from connectors.options import filled
from connectors.paging import Guard, Place, Seen, checked
from connectors.plan import Plan, compile_stream, switched_on
from connectors.probed import not_asked, seen, without
from connectors.reading import Read, Who
from connectors.sample import Sample
from connectors.session import LoggedIn
from connectors.template import Template
from connectors.verdict import seen_of, verdict
from connectors.versions import Versions
from core.connector import (
    AbsentError,
    Access,
    AnswerError,
    Asked,
    AuthenticationError,
    ForbiddenError,
    GroundError,
    Observer,
    SourceConfig,
    SourceError,
    Support,
    UnavailableError,
)
from core.model import SECOND, Instant, Observe, Page, Reject
from core.model import told as links_told

_MOMENTS: Final = {"resolved": "resolved_at", "closed": "closed_at", "cancelled": "closed_at"}
"""The fields of a ticket that tell since when it is in a state."""
_LOOK: Final = 20  # records of a stream by which a check judges what a source supports
_UNREAD: Final = "may not be read"
_FEW: Final = 20  # records among which a check looks for a ticket that has a history
_ENGINE: Final = 1  # rises when the same manifest reads records differently: streams then start again


class SourceConnector:
    """Reads one source as its manifest says; see `core.connector.Connector`."""

    def __init__(self, manifest: Manifest, config: SourceConfig, client: Client) -> None:
        self._manifest, self._config, self._client = manifest, config, client
        self._where = f"{config.supplier}/{config.source}"
        self._options = filled(manifest, config.options)
        self._fixed = {
            "base_url": _base(manifest, config.base_url),
            **{f"options.{name}": value for name, value in self._options.items()},
        }
        self._discoveries = Discoveries(manifest.discover, client, self._fixed, self._where, manifest.entities)
        self._plans: dict[str, Plan] = {}
        self._known: dict[str, Versions] = {}  # by stream: what passes of this connector have brought to the end
        self._answering: set[str] = set()  # streams that could be read when they were last asked for
        self._planned = 0  # the version of the discoveries with which plans were made
        self.mapping_digest: Final = _digest(manifest, self._options, config.automation)

    @property
    def streams(self) -> Sequence[str]:
        """Those that the operator's options do not switch off."""
        return [name for name, stream in self._manifest.streams.items() if switched_on(stream.enabled, self._fixed)]

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        """See `core.connector.Connector.pages`."""
        plan = self._plan(stream, now)
        if not self._wanted(plan):
            return
        self._answering.discard(stream)
        try:
            for page in self._pages(stream, plan, checkpoint, now):
                self._answering.add(stream)
                yield page
        except (ForbiddenError, AnswerError) as error:
            if absent := _absent(plan, error):
                raise absent from error
            raise

    def probe(self) -> Sequence[Access]:
        """One record of each stream, and the histories of that record, until the system turns out not to answer."""
        found: list[Access] = []
        names = self.streams
        with self._client.hasty():
            for place, name in enumerate(names):
                try:
                    plan = self._plan(name, self._config.since)
                    if self._wanted(plan):
                        found += self._probe(name, plan)
                except (UnavailableError, AuthenticationError, GroundError) as error:
                    found.append(Access(name, False, str(error)))
                    return found + not_asked(names[place + 1 :], error)
                except SourceError as error:
                    found.append(Access(name, False, f"{error}{without(self._manifest.streams[name])}"))
        asked = self._manifest.discover
        found += [Access(name, False, why + without(asked[name])) for name, why in self._discoveries.refused.items()]
        return [*found, *clock_told(self._client.ahead)]

    def sample(self, stream: str, most: int, now: Instant, again: bool = True) -> Sample | None:
        """The first `most` records of a stream since the source's `since`; None where it is not read here.

        `again`: histories are asked for that were refused before. Raises a `SourceError`.
        """
        plan = self._plan(stream, now)
        if not self._wanted(plan):
            return None
        place = replace(plan.listing.pages.start, since=self._config.since, until=TO_COME)
        records = plan.listing.fetch(self._client, plan.values, place, size=most)[1][:most]
        if plan.histories and again:
            plan.histories.begin()
        known, asks = Versions(0), plan.requesters
        who = partial(asks.of_new, self._client, plan.values, 1, known) if asks else None
        plan, read = self._read(stream, plan, records, known, who, now)
        return Sample(stream, plan.said, plan.language, records, read)

    def supports(self, access: Sequence[Access]) -> Sequence[Support]:
        """See `core.connector.Supporting.supports`; asks for one more page of each stream, and its histories."""
        streams = self._manifest.streams
        refused = {one.stream: _UNREAD for one in access if not one.readable}
        readable = [name for name in self.streams if name not in refused]
        if not any(one.readable for one in access):
            return ()
        samples = []
        with self._client.hasty():
            for name in readable:
                try:
                    sample = self.sample(name, _LOOK, self._config.since, again=False)
                except SourceError as error:
                    refused[name] = str(error)
                    continue
                if sample is not None:
                    samples.append(sample)
        here = {*refused, *(one.stream for one in samples)}
        return verdict(self._manifest, seen_of(samples, refused, [name for name in streams if name not in here]))

    def counted(self, now: Instant) -> Sequence[str]:
        """See `core.connector.Counted`."""
        with_census = [name for name in self.streams if self._manifest.streams[name].census]
        return [name for name in with_census if self._wanted(self._plan(name, now))]

    def listed(self, stream: str, now: Instant) -> Mapping[str, Instant | None]:
        """See `core.connector.Counted.listed`."""
        plan = self._plan(stream, now)
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
        plan = self._plan(stream, now)
        census = plan.census
        if census is None:
            return
        if plan.histories:
            plan.histories.begin()
        batches = census.batches(list(tickets))
        for batch in batches:
            came = census.ask(self._client, plan.values, self._config.since, batch)
            plan, read = self._read(stream, plan, list(came.records), Versions(0), None, now)
            page = replace(_page(stream, Mark(), read, len(came.records), None, False), checkpoint=None)
            given = census.given(read)
            away = [key for key in batch if key not in given]
            if away and came.mixed:  # one by one it shows which of them are hidden
                batches += [[key] for key in away]
                away = []
            lost = {key: census.lost(came.why, tickets[key]) for key in away}
            yield Asked(replace(page, observe=self._observe(plan, read, None)), lost)

    def close(self) -> None:
        """Give up the connections."""
        self._client.close()

    def _pages(self, name: str, plan: Plan, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        cursor, listing = plan.said.cursor, plan.listing
        if checkpoint is None or name not in self._known:
            self._known[name] = Versions(cursor.overlap if cursor else 0)
        known = self._known[name]
        if plan.histories:
            plan.histories.begin()
        now += round((self._client.ahead or 0) * SECOND)  # the system's moments are by its own clock
        slices = Slices(cursor, now)
        mark = slices.first(begin(parse(checkpoint), cursor, self._config.since, now))
        place: Place | None = _place(listing.pages.start, mark)
        guard = Guard(listing.where)
        depth, came, promised = cursor.depth if cursor else None, 0, None
        # What a list of relations no longer tells is gone, which only the whole list can say.
        told: set[tuple[str, str, str, str]] | None = set() if plan.said.references and cursor is None else None
        first = True
        fetch = partial(listing.fetch, self._client, plan.values, whole=False)
        asks, parallel = plan.requesters, self._manifest.limits.parallel
        who = partial(asks.of_new, self._client, plan.values, parallel, known) if asks else None
        coming: Ahead[tuple[Answer, list[Any]]] | None = None
        while place is not None:
            guard.place(place)
            answer, records = coming.result() if coming else fetch(place)
            plan, read = self._read(name, plan, records, known, who, now)
            at, key = read.last()
            guard.page(place, read.ids)
            place = checked(listing.where, listing.pages.step, place, Seen(answer, read.ids, at, key))
            came += len(records)
            promised = listing.pages.whole(answer) if promised is None else promised
            if depth is not None and (
                (listing.pages.total(answer) or 0) > depth or (place is not None and came >= depth)
            ):
                shorter = slices.halved(mark)
                if shorter is None or cursor is None:
                    raise AnswerError(
                        f"{listing.where}: more than {depth} records changed in one moment, and the system gives no "
                        "more of one query; narrow the query by an option, or read them as several sources"
                    )
                mark, came, promised = shorter, 0, None
                place = _place(listing.pages.start, mark)
                coming = None
                continue
            if place is None and promised is not None and came < promised:
                raise AnswerError(
                    f"{listing.where}: the list ended after {came} records of {promised} that it promised; what "
                    "is hidden, cut off or moved meanwhile is read by the next pass"
                )
            # A page of which no record could be placed leaves the mark where it is.
            ordered = cursor is None or cursor.sorted
            later = mark.seen(
                read.high, at if at is not None else mark.at, key if at is not None else mark.after, now, ordered
            )
            if told is not None:
                told.update(links_told(read.links))
            # Slices of a pass begin later than the pass itself, and what they hold may have changed before.
            observed = self._observe(plan, read, None if slices.several else later.since)
            following = slices.next(later) if place is None else None
            if following is not None:
                mark, came, promised = following, 0, None
                place = _place(listing.pages.start, mark)
            else:
                mark = later.finished() if place is None else later
            total = listing.pages.total(answer) if first else None
            # While this page is saved the next one comes; still it is one request at a time.
            coming = Ahead(partial(fetch, place)) if place is not None else None
            page = _page(name, mark, read, len(records), total, bool(cursor and cursor.sorted))
            whole = frozenset(told) if told is not None and place is None else None
            yield replace(page, observe=observed, whole=whole)
            first = False
            # Now it is saved.
            if not (plan.histories or plan.detail or asks):
                continue
            listed = read.listed if read.versions else read.kept
            high = mark.high if mark.high is not None else mark.watermark
            known.keep(read.versions or read.tickets, listed, high, now)

    def _read(
        self, name: str, plan: Plan, records: list[Any], known: Versions, who: Who | None, now: Instant
    ) -> tuple[Plan, Read]:
        """A page with the details and the histories of its tickets, and the plan with which it was read.

        Where it bears what the system did not have before, that is asked for and the page read once more.
        """
        read = self._once(plan, records, known, who)
        if self._discoveries.lacking:
            plan = self._plan(name, now)
            read = self._once(plan, records, known, who)
        return plan, read

    def _once(self, plan: Plan, records: list[Any], known: Versions, who: Who | None) -> Read:
        if plan.detail is None:
            read = plan.reader.read(records, who)
        else:
            read = self._detailed(plan, plan.detail, records, known)
        if plan.histories and read.tickets:
            if not read.versions:  # else only those that are not known were asked for
                read.only(known.new(read.tickets, read.kept))  # tickets known in this version leave the page
            plan.histories.read(self._client, plan.values, read)
        return read

    def _detailed(self, plan: Plan, detail: AskedDetail, records: list[Any], known: Versions) -> Read:
        """A page whose new or changed records are asked for one by one, or in batches."""
        ids, changed = plan.reader.places(records)
        versions = {"vendor_id": ids, "changed_at": [at or 0 for at in changed], "revision": [0] * len(ids)}
        new = known.new(versions, records)
        rejects: list[Reject] = []
        listed, own = [records[place] for place in new], [ids[place] for place in new]
        whole = detail.read(self._client, plan.values, listed, own, self._manifest.limits.parallel, rejects)
        read = plan.reader.read(whole)
        read.rejects += rejects
        told = dict(zip(read.ids, read.changed, strict=True))
        read.changed = [told.get(key) if at is None else at for key, at in zip(ids, changed, strict=True)]
        read.ids = ids
        if any(at is not None for at in changed):  # the list itself tells which versions it holds
            read.versions = {name: [column[place] for place in new] for name, column in versions.items()}
            read.listed = listed
        return read

    def _observe(self, plan: Plan, read: Read, since: Instant | None) -> Observe | None:
        """What to observe of a page's tickets; nothing where a history that may be read tells it."""
        said = plan.said.observe
        if said is None or not read.tickets:
            return None
        if said.unless is not None and self._told(plan, said.unless):
            return None
        own = {state: read.tickets[name] for state, name in _MOMENTS.items()}
        return Observe(said.fields, since, {**own, **read.moments})

    def _told(self, plan: Plan, name: str) -> bool:
        """Whether a history, of the stream itself or a stream that was read before, may be read.

        In doubt not: what is observed then gives way to what is read later.
        """
        if name in plan.said.history:
            return plan.histories is not None and plan.histories.readable(name)
        return name in self._answering

    def _probe(self, name: str, plan: Plan) -> Sequence[Access]:
        place = replace(plan.listing.pages.start, since=self._config.since, until=TO_COME)
        answer, records = plan.listing.fetch(self._client, plan.values, place, size=1)
        read = self._few(plan, records[:1] if plan.detail else records)
        wide = read
        if plan.histories and plan.histories.lacks(read):
            wide = self._few(plan, plan.listing.fetch(self._client, plan.values, place, size=_FEW)[1][:_FEW])
        told = plan.histories.probe(name, self._client, plan.values, wide) if plan.histories else ()
        tested = cursor_tested(name, plan.said, plan.listing, plan.reader, self._client, plan.values, read)
        told_of = seen(plan, records, read, plan.listing.pages.total(answer))
        counted = plan.census.probe(name, self._client, plan.values, self._config.since) if plan.census else ()
        return [Access(name, True, told_of), *tested, *told, *counted]

    def _few(self, plan: Plan, records: list[Any]) -> Read:
        return self._detailed(plan, plan.detail, records, Versions(0)) if plan.detail else plan.reader.read(records)

    def _plan(self, name: str, now: Instant) -> Plan:
        self._discoveries.ask(now)
        if self._planned != self._discoveries.version:
            self._plans.clear()
            self._planned = self._discoveries.version
        if name not in self._plans:
            try:
                self._plans[name] = compile_stream(
                    name,
                    self._manifest,
                    self._options,
                    self._fixed,
                    self._discoveries,
                    self._config.automation,
                    self._where,
                )
            except ValueError as error:  # a value that the operator or the system gave is not what it should be
                raise AnswerError(f"{self._where}: {name}: {error}") from error
        return self._plans[name]

    def _wanted(self, plan: Plan) -> bool:
        """Whether a stream is read here: switched on, and the history that it goes on with is the one in use."""
        stream = plan.said
        if not switched_on(stream.enabled, plan.values):
            return False
        if stream.follows is None:
            return True
        name, _, history = stream.follows.partition(".")
        followed = self._plans.get(name)
        return followed is not None and followed.histories is not None and followed.histories.in_use(history)


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
    login = auth.make(manifest.auth, config.credentials, base, where)
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


def _absent(plan: Plan, error: SourceError) -> AbsentError | None:
    """What the error of a stream is where the stream is one that not everybody has."""
    if plan.said.optional and isinstance(error, ForbiddenError):
        return AbsentError(str(error))
    if plan.said.optional and missing(error):
        return AbsentError(f"{error}; this system does not have it")
    return None


def _place(start: Place, mark: Mark) -> Place:
    if mark.at is not None:
        return replace(start, since=mark.at, until=mark.until, after=mark.after)
    return replace(start, since=mark.since, until=mark.until)


def _page(name: str, mark: Mark, read: Read, count: int, total: int | None, ordered: bool) -> Page:
    """A page with the checkpoint that follows it. Out of order, only a whole pass has read up to anything."""
    reached = mark.high if ordered and mark.since is not None else mark.watermark
    return Page(
        stream=name,
        checkpoint=mark.dump(),
        watermark=reached,
        tickets=read.tickets,
        events=read.events,
        outages=read.outages,
        responses=read.responses,
        links=read.links,
        tombstones=read.tombstones,
        replaced=read.replaced,
        rejects=read.rejects,
        unmapped=read.notes.unmapped,
        read=count,
        total=total,
    )


def _digest(manifest: Manifest, options: Mapping[str, Any], automation: Sequence[str]) -> str:
    # A census changes nothing in how records are read.
    read = manifest.model_dump(mode="json", exclude={"streams": {"__all__": {"census"}}})
    said = [_ENGINE, read, dict(options), list(automation)]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
