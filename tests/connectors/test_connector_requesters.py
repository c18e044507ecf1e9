"""Events that come without their ticket: who asked is asked for, so that a requester's word is nobody's response."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.manifest import Manifest
from core.model import Page
from tests.connectors.fake_system import NOW, System, manifest, tickets

NOTES = {
    "request": {"path": "/notes", "query": {"since": "{since}"}},
    "records": "notes",
    "cursor": {"path": "at", "begin": "now"},
    "events": {
        "ticket": "of", "at": "at", "id": "id", "actor": {"name": "by", "automation": ["bot"]},
        "rules": [{"kind": "comment", "public": True}],
    },
    "requesters": {
        "request": {"path": "/people", "query": {"of": "{ids|join:,}"}},
        "records": "people", "batch": 2, "ticket": "id", "name": ["asked", "mail"],
    },
}  # fmt: skip


def note(key: int, of: str | None, by: str) -> dict[str, Any]:
    return {"id": f"n{key}", "of": of, "at": "2025-06-15T15:00:00Z", "by": by}


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/notes":
        notes = [note(1, "t1", "ann"), note(2, "t1", "kim"), note(3, "t2", "kim"), note(4, "t3", "bot")]
        return httpx.Response(200, json={"notes": [*notes, note(5, "t4", "lee")]})
    known = {"t1": {"asked": "ann"}, "t2": {"mail": "kim"}, "t3": {"asked": "bot"}}
    asked = request.url.params["of"].split(",")
    return httpx.Response(200, json={"people": [{"id": key, **known[key]} for key in asked if key in known]})


def read(said: Manifest) -> tuple[System, list[Page]]:
    system = System(answer)
    connector = system.connector(said)
    return system, list(connector.pages("notes", None, NOW))


def test_a_comment_of_whoever_asked_is_the_requesters() -> None:
    """The ticket that the system does not tell of is left out."""
    _, (page,) = read(manifest({"notes": NOTES}))
    assert list(zip(page.events["ticket"], page.events["actor"], strict=True)) == [
        ("t1", "requester"), ("t1", "person"), ("t2", "requester"), ("t3", "automation"),
    ]  # fmt: skip


def test_each_ticket_is_asked_for_once_and_so_many_at_a_time() -> None:
    system, _ = read(manifest({"notes": NOTES}))
    asked = [request.url.params["of"] for request in system.asked if request.url.path == "/people"]
    assert asked == ["t1,t2", "t3,t4"]


def test_a_row_that_is_known_is_not_asked_for_again() -> None:
    """What a pass reads again behind its start."""
    system = System(answer)
    connector = system.connector(manifest({"notes": NOTES}))
    (first,) = connector.pages("notes", None, NOW)
    system.asked.clear()
    (second,) = connector.pages("notes", first.checkpoint, NOW)
    assert (second.read, len(second.events["ticket"])) == (5, 0)
    assert [request.url.path for request in system.asked] == ["/notes"]


def test_nothing_is_asked_for_where_nothing_came() -> None:
    system = System(lambda request: httpx.Response(200, json={"notes": []}))
    assert next(iter(system.connector(manifest({"notes": NOTES})).pages("notes", None, NOW))).read == 0
    assert [request.url.path for request in system.asked] == ["/notes"]


def test_a_row_without_a_ticket_is_set_aside() -> None:
    system = System(lambda request: httpx.Response(200, json={"notes": [note(1, None, "ann")], "people": []}))
    (page,) = system.connector(manifest({"notes": NOTES})).pages("notes", None, NOW)
    assert [(reject.key, reject.reason) for reject in page.rejects] == [("n1", "no id")]


def test_a_stream_of_tickets_asks_for_no_requesters() -> None:
    with pytest.raises(ValidationError, match="a ticket says its own requester"):
        manifest({"notes": tickets(requesters=NOTES["requesters"])})
