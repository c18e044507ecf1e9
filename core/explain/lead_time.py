"""Section 3 taken apart: lead time of incidents and cases, first response, targets, backlog, counts."""

from __future__ import annotations

import numpy as np

from core.explain.asked import Asked, against_target, instant, left, members, ones, sample, ticket, times
from core.explain.explanation import Heap, Left, Made, Part
from core.facts import NEVER
from core.interval import Bools
from core.kpi.case_times import case_times
from core.kpi.first_response import first_response
from core.kpi.lead_time import aimed
from core.kpi.timeline import HOLD, OPEN
from core.model import EVIDENCE, SECOND


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "case_lead_time_seconds" | "case_active_time_seconds" | "cases_resolved":
            return _cases(asked)
        case "incident_lead_time_seconds" | "incident_active_time_seconds":
            return _resolved(asked)
        case "incidents_resolved":
            return _resolved(asked)
        case "incident_first_response_seconds":
            return _first_response(asked)
        case "incident_target_met_ratio":
            return _target_met(asked)
        case "incidents_reopened":
            return _reopened(asked)
        case "incidents_open" | "incident_open_age_seconds":
            return _open(asked)
        case "incidents_opened_total" | "incident_resolutions_total":
            return _totals(asked)
    return None


def _incidents(asked: Asked) -> Bools:
    found: Bools = asked.view.facts.tickets.kind == 0
    return asked.mine & found


def _still_open(asked: Asked) -> dict[str, Bools]:
    return {"still open": asked.view.timeline.resolved == NEVER}


def _resolved(asked: Asked) -> Made:
    view, life = asked.view, asked.view.timeline
    mine = _incidents(asked)
    counted = mine & view.incidents & asked.inside(life.resolved) & (life.resolved != NEVER)
    rows = np.flatnonzero(counted)
    out = left(view, mine, counted, _still_open(asked))
    opened, resolved = life.opened[rows], life.resolved[rows]
    if asked.suffix == "incidents_resolved":
        parts = ones(view, "resolved incident", rows, opened, resolved)
        formula = "the number of incidents whose last lasting resolution lies in the window"
        return Made(formula, (Heap("incidents", "", parts),), left_out=out)
    if asked.suffix == "incident_active_time_seconds":
        values, text = life.active[rows], "active time = time open and not on hold, without time after a resolution"
    else:
        values, text = resolved - opened, "elapsed time = last lasting resolution - opening"
    parts = times(view, "resolved incident", rows, values, opened, resolved)
    return sample(asked, f"{text}, over incidents resolved in the window", "incidents", parts, left_out=out)


def _cases(asked: Asked) -> Made:
    view, of = asked.view, case_times(asked.view)
    rows = np.arange(len(of.case)) if asked.scope == "joint" else of.member[of.service == asked.service()]
    counted = rows[asked.inside(of.resolved[rows]) & (of.resolved[rows] != NEVER)]
    active = asked.suffix == "case_active_time_seconds"
    values = of.active if active else of.elapsed
    parts = [
        Part(
            1.0 if asked.suffix == "cases_resolved" else float(values[row]) / SECOND,
            f"case of {len(own)} incidents" if len(own) > 1 else "case of one incident",
            tuple(ticket(view, each) for each in own),
            instant(int(of.opened[row])),
            instant(int(of.resolved[row])),
            behind=_joins(asked, int(of.case[row])) if len(own) > 1 else (),
        )
        for row in counted.tolist()
        for own in [members(view, int(of.case[row]))]
    ]
    pending = rows[of.resolved[rows] == NEVER]
    out = []
    if len(pending):
        some = tuple(ticket(view, int(of.case[row])) for row in pending[:20].tolist())
        out.append(Left("cases still open, or with an incident whose times are not trusted", len(pending), some))
    outside = len(rows) - len(counted) - len(pending)
    if outside:
        out.append(Left("cases resolved outside of the window", outside))
    bearers = np.unique(view.facts.links.ticket[view.cases.ambiguous])
    if len(bearers):
        named = tuple(ticket(view, row) for row in bearers[:20].tolist())
        out.append(Left("references that name more than one ticket, and join nothing, on", len(bearers), named))
    parts.sort(key=lambda part: -part.value)
    more = {"left_out": tuple(out)}
    if asked.suffix == "cases_resolved":
        text = "the number of cases whose last open incident was resolved in the window"
        return Made(text, (Heap("cases", "", tuple(parts)),), left_out=tuple(out))
    text = (
        "active time = time in which at least one incident of the case was open and not on hold"
        if active
        else "elapsed time = resolution of the case's last open incident - opening of its earliest"
    )
    return sample(asked, f"{text}, over cases resolved in the window", "cases", tuple(parts), **more)


def _joins(asked: Asked, case: int) -> tuple[Part, ...]:
    """The references that join the incidents of a case."""
    view, joins = asked.view, asked.view.cases.joins
    links = view.facts.links
    return tuple(
        Part(
            0.0,
            f"{ticket(view, bearer).number} names {ticket(view, named).number}: {links.reference[row]}",
            evidence=EVIDENCE[int(links.evidence[row])],
            supplier=ticket(view, bearer).supplier,
        )
        for i in np.flatnonzero(view.cases.case[joins.bearer] == case).tolist()
        for bearer, named, row in [(int(joins.bearer[i]), int(joins.named[i]), int(joins.link[i]))]
    )


def _first_response(asked: Asked) -> Made:
    view, life = asked.view, asked.view.timeline
    responded, mine = first_response(view), _incidents(asked)
    counted = mine & view.incidents & asked.inside(responded) & (responded != NEVER)
    rows = np.flatnonzero(counted)
    parts = times(view, "answered", rows, responded[rows] - life.opened[rows], life.opened[rows], responded[rows])
    text = (
        "first response - opening, over incidents first answered in the window; an answer is a public comment or a "
        "move into work by a person of the supplier, never by automation"
    )
    out = left(view, mine, counted, {"not answered by a person": responded == NEVER})
    return sample(asked, text, "incidents", parts, left_out=out)


def _target_met(asked: Asked) -> Made:
    view, reached, mine = asked.view, aimed(asked.view), _incidents(asked)
    chosen = mine[reached.incident] & asked.inside(reached.resolved)
    rows = reached.incident[chosen]
    counted = np.zeros(len(mine), dtype=np.bool_)
    counted[rows] = True
    has = np.zeros(len(mine), dtype=np.bool_)
    has[reached.incident] = True
    parts = against_target(view, reached, chosen)
    settings = {
        f"{entry.key}: target for p{priority}": f"{goal / SECOND:g} s on the clock {entry.targets.clock}"
        for entry in view.catalogue.services
        for priority, goal in entry.targets.incident_lead_time.items()
        if str(priority) == asked.label("priority")
    }
    text = "incidents whose active time was within the target of their service and priority / incidents with a target"
    reasons = {**_still_open(asked), "without a target for its service and priority": ~has}
    return Made(text, (Heap("incidents", "", parts),), settings, left(view, mine, counted, reasons))


def _reopened(asked: Asked) -> Made:
    view, back, mine = asked.view, asked.view.timeline.reopenings, _incidents(asked)
    chosen = (mine & view.incidents)[back.ticket] & asked.inside(back.at)
    rows, first = np.unique(back.ticket[chosen], return_index=True)
    parts = ones(view, "reopened", rows, back.at[chosen][first])
    text = "the number of incidents reopened in the window; one reopened twice counts once"
    return Made(text, (Heap("incidents", "", parts),))


def _open(asked: Asked) -> Made:
    view, life, mine = asked.view, asked.view.timeline, _incidents(asked)
    waiting = mine & ((life.state == OPEN) | (life.state == HOLD))
    age = asked.suffix == "incident_open_age_seconds"
    counted = waiting & (life.suspicion < 0) if age else waiting
    rows = np.flatnonzero(counted)
    opened = life.opened[rows]
    if not age:
        text = "the number of incidents that are open or on hold, also of those whose times are not trusted"
        return Made(text, (Heap("incidents", "", ones(view, "open incident", rows, opened)),))
    none = np.full(len(rows), NEVER)
    parts = times(view, "open incident", rows, view.at - opened, opened, none)
    out = left(view, waiting, counted)
    return sample(asked, "age = now - opening, over open incidents", "incidents", parts, left_out=out)


def _totals(asked: Asked) -> Made:
    view, life, mine = asked.view, asked.view.timeline, _incidents(asked)
    seen = mine & (life.state >= 0)
    floor = "a live counter never falls: where tickets were deleted since, /metrics shows the highest value ever seen"
    if asked.suffix == "incidents_opened_total":
        rows = np.flatnonzero(seen)
        parts = ones(view, "opened", rows, life.opened[rows])
        return Made(f"the number of incidents opened, cancelled ones too; {floor}", (Heap("incidents", "", parts),))
    steps = life.resolutions
    chosen = seen[steps.ticket]
    parts = ones(view, "resolved", steps.ticket[chosen], steps.at[chosen])
    return Made(f"the number of resolutions, lasting or not; {floor}", (Heap("resolutions", "", parts),))
