"""The dashboards as the JSON files that Grafana reads."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from exporters.grafana.between_us import between_us
from exporters.grafana.board import board
from exporters.grafana.data_quality import data_quality
from exporters.grafana.service import service
from exporters.grafana.supplier import supplier


def dashboards() -> Mapping[str, str]:
    """Every dashboard as text by the name of its file; the same text each time."""
    made = {
        "board.json": board(),
        "service.json": service(),
        "between-us.json": between_us(),
        "supplier.json": supplier(),
        "data-quality.json": data_quality(),
    }
    return {
        name: JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(each.build()) + "\n"
        for name, each in made.items()
    }
