"""The one table of metric families: every figure that the hub exposes, and the sentence that defines it.

The exposition, the dashboards and `docs/metrics.md` are made from it. A figure that has no sample is not exposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from exporters.family import Family, Origin, Type

_SCOPES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "joint": ((), "over everything"),
    "service": (("service",), "of the service"),
    "supplier": (("supplier",), "of the supplier"),
}


def _scoped(scopes: str, suffix: str, text: str, *more: str, window: bool = True, stat: bool = False) -> list[Family]:
    """The same figure in several scopes; `{scope}` in the text becomes the words for each of them."""
    tail = (*more, *(["window"] if window else []), *(["stat"] if stat else []))
    spread = " (p50, p90, p95 or mean, by stat)" if stat else ""
    return [
        Family(f"siam_{scope}_{suffix}", "gauge", text.format(scope=words) + spread + ".", (*labels, *tail))
        for scope in scopes.split()
        for labels, words in [_SCOPES[scope]]
    ]


def _count(name: str, text: str, *labels: str) -> Family:
    return Family(f"siam_{name}", "gauge", text, labels)


def _total(name: str, text: str) -> Family:
    return Family(f"siam_{name}_total", "counter", text, ("supplier",))


def _hub(name: str, text: str, *labels: str, kind: Type = "gauge", origin: Origin = "hub") -> Family:
    return Family(f"siamhub_{name}", kind, text, labels, origin)


_AVAILABILITY: Final = [
    Family(
        "siam_joint_availability_ratio",
        "gauge",
        "Availability over all services: agreed time minus joint downtime, divided by agreed time, both summed over "
        "services by weight.",
        ("window",),
    ),
    Family(
        "siam_service_availability_ratio",
        "gauge",
        "Availability of the service: 1 - joint downtime / agreed time.",
        ("service", "window"),
    ),
    Family(
        "siam_supplier_availability_ratio",
        "gauge",
        "Availability of the service if only the components of this supplier had been able to fail.",
        ("supplier", "service", "window"),
    ),
    *_scoped("service", "downtime_seconds", "Joint downtime {scope} within agreed time"),
    Family(
        "siam_supplier_downtime_seconds",
        "gauge",
        "Downtime of the service if only the components of this supplier had been able to fail.",
        ("supplier", "service", "window"),
    ),
    *_scoped("service", "agreed_time_seconds", "Agreed service hours {scope} without planned maintenance"),
    *_scoped("service", "outages", "Joint downtime intervals {scope} that overlap agreed time in the window"),
    *_scoped("service", "mean_time_to_restore_seconds", "Downtime per outage {scope}"),
    *_scoped("service", "mean_time_between_failures_seconds", "Agreed time without downtime per outage {scope}"),
    *_scoped(
        "service",
        "error_budget_remaining_ratio",
        "Share of the error budget {scope} that is left: 1 - downtime / ((1 - target) x agreed time), negative when "
        "overspent",
    ),
    *_scoped(
        "service",
        "burn_rate",
        "Speed at which the error budget {scope} is spent: (downtime / agreed time) / (1 - target), where 1 spends it "
        "exactly",
    ),
    *_scoped(
        "service",
        "shared_downtime_seconds",
        "Joint downtime {scope} in which components of two or more suppliers were down",
    ),
    Family(
        "siam_supplier_sole_downtime_seconds",
        "gauge",
        "Joint downtime of the service in which only components of this supplier were down.",
        ("supplier", "service", "window"),
    ),
    *_scoped(
        "service",
        "inferred_downtime_ratio",
        "Share of the downtime {scope} that was inferred from incident priority instead of recorded as an outage",
    ),
]

_LEAD_TIME: Final = [
    *_scoped(
        "joint service",
        "case_lead_time_seconds",
        "Time from the opening of a case's first incident to the resolution of its last, {scope}, of cases resolved "
        "in the window",
        stat=True,
    ),
    *_scoped(
        "joint service",
        "case_active_time_seconds",
        "Time in which at least one incident of a case was open and not on hold, {scope}, of cases resolved in the "
        "window",
        stat=True,
    ),
    *_scoped("joint service", "cases_resolved", "Cases resolved in the window, {scope}"),
    *_scoped(
        "supplier",
        "incident_lead_time_seconds",
        "Time from opening to last lasting resolution of incidents {scope} resolved in the window",
        stat=True,
    ),
    *_scoped(
        "supplier",
        "incident_active_time_seconds",
        "Lead time without time on hold of incidents {scope} resolved in the window",
        stat=True,
    ),
    *_scoped(
        "supplier",
        "incident_first_response_seconds",
        "Time from opening to the first visible act of a person {scope}, of incidents first answered in the window",
        stat=True,
    ),
    *_scoped(
        "supplier",
        "incident_target_met_ratio",
        "Share of incidents {scope} resolved in the window whose active time was within the service's target for "
        "their priority, where there is one",
        "priority",
    ),
    *_scoped(
        "supplier",
        "incident_open_age_seconds",
        "Age of incidents {scope} that are open now",
        window=False,
        stat=True,
    ),
    _count(
        "incidents_resolved",
        "Incidents whose last lasting resolution lies in the window.",
        "supplier",
        "service",
        "priority",
        "window",
    ),
    _count(
        "incidents_reopened",
        "Incidents reopened in the window after a resolution that did not last.",
        "supplier",
        "service",
        "priority",
        "window",
    ),
    _count("incidents_open", "Incidents that are open now.", "supplier", "service", "priority"),
    _total(
        "incidents_opened",
        "Incidents opened since records began, counted in the database, so that it survives restarts.",
    ),
    _total(
        "incident_resolutions",
        "Resolutions of incidents since records began, counted in the database, so that it survives restarts.",
    ),
]

_CHANGES: Final = [
    *_scoped(
        "joint service supplier",
        "change_lead_time_seconds",
        "Time from request to actual end of changes completed in the window, {scope}",
        stat=True,
    ),
    *_scoped(
        "joint service supplier",
        "change_success_ratio",
        "Share of changes judged in the window, {scope}, that ended successfully and caused no incident within the "
        "watch period",
    ),
    *_scoped(
        "joint service supplier",
        "change_emergency_ratio",
        "Share of changes completed in the window, {scope}, that were emergency changes",
    ),
    *_scoped(
        "joint service supplier",
        "change_on_schedule_ratio",
        "Share of changes completed in the window, {scope}, that stayed inside their planned interval, of those that "
        "have one",
    ),
    _count("changes_completed", "Changes completed in the window.", "supplier", "service", "type", "outcome", "window"),
    _count(
        "change_caused_incidents",
        "Incidents opened in the window that name a change as their cause.",
        "supplier",
        "service",
        "window",
    ),
]

_SATISFACTION: Final = [
    *_scoped(
        "joint service supplier",
        "satisfaction_ratio",
        "Mean of customers' answers given in the window, {scope}, each as (score - min) / (max - min) of its scale",
    ),
    *_scoped(
        "joint service supplier",
        "satisfaction_top_box_ratio",
        "Share of customers' answers given in the window, {scope}, of 0.75 or more on the scale from 0 to 1",
    ),
    *_scoped("joint service supplier", "satisfaction_responses", "Customers' answers given in the window, {scope}"),
    *_scoped(
        "joint service supplier",
        "satisfaction_response_ratio",
        "Share of incidents resolved in the window, {scope}, that have a customer's answer",
    ),
]

_COLLABORATION: Final = [
    *_scoped(
        "joint service",
        "ping_pong_ratio",
        "Share of cases with a handover resolved in the window, {scope}, that came back twice or more, at least once "
        "without any work done",
    ),
    *_scoped(
        "joint service",
        "waiting_ratio",
        "Share of the elapsed time of cases with a handover resolved in the window, {scope}, that passed between a "
        "handover and its response",
    ),
    *_scoped(
        "joint supplier",
        "handover_response_seconds",
        "Time from a handover in the window to the receiving party's first own act, in its support hours, {scope}",
        stat=True,
    ),
    *_scoped(
        "joint supplier",
        "handover_answered_in_time_ratio",
        "Share of handovers in the window that the receiving party answered within the target, {scope}",
    ),
    *_scoped(
        "joint supplier",
        "handover_bounce_ratio",
        "Share of ended handovers in the window that went back without any own act of the receiving party, {scope}",
    ),
    *_scoped(
        "supplier",
        "collaboration_score",
        "Collaboration score {scope} as a party, from 0 to 1: weighted mean of its components",
    ),
    *_scoped(
        "supplier",
        "collaboration_component_ratio",
        "Component of the collaboration score {scope}, from 0 to 1 (responsiveness, flow, constructiveness or "
        "joint_goals), small samples drawn towards all parties' ratio",
        "component",
    ),
    *_scoped(
        "supplier",
        "collaboration_component_samples",
        "Observations behind a component of the collaboration score {scope}",
        "component",
    ),
    _count("handovers", "Handovers of cases between two parties in the window.", "from_party", "to_party", "window"),
    _count(
        "handovers_overdue",
        "Handovers of open cases that the receiving party has not answered, though the time to answer them is over.",
        "from_party",
        "to_party",
    ),
]

_TARGETS: Final = [
    Family(
        "siam_joint_targets_attained_ratio",
        "gauge",
        "Share of the services' joint targets with a known result that were attained in the window.",
        ("window",),
    ),
    Family(
        "siam_service_target_attained",
        "gauge",
        "1 where the service attained its target in the window, 0 where it missed it.",
        ("service", "goal", "window"),
    ),
    Family(
        "siam_service_target",
        "gauge",
        "Configured target of the service: a ratio, or seconds of active time by priority for incident_lead_time.",
        ("service", "goal", "priority"),
        optional=("priority",),
    ),
    Family(
        "siam_service_data_coverage_ratio",
        "gauge",
        "Share of the service's suppliers whose sources succeeded within the last 3 intervals; below 1 the service's "
        "figures are incomplete.",
        ("service",),
    ),
    Family("siam_service_info", "info", "Title of the service.", ("service", "title")),
    Family("siam_supplier_info", "info", "Title of the supplier.", ("supplier", "title")),
    _count("improvement_actions", "Improvement actions agreed by the board.", "status"),
    _count("board_next_meeting_timestamp_seconds", "Start of the next board meeting, in seconds since the epoch."),
    _count(
        "board_closed_until_timestamp_seconds",
        "End of the latest month whose figures were closed for the board, in seconds since the epoch.",
    ),
]

_SOURCE: Final = ("supplier", "source")
_HUB: Final = [
    _hub("build_info", "Version of the running hub.", "version", kind="info"),
    _hub(
        "kpi_as_of_timestamp_seconds", "Instant for which the exposed KPIs were computed, in seconds since the epoch."
    ),
    _hub("kpi_refresh_duration_seconds", "Time that the last computation of the KPIs took."),
    _hub(
        "source_up", "1 where the last pass over the source succeeded, wholly or in part, 0 where it failed.", *_SOURCE
    ),
    _hub(
        "source_last_success_timestamp_seconds",
        "End of the last pass over the source that succeeded, in seconds since the epoch.",
        *_SOURCE,
    ),
    _hub(
        "source_watermark_timestamp_seconds",
        "Change time up to which the source's records were read, in seconds since the epoch.",
        *_SOURCE,
    ),
    _hub("source_interval_seconds", "Configured time between two passes over the source.", *_SOURCE),
    _hub(
        "source_census_difference",
        "Tickets that the source has minus tickets that the hub holds and counts for the same span, after the last "
        "census of ids: below 0 where tickets are no longer shown (lost rights), above where some cannot be read.",
        *_SOURCE,
    ),
    _hub("records_synced_total", "Records read from the source and kept.", *_SOURCE, "kind", kind="counter"),
    _hub(
        "records_rejected_total",
        "Records of the source that could not be read and were set aside.",
        *_SOURCE,
        "kind",
        "reason",
        kind="counter",
    ),
    _hub("requests_total", "HTTP requests to the source by status code.", *_SOURCE, "code", kind="counter"),
    _hub("request_retries_total", "HTTP requests to the source that were repeated.", *_SOURCE, kind="counter"),
    _hub("request_duration_seconds", "Duration of HTTP requests to the source.", *_SOURCE, kind="histogram"),
    _hub("tickets", "Tickets that the hub holds.", "supplier", "kind", origin="kpi"),
    _hub(
        "tickets_suspect",
        "Tickets whose times cannot be trusted and that are left out of time-based KPIs.",
        "supplier",
        "reason",
        origin="kpi",
    ),
    _hub(
        "values_unmapped",
        "Different values in the source's records, of fields such as state or priority, that the source's maps do not "
        "know.",
        *_SOURCE,
        origin="kpi",
    ),
    _hub(
        "references_ambiguous",
        "References between tickets that name more than one ticket and were therefore not followed.",
        "supplier",
        origin="kpi",
    ),
]


def _families() -> Iterator[Family]:
    yield from _AVAILABILITY
    yield from _LEAD_TIME
    yield from _CHANGES
    yield from _SATISFACTION
    yield from _COLLABORATION
    yield from _TARGETS
    yield from _HUB


FAMILIES: Final[Mapping[str, Family]] = {family.name: family for family in _families()}
"""Every metric family by the name that its samples bear, in the order in which it is exposed."""
