"""Lists of relations: references between tickets that stand in no ticket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from core.model import rows
from core.status import SourceStatus
from core.store.store import open_store
from core.sync import sync
from tests.connectors.fake_system import NOW, System, manifest, tickets

RELATIONS: dict[str, Any] = {
    "request": {"path": "/relations", "query": {"offset": "{offset}"}},
    "records": "items",
    "paging": {"kind": "offset", "size": 2, "stop": "short"},
    "references": {
        "ticket": "from.id",
        "rules": [
            {"kind": "cause", "path": "to", "when": {"type": "caused by"}, "evidence": "issue_link"},
            {"kind": "same", "path": "to", "when": {"type": "duplicate"}, "evidence": "issue_link"},
        ],
    },
}


def relation(bearer: str | None, kind: str, named: str) -> dict[str, Any]:
    return {"from": {"id": bearer}, "type": kind, "to": named}


def system(*told: dict[str, Any]) -> System:
    """A system with these relations, and a ticket that changes never."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            ticket = {"id": "t1", "changed": "2025-06-01T10:00:00Z", "opened": "2025-06-01T09:00:00Z", "state": "open"}
            return httpx.Response(200, json={"items": [ticket]})
        begin = int(request.url.params["offset"])
        return httpx.Response(200, json={"items": told[begin : begin + 2]})

    return System(answer)


def desk() -> Manifest:
    return manifest({"ticket": tickets(), "relation": RELATIONS})


def test_rows_of_a_list_become_references_of_the_tickets_that_they_name() -> None:
    told = [
        relation("t1", "caused by", "c1"), relation("t2", "duplicate", "t1"), relation("t1", "about", "t2"),
        relation(None, "duplicate", "t3"), relation("t1", "duplicate", ""),
    ]  # fmt: skip
    pages = list(system(*told).connector(desk()).pages("relation", None, NOW))
    assert [page.read for page in pages] == [2, 2, 1]
    assert [row for page in pages for row in rows("link", page.links)] == [
        ("t1", "cause", "issue_link", "c1", 0),
        ("t2", "same", "issue_link", "t1", 0),
    ]


def test_a_reference_that_is_told_later_joins_a_ticket_that_does_not_change_with_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'siamhub.db'}")
    source, status = store.source_id("acme", "desk"), SourceStatus("acme", "desk", 300.0)
    found = []
    for told in ([], [relation("t1", "caused by", "c1")], [relation("t1", "caused by", "c1")]):
        outcome = sync(source, system(*told).connector(desk()), store, status, lambda: NOW)
        found.append((outcome.state, outcome.changed, len(store.facts([("acme", "desk")]).links)))
    store.close()
    assert found == [("ok", True, 0), ("ok", True, 1), ("ok", False, 1)]


def test_a_ticket_says_its_own_references() -> None:
    both = {**tickets(), "references": RELATIONS["references"]}
    with pytest.raises(ValueError, match="a ticket says its own links"):
        manifest({"ticket": both})
