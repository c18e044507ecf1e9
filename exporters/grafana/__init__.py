"""Grafana dashboards made from the table of families; `python -m exporters.grafana` writes them into `config/`."""
