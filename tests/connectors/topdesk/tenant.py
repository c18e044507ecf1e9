"""A simulated TOPdesk tenant as a real server with a clock of the test's, and passes over it into a real store."""

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
from connectors.simulators import topdesk
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.story import tell
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Ticket, World
from core.connector import Credentials, SourceConfig
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, reprioritised, retold

DAY: Instant = 86_400 * SECOND
BEGIN: Instant = 1_772_000_000 * SECOND  # in February 2026
SUPPLIER = "initech"  # the one of the story that has TOPdesk
LOGIN = Credentials("basic", {"username": topdesk.LOGIN.user, "password": SecretStr(topdesk.LOGIN.secret)})
OWN_STATUS = "Bij leverancier"
FREE_FIELDS: Mapping[str, str] = {
    "outage_start_field": "optionalFields1.date1",
    "outage_end_field": "optionalFields1.date2",
    "outcome_field": "optionalFields1.searchlist1.name",
}
"""What this customer keeps in free fields."""


def story(days: int = 60, seed: int = 5) -> World:
    """Some weeks in the life of three suppliers; the customer of this one has a status of its own for some holds."""
    world = tell(seed, BEGIN, BEGIN + days * DAY)
    return retold(world, lambda t: _at_partner(t) if t.supplier == SUPPLIER and t.sequence % 9 == 0 else t)


def _at_partner(ticket: Ticket) -> Ticket:
    held = [replace(s, vendor_value=OWN_STATUS) if (s.kind, s.value) == ("state", "hold") else s for s in ticket.steps]
    return replace(ticket, steps=tuple(held))


def bulk(world: World, at: Instant) -> World:
    """The world in which somebody changes the priority of every incident that was there, all in one second."""

    def touched(ticket: Ticket) -> Ticket:
        if (ticket.supplier, ticket.kind) != (SUPPLIER, "incident") or ticket.created_at >= at:
            return ticket
        return reprioritised(ticket, at, "person", "admin")

    return retold(world, touched)


class Asked:
    """The requests that reached a server: (last part of the path, parameters)."""

    def __init__(self, app: ASGIApp, into: list[tuple[str, Mapping[str, str]]]) -> None:
        self.app, self.into = app, into

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            self.into.append((request.url.path.rpartition("/")[2], dict(request.query_params)))
        await self.app(scope, receive, send)


class Site:
    """One tenant, served until the `with` block ends."""

    def __init__(self, world: World, now: Instant, **settings: Any) -> None:
        self.now = now
        self.tick: Instant = 0  # by which every request moves the clock on
        self.faults = Faults()
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        app = topdesk.app(world, SUPPLIER, self._clock, self.faults, settings=Tenant(**settings))
        app.add_middleware(Asked, into=self.asked)
        self._ends = ExitStack()
        self.url = self._ends.enter_context(serve(app)).url

    def _clock(self) -> Instant:
        self.now += self.tick
        return self.now

    def count(self) -> Counter[str]:
        """How many requests were made for each list since the last count."""
        found = Counter(name for name, _ in self.asked)
        self.asked.clear()
        return found

    def queries(self, name: str) -> list[Mapping[str, str]]:
        """The parameters with which a list was asked for."""
        return [query for asked, query in self.asked if asked == name]

    def hub(
        self,
        folder: Path,
        *,
        options: Mapping[str, Any] | None = None,
        password: str = topdesk.LOGIN.secret,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> Hub:
        """A hub that reads this tenant into an empty store; `change` makes another manifest of the shipped one."""
        login = replace(LOGIN, values={**LOGIN.values, "password": SecretStr(password)})
        config = SourceConfig(SUPPLIER, "topdesk", self.url, BEGIN - DAY, login, dict(options or {}))
        return self._ends.enter_context(Hub(self, folder, config, change))

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
