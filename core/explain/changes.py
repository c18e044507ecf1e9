"""Section 4 taken apart: lead time of changes, their success, emergency, schedule, caused incidents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.explain.asked import Asked, hits, left, ones, sample, times
from core.explain.explanation import Heap, Made, Part
from core.facts import NEVER, Codes, Ints
from core.interval import Bools
from core.kpi.changes import caused, completed, emergency, judged, requested, schedule
from core.kpi.view import View, once
from core.model import CHANGE_TYPES, OUTCOMES


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "change_lead_time_seconds" | "change_emergency_ratio" | "change_on_schedule_ratio" | "changes_completed":
            return _completed(asked)
        case "change_success_ratio":
            return _judged(asked)
        case "change_caused_incidents":
            return _caused(asked)
    return None


def _among(asked: Asked, rows: Ints) -> tuple[Bools, Bools]:
    """The changes asked for, and of them the marked rows."""
    mine = asked.mine & (asked.view.facts.tickets.kind == 1)
    counted = np.zeros(len(mine), dtype=np.bool_)
    counted[rows] = True
    return mine, counted


def _reasons(asked: Asked) -> dict[str, Bools]:
    view, tickets = asked.view, asked.view.facts.tickets
    done = np.zeros(len(tickets), dtype=np.bool_)
    done[completed(view).change] = True
    abandoned = tickets.outcome == OUTCOMES.index("abandoned")
    return {"abandoned": abandoned, "not completed yet": ~done}


def _completed(asked: Asked) -> Made:
    view, tickets, done = asked.view, asked.view.facts.tickets, completed(asked.view)
    start = requested(view)
    mine, _ = _among(asked, done.change)
    chosen = mine[done.change] & asked.inside(done.end)
    if asked.suffix == "changes_completed":
        kind, outcome = asked.label("type"), asked.label("outcome")
        types = np.array([*CHANGE_TYPES, ""], dtype=object)[tickets.change_type[done.change]]
        chosen &= (types == kind) & (done.outcome == OUTCOMES.index(outcome))
    on_time, both = schedule(view, done)
    if asked.suffix == "change_on_schedule_ratio":
        chosen &= both
    rows, end = done.change[chosen], done.end[chosen]
    counted = _among(asked, rows)[1]
    reasons = _reasons(asked)
    if asked.suffix == "change_on_schedule_ratio":
        lacking = np.zeros(len(mine), dtype=np.bool_)
        lacking[done.change[~both]] = True
        reasons["without a planned or an actual interval"] = lacking
    if asked.suffix == "changes_completed":
        reasons["of another type or outcome"] = _among(asked, done.change[asked.inside(done.end)])[1]
    out = left(view, mine, counted, reasons)
    match asked.suffix:
        case "change_lead_time_seconds":
            parts = times(view, "change", rows, end - start[rows], start[rows], end)
            text = "end (actual, else closing) - request, over changes completed in the window"
            return sample(asked, text, "changes", parts, left_out=out)
        case "changes_completed":
            parts = ones(view, "completed", rows, start[rows], end)
            return Made("the number of changes completed in the window", (Heap("changes", "", parts),), left_out=out)
        case "change_emergency_ratio":
            good, words = emergency(view, done)[chosen], ("emergency", "planned")
            text = "emergency changes / changes, completed in the window"
        case _:
            good, words = on_time[chosen], ("on schedule", "off schedule")
            text = "changes whose actual interval lies in the planned one / changes that have both, completed in window"
    parts = hits(view, *words, rows, good, start[rows], end)
    return Made(text, (Heap("changes", "", parts),), left_out=out)


def _judged(asked: Asked) -> Made:
    view, done = asked.view, completed(asked.view)
    those = judged(view, done)
    mine, all_judged = _among(asked, those.change)
    chosen = mine[those.change] & asked.inside(those.moment)
    rows = those.change[chosen]
    watch = view.catalogue.change_watch
    end = those.moment[chosen] - watch
    parts = hits(view, "success", "no success", rows, those.success[chosen], requested(view)[rows], end)
    order = np.argsort(requested(view)[rows], kind="stable")
    outcomes = view.facts.tickets.outcome[rows[order]].tolist()
    parts = tuple(
        replace(part, what=f"{part.what}, outcome {OUTCOMES[outcome].replace('_', ' ')}", behind=_blaming(asked, row))
        for part, row, outcome in zip(parts, rows[order].tolist(), outcomes, strict=True)
    )
    young = np.zeros(len(mine), dtype=np.bool_)
    young[done.change[done.end + watch > view.at]] = True
    reasons = {**_reasons(asked), "not judged yet: its watch period goes on": young}
    reasons["of unknown outcome"] = ~all_judged
    out = left(view, mine, _among(asked, rows)[1], reasons)
    text = (
        "successful changes that no incident of their watch period names as its cause / changes whose watch period "
        "ended in the window"
    )
    return Made(text, (Heap("changes", "", parts),), {"change_watch": f"{watch / 86_400_000_000:g} days"}, out)


@once
def _causes(view: View) -> tuple[Ints, Codes]:
    return caused(view)


def _blaming(asked: Asked, change: int) -> tuple[Part, ...]:
    """The incidents that name a change as their cause; only those opened within its watch period count against it."""
    view, (incident, named) = asked.view, _causes(asked.view)
    rows = incident[named == change]
    opened = view.timeline.opened[rows]
    return tuple(replace(part, value=0.0) for part in ones(view, "named as the cause of", rows, opened))


def _caused(asked: Asked) -> Made:
    view, life = asked.view, asked.view.timeline
    incident, change = caused(view)
    chosen = asked.chosen(view.supplier[change], view.service[change])
    rows = np.unique(incident[chosen])
    rows = rows[asked.inside(life.opened[rows]) & (life.opened[rows] != NEVER)]
    parts = ones(view, "incident that names a change as its cause", rows, life.opened[rows])
    text = "the number of incidents opened in the window that name a change of this supplier and service as their cause"
    return Made(text, (Heap("incidents", "", parts),))
