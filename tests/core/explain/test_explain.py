"""What two suppliers see of a figure: the tickets behind it, what was left out, and why there is no number."""

from __future__ import annotations

from typing import Any

import pytest

from core.catalogue import DAY
from core.explain.explain import explain
from core.explain.explanation import Explanation, NoSuchSeriesError
from core.model import SECOND
from exporters.explanation import as_json, as_text
from exporters.families import FAMILIES
from tests.core.kpi.build import HOUR, catalogue, facts, incident, needs, outage, service, t

LABELS = {name: family.labels for name, family in FAMILIES.items() if name.startswith("siam_")}
START = t("2026-03-02 00:00")
AT = START + 5 * DAY
SHOP = catalogue(service("shop", needs("acme/web", "globex/dc")))


def apart(series: str, *tickets: Any, **more: Any) -> Explanation:
    """The explanation of a series over these records."""
    return explain(facts(*tickets, **more), SHOP, AT, series, LABELS)


def test_downtime_names_the_components_and_the_tickets_behind_each_joint_interval() -> None:
    """A record of 2 h on web and an incident of priority 1 of 3 h on dc, an hour of which overlap: 4 h of downtime."""
    dc = incident("globex", "G1", START + HOUR, START + 4 * HOUR, priority=1, component="dc")
    down = outage("acme", START, START + 2 * HOUR, component="web")
    found = apart('siam_service_downtime_seconds{service="shop",window="7d"}', dc, outages=[down])
    (part,) = found.made.heaps[0].parts
    assert (found.value, part.value) == (4 * HOUR / SECOND, 4 * HOUR / SECOND)
    assert [(each.component, each.evidence) for each in part.behind] == [
        ("web", "outage record out-0"),
        ("dc", "inferred from priority"),
    ]
    assert [each.number for each in part.behind[1].tickets] == ["G1"]


def test_what_is_left_out_of_a_lead_time_is_told_with_its_reason() -> None:
    good = incident("acme", "A1", START, START + HOUR)
    bad = incident("acme", "A2", START + HOUR, START)
    gone = incident("acme", "A3", START, state="cancelled")
    waits = incident("acme", "A4", START)
    series = 'siam_supplier_incident_lead_time_seconds{supplier="acme",window="7d",stat="p50"}'
    found = apart(series, good, bad, gone, waits)
    told = {each.reason: [ticket.number for ticket in each.tickets] for each in found.made.left_out}
    assert [part.tickets[0].number for part in found.made.heaps[0].parts] == ["A1"]
    assert told["suspect: resolved before opened"] == ["A2"]
    assert told["cancelled"] == ["A3"]
    assert told["still open"] == ["A4"]


def test_a_figure_over_nothing_is_explained_by_why_there_is_none() -> None:
    found = apart('siam_joint_satisfaction_ratio{window="7d"}', incident("acme", "A1", START))
    assert found.value is None
    assert "no data is no number" in found.why
    budget = apart('siam_service_burn_rate{service="shop",window="7d"}', incident("acme", "A1", START))
    assert "not configured: services.shop.targets.availability" in budget.why


def test_an_unknown_service_gets_a_suggestion() -> None:
    with pytest.raises(NoSuchSeriesError, match="did you mean shop"):
        apart('siam_service_outages{service="shopp",window="7d"}')


def test_what_the_board_keeps_is_said_to_be_told_elsewhere() -> None:
    with pytest.raises(NoSuchSeriesError, match="siamhub board list"):
        apart("siam_board_closed_until_timestamp_seconds")
    assert "siamhub action list" in apart('siam_improvement_actions{status="open"}').why


def test_a_person_sees_the_first_parts_and_a_program_all_of_them() -> None:
    many = [incident("acme", f"A{i}", START, START + (i + 1) * HOUR) for i in range(60)]
    found = apart('siam_supplier_incident_lead_time_seconds{supplier="acme",window="7d",stat="p90"}', *many)
    text = as_text(found, "UTC")
    assert "and 10 more; --json has all of them" in text
    assert "53.1 of 0 to 59" in text
    assert as_json(found).count('"number"') == 60
