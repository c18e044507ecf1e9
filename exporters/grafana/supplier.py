"""The dashboard "Supplier": one supplier's own figures over time, beside nobody else's."""

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
from exporters.grafana.parts import tiles
from exporters.grafana.queries import fresh, select

_INTRODUCTION: Final = (
    "One supplier's **own** figures and how they move, to help it see where it can help; the joint figures on *Board* "
    "come first. A small sample says little: the number of observations stands beside the components of the score."
)
_ME: Final = {"supplier": "~$supplier"}


def supplier() -> build.Dashboard:
    """The dashboard."""
    about = "One supplier's own trend, and the components of its collaboration score with their samples; no ranking."
    return page("Supplier", "siamhub-supplier", about, _parts(), supplier=True)


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    shown = (
        ("First response to half within", "siam_supplier_incident_first_response_seconds", SECONDS, 1, "p50"),
        ("Half of incidents resolved within", "siam_supplier_incident_lead_time_seconds", SECONDS, 1, "p50"),
        ("Of that, active time", "siam_supplier_incident_active_time_seconds", SECONDS, 1, "p50"),
        ("Changes successful", "siam_supplier_change_success_ratio", RATIO, 0, ""),
        ("Customers' satisfaction", "siam_supplier_satisfaction_ratio", RATIO, 0, ""),
        ("Collaboration score", "siam_supplier_collaboration_score", "none", 2, ""),
    )
    yield from tiles(shown, **_ME)
    yield "Incidents and changes"
    yield from _trend()
    yield "Working together"
    yield from _together()


def _trend() -> Iterator[Panel]:
    name = "siam_supplier_incident_lead_time_seconds"
    query = Query(fresh(select(name, **_ME, stat="~p50|p90")), "{{stat}}")
    yield course("Lead time of incidents", [query], SECONDS, definition(name))
    name = "siam_supplier_incident_target_met_ratio"
    query = Query(fresh(select(name, **_ME)), "priority {{priority}}")
    yield course("Incidents within the target", [query], RATIO, definition(name), top=1)
    name = "siam_supplier_incident_open_age_seconds"
    query = Query(fresh(select(name, **_ME, stat="~p50|p90")), "{{stat}}")
    yield course("Age of open incidents", [query], SECONDS, definition(name))
    names = ("siam_supplier_change_success_ratio", "siam_supplier_satisfaction_ratio")
    queries = [Query(fresh(select(names[0], **_ME)), "changes successful")]
    queries.append(Query(fresh(select(names[1], **_ME)), "satisfaction"))
    yield course("Changes and satisfaction", queries, RATIO, definition(*names), 12, top=1)
    name = "siam_supplier_handover_response_seconds"
    query = Query(fresh(select(name, **_ME, stat="~p50|p90")), "{{stat}}")
    yield course("Time until a hand-over to it is answered", [query], SECONDS, definition(name), 12)


def _together() -> Iterator[Panel]:
    names = ("siam_supplier_collaboration_component_ratio", "siam_supplier_collaboration_component_samples")
    columns = [
        Column("From 0 to 1", fresh(f"max by (component) ({select(names[0], **_ME)})"), "none", 2),
        Column("Observations", fresh(f"max by (component) ({select(names[1], **_ME)})"), COUNT, 0),
    ]
    yield rows("Components of the score", "Component", columns, definition(*names), ["component"])
    query = Query(fresh(select(names[0], **_ME)), "{{component}}")
    yield course("Components over time", [query], "none", definition(names[0]), 24, top=1)
