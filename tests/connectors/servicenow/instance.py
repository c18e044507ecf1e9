"""A simulated ServiceNow instance as a real server with a clock of the test's, and passes over it into a real store."""

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
from connectors.simulators import servicenow
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.servicenow import Records
from connectors.simulators.servicenow_gate import Instance
from connectors.simulators.servicenow_world import WorldTables
from connectors.simulators.story import tell
from connectors.simulators.story_cast import SUPPLIERS
from connectors.simulators.world import Step, Ticket, World
from core.connector import Credentials, SourceConfig
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, reprioritised, retold, with_steps

DAY: Instant = 86_400 * SECOND
BEGIN: Instant = 1_772_000_000 * SECOND  # in February 2026
LOGIN = Credentials("basic", {"username": "siamhub", "password": SecretStr("password")})
AUTOMATION = next(supplier.automation_patterns for supplier in SUPPLIERS if supplier.key == "acme")


def story(days: int = 60, seed: int = 5) -> World:
    """Some weeks in the life of three suppliers; "acme" is the one that has ServiceNow.

    Whatever the seed, one of its outages was none but a degradation, and one hit a service as a whole.
    """
    world = tell(seed, BEGIN, BEGIN + days * DAY)
    first, second, *_ = [one for one in world.outages if one.supplier == "acme" and one.type == "outage"]
    slow = replace(first, type="degraded")
    whole = replace(second, item=None, component=None, service="webshop")
    others = [one for one in world.outages if one not in (first, second)]
    return replace(world, outages=(slow, whole, *others))


def bulk(world: World, at: Instant, least: int = 0) -> World:
    """The world in which a script changes every ticket of acme that was there at an instant, all in that second.

    Only those of a sequence from `least` on.
    """

    def touched(ticket: Ticket) -> Ticket:
        if ticket.supplier != "acme" or ticket.created_at >= at or ticket.sequence < least:
            return ticket
        return reprioritised(ticket, at, "automation", "svc-monitoring")

    return retold(world, touched)


def on_hold(world: World) -> World:
    """The world in which work on every second change of acme is held up for a while in its middle."""

    def held(ticket: Ticket) -> Ticket:
        states = [step for step in ticket.steps if step.kind == "state"]
        begun = next((place for place, step in enumerate(states) if step.value == "active"), None)
        if ticket.supplier != "acme" or ticket.kind != "change" or ticket.sequence % 2 or begun is None:
            return ticket
        start, who = states[begun].at, states[begun].who
        third = (states[begun + 1].at - start) // 3 // SECOND * SECOND
        if third < 2 * SECOND:
            return ticket
        pause = [Step(start + third, "state", "hold", "person", who)]
        pause.append(Step(start + 2 * third, "state", "active", "person", who))
        return with_steps(ticket, *pause)

    return retold(world, held)


class Asked:
    """The requests that reach a server, before they meet a fault: (table, parameters), and their headers."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            self.site.longest = max(self.site.longest, len(str(request.url)))
            self.site.cookies += [request.headers["cookie"]] if "cookie" in request.headers else []
            table = request.url.path.rpartition("/")[2]
            self.site.asked.append((table, dict(request.query_params)))
            self.site.watch(table)
        await self.app(scope, receive, send)


class Site:
    """One instance, served until the `with` block ends."""

    def __init__(self, records: Records | World, now: Instant, **settings: Any) -> None:
        self.now = now
        self.faults = Faults()
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.longest = 0  # characters of an address
        self.cookies: list[str] = []  # that came with requests
        self.watch: Callable[[str], None] = lambda table: None  # told of the table of every request
        source = WorldTables(records, "acme") if isinstance(records, World) else records
        app = servicenow.app_of(source, lambda: self.now, self.faults, settings=Instance(**settings))
        app.add_middleware(Asked, site=self)
        self._ends = ExitStack()
        self.url = self._ends.enter_context(serve(app)).url

    def count(self) -> Counter[str]:
        """How many requests were made for each table since the last count."""
        found = Counter(table for table, _ in self.asked)
        self.asked.clear()
        return found

    def hub(
        self,
        folder: Path,
        *,
        since: Instant = BEGIN - DAY,
        options: Mapping[str, Any] | None = None,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
        login: Credentials = LOGIN,
    ) -> Hub:
        """A hub that reads this instance into an empty store; `change` makes another manifest of the shipped one."""
        config = SourceConfig("acme", "servicenow", self.url, since, login, dict(options or {}), AUTOMATION)
        return self._ends.enter_context(Hub(self, folder, config, change))

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()


def pages_of(size: int) -> Callable[[Manifest], Manifest]:
    """The manifest with pages of that size, so that a small world has many."""

    def small(said: Any) -> Any:
        return said.model_copy(update={"paging": said.paging.model_copy(update={"size": size})})

    def change(manifest: Manifest) -> Manifest:
        streams = {}
        for name, stream in manifest.streams.items():
            histories = {key: small(history) for key, history in stream.history.items()}
            streams[name] = small(stream).model_copy(update={"history": histories})
        return manifest.model_copy(update={"streams": streams})

    return change
