"""The recorded series: what several alerts and graphs ask for, computed once."""

from __future__ import annotations

from typing import Final

from exporters.rules.rule import Record

WINDOW: Final = "30d"
"""The window that the rules look at; windows are never mixed."""
OLD: Final = 1800
"""Seconds after which figures are too old to alert on: then `SiamFiguresOld` speaks, and nothing else."""


def fresh(expression: str) -> str:
    """The expression while the hub's figures are fresh: a served snapshot never looks stale to Prometheus itself."""
    return f"({expression})\nand on (job, instance) (time() - siamhub_kpi_as_of_timestamp_seconds < {OLD})"


RECORDS: Final = (
    Record(
        "service:siam_error_budget_spent:ratio30d",
        fresh(f'1 - siam_service_error_budget_remaining_ratio{{window="{WINDOW}"}}'),
        "Share of the error budget of 30 days that is spent; above 1 when overspent.",
    ),
    Record(
        "service:siam_month_budget_spent:ratio",
        fresh(
            'siam_service_downtime_seconds{window="month"}\n'
            "/ on (job, instance, service) (\n"
            '  ((1 - siam_service_target{goal="availability"}) > 0)\n'
            f'  * on (job, instance, service) siam_service_agreed_time_seconds{{window="{WINDOW}"}}\n)'
        ),
        "Downtime of this month so far, by the budget of a whole month (that of 30 days).",
    ),
    Record(
        "source:siamhub_success_age:seconds",
        "time() - siamhub_source_last_success_timestamp_seconds",
        "Time since the last pass over the source that succeeded.",
    ),
    Record(
        "source:siamhub_watermark_age:seconds",
        "time() - siamhub_source_watermark_timestamp_seconds",
        "Time between the latest change that was read and now; below 0 where the change lies in the future.",
    ),
    Record(
        "source:siamhub_request_failures:ratio_rate1h",
        'sum by (job, instance, supplier, source) (rate(siamhub_requests_total{code!~"[23].."}[1h]))\n'
        "/ (sum by (job, instance, supplier, source) (rate(siamhub_requests_total[1h])) > 0)",
        "Share of the last hour's requests to the source that were not answered well.",
    ),
)
