"""Requests of every kind, made up by hypothesis and sent as bytes: each has a defined answer, and none is a fault."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Final

import h11
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import SECOND
from core.store.store import open_store
from exporters.server import Server, serve
from exporters.web import make_app
from tests.exporters.example import AT, Hub, exposition

pytestmark = pytest.mark.slow

ROUTES: Final = (
    "/",
    "/metrics",
    "/board",
    "/board/2026-10",
    "/-/healthy",
    "/-/ready",
    "/-/reload",
    "/review/" + "a" * 43,
)
DEFINED: Final = {200, 307, 400, 403, 404, 405, 408, 410, 413, 414, 415, 431}
VISIBLE: Final = st.characters(min_codepoint=0x21, max_codepoint=0x7E)

methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
paths = st.one_of(
    st.sampled_from(ROUTES),
    st.builds("".join, st.tuples(st.sampled_from(ROUTES), st.text(VISIBLE, max_size=40))),
    st.builds(
        "/board/{}".format, st.one_of(st.text(VISIBLE, max_size=12), st.from_regex(r"\d{1,6}-\d{1,3}", fullmatch=True))
    ),
    st.builds("/?{}={}".format, st.sampled_from(["window", "refresh", "x"]), st.text(VISIBLE, max_size=3000)),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["Accept", "Accept-Encoding", "Origin", "Sec-Fetch-Site", "Content-Type", "Authorization", "Range",
             "Upgrade", "Connection", "Expect", "Cookie", "If-None-Match", "X-Forwarded-For"]
        ),
        st.one_of(
            st.text(VISIBLE, max_size=60),
            st.sampled_from(["application/x-www-form-urlencoded", "gzip;q=0", "*/*;q=9", "websocket", "100-continue"]),
        ),
    ),
    max_size=5,
)  # fmt: skip
bodies = st.one_of(st.none(), st.binary(max_size=400), st.sampled_from([b"globex.1=5", b"a=%zz", b"&" * 5000]))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/any.db")
    app = make_app(exposition(), Hub(), True, clock=lambda: AT + 30 * SECOND, invitations=store)
    started = serve(app, "127.0.0.1", 0)
    yield started
    started.stop()
    store.close()


def answer(server: Server, sent: bytes, method: str) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers of what comes back, read as strictly as HTTP is written."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "x"), ("Connection", "close")]))
    reader.send(h11.EndOfMessage())
    with socket.create_connection((server.host, server.port), timeout=10) as line:
        line.sendall(sent)
        while True:
            event = reader.next_event()
            if event is h11.NEED_DATA:
                reader.receive_data(line.recv(65_536))
            elif isinstance(event, h11.Response):
                return event.status_code, dict(event.headers)
            elif not isinstance(event, h11.InformationalResponse):
                pytest.fail(f"no answer but {event!r}")


@settings(max_examples=250, deadline=None)
@given(method=methods, path=paths, more=headers, body=bodies)
def test_every_request_has_a_defined_answer_with_safe_headers(
    server: Server, method: str, path: str, more: list[tuple[str, str]], body: bytes | None
) -> None:
    lines = [f"{method} {path} HTTP/1.1", "Host: hub", *(f"{name}: {value}" for name, value in more)]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    status, told = answer(server, "\r\n".join([*lines, "", ""]).encode() + (body or b""), method)
    assert status in DEFINED
    if b"content-security-policy" not in told:  # what is no HTTP is answered before any page is looked for
        assert status == 400
    if status == 405:
        assert told[b"allow"]


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(min_size=1, max_size=300))
def test_what_is_no_http_is_answered_with_400(server: Server, garbage: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as line:
        line.sendall(garbage + b"\r\n\r\n")
        said = line.recv(65_536)
    assert said.startswith(b"HTTP/1.1 400 ")


def test_the_server_answers_as_before_after_all_of_that(server: Server) -> None:
    assert httpx.get(f"{server.url}/-/healthy", trust_env=False).status_code == 200


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: hub\r\nX-Slow: "], ids=["silent", "half a head"])
def test_a_connection_whose_request_does_not_come_is_closed(begun: bytes) -> None:
    server = serve(make_app(exposition(), Hub(), False), "127.0.0.1", 0, head=0.2)
    try:
        with socket.create_connection((server.host, server.port), timeout=10) as line:
            line.sendall(begun)
            assert line.recv(100) == b""
    finally:
        server.stop()
