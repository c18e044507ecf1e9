"""A simulated Jira site as a real server with a clock of the test's, and passes over it into a real store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import SecretStr
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.manifest import Manifest
from connectors.simulators import jira, jira_site
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.story import tell
from connectors.simulators.story_cast import SUPPLIERS
from connectors.simulators.world import Step, Ticket, World
from core.connector import Credentials, SourceConfig
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, reprioritised, retold, with_steps

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
        return reprioritised(ticket, at, "automation", OWN.automation[0])

    return retold(world, touched)


def chatty(world: World, count: int) -> World:
    """The world in which somebody writes so many more comments on the first incident."""
    first = world.of(OWN.key, "incident")[0]
    said = [
        Step(first.created_at + n * 60 * SECOND, "comment", "", "person", OWN.people[0], public=n % 2 == 0)
        for n in range(1, count + 1)
    ]
    return retold(world, lambda ticket: with_steps(ticket, *said) if ticket.key == first.key else ticket)


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

    def hub(
        self,
        folder: Path,
        options: Mapping[str, Any] | None = None,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> Hub:
        """A hub that reads this site into an empty store; `change` makes another manifest of the shipped one."""
        login = TOKEN if self.server else LOGIN
        options = {"states": {"Parked": "hold"}, **(options or {})}
        config = SourceConfig(OWN.key, "jira", self.url, BEGIN - DAY, login, options, OWN.automation_patterns)
        return self._ends.enter_context(Hub(self, folder, config, change))

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
