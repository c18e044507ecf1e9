"""The table of metric families keeps the conventions and holds what the specification of the metrics lists."""

from __future__ import annotations

import re

import pytest

from exporters.families import FAMILIES
from exporters.family import Family

LISTED = {
    "joint service": "availability_ratio case_lead_time_seconds case_active_time_seconds cases_resolved "
    "ping_pong_ratio waiting_ratio",
    "joint service supplier": "change_lead_time_seconds change_success_ratio change_emergency_ratio "
    "change_on_schedule_ratio satisfaction_ratio satisfaction_top_box_ratio satisfaction_responses "
    "satisfaction_response_ratio",
    "joint supplier": "handover_response_seconds handover_answered_in_time_ratio handover_bounce_ratio",
    "joint": "targets_attained_ratio",
    "service": "downtime_seconds agreed_time_seconds outages mean_time_to_restore_seconds "
    "mean_time_between_failures_seconds error_budget_remaining_ratio burn_rate shared_downtime_seconds "
    "inferred_downtime_ratio target_attained target data_coverage_ratio info",
    "supplier": "availability_ratio downtime_seconds sole_downtime_seconds incident_lead_time_seconds "
    "incident_active_time_seconds incident_first_response_seconds incident_target_met_ratio collaboration_score "
    "collaboration_component_ratio collaboration_component_samples info incident_open_age_seconds",
}
PLAIN = (
    "siam_incidents_resolved siam_incidents_reopened siam_changes_completed siam_change_caused_incidents "
    "siam_handovers siam_incidents_open siam_incidents_opened_total siam_incident_resolutions_total "
    "siam_improvement_actions siam_board_next_meeting_timestamp_seconds siamhub_build_info "
    "siamhub_kpi_as_of_timestamp_seconds siamhub_kpi_refresh_duration_seconds siamhub_source_up "
    "siamhub_source_last_success_timestamp_seconds siamhub_source_watermark_timestamp_seconds "
    "siamhub_source_interval_seconds siamhub_records_synced_total siamhub_records_rejected_total siamhub_tickets "
    "siamhub_tickets_suspect siamhub_source_census_difference siamhub_references_ambiguous siamhub_requests_total "
    "siamhub_request_retries_total siamhub_request_duration_seconds"
)
FOR_ALERTS = "siam_handovers_overdue siam_board_closed_until_timestamp_seconds siamhub_values_unmapped"
NO_WINDOW = {"target", "data_coverage_ratio", "info", "incident_open_age_seconds"}

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def test_the_table_holds_exactly_the_metrics_of_the_specification_and_what_alerts_need() -> None:
    scoped = {
        f"siam_{scope}_{name}" for scopes, names in LISTED.items() for scope in scopes.split() for name in names.split()
    }
    assert set(FAMILIES) == scoped | set(PLAIN.split()) | set(FOR_ALERTS.split())


@every_family
def test_a_family_bears_its_scope_in_the_name_and_as_a_label(family: Family) -> None:
    scope = family.name.split("_")[1]
    if family.name.startswith("siam_") and scope in ("joint", "service", "supplier"):
        assert ("supplier" in family.labels) == (scope == "supplier")
        assert scope == "joint" or scope in family.labels
        suffix = family.name.removeprefix(f"siam_{scope}_")
        assert family.windowed == (suffix not in NO_WINDOW)


@every_family
def test_a_family_follows_the_naming_conventions(family: Family) -> None:
    assert re.fullmatch(r"siam(hub)?(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.type == "counter")
    assert family.name.endswith("_info") == (family.type == "info")
    assert not set(family.labels) & {"quantile", "le", "job", "instance"}
    assert len(set(family.labels)) == len(family.labels)
    assert set(family.optional) <= set(family.labels)


@every_family
def test_a_family_is_defined_by_one_sentence(family: Family) -> None:
    assert re.fullmatch(r"[A-Z1].*[a-z)0-9]\.", family.help), family.help
    assert ". " not in family.help
    assert "{" not in family.help


@every_family
def test_a_family_of_quantiles_says_which_label_tells_them_apart(family: Family) -> None:
    assert ("stat" in family.labels) == ("p90" in family.help)
