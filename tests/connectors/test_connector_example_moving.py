"""Lists of the examples that move while they are read: a ticket that is deleted, or changed, takes no other with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.manifest import Manifest
from connectors.registry import Registry
from connectors.workbench.conversation import Conversation
from connectors.workbench.replay import connector_of
from core.model import SECOND, Instant, to_datetime

EXAMPLES = Path(__file__).parents[2] / "config" / "connectors.d"
BEGIN: Instant = 1_749_000_000 * SECOND
COUNT = 250


@dataclass(frozen=True)
class Asked:
    """What a request for a list says."""

    since: str
    start: int
    size: int


@dataclass(frozen=True)
class Vendor:
    """How one system lists its tickets: in which order, and what it asks and answers."""

    stream: str
    list_: str
    newest_id_first: bool
    stamp: str
    ask: Callable[[httpx.Request, Mapping[str, Any]], Asked]
    row: Callable[[str, str], Mapping[str, Any]]
    answer: Callable[[list[Any], int, Asked, httpx.Request], httpx.Response]
    other: Any = ()  # to any other question


def by_number(since: str, page: str, size: str) -> Callable[[httpx.Request, Mapping[str, Any]], Asked]:
    def ask(request: httpx.Request, said: Mapping[str, Any]) -> Asked:
        found = re.search(r"\d{4}-[^';]*", said[since])
        assert found is not None
        return Asked(found[0], (int(said.get(page, 1)) - 1) * int(said[size]), int(said[size]))

    return ask


def in_json(request: httpx.Request, said: Mapping[str, Any]) -> Asked:
    asked = json.loads(parse_qs(request.content.decode())["json_data"][0])
    if asked["class"] != "UserRequest":
        return Asked("9", 0, 1)
    return by_number("key", "page", "limit")(request, asked)


def by_range(request: httpx.Request, said: Mapping[str, Any]) -> Asked:
    start, _, last = said["range"].partition("-")
    return Asked(said["criteria[0][value]"], int(start), int(last) + 1 - int(start))


def linked(records: list[Any], total: int, asked: Asked, request: httpx.Request, key: str | None) -> httpx.Response:
    page = asked.start // asked.size + 2
    link = (
        {"Link": f'<{request.url.copy_set_param("page", page)}>; rel="next"'}
        if asked.start + asked.size < total
        else {}
    )
    return httpx.Response(200, json={key: records} if key else records, headers=link)


VENDORS = {
    "request-tracker": Vendor(
        "ticket",
        "/REST/2.0/tickets",
        True,
        "%Y-%m-%d %H:%M:%S",
        by_number("query", "page", "per_page"),
        lambda key, at: {"id": key, "Status": "open", "Created": at, "LastUpdated": at, "Queue": {"Name": "Web"}},
        lambda records, total, asked, request: httpx.Response(200, json={"items": records}),
        {"items": []},
    ),
    "roundup": Vendor(
        "issue",
        "/rest/data/issue",
        True,
        "%Y-%m-%d.%H:%M:%S",
        by_number("activity", "@page_index", "@page_size"),
        lambda key, at: {"id": key, "status.name": "testing", "creation": at, "activity": at},
        lambda records, total, asked, request: httpx.Response(
            200,
            json={
                "data": {
                    "collection": records,
                    "@links": {"next": [{"uri": "there"}]} if asked.start + asked.size < total else {},
                }
            },
        ),
        {"data": {"collection": []}},
    ),
    "itop": Vendor(
        "request",
        "/webservices/rest.php",
        True,
        "%Y-%m-%d %H:%M:%S",
        in_json,
        lambda key, at: {"key": key, "fields": {"ref": key, "status": "new", "start_date": at, "last_update": at}},
        lambda records, total, asked, request: httpx.Response(
            200, json={"code": 0, "objects": {f"UserRequest::{one['key']}": one for one in records} or None}
        ),
    ),
    "glpi": Vendor(
        "ticket",
        "/apirest.php/search/Ticket",
        True,
        "%Y-%m-%d %H:%M:%S",
        by_range,
        lambda key, at: {"2": key, "12": 2, "14": 1, "15": at, "19": at},
        lambda records, total, asked, request: httpx.Response(200, json={"totalcount": total, "data": records}),
        [],
    ),
    "freshservice": Vendor(
        "ticket",
        "/api/v2/tickets",
        True,
        "%Y-%m-%dT%H:%M:%SZ",
        by_number("updated_since", "page", "per_page"),
        lambda key, at: {"id": key, "type": "Incident", "status": 2, "created_at": at, "updated_at": at},
        lambda records, total, asked, request: linked(records, total, asked, request, "tickets"),
        {"groups": [], "ticket_fields": [], "activities": []},
    ),
    "xurrent": Vendor(
        "request",
        "/v1/requests",
        False,
        "%Y-%m-%dT%H:%M:%SZ",
        by_number("updated_at", "page", "per_page"),
        lambda key, at: {"id": key, "status": "assigned", "created_at": at, "updated_at": at},
        lambda records, total, asked, request: linked(records, total, asked, request, None),
        [],
    ),
}


class Desk:
    """One vendor's list. Behind each page one ticket of it is deleted, and two are changed."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.at = {str(1000 + place): place for place in range(COUNT)}
        self.deleted: set[str] = set()
        self.pages = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        vendor, said = self.vendor, {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        if request.url.path != vendor.list_:
            return httpx.Response(200, json=vendor.other)
        asked = vendor.ask(request, said)
        rows = [(key, self.stamp(at)) for key, at in self.at.items() if self.stamp(at) >= asked.since]
        if vendor.newest_id_first:
            rows.sort(reverse=True)
        else:
            rows.sort(key=lambda one: (one[1], one[0]))
        shown = rows[asked.start : asked.start + asked.size]
        self.pages += bool(shown)
        if self.pages < 8 and len(shown) > 9:  # of a page that was read, so that all behind it move up
            self.deleted.add(shown[0][0])
            del self.at[shown[0][0]]
            for place in (5, 7):
                self.at[shown[place][0]] = 100_000 + self.pages
        return vendor.answer([vendor.row(key, at) for key, at in shown], len(rows), asked, request)

    def stamp(self, at: int) -> str:
        return to_datetime(BEGIN + at * SECOND).strftime(self.vendor.stamp)


def drifting(manifest: Manifest) -> Manifest:
    """The same, but that each page begins where the one before ended."""
    streams = {
        name: stream.model_copy(
            update={
                "paging": stream.paging.model_copy(
                    update={key: False for key in ("anchored", "rebase") if hasattr(stream.paging, key)}
                )
            }
        )
        for name, stream in manifest.streams.items()
    }
    return manifest.model_copy(update={"streams": streams})


def found(name: str, change: Callable[[Manifest], Manifest]) -> tuple[Desk, set[str]]:
    vendor = VENDORS[name]
    desk = Desk(vendor)
    talk = {"since": "2025-06-04", "now": "2025-06-20", "options": {}, "conversation": []}
    if name == "xurrent":
        talk["options"] = {"account": "widget"}
    connector = connector_of(
        change(Registry(EXAMPLES).manifest(name)),
        Conversation.model_validate(talk),
        desk.answer,  # type: ignore[arg-type]
    )
    pages = connector.pages(vendor.stream, None, BEGIN + 10 * 86_400 * SECOND)
    return desk, {key for page in pages for key in page.tickets.get("vendor_id", ())}


@pytest.mark.parametrize("name", VENDORS)
def test_tickets_that_leave_an_examples_list_while_it_is_read_take_no_other_with_them(name: str) -> None:
    desk, read = found(name, lambda manifest: manifest)
    assert len(desk.deleted) > 2
    assert set(desk.at) <= read
    desk, read = found(name, drifting)
    assert set(desk.at) - read, "without it some are lost"
