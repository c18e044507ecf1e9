"""The demo's set-up: three servers, their configuration, and one simulator by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from connectors.registry import Registry
from connectors.simulators.demo import KINDS, Demo, serve_one, start
from connectors.simulators.history import HistoryError
from connectors.simulators.story_cast import COMPONENTS, SERVICES
from core.errors import UserError
from core.model import Instant
from core.settings import Settings, load
from tests.connectors.simulators.small_world import Clock, at
from tests.connectors.simulators.test_history import LIFE, text

NOW = at("2026-10-14 09:30")
FIRST = {
    "servicenow": "/api/now/table/incident?sysparm_limit=1",
    "jira": "/rest/api/3/myself",
    "topdesk": "/tas/api/incidents?pageSize=1",
}


def settings(demo: Demo, folder: Path) -> Settings:
    path = folder / "siamhub.yaml"
    path.write_text(demo.configuration(f"sqlite:///{folder / 'hub.db'}", "127.0.0.1:0"))
    return load(path, {}, Registry, NOW)


def test_three_vendors_answer_and_are_gone_at_the_end() -> None:
    with start(1, NOW, Clock(NOW)) as demo:
        urls = list(demo.addresses.values())
        assert sorted(name.split(" of ")[1] for name in demo.addresses) == ["acme", "globex", "initech"]
        for url in urls:
            assert httpx.get(url).status_code < 500
    for url in urls:
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_the_configuration_of_the_story_is_right_and_names_everything_in_it(tmp_path: Path) -> None:
    with start(1, NOW, Clock(NOW)) as demo:
        found = settings(demo, tmp_path)
    assert [source.config.source for source in found.sources] == ["servicenow", "jira", "topdesk"]
    assert {service.key for service in found.catalogue.services} == {service.key for service in SERVICES}
    written = (tmp_path / "siamhub.yaml").read_text()
    for component in COMPONENTS:
        assert all(name in written for name in component.names)


def test_the_configuration_of_a_log_reaches_back_to_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(LIFE))
    with start(1, NOW, Clock(NOW), history=path) as demo:
        found = settings(demo, tmp_path)
        assert list(demo.addresses) == ["ServiceNow of acme"]
    (source,) = found.sources
    assert source.config.since < at("2016-02-29 01:16")
    assert max(length for _, length in found.catalogue.windows) > NOW - at("2016-02-29 01:16")


def test_a_log_that_cannot_be_read_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(HistoryError):
        start(1, NOW, Clock(NOW), history=tmp_path / "nothing.csv")


def test_faults_are_ordered_for_one_supplier_of_the_demo() -> None:
    with start(1, NOW, Clock(NOW)) as demo:
        demo.faults["acme"].next("503")
        answers = [httpx.get(url).status_code == 503 for url in demo.addresses.values()]
    assert answers == [True, False, False]


@pytest.mark.parametrize("vendor", KINDS)
def test_one_simulator_can_be_served_by_itself(vendor: str) -> None:
    served, login = serve_one(vendor, 1, NOW, Clock(NOW))
    with served:
        answer = httpx.get(served.url + FIRST[vendor], auth=(login.user, login.secret))
        assert answer.status_code in (200, 206)
        assert httpx.post(f"{served.url}/_sim/faults", json={"kind": "500"}).status_code == 200
        assert httpx.get(served.url + FIRST[vendor], auth=(login.user, login.secret)).status_code == 500


def test_a_log_by_itself_is_served_as_servicenow_only(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(LIFE))
    clock: Callable[[], Instant] = Clock(NOW)
    served, login = serve_one("servicenow", 1, NOW, clock, history=path)
    with served:
        answer = httpx.get(served.url + FIRST["servicenow"], auth=(login.user, login.secret))
        assert answer.headers["X-Total-Count"] == "1"
    with pytest.raises(UserError, match="replayed as ServiceNow, not as jira"):
        serve_one("jira", 1, NOW, clock, history=path)


def test_a_vendor_that_is_not_simulated_is_answered_with_those_that_are() -> None:
    with pytest.raises(UserError, match="there is no simulator 'remedy'; there are: servicenow, jira, topdesk"):
        serve_one("remedy", 1, NOW, Clock(NOW))
