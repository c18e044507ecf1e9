"""Whole runs against the simulated vendors: after faults, kills and a world that goes on, exactly the truth is held."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.registry import Registry
from connectors.rest import SourceConnector, connect
from connectors.simulators import jira, jira_site, servicenow, topdesk
from connectors.simulators.faults import Faults
from connectors.simulators.server import serve
from connectors.simulators.story import tell
from connectors.simulators.world import Step, Supplier, Ticket, View, World
from core.connector import AnswerError, Credentials, SourceConfig, UnavailableError
from core.model import FIELDS, SECOND, Page, rows
from tests.connectors.fake_system import Counting

HOUR = 3600 * SECOND
DAY = 24 * HOUR
NOW = 1_790_000_000 * SECOND
WORLD = tell(11, NOW - 12 * DAY, NOW + 3 * DAY)
VENDORS = {"servicenow": servicenow, "jira": jira, "topdesk": topdesk}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "servicenow": {"incident_states": {"11": "hold"}},
    "jira": {},
    "topdesk": {
        "outcome_field": "optionalFields1.searchlist1",
        "outage_start_field": "optionalFields1.date1",
        "outage_end_field": "optionalFields1.date2",
        "states": {"Bij leverancier": "hold"},
    },
}


class Held:
    """What a store would hold: of each record the newest version, of each event one."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.rejects: list[Any] = []

    def keep(self, page: Page) -> None:
        kinds = {"ticket": page.tickets, "event": page.events, "outage": page.outages, "response": page.responses}
        for kind, columns in kinds.items():
            for row in rows(kind, columns) if columns else ():
                record = dict(zip(FIELDS[kind], row, strict=True))
                key = record["event_id"] if kind == "event" else record["vendor_id"]
                known = self.records[kind].get(key)
                if known is None or kind == "event" or _version(known) <= _version(record):
                    self.records[kind][key] = record
        self.rejects += page.rejects

    def events(self, ticket: str, kind: str) -> list[dict[str, Any]]:
        """In their order, neighbours of the same value as one, but for comments."""
        found = [e for e in self.records["event"].values() if (e["ticket"], e["kind"]) == (ticket, kind)]
        found.sort(key=lambda event: (event["at"], event["seq"]))
        if kind == "comment":
            return found
        return [e for place, e in enumerate(found) if not place or e["to_value"] != found[place - 1]["to_value"]]


def _version(record: Mapping[str, Any]) -> tuple[int, int]:
    return record["changed_at"], record["revision"]


def made(vendor: str, supplier: Supplier, url: str) -> SourceConnector:
    login = VENDORS[vendor].LOGIN
    config = SourceConfig(
        supplier=supplier.key,
        source=vendor,
        base_url=url,
        since=NOW - 13 * DAY,
        credentials=Credentials("basic", {"username": login.user, "password": SecretStr(login.secret)}),
        options=OPTIONS[vendor],
        automation=supplier.automation_patterns,
    )
    return connect(Registry().manifest(vendor), config, Counting(), sleep=lambda seconds: None)


def supplier_of(vendor: str) -> Supplier:
    return next(one for one in WORLD.suppliers if one.vendor == vendor)


@pytest.mark.parametrize("vendor", VENDORS)
def test_after_faults_and_kills_in_a_living_world_exactly_the_truth_is_held(vendor: str) -> None:
    supplier, faults, held = supplier_of(vendor), Faults(), Held()
    marks: dict[str, str] = {}
    clock, dice = [NOW - 2 * DAY], random.Random(5)
    with serve(VENDORS[vendor].app(WORLD, supplier.key, lambda: clock[0], faults)) as server:
        for round_ in range(12):
            faults.at_random(0.2 if round_ < 10 else 0, seed=round_)
            clock[0] += 4 * HOUR if round_ < 10 else 0
            connector = made(vendor, supplier, server.url)  # as after a restart
            for stream in connector.streams:
                pages = connector.pages(stream, marks.get(stream), clock[0])
                for page in _reached(pages, dice.randrange(1, 9) if round_ < 10 else None):
                    held.keep(page)
                    marks[stream] = page.checkpoint or ""
            connector.close()
    assert {"429", "html"} <= set(faults.met)
    assert held.rejects == []
    views = [view for view in WORLD.as_of(clock[0]) if view.ticket.supplier == supplier.key]
    numbers = {ticket["number"]: ticket for ticket in held.records["ticket"].values()}
    assert sorted(numbers) == sorted(view.ticket.number for view in views)
    for view in views:
        ticket = numbers[view.ticket.number]
        expected = EXPECTED[vendor](view)
        assert {name: ticket[name] for name in expected} == expected, view.ticket.number
        # A change's approval is a move of its own in every vendor's workflow, which the world does not know.
        known = (
            ("state", "group", "priority", "major", "comment")
            if view.ticket.kind == "incident"
            else ("group", "comment")
        )
        for kind in known:
            events = [_event(event) for event in held.events(ticket["vendor_id"], kind)]
            assert events == list(_steps(vendor, supplier, view, kind)), (view.ticket.number, kind)
    said = [r for r in WORLD.responses if r.supplier == supplier.key and r.at <= clock[0]]
    assert len(held.records["response"]) == len(said)
    assert sum(
        (r["score"] - r["scale_min"]) / (r["scale_max"] - r["scale_min"]) for r in held.records["response"].values()
    ) == (
        pytest.approx(sum((r.score - r.scale_min) / (r.scale_max - r.scale_min) for r in said), abs=0.13 * len(said))
    )  # vendors with five stars round an answer on a scale of ten


def _reached(pages: Iterator[Page], most: int | None) -> Iterator[Page]:
    """The pages up to a fault that ends the pass, or to a kill."""
    try:
        yield from islice(pages, most)
    except (AnswerError, UnavailableError):
        return


def _event(event: Mapping[str, Any]) -> tuple[Any, ...]:
    return event["at"], event["to_value"], event["actor"], event["public"] if event["kind"] == "comment" else None


def _steps(vendor: str, supplier: Supplier, view: View, kind: str) -> Iterator[tuple[Any, ...]]:
    """What of the truth the vendor's history can tell."""
    ticket = view.ticket
    if vendor == "topdesk" and (kind == "comment" or ticket.kind == "change"):
        return
    last = {"major": "0"}.get(kind) if vendor != "topdesk" else None
    steps = [step for step in view.steps if step.kind == kind]
    if kind == "comment":
        for step in steps:
            yield step.at, None, _actor(vendor, supplier, ticket, step), int(step.public)
        return
    if kind == "major" and vendor == "topdesk":
        steps = [Step(ticket.created_at, "major", "0", "unknown", ""), *steps]
    for step in steps:
        value = _shown(vendor, ticket, step.value) if kind == "state" else step.value
        if value != last and (step.at > ticket.created_at or vendor == "topdesk"):
            yield step.at, value, _actor(vendor, supplier, ticket, step), None
        last = value


def _shown(vendor: str, ticket: Ticket, state: str) -> str:
    """Two of the vendors have no state for what is assigned and not begun."""
    return "new" if state == "assigned" and ticket.kind == "incident" and vendor != "topdesk" else state


def _actor(vendor: str, supplier: Supplier, ticket: Ticket, step: Step) -> str:
    if vendor == "topdesk":
        return "unknown"
    if any(fnmatchcase(step.who.casefold(), pattern.casefold()) for pattern in supplier.automation_patterns):
        return "automation"
    if step.who == ticket.requester and step.kind in ("state", "comment"):
        return "requester"
    return step.actor if step.actor != "requester" or step.kind in ("state", "comment") else "person"


def _common(view: View) -> dict[str, Any]:
    return {
        "kind": view.ticket.kind,
        "priority": view.priority,
        "group": view.group,
        "component": view.ticket.item,
        "suspect": None,
    }


def _change(view: View) -> dict[str, Any]:
    plan = view.ticket.plan
    assert plan is not None
    return {
        "change_type": plan.type,
        "approved_at": view.approved_at,
        "planned_start": plan.planned_start,
        "planned_end": plan.planned_end,
        "actual_start": view.actual_start,
        "actual_end": view.actual_end,
    }


def _servicenow(view: View) -> dict[str, Any]:
    ticket = view.ticket
    opened = None if ticket.unreadable_time else ticket.opened_at
    found = {**_common(view), "service": ticket.service_name, "opened_at": opened}
    if ticket.kind == "change":
        return {**found, **_change(view), "outcome": view.outcome, "state": view.state}
    found["suspect"] = "opened_at unreadable" if ticket.unreadable_time else None
    return {
        **found,
        "state": _shown("servicenow", ticket, view.state),
        "major": int(view.major),
        "resolved_at": view.resolved_at,
        "closed_at": view.closed_at,
        "reopen_count": view.reopen_count,
    }


def _jira(view: View) -> dict[str, Any]:
    ticket = view.ticket
    service = jira_site.service_id(ticket.service_name) if ticket.service_name else None
    found = {**_common(view), "service": service, "opened_at": ticket.created_at}
    if ticket.kind == "change":
        return {**found, **_change(view)}
    return {**found, "state": _shown("jira", ticket, view.state), "major": int(view.major)}


def _topdesk(view: View) -> dict[str, Any]:
    ticket = view.ticket
    found = {**_common(view), "service": ticket.service_name}
    if ticket.kind == "change":
        del found["group"]  # of extensive changes a card does not tell it
        return {**found, **_change(view), "state": view.state}
    found["opened_at"] = ticket.created_at if ticket.unreadable_time else ticket.opened_at
    return {**found, "state": view.state, "major": int(view.major), "first_response_at": view.first_response_at}


EXPECTED: Mapping[str, Callable[[View], dict[str, Any]]] = {
    "servicenow": _servicenow,
    "jira": _jira,
    "topdesk": _topdesk,
}


@pytest.mark.parametrize(("vendor", "most"), [("servicenow", 8), ("jira", 2), ("topdesk", 4)])
def test_a_pass_with_nothing_new_is_one_request_per_stream(vendor: str, most: int) -> None:
    supplier = supplier_of(vendor)
    with serve(VENDORS[vendor].app(WORLD, supplier.key, lambda: NOW)) as server:
        connector = made(vendor, supplier, server.url)
        pages = {stream: list(connector.pages(stream, None, NOW)) for stream in connector.streams}
        marks = {stream: read[-1].checkpoint for stream, read in pages.items() if read}  # others are not in use
        counting = connector._client._observer
        assert isinstance(counting, Counting)
        counting.codes.clear()
        for stream in connector.streams:
            list(connector.pages(stream, marks.get(stream), NOW))
        connector.close()
        assert len(counting.codes) == most == len(marks)


def test_the_world_has_what_makes_reading_hard() -> None:
    kinds = {ticket.kind for ticket in WORLD.tickets}
    assert kinds == {"incident", "change"}
    assert isinstance(WORLD, World)
    assert any(step.vendor_value for ticket in WORLD.tickets for step in ticket.steps)
