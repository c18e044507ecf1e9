"""The dashboards as the JSON files that Grafana reads."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from exporters.grafana.joint_service import joint_service


def dashboards() -> Mapping[str, str]:
    """Every dashboard as text by the name of its file; the same text each time."""
    made = {"joint-service.json": joint_service()}
    return {
        name: JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board.build()) + "\n"
        for name, board in made.items()
    }
