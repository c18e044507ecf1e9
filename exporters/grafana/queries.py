"""PromQL made from the table of families: a query cannot forget the window, nor show figures that have grown old."""

from __future__ import annotations

from typing import Final

from exporters.families import FAMILIES

OLD: Final = 1800
"""Seconds after which figures are not shown any more: a served snapshot never looks stale to Prometheus itself."""


def select(name: str, **labels: str) -> str:
    """The series of a family, in the chosen window where it has one; a value that starts with ~ is a pattern."""
    family = FAMILIES[name]
    matchers = [
        f'{label}="{value}"' if value[0] != "~" else f'{label}=~"{value[1:]}"' for label, value in labels.items()
    ]
    if "service" in family.labels and "service" not in labels:
        matchers.append('service=~"$service"')
    if family.windowed:
        matchers.append('window="$window"')
    return f"{name}{{{', '.join(matchers)}}}" if matchers else name


def fresh(expression: str) -> str:
    """The expression while the figures behind it are fresh, else nothing."""
    return f"{expression} and on () (time() - max(siamhub_kpi_as_of_timestamp_seconds) < {OLD})"


def by_title(expression: str, scope: str) -> str:
    """One series per service or supplier, under its title instead of its key."""
    return f"max by (title) ({expression} * on (job, instance, {scope}) group_left (title) siam_{scope}_info)"
