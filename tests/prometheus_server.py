"""A real Prometheus for tests: it scrapes a target on loopback and answers the queries of our dashboards."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

DASHBOARDS: Final = Path(__file__).parent.parent / "config" / "grafana" / "dashboards"
_LOOKS: Final = 0.2  # seconds between two looks at a server that is not there yet
_CONFIGURATION: Final = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: siamhub
    honor_labels: true
    static_configs: [{{targets: ["{target}"]}}]
"""


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """A query of a dashboard, and where it stands."""

    panel: str
    expression: str


def tool(name: str) -> str:
    """The path of a program of Prometheus' package; the test is skipped without it, and fails where CI is set."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed; .ci/services installs it")
        pytest.skip(f"{name} is not installed (Debian: apt-get install prometheus)")
    return path


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now; fails the test where Prometheus refuses it."""
        answer = self._client.get("/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", f"{expression}: {answer.get('error')}"
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def label_values(self, metric: str, label: str) -> list[str]:
        """The values that a label of a metric has."""
        answer = self._client.get(f"/api/v1/label/{label}/values", params={"match[]": metric}).json()
        values: list[str] = answer["data"]
        return values

    def wait(self, seconds: float, *expressions: str) -> list[str]:
        """Look again and again until all expressions give data; those that do not after so many seconds."""
        deadline = time.monotonic() + seconds
        missing = list(expressions)
        while missing := [expression for expression in missing if not self.query(expression)]:
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOKS)
        return missing

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@contextmanager
def prometheus(target: str, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `host:port` every second and keeps its data in the folder."""
    configuration = folder / "prometheus.yml"
    configuration.write_text(_CONFIGURATION.format(target=target))
    program, port = tool("prometheus"), _free_port()
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            stdout=log,
            stderr=log,
        )
        server = Prometheus(f"http://127.0.0.1:{port}")
        try:
            _until_ready(server, process, folder / "prometheus.log")
            yield server
        finally:
            server.close()
            process.terminate()
            process.wait(10)


def dashboard_queries(dashboard: Mapping[str, Any]) -> list[PanelQuery]:
    """Every query of a dashboard's panels, as it stands there."""
    return [PanelQuery(panel["title"], target["expr"]) for panel in panels(dashboard) for target in panel["targets"]]


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The panels that ask for data, those inside rows too."""
    flat = [inner for panel in dashboard["panels"] for inner in (panel, *panel.get("panels", ()))]
    return [panel for panel in flat if panel.get("targets")]


def filled_in(expression: str, window: str, service: str = ".*") -> str:
    """The query as Grafana sends it."""
    values = {"window": window, "service": service, "supplier": ".*", "__rate_interval": "30s"}
    filled = re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)
    return filled.replace("[1h]", "[30s]")  # the tests' Prometheus is seconds old


def dashboards() -> dict[str, dict[str, Any]]:
    """The committed dashboards by file name."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def without_data(server: Prometheus, window: str, seconds: float = 20) -> Sequence[str]:
    """The queries of all committed dashboards that give no data within so many seconds: "panel: query"."""
    queries = {
        filled_in(query.expression, window): f"{name}: {query.panel}: {query.expression}"
        for name, dashboard in dashboards().items()
        for query in dashboard_queries(dashboard)
    }
    return [queries[missing] for missing in server.wait(seconds, *queries)]


def _until_ready(server: Prometheus, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if server.query("vector(1)"):
                return
        except (httpx.TransportError, ValueError):  # ValueError: "Service Unavailable" is no JSON
            time.sleep(_LOOKS)
    pytest.fail(f"Prometheus did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
