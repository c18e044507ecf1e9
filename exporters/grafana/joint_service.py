"""The dashboard "Joint service": joint figures first, then the services, then how fresh and complete the data is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from exporters.grafana.panels import (
    ATTENTION,
    COUNT,
    DATASOURCE,
    GOOD,
    RATIO,
    SECONDS,
    Column,
    Panel,
    Query,
    course,
    definition,
    figure,
    rows,
    words,
)
from exporters.grafana.queries import OLD, by_title, fresh, select

UID: Final = "siamhub-joint-service"
_AS_OF: Final = "siamhub_kpi_as_of_timestamp_seconds"
_COVERAGE: Final = "siam_service_data_coverage_ratio"
_INTRODUCTION: Final = (
    "How the service does for its users, **whichever suppliers run it**. Joint figures come first, then each service, "
    "then how fresh and complete the data behind them is. Each figure's definition is behind the **i** of its panel; "
    "a panel without data has none in this window, which is not the same as zero."
)


def joint_service() -> build.Dashboard:
    """The dashboard; its panels have ids in order, so that links to a panel stay true."""
    made = (
        build.Dashboard("Joint service")
        .uid(UID)
        .description("Joint KPIs over all suppliers: what the users of the services get, and how sure the figures are.")
        .tags(["siamhub"])
        .timezone("browser")
        .time("now-30d", "now")
        .refresh("1m")
        .readonly()
        .with_variable(build.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_window())
        .with_variable(_service())
    )
    for number, part in enumerate(_parts(), 1):
        if isinstance(part, str):
            made.with_row(build.Row(part).id(number))
        else:
            made.with_panel(part.id(number))
    return made


def _window() -> build.QueryVariable:
    return (
        build.QueryVariable("window")
        .label("Window of time")
        .description("The window that every figure is about. One at a time: windows overlap and are never added up.")
        .datasource(DATASOURCE)
        .query("label_values(siam_joint_cases_resolved, window)")
        .current(model.VariableOption(selected=True, text="30d", value="30d"))
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.DISABLED)
        .multi(False)
        .include_all(False)
    )


def _service() -> build.QueryVariable:
    return (
        build.QueryVariable("service")
        .label("Service")
        .description("The services shown below the joint figures.")
        .datasource(DATASOURCE)
        .query("label_values(siam_service_info, service)")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    yield from _banner()
    yield "Together"
    yield from _joint()
    yield "Services"
    yield from _services()
    yield "Freshness and completeness of the data"
    yield from _data()


def _banner() -> Iterator[Panel]:
    yield figure(
        "Data behind the figures",
        Query(fresh(f"min({select(_COVERAGE)})")),
        RATIO,
        definition(_COVERAGE) + "\n\nShown is the service with the lowest share.",
        steps=((None, ATTENTION), (1.0, GOOD)),
        words=[("1", "complete: every supplier's data is up to date", GOOD)],
        width=16,
    )
    yield figure(
        "Age of the figures",
        Query(f"time() - max({_AS_OF})"),
        SECONDS,
        definition(_AS_OF) + f"\n\nFigures older than {OLD // 60} minutes are not shown.",
        steps=((None, GOOD), (300.0, ATTENTION)),
        width=8,
    )


def _joint() -> Iterator[Panel]:
    for title, name, unit, decimals, stat in (
        ("Availability", "siam_joint_availability_ratio", RATIO, 2, ""),
        ("Joint targets attained", "siam_joint_targets_attained_ratio", RATIO, 0, ""),
        ("Half of cases resolved within", "siam_joint_case_lead_time_seconds", SECONDS, 1, "p50"),
        ("Nine of ten cases within", "siam_joint_case_lead_time_seconds", SECONDS, 1, "p90"),
        ("Cases resolved", "siam_joint_cases_resolved", COUNT, 0, ""),
        ("Customers' satisfaction", "siam_joint_satisfaction_ratio", RATIO, 1, ""),
        ("Changes successful", "siam_joint_change_success_ratio", RATIO, 1, ""),
        ("Half of changes done within", "siam_joint_change_lead_time_seconds", SECONDS, 1, "p50"),
        ("Emergency changes", "siam_joint_change_emergency_ratio", RATIO, 1, ""),
        ("Changes on schedule", "siam_joint_change_on_schedule_ratio", RATIO, 1, ""),
        ("Active time of half the cases", "siam_joint_case_active_time_seconds", SECONDS, 1, "p50"),
        ("Customers' answers", "siam_joint_satisfaction_responses", COUNT, 0, ""),
    ):
        labels = {"stat": stat} if stat else {}
        yield figure(title, Query(fresh(select(name, **labels))), unit, definition(name), decimals)
    yield course(
        "Availability",
        [Query(fresh(select("siam_joint_availability_ratio")), "all services")],
        RATIO,
        definition("siam_joint_availability_ratio"),
        top=1,
    )
    name = "siam_joint_case_lead_time_seconds"
    yield course(
        "Lead time of cases",
        [Query(fresh(select(name, stat="~p50|p90|mean")), "{{stat}}")],
        SECONDS,
        definition(name),
    )
    names = ("siam_joint_change_success_ratio", "siam_joint_satisfaction_ratio")
    yield course(
        "Changes and satisfaction",
        [
            Query(fresh(select(name)), legend)
            for name, legend in zip(names, ("changes successful", "satisfaction"), strict=True)
        ],
        RATIO,
        definition(*names),
        top=1,
    )


def _services() -> Iterator[Panel]:
    figures = (
        ("Availability", "siam_service_availability_ratio", RATIO, 2, ""),
        ("Goal", "siam_service_target", RATIO, 2, ""),
        ("Error budget left", "siam_service_error_budget_remaining_ratio", RATIO, 0, ""),
        ("Outages", "siam_service_outages", COUNT, 0, ""),
        ("Downtime", "siam_service_downtime_seconds", SECONDS, 1, ""),
        ("Half of cases within", "siam_service_case_lead_time_seconds", SECONDS, 1, "p50"),
        ("Nine of ten within", "siam_service_case_lead_time_seconds", SECONDS, 1, "p90"),
        ("Cases resolved", "siam_service_cases_resolved", COUNT, 0, ""),
        ("Changes successful", "siam_service_change_success_ratio", RATIO, 1, ""),
        ("Satisfaction", "siam_service_satisfaction_ratio", RATIO, 1, ""),
        ("Data coverage", _COVERAGE, RATIO, 0, ""),
    )
    columns = []
    for title, name, unit, decimals, stat in figures:
        labels = {"stat": stat} if stat else {"goal": "availability"} if name == "siam_service_target" else {}
        columns.append(Column(title, fresh(by_title(select(name, **labels), "service")), unit, decimals))
    names = list(dict.fromkeys(name for _, name, _, _, _ in figures))
    yield rows("Services", "Service", columns, definition(*names), ["title"])
    for title, name, unit in (
        ("Availability by service", "siam_service_availability_ratio", RATIO),
        ("Error budget left by service", "siam_service_error_budget_remaining_ratio", RATIO),
        ("Downtime by service", "siam_service_downtime_seconds", SECONDS),
    ):
        query = Query(fresh(by_title(select(name), "service")), "{{title}}")
        yield course(title, [query], unit, definition(name), top=1 if unit == RATIO else None)


def _data() -> Iterator[Panel]:
    who = "max by (supplier, source)"
    columns = [
        Column("Last pass succeeded", f"{who} (siamhub_source_up)", COUNT, 0),
        Column("Since last success", f"time() - {who} (siamhub_source_last_success_timestamp_seconds)", SECONDS, 0),
        Column("Records up to", f"{who} (siamhub_source_watermark_timestamp_seconds) * 1000", "dateTimeAsIso"),
        Column("Interval", f"{who} (siamhub_source_interval_seconds)", SECONDS, 0),
        Column("Repeated requests, 1 h", f"{who} (increase(siamhub_request_retries_total[1h]))", COUNT, 0),
    ]
    about = definition(
        "siamhub_source_up",
        "siamhub_source_last_success_timestamp_seconds",
        "siamhub_source_watermark_timestamp_seconds",
        "siamhub_source_interval_seconds",
        "siamhub_request_retries_total",
    )
    yield rows("Sources, in alphabetical order", "Supplier", columns, about, ["supplier", "source"])
    name = "siamhub_source_last_success_timestamp_seconds"
    yield course(
        "Time since the last successful pass",
        [Query(f"time() - {who} ({name})", "{{supplier}} {{source}}")],
        SECONDS,
        definition(name),
    )
    suspect, ambiguous = "siamhub_tickets_suspect", "siamhub_references_ambiguous"
    yield course(
        "Tickets and references that no figure could use",
        [
            Query(f"sum by (supplier, reason) ({suspect})", "{{supplier}}: {{reason}}"),
            Query(f"max by (supplier) ({ambiguous})", "{{supplier}}: reference names several tickets"),
        ],
        COUNT,
        definition(suspect, ambiguous),
    )
    name = "siamhub_requests_total"
    yield course(
        "Requests to suppliers per second, by status",
        [Query(f"sum by (code) (rate({name}[$__rate_interval]))", "{{code}}")],
        "reqps",
        definition(name),
    )
