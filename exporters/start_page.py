"""What the start page says, as plain rows of words: joint figures first, then services, then the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.catalogue import Catalogue, ServiceEntry
from core.model import SECOND, Instant
from exporters.families import FAMILIES
from exporters.figures import Figures
from exporters.metrics import Exposition
from exporters.source_rows import Oddity, SourceRow, oddities, source_rows
from exporters.state import HubState
from exporters.wording import ago, duration, goal, moment, number, percent

NO_DATA: Final = "–"
OLD: Final = 1800
"""Seconds after which the page warns that its figures are old; a run is due every minute."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of the page: its words, its family without the scope, the stat, and decimals of a percentage."""

    title: str
    family: str
    stat: str | None = None
    digits: int = 1


_JOINT: Final = (
    Row("Availability", "availability_ratio", digits=2),
    Row("Joint targets attained", "targets_attained_ratio", digits=0),
    Row("Cases resolved", "cases_resolved"),
    Row("Half of the cases resolved within", "case_lead_time_seconds", "p50"),
    Row("Nine of ten cases resolved within", "case_lead_time_seconds", "p90"),
    Row("Changes successful", "change_success_ratio"),
    Row("Changes on schedule", "change_on_schedule_ratio"),
    Row("Half of the changes done within", "change_lead_time_seconds", "p50"),
    Row("Customers' satisfaction", "satisfaction_ratio"),
    Row("Customers' answers", "satisfaction_responses"),
)
_TILES: Final = (0, 1, 3, 5, 8)  # rows of _JOINT that stand large above the table
_SERVICE: Final = (
    Row("Availability", "availability_ratio", digits=2),
    Row("Error budget left", "error_budget_remaining_ratio", digits=0),
    Row("Outages", "outages"),
    Row("Downtime", "downtime_seconds"),
    Row("Half of cases within", "case_lead_time_seconds", "p50"),
    Row("Nine of ten within", "case_lead_time_seconds", "p90"),
    Row("Cases resolved", "cases_resolved"),
    Row("Changes successful", "change_success_ratio"),
    Row("Satisfaction", "satisfaction_ratio"),
)
_COVERAGE: Final = "siam_service_data_coverage_ratio"
_ATTAINED: Final = "siam_service_target_attained"
_TARGET: Final = "siam_service_target"
_HELD: Final = "siamhub_tickets"


@dataclass(frozen=True, slots=True)
class Window:
    """A window of time that the page can show."""

    label: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `note` stands under the title."""

    title: str
    cells: Sequence[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service's row: its cells, and what to say of its goal for availability and of missing data."""

    title: str
    cells: Sequence[str]
    goal: str
    attained: bool | None  # None: no goal, or not known
    coverage: str  # "" where complete


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure is."""

    title: str
    metric: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """The start page."""

    title: str
    version: str
    as_of: str | None  # None: there are no figures yet
    age: str
    old: bool
    took: str
    windows: Sequence[Window]
    words: str  # of the chosen window
    tiles: Sequence[tuple[str, str]]
    joint: Sequence[Line]
    service_columns: Sequence[str]
    services: Sequence[Service]
    sources: Sequence[SourceRow]
    first_sync: bool  # whether some source is being read for the first time
    stale: Sequence[str]  # sources that make figures incomplete
    oddities: Sequence[Oddity]
    definitions: Sequence[Definition]


def start_page(state: HubState, exposition: Exposition, wanted: str | None, now: Instant) -> Page:
    """The page as of `now`, with the services' figures for the wanted window, else for 30 days or the first one."""
    snapshot, catalogue = exposition.snapshot, state.catalogue
    joint = [f"siam_joint_{row.family}" for row in _JOINT]
    service = [f"siam_service_{row.family}" for row in _SERVICE]
    figures = Figures(snapshot.samples, {*joint, *service, _COVERAGE, _ATTAINED, _TARGET, _HELD})
    windows = _windows(catalogue, wanted)
    chosen = next(window for window in windows if window.chosen)
    sources = source_rows(catalogue, state.statuses(), figures, now)
    lines = [
        Line(row.title, [_cell(figures, "joint", row, window=window.label) for window in windows]) for row in _JOINT
    ]
    position = windows.index(chosen)
    return Page(
        title=state.title,
        version=exposition.version,
        as_of=None if snapshot.as_of is None else moment(snapshot.as_of, catalogue.zone),
        age="" if snapshot.as_of is None else ago(snapshot.as_of, now),
        old=snapshot.as_of is not None and now - snapshot.as_of > OLD * SECOND,
        took="" if snapshot.duration is None else duration(snapshot.duration),
        windows=windows,
        words=chosen.words,
        tiles=[(lines[row].title, lines[row].cells[position]) for row in _TILES],
        joint=lines,
        service_columns=[row.title for row in _SERVICE],
        services=[_service(figures, entry, chosen.label) for entry in catalogue.services],
        sources=sources,
        first_sync=any(source.first for source in sources),
        stale=[f"{source.supplier} ({source.name})" for source in sources if source.stale],
        oddities=oddities(catalogue, state.set_aside()),
        definitions=list(_definitions()),
    )


def _windows(catalogue: Catalogue, wanted: str | None) -> Sequence[Window]:
    labels = {label: _words(label) for label, _ in catalogue.windows}
    labels |= {"month": "this month", "last_month": "last month"}
    chosen = wanted if wanted in labels else "30d" if "30d" in labels else next(iter(labels))
    return [Window(label, words, label == chosen) for label, words in labels.items()]


def _words(label: str) -> str:
    """ "30 days" for "30d"; a label of another form stays as it is."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    count, unit = label[:-1], label[-1:]
    if not count.isdigit() or unit not in units:
        return label
    return f"{count} {units[unit] if count != '1' else units[unit].removesuffix('s')}"


def _cell(figures: Figures, scope: str, row: Row, **labels: str) -> str:
    name = f"siam_{scope}_{row.family}"
    value = figures.get(name, **labels, **({"stat": row.stat} if row.stat else {}))
    if value is None:
        return NO_DATA
    unit = FAMILIES[name].unit
    if unit == "ratio":
        return percent(value, row.digits)
    return duration(value) if unit == "seconds" else number(value)


def _service(figures: Figures, entry: ServiceEntry, window: str) -> Service:
    target = figures.get(_TARGET, service=entry.key, goal="availability")
    attained = figures.get(_ATTAINED, service=entry.key, goal="availability", window=window)
    coverage = figures.get(_COVERAGE, service=entry.key)
    return Service(
        title=entry.title,
        cells=[_cell(figures, "service", row, service=entry.key, window=window) for row in _SERVICE],
        goal="" if target is None else goal(target),
        attained=None if attained is None else attained == 1,
        coverage="" if coverage is None or coverage >= 1 else percent(coverage, 0),
    )


def _definitions() -> Iterator[Definition]:
    seen = set()
    for scope, rows in (("joint", _JOINT), ("service", _SERVICE)):
        for row in rows:
            name = f"siam_{scope}_{row.family}"
            if row.family not in seen:
                seen.add(row.family)
                yield Definition(row.title, name, FAMILIES[name].help)
