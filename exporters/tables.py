"""KPIs as tables on a terminal: joint figures first, then services, then suppliers; one column per window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from core.catalogue import Catalogue
from core.model import Instant, Sample
from exporters.families import FAMILIES
from exporters.figures import Figures
from exporters.wording import duration, moment, number, percent

NO_DATA: Final = "–"
_WIDTH: Final = 120  # where there is no terminal


@dataclass(frozen=True, slots=True)
class Row:
    """A figure in a table: what it is called there, and which family (and stat) it is."""

    title: str
    family: str  # without the scope: "availability_ratio"
    stat: str | None = None


_JOINT: Final = (
    Row("availability", "availability_ratio"),
    Row("case lead p50", "case_lead_time_seconds", "p50"),
    Row("case lead p90", "case_lead_time_seconds", "p90"),
    Row("case active p50", "case_active_time_seconds", "p50"),
    Row("cases resolved", "cases_resolved"),
    Row("change lead p50", "change_lead_time_seconds", "p50"),
    Row("changes successful", "change_success_ratio"),
    Row("satisfaction", "satisfaction_ratio"),
    Row("answers", "satisfaction_responses"),
    Row("targets attained", "targets_attained_ratio"),
)
_SERVICE: Final = (
    Row("availability", "availability_ratio"),
    Row("downtime", "downtime_seconds"),
    Row("outages", "outages"),
    Row("budget left", "error_budget_remaining_ratio"),
    Row("case lead p50", "case_lead_time_seconds", "p50"),
    Row("case lead p90", "case_lead_time_seconds", "p90"),
    Row("cases resolved", "cases_resolved"),
    Row("changes successful", "change_success_ratio"),
    Row("satisfaction", "satisfaction_ratio"),
)
_SUPPLIER: Final = (
    Row("lead p50", "incident_lead_time_seconds", "p50"),
    Row("active p50", "incident_active_time_seconds", "p50"),
    Row("first response p50", "incident_first_response_seconds", "p50"),
    Row("change lead p50", "change_lead_time_seconds", "p50"),
    Row("changes successful", "change_success_ratio"),
    Row("satisfaction", "satisfaction_ratio"),
)


def tables(samples: Sequence[Sample], catalogue: Catalogue, at: Instant) -> RenderableType:
    """Every scope's main figures for `at`; a figure without data is a dash. `--format json` has all of them."""
    names = [
        f"siam_{scope}_{row.family}"
        for scope, rows in (("joint", _JOINT), ("service", _SERVICE), ("supplier", _SUPPLIER))
        for row in rows
    ]
    figures = Figures(samples, {*names, "siam_service_data_coverage_ratio"})
    parts: list[RenderableType] = [Text(f"KPIs as of {moment(at, catalogue.zone)}"), joint(figures, catalogue)]
    if catalogue.services:
        parts.append(_scope(figures, catalogue, "service", _SERVICE, [(s.key, s.title) for s in catalogue.services]))
    if catalogue.suppliers:
        parts.append(_scope(figures, catalogue, "supplier", _SUPPLIER, [(s.key, s.title) for s in catalogue.suppliers]))
    gaps = [
        f"{service.title}: only {percent(coverage, 0)} of its suppliers are up to date"
        for service in catalogue.services
        if (coverage := figures.get("siam_service_data_coverage_ratio", service=service.key)) is not None
        and coverage < 1
    ]
    return Group(*parts, *map(Text, gaps))


def joint(figures: Figures, catalogue: Catalogue) -> Table:
    """The joint figures, one column per window."""
    table = _table("Joint", catalogue)
    for row in _JOINT:
        table.add_row(row.title, *_cells(figures, catalogue, "joint", row))
    return table


def text(renderable: RenderableType) -> str:
    """The tables as text: in colour and as wide as the terminal where standard output is one."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def _scope(
    figures: Figures, catalogue: Catalogue, scope: str, rows: Sequence[Row], who: Sequence[tuple[str, str]]
) -> Table:
    table = _table(f"{scope.capitalize()}s", catalogue)
    for key, title in who:
        table.add_row(Text(title, style="bold"))
        for position, row in enumerate(rows):
            cells = _cells(figures, catalogue, scope, row, key)
            table.add_row(f"  {row.title}", *cells, end_section=position == len(rows) - 1)
    return table


def _table(title: str, catalogue: Catalogue) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, min_width=20)
    for label in windows(catalogue):
        table.add_column(label, justify="right", no_wrap=True)
    return table


def windows(catalogue: Catalogue) -> list[str]:
    """The windows' labels: the configured ones, then the two calendar ones that are always there."""
    return [*(label for label, _ in catalogue.windows), "month", "last_month"]


def _cells(figures: Figures, catalogue: Catalogue, scope: str, row: Row, key: str | None = None) -> list[str]:
    name = f"siam_{scope}_{row.family}"
    labels = {scope: key} if key is not None else {}
    if row.stat is not None:
        labels["stat"] = row.stat
    values = (figures.get(name, window=window, **labels) for window in windows(catalogue))
    return [NO_DATA if value is None else _worded(name, value) for value in values]


def _worded(name: str, value: float) -> str:
    unit = FAMILIES[name].unit
    if unit == "ratio":
        return percent(value, 2 if "availability" in name else 1)
    # A terminal is narrow: the unit of minutes in one letter.
    return duration(value).replace("min", "m") if unit == "seconds" else number(value)
