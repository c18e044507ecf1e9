"""Where the server listens, and what it says when it cannot."""

from __future__ import annotations

import socket

import httpx
import pytest
from starlette.responses import PlainTextResponse

from exporters.server import ListenError, serve

APP = PlainTextResponse("hello")


def test_a_port_in_use_is_told_in_one_sentence_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as error:
            serve(APP, "127.0.0.1", port)
    assert str(error.value) == (
        f"cannot listen on 127.0.0.1:{port}: another program listens there, perhaps another siamhub; stop it, or set "
        "`listen` to another port"
    )


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError, match="this machine has no such address"):
        serve(APP, "192.0.2.1", 0)


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(ListenError, match="the host is not known"):
        serve(APP, "nowhere.invalid", 0)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_the_url_is_one_that_a_person_on_this_machine_can_open(host: str, shown: str) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    server = serve(APP, host, 0)
    try:
        assert server.url in (f"http://{shown}:{server.port}", f"http://[::1]:{server.port}")
        assert httpx.get(server.url, trust_env=False).text == "hello"
    finally:
        server.stop()


def test_listening_everywhere_means_both_protocols() -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    server = serve(APP, "::", 0)
    try:
        assert httpx.get(f"http://127.0.0.1:{server.port}", trust_env=False).text == "hello"
    finally:
        server.stop()


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
