"""Downtime of suppliers: shared and alone, and behind parts that stand in for each other."""

from __future__ import annotations

from tests.core.kpi.build import needs, outage
from tests.core.kpi.webshop import CHAIN, figures, hours, web


def test_shared_and_sole_downtime_say_whose_components_were_down() -> None:
    """acme/web 10-14, globex/dc 12-16: joint 6 h; shared 12-14; sole acme 10-12, sole globex 14-16."""
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 14:00"),
        outage("globex", "2026-03-10 12:00", "2026-03-10 16:00", component="dc"),
        structure=CHAIN,
    )
    assert (hours(found, "downtime"), hours(found, "shared_downtime")) == (6, 2)
    by = {"service": "shop", "window": "30d"}
    assert found("siam_supplier_sole_downtime_seconds", supplier="acme", **by) == 2 * 3600
    assert found("siam_supplier_sole_downtime_seconds", supplier="globex", **by) == 2 * 3600
    assert found("siam_supplier_sole_downtime_seconds", supplier="initech", **by) == 0
    assert found("siam_supplier_downtime_seconds", supplier="acme", **by) == 4 * 3600
    assert found("siam_supplier_availability_ratio", supplier="globex", **by) == 716 / 720


def test_a_supplier_of_a_redundant_part_does_not_bring_the_service_down_alone() -> None:
    """web 10-14, dc 12-16, either suffices: joint 12-14, shared all of it; alone neither would have been felt."""
    found = figures(
        web("2026-03-10 10:00", "2026-03-10 14:00"),
        outage("globex", "2026-03-10 12:00", "2026-03-10 16:00", component="dc"),
        structure=needs("acme/web", "globex/dc", k=1),
    )
    assert (hours(found, "downtime"), hours(found, "shared_downtime")) == (2, 2)
    assert found("siam_supplier_availability_ratio", supplier="acme", service="shop", window="30d") == 1
