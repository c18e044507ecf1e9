"""The committed rules and the page about them: up to date, valid, and each alert fires when it should and only then."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from ruamel.yaml import YAML

from exporters.families import FAMILIES
from exporters.rules.alerts import ALERTS
from exporters.rules.files import alerts_page, rules_file
from exporters.rules.records import RECORDS
from tests.prometheus_server import tool

ROOT: Final = Path(__file__).parent.parent.parent
RULES: Final = ROOT / "config" / "prometheus" / "rules" / "siamhub.yml"
ALERTMANAGER: Final = ROOT / "config" / "alertmanager" / "alertmanager.yml"
HUB: Final = {"job": "siamhub", "instance": "hub:9877"}
SOURCE: Final = {"supplier": "acme", "source": "servicenow"}
SHOP: Final = {"service": "webshop"}
SHOP_30: Final = {**SHOP, "window": "30d"}
NOW: Final = "0+60x260"  # the clock of the tests begins at 0 and goes on by a minute
LAST: Final = 240  # minutes: when all are looked at
REMAINING: Final = "siam_service_error_budget_remaining_ratio"
AS_OF: Final = "siamhub_kpi_as_of_timestamp_seconds"
Given: TypeAlias = tuple[str, dict[str, str], str]
FIGURES: Final[Given] = (AS_OF, {}, NOW)


@dataclass(frozen=True)
class Case:
    """What Prometheus has of an alert's series when it fires, with its labels then, and when it does not."""

    fires: list[Given]
    labels: list[dict[str, str]]
    quiet: list[list[Given]] = field(default_factory=list)
    at: int = LAST


def month(downtime: int, burn: float, target: float = 0.99) -> list[Given]:
    return [
        FIGURES,
        ("siam_service_burn_rate", {**SHOP, "window": "month"}, f"{burn}x260"),
        ("siam_service_downtime_seconds", {**SHOP, "window": "month"}, f"{downtime}x260"),
        ("siam_service_agreed_time_seconds", SHOP_30, "1000000x260"),  # the budget: 10,000 s
        ("siam_service_target", {**SHOP, "goal": "availability"}, f"{target}x260"),
    ]


def remaining(share: float, as_of: str = NOW) -> list[Given]:
    return [(AS_OF, {}, as_of), (REMAINING, SHOP_30, f"{share}x260")]


def stale(age: str, interval: int = 300) -> list[Given]:
    return [
        ("siamhub_source_last_success_timestamp_seconds", SOURCE, age),
        ("siamhub_source_interval_seconds", SOURCE, f"{interval}x260"),
        ("siamhub_source_up", SOURCE, "1x260"),
    ]


def watermark(moment: str, up: int = 1) -> list[Given]:
    return [
        ("siamhub_source_watermark_timestamp_seconds", SOURCE, moment),
        ("siamhub_source_up", SOURCE, f"{up}x260"),
    ]


def overdue(count: int, as_of: str = NOW) -> list[Given]:
    pair = {"from_party": "acme", "to_party": "globex"}
    return [(AS_OF, {}, as_of), ("siam_handovers_overdue", pair, f"{count}x260")]


def attained(value: int, window: str = "30d") -> list[Given]:
    labels = {**SHOP, "goal": "satisfaction", "window": window}
    return [FIGURES, ("siam_service_target_attained", labels, f"{value}x260")]


def one(name: str, labels: dict[str, str], values: str) -> list[Given]:
    return [(name, labels, values)]


PAIR: Final = {"from_party": "acme", "to_party": "globex", "supplier": "globex"}
OLD: Final = "0x260"  # never moved since the clock's beginning
CASES: Final = {
    "SiamErrorBudgetQuarterSpent": Case(remaining(0.75), [SHOP_30], [remaining(0.76), remaining(0.1, OLD)]),
    "SiamErrorBudgetHalfSpent": Case(remaining(0.5), [SHOP_30], [remaining(0.51)]),
    "SiamErrorBudgetSpent": Case(remaining(-0.2), [SHOP_30], [remaining(0.01), []]),
    "SiamErrorBudgetRunningOut": Case(
        month(3000, 1.5),
        [{**SHOP, "window": "month"}],
        [month(2400, 1.5), month(3000, 0.9), month(10001, 4), month(3000, 1.5, target=1)],
    ),
    "SiamJointTargetMissed": Case(
        attained(0), [{**SHOP_30, "goal": "satisfaction"}], [attained(1), attained(0, "month")]
    ),
    "SiamHandoverUnanswered": Case(
        overdue(2), [{**PAIR, "party": "acme"}, {**PAIR, "party": "globex"}], [overdue(0), overdue(2, OLD)]
    ),
    "SiamServiceDataIncomplete": Case(
        one("siam_service_data_coverage_ratio", SHOP, "0.5x260"),
        [SHOP],
        [one("siam_service_data_coverage_ratio", SHOP, "1x260")],
    ),
    "SiamSourceStale": Case(
        stale("0+60x120 7200x140"),
        [SOURCE],
        [stale(NOW), stale("0+60x120 7200x140", 3600), one("siamhub_source_up", SOURCE, "1x260")],
    ),
    "SiamWatermarkStuck": Case(
        watermark("-259200x260"), [SOURCE], [watermark("0x260"), watermark("-259200x260", up=0)]
    ),
    "SiamCensusDifference": Case(
        one("siamhub_source_census_difference", SOURCE, "-3x260"),
        [SOURCE],
        [one("siamhub_source_census_difference", SOURCE, "0x260")],
    ),
    "SiamUnmappedValuesRising": Case(
        one("siamhub_values_unmapped", SOURCE, "2x100 3x160"),
        [SOURCE],
        [
            one("siamhub_values_unmapped", SOURCE, "3x260"),
            one("siamhub_values_unmapped", SOURCE, "3x100 1x160"),
        ],
    ),
    "SiamBoardMonthNotClosed": Case(
        one("siam_board_closed_until_timestamp_seconds", {}, f"{LAST * 60 - 38 * 86400 - 7200}x260"),
        [{}],
        [one("siam_board_closed_until_timestamp_seconds", {}, f"{LAST * 60 - 37 * 86400}x260"), []],
    ),
    "SiamFiguresOld": Case(one(AS_OF, {}, OLD), [{}], [one(AS_OF, {}, NOW)]),
    "SiamNoFigures": Case(one("up", {}, "1x260"), [{}], [[*one("up", {}, "1x260"), *one(AS_OF, {}, NOW)]]),
    "SiamHubDown": Case(one("up", {}, "1x100 0x160"), [{}], [one("up", {}, "1x260")]),
    "SiamWindowNotConfigured": Case(
        [FIGURES, ("siam_joint_cases_resolved", {"window": "7d"}, "5x260")],
        [{}],
        [[FIGURES, ("siam_joint_cases_resolved", {"window": "30d"}, "5x260")]],
    ),
}


def written(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in {**HUB, **labels}.items())
    return f"{name}{{{inside}}}"


def promtool_test(given: list[Given], alert: str, expected: list[dict[str, str]], at: int) -> dict[str, Any]:
    """A test as promtool reads it: which alerts of this name fire at that minute."""
    entry = next(each for each in ALERTS if each.name == alert)
    fixed = {"alertname": alert, "alertstate": "firing", "severity": entry.severity, "about": entry.about}
    samples = [{"labels": written("ALERTS", {**fixed, **labels}), "value": 1} for labels in expected]
    query = f'ALERTS{{alertname="{alert}", alertstate="firing"}}'
    return {
        "interval": "1m",
        "input_series": [{"series": written(name, labels), "values": values} for name, labels, values in given],
        "promql_expr_test": [{"expr": query, "eval_time": f"{at}m", "exp_samples": samples}],
    }


def run_promtool(tests: list[dict[str, Any]], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "rules_test.yml"
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "10m", "tests": tests}))
    return subprocess.run([tool("promtool"), "test", "rules", path], capture_output=True, check=False, text=True)


def test_the_committed_rules_and_page_are_what_the_code_makes() -> None:
    assert RULES.read_text(encoding="utf-8") == rules_file(), "run: python -m exporters.rules"
    assert (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8") == alerts_page(), "run: python -m exporters.rules"


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    assert list(CASES) == [alert.name for alert in ALERTS]
    assert all(case.quiet for case in CASES.values())


@pytest.mark.prometheus
def test_every_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    tests = [promtool_test(case.fires, alert, case.labels, case.at) for alert, case in CASES.items()]
    tests += [promtool_test(given, alert, [], case.at) for alert, case in CASES.items() for given in case.quiet]
    done = run_promtool(tests, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.prometheus
def test_the_words_of_every_alert_can_be_filled_in(tmp_path: Path) -> None:
    """promtool shows the alerts that it got where it expected none: that is how their words are seen here."""
    tests = []
    for alert, case in CASES.items():
        wrong = promtool_test(case.fires, alert, [], case.at)
        del wrong["promql_expr_test"]
        wrong["alert_rule_test"] = [{"eval_time": f"{case.at}m", "alertname": alert, "exp_alerts": []}]
        tests.append(wrong)
    said = run_promtool(tests, tmp_path)
    text = said.stdout + said.stderr
    assert "error expanding" not in text
    for name in CASES:
        assert f'alertname="{name}"' in text
    assert "Call globex" in text
    assert "Tell acme that you have seen it" in text
    assert "no longer shown" in text


@pytest.mark.prometheus
def test_promtool_finds_nothing_in_the_rules() -> None:
    checked = subprocess.run([tool("promtool"), "check", "rules", RULES], capture_output=True, check=False, text=True)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(ALERTS) + len(RECORDS)} rules found" in checked.stdout


@pytest.mark.parametrize("rule", [*ALERTS, *RECORDS], ids=lambda rule: rule.name)
def test_no_rule_asks_for_a_series_that_there_is_not_nor_forgets_the_window(rule: Any) -> None:
    bare = re.sub(r"\w+:\w+:\w+", "", rule.expression)
    for name, matchers in re.findall(r"\b(siam\w+)\b(\{[^}]*\})?", bare.replace('"siamhub"', "")):
        assert name in FAMILIES
        assert not FAMILIES[name].windowed or re.search('window="(30d|month)"', matchers), name
    for name in re.findall(r"\w+:\w+:\w+", rule.expression):
        assert name in {each.name for each in RECORDS}


def test_every_alert_leads_to_its_section_and_tells_what_to_do() -> None:
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8"), re.MULTILINE)
    groups = YAML(typ="safe").load(RULES)["groups"]
    for rule in groups[0]["rules"][len(RECORDS) :]:
        assert rule["alert"] in sections
        assert rule["annotations"]["runbook_url"] == f"docs/alerts.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith((".", "?", "{{ end }}"))


@pytest.mark.prometheus
def test_amtool_finds_nothing_in_the_example_of_an_alertmanager() -> None:
    checked = subprocess.run(
        [tool("amtool"), "check-config", ALERTMANAGER], capture_output=True, check=False, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=SiamHandoverUnanswered about=handover party=acme", "acme"),
        ("alertname=SiamHandoverUnanswered about=handover party=globex", "globex"),
        ("alertname=SiamHandoverUnanswered about=handover party=integrator", "integrator"),
        ("alertname=SiamErrorBudgetSpent about=service service=webshop", "service-owners"),
        ("alertname=SiamSourceStale about=source supplier=acme", "operators"),
        ("alertname=SiamHubDown about=hub", "operators"),
        ("alertname=SiamBoardMonthNotClosed about=board", "board"),
    ],
)
def test_an_alert_is_told_to_those_who_can_mend_it(labels: str, receiver: str) -> None:
    command = [tool("amtool"), "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels.split()]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == receiver


def test_what_keeps_an_alert_back_is_an_alert_that_there_is_and_shares_the_labels() -> None:
    names = {alert.name for alert in ALERTS}
    carried = {name: {*HUB, *(key for labels in case.labels for key in labels)} for name, case in CASES.items()}
    about = {alert.name: alert.about for alert in ALERTS}
    for rule in YAML(typ="safe").load(ALERTMANAGER)["inhibit_rules"]:
        sources = _matched(rule["source_matchers"], names, about)
        targets = _matched(rule["target_matchers"], names, about)
        assert sources
        assert targets
        for name in sources:
            assert set(rule["equal"]) <= carried[name], rule
        for name in targets - {"SiamBoardMonthNotClosed"}:
            assert set(rule["equal"]) <= carried[name], rule
        assert not sources & targets


def _matched(matchers: list[str], names: set[str], about: Mapping[str, str]) -> set[str]:
    found = set(names)
    for label, pattern in re.findall(r'(alertname|about) =~? "([^"]+)"', " ".join(matchers)):
        found = {name for name in found if re.fullmatch(pattern, name if label == "alertname" else about[name])}
    return found
