"""Logins by a call of their own, secrets of several names, and the hosts that may be given them."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors import auth
from connectors.manifest import Manifest
from connectors.rest import SourceConnector, connect
from core.connector import AnswerError, AuthenticationError, Credentials, SourceConfig, UnavailableError
from tests.connectors.fake_system import NOW, System, manifest, tickets

SESSION: dict[str, Any] = {
    "needs": ["user_token", "app_token"],
    "login": {
        "path": "/initSession",
        "headers": {"Authorization": "user_token {user_token}", "App-Token": "{app_token}"},
    },
    "token": "session_token",
    "headers": {"Session-Token": "{token}", "App-Token": "{app_token}"},
    "logout": {"path": "/killSession"},
}
GIVEN = {"user_token": SecretStr("u1"), "app_token": SecretStr("a1")}
EMPTY = httpx.Response(200, json={"items": []})


class Desk:
    """Opens a session for each login and forgets those that a test ends."""

    def __init__(self) -> None:
        self.opened = 0
        self.live: set[str] = set()
        self.refusal = httpx.Response(401, json=["ERROR_SESSION_TOKEN_INVALID"])

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["app-token"] == "a1"
        if request.url.path == "/initSession":
            if request.headers["authorization"] != "user_token u1":
                return httpx.Response(401, json=["ERROR_GLPI_LOGIN"])
            self.opened += 1
            self.live.add(f"s{self.opened}")
            return httpx.Response(200, json={"session_token": f"s{self.opened}"})
        token = request.headers["session-token"]
        if request.url.path == "/killSession":
            self.live.discard(token)
            return httpx.Response(200, json=True)
        return EMPTY if token in self.live else self.refusal


def connected(system: System, said: Manifest, kind: str = "session", **given: Any) -> SourceConnector:
    values = given or GIVEN
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, Credentials(kind, values))
    return connect(said, config, system.observer, httpx.MockTransport(system.answer), system.slept.append)


def said(**changes: Any) -> Manifest:
    return manifest({"tickets": tickets()}, auth={"session": {**SESSION, **changes}})


def read(connector: SourceConnector) -> None:
    list(connector.pages("tickets", None, NOW))


def test_one_login_serves_all_requests_and_is_given_back_at_the_end() -> None:
    desk = Desk()
    system = System(desk.answer)
    connector = connected(system, said())
    read(connector)
    read(connector)
    assert (desk.opened, len(desk.live)) == (1, 1)
    connector.close()
    assert desk.live == set()
    assert [request.url.path for request in system.asked][-1] == "/killSession"


@pytest.mark.parametrize(
    "refusal", [httpx.Response(401), httpx.Response(200, html="<title>Log in</title>")], ids=["401", "login page"]
)
def test_a_session_that_has_ended_is_begun_anew_in_the_middle_of_a_pass(refusal: httpx.Response) -> None:
    desk = Desk()
    desk.refusal = refusal
    system = System(desk.answer)
    connector = connected(system, said())
    read(connector)
    desk.live.clear()
    read(connector)
    assert desk.opened == 2


def test_a_session_is_begun_anew_when_its_time_is_over() -> None:
    desk = Desk()
    made = auth.make(said(lifetime="10m").auth, Credentials("session", GIVEN), "https://acme.example", "acme/desk")
    assert made is not None
    clock = [0.0]
    made._clock = lambda: clock[0]  # type: ignore[attr-defined]
    with httpx.Client(auth=made, transport=httpx.MockTransport(desk.answer)) as client:
        client.get("https://acme.example/tickets")
        clock[0] = 601.0
        client.get("https://acme.example/tickets")
    assert desk.opened == 2


def test_a_refused_login_says_what_was_asked_and_keeps_the_secrets() -> None:
    desk = Desk()
    connector = connected(System(desk.answer), said(), user_token=SecretStr("n0-such"), app_token=SecretStr("a1"))
    with pytest.raises(AuthenticationError) as caught:
        read(connector)
    assert str(caught.value) == (
        "acme/desk: GET /initSession for a session answered 401: user_token or app_token are wrong, expired or locked"
    )
    assert not {"a1", "n0-such"} & {*str(caught.value).split()}


def test_a_system_that_cannot_log_anybody_in_now_is_tried_again_later() -> None:
    connector = connected(System(lambda request: httpx.Response(503)), said())
    with pytest.raises(UnavailableError, match="GET /initSession for a session answered 503; the next pass"):
        read(connector)


def test_the_token_may_be_the_whole_answer_or_stand_in_a_header() -> None:
    for changes, answer in (
        ({"token": None}, httpx.Response(200, text="s1")),
        ({"token": None, "token_header": "X-Token"}, httpx.Response(204, headers={"X-Token": "s1"})),
    ):
        seen: list[str] = []

        def system(request: httpx.Request, answer: httpx.Response = answer, seen: list[str] = seen) -> httpx.Response:
            if request.url.path == "/initSession":
                return answer
            seen.append(request.headers["session-token"])
            return EMPTY

        read(connected(System(system), said(**changes)))
        assert seen == ["s1"]


def test_a_login_call_may_use_basic_once() -> None:
    def system(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            assert request.headers["authorization"] == "Basic dTpw"
            return httpx.Response(200, json={"token": "t"})
        assert request.headers["authorization"] == "AR-JWT t"
        return EMPTY

    session = {"login": {"path": "/login", "method": "POST"}, "basic": True, "token": "token"}
    made = manifest(
        {"tickets": tickets()}, auth={"session": {**session, "headers": {"Authorization": "AR-JWT {token}"}}}
    )
    read(connected(System(system), made, username="u", password=SecretStr("p")))


def test_secrets_of_several_names_go_where_the_manifest_says() -> None:
    custom = {
        "needs": ["token", "account"],
        "headers": {"Authorization": "Bearer {token}", "X-Account": "{account}"},
        "query": {"org": "{account}"},
    }
    system = System(lambda request: EMPTY)
    made = manifest({"tickets": tickets()}, auth={"custom": custom})
    read(connected(system, made, "custom", token=SecretStr("t"), account=SecretStr("wna")))
    asked = system.asked[0]
    assert (asked.headers["authorization"], asked.headers["x-account"]) == ("Bearer t", "wna")
    assert asked.url.params["org"] == "wna"


def test_what_the_operator_must_give_is_checked() -> None:
    problems = auth.problems(said().auth, Credentials("session", {"user_token": SecretStr("u"), "key": SecretStr("k")}))
    assert [problem.message for problem in problems] == [
        "'app_token' is missing: session needs user_token and app_token",
        "unknown key; session takes app_token, user_token",
    ]


def test_a_session_whose_token_goes_nowhere_is_refused() -> None:
    with pytest.raises(ValidationError, match="say in headers or query how the token is sent"):
        said(headers={})


def paged(**more: Any) -> Manifest:
    return manifest({"tickets": tickets(paging={"kind": "next", "path": "next"})}, **more)


def test_another_host_is_given_the_login_only_where_the_manifest_names_it() -> None:
    def system(request: httpx.Request) -> httpx.Response:
        following = "https://files.example/page2" if request.url.host == "acme.example" else None
        return httpx.Response(200, json={"items": [], "next": following})

    asked = System(system)
    with pytest.raises(AnswerError, match=r"leads to another host, files\.example, .* the manifest's `hosts`"):
        read(asked.connector(paged()))
    assert [request.url.host for request in asked.asked] == ["acme.example"]
    named = System(system)
    read(named.connector(paged(hosts=["files.example"])))
    assert [request.url.host for request in named.asked] == ["acme.example", "files.example"]


def test_a_named_host_is_never_given_the_login_in_the_clear() -> None:
    asked = System(lambda request: httpx.Response(200, json={"items": [], "next": "http://files.example/page2"}))
    with pytest.raises(AnswerError, match="leads to another host"):
        read(asked.connector(paged(hosts=["files.example"])))


def test_a_path_without_a_token_is_told_with_what_the_answer_has_instead() -> None:
    desk = Desk()
    with pytest.raises(AuthenticationError) as caught:
        read(connected(System(desk.answer), said(token="tokn")))
    assert str(caught.value) == (
        "acme/desk: GET /initSession for a session answered 200 with nothing at 'tokn', where the manifest's "
        "auth.session has the token; it has session_token. Else: user_token or app_token are wrong, expired or locked"
    )
