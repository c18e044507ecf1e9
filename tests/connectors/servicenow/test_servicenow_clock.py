"""A hub whose clock is not the instance's, and an instance that does not tell what its clock shows."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from connectors.registry import Registry
from connectors.rest import connect
from core.model import SECOND
from core.sync import sync
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, story
from tests.connectors.servicenow.truth import Truth

WORLD = story(days=30)
HOUR = 3600


class Dated(httpx.HTTPTransport):
    """The network, over which the instance's clock is so many seconds ahead of ours; None: it does not tell."""

    def __init__(self, ahead: int | None) -> None:
        super().__init__()
        self._ahead = ahead

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        del answer.headers["Date"]
        if self._ahead is not None:
            answer.headers["Date"] = formatdate(time.time() + self._ahead, usegmt=True)
        return answer


@pytest.mark.parametrize("told", [True, False], ids=["told", "no Date header"])
@pytest.mark.parametrize("ahead", [0, HOUR, -HOUR], ids=["in time", "an hour behind", "an hour ahead"])
def test_whatever_the_hubs_clock_shows_each_pass_brings_all_that_has_changed(
    ahead: int, told: bool, tmp_path: Path
) -> None:
    """`ahead`: by which the instance's clock is ahead of the hub's."""
    with Site(WORLD, BEGIN + 20 * DAY) as site:
        hub = site.hub(tmp_path)
        hub.connector.close()
        manifest = Registry(None).manifest("servicenow")
        network = Dated(ahead if told else None)
        hub.connector = connect(manifest, hub.config, hub.status, transport=network, sleep=lambda seconds: None)
        for _ in range(4):
            outcome = sync(
                hub.source,
                hub.connector,
                hub.store,
                hub.status,
                lambda: site.now - ahead * SECOND,
                lambda: False,
                False,
            )
            assert outcome.state == "ok"
            assert Truth(WORLD, site.now, site.url).differences(hub.database) == []
            site.now += DAY // 48
