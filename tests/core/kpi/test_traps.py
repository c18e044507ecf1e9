"""Traps of service statistics that belong to no single section, by hand."""

from __future__ import annotations

import pytest

from core.catalogue import Targets
from core.model import Hours, Part
from tests.core.kpi.build import HOUR, Figures, Record, catalogue, facts, incident, needs, outage, service, step, t

AT = "2026-03-31 00:00"
TEN = t("2026-03-20 10:00")


def of(supplier: str, n: int, hours: float, **more: object) -> list[Record]:
    """Incidents that took so long."""
    number = f"{supplier}-{more.get('priority')}-{hours}"
    return [incident(supplier, f"{number}-{i}", TEN, TEN + int(hours * HOUR), **more) for i in range(n)]


def test_simpson_whoever_is_better_in_every_priority_may_look_worse_over_all() -> None:
    """Acme meets 70 of 100 at priority 1 and 19 of 20 at 3: 89 of 120, 74 %.

    Globex 12 of 20 and 90 of 100: 102 of 120, 85 %. Acme is better in both: 0.70 > 0.60, 0.95 > 0.90. There is no
    ratio over the priorities that could say the opposite.
    """
    goal = Targets(incident_lead_time={1: 2 * HOUR, 3: 2 * HOUR})
    tickets = []
    for supplier, priority, met, missed in (
        ("acme", 1, 70, 30), ("acme", 3, 19, 1), ("globex", 1, 12, 8), ("globex", 3, 90, 10)
    ):  # fmt: skip
        about = {"priority": priority, "service": "shop"}
        tickets += of(supplier, met, 1, **about) + of(supplier, missed, 3, **about)
    known = catalogue(service("shop", needs("acme/web", "globex/dc"), targets=goal))
    found = Figures(facts(*tickets), known, AT)
    name = "siam_supplier_incident_target_met_ratio"
    ratios = {
        (labels["supplier"], labels["priority"]): found(name, **labels)
        for labels in found.labels(name)
        if labels["window"] == "30d"
    }
    assert ratios == {("acme", "1"): 0.70, ("acme", "3"): 0.95, ("globex", "1"): 0.60, ("globex", "3"): 0.90}


def test_quantiles_are_pooled_over_the_suppliers_of_a_case_count_and_never_averaged() -> None:
    """1,000 of an hour at Acme, 50 of 40 hours at Globex: the mean of the two p95 would be 20.5 h.

    Pooled, rank 0.95 x 1,049 = 996.55 lies among those of an hour; the mean is (1,000 + 2,000) / 1,050 h.
    """
    found = Figures(facts(*of("acme", 1000, 1), *of("globex", 50, 40)), catalogue(service("shop")), AT)
    pooled = {stat: found("siam_joint_case_lead_time_seconds", window="30d", stat=stat) for stat in ("p95", "mean")}
    assert pooled == {"p95": 3600, "mean": pytest.approx(3000 / 1050 * 3600)}
    each = [
        found("siam_supplier_incident_lead_time_seconds", supplier=supplier, window="30d", stat="p95")
        for supplier in ("acme", "globex")
    ]
    assert each == [3600, 40 * 3600]


def test_leaving_the_hard_ones_open_shortens_lead_times_and_the_age_of_the_backlog_says_so() -> None:
    """Ten of an hour and ten of 100 hours: mean 50.5 h. With the hard ones left open it is 1 h, and ten are open for
    254 h (from 20 March 10:00 to the 31st)."""
    easy = of("acme", 10, 1, service="shop")
    hard = of("acme", 10, 100, service="shop")
    left = [{**each, "state": "active", "resolved_at": None} for each in hard]
    known = catalogue(service("shop", Part("acme", "web")))
    lead = {"supplier": "acme", "window": "30d", "stat": "mean"}
    for tickets, mean, open_, age in ((easy + hard, 50.5, 0, None), (easy + left, 1, 10, 254)):
        found = Figures(facts(*tickets), known, AT)
        assert found("siam_supplier_incident_lead_time_seconds", **lead) == mean * 3600
        assert found("siam_incidents_open", supplier="acme", service="shop", priority="3") == open_
        older = found("siam_supplier_incident_open_age_seconds", supplier="acme", stat="p50")
        assert older == (None if age is None else age * 3600)


def test_of_nothing_there_is_no_ratio_no_mean_no_quantile_and_every_count_is_zero() -> None:
    """A hub that was read and found no ticket: availability is known, for nobody was down; nothing else is."""
    goal = Targets(0.99, {1: HOUR}, change_success=0.9, satisfaction=0.8)
    found = Figures(facts(), catalogue(service("shop", Part("acme", "web"), targets=goal)), AT)
    known = {
        "siam_joint_availability_ratio", "siam_service_availability_ratio", "siam_supplier_availability_ratio",
        "siam_service_error_budget_remaining_ratio", "siam_service_burn_rate", "siam_service_agreed_time_seconds",
        "siam_service_target", "siam_service_target_attained", "siam_joint_targets_attained_ratio", "siam_service_info",
        "siam_supplier_info", "siam_service_data_coverage_ratio",
        # Of the availability target, which is attained; how many results it rests on stands beside it.
        "siam_supplier_collaboration_component_ratio", "siam_supplier_collaboration_component_samples",
    }  # fmt: skip
    others = {(sample.name, sample.value) for sample in found.samples if sample.name not in known}
    assert others
    assert {value for _, value in others} == {0.0}
    assert not [name for name, _ in others if name.endswith(("_ratio", "_score"))]


def test_an_hour_that_the_clock_repeats_is_downtime_twice_and_one_that_it_skips_never() -> None:
    """Amsterdam, open from 2 to 3 at night: on 25 October 2026 that is 00:00 to 02:00 UTC, on 29 March no time at all.

    Down from 24 October 00:00 UTC for two days: the night of the 24th (00:00-01:00 UTC), and both hours of the 25th.
    """
    night = Hours("Europe/Amsterdam", (((120, 180),),) * 7)
    known = catalogue(service("shop", Part("acme", "web"), hours=night), windows=(("2d", 2 * 24 * 3600 * 1_000_000),))

    def hours(start: str, at: str) -> tuple[float | None, float | None]:
        found = Figures(facts(outages=[outage("acme", start, at, component="web")]), known, at)
        names = ("agreed_time", "downtime")
        agreed, down = (found(f"siam_service_{name}_seconds", service="shop", window="2d") for name in names)
        return agreed and agreed / 3600, down and down / 3600

    assert hours("2026-10-24 00:00", "2026-10-26 00:00") == (3, 3)
    assert hours("2026-03-28 00:00", "2026-03-30 00:00") == (1, 1)  # the 28th, 01:00-02:00 UTC


def test_a_target_on_service_hours_runs_through_the_hour_that_the_clock_repeats() -> None:
    """Open from midnight to 6 in Amsterdam: on 25 October 2026 seven hours. Worked on for all of them, against 6 h."""
    nights = Hours("Europe/Amsterdam", (((0, 360),),) * 7)
    for opened, met in (("2026-10-23 22:00", 1.0), ("2026-10-24 22:00", 0.0)):  # UTC: midnight in Amsterdam
        goal = Targets(incident_lead_time={3: 6 * HOUR}, clock="service_hours")
        known = catalogue(service("shop", Part("acme", "web"), hours=nights, targets=goal))
        ticket = incident("acme", "1", opened, t(opened) + 12 * HOUR, service="shop")
        found = Figures(facts(ticket), known, "2026-10-26 00:00")
        name = "siam_supplier_incident_target_met_ratio"
        assert found(name, supplier="acme", priority="3", window="7d") == met


def test_a_hold_just_before_the_target_saves_the_ticket_and_not_the_case() -> None:
    """Acme holds at 11:50 of a two-hour target until 16:00, Globex works on from 11:00 to 16:00: the ticket was active
    for 1 h 50 min; the case, in which somebody worked all the time, for 6 h."""
    goal = Targets(incident_lead_time={3: 2 * HOUR})
    known = catalogue(service("shop", needs("acme/web", "globex/dc"), targets=goal))
    held = [step("2026-03-20 11:50", "hold"), step("2026-03-20 16:00", "resolved")]
    one = incident("acme", "A-1", "2026-03-20 10:00", "2026-03-20 16:00", service="shop", history=held)
    two = incident("globex", "B-1", "2026-03-20 11:00", "2026-03-20 16:00", service="shop")
    bears = {"ticket": two, "reference": "A-1", "kind": "same", "evidence": "number"}
    found = Figures(facts(one, two, links=[bears]), known, AT)
    active = {"window": "30d", "stat": "mean"}
    assert found("siam_supplier_incident_active_time_seconds", supplier="acme", **active) == 110 * 60
    assert found("siam_joint_case_active_time_seconds", **active) == 6 * 3600
    assert found("siam_joint_case_lead_time_seconds", **active) == 6 * 3600
