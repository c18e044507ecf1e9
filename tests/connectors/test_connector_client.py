from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr

from connectors.manifest import Manifest
from connectors.rest import connect
from core.connector import (
    AnswerError,
    AuthenticationError,
    Credentials,
    ForbiddenError,
    SourceConfig,
    SourceError,
    UnavailableError,
)
from core.model import length
from tests.connectors.fake_system import NOW, System, manifest, tickets

TICKET = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z"}
GOOD = httpx.Response(200, json={"items": [TICKET]})


def read(system: System, said: Manifest | None = None) -> int:
    connector = system.connector(said or manifest({"tickets": tickets()}))
    return sum(length(page.tickets) for page in connector.pages("tickets", None, NOW))


def sequence(*answers: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return httpx.Response(one.status_code, content=one.content, headers=one.headers)

    return answer


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    system = System(sequence(httpx.Response(status), GOOD))
    assert read(system) == 1
    assert system.observer.codes == [str(status), "200"]
    assert system.observer.retries == 1


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("slow"), httpx.ConnectError("refused"), httpx.RemoteProtocolError("cut")]
)
def test_a_dropped_connection_is_tried_again(error: Exception) -> None:
    system = System(sequence(error, error, GOOD))
    assert read(system) == 1
    assert system.observer.codes == ["error", "error", "200"]


def test_trying_again_ends_and_says_what_came() -> None:
    system = System(sequence(httpx.Response(503, json={"error": {"message": "down for maintenance"}})))
    with pytest.raises(
        UnavailableError, match="acme/desk: GET /tickets answered 503: down for maintenance; the next pass"
    ):
        read(system)
    assert len(system.asked) == 5


def test_retry_after_in_seconds_is_a_lower_bound_of_the_wait() -> None:
    system = System(sequence(httpx.Response(429, headers={"Retry-After": "17"}), GOOD))
    assert read(system) == 1
    assert 17 <= system.slept[0] < 20


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    system = System(sequence(httpx.Response(503, headers={"Retry-After": later}), GOOD))
    assert read(system) == 1
    assert 35 <= system.slept[0] < 45


def test_a_wait_may_be_a_moment_in_iso_form_even_without_seconds() -> None:
    end = datetime.now(UTC) + timedelta(minutes=3)
    system = System(sequence(httpx.Response(429, headers={"X-RateLimit-Reset": f"{end:%Y-%m-%dT%H:%MZ}"}), GOOD))
    limits = {"wait": ["Retry-After", "X-RateLimit-Reset"]}
    assert read(system, manifest({"tickets": tickets()}, limits=limits)) == 1
    assert 110 < system.slept[0] < 190


def test_while_a_limit_is_near_requests_of_that_kind_wait_and_others_do_not() -> None:
    near = httpx.Response(200, json={"items": []}, headers={"X-RateLimit-NearLimit": "true"})
    system = System(sequence(near, near, GOOD, GOOD, GOOD))
    limits = {"near": ["X-RateLimit-NearLimit"], "pause": "7s"}
    said = manifest({"tickets": tickets(), "others": {**tickets(), "request": {"path": "/others"}}}, limits=limits)
    connector = system.connector(said)
    for stream in ("tickets", "others", "tickets", "others", "tickets"):
        before = len(system.slept)
        list(connector.pages(stream, None, NOW))
        waited = system.slept[before:]
        # The first two answers warn, one of each list; the next answer of each takes the warning back.
        assert waited == ([7.0] if len(system.asked) in (3, 4) else []), len(system.asked)


def test_a_wait_beyond_patience_is_left_to_the_next_pass() -> None:
    system = System(sequence(httpx.Response(429, headers={"Retry-After": "3600"}), GOOD))
    with pytest.raises(UnavailableError, match="it asks to wait 3600 s"):
        read(system)
    assert system.slept == []


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            httpx.Response(401),
            AuthenticationError,
            "answered 401; the system wants a login; say one under auth of the source",
        ),
        (
            httpx.Response(403, json=[{"message": "no right"}]),
            ForbiddenError,
            "answered 403: no right; the account lacks",
        ),
        (httpx.Response(404), AnswerError, "answered 404"),
        (
            httpx.Response(200, html="<html><title>Log in\n please</title></html>"),
            AnswerError,
            "answered 200 with a page in place of JSON (titled 'Log in please')",
        ),
        (
            httpx.Response(200, content=b'{"items": [{"id": '),
            AnswerError,
            "answered 200 with 18 bytes that are no JSON",
        ),
        (httpx.Response(200), AnswerError, "answered 200 with no body"),
        (
            httpx.Response(200, json={"rows": []}),
            AnswerError,
            "without a list at 'items': nothing stands there, in an answer with the keys rows",
        ),
        (httpx.Response(200, json={"items": {"a": 1}}), AnswerError, "dict stands there"),
        (httpx.Response(200, json=[1]), AnswerError, "in an answer with a list"),
        (
            httpx.Response(400, json={"errorMessages": ["no such field"], "errors": {}}),
            AnswerError,
            "answered 400: no such field",
        ),
    ],
)
def test_an_answer_that_is_none_names_source_request_and_what_came(
    answer: httpx.Response, kind: type[SourceError], message: str
) -> None:
    system = System(sequence(answer))
    with pytest.raises(kind) as caught:
        read(system)
    assert str(caught.value).startswith("acme/desk: ")
    assert "GET /tickets" in str(caught.value)
    assert message in str(caught.value)
    assert len(system.asked) == 1


CUT = {"items": [TICKET], "error": {"message": "cut"}}
ANONYMOUS = httpx.Response(200, json={"items": []}, headers={"x-login": "AUTH_FAILED"})


def ok(**content: Any) -> httpx.Response:
    return httpx.Response(200, json=content)


@pytest.mark.parametrize(
    ("sign", "answer", "kind"),
    [
        ({"path": "error", "means": "answer"}, ok(**CUT), AnswerError),
        ({"path": "code", "like": "^[1-9]", "means": "answer"}, ok(items=[], code=3), AnswerError),
        ({"header": "x-login", "like": "FAILED", "means": "authentication"}, ANONYMOUS, AuthenticationError),
        ({"status": [400], "path": "m", "means": "forbidden"}, httpx.Response(400, json={"m": "no"}), ForbiddenError),
        ({"status": [200], "path": "busy", "means": "retry"}, ok(items=[], busy=True), AnswerError),
        ({"status": [202], "means": "retry"}, httpx.Response(202), UnavailableError),
    ],
)
def test_signs_say_what_an_answer_means(sign: dict[str, Any], answer: httpx.Response, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        read(System(sequence(answer)), manifest({"tickets": tickets()}, signs=[sign]))


def test_a_sign_that_is_not_there_changes_nothing() -> None:
    signs = [{"path": "error", "means": "answer"}, {"path": "code", "like": "^[1-9]", "means": "answer"}]
    answer = httpx.Response(200, json={"items": [TICKET], "code": 0, "error": None})
    assert read(System(sequence(answer)), manifest({"tickets": tickets()}, signs=signs)) == 1


def test_a_redirect_is_followed_on_the_same_host_only() -> None:
    system = System(sequence(httpx.Response(302, headers={"Location": "/here"}), GOOD))
    assert read(system) == 1
    system = System(sequence(httpx.Response(302, headers={"Location": "https://login.example/"}), GOOD))
    with pytest.raises(AnswerError, match=r"another host, login\.example"):
        read(system)
    assert [request.url.host for request in system.asked] == ["acme.example"]


@pytest.mark.parametrize("origin", ["http://acme.example:8080", "http://acme.example", "https://acme.example:8443"])
def test_a_redirect_never_takes_the_login_to_another_scheme_or_port(origin: str) -> None:
    said = manifest({"tickets": tickets()}, auth={"basic": True})
    system = System(sequence(httpx.Response(302, headers={"Location": f"{origin}/here?a=1"}), GOOD))
    assert read(system, said) == 1  # a system behind a proxy may not know its own address
    assert str(system.asked[1].url) == "https://acme.example/here?a=1"
    assert system.asked[1].headers["host"] == "acme.example"


def test_a_redirect_to_the_same_place_by_another_scheme_asks_for_another_base_url() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"Location": str(request.url.copy_with(scheme="http", port=8080))})

    system = System(answer)
    with pytest.raises(AnswerError, match=r"leads to http://acme\.example:8080/tickets; check base_url"):
        read(system)
    assert len(system.asked) == 1


def test_redirects_without_end_are_an_error() -> None:
    with pytest.raises(AnswerError, match="from redirect to redirect"):
        read(System(sequence(httpx.Response(302, headers={"Location": "/tickets"}))))


def test_cookies_are_not_kept() -> None:
    paging = {"kind": "offset", "size": 1}
    pages = [
        httpx.Response(200, json={"items": [TICKET]}, headers={"Set-Cookie": "session=1"}),
        httpx.Response(200, json={"items": []}),
    ]
    system = System(sequence(*pages))
    read(system, manifest({"tickets": tickets(paging=paging)}))
    assert [request.headers.get("cookie") for request in system.asked] == [None, None]


def test_what_is_sent_and_said_never_shows_the_password() -> None:
    system = System(sequence(httpx.Response(401)))
    said = manifest({"tickets": tickets()}, auth={"basic": True})
    with pytest.raises(AuthenticationError) as caught:
        read(system, said)
    assert system.asked[0].headers["authorization"].startswith("Basic ")
    assert "s3cret" not in str(caught.value)
    assert "dTpzM2NyZXQ" not in str(caught.value)


def test_an_optional_list_that_is_not_there_is_left_out() -> None:
    with pytest.raises(ForbiddenError, match="this system does not have it"):
        read(System(sequence(httpx.Response(404))), manifest({"tickets": tickets(optional=True)}))


def test_requests_are_paced() -> None:
    paging = {"kind": "offset", "size": 1}
    two = {**TICKET, "id": "2"}
    answers = [httpx.Response(200, json={"items": items}) for items in ([TICKET], [two], [])]
    system = System(sequence(*answers))
    read(system, manifest({"tickets": tickets(paging=paging)}, limits={"per_second": 0.5}))
    assert len(system.slept) == 2
    assert all(wait > 1 for wait in system.slept)


def test_a_body_is_built_without_what_is_empty() -> None:
    request = {
        "method": "POST",
        "path": "/q",
        "json": {"size": "{size}", "token": "{token}", "since": "{since}", "all": [1, "{token}"]},
    }
    stream = tickets(request=request, paging={"kind": "token", "path": "next", "size": 7})
    system = System(sequence(GOOD))
    read(system, manifest({"tickets": stream}))
    assert orjson.loads(system.asked[0].content) == {"size": 7, "since": "2025-05-16T15:06:40Z", "all": [1]}


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("bearer", {"token": SecretStr("s3cret")}, "token is wrong, expired or locked"),
        ("api_key", {"key": SecretStr("s3cret")}, "key is wrong, expired or locked"),
        (
            "basic",
            {"username": "u", "password": SecretStr("s3cret")},
            "username or password are wrong, expired or locked",
        ),
    ],
)
def test_a_login_that_is_refused_names_what_this_login_is_made_of(kind: str, values: dict[str, Any], told: str) -> None:
    form: Any = {"header": "X-Key"} if kind == "api_key" else True
    said = manifest({"tickets": tickets()}, auth={kind: form})
    system = System(lambda request: httpx.Response(401))
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, Credentials(kind, values))
    with pytest.raises(AuthenticationError) as caught:
        [
            *connect(said, config, system.observer, transport=httpx.MockTransport(system.answer)).pages(
                "tickets", None, NOW
            )
        ]
    assert str(caught.value) == f"acme/desk: GET /tickets answered 401; {told}"


def test_a_page_behind_the_last_that_is_not_there_says_how_to_end_the_list() -> None:
    said = tickets(
        request={"path": "/tickets", "query": {"page": "{page}", "since": "{since}"}},
        paging={"kind": "page", "size": 1},
    )
    record = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "state": "open"}

    def answer(request: httpx.Request) -> httpx.Response:
        first = request.url.params["page"] == "1"
        return httpx.Response(200, json={"items": [record]}) if first else httpx.Response(404)

    with pytest.raises(AnswerError, match=r"answered 404; it is behind other pages: .*`paging.stop` end it there"):
        [*System(answer).connector(manifest({"tickets": said})).pages("tickets", None, NOW)]
