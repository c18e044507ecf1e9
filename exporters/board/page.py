"""The board pack as a page: rows of words and charts, joint figures first; the template only lays them out."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.board.pack import Agreed, Pack
from core.catalogue import ServiceEntry
from core.model import SECOND
from exporters.board import words
from exporters.board.charts import Chart, Series, bars, lines
from exporters.board.words import NO_DATA, Names, figure
from exporters.pages import render_page
from exporters.wording import duration, goal, moment, number, percent

_ROWS: Final = (
    ("Availability", "siam_joint_availability_ratio", ""),
    ("Joint goals met", "siam_joint_targets_attained_ratio", ""),
    ("Cases resolved", "siam_joint_cases_resolved", ""),
    ("Half of the cases resolved within", "siam_joint_case_lead_time_seconds", "p50"),
    ("Nine of ten cases resolved within", "siam_joint_case_lead_time_seconds", "p90"),
    ("Changes successful", "siam_joint_change_success_ratio", ""),
    ("Changes on schedule", "siam_joint_change_on_schedule_ratio", ""),
    ("Customers' satisfaction", "siam_joint_satisfaction_ratio", ""),
    ("Handovers answered in time", "siam_joint_handover_answered_in_time_ratio", ""),
    ("Handovers that came back without work", "siam_joint_handover_bounce_ratio", ""),
    ("Share of time that cases waited between parties", "siam_joint_waiting_ratio", ""),
)
_TILES: Final = (0, 1, 3, 5, 7)
_SERVICES: Final = 60
"""Rows of a table for which a page has room; what is beyond is said, and is in Grafana and `siamhub kpis`."""
_LINES: Final = 5  # services in a chart: more lines cannot be told apart
_RESTATED: Final = 25
_NAMED: Final = 10
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal of a service and how it went."""

    what: str
    goal: str
    now: str
    state: str  # "met", "not met", "no data"
    months: Sequence[str]


@dataclass(frozen=True, slots=True)
class Service:
    """A service and its goals."""

    title: str
    cells: Sequence[str]
    goals: Sequence[Goal]


@dataclass(frozen=True, slots=True)
class Action:
    """An improvement action in words."""

    number: int
    title: str
    owners: str
    due: str
    status: str
    series: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party's band, and each component with its samples."""

    title: str
    band: str
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template shows."""

    title: str
    month: str
    name: str  # "October 2026"
    state: str
    made: str
    version: str
    notices: Sequence[str]
    empty: bool
    months: Sequence[str]
    tiles: Sequence[tuple[str, str]]
    joint: Sequence[tuple[str, Sequence[str]]]
    services: Sequence[Service]
    service_more: int
    charts: Sequence[Chart]
    since: Sequence[tuple[str, str, str, str]]
    since_count: int
    before: Sequence[tuple[str, str, str, str]] | None
    before_count: int
    before_month: str
    successes: Sequence[tuple[str, str]]
    questions: Sequence[tuple[str, str, str]]
    waits: Chart | None
    open_cases: int
    actions: Sequence[Action]
    parties: Sequence[PartyRow]
    party_more: int
    unknown: str
    reviews: str
    coming: Sequence[str]
    flow: Chart
    components: Sequence[str]


def board_html(pack: Pack, months: Sequence[str] = ()) -> str:
    """The page as one HTML file; `months` are those that it offers to choose, none in a file of its own."""
    return render_page("board.html", page=page(pack), choice=list(months))


def page(pack: Pack) -> Page:
    """The page's rows."""
    names, trend = Names(pack), pack.trend
    joint = [
        (title, [figure(name, value) for value in trend.row(name, **({"stat": stat} if stat else {}))])
        for title, name, stat in _ROWS
    ]
    services = pack.catalogue.services[:_SERVICES]
    known = pack.together.parties[:_SERVICES]
    return Page(
        title=pack.title,
        month=pack.period.month,
        name=_month_name(pack.period.month),
        state=_state(pack),
        made=moment(pack.made_at, pack.catalogue.zone),
        version=pack.version,
        notices=list(_notices(pack, names)),
        empty=not pack.records,
        months=trend.months,
        tiles=[(joint[row][0], joint[row][1][-1]) for row in _TILES],
        joint=joint,
        services=[_service(pack, entry) for entry in services],
        service_more=len(pack.catalogue.services) - len(services),
        charts=[_availability(pack), _cases(pack)],
        since=list(words.restated(pack, pack.since))[:_RESTATED],
        since_count=len(pack.since),
        before=None if pack.before is None else list(words.restated(pack, pack.before))[:_RESTATED],
        before_count=len(pack.before or ()),
        before_month=pack.period.before,
        successes=list(words.successes(pack)),
        questions=list(words.questions(pack)),
        waits=_waits(pack, names),
        open_cases=pack.findings.open_cases,
        actions=[_action(pack, names, each) for each in pack.actions],
        parties=[
            PartyRow(
                names.party(party.key),
                party.band or "not enough known",
                [
                    (NO_DATA, "")
                    if each.ratio is None
                    else (percent(each.ratio, 0), f"{number(each.samples)} observed")
                    for each in party.components
                ],
            )
            for party in known
        ],
        party_more=len(pack.together.parties) - len(known),
        unknown=_named(names, pack.together.unknown),
        reviews=_reviews(pack),
        coming=list(words.coming(pack)),
        flow=_flow(pack),
        components=list(words.COMPONENTS.values()),
    )


def _month_name(text: str) -> str:
    return f"{month_name[int(text[5:])]} {text[:4]}"


def _state(pack: Pack) -> str:
    if pack.closed is not None:
        return f"Closed on {moment(pack.closed.closed_at, pack.catalogue.zone)}: the figures are those of then."
    if pack.period.running:
        return f"The month still runs: figures until {moment(pack.period.at, pack.catalogue.zone)}."
    return "The month is over and not closed yet: its figures may still change."


def _notices(pack: Pack, names: Names) -> Iterator[str]:
    if not pack.records:
        yield f"There are no records of {pack.period.month}: nothing was read of this month, or nothing happened."
    if pack.missing:
        yield f"The figures may be incomplete: not read to the end from {_named(names, pack.missing)}."
    if pack.without_source:
        yield f"Nothing is known of {_named(names, pack.without_source)}: there is no system of theirs to read from."


def _named(names: Names, keys: Sequence[str]) -> str:
    """The parties, the first ones by name where there are many."""
    more = len(keys) - _NAMED
    return ", ".join(names.party(key) for key in keys[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _service(pack: Pack, entry: ServiceEntry) -> Service:
    get = pack.trend.get
    cells = [
        figure(name, get(name, service=entry.key, **({"stat": stat} if stat else {})))
        for name, stat in (
            ("siam_service_availability_ratio", ""),
            ("siam_service_error_budget_remaining_ratio", ""),
            ("siam_service_outages", ""),
            ("siam_service_downtime_seconds", ""),
            ("siam_service_cases_resolved", ""),
            ("siam_service_case_lead_time_seconds", "p50"),
            ("siam_service_change_success_ratio", ""),
            ("siam_service_satisfaction_ratio", ""),
        )
    ]
    return Service(entry.title, cells, [each for what in words.GOALS if (each := _goal(pack, entry, what))])


def _goal(pack: Pack, entry: ServiceEntry, what: str) -> Goal | None:
    targets = entry.targets
    if what == "incident_lead_time":
        if not targets.incident_lead_time:
            return None
        spans = sorted(targets.incident_lead_time.items())
        promised = ", ".join(f"P{priority} {duration(span / SECOND)}" for priority, span in spans)
        met = pack.in_time.get(entry.key)
        now = NO_DATA if met is None else f"{number(met[0])} of {number(met[1])}"
    else:
        target: float | None = getattr(targets, what)
        if target is None:
            return None
        promised = goal(target)
        name = f"siam_service_{what}_ratio"
        now = figure(name, pack.trend.get(name, service=entry.key))
    row = pack.trend.row("siam_service_target_attained", service=entry.key, goal=what)
    states = ["no data" if value is None else "met" if value == 1 else "not met" for value in row]
    return Goal(words.GOALS[what], promised, now, states[-1], states)


def _series(pack: Pack, title: str, name: str, scale: float = 1.0, **labels: str) -> Series:
    row = pack.trend.row(name, **labels)
    return Series(title, [None if v is None else v * scale for v in row], [figure(name, v) for v in row])


def _percent_axis(value: float) -> str:
    return f"{value:.5g} %"


def _hours(value: float) -> str:
    return f"{value:.4g} h"


def _availability(pack: Pack) -> Chart:
    name = "siam_service_availability_ratio"
    services = pack.catalogue.services
    shown = services if len(services) <= _LINES else ()
    series = [
        _series(pack, "All services together", "siam_joint_availability_ratio", 100),
        *(_series(pack, entry.title, name, 100, service=entry.key) for entry in shown),
    ]
    return lines("availability", "Availability by month", pack.trend.months, series, _percent_axis)


def _cases(pack: Pack) -> Chart:
    name = "siam_joint_case_lead_time_seconds"
    series = [
        _series(pack, "Half of the cases", name, 1 / HOUR, stat="p50"),
        _series(pack, "Nine of ten", name, 1 / HOUR, stat="p90"),
    ]
    return lines("cases", "Time to resolve a case, by month", pack.trend.months, series, _hours)


def _flow(pack: Pack) -> Chart:
    series = [
        _series(pack, "Answered in time", "siam_joint_handover_answered_in_time_ratio", 100),
        _series(pack, "Came back without work", "siam_joint_handover_bounce_ratio", 100),
        _series(pack, "Time spent waiting", "siam_joint_waiting_ratio", 100),
    ]
    return lines("flow", "Handovers between the parties, by month", pack.trend.months, series, _percent_axis)


def _waits(pack: Pack, names: Names) -> Chart | None:
    waits = pack.findings.waits
    if not waits:
        return None
    labels = [f"{names.party(each.pair[0])} – {names.party(each.pair[1])}" for each in waits]
    series = Series("Waited", [each.seconds / HOUR for each in waits], [duration(each.seconds) for each in waits])
    title = "Time that handovers between two parties waited for a first answer, together"
    return bars("waits", title, labels, series, _hours)


def _action(pack: Pack, names: Names, each: Agreed) -> Action:
    action = each.action
    metric = (action.series or "").partition("{")[0]
    done = action.done_at if each.status == "done" else None
    return Action(
        number=action.id,
        title=action.title,
        owners=", ".join(names.party(key) for key in action.owners) or "all together",
        due="" if action.due is None else f"{action.due.day} {action.due:%b %Y}",
        status=each.status if done is None else f"done {words.day(pack, done)}",
        series=action.series or "",
        before=f"{figure(metric, action.before)} ({action.before_month})" if action.before_month else "",
        after=f"{figure(metric, each.after)} ({pack.period.month})" if each.after is not None else "",
    )


def _reviews(pack: Pack) -> str:
    count, by = pack.together.reviews, pack.together.reviewers
    if not count:
        return "Nobody reviewed anybody this month."
    said = f"{words.counted(count, 'peer review')} by {words.counted(by, 'reviewer')}."
    return f"{said} What was said of a party is shown only where at least three others reviewed it."
