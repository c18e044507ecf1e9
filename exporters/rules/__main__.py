"""Writes the rules into `config/prometheus/rules/` and the page into `docs/alerts.md`: `python -m exporters.rules`."""

from __future__ import annotations

from pathlib import Path

from exporters.rules.files import alerts_page, rules_file

Path("config/prometheus/rules/siamhub.yml").write_text(rules_file(), encoding="utf-8")
Path("docs/alerts.md").write_text(alerts_page(), encoding="utf-8")
