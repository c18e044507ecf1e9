"""A world of a few tickets for tests of simulators, and a caller for their applications."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from starlette.types import ASGIApp

from connectors.simulators.world import Group, Outage, Plan, Response, Step, Supplier, Ticket, World
from core.model import Actor, Instant, to_instant


def at(text: str) -> Instant:
    """An instant of UTC: "2024-05-01 10:00" or with seconds."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def step(when: str, kind: str, value: str = "", who: str = "jan", actor: Actor = "person", **more: Any) -> Step:
    """A step of a ticket."""
    return Step(at(when), kind, value, actor, who, **more)  # type: ignore[arg-type]


def born(when: str, priority: str = "3", group: str = "Platform") -> tuple[Step, ...]:
    """The steps with which a ticket begins."""
    return (
        step(when, "state", "new", "klant", "requester"),
        step(when, "priority", priority, "klant", "requester"),
        step(when, "group", group, "klant", "requester"),
    )


def ticket(
    number: str, created: str, *steps: Step, kind: Literal["incident", "change"] = "incident", **more: Any
) -> Ticket:
    """A ticket of the supplier "globex"."""
    values: dict[str, Any] = {
        "key": number.lower(), "supplier": "globex", "kind": kind, "sequence": 1, "number": number,
        "title": f"About {number}", "requester": "klant", "channel": "portal", "created_at": at(created),
        "opened_at": at(created), "service": "webshop", "service_name": "Webshop", "component": "dc", "item": "Hall 1",
        "steps": (*born(created), *steps),
    }  # fmt: skip
    return Ticket(**{**values, **more})


def plan(**more: Any) -> Plan:
    """A change that went as it was meant to."""
    values: dict[str, Any] = {
        "type": "normal", "requested_at": at("2024-05-01 08:00"), "approved_at": at("2024-05-01 12:00"),
        "planned_start": at("2024-05-02 20:00"), "planned_end": at("2024-05-02 22:00"),
        "actual_start": at("2024-05-02 20:05"), "actual_end": at("2024-05-02 21:30"), "outcome": "successful",
    }  # fmt: skip
    return Plan(**{**values, **more})


def world(
    vendor: str, tickets: Sequence[Ticket], outages: Sequence[Outage] = (), responses: Sequence[Response] = ()
) -> World:
    """A world of one supplier, "globex"."""
    supplier = Supplier(
        "globex", "Globex", vendor, (Group("Platform", "globex"), Group("Network", "globex")),
        ("jan", "piet"), ("svc-monitor",), ("svc-*",),
    )  # fmt: skip
    ordered = tuple(sorted(tickets, key=lambda t: (t.created_at, t.key)))
    return World(
        1, at("2024-01-01 00:00"), at("2025-01-01 00:00"), (supplier,), (), (), ordered, tuple(outages),
        tuple(responses), {t.key: t for t in ordered},
    )  # fmt: skip


def many(count: int, prefix: str, every: int = 60) -> list[Ticket]:
    """Incidents that appear one after the other, so many seconds apart."""
    begin = at("2024-05-01 00:00")
    tickets = []
    for place in range(1, count + 1):
        made = begin + place * every * 1_000_000
        steps = (
            Step(made, "state", "new", "requester", "klant"),
            Step(made, "group", "Platform", "requester", "klant"),
        )
        one = ticket(f"{prefix}{place}", "2024-05-01 00:00", created_at=made, opened_at=made, steps=steps)
        tickets.append(one)
    return tickets


def response(of: str, when: str, score: int = 4) -> Response:
    """A customer's answer from one to five."""
    return Response(f"r-{of}", "globex", 1, of, at(when), score, 1, 5)


@dataclass
class Clock:
    """A clock that tests set."""

    now: Instant = field(default_factory=lambda: at("2024-06-01 12:00"))

    def __call__(self) -> Instant:
        return self.now


@dataclass
class Caller:
    """Calls an application in the same process, with a login unless told otherwise."""

    app: ASGIApp
    login: tuple[str, str] | None
    base: str = "http://sim.example:8080"

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                return await client.request(method, path, **{"auth": self.login, **more})

        return asyncio.run(call())

    def get(self, path: str, **params: Any) -> httpx.Response:
        """GET with a query string."""
        return self("GET", path, params=params or None)

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST with a JSON body."""
        return self("POST", path, json=body)
