"""What else cards tell: the supplier that has one, and what was written on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Registry
from connectors.simulators.topdesk_tenant import uid
from core.model import SECOND, rows
from tests.connectors.fake_system import NOW as THEN
from tests.connectors.fake_system import System
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import BEGIN, DAY, SUPPLIER, Site, story
from tests.connectors.topdesk.test_topdesk_pitfalls import card, read

WORLD = story(days=20)
NOW = BEGIN + 15 * DAY
GROUP = {"operatorGroup": {"id": "g", "name": "Werkplek"}}
NONE: dict[str, Any] = {"handed_to": "", "handed_to_column": ""}


@pytest.mark.parametrize(
    ("fields", "options", "group"),
    [
        (GROUP, {}, "Werkplek"),
        ({**GROUP, "supplier": {"id": "s", "name": "Globex"}}, {}, "Globex"),
        ({**GROUP, "supplier": {"id": "s", "name": "Globex"}}, NONE, "Werkplek"),
    ],
)
def test_a_card_that_was_given_to_a_supplier_is_with_that_supplier(fields: Any, options: Any, group: str) -> None:
    (ticket,), _ = read([card(**fields)], options)
    assert ticket["group"] == group


def snapshot(number: int, **more: Any) -> dict[str, Any]:
    stamp = f"2025-06-01T1{number}:00:00Z"
    return {"id": f"s{number}", "incidentId": "i", "timeStamp": stamp, "operatorGroupId": "g", **more}


@pytest.mark.parametrize(
    ("options", "groups"),
    [({}, ["Werkplek", "Globex", "gone", "Werkplek"]), (NONE, ["Werkplek"])],
)
def test_the_feed_tells_since_when_a_supplier_had_a_card(options: Any, groups: list[str]) -> None:
    """Suppliers come in pages of a hundred, by other names and without a next address; former ones are not listed."""

    def answer(request: httpx.Request) -> httpx.Response:
        name, query = request.url.path.rpartition("/")[2], request.url.params
        if name == "suppliers":
            assert int(query["page_size"]) <= 100
            listed = [{"id": f"n{n}", "name": f"Supplier {n}"} for n in range(100)] + [{"id": "s", "name": "Globex"}]
            start = int(query["start"])
            return httpx.Response(206 if start == 0 else 200, json=listed[start : start + 100])
        if name == "lookup":
            return httpx.Response(200, json={"results": [{"id": "g", "name": "Werkplek"}]})
        if name == "IncidentSnapshots":
            held = [snapshot(0), snapshot(1, supplierId="s"), snapshot(2, supplierId="gone"), snapshot(3)]
            return httpx.Response(200, json={"value": held})
        return httpx.Response(200, json=[] if name in ("statuses", "priorities") else {"id": "op", "results": []})

    connector = System(answer).connector(Registry().manifest("topdesk"), options)
    (page,) = connector.pages("history", None, THEN)
    told = [row for row in rows("event", page.events) if row[2] == "group"]
    assert [row[6] for row in told] == groups


def test_what_was_written_on_cards_is_read_where_the_operator_asks_for_it(tmp_path: Path) -> None:
    """A request for each card that changed, and none for others."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, options={"progress_trail": True})
        assert hub.sync().state == "ok"
        incidents = [ticket for ticket in WORLD.of(SUPPLIER, "incident") if ticket.created_at <= NOW]
        assert site.count()["progresstrail"] == len(incidents)
        expected = sorted(
            (uid("incident", ticket.key), step.at, int(step.public), step.actor == "requester")
            for ticket in incidents
            for step in ticket.steps
            if step.kind == "comment" and step.at <= NOW
        )
        told = [row for row in records(hub.database, "event") if row["kind"] == "comment"]
        found = sorted((row["ticket"], row["at"], row["public"], row["actor"] == "requester") for row in told)
        assert expected
        assert found == expected
        assert hub.sync().state == "ok"
        assert site.count()["progresstrail"] == 0
        site.now += 6 * 3_600 * SECOND
        assert hub.sync().state == "ok"
        assert 0 < site.count()["progresstrail"] < len(incidents) / 2


def test_without_being_asked_no_card_is_asked_for_alone(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        site.hub(tmp_path).sync()
        assert site.count()["progresstrail"] == 0


def test_a_long_trail_is_read_page_by_page() -> None:
    """By start and page_size, at most a hundred, with 206 and without a next address; an empty one has no body."""

    def answer(request: httpx.Request) -> httpx.Response:
        name, query = request.url.path.rpartition("/")[2], request.url.params
        if name == "progresstrail":
            start, size = int(query["start"]), int(query["page_size"])
            assert size <= 100
            stamp = {"creationDate": "2025-06-01T10:00:00.000+0000", "entryDate": "2025-06-01T12:00:00.000+0000"}
            by = {"operator": {"id": "o", "name": "Operator A"}, "person": None, "invisibleForCaller": False}
            trail = [{"id": f"e{n}", "memoText": "(…)", **stamp, **by} for n in range(120)]
            trail[3] = {"id": "file", "fileName": "a.png", "downloadUrl": "/x", **stamp, **by}
            trail[4] = {"id": "mail", "title": "(…)", "sender": "x", **stamp, **by, "invisibleForCaller": True}
            if "other" in request.url.path:
                return httpx.Response(204)
            return httpx.Response(206 if start + size < len(trail) else 200, json=trail[start : start + size])
        if name == "incidents":
            return httpx.Response(200, json=[card(id="one"), card(id="other")])
        if name in ("statuses", "priorities", "suppliers"):
            return httpx.Response(200, json=[])
        return httpx.Response(200, json={"id": "op", "results": []})

    connector = System(answer).connector(Registry().manifest("topdesk"), {"progress_trail": True})
    (page,) = connector.pages("incident", None, THEN)
    assert len(page.events["ticket"]) == 119, "an attachment says nothing"
    assert set(page.events["ticket"]) == {"one"}
    assert set(page.events["actor"]) == {"person"}
    assert sorted(set(page.events["public"])) == [0, 1]
    assert {at % (3_600 * SECOND) for at in page.events["at"]} == {0}
    assert len(set(page.events["at"])) == 1, "the making counts, not the last edit"
