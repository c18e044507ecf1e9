"""The dashboard "Data quality": how fresh, complete and sure the data behind the figures is, and how the hub does."""

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
from exporters.grafana.parts import COVERAGE, banner
from exporters.grafana.queries import by_title, fresh, select

_INTRODUCTION: Final = (
    "How far the figures can be trusted: is every source read, does the hub hold what the sources have, and what could "
    "not be used. What each alert means and what to do: `docs/alerts.md`."
)


def data_quality() -> build.Dashboard:
    """The dashboard."""
    about = "Freshness, completeness and certainty of the data behind the figures, and the health of the hub."
    return page("Data quality", "siamhub-data-quality", about, _parts())


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    yield from banner()
    yield "Sources"
    yield from _data()
    yield "Certainty"
    yield from _certainty()


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


def _certainty() -> Iterator[Panel]:
    who = "max by (supplier, source)"
    for title, name in (
        ("Census: source minus hub", "siamhub_source_census_difference"),
        ("Values that no map knows", "siamhub_values_unmapped"),
    ):
        yield course(title, [Query(f"{who} ({name})", "{{supplier}} {{source}}")], COUNT, definition(name))
    name = "siam_service_inferred_downtime_ratio"
    query = Query(fresh(by_title(select(name), "service")), "{{title}}")
    yield course("Downtime inferred from priority", [query], RATIO, definition(name), top=1)
    query = Query(fresh(by_title(select(COVERAGE), "service")), "{{title}}")
    yield course("Data behind each service", [query], RATIO, definition(COVERAGE), top=1)
    name = "siamhub_tickets"
    yield course(
        "Tickets held", [Query(f"sum by (supplier, kind) ({name})", "{{supplier}} {{kind}}")], COUNT, definition(name)
    )
    name = "siamhub_kpi_refresh_duration_seconds"
    yield course("Time that the figures take", [Query(f"max({name})", "computation")], SECONDS, definition(name))
