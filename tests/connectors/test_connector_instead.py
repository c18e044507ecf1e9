"""A history in whose place another one is read, and a value that covers another."""

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.check import check
from connectors.covers import Turn, resolved
from connectors.manifest import Manifest
from core.model import Page
from tests.connectors.fake_system import NOW, System, manifest, tickets
from tests.connectors.test_connector_history import MAPS, ROW, row, ticket

STATE = {"kind": "state", "when": {"field": "state"}, "to": {"path": "new", "values": "states"}}


def asking(path: str, **more: Any) -> dict[str, Any]:
    """A history by a request of its own."""
    request = {"path": path, "query": {"ids": "{ids|join:,}"}}
    return {"request": request, "records": "rows", "rules": [STATE], **ROW, **more}


def two(**more: Any) -> Manifest:
    """Tickets with a log, in whose place spans are read, and late spans as a list."""
    histories = {"log": asking("/log"), "spans": asking("/spans", instead_of="log", **more)}
    late = {
        "request": {"path": "/late"}, "records": "rows", "follows": "t.spans", "events": {"rules": [STATE], **ROW},
    }  # fmt: skip
    return manifest({"t": tickets(history=histories), "spans": late}, maps=MAPS)


class Desk:
    """Answers for two tickets; `log` and `spans` are what the histories answer, by ticket."""

    def __init__(self, log: Any, spans: Any) -> None:
        self.answers = {"/log": log, "/spans": spans, "/late": {}}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/tickets":
            return httpx.Response(200, json={"items": [ticket("1"), ticket("2")]})
        said = self.answers[path]
        if isinstance(said, int):
            return httpx.Response(said)
        ids = parse_qs(request.url.query.decode()).get("ids", [""])[0].split(",")
        return httpx.Response(200, json={"rows": [one for one in said.get("rows", []) if one["ticket"] in ids]})


LOG = {"rows": [row("a", "1", 10, "state", "open", "wait")]}
SPANS = {"rows": [row("b", "1", 10, "state", None, "wait")]}


def read(desk: Desk, said: Manifest | None = None) -> tuple[list[str], Page]:
    """The addresses that were asked, and the page of tickets."""
    system = System(desk.answer)
    connector = system.connector(said or two())
    (page,) = connector.pages("t", None, NOW)
    list(connector.pages("spans", None, NOW))
    return [request.url.path for request in system.asked], page


@pytest.mark.parametrize(
    ("log", "paths", "told"),
    [
        pytest.param(LOG, ["/tickets", "/log"], ["log:a:state"], id="the first one, where it may be read"),
        pytest.param(403, ["/tickets", *["/log"] * 3, "/spans", "/late"], ["spans:b:state"], id="refused"),
        pytest.param(404, ["/tickets", *["/log"] * 3, "/spans", "/late"], ["spans:b:state"], id="not there"),
        pytest.param({}, ["/tickets", "/log", "/spans", "/late"], ["spans:b:state"], id="nothing shown"),
    ],
)
def test_the_first_history_that_tells_something_is_the_one_in_use(log: Any, paths: list[str], told: list[str]) -> None:
    asked, page = read(Desk(log, SPANS))
    assert asked == paths
    assert page.events["event_id"] == told


def test_a_history_that_tells_takes_the_place_of_what_the_other_one_told() -> None:
    assert read(Desk(LOG, SPANS))[1].replaced == {"spans": ("state",)}
    assert read(Desk(403, SPANS))[1].replaced == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"history": {"spans": asking("/spans", instead_of="log")}}, "'log' is not declared; known are none"),
        ({"follows": "t.other"}, "'t.other' is not declared; known are none"),
    ],
)
def test_histories_that_are_not_there_are_told(change: dict[str, Any], message: str) -> None:
    said = manifest({"t": tickets(**change)}, maps=MAPS)
    assert message in [wrong.message for wrong in check(said)]


def turns(*rows: tuple[int, bool, Any, Any]) -> list[Turn]:
    return [Turn("1", at, 0, place, covers, old, new) for place, (at, covers, old, new) in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([(5, True, None, "hold"), (9, True, "hold", None)], ["hold", "active"], id="the record's holds"),
        pytest.param(
            [(5, True, None, "hold"), (7, False, "new", "closed"), (9, True, "hold", None)],
            ["hold", "closed"],
            id="what changed below is seen at the end",
        ),
        pytest.param([(5, False, "new", "active"), (5, True, None, "hold")], ["hold"], id="one moment, one change"),
        pytest.param([(5, True, "hold", None)], ["active"], id="covered from the beginning"),
        pytest.param([(5, True, None, None)], [], id="nothing changed"),
    ],
)
def test_a_cover_hides_what_is_below_until_it_ends(rows: list[tuple[int, bool, Any, Any]], told: list[str]) -> None:
    assert [now for _, _, now in resolved(turns(*rows), {"1": "active"})] == told
