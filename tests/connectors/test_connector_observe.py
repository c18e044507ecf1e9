"""When a page's tickets are observed, how far a pass out of order has read, and what a whole list no longer tells."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.check import check
from connectors.manifest import Manifest
from core.connector import AbsentError
from core.model import Observe, Page
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

LOG = {
    "request": {"path": "/log"},
    "optional": True,
    "events": {"ticket": "t", "at": "at", "id": "id", "rules": [{"kind": "state", "to": "to"}]},
}
CAUSES = {"request": {"path": "/causes", "query": {"offset": "{offset}"}}, "paging": {"kind": "offset", "size": 2}}
CAUSES |= {"references": {"ticket": "t", "rules": [{"kind": "cause", "path": "c", "evidence": "issue_link"}]}}


def watched(unless: str | None = None, **more: Any) -> Manifest:
    stream = tickets(**more) | {"observe": {"fields": ["state"], **({"unless": unless} if unless else {})}}
    return manifest({"log": LOG, "ticket": stream})


def answers(refused: dict[str, int]) -> System:
    def answer(request: httpx.Request) -> httpx.Response:
        if status := refused.get(request.url.path):
            return httpx.Response(status)
        record = {"id": "1", "changed": "2025-06-01T10:00:00Z", "opened": "2025-06-01T09:00:00Z"}
        if request.url.path == "/log":
            return httpx.Response(200, json=[])
        empty = request.url.params.get("offset", "0") != "0"
        return httpx.Response(200, json={"items": [] if empty else [record]})

    return System(answer)


def observed(connector: Any) -> Observe | None:
    return next(iter(connector.pages("ticket", None, NOW))).observe  # type: ignore[no-any-return]


@pytest.mark.parametrize("status", [403, 404])
def test_tickets_are_observed_while_the_history_may_not_be_read(status: int) -> None:
    refused = {"/log": status}
    connector = answers(refused).connector(watched("log"))
    with pytest.raises(AbsentError):
        list(connector.pages("log", None, NOW))
    found = observed(connector)
    assert found is not None
    assert (found.kinds, found.since) == (("state",), NOW - 30 * DAY)
    refused.clear()
    list(connector.pages("log", None, NOW))
    assert observed(connector) is None


def test_without_a_history_tickets_are_always_observed() -> None:
    assert observed(answers({}).connector(watched())) is not None


def test_what_may_stand_in_unless_is_a_stream_that_is_read_before() -> None:
    (wrong,) = check(watched("causes"))
    assert wrong.path == ("streams", "ticket", "observe", "unless")
    assert "'causes' is no history of this stream" in wrong.message


def test_a_pass_out_of_order_has_read_up_to_what_its_first_page_held() -> None:
    """Record 1 changes while page 2 is read, before record 3 does: only a pass that begins early enough sees it."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = {"0": [1, 2], "2": [3]}.get(request.url.params.get("offset", "0"), [])
        minutes = {1: 10, 2: 11, 3: 50}
        items = [
            {"id": str(n), "changed": f"2025-06-01T10:{minutes[n]}:00Z", "opened": "2025-06-01T09:00:00Z"} for n in page
        ]
        return httpx.Response(200, json={"items": items})

    paging = {"kind": "offset", "size": 2, "stop": "empty"}
    stream = tickets(paging=paging, cursor={"overlap": "0s", "sorted": False})
    system = System(answer)
    connector = system.connector(manifest({"ticket": stream}))
    last = list(connector.pages("ticket", None, NOW))[-1]
    system.asked.clear()
    list(connector.pages("ticket", last.checkpoint, NOW))
    assert system.asked[0].url.params["since"].startswith("2025-06-01T10:11:00")


def test_only_the_last_page_of_a_list_without_change_times_says_what_the_whole_list_tells() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        told = [{"t": "a", "c": "x"}, {"t": "b", "c": "y"}, {"t": "c", "c": "z"}]
        start = int(request.url.params["offset"])
        return httpx.Response(200, json=told[start : start + 2])

    connector = System(answer).connector(manifest({"ticket": tickets(), "cause": CAUSES}))
    pages: list[Page] = list(connector.pages("cause", None, NOW))
    assert [page.whole is None for page in pages] == [True] * (len(pages) - 1) + [False]
    assert set(pages[-1].whole or ()) == {
        (t, "cause", "issue_link", c) for t, c in (("a", "x"), ("b", "y"), ("c", "z"))
    }
