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
from connectors.registry import Registry
from connectors.rest import connect
from connectors.simulators import topdesk
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.story import tell
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Step, Ticket, World
from core.connector import Connector, Credentials, SourceConfig
from core.model import SECOND, Instant
from core.status import SourceStatus
from core.store.store import Store, open_store
from core.sync import Outcome, sync

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
    tickets = tuple(_at_partner(t) if t.supplier == SUPPLIER and t.sequence % 9 == 0 else t for t in world.tickets)
    return replace(world, tickets=tickets, by_key={ticket.key: ticket for ticket in tickets})


def _at_partner(ticket: Ticket) -> Ticket:
    held = [replace(s, vendor_value=OWN_STATUS) if (s.kind, s.value) == ("state", "hold") else s for s in ticket.steps]
    return replace(ticket, steps=tuple(held))


def sleepless(seconds: float) -> None:
    """Waiting, which a test does not do."""


def bulk(world: World, at: Instant) -> World:
    """The world in which somebody changes the priority of every incident that was there, all in one second."""

    def touched(ticket: Ticket) -> Ticket:
        if (ticket.supplier, ticket.kind) != (SUPPLIER, "incident") or ticket.created_at >= at:
            return ticket
        held = [step.value for step in ticket.steps if step.kind == "priority" and step.at <= at][-1]
        step = Step(at, "priority", str(int(held) % 5 + 1), "person", "admin")
        return replace(ticket, steps=tuple(sorted([*ticket.steps, step], key=lambda each: each.at)))

    tickets = tuple(touched(ticket) for ticket in world.tickets)
    return replace(world, tickets=tickets, by_key={ticket.key: ticket for ticket in tickets})


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

    def hub(self, folder: Path, **more: Any) -> Hub:
        """A hub that reads this tenant into an empty store."""
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
        *,
        options: Mapping[str, Any] | None = None,
        password: str = topdesk.LOGIN.secret,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> None:
        """`change` makes another manifest of the shipped one, for tests of small pages."""
        folder.mkdir(parents=True, exist_ok=True)
        self.site = site
        self.database = folder / "siamhub.db"
        self.status = SourceStatus(SUPPLIER, "topdesk", 300.0)
        login = replace(LOGIN, values={**LOGIN.values, "password": SecretStr(password)})
        self.config = SourceConfig(SUPPLIER, "topdesk", site.url, BEGIN - DAY, login, dict(options or {}))
        self._change = change
        self.store: Store = open_store(f"sqlite:///{self.database}")
        self.source = self.store.source_id(SUPPLIER, "topdesk")
        self.connector = self.connect()

    def connect(self) -> Connector:
        """A connector as the registry makes it, but for waiting between tries and what the test changes."""
        made = Registry(None).make("topdesk", self.config, self.status)
        made.close()
        return connect(self._change(Registry(None).manifest("topdesk")), self.config, self.status, sleep=sleepless)

    def restart(self) -> None:
        """As after a restart of the process: nothing is remembered but what is stored."""
        self.connector.close()
        self.connector = self.connect()

    def sync(self, full: bool = False, pages: int | None = None) -> Outcome:
        """One pass, by the tenant's clock; it is told to stop after so many `pages`."""
        left = iter(range(pages)) if pages is not None else None
        stopping = (lambda: next(left, None) is None) if left else (lambda: False)
        return sync(self.source, self.connector, self.store, self.status, lambda: self.site.now, stopping, full)

    def __enter__(self) -> Hub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connector.close()
        self.store.close()


def pages_of(size: int) -> Callable[[Manifest], Manifest]:
    """The manifest with pages of that size, so that a small world has many."""

    def change(manifest: Manifest) -> Manifest:
        streams = {
            name: stream.model_copy(update={"paging": stream.paging.model_copy(update={"size": size})})
            for name, stream in manifest.streams.items()
        }
        return manifest.model_copy(update={"streams": streams})

    return change
