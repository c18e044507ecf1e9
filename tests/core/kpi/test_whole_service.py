"""Availability from end to end against a walk hour by hour: every kind of evidence, maintenance, hours, structures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from core.calendar import windows
from core.catalogue import ServiceEntry
from tests.core.kpi.build import Figures, catalogue, facts
from tests.core.kpi.slow_service import Hours, World, walk
from tests.core.kpi.worlds import ROLLING, ZONE, worlds


def told(found: Figures, entry: ServiceEntry, window: str) -> Hours:
    """What the engine says of a service in a window, in hours."""

    def of(name: str, **labels: str) -> int:
        value = found(name, service=entry.key, window=window, **labels)
        assert value is not None
        assert value % 3600 == 0
        return int(value) // 3600

    lost = of("siam_service_downtime_seconds")
    share = found("siam_service_inferred_downtime_ratio", service=entry.key, window=window)
    suppliers = [
        labels["supplier"]
        for labels in found.labels("siam_supplier_downtime_seconds")
        if (labels["service"], labels["window"]) == (entry.key, window)
    ]
    outages = found("siam_service_outages", service=entry.key, window=window)
    assert outages is not None
    assert (share is None) == (lost == 0)
    return Hours(
        agreed=of("siam_service_agreed_time_seconds"),
        lost=lost,
        inferred=round((share or 0) * lost),
        shared=of("siam_service_shared_downtime_seconds"),
        outages=int(outages),
        alone={each: of("siam_supplier_downtime_seconds", supplier=each) for each in suppliers},
        sole={each: of("siam_supplier_sole_downtime_seconds", supplier=each) for each in suppliers},
    )


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(worlds())
def test_a_service_is_what_a_walk_hour_by_hour_says(world: World) -> None:
    found = Figures(
        facts(*world.tickets, outages=world.outages),
        catalogue(*world.services, windows=ROLLING, zone=ZONE),
        world.at,
    )
    spans_of = windows(world.at, ROLLING, ZONE)
    edges = [(window.start, window.end) for window in spans_of]
    since = min(start for start, _ in edges)
    walked = {entry.key: walk(world, entry, edges, since) for entry in world.services}
    for i, window in enumerate(spans_of):
        up = whole = 0.0
        for entry in world.services:
            slow = walked[entry.key][i]
            assert told(found, entry, window.label) == slow
            ratios(found, entry, window.label, slow)
            up += entry.weight * (slow.agreed - slow.lost)
            whole += entry.weight * slow.agreed
        joint = found("siam_joint_availability_ratio", window=window.label)
        assert joint == (pytest.approx(up / whole) if whole else None)


def ratios(found: Figures, entry: ServiceEntry, window: str, slow: Hours) -> None:
    """What is divided out of the hours."""
    target = entry.targets.availability
    budget = None if target is None or target == 1 else (1 - target) * slow.agreed
    n, lost, up = slow.outages, slow.lost, slow.agreed - slow.lost
    for name, expected in (
        ("availability_ratio", up / slow.agreed if slow.agreed else None),
        ("mean_time_to_restore_seconds", lost / n * 3600 if n else None),
        ("mean_time_between_failures_seconds", up / n * 3600 if n else None),
        ("error_budget_remaining_ratio", 1 - lost / budget if budget else None),
        ("burn_rate", lost / budget if budget else None),
    ):
        value = found(f"siam_service_{name}", service=entry.key, window=window)
        assert value == (None if expected is None else pytest.approx(expected)), name
    for supplier, alone in slow.alone.items():
        labels = {"supplier": supplier, "service": entry.key, "window": window}
        value = found("siam_supplier_availability_ratio", **labels)
        assert value == (pytest.approx(1 - alone / slow.agreed) if slow.agreed else None)
