"""Prometheus rules, and the page about the alerts, made from one table; `python -m exporters.rules` writes them."""
