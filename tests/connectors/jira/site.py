"""A simulated Jira site as a real server with a clock of the test's, and passes over it into a real store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import SecretStr
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.manifest import Manifest
from connectors.registry import Registry
from connectors.rest import connect
from connectors.simulators import jira, jira_site
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.story import tell
from connectors.simulators.story_cast import SUPPLIERS
from connectors.simulators.world import Step, Ticket, World
from core.connector import Connector, Credentials, SourceConfig
from core.model import SECOND, Instant
from core.status import SourceStatus
from core.store.store import Store, open_store
from core.sync import Outcome, sync

DAY: Instant = 86_400 * SECOND
BEGIN: Instant = 1_772_000_000 * SECOND  # in February 2026: the clocks in Amsterdam change after 32 days
LOGIN = Credentials("basic", {"username": jira.LOGIN.user, "password": SecretStr(jira.LOGIN.secret)})
TOKEN = Credentials("bearer", {"token": SecretStr(jira.LOGIN.secret)})
OWN = next(supplier for supplier in SUPPLIERS if supplier.vendor == "jira")


def story(days: int = 60, seed: int = 5) -> World:
    """Some weeks in the life of three suppliers, one of whom has Jira."""
    return tell(seed, BEGIN, BEGIN + days * DAY)


def bulk(world: World, at: Instant) -> World:
    """The world in which a script changes every ticket that was there at an instant, all in that moment."""

    def touched(ticket: Ticket) -> Ticket:
        if ticket.supplier != OWN.key or ticket.created_at >= at:
            return ticket
        held = [step.value for step in ticket.steps if step.kind == "priority" and step.at <= at][-1]
        step = Step(at, "priority", str(int(held) % 5 + 1), "automation", OWN.automation[0])
        return replace(ticket, steps=tuple(sorted([*ticket.steps, step], key=lambda each: each.at)))

    tickets = tuple(touched(ticket) for ticket in world.tickets)
    return replace(world, tickets=tickets, by_key={ticket.key: ticket for ticket in tickets})


def chatty(world: World, count: int) -> World:
    """The world in which somebody writes so many more comments on the first incident."""
    first = world.of(OWN.key, "incident")[0]
    said = [
        Step(first.created_at + n * 60 * SECOND, "comment", "", "person", OWN.people[0], public=n % 2 == 0)
        for n in range(1, count + 1)
    ]
    new = replace(first, steps=tuple(sorted([*first.steps, *said], key=lambda each: each.at)))
    tickets = tuple(new if ticket.key == first.key else ticket for ticket in world.tickets)
    return replace(world, tickets=tickets, by_key={ticket.key: ticket for ticket in tickets})


class _Asked:
    """The requests that reach a server, before they meet a fault."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            self.site.asked.append(request.url.path.partition("/rest/")[2])
            self.site.watch(request)
        await self.app(scope, receive, send)


class Site:
    """One site, served until the `with` block ends."""

    def __init__(self, world: World, now: Instant, **settings: Any) -> None:
        self.now = now
        self.server = bool(settings.get("server"))
        self.faults = Faults()
        self.asked: list[str] = []
        self.watch: Callable[[Request], None] = lambda request: None
        app = jira.app(world, OWN.key, lambda: self.now, self.faults, settings=jira_site.Site(**settings))
        app.add_middleware(_Asked, site=self)
        self._ends = ExitStack()
        self.url = self._ends.enter_context(serve(app)).url

    def count(self) -> Counter[str]:
        """How many requests were made for each path since the last count."""
        found = Counter(self.asked)
        self.asked.clear()
        return found

    def hub(self, folder: Path, **more: Any) -> Hub:
        """A hub that reads this site into an empty store."""
        return self._ends.enter_context(Hub(self, folder, **more))

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()


class Hub:
    """A store and the connector that fills it."""

    def __init__(
        self,
        site: Site,
        folder: Path,
        options: Mapping[str, Any] | None = None,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> None:
        """`change` makes another manifest of the shipped one."""
        folder.mkdir(parents=True, exist_ok=True)
        self.site, self._change = site, change
        self.database = folder / "siamhub.db"
        self.status = SourceStatus(OWN.key, "jira", 300.0)
        login = TOKEN if site.server else LOGIN
        self.config = SourceConfig(
            OWN.key,
            "jira",
            site.url,
            BEGIN - DAY,
            login,
            {"states": {"Parked": "hold"}, **(options or {})},
            OWN.automation_patterns,
        )
        self.store: Store = open_store(f"sqlite:///{self.database}")
        self.source = self.store.source_id(OWN.key, "jira")
        self.connector = self.connect()

    def connect(self) -> Connector:
        """A connector that does not wait between tries."""
        manifest = self._change(Registry(None).manifest("jira"))
        return connect(manifest, self.config, self.status, sleep=lambda seconds: None)

    def restart(self) -> None:
        """As after a restart of the process: nothing is remembered but what is stored."""
        self.connector.close()
        self.connector = self.connect()

    def sync(self, full: bool = False) -> Outcome:
        """One pass, by the site's clock."""
        return sync(self.source, self.connector, self.store, self.status, lambda: self.site.now, full=full)

    def __enter__(self) -> Hub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connector.close()
        self.store.close()


def pages_of(size: int) -> Callable[[Manifest], Manifest]:
    """The manifest with pages of issues of that size, so that a small world has many."""

    def change(manifest: Manifest) -> Manifest:
        streams = {
            name: stream.model_copy(update={"paging": stream.paging.model_copy(update={"size": size})})
            for name, stream in manifest.streams.items()
        }
        return manifest.model_copy(update={"streams": streams})

    return change
