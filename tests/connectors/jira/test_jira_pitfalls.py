"""The pitfalls that readers of Jira report, each met once with its cure and once, as a proof, without it.

Beside them: issues that move, and places that shift while pages are read by offset, in test_jira_moving; limits of
requests in test_connector_client; pages that a server cuts in test_connector_paging.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connectors.load import load
from connectors.manifest import Manifest
from connectors.registry import SHIPPED
from connectors.simulators.world import Ticket
from core.connector import Credentials, ManifestError
from core.model import SECOND
from tests.connectors.hub import Hub, pages_of, reprioritised, retold
from tests.connectors.jira.site import BEGIN, DAY, OWN, Site, bulk, chatty, story
from tests.connectors.jira.truth import Truth
from tests.connectors.stored import records

WORLD = chatty(bulk(story(), BEGIN + 35 * DAY + 5 * SECOND), 130)
NOW = BEGIN + 50 * DAY


@dataclass(frozen=True)
class Cure:
    """What the manifest does about a pitfall, and what it would be without it."""

    said: str
    without: str
    times: int  # how often it stands in the manifest


def shipped(folder: Path, cure: Cure | None, size: int = 20) -> Callable[[Manifest], Manifest]:
    """The shipped manifest with small pages; without this cure."""

    def change(manifest: Manifest) -> Manifest:
        if cure is None:
            return pages_of(size)(manifest)
        text = (SHIPPED / "jira" / "manifest.yaml").read_text(encoding="utf-8")
        assert text.count(cure.said) == cure.times, f"{cure.said!r} stands {text.count(cure.said)} times there"
        file = folder / "manifest.yaml"
        file.write_text(text.replace(cure.said, cure.without), encoding="utf-8")
        return pages_of(size)(load(file))

    return change


def wrong(hub: Hub) -> list[str]:
    """What is not as it should be after a pass: why it ended early, and what is stored wrongly."""
    outcome = hub.sync()
    truth = Truth(WORLD, hub.site.now, hub.site.url)
    return [*([outcome.reason] if outcome.state != "ok" else []), *truth.differences(hub.database)]


COMMENTS = Cure(
    'only: {"fields.comment.total > length(fields.comment.comments || `[]`)": "true"}', "only: {id: never}", 1
)
SECRECY = Cure('only: {fields.comment.total: ["?*", "!0"]}', "only: {id: never}", 1)
LATE_ANSWERS = Cure(
    'enabled: {found.deployment: "!Server", found.satisfaction_number: "?*"}', "enabled: options.jql", 1
)
LATE_ANSWERS_SERVER = Cure(
    'enabled: {found.deployment: Server, found.satisfaction_number: "?*"}', "enabled: options.jql", 1
)
DIALECT = Cure("enabled: {found.deployment: Server} #", "enabled: options.jql #", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "cure"),
    [
        pytest.param(False, COMMENTS, id="a search shows twenty comments of an issue"),
        pytest.param(True, SECRECY, id="only a property tells whether customers see a comment"),
        pytest.param(False, LATE_ANSWERS, id="a customer's answer does not touch the issue"),
        pytest.param(True, LATE_ANSWERS_SERVER, id="nor does it on data center"),
        pytest.param(True, DIALECT, id="data center has another search"),
    ],
)
def test_without_the_cure_something_is_missing(server: bool, cure: Cure, tmp_path: Path) -> None:
    with Site(WORLD, BEGIN + 30 * DAY, server=server) as site:
        good = site.hub(tmp_path / "with", change=shipped(tmp_path, None))
        bad = site.hub(tmp_path / "without", change=shipped(tmp_path, cure))
        found = []
        for _ in range(10):
            site.now += DAY
            assert wrong(good) == []
            found += wrong(bad)
        assert found != []


def test_a_moment_in_a_query_is_read_in_the_profiles_zone_unless_it_is_a_number(tmp_path: Path) -> None:
    """An account in New York: what changed in the hours between would be read much later, or never."""
    literal = Cure(
        "cursor: {format: epoch_ms, precision: 1ms, overlap: 10m}",
        'cursor: {format: "\\"%Y-%m-%d %H:%M\\"", precision: 1m, overlap: 10m}',
        2,
    )
    with Site(WORLD, BEGIN + 30 * DAY, zone=ZoneInfo("America/New_York")) as site:
        good = site.hub(tmp_path / "with", change=shipped(tmp_path, None))
        bad = site.hub(tmp_path / "without", change=shipped(tmp_path, literal))
        found = []
        for _ in range(8):
            site.now += 3600 * SECOND
            assert wrong(good) == []
            found += wrong(bad)
        assert found != []


@pytest.mark.parametrize("server", [False, True], ids=["cloud", "data center"])
def test_a_dead_token_is_a_failed_login_and_not_an_empty_list(server: bool, tmp_path: Path) -> None:
    with Site(WORLD, NOW, server=server) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        before = records(hub.database, "ticket")
        dead = Credentials("basic", {"username": "siamhub@example.com", "password": SecretStr("dead")})
        hub.config = type(hub.config)(OWN.key, "jira", site.url, BEGIN - DAY, dead, hub.config.options)
        hub.restart()
        outcome = hub.sync()
        assert outcome.state == "failed"
        assert "401" in outcome.reason or "login" in outcome.reason
        assert records(hub.database, "ticket") == before


HISTORIES_SHOWN = {"histories_shown": 4}
REMOVED = Cure("path: /rest/api/3/search/jql", "path: /rest/api/3/search", 5)
PAGES = Cure("paging: {kind: token, size: 100, path: nextPageToken}", "paging: {kind: token, size: 100, path: none}", 3)
FIELDS = Cure('fields: "{field_list}"\n', 'fields: ""\n', 3)
BULK_PAGES = Cure("size: 10000, path: nextPageToken", "size: 10000, path: none", 1)
BULK_TIMES = Cure("times: {formats: [epoch_ms, iso]}", "times: {formats: [iso]}", 1)
WHOLE = Cure('"changelog.total > length(changelog.histories || `[]`)": "true"', "id: never", 1)
UNBOUNDED = Cure("issuetype in ({found.types|join:, }) AND updated >= {since} ", "", 2)


@pytest.mark.parametrize(
    ("server", "cure", "settings"),
    [
        pytest.param(False, REMOVED, {}, id="1 the search of former years is gone, which is no empty answer"),
        pytest.param(False, PAGES, {}, id="2 pages follow by a token that the answer holds"),
        pytest.param(False, FIELDS, {}, id="3 without fields an issue is an id"),
        pytest.param(False, BULK_PAGES, {}, id="7 histories of many issues come in pages"),
        pytest.param(True, WHOLE, HISTORIES_SHOWN, id="7 a search may show fewer histories than there are"),
        pytest.param(False, BULK_TIMES, {}, id="12 in bulk a moment is a number"),
    ],
)
def test_one_pass_without_the_cure_is_not_the_truth(
    server: bool, cure: Cure, settings: dict[str, Any], tmp_path: Path
) -> None:
    def small(change: Callable[[Manifest], Manifest]) -> Callable[[Manifest], Manifest]:
        """Histories in pages of fifty as well."""

        def made(manifest: Manifest) -> Manifest:
            said = change(manifest)
            streams = dict(said.streams)
            log = streams["issue"].history["changelog"]
            assert log.request is not None
            body = {**log.request.json_body, "maxResults": 50}
            asked = log.request.model_copy(update={"json_body": body})
            history = {**streams["issue"].history, "changelog": log.model_copy(update={"request": asked})}
            streams["issue"] = streams["issue"].model_copy(update={"history": history})
            return said.model_copy(update={"streams": streams})

        return made

    with Site(WORLD, NOW, server=server, **settings) as site:
        assert wrong(site.hub(tmp_path / "with", change=small(shipped(tmp_path, None)))) == []
        assert wrong(site.hub(tmp_path / "without", change=small(shipped(tmp_path, cure)))) != []


def test_10_a_query_without_a_condition_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site, pytest.raises(ManifestError, match="since"):
        site.hub(tmp_path, change=shipped(tmp_path, UNBOUNDED))


@pytest.mark.parametrize("server", [False, True], ids=["cloud", "data center"])
def test_11_what_the_index_shows_late_is_met_by_the_overlap(server: bool, tmp_path: Path) -> None:
    """Each change is found after some time of its own, up to minutes, and by then later ones have been read."""
    without = Cure(
        "precision: 1s, overlap: 10m" if server else "precision: 1ms, overlap: 10m",
        "precision: 1s, overlap: 0s",
        4 if server else 2,
    )
    start = BEGIN + 30 * DAY

    def busy(ticket: Ticket) -> Ticket:
        if ticket.supplier != OWN.key or ticket.created_at > start:
            return ticket
        return reprioritised(ticket, start + ticket.sequence * 17 * SECOND, "person", OWN.people[0])

    world = retold(WORLD, busy)
    with Site(world, start, server=server, index_lag=480 * SECOND) as site:
        good = site.hub(tmp_path / "with", change=shipped(tmp_path, None))
        bad = site.hub(tmp_path / "without", change=shipped(tmp_path, without))
        for _ in range(25):
            assert good.sync().state == bad.sync().state == "ok"
            site.now += 150 * SECOND
        steps = {step.at for ticket in world.of(OWN.key) for step in ticket.steps}
        while any(site.now - 500 * SECOND <= at <= site.now for at in steps):
            site.now += 60 * SECOND
        assert good.sync().state == bad.sync().state == "ok"
        truth = Truth(world, site.now, site.url)
        assert truth.differences(good.database) == []
        assert truth.differences(bad.database) != []
