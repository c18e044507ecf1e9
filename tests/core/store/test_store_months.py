"""Closed months in both databases: what was kept comes back, and is never written over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.months import close_month, restatements
from core.store.store import Store
from tests.core.kpi.build import catalogue, facts, incident, needs, service, t
from tests.core.store.pages import SOURCE, keep, page, ticket
from tests.core.store.pages import facts as held

SHOP = catalogue(service("shop", needs("acme/web")))
READ = dict.fromkeys(("acme", "globex", "initech"), "2026-11-02")
ONE = incident("acme", "A1", "2026-10-05", "2026-10-06", priority=1, component="web")


def resolved(vendor_id: str, opened: int, done: int, changed: str = "2026-10-30") -> dict[str, Any]:
    """An incident of these days of October."""
    began, ended = t(f"2026-10-{opened:02d}"), t(f"2026-10-{done:02d}")
    times = {"opened_at": began, "resolved_at": ended, "closed_at": ended}
    return ticket(vendor_id, t(changed), state="closed", component="web", **times)


def test_a_closed_month_comes_back_as_it_was(store: Store) -> None:
    these = facts(ONE, success=READ)
    closed = close_month("2026-10", these, SHOP, t("2026-11-03"), "1.0", anyway=False)
    store.keep_month(closed)
    found = store.month("2026-10")
    assert found is not None
    assert found.figures == closed.figures
    assert replace(found, figures={}, records={}, catalogue=SHOP).coverage == closed.coverage
    assert found.catalogue == SHOP
    assert (found.records["ticket"].digest == closed.records["ticket"].digest).all()
    assert found.records["ticket"].name.tolist() == ["A1"]
    assert restatements(found, these, SHOP, "1.0") == []
    assert store.closed_months() == ["2026-10"]


def test_a_closed_month_is_not_written_over(store: Store) -> None:
    closed = close_month("2026-10", facts(ONE, success=READ), SHOP, t("2026-11-03"), "1.0", anyway=False)
    assert store.keep_month(closed)
    assert not store.keep_month(replace(closed, closed_at=closed.closed_at + 1))
    found = store.month("2026-10")
    assert found is not None
    assert found.closed_at == closed.closed_at


def test_a_month_that_nobody_closed_is_none(store: Store) -> None:
    assert store.month("2026-10") is None
    assert list(store.closed_months()) == []


def test_what_pages_bring_after_the_closing_is_told_by_its_cause(store: Store) -> None:
    """Two tickets, resolved after one and after two days: 86,400 s on average of the first, 172,800 s of the second.

    After the closing the first is said to have taken three days, the second is deleted, and a third arrives late.
    """
    source_id = store.source_id(*SOURCE[0])
    settings = catalogue(service("shop", needs("acme/web")), suppliers=("acme",))
    settings = replace(settings, sources=(replace(settings.sources[0], name="servicenow"),))
    keep(store, page(tickets=[resolved("a1", 5, 6), resolved("a2", 12, 14)]))
    store.record_pass(source_id, t("2026-11-02"), t("2026-11-02"), "ok", "", 2)
    store.keep_month(close_month("2026-10", held(store), settings, t("2026-11-03"), "1.0", anyway=False))
    was = store.month("2026-10")
    assert was is not None
    assert restatements(was, held(store), settings, "1.0") == []

    keep(store, page(tickets=[resolved("a1", 5, 8, changed="2026-11-05")]))
    keep(store, page(tickets=[resolved("a3", 20, 24)]))
    keep(store, page(stream="deleted", tombstones=[{"ticket": "a2", "at": t("2026-11-05")}]))
    found = restatements(was, held(store), settings, "1.0")
    mean = next(
        one
        for one in found
        if one.name == "siam_supplier_incident_lead_time_seconds" and dict(one.labels)["stat"] == "mean"
    )
    assert (mean.then, mean.now) == ((86_400 + 172_800) / 2, (3 * 86_400 + 4 * 86_400) / 2)
    told = {cause.kind: {record.name for record in cause.records} for cause in mean.causes}
    assert told == {"changed record": {"A1", "A2"}, "late record": {"A3"}}
