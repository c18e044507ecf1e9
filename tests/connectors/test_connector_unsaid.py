"""No error, log or record holds a secret, whatever the system says and whatever the operator pasted."""

import logging
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors import auth
from connectors.exchange import Heard
from connectors.manifest import Manifest
from connectors.manifest_request import OAuth2
from connectors.rest import connect
from connectors.session import basic
from connectors.unsaid import Unsaid
from core.connector import AnswerError, Credentials, SourceConfig, SourceError
from siamhub import main
from tests.connectors.fake_system import NOW, System, manifest, tickets

SECRET = "T0p Secret/täglich+9"
AUTH = {
    "basic": True,
    "bearer": True,
    "api_key": {"query": "key"},
    "oauth2": {"token_url": "/token", "grants": ["client_credentials", "refresh_token"]},
    "session": {"login": {"path": "/login"}, "token": "token", "headers": {"x-session": "{token}"}},
}


def said(answers: Callable[[httpx.Request], httpx.Response], credentials: Credentials) -> str:
    """What the operator is told of a system that repeats what it was sent."""
    system = System(answers)
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, credentials)
    made = manifest({"tickets": tickets()}, auth=AUTH)
    connector = connect(made, config, system.observer, httpx.MockTransport(system.answer), system.slept.append)
    with pytest.raises(SourceError) as caught:
        list(connector.pages("tickets", None, NOW))
    return str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
@pytest.mark.parametrize(
    ("echo", "credentials"),
    [
        (SECRET, Credentials("bearer", {"token": SecretStr(SECRET)})),
        (basic("hub", SECRET), Credentials("basic", {"username": "hub", "password": SecretStr(SECRET)})),
        (
            str(httpx.URL("https://acme.example", params={"key": SECRET})),
            Credentials("api_key", {"key": SecretStr(SECRET)}),
        ),
    ],
)
def test_a_body_that_repeats_the_login_is_quoted_without_it(status: int, echo: str, credentials: Credentials) -> None:
    told = said(lambda request: httpx.Response(status, json={"message": f"bad login: {echo}, sorry"}), credentials)
    assert f"answered {status}: bad login: " in told
    assert "***" in told
    for secret in (SECRET, echo, basic("hub", SECRET).split()[1], "Secret"):
        assert secret not in told


def test_a_secret_that_a_cut_would_halve_is_not_quoted_in_part() -> None:
    body = {"message": "x" * 190 + " " + SECRET}
    told = said(lambda request: httpx.Response(400, json=body), Credentials("bearer", {"token": SecretStr(SECRET)}))
    assert "T0p" not in told


def test_a_page_that_is_titled_by_the_login_is_named_without_it() -> None:
    page = httpx.Response(200, html=f"<title>Hello {SECRET}</title>")
    assert "titled 'Hello ***'" in said(lambda request: page, Credentials("bearer", {"token": SecretStr(SECRET)}))


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("oauth2", {"client_id": "c", "client_secret": SecretStr("cl1ent-secret")}),
        Credentials("session", {"username": "u", "password": SecretStr("pa55word")}),
    ],
)
def test_tokens_that_the_system_gave_are_quoted_no_more_than_the_login(credentials: Credentials) -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/token", "/login"):
            return httpx.Response(200, json={"access_token": "given-token-1", "token": "given-token-1"})
        return httpx.Response(400, json={"error": "given-token-1 may not"})

    assert "answered 400: *** may not" in said(answers, credentials)


def test_a_short_secret_is_no_part_of_other_words() -> None:
    unsaid = Unsaid([("key", "an")])
    assert unsaid.clean("an answer: an, 'an'") == "*** answer: ***, '***'"


@pytest.mark.parametrize("kind", ["bearer", "api_key", "basic", "session"])
def test_a_login_with_a_line_break_is_refused_before_it_is_sent(kind: str) -> None:
    made = manifest({"tickets": tickets()}, auth=AUTH)
    values = {name: SecretStr("abc-SECRET\n") for name in auth.needed(made.auth, kind)}
    found = auth.problems(made.auth, Credentials(kind, values))
    assert {(one.path, one.message) for one in found} == {
        (("auth", name), "holds a line break or another control character; give the bare value") for name in values
    }


def test_a_header_that_cannot_be_sent_is_no_text_of_an_error_and_is_not_tried_again() -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer abc-SECRET-token\\n'")

    system = System(answers)
    with pytest.raises(AnswerError, match="a header holds what HTTP does not allow") as caught:
        list(system.connector(manifest({"tickets": tickets()})).pages("tickets", None, NOW))
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(system.asked) == 1


@pytest.mark.parametrize("flags", [[], ["-v"]])
def test_the_http_library_logs_no_addresses_however_much_is_to_be_said(flags: list[str]) -> None:
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    main([*flags, "schema"])
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)


def test_a_conversation_with_a_redirect_is_heard_whole() -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            return httpx.Response(307, headers={"Location": "/new/tickets"})
        return httpx.Response(200, json={"items": []})

    heard: list[Heard] = []
    system = System(answers)
    stream = tickets(request={"method": "POST", "path": "/tickets", "json": {"from": "{offset}"}})
    made: Manifest = manifest({"tickets": stream})
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, Credentials("none"))
    connector = connect(
        made, config, system.observer, httpx.MockTransport(system.answer), system.slept.append, heard.append
    )
    list(connector.pages("tickets", None, NOW))
    assert [(one.url.path, one.response.status_code) for one in heard] == [("/tickets", 307), ("/new/tickets", 200)]
    assert heard[0].content == heard[1].content != b""


@pytest.mark.parametrize("url", ["http://login.example/token", "ftp://login.example", "https:///token"])
def test_an_address_for_tokens_that_would_send_the_secrets_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="would send the secrets in the clear; write https://"):
        OAuth2(token_url=url)
    assert OAuth2(token_url="https://login.example/token").token_url
