"""The HTTP surface over a real loopback server: what each address answers, and what it refuses."""

from __future__ import annotations

import contextlib
import gzip
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TypeAlias

import httpx
import pytest

from core.model import SECOND
from core.status import SetAside
from exporters.metrics import OPENMETRICS, TEXT
from exporters.server import Server, serve
from exporters.web import make_app
from tests.exporters.example import AT, Hub, exposition

Open: TypeAlias = Callable[..., httpx.Client]


@pytest.fixture
def client() -> Iterator[Open]:
    """Call it to serve a hub and to get a client of it."""
    with ExitStack() as stack:

        def start(hub: Hub | None = None, lifecycle: bool = False) -> httpx.Client:
            app = make_app(exposition(), hub or Hub(), lifecycle, clock=lambda: AT + 30 * SECOND)
            server = serve(app, "127.0.0.1", 0)
            stack.callback(server.stop)
            return stack.enter_context(httpx.Client(base_url=server.url, trust_env=False))

        yield start


def test_metrics_come_as_prometheus_text_to_whoever_asks_for_nothing_else(client: Open) -> None:
    answer = client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == TEXT
    assert answer.headers["vary"] == "accept, accept-encoding"
    assert 'siam_joint_availability_ratio{window="30d"}' in answer.text


def test_metrics_come_as_openmetrics_when_asked(client: Open) -> None:
    answer = client().get("/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.headers["content-type"] == OPENMETRICS
    assert answer.text.endswith("\n# EOF\n")


def test_metrics_are_packed_only_when_the_client_reads_gzip(client: Open) -> None:
    client_ = client()
    plain = client_.get("/metrics", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client_.stream("GET", "/metrics", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content
    assert int(answer.headers["content-length"]) == len(packed) < len(plain.content) / 5


def test_head_tells_the_size_and_sends_nothing(client: Open) -> None:
    client_ = client()
    answer = client_.head("/metrics", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 10_000


def test_metrics_ask_the_hub_for_nothing_that_could_wait(client: Open) -> None:
    hub = Hub()
    client(hub).get("/metrics")
    assert not hub.asked


def test_health_is_told_without_looking_at_anything(client: Open) -> None:
    hub = Hub(not_ready="the database does not answer")
    answer = client(hub).get("/-/healthy")
    assert (answer.status_code, answer.text) == (200, "siamhub is alive.\n")
    assert not hub.asked


def test_readiness_says_ready_or_why_not(client: Open) -> None:
    hub = Hub()
    client_ = client(hub)
    assert client_.get("/-/ready").status_code == 200
    hub.not_ready = "the first figures are not computed yet"
    answer = client_.get("/-/ready")
    assert (answer.status_code, answer.text) == (
        503,
        "siamhub is not ready: the first figures are not computed yet\n",
    )


def test_reload_is_off_until_the_configuration_switches_it_on(client: Open) -> None:
    hub = Hub()
    answer = client(hub).post("/-/reload")
    assert answer.status_code == 403
    assert "web: {lifecycle: true}" in answer.text
    assert not hub.asked


def test_reload_reads_the_configuration_again(client: Open) -> None:
    hub = Hub()
    answer = client(hub, lifecycle=True).post("/-/reload")
    assert (answer.status_code, answer.text) == (200, "The configuration was read again.\n")
    assert hub.asked["reload"] == 1


def test_reload_tells_what_is_wrong_with_the_new_configuration(client: Open) -> None:
    answer = client(Hub(wrong="siamhub.yaml:3: windows: 7x is no duration"), lifecycle=True).post("/-/reload")
    assert answer.status_code == 500
    assert answer.text.endswith("the old one stays in force:\nsiamhub.yaml:3: windows: 7x is no duration\n")


def test_another_sites_page_cannot_make_a_browser_reload(client: Open) -> None:
    hub = Hub()
    answer = client(hub, lifecycle=True).post("/-/reload", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert not hub.asked


@pytest.mark.parametrize("content", [b"x", iter([b"x"])], ids=["with a length", "in chunks"])
def test_a_request_with_a_body_is_refused(client: Open, content: bytes) -> None:
    hub = Hub()
    answer = client(hub, lifecycle=True).post("/-/reload", content=content)
    assert (answer.status_code, answer.text) == (413, "No page here takes a body.\n")
    assert not hub.asked


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/-/reload", "POST"),
        ("DELETE", "/-/reload", "POST"),
        ("POST", "/metrics", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD"),
        ("OPTIONS", "/-/ready", "GET, HEAD"),
    ],
)
def test_another_method_is_refused_and_the_right_one_named(client: Open, method: str, path: str, allowed: str) -> None:
    answer = client(lifecycle=True).request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.text == f"This address takes {allowed} only, not {method}.\n"


def test_an_unknown_address_is_answered_with_those_there_are(client: Open) -> None:
    answer = client().get("/boards/2026-10<script>")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "/metrics" in answer.text
    assert "script" not in answer.text


def test_an_endless_address_is_refused(client: Open) -> None:
    client_ = client()
    assert client_.get("/", params={"window": "x" * 2048}).status_code == 414
    assert client_.get("/" + "x" * 2048).status_code == 414


def test_endless_headers_are_refused_and_the_server_goes_on(client: Open) -> None:
    client_ = client()
    assert client_.get("/-/healthy", headers={"x-long": "x" * 20_000}).status_code == 431
    with contextlib.suppress(httpx.TransportError):  # closed before all of it was sent: as good
        assert client_.get("/-/healthy", headers={"x-long": "x" * 100_000}).status_code in (400, 431)
    assert client_.get("/-/healthy").status_code == 200


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/nothing", "/-/reload"])
def test_every_answer_bears_the_headers_that_keep_a_browser_safe(client: Open, path: str) -> None:
    headers = client().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


class Broken(Hub):
    """A hub with a mistake in it."""

    def set_aside(self) -> Sequence[SetAside]:
        raise RuntimeError("secret detail")


def test_a_mistake_of_ours_is_told_to_the_log_and_not_to_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    server = serve(make_app(exposition(), Broken(), False), "127.0.0.1", 0)
    answer = httpx.get(f"{server.url}/", trust_env=False)
    server.stop()
    assert answer.status_code == 500
    assert answer.text == "siamhub could not make this page; its log says why.\n"
    assert "content-security-policy" in answer.headers
    assert "secret detail" in caplog.text


def test_the_server_ends_orderly_and_leaves_its_port() -> None:
    server: Server = serve(make_app(exposition(), Hub(), False), "127.0.0.1", 0)
    assert httpx.get(f"{server.url}/-/healthy", trust_env=False).status_code == 200
    server.stop()
    server.stop()
    socket.create_server(("127.0.0.1", server.port)).close()


def test_the_board_leads_to_the_last_month_that_is_over(client: Open) -> None:
    answer = client().get("/board")
    assert (answer.status_code, answer.headers["location"]) == (307, "/board/2026-10")


def test_the_board_pack_of_a_month_is_a_page_that_offers_the_others(client: Open) -> None:
    answer = client().get("/board/2026-10")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "October 2026" in answer.text
    assert 'href="/board/2026-09"' in answer.text
    assert "There are no records of 2026-10" in answer.text


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-12", "x", "2026-10<script>", "%00", "0000-01", "9999-12", "١٢٣٤-01"]
)
def test_a_month_that_is_none_or_has_not_begun_is_not_found(client: Open, month: str) -> None:
    answer = client().get(f"/board/{month}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "month" in answer.text


def test_the_calendar_is_one_that_programs_subscribe_to(client: Open) -> None:
    answer = client().get("/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "RRULE:FREQ=MONTHLY;BYDAY=2TU" in answer.text
