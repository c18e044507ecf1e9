"""The pitfalls that readers of Jira report, each met once with its cure and once, as a proof, without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connectors.load import load
from connectors.manifest import Manifest
from connectors.registry import SHIPPED
from core.connector import Credentials
from core.model import SECOND
from tests.connectors.hub import Hub, pages_of
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
