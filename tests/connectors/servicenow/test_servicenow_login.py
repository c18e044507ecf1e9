"""Every login that an instance takes, tokens that end in the middle of a pass, and refusals that all read alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from core.connector import Credentials
from core.model import SECOND
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, pages_of, story
from tests.connectors.servicenow.truth import Truth

NOW = BEGIN + 10 * DAY
WORLD = story(days=12)
CLIENT: dict[str, str | SecretStr] = {"client_id": "siamhub-client", "client_secret": SecretStr("client-secret")}
PASSWORD = Credentials("oauth2", {**CLIENT, "username": "siamhub", "password": SecretStr("password")})
CLIENT_ONLY = Credentials("oauth2", CLIENT)
KEY = Credentials("api_key", {"key": SecretStr("api-key")})
SHORT = 60 * SECOND


class Hurry:
    """Lets the instance's clock move on by some seconds with every request."""

    def __init__(self, site: Site, seconds: int) -> None:
        self.site, self.seconds = site, seconds

    def __call__(self, table: str) -> None:
        if table != "oauth_token.do":
            self.site.now += self.seconds * SECOND


def refreshing(site: Site) -> Credentials:
    """A refresh token as an operator gets it once, with the password."""
    form = {"grant_type": "password", "client_id": "siamhub-client", "client_secret": "client-secret"}
    form |= {"username": "siamhub", "password": "password"}
    told = httpx.post(f"{site.url}/oauth_token.do", data=form).json()
    return Credentials("oauth2", {**CLIENT, "refresh_token": SecretStr(told["refresh_token"])})


@pytest.mark.parametrize(
    ("login", "settings"),
    [
        pytest.param(PASSWORD, {}, id="password"),
        pytest.param(CLIENT_ONLY, {"client_credentials": True}, id="client credentials"),
        pytest.param(KEY, {}, id="api key"),
    ],
)
def test_an_instance_is_read_whole_with_every_login(
    login: Credentials, settings: dict[str, Any], tmp_path: Path
) -> None:
    with Site(WORLD, NOW, **settings) as site:
        assert site.hub(tmp_path, login=login).sync().state == "ok"
        assert Truth(WORLD, NOW, site.url).differences(tmp_path / "siamhub.db") == []
        assert site.count()["oauth_token.do"] == (login.type == "oauth2")


@pytest.mark.parametrize("grant", ["password", "client_credentials", "refresh_token", "rotating"])
def test_tokens_that_end_in_the_middle_of_a_pass_lose_nothing(grant: str, tmp_path: Path) -> None:
    """A token lives a minute, and every request takes seven seconds; no page is lost, none is asked for twice."""
    settings = {"client_credentials": True, "token_life": SHORT, "rotating": grant == "rotating"}
    with Site(WORLD, NOW, **settings) as site:
        login = {"password": PASSWORD, "client_credentials": CLIENT_ONLY}.get(grant) or refreshing(site)
        hub = site.hub(tmp_path, login=login, change=pages_of(10))
        site.watch = Hurry(site, 7)
        outcome = hub.sync()
        assert (outcome.state, outcome.reason) == ("ok", "")
        assert site.count()["oauth_token.do"] > 4, "tokens ended while they were in use"
        site.watch = Hurry(site, 0)
        assert hub.sync().state == "ok"
        assert Truth(WORLD, site.now, site.url).differences(hub.database) == []


@pytest.mark.parametrize(
    ("login", "told"),
    [
        pytest.param(CLIENT_ONLY, "(client_credentials)", id="the grant is off as delivered"),
        pytest.param(
            Credentials("oauth2", {**CLIENT, "refresh_token": SecretStr("gone")}), "(refresh_token)", id="spent"
        ),
        pytest.param(
            Credentials("oauth2", {**PASSWORD.values, "password": SecretStr("old-one")}), "(password)", id="password"
        ),
    ],
)
def test_a_refused_token_is_a_wrong_login_that_is_tried_once(login: Credentials, told: str, tmp_path: Path) -> None:
    """The product calls it a server error, and it is none that passes; no secret is in what is said."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, login=login)
        outcome = hub.sync()
        assert outcome.state == "failed"
        assert f"POST /oauth_token.do for a token {told} answered 401" in outcome.reason
        assert site.count() == {"oauth_token.do": 1}
        assert not any(secret in outcome.reason for secret in ("client-secret", "old-one", "gone"))


@pytest.mark.parametrize("login", [Credentials("api_key", {"key": SecretStr("other")}), None])
def test_a_wrong_key_or_password_is_told_and_not_tried_again(login: Credentials | None, tmp_path: Path) -> None:
    login = login or Credentials("basic", {"username": "siamhub", "password": SecretStr("wrong")})
    with Site(WORLD, NOW) as site:
        outcome = site.hub(tmp_path, login=login).sync()
        assert outcome.state == "failed"
        assert "answered 401: User Not Authenticated" in outcome.reason
        assert sum(site.count().values()) == 1
