"""Writes the dashboards into `config/grafana/dashboards/`: `python -m exporters.grafana`."""

from __future__ import annotations

from pathlib import Path

from exporters.grafana.files import dashboards

for name, text in dashboards().items():
    path = Path("config") / "grafana" / "dashboards" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
