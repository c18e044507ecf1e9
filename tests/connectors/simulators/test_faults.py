"""Faults over a real loopback server: what a client sees of each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors.simulators.faults import CONTROL, KINDS, PASSING, Faults
from connectors.simulators.server import ListenError, serve


def application(faults: Faults) -> Starlette:
    answer = JSONResponse({"result": [{"sys_id": str(number)} for number in range(100)]})
    return faults.install(Starlette(routes=[Route("/rows", lambda _: answer), Route("/other", lambda _: answer)]))


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def client(faults: Faults) -> Iterator[httpx.Client]:
    with serve(application(faults)) as served, httpx.Client(base_url=served.url, timeout=5) as client:
        yield client


def test_a_served_application_answers_until_it_is_closed() -> None:
    with serve(application(Faults())) as served:
        assert httpx.get(f"{served.url}/rows").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/rows")


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with serve(application(Faults())) as served, pytest.raises(ListenError, match="another program listens there"):
        serve(application(Faults()), port=int(served.url.rpartition(":")[2]))


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_a_status_fault_is_met_as_often_as_ordered_and_then_no_more(
    kind: str, faults: Faults, client: httpx.Client
) -> None:
    faults.next(kind, times=2)
    assert [client.get("/rows").status_code for _ in range(3)] == [int(kind), int(kind), 200]
    assert faults.met == (kind, kind)


def test_a_limit_says_when_to_come_back_and_a_503_only_when_told(faults: Faults, client: httpx.Client) -> None:
    faults.next("429", retry_after=7)
    faults.next("429")
    faults.next("503")
    faults.next("503", retry_after=3)
    assert [client.get("/rows").headers.get("retry-after") for _ in range(4)] == ["7", "1", None, "3"]


def test_a_fault_waits_for_a_request_of_its_path(faults: Faults, client: httpx.Client) -> None:
    faults.next("500", path="/other")
    assert [client.get(path).status_code for path in ("/rows", "/other", "/other")] == [200, 500, 200]


def test_a_dropped_connection_gives_no_answer_at_all(faults: Faults, client: httpx.Client) -> None:
    faults.next("drop")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.get("/rows")
    assert client.get("/rows").status_code == 200


def test_a_cut_connection_breaks_off_in_the_body(faults: Faults, client: httpx.Client) -> None:
    faults.next("cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get("/rows")


def test_a_truncated_answer_is_whole_for_http_and_half_a_json(faults: Faults, client: httpx.Client) -> None:
    whole = client.get("/rows").content
    faults.next("truncated")
    half = client.get("/rows")
    assert half.status_code == 200
    assert half.content == whole[: len(whole) // 2]


def test_a_page_for_people_comes_with_status_200(faults: Faults, client: httpx.Client) -> None:
    faults.next("html")
    page = client.get("/rows")
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")


def test_a_time_out_lasts_until_the_client_gives_up(faults: Faults, client: httpx.Client) -> None:
    faults.next("timeout")
    with pytest.raises(httpx.ReadTimeout):
        client.get("/rows", timeout=0.2)
    assert client.get("/rows").status_code == 200


def test_a_time_out_is_bounded(faults: Faults, client: httpx.Client) -> None:
    faults.next("timeout", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/rows")


def test_any_answer_can_be_ordered(faults: Faults, client: httpx.Client) -> None:
    faults.next("answer", status=202)
    answer = client.get("/rows")
    assert (answer.status_code, answer.content) == (202, b"")


def test_faults_are_ordered_told_and_ended_over_http(client: httpx.Client) -> None:
    order = {"kind": "503", "times": 2, "path": "/rows"}
    assert client.post(CONTROL, json=order).json()["due"][0]["times"] == 2
    assert client.get("/rows").status_code == 503
    assert client.get(CONTROL).json()["met"] == 1
    assert client.delete(CONTROL).json()["due"] == []
    assert client.get("/rows").status_code == 200


@pytest.mark.parametrize("order", [{"kind": "504"}, {"kind": "429", "often": 2}, {}, []])
def test_an_order_that_is_not_understood_is_answered_with_the_known_kinds(order: object, client: httpx.Client) -> None:
    refused = client.post(CONTROL, json=order)
    assert refused.status_code == 400
    assert refused.json()["kinds"].keys() == KINDS.keys()


def test_random_faults_follow_their_seed_and_rate() -> None:
    def kinds(seed: int) -> list[str | None]:
        faults = Faults(rate=0.3, seed=seed)
        taken = [faults.take("/rows") for _ in range(1000)]
        return [None if fault is None else fault.kind for fault in taken]

    drawn = kinds(1)
    assert drawn == kinds(1) != kinds(2)
    assert {kind for kind in drawn if kind} == set(PASSING)
    assert 250 < sum(kind is not None for kind in drawn) < 350


def test_random_faults_can_be_ordered_over_http_and_never_hit_the_control_path(client: httpx.Client) -> None:
    client.post(CONTROL, json={"rate": 1, "seed": 5})
    assert client.get(CONTROL).json()["rate"] == 1
    assert client.delete(CONTROL).status_code == 200
