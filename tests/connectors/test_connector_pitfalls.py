"""What bites readers of the three vendors, each on a simulated system that bites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML
from starlette.applications import Starlette

from connectors.manifest import Manifest
from connectors.registry import SHIPPED, Registry
from connectors.rest import SourceConnector, connect
from connectors.simulators import jira, servicenow, topdesk
from connectors.simulators.server import serve
from connectors.simulators.servicenow_gate import Instance
from connectors.simulators.story import tell
from connectors.simulators.topdesk_tenant import Tenant
from core.connector import AuthenticationError, Credentials, ForbiddenError, SourceConfig
from core.model import SECOND, length
from tests.connectors.fake_system import Counting, System

DAY = 86_400 * SECOND
NOW = 1_790_000_000 * SECOND
WORLD = tell(3, NOW - 8 * DAY, NOW)
KEYS = {supplier.vendor: supplier.key for supplier in WORLD.suppliers}
LOGINS = {"servicenow": servicenow.LOGIN, "jira": jira.LOGIN, "topdesk": topdesk.LOGIN}


def clock() -> int:
    return NOW


def snow(**settings: Any) -> Starlette:
    return servicenow.app(WORLD, KEYS["servicenow"], clock, settings=Instance(**settings))


def made(
    vendor: str, url: str, manifest: Manifest | None = None, credentials: Credentials | None = None
) -> SourceConnector:
    login = LOGINS[vendor]
    known = Credentials("basic", {"username": login.user, "password": SecretStr(login.secret)})
    config = SourceConfig("acme", vendor, url, NOW - 9 * DAY, credentials or known)
    said = manifest or Registry().manifest(vendor)
    return connect(said, config, Counting(), sleep=lambda seconds: None)


def read(connector: SourceConnector, stream: str) -> tuple[set[str], int]:
    """The numbers of the tickets of a stream, and how many events came with them."""
    numbers: set[str] = set()
    events = 0
    for page in connector.pages(stream, None, NOW):
        numbers |= set(page.tickets.get("number", ()))
        events += length(page.events)
    connector.close()
    return numbers, events


def small_pages(vendor: str, size: int) -> Manifest:
    """The shipped manifest with smaller pages, so that a small world has many."""
    text = Path(SHIPPED / vendor / "manifest.yaml").read_text(encoding="utf-8")
    said = YAML(typ="safe", pure=True).load(text)
    for stream in said["streams"].values():
        stream["paging"] = {**stream["paging"], "size": size}
    return Manifest.model_validate(said)


def numbers(vendor: str, kind: str = "incident") -> set[str]:
    return {ticket.number for ticket in WORLD.of(KEYS[vendor], kind) if ticket.created_at <= NOW}


@pytest.mark.parametrize("size", [3, 10])
def test_servicenow_records_behind_access_rules_end_no_list(size: int) -> None:
    hidden: set[str] = set()

    def hides(table: str, sys_id: str) -> bool:
        if table != "incident":
            return False
        if int(sys_id[:2], 16) < 96:  # often a whole page in a row at this size
            hidden.add(sys_id)
            return True
        return False

    with serve(snow(hidden=hides)) as server:
        found, _ = read(made("servicenow", server.url, small_pages("servicenow", size)), "incident")
    assert len(hidden) > len(numbers("servicenow")) / 5
    assert len(found) == len(numbers("servicenow")) - len(hidden)


def test_servicenow_tickets_are_read_without_an_audit_that_is_refused_and_the_probe_tells_what_is_missing() -> None:
    with serve(snow(access={"sys_audit": "refused"})) as server:
        assert read(made("servicenow", server.url), "incident")[0] == numbers("servicenow")
        connector = made("servicenow", server.url)
        found = {access.stream: access for access in connector.probe()}
        connector.close()
    assert found["incident"].readable
    assert not found["incident.audit"].readable
    assert "without it: holds, reopenings" in found["incident.audit"].detail


def test_servicenow_a_plugin_that_is_not_installed_leaves_out_its_stream() -> None:
    with serve(snow(access={"cmdb_ci_outage": "absent"})) as server:
        connector = made("servicenow", server.url)
        with pytest.raises(ForbiddenError, match="Invalid table"):
            list(connector.pages("outage", None, NOW))
        connector.close()


@pytest.mark.parametrize(
    ("kind", "more", "settings"),
    [
        ("password", {"username": servicenow.LOGIN.user, "password": servicenow.LOGIN.secret}, {}),
        ("client_credentials", {}, {"client_credentials": True}),
    ],
)
def test_servicenow_takes_oauth(kind: str, more: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    values: Mapping[str, str | SecretStr] = {"client_id": "siamhub-client", "client_secret": SecretStr("client-secret")}
    values = {**values, "grant": kind, **more}
    with serve(snow(**settings)) as server:
        connector = made("servicenow", server.url, credentials=Credentials("oauth2", values))
        assert read(connector, "incident")[0] == numbers("servicenow")


def test_servicenow_client_credentials_that_are_off_are_a_wrong_login() -> None:
    values: Mapping[str, str | SecretStr] = {"client_id": "siamhub-client", "client_secret": SecretStr("client-secret")}
    with serve(snow()) as server:
        connector = made("servicenow", server.url, credentials=Credentials("oauth2", values))
        with pytest.raises(AuthenticationError, match="not allowed this grant"):
            list(connector.pages("incident", None, NOW))
        connector.close()


@pytest.mark.parametrize("vendor", ["servicenow", "jira", "topdesk"])
def test_a_wrong_password_is_an_authentication_error_and_no_empty_list(vendor: str) -> None:
    module = {"servicenow": servicenow, "jira": jira, "topdesk": topdesk}[vendor]
    wrong = Credentials("basic", {"username": LOGINS[vendor].user, "password": SecretStr("wrong")})
    with serve(module.app(WORLD, KEYS[vendor], clock)) as server:
        connector = made(vendor, server.url, credentials=wrong)
        with pytest.raises(AuthenticationError):
            list(connector.pages(connector.streams[0], None, NOW))
        connector.close()


def test_jira_a_token_that_dies_between_two_calls_is_noticed_though_the_answer_is_200() -> None:
    answers: dict[str, Any] = {
        "myself": {"accountId": "a"},
        "serverInfo": {"baseUrl": "https://x"},
        "issuetype": [{"id": "1", "name": "Incident"}],
        "status": [],
        "field": [],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name in answers:
            return httpx.Response(200, json=answers[name])
        headers = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
        return httpx.Response(200, json={"issues": [], "isLast": True}, headers=headers)

    connector = System(answer).connector(Registry().manifest("jira"))
    with pytest.raises(AuthenticationError, match="the login was not accepted"):
        list(connector.pages("issue", None, NOW))


def test_jira_issue_types_that_do_not_exist_are_said_with_those_that_do() -> None:
    with serve(jira.app(WORLD, KEYS["jira"], clock)) as server:
        login = LOGINS["jira"]
        config = SourceConfig(
            "acme", "jira", server.url, NOW - 9 * DAY,
            Credentials("basic", {"username": login.user, "password": SecretStr(login.secret)}),
            {"incident_types": ["Fault"], "change_types": ["RFC"]},
        )  # fmt: skip
        connector = connect(Registry().manifest("jira"), config, Counting())
        with pytest.raises(
            Exception, match=r"incident_types or options\.change_types say; there are \[System\] Change"
        ):
            list(connector.pages("issue", None, NOW))
        connector.close()


def test_topdesk_without_the_reporting_feed_the_cards_are_read_all_the_same() -> None:
    app = topdesk.app(WORLD, KEYS["topdesk"], clock, settings=Tenant(forbidden=frozenset({"reporting"})))
    with serve(app) as server:
        connector = made("topdesk", server.url)
        with pytest.raises(ForbiddenError):
            list(connector.pages("history", None, NOW))
        found = {access.stream: access for access in connector.probe()}
        assert not found["history"].readable
        assert "without it: holds, reopenings" in found["history"].detail
        assert read(connector, "incident")[0] == numbers("topdesk")


@pytest.mark.parametrize("ending", ["/", "/tas", "/tas/api", "/tas/api/"])
def test_topdesk_what_people_copy_along_with_the_address_is_taken_off(ending: str) -> None:
    with serve(topdesk.app(WORLD, KEYS["topdesk"], clock)) as server:
        assert read(made("topdesk", server.url + ending), "incident")[0] == numbers("topdesk")


@pytest.mark.parametrize("absolute", [True, False])
def test_topdesk_small_pages_bring_every_card(absolute: bool) -> None:
    app = topdesk.app(WORLD, KEYS["topdesk"], clock, settings=Tenant(absolute_links=absolute, feed_page=7))
    with serve(app) as server:
        manifest = small_pages("topdesk", 5)
        assert read(made("topdesk", server.url, manifest), "incident")[0] == numbers("topdesk")
        assert read(made("topdesk", server.url, manifest), "change")[0] == numbers("topdesk", "change")
        assert read(made("topdesk", server.url, manifest), "history")[1] > 0


def test_topdesk_archived_cards_do_not_vanish() -> None:
    app = topdesk.app(WORLD, KEYS["topdesk"], clock, settings=Tenant(archive_after=DAY))
    with serve(app) as server:
        assert read(made("topdesk", server.url), "incident")[0] == numbers("topdesk")
