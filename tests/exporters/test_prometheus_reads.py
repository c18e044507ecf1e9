"""A real Prometheus on what we expose and ship: it scrapes, its tool finds nothing, and every panel gets data."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import SECOND, Instant
from exporters.families import FAMILIES
from exporters.metrics import Exposition
from exporters.server import serve
from exporters.web import make_app
from tests.exporters.example import CATALOGUE, Hub, every_sample, exposition, statuses
from tests.prometheus_server import Prometheus, dashboards, prometheus, tool, without_data

pytestmark = pytest.mark.prometheus
CONFIG = Path(__file__).parent.parent.parent / "config"


def test_promtool_finds_nothing_in_an_exposition_of_every_family() -> None:
    kind, text = exposition().scrape(None, gzip=False)
    assert kind.startswith("text/plain")
    checked = subprocess.run([tool("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_promtool_finds_nothing_in_the_shipped_configuration() -> None:
    path = CONFIG / "prometheus" / "prometheus.yml"
    checked = subprocess.run([tool("promtool"), "check", "config", path], capture_output=True, check=False, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "SUCCESS" in checked.stdout


def _now() -> Instant:
    return int(time.time()) * SECOND


@pytest.fixture(scope="module")
def scraping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that scrapes a served hub with figures of every family."""
    shown = Exposition("0.1.0", lambda: statuses(now=_now()))
    shown.update(every_sample(), _now(), 0.25)
    server = serve(make_app(shown, Hub(), False), "127.0.0.1", 0)
    try:
        with prometheus(f"127.0.0.1:{server.port}", tmp_path_factory.mktemp("prometheus")) as running:
            assert not running.wait(20, 'up{job="siamhub"} == 1')
            yield running
    finally:
        server.stop()


def test_prometheus_takes_every_family(scraping: Prometheus) -> None:
    histogram = "siamhub_request_duration_seconds"
    names = [f"{name}_bucket" if name == histogram else name for name in FAMILIES]
    assert not [name for name in names if not scraping.query(name)]


def test_prometheus_keeps_our_labels_under_their_own_names(scraping: Prometheus) -> None:
    series = scraping.query('siam_supplier_availability_ratio{service="webshop", supplier="acme", window="30d"}')
    assert [set(one["metric"]) - {"__name__"} for one in series] == [
        {"service", "supplier", "window", "job", "instance"}
    ]


def test_a_figure_arrives_with_every_digit(scraping: Prometheus) -> None:
    sent = {tuple(sorted(s.labels)): s.value for s in every_sample() if s.name == "siam_service_availability_ratio"}
    got = {
        (("service", one["metric"]["service"]), ("window", one["metric"]["window"])): float(one["value"][1])
        for one in scraping.query("siam_service_availability_ratio")
    }
    assert got == sent


@pytest.mark.parametrize("window", ["7d", "last_month"])
def test_every_query_of_every_dashboard_gives_data(scraping: Prometheus, window: str) -> None:
    assert not without_data(scraping, window)


def test_a_query_without_data_is_found(scraping: Prometheus) -> None:
    assert scraping.wait(0, "siamhub_build_info", "siam_nothing") == ["siam_nothing"]


def test_the_variables_of_the_dashboards_have_values(scraping: Prometheus) -> None:
    assert set(scraping.label_values("siam_joint_cases_resolved", "window")) == {
        *(label for label, _ in CATALOGUE.windows),
        "month",
        "last_month",
    }
    assert scraping.label_values("siam_service_info", "service") == ["payroll", "webshop"]
    queries = {
        variable["query"]
        for dashboard in dashboards().values()
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "query"
    }
    assert queries == {
        "label_values(siam_joint_cases_resolved, window)",
        "label_values(siam_service_info, service)",
        "label_values(siam_supplier_info, supplier)",
    }
