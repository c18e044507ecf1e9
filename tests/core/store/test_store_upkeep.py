"""What a KPI run tells beside the figures, out of both databases: what waits for somebody's hand."""

from __future__ import annotations

from core.calendar import month
from core.model import SECOND, Sample
from core.months import close_month
from core.operation import Refresher
from core.store.store import Store
from tests.core.kpi.build import catalogue, facts, needs, service, t
from tests.core.store.pages import keep, page
from tests.core.test_daemon import settings

SHOP = catalogue(service("shop", needs("acme/web")))
KNOWN = settings(("acme", "servicenow"))
READ = dict.fromkeys(("acme", "globex", "initech"), "2026-11-02")


def told(store: Store, name: str, live: bool = True) -> list[Sample]:
    return [sample for sample in Refresher(store, KNOWN).run(t("2026-11-24"), [], live) if sample.name == name]


def test_values_that_no_map_knows_are_counted_once_each_and_none_is_zero(store: Store) -> None:
    labels = (("supplier", "acme"), ("source", "servicenow"))
    assert told(store, "siamhub_values_unmapped") == [Sample("siamhub_values_unmapped", labels, 0.0)]
    keep(store, page(unmapped={("state", "Pausiert"): 2, ("priority", "P0"): 1}))
    assert told(store, "siamhub_values_unmapped") == [Sample("siamhub_values_unmapped", labels, 2.0)]
    assert told(store, "siamhub_values_unmapped", live=False) == []  # it is about now


def test_the_end_of_the_latest_closed_month_is_told_once_there_is_one(store: Store) -> None:
    name = "siam_board_closed_until_timestamp_seconds"
    assert told(store, name) == []
    for text in ("2026-10", "2026-09"):
        store.keep_month(close_month(text, facts(success=READ), SHOP, t("2026-11-03"), "1.0", anyway=False))
    end = month("2026-10", KNOWN.catalogue.zone).end
    assert told(store, name) == [Sample(name, (), end / SECOND)]
