"""The committed dashboards: up to date, understood by Grafana's own models, and honest in every panel."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard
from ruamel.yaml import YAML

from exporters.families import FAMILIES
from exporters.grafana.files import dashboards as generated
from exporters.grafana.queries import by_title, fresh, select
from tests.prometheus_server import DASHBOARDS, dashboard_queries, dashboards, filled_in, panels

CONFIG = Path(__file__).parent.parent.parent / "config"
every_dashboard = pytest.mark.parametrize("dashboard", dashboards().values(), ids=dashboards())
PANELS = [(name, panel) for name, dashboard in dashboards().items() for panel in panels(dashboard)]
every_panel = pytest.mark.parametrize("panel", [panel for _, panel in PANELS], ids=[p["title"] for _, p in PANELS])


def test_the_committed_files_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS.glob("*.json")}
    assert committed == generated(), "run: python -m exporters.grafana"


@every_dashboard
def test_grafanas_own_models_read_the_file(dashboard: dict[str, Any]) -> None:
    read = Dashboard.from_json(dashboard)
    assert read.uid == dashboard["uid"]
    assert len(read.panels or []) == len(dashboard["panels"])


@every_dashboard
def test_panels_have_ids_of_their_own_and_do_not_lie_on_each_other(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [
        (column, line)
        for panel in dashboard["panels"]
        for place in [panel["gridPos"]]
        for column in range(place["x"], place["x"] + place["w"])
        for line in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(column for column, _ in cells) < 24


@every_dashboard
def test_joint_figures_come_before_those_of_services_and_suppliers_come_last(
    dashboard: dict[str, Any],
) -> None:
    figures = [
        name
        for query in dashboard_queries(dashboard)
        for name in re.findall(r"siam_(joint|service|supplier)_(?!info|data_coverage)\w+", query.expression)
    ]
    assert figures == sorted(figures)
    assert ("supplier" in figures) == (dashboard["title"] in ("Between us", "Supplier"))


def test_there_are_five_dashboards_that_link_each_other() -> None:
    titles = {dashboard["title"] for dashboard in dashboards().values()}
    assert titles == {"Board", "Service", "Between us", "Supplier", "Data quality"}
    for dashboard in dashboards().values():
        (link,) = dashboard["links"]
        assert link["type"] == "dashboards"
        assert set(link["tags"]) <= set(dashboard["tags"])
        assert link["includeVars"]
        assert link["keepTime"]


@every_panel
def test_no_panel_ranks(panel: dict[str, Any]) -> None:
    assert not re.search(r"\b(topk|bottomk|sort|sort_desc)\b", json.dumps(panel["targets"]))
    assert not panel.get("options", {}).get("sortBy")
    assert "sortBy" not in [each["id"] for each in panel.get("transformations", ())]


def test_a_supplier_is_looked_at_alone() -> None:
    chosen = next(v for v in dashboards()["supplier.json"]["templating"]["list"] if v["name"] == "supplier")
    assert chosen["multi"] is False
    assert chosen["includeAll"] is False


@every_panel
def test_a_panel_has_a_unit_a_definition_and_words_for_no_data(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"]
    shown = {
        name
        for target in panel["targets"]
        for name in re.findall(r"siam(?:hub)?_\w+", target["expr"])
        if name not in ("siam_service_info", "siam_supplier_info", "siamhub_kpi_as_of_timestamp_seconds")
    }
    for name in shown:
        assert FAMILIES[name].help in panel["description"]


@every_panel
def test_a_panel_calls_nobody_red(panel: dict[str, Any]) -> None:
    assert "red" not in json.dumps(panel["fieldConfig"])


@every_panel
def test_a_panel_asks_the_chosen_data_source(panel: dict[str, Any]) -> None:
    for asked in (panel, *panel["targets"]):
        assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@every_panel
def test_no_query_mixes_windows(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        for name, matchers in re.findall(r"(siam\w+)(\{[^}]*\})?", target["expr"]):
            if FAMILIES[name].windowed:
                assert 'window="$window"' in matchers, target["expr"]


@every_panel
def test_a_figure_of_the_kpi_run_is_shown_only_while_it_is_fresh(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        if "siam_" in target["expr"]:
            assert target["expr"].endswith("and on () (time() - max(siamhub_kpi_as_of_timestamp_seconds) < 1800)")


@every_dashboard
def test_the_window_is_one_at_a_time(dashboard: dict[str, Any]) -> None:
    window = next(variable for variable in dashboard["templating"]["list"] if variable["name"] == "window")
    assert window["multi"] is False
    assert window["includeAll"] is False


def test_a_selection_always_names_the_window_of_a_windowed_family() -> None:
    assert select("siam_joint_waiting_ratio") == 'siam_joint_waiting_ratio{window="$window"}'
    assert select("siam_service_case_lead_time_seconds", stat="~p50|p90") == (
        'siam_service_case_lead_time_seconds{stat=~"p50|p90", service=~"$service", window="$window"}'
    )
    assert select("siamhub_build_info") == "siamhub_build_info"
    with pytest.raises(KeyError):
        select("siam_nothing")


def test_a_query_is_filled_in_as_grafana_does() -> None:
    query = fresh(by_title(select("siam_service_outages"), "service"))
    assert "$" not in filled_in(query, "30d")
    assert 'window="30d"' in filled_in(query, "30d")


def test_provisioning_finds_the_dashboards_and_the_data_source() -> None:
    yaml = YAML(typ="safe")
    provider = yaml.load(CONFIG / "grafana" / "provisioning" / "dashboards" / "siamhub.yaml")["providers"][0]
    source = yaml.load(CONFIG / "grafana" / "provisioning" / "datasources" / "prometheus.yaml")["datasources"][0]
    grafana = yaml.load(CONFIG / "docker-compose.yaml")["services"]["grafana"]
    mounts = {target: CONFIG / folder for folder, target, _ in (mount.split(":") for mount in grafana["volumes"][:2])}
    assert mounts[provider["options"]["path"]].resolve() == DASHBOARDS
    assert (mounts["/etc/grafana/provisioning"] / "datasources" / "prometheus.yaml").is_file()
    assert source["type"] == "prometheus"
    assert source["url"].strip("${}") in grafana["environment"]


def test_prometheus_is_told_to_keep_our_labels() -> None:
    settings = YAML(typ="safe").load(CONFIG / "prometheus" / "prometheus.yml")
    assert settings["global"]["scrape_interval"] == "60s"
    (job,) = settings["scrape_configs"]
    assert job["honor_labels"] is True
    assert job["static_configs"] == [{"targets": ["siamhub:9877"]}]
