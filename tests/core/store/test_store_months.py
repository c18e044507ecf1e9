"""Closed months in both databases: what was kept comes back, and is never written over."""

from __future__ import annotations

from dataclasses import replace

from core.months import close_month, restatements
from core.store.store import Store
from tests.core.kpi.build import catalogue, facts, incident, needs, service, t

SHOP = catalogue(service("shop", needs("acme/web")))
READ = dict.fromkeys(("acme", "globex", "initech"), "2026-11-02")
ONE = incident("acme", "A1", "2026-10-05", "2026-10-06", priority=1, component="web")


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
