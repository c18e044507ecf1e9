"""Histories that are refused for a while, or for good: the pass says so, and what was read without them comes later."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Registry
from connectors.rest import SourceConnector
from core.status import SourceStatus
from core.store.store import Store, open_store
from core.sync import Outcome, sync
from tests.connectors.fake_system import NOW, System, manifest, tickets
from tests.connectors.stored import records

AT = "2025-06-15T1{}:00:00Z"
ROWS = {"ticket": "ticket", "at": "at", "id": "id", "rules": [{"kind": "group", "to": "team"}]}


class Desk:
    """Tickets, each with one row in every history; `status` is what each history answers."""

    def __init__(self) -> None:
        self.items = [ticket(0), ticket(1)]
        self.status = {"/log": 200, "/spans": 200}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            after = request.url.params["since"]
            return httpx.Response(200, json={"items": [one for one in self.items if one["changed"] >= after]})
        if self.status[request.url.path] != 200:
            return httpx.Response(self.status[request.url.path])
        ids = request.url.params["ids"].split(",")
        rows = [{"ticket": key, "id": key, "at": AT.format(key), "team": "Web"} for key in ids]
        return httpx.Response(200, json={"rows": rows})


def ticket(number: int) -> dict[str, Any]:
    return {"id": str(number), "changed": AT.format(number), "opened": AT.format(number)}


def asking(path: str, **more: Any) -> dict[str, Any]:
    return {"request": {"path": path, "query": {"ids": "{ids|join:,}"}}, "records": "rows", **ROWS, **more}


class Hub:
    """Passes over the desk into a store."""

    def __init__(self, folder: Path, desk: Desk, **history: Any) -> None:
        self.desk, self.system = desk, System(desk.answer)
        self.said = manifest({"t": tickets(history=history or {"log": asking("/log")})})
        self.database = folder / "siamhub.db"
        self.store: Store = open_store(f"sqlite:///{self.database}")
        self.source = self.store.source_id("acme", "desk")
        self.connector: SourceConnector = self.system.connector(self.said)

    def sync(self) -> Outcome:
        status = SourceStatus("acme", "desk", 300.0)
        return sync(self.source, self.connector, self.store, status, lambda: NOW)

    def restart(self) -> None:
        self.connector = self.system.connector(self.said)

    def events(self) -> set[str]:
        return {one["event_id"] for one in records(self.database, "event")}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("status", [403, 404])
def test_a_refused_history_makes_the_pass_partial_and_its_tickets_are_read_again_when_it_answers(
    tmp_path: Path, desk: Desk, status: int, restart: bool
) -> None:
    hub = Hub(tmp_path, desk)
    desk.status["/log"] = status
    assert [hub.sync().state for _ in range(2)] == ["partial"] * 2
    outcome = hub.sync()
    assert "t: without log: " in outcome.reason
    assert hub.events() == set()
    if restart:
        hub.restart()
    desk.status["/log"] = 200
    desk.items.append(ticket(2))
    assert hub.sync().state == "ok"
    assert hub.events() == {"log:0:group", "log:1:group", "log:2:group"}
    asked = len(hub.system.asked)
    outcome = hub.sync()
    assert (outcome.state, outcome.reason) == ("ok", "")
    assert len(hub.system.asked) == asked + 1, "the stream is read further back once"


def test_a_refusal_that_passes_at_once_costs_nothing(tmp_path: Path, desk: Desk) -> None:
    hub, answer = Hub(tmp_path, desk), desk.answer
    refusals = iter([403])

    def once(request: httpx.Request) -> httpx.Response:
        refused = next(refusals, None) if request.url.path == "/log" else None
        return httpx.Response(refused) if refused else answer(request)

    hub.system = System(once)
    hub.restart()
    assert hub.sync().state == "ok"
    assert hub.events() == {"log:0:group", "log:1:group"}


def test_a_gap_in_a_history_is_told_until_it_is_filled(tmp_path: Path, desk: Desk) -> None:
    hub = Hub(tmp_path, desk)
    desk.items = [ticket(1), ticket(2)]
    assert hub.sync().state == "ok"
    desk.items.append(ticket(3))
    desk.status["/log"] = 403
    assert hub.sync().state == "partial"
    desk.items = []  # nothing to ask for: nobody knows whether it answers
    desk.status["/log"] = 200
    outcome = hub.sync()
    assert outcome.state == "partial"
    assert "was refused before" in outcome.reason


def test_an_account_that_may_never_read_an_optional_history_reads_the_whole_source(tmp_path: Path, desk: Desk) -> None:
    hub = Hub(tmp_path, desk, log=asking("/log", optional=True))
    desk.status["/log"] = 403
    outcome = hub.sync()
    assert outcome.state == "ok"
    assert "t: without log: " in outcome.reason
    assert "403" in outcome.reason


def test_a_history_in_whose_place_another_is_read_is_no_gap_and_takes_its_place_back(
    tmp_path: Path, desk: Desk
) -> None:
    hub = Hub(tmp_path, desk, log=asking("/log"), spans=asking("/spans", instead_of="log"))
    desk.status["/log"] = 403
    outcome = hub.sync()
    assert outcome.state == "ok"
    assert "spans is read in its place" in outcome.reason
    assert hub.events() == {"spans:0:group", "spans:1:group"}
    desk.status["/log"] = 200
    desk.items.append(ticket(2))
    assert hub.sync().state == "ok"
    assert hub.events() == {"log:0:group", "log:1:group", "log:2:group"}


@pytest.mark.parametrize(("batch", "mend"), [(1, "its path is wrong, or"), (50, "(say batch: 1, not 50), or")])
def test_a_history_that_is_never_there_says_what_to_mend(tmp_path: Path, batch: int, mend: str) -> None:
    desk = Desk()
    desk.status["/log"] = 404
    ended = Hub(tmp_path, desk, log=asking("/log", batch=batch)).sync()
    assert ended.state == "partial"
    assert "answered 404; so for each ticket that was asked for: its path is wrong" in ended.reason
    assert mend in ended.reason


@pytest.mark.parametrize(
    ("optional", "told"),
    [(True, "it is optional: a pass without it is ok"), (False, "passes are partial until it may be read")],
)
def test_a_check_says_whether_a_pass_without_a_refused_history_is_whole(
    tmp_path: Path, optional: bool, told: str
) -> None:
    desk = Desk()
    desk.status["/log"] = 403
    hub = Hub(tmp_path, desk, log=asking("/log", optional=optional, suffers="holds"))
    (access,) = [one for one in hub.connector.probe() if one.stream == "t.log"]
    assert not access.readable
    assert f"; without it: holds; {told}" in access.detail


@pytest.mark.parametrize(
    ("name", "optional"),
    [
        ("jira", {"change.comments", "change_server.comments"}),
        ("topdesk", set()),
        ("request-tracker", {"ticket.comments"}),
        ("xurrent", {"workflow.audit"}),
        ("roundup", {"issue.journal"}),
        ("servicenow", {"incident.comments", "incident.response", "change_request.approvals"}),
        *((name, set()) for name in ("freshservice", "glpi", "itop", "zammad", "zendesk", "example-desk")),
    ],
)
def test_only_histories_without_which_no_figure_is_wrong_are_optional(name: str, optional: set[str]) -> None:
    said = Registry(Path(__file__).parents[2] / "config" / "connectors.d").manifest(name)
    found = {f"{key}.{one}" for key, stream in said.streams.items() for one, h in stream.history.items() if h.optional}
    assert found == optional
