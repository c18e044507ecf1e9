"""A real Roundup, connected by the example manifest alone: the store holds what people did in its tracker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import SECOND
from core.status import told
from tests.connectors.servers.reading import Hub, now
from tests.connectors.servers.roundup_tracker import PASSWORD, ZONE, Roundup, roundup

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[3] / "docs" / "roundup.md"
ROUTE = PAGE.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
OPTIONS = {"group_field": "team.name", "group_link": "team", "zone": ZONE}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roundup]:
    with roundup(tmp_path_factory.mktemp("roundup"), ROUTE) as made:
        yield made


@pytest.fixture
def hub(server: Roundup, tmp_path: Path) -> Hub:
    return Hub("roundup", server.url, f"sqlite:///{tmp_path / 'siamhub.db'}", OPTIONS)


def test_the_store_holds_an_issues_life_and_what_a_second_pass_adds(server: Roundup, hub: Hub) -> None:
    began = now() - now() % SECOND
    issue = server.create(status="unread", priority="bug", team="web")
    server.write(issue, "kim")
    server.change(issue, status="in-progress")
    server.write(issue, "ann")
    server.change(issue, status="deferred", team="network")
    server.change(issue, priority="critical")
    server.change(issue, status="resolved")
    assert hub.sync("reader", PASSWORD).state == "ok"
    held = hub.tickets()[issue]
    assert {name: held[name] for name in ("kind", "state", "priority", "group", "suspect")} == {
        "kind": "incident", "state": "resolved", "priority": 1, "group": "network", "suspect": None,
    }  # fmt: skip
    told = hub.events(issue)
    assert [event for event in told if event[0] == "state"] == [
        ("state", "new", "active", "requester", None),  # the tracker makes a ticket active with its first message
        ("state", "active", "hold", "person", None),
        ("state", "hold", "resolved", "person", None),
    ]
    assert [event for event in told if event[0] != "state"] == [
        ("comment", None, None, "requester", 1),
        ("comment", None, None, "person", 1),
        ("group", "web", "network", "person", None),
        ("priority", "3", "1", "person", None),
    ]
    moments = hub.moments(issue)
    assert began <= held["opened_at"] <= moments[0] <= moments[-1] <= now()

    server.change(issue, status="chatting")
    assert hub.sync("reader", PASSWORD).changed
    assert hub.events(issue)[-1] == ("state", "resolved", "active", "person", None)
    assert not hub.sync("reader", PASSWORD).changed


def test_issues_of_one_moment_on_many_pages_are_all_held(server: Roundup, hub: Hub) -> None:
    made = {server.create() for _ in range(5)}
    assert hub.sync("reader", PASSWORD).state == "ok"
    assert made <= set(hub.tickets())


def test_an_issue_that_was_retired_is_found_to_be_deleted_by_a_census(server: Roundup, hub: Hub) -> None:
    kept, retired = server.create(), server.create()
    assert hub.sync("reader", PASSWORD).state == "ok"
    end = hub.census("reader", PASSWORD)
    assert (end.state, told(end)) == ("ok", "the hub holds what the source has")
    server.retire(retired)
    late = server.create()
    end = hub.census("reader", PASSWORD)
    assert (end.state, end.deleted, end.read, end.difference) == ("ok", 1, 1, 0)
    assert {key for key, one in hub.tickets().items() if one["gone"] == "deleted"} == {retired}
    assert {kept, late} <= hub.tickets().keys()


def test_a_wrong_password_is_said_so(hub: Hub) -> None:
    outcome = hub.sync("reader", "no such password")
    assert outcome.state == "failed"
    assert "username or password are wrong" in outcome.reason


def test_a_tracker_as_it_is_delivered_is_read_and_what_is_missing_is_said(tmp_path: Path) -> None:
    with roundup(tmp_path, None) as plain:
        issue = plain.create(status="unread", priority="bug")
        hub = Hub("roundup", plain.url, f"sqlite:///{tmp_path / 'siamhub.db'}", {"zone": ZONE})
        assert hub.sync("reader", PASSWORD).state == "ok"
        assert hub.tickets()[issue]["state"] == "new"
        found = hub.connector("reader", PASSWORD).probe()
    listed, journal, counted = found  # and no word of a query that reads moments otherwise
    assert (listed.readable, journal.readable, counted.readable) == (True, False, True)
    assert "holds, reopenings, hand-overs and first response" in journal.detail
