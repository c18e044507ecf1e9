"""The dashboard "Service": what the users of each service get: availability, budget, outages and cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build

from exporters.grafana.page import page
from exporters.grafana.panels import (
    COUNT,
    RATIO,
    SECONDS,
    Column,
    Panel,
    Query,
    course,
    definition,
    rows,
    words,
)
from exporters.grafana.parts import COVERAGE
from exporters.grafana.queries import by_title, fresh, select

_INTRODUCTION: Final = (
    "What the users of each service get, whichever suppliers run it. Down is what the service as a whole was, by its "
    "structure. Outages one by one: `siamhub explain 'siam_service_downtime_seconds{...}'`."
)


def service() -> build.Dashboard:
    """The dashboard."""
    about = "Availability, error budget, outages and cases of each service, over all its suppliers."
    return page("Service", "siamhub-service", about, _parts())


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    yield from _services()
    yield "Outages"
    yield from _outages()
    yield "Cases"
    yield from _cases()


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
        ("Data coverage", COVERAGE, RATIO, 0, ""),
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


def _outages() -> Iterator[Panel]:
    for title, name, unit in (
        ("Outages by service", "siam_service_outages", COUNT),
        ("Speed of spending the budget", "siam_service_burn_rate", "none"),
        ("Downtime of two suppliers or more at once", "siam_service_shared_downtime_seconds", SECONDS),
    ):
        query = Query(fresh(by_title(select(name), "service")), "{{title}}")
        yield course(title, [query], unit, definition(name))


def _cases() -> Iterator[Panel]:
    for title, name, stat in (
        ("Half of cases resolved within", "siam_service_case_lead_time_seconds", "p50"),
        ("Nine of ten cases resolved within", "siam_service_case_lead_time_seconds", "p90"),
    ):
        query = Query(fresh(by_title(select(name, stat=stat), "service")), "{{title}}")
        yield course(title, [query], SECONDS, definition(name))
    name = "siam_incidents_open"
    query = Query(fresh(f"sum by (priority) ({select(name)})"), "priority {{priority}}")
    yield course("Open incidents by priority", [query], COUNT, definition(name))
