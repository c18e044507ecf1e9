"""A TOPdesk tenant with all that it keeps, one request to it, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams

from connectors.simulators import topdesk_lists as lists
from connectors.simulators.topdesk_changes import Changes
from connectors.simulators.topdesk_feed import Feed
from connectors.simulators.topdesk_incidents import Incidents
from connectors.simulators.topdesk_lists import written
from connectors.simulators.topdesk_tenant import Tenant, uid
from connectors.simulators.world import World
from core.model import Instant


class MissingError(Exception):
    """There is no such card, or the account may not see it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives: a status, JSON or no body at all, headers."""

    content: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Office:
    """A tenant with all that it keeps."""

    world: World
    tenant: Tenant
    incidents: Incidents
    changes: Changes
    feed: Feed
    values: Mapping[str, list[dict[str, Any]]]
    cache: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)  # keys that a query found, in order

    def keys(self, seat: tuple[Any, ...], find: Callable[[], list[str]]) -> list[str]:
        """What `find` gives, kept for the next pages of the same list."""
        if seat not in self.cache:
            while len(self.cache) > 7:
                del self.cache[next(iter(self.cache))]
            self.cache[seat] = find()
        return self.cache[seat]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known operator."""

    office: Office
    path: Mapping[str, str]
    query: QueryParams
    url: str  # without the query
    login: str
    now: Instant

    def link(self, start: int, name: str) -> str:
        """The address of this list from `start` on."""
        kept = [(key, text) for key, text in self.query.items() if key != name]
        base = self.url if self.office.tenant.absolute_links else "/" + self.url.split("/", 3)[3]
        return f"{base}?{QueryParams([*kept, (name, str(start))])}"


Handler: TypeAlias = Callable[[Call], Answer]


def sublist(call: Call, entries: Sequence[Any], most: int = 100) -> Answer:
    """A page of a list below a card or of supporting data: other parameters, no next address."""
    start = lists.number(call.query, "start", 0, 0, 10**9)
    size = lists.number(call.query, "page_size", 10, 1, most)
    rows = written(list(entries[start : start + size]), "millis")
    if not rows:
        return Answer(None, 204)
    return Answer(rows, 206 if start + size < len(entries) else 200)


def shown(card: Mapping[str, Any], paths: Sequence[str] | None) -> dict[str, Any]:
    """A card, or what stands at the paths that were asked for."""
    return dict(card) if paths is None else lists.chosen(card, paths)


def service_names(office: Office) -> dict[str, str]:
    """The tenant's services, by id."""
    return {uid("service", item["name"]): item["name"] for item in office.values["categories"]}
