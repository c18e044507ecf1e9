"""The KPI engine and the table of families agree on every name and label."""

from __future__ import annotations

from core.catalogue import CollaborationEntry, Targets
from exporters.families import FAMILIES
from exporters.render import by_family, render_text
from tests.core.kpi.build import (
    HOUR,
    Figures,
    catalogue,
    change,
    facts,
    incident,
    link,
    needs,
    outage,
    response,
    service,
    step,
)

LATER = ("improvement_actions", "board_", "values_unmapped")
"""Families that other parts of siamhub fill."""


SCORE = CollaborationEntry(dict.fromkeys(range(1, 6), HOUR), {"responsiveness": 0.5, "flow": 0.5})


def everything() -> Figures:
    """A small world in which every figure has something to say."""
    goals = Targets(0.999, {1: HOUR, 3: HOUR}, change_success=0.9, satisfaction=0.9)
    one = incident("acme", "A", "2026-03-10 00:00", "2026-03-10 04:00", service="shop", priority=1, component="web")
    one["history"] = [step("2026-03-10 01:00", "active"), step("2026-03-10 04:00", "resolved")]
    two = incident("globex", "B", "2026-03-10 01:00", "2026-03-10 05:00", priority=None)
    waiting = incident("globex", "O", "2026-03-11 00:00")
    plan = {"planned_start": "2026-03-05 00:00", "planned_end": "2026-03-06 00:00", "actual_start": "2026-03-05 01:00"}
    work = change("acme", "C", "2026-03-01 00:00", "2026-03-05 02:00", service="shop", change_type=None, **plan)
    return Figures(
        facts(
            one,
            two,
            waiting,
            work,
            outages=[outage("globex", "2026-03-10 02:00", "2026-03-10 03:00", component="dc")],
            responses=[response("acme", "A", "2026-03-11", 4)],
            links=[link(two, "A"), link(two, "C", kind="cause")],
        ),
        catalogue(service("shop", needs("acme/web", "globex/dc"), targets=goals), collaboration=SCORE),
        "2026-03-31 00:00",
    )


def test_every_sample_is_one_that_the_table_of_families_allows() -> None:
    assert by_family(everything().samples)


def test_every_family_of_the_kpi_run_has_a_sample_where_there_is_data() -> None:
    made = set(by_family(everything().samples))
    expected = {
        name for name, family in FAMILIES.items() if family.origin == "kpi" and not any(word in name for word in LATER)
    }
    assert made == expected


def test_an_unknown_priority_is_written_as_no_label_at_all() -> None:
    text = render_text(everything().samples)
    assert 'siam_incidents_resolved{service="unmapped",supplier="globex",window="30d"} 1.0' in text
