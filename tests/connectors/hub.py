"""A store and the connector that fills it from a simulated system, pass after pass, by that system's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol

from connectors.manifest import Manifest
from connectors.registry import Registry
from connectors.rest import connect
from connectors.simulators.world import Step, Ticket, View, World
from core.census import census
from core.connector import Connector, Counted, SourceConfig
from core.facts import NEVER
from core.model import Actor, Instant
from core.status import CensusEnd, SourceStatus
from core.store.store import Store, open_store
from core.sync import Outcome, sync


class Served(Protocol):
    """A simulated system that is served."""

    url: str
    now: Instant  # what its clock shows


class Hub:
    """Reads a system into an empty store with the shipped manifest that the source is named after."""

    def __init__(
        self,
        site: Served,
        folder: Path,
        config: SourceConfig,
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> None:
        """`change` makes another manifest of the shipped one, for tests of small pages or short patience."""
        folder.mkdir(parents=True, exist_ok=True)
        self.site, self.config, self._change = site, config, change
        self.database = folder / "siamhub.db"
        self.status = SourceStatus(config.supplier, config.source, 300.0)
        self.store: Store = open_store(f"sqlite:///{self.database}")
        self.source = self.store.source_id(config.supplier, config.source)
        self.connector = self.connect()

    def connect(self) -> Connector:
        """A connector as the registry makes it, but for waiting between tries and what the test changes."""
        kinds, name = Registry(None), self.config.source
        kinds.make(name, self.config, self.status).close()
        return connect(self._change(kinds.manifest(name)), self.config, self.status, sleep=lambda seconds: None)

    def restart(self) -> None:
        """As after a restart of the process: nothing is remembered but what is stored."""
        self.connector.close()
        self.connector = self.connect()

    def sync(self, full: bool = False, pages: int | None = None) -> Outcome:
        """One pass, by the system's clock; it is told to stop after so many `pages`."""
        left = iter(range(pages)) if pages is not None else None
        stopping = (lambda: next(left, None) is None) if left else (lambda: False)
        return sync(self.source, self.connector, self.store, self.status, lambda: self.site.now, stopping, full)

    def census(self, requests: int | None = None) -> CensusEnd | None:
        """A census, as after a pass; it is told to stop after so many looks. None where it did."""
        left = iter(range(requests)) if requests is not None else None
        stopping = (lambda: next(left, None) is None) if left else (lambda: False)
        before = self.status.census
        assert isinstance(self.connector, Counted)
        digest, since = self.connector.mapping_digest, self.config.since
        census(self.source, self.connector, digest, since, self.store, self.status, lambda: self.site.now, stopping)
        return self.status.census if self.status.census is not before else None

    def counted(self) -> dict[str, Instant]:
        """The tickets that figures are made of: id -> since when they are no longer shown, NEVER where they are."""
        tickets = self.store.facts([(self.config.supplier, self.config.source)]).tickets
        return dict(zip(tickets.vendor_id.tolist(), tickets.vanished_at.tolist(), strict=True))

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


def retold(world: World, change: Callable[[Ticket], Ticket]) -> World:
    """The world with each ticket changed, which may mean left as it is."""
    tickets = tuple(map(change, world.tickets))
    return replace(world, tickets=tickets, by_key={ticket.key: ticket for ticket in tickets})


def with_steps(ticket: Ticket, *steps: Step) -> Ticket:
    """The ticket to which these happen as well."""
    return replace(ticket, steps=tuple(sorted([*ticket.steps, *steps], key=lambda each: each.at)))


def reprioritised(ticket: Ticket, at: Instant, actor: Actor, name: str) -> Ticket:
    """The ticket whose priority somebody changes at an instant, to another one than it then has."""
    held = [step.value for step in ticket.steps if step.kind == "priority" and step.at <= at][-1]
    return with_steps(ticket, Step(at, "priority", str(int(held) % 5 + 1), actor, name))


def resolution(now: Instant, incident: View, opened: Instant) -> tuple[Instant, Instant]:
    """The last lasting resolution of an incident that was opened then, and the time of work until then or now."""
    since, state, active, resolved = opened, "new", 0, NEVER
    for step in [s for s in incident.steps if s.kind == "state"]:
        active += step.at - since if state in ("new", "assigned", "active") else 0
        if step.value in ("resolved", "closed"):
            resolved = step.at if state not in ("resolved", "closed") else resolved
        else:
            resolved = NEVER
        since, state = step.at, step.value
    return resolved, active + (now - since if state in ("new", "assigned", "active") else 0)
