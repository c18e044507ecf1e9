"""Panels that several dashboards show: how far the figures can be trusted, and figures side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from exporters.grafana.panels import ATTENTION, GOOD, RATIO, SECONDS, Panel, Query, definition, figure
from exporters.grafana.queries import OLD, fresh, select

AS_OF: Final = "siamhub_kpi_as_of_timestamp_seconds"
COVERAGE: Final = "siam_service_data_coverage_ratio"
Tile: TypeAlias = tuple[str, str, str, int, str]
"""Title, series, unit, decimals, and the value of `stat` where the series has one."""


def banner() -> Iterator[Panel]:
    """How complete the data behind the figures is, and how old they are."""
    yield figure(
        "Data behind the figures",
        Query(fresh(f"min({select(COVERAGE)})")),
        RATIO,
        definition(COVERAGE) + "\n\nShown is the service with the lowest share.",
        steps=((None, ATTENTION), (1.0, GOOD)),
        words=[("1", "complete: every supplier's data is up to date", GOOD)],
        width=16,
    )
    yield figure(
        "Age of the figures",
        Query(f"time() - max({AS_OF})"),
        SECONDS,
        definition(AS_OF) + f"\n\nFigures older than {OLD // 60} minutes are not shown.",
        steps=((None, GOOD), (300.0, ATTENTION)),
        width=8,
    )


def tiles(these: Iterable[Tile], **labels: str) -> Iterator[Panel]:
    """A figure each, of the series with these labels."""
    for title, name, unit, decimals, stat in these:
        chosen = {**labels, "stat": stat} if stat else labels
        yield figure(title, Query(fresh(select(name, **chosen))), unit, definition(name), decimals)
