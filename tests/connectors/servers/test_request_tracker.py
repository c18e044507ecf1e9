"""A real Request Tracker, connected by the example manifest alone: the store holds what people did in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import SECOND, to_datetime
from core.status import told
from tests.connectors.servers.reading import Hub, now
from tests.connectors.servers.request_tracker import PASSWORD, ZONE, RequestTracker, request_tracker

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    with request_tracker(tmp_path_factory.mktemp("rt")) as made:
        yield made


@pytest.fixture
def hub(server: RequestTracker, tmp_path: Path) -> Hub:
    return Hub("request-tracker", server.url, f"sqlite:///{tmp_path / 'siamhub.db'}", {"zone": ZONE})


def test_the_store_holds_a_tickets_life_and_what_a_second_pass_adds(server: RequestTracker, hub: Hub) -> None:
    began = now() - now() % SECOND
    ticket = server.create("Web")
    server.change(ticket, Status="open")
    server.write(ticket, "correspond")
    server.change(ticket, Status="stalled")
    server.write(ticket, "comment")
    server.change(ticket, Queue="Network")
    server.change(ticket, Priority="95")
    server.change(ticket, Status="resolved")
    assert hub.sync("reader", PASSWORD).state == "ok"
    life = [
        ("state", "new", "active", "person", None),
        ("comment", None, None, "person", 1),
        ("state", "active", "hold", "person", None),
        ("comment", None, None, "person", 0),
        ("group", "Web", "Network", "person", None),
        ("priority", "5", "1", "person", None),
        ("state", "hold", "resolved", "person", None),
    ]
    assert hub.events(ticket) == life
    moments = hub.moments(ticket)
    assert moments == sorted(moments)
    assert began <= moments[0] <= moments[-1] <= now()
    held = hub.tickets()[ticket]
    assert {name: held[name] for name in ("kind", "state", "priority", "group", "resolved_at", "suspect")} == {
        "kind": "incident", "state": "resolved", "priority": 1, "group": "Network", "resolved_at": moments[-1],
        "suspect": None,
    }  # fmt: skip
    assert began <= held["opened_at"] <= moments[0]

    server.write(ticket, "correspond", who="kim")  # RT itself opens it again
    assert hub.sync("reader", PASSWORD).state == "ok"
    life += [("comment", None, None, "requester", 1), ("state", "resolved", "active", "automation", None)]
    assert hub.events(ticket) == life
    assert (hub.tickets()[ticket]["state"], hub.tickets()[ticket]["resolved_at"]) == ("active", None)
    server.change(ticket, Status="rejected")
    assert hub.sync("reader", PASSWORD).changed
    assert hub.events(ticket) == [*life, ("state", "active", "cancelled", "person", None)]
    assert not hub.sync("reader", PASSWORD).changed


def test_tickets_of_one_second_on_many_pages_are_all_held(server: RequestTracker, hub: Hub) -> None:
    made = server.create_at_once("Web", 7)
    assert hub.sync("reader", PASSWORD).state == "ok"
    assert set(made) <= set(hub.tickets())


def test_an_account_that_sees_one_queue_brings_that_one(server: RequestTracker, hub: Hub) -> None:
    seen, hidden = server.create("Web"), server.create("Secret")
    server.write(seen, "comment")  # hidden: one queue's tickets, but not what colleagues say
    server.write(seen, "comment")
    server.change(seen, Status="stalled")
    assert hub.sync("narrow", PASSWORD).state == "ok"
    held = hub.tickets()
    assert seen in held
    assert hidden not in held
    assert hub.events(seen) == [("state", "new", "hold", "person", None)]
    assert {ticket["group"] for ticket in held.values()} == {"Web"}


def test_a_deleted_ticket_is_told_from_one_that_the_account_may_not_see_any_more(
    server: RequestTracker, hub: Hub
) -> None:
    kept, deleted, hidden = server.create("Web"), server.create("Web"), server.create("Network")
    assert hub.sync("reader", PASSWORD).state == "ok"
    end = hub.census("reader", PASSWORD)
    assert (end.state, told(end)) == ("ok", "the hub holds what the source has")
    server.change(deleted, Status="deleted")
    assert hub.sync("reader", PASSWORD).state == "ok"
    assert hub.tickets()[deleted]["gone"] is None, "no list tells"
    end = hub.census("narrow", PASSWORD)
    assert (end.state, end.deleted) == ("ok", 1)
    gone = {key: one["gone"] for key, one in hub.tickets().items()}
    assert (gone[kept], gone[deleted], gone[hidden]) == (None, "deleted", "hidden")
    end = hub.census("reader", PASSWORD)
    back = hub.tickets()[hidden]
    assert (back["gone"], back["group"], back["state"], end.difference) == (None, "Network", "new", 0)


def test_a_wrong_password_is_said_so(hub: Hub) -> None:
    outcome = hub.sync("reader", "no such password")
    assert outcome.state == "failed"
    assert "username or password are wrong" in outcome.reason


def test_a_query_reads_moments_in_the_accounts_zone_which_is_why_the_operator_says_it(server: RequestTracker) -> None:
    server.create("Web")
    for hours, finds in ((-9, False), (-11, True)):  # Honolulu is ten hours behind, whatever zone the text names
        moment = to_datetime(now() + hours * 3600 * SECOND).strftime("%Y-%m-%d %H:%M:%S GMT")
        assert bool(server.get("/tickets", query=f"LastUpdated >= '{moment}'")["total"]) is finds


def test_a_probe_tells_what_the_account_may_read(server: RequestTracker, hub: Hub) -> None:
    server.create("Web")
    found = hub.connector("reader", PASSWORD).probe()
    assert [(access.stream, access.readable) for access in found] == [
        ("ticket", True),
        ("ticket.transactions", True),
        ("ticket.comments", True),
        ("ticket.census", True),
    ]
