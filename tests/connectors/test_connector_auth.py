from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.manifest import Manifest
from connectors.rest import connect
from core.connector import AuthenticationError, Credentials, SourceConfig, UnavailableError
from tests.connectors.fake_system import NOW, System, manifest, tickets

EMPTY = httpx.Response(200, json={"items": []})
OAUTH: dict[str, Any] = {
    "oauth2": {"token_url": "/token", "grants": ["client_credentials", "password", "refresh_token"]},
    "bearer": True,
    "api_key": {"header": "x-key"},
}
CLIENT = {"client_id": "c", "client_secret": "s"}


def read(system: System, credentials: Credentials, said: Manifest | None = None, times: int = 1) -> None:
    said = said or manifest({"tickets": tickets()}, auth=OAUTH)
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, credentials)
    connector = connect(said, config, system.observer, httpx.MockTransport(system.answer), system.slept.append)
    for _ in range(times):
        list(connector.pages("tickets", None, NOW))


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


class Office:
    """Gives out tokens and takes only the latest one."""

    def __init__(self, life: int = 1800) -> None:
        self.given = 0
        self.life = life
        self.expired: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.given += 1
            token = {"access_token": f"t{self.given}", "expires_in": self.life, "refresh_token": f"r{self.given}"}
            return httpx.Response(200, json=token)
        return httpx.Response(401) if request.headers["authorization"] in self.expired else EMPTY


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        (Credentials("bearer", {"token": "abc"}), ("authorization", "Bearer abc")),
        (Credentials("api_key", {"key": "abc"}), ("x-key", "abc")),
    ],
)
def test_a_secret_is_sent_in_its_header(credentials: Credentials, sent: tuple[str, str]) -> None:
    system = System(lambda request: EMPTY)
    read(system, credentials)
    assert system.asked[0].headers[sent[0]] == sent[1]


def test_a_key_may_be_sent_in_the_query_and_is_in_no_message() -> None:
    said = manifest({"tickets": tickets()}, auth={"api_key": {"query": "key", "value": "K {secret}"}})
    system = System(lambda request: httpx.Response(401))
    with pytest.raises(AuthenticationError) as caught:
        read(system, Credentials("api_key", {"key": "abc"}), said)
    assert system.asked[0].url.params["key"] == "K abc"
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({}, {"grant_type": "client_credentials"}),
        ({"username": "u", "password": "p"}, {"grant_type": "password", "username": "u", "password": "p"}),
        ({"refresh_token": "r"}, {"grant_type": "refresh_token", "refresh_token": "r"}),
    ],
)
def test_a_token_is_asked_for_once_by_the_grant_that_the_values_are_for(
    more: dict[str, str], sent: dict[str, str]
) -> None:
    system = System(Office().answer)
    read(system, Credentials("oauth2", {**CLIENT, **more}), times=2)
    assert [request.url.path for request in system.asked] == ["/token", "/tickets", "/tickets"]
    assert form(system.asked[0]) == {**CLIENT, **sent}
    assert system.asked[2].headers["authorization"] == "Bearer t1"


def test_a_token_that_ends_at_once_is_asked_for_anew() -> None:
    system = System(Office(life=0).answer)
    read(system, Credentials("oauth2", {**CLIENT, "refresh_token": "r0"}), times=1)
    assert form(system.asked[0])["refresh_token"] == "r0"


def test_a_refused_token_is_replaced_once_and_a_new_refresh_token_is_used() -> None:
    office = Office()
    office.expired = {"Bearer t1"}
    system = System(office.answer)
    read(system, Credentials("oauth2", {**CLIENT, "refresh_token": "r0"}))
    assert [request.url.path for request in system.asked] == ["/token", "/tickets", "/token", "/tickets"]
    assert form(system.asked[2])["refresh_token"] == "r1"


def test_refused_again_the_login_is_wrong() -> None:
    office = Office()
    office.expired = {"Bearer t1", "Bearer t2"}
    system = System(office.answer)
    with pytest.raises(AuthenticationError, match="GET /tickets answered 401"):
        read(system, Credentials("oauth2", CLIENT))
    assert len(system.asked) == 4


def test_a_refusing_token_endpoint_is_a_wrong_login_and_shows_no_secret() -> None:
    system = System(lambda request: httpx.Response(401, json={"error": "server_error"}))
    with pytest.raises(
        AuthenticationError, match=r"acme/desk: POST /token for a token \(client_credentials\) answered 401"
    ) as caught:
        read(system, Credentials("oauth2", {"client_id": "c", "client_secret": "verysecret"}))
    assert "verysecret" not in str(caught.value)


def test_a_token_endpoint_that_is_down_is_no_wrong_login() -> None:
    system = System(lambda request: httpx.Response(503))
    with pytest.raises(UnavailableError, match="for a token answered 503"):
        read(system, Credentials("oauth2", CLIENT))


def test_what_a_login_asks_on_the_way_is_counted_as_requests() -> None:
    office = Office()
    office.expired = {"Bearer t1"}
    system = System(office.answer)
    read(system, Credentials("oauth2", CLIENT))
    assert sorted(system.observer.codes) == ["200", "200", "200", "401"]
