"""The dashboard "Board": the joint figures, whether the joint goals are attained, and how sure that is."""

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
from exporters.grafana.parts import banner, tiles
from exporters.grafana.queries import by_title, fresh, select

_INTRODUCTION: Final = (
    "How the services do for their users, **whichever suppliers run them**: the joint figures, and whether the joint "
    "goals are attained. For a board's month choose the window `last_month`. Each figure's definition is behind the "
    "**i** of its panel; a panel without data has none in this window, which is not the same as zero."
)


def board() -> build.Dashboard:
    """The dashboard."""
    about = "Joint KPIs over all suppliers against the joint goals, and how complete the data behind them is."
    return page("Board", "siamhub-board", about, _parts())


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    yield from banner()
    yield "Together"
    yield from _joint()
    yield "Goals"
    yield from _goals()


def _joint() -> Iterator[Panel]:
    shown = (
        ("Availability", "siam_joint_availability_ratio", RATIO, 2, ""),
        ("Joint targets attained", "siam_joint_targets_attained_ratio", RATIO, 0, ""),
        ("Half of cases resolved within", "siam_joint_case_lead_time_seconds", SECONDS, 1, "p50"),
        ("Nine of ten cases within", "siam_joint_case_lead_time_seconds", SECONDS, 1, "p90"),
        ("Cases resolved", "siam_joint_cases_resolved", COUNT, 0, ""),
        ("Customers' satisfaction", "siam_joint_satisfaction_ratio", RATIO, 1, ""),
        ("Changes successful", "siam_joint_change_success_ratio", RATIO, 1, ""),
        ("Emergency changes", "siam_joint_change_emergency_ratio", RATIO, 1, ""),
        ("Changes on schedule", "siam_joint_change_on_schedule_ratio", RATIO, 1, ""),
        ("Hand-overs answered in time", "siam_joint_handover_answered_in_time_ratio", RATIO, 0, ""),
        ("Hand-overs bounced", "siam_joint_handover_bounce_ratio", RATIO, 0, ""),
        ("Time spent waiting", "siam_joint_waiting_ratio", RATIO, 0, ""),
    )
    yield from tiles(shown)
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


def _goals() -> Iterator[Panel]:
    name = "siam_joint_targets_attained_ratio"
    yield course("Joint goals attained", [Query(fresh(select(name)), "share")], RATIO, definition(name), 12, top=1)
    yield course(
        "Improvement actions",
        [Query(fresh(f"max by (status) ({select('siam_improvement_actions')})"), "{{status}}")],
        COUNT,
        definition("siam_improvement_actions"),
        12,
    )
    name = "siam_service_target_attained"
    columns = [
        Column(title, fresh(by_title(select(name, goal=goal), "service")), "bool_yes_no", 0)
        for title, goal in (
            ("Availability", "availability"),
            ("Lead time of incidents", "incident_lead_time"),
            ("Success of changes", "change_success"),
            ("Satisfaction", "satisfaction"),
        )
    ]
    yield rows("Joint goals attained, by service", "Service", columns, definition(name), ["title"])
