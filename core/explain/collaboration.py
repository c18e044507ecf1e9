"""Section 6 taken apart: each handover with its end and its answer, the score with its components and their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.explain.asked import Asked, instant, members, sample, ticket
from core.explain.availability import hours_text
from core.explain.explanation import Heap, Left, Made, Part, Series
from core.facts import NEVER
from core.interval import Bools
from core.kpi.case_times import case_times
from core.kpi.collaboration import LEAST_COMPONENTS, LEAST_WEIGHT, ping_pong, reviews, waiting
from core.kpi.handovers import BOUNCED, ENDS, RUNNING, Handovers, handovers
from core.kpi.parties import parties
from core.kpi.view import View, once
from core.model import SECOND

_TARGET = "siam_service_target_attained"


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "handovers_overdue":
            return _overdue(asked)
        case "handovers" | "handover_response_seconds" | "handover_answered_in_time_ratio" | "handover_bounce_ratio":
            return _handovers(asked)
        case "ping_pong_ratio" | "waiting_ratio":
            return _cases(asked)
        case "collaboration_component_ratio" | "collaboration_component_samples":
            return _component(asked)
        case "collaboration_score":
            return _score(asked)
    return None


@once
def _all(view: View) -> Handovers:
    return handovers(view, case_times(view))


def _steps(asked: Asked) -> Handovers:
    return _all(asked.view)


def _parts(asked: Asked, steps: Handovers, chosen: Bools, values: NDArray[Any]) -> tuple[Part, ...]:
    """A part for each marked handover, in the order of time."""
    named = parties(asked.view)
    return tuple(
        Part(
            float(values[i]),
            f"{named[int(steps.giver[i])]} to {named[int(steps.taker[i])]}: {_answer(steps, i)}; {_end(steps, i)}",
            (ticket(asked.view, int(steps.ticket[i])),),
            instant(int(steps.at[i])),
            instant(int(steps.answered[i])),
            supplier=named[int(steps.taker[i])],
        )
        for i in sorted(np.flatnonzero(chosen).tolist(), key=lambda row: int(steps.at[row]))
    )


def _answer(steps: Handovers, i: int) -> str:
    target, taken = f"{steps.target[i] / SECOND:g} s", f"{steps.taken[i] / SECOND:g} s"
    if steps.answered[i] != NEVER:
        return f"answered after {taken} of support hours, {'within' if steps.in_time[i] else 'beyond'} {target}"
    return f"no answer for {taken} of support hours, target {target}"


def _end(steps: Handovers, i: int) -> str:
    return "goes on" if steps.ending[i] == RUNNING else ENDS[int(steps.ending[i])]


def _settings(asked: Asked) -> dict[str, str]:
    view = asked.view
    found = {
        f"answer_within p{priority}": f"{within / SECOND:g} s"
        for priority, within in view.catalogue.collaboration.answer_within.items()
    }
    for entry in view.catalogue.suppliers:
        if asked.label("supplier") in ("", entry.key):
            found[f"support hours of {entry.key}"] = hours_text(entry.hours)
    return found


def _handovers(asked: Asked) -> Made:
    steps, named = _steps(asked), parties(asked.view)
    mine = np.ones(len(steps), dtype=np.bool_)
    if asked.scope == "supplier":
        mine &= steps.taker == asked.supplier()
    elif asked.suffix == "handovers":
        mine &= steps.giver == named.index(asked.label("from_party"))
        mine &= steps.taker == named.index(asked.label("to_party"))
    happened = mine & asked.inside(steps.at)
    outside = Left("handovers outside of the window", int((mine & ~happened).sum()))
    out = [outside] if outside.count else []
    values: NDArray[Any]
    match asked.suffix:
        case "handovers":
            parts = _parts(asked, steps, happened, np.ones(len(steps)))
            return Made("the number of handovers in the window", (Heap("handovers", "", parts),), left_out=tuple(out))
        case "handover_response_seconds":
            chosen, values, why = happened & (steps.answered != NEVER), steps.taken / SECOND, "without an answer"
            text = "time from a handover to the first own act of the receiver, in its support hours"
        case "handover_answered_in_time_ratio":
            chosen, values, why = happened & steps.judged, steps.in_time, "not answered, their time not over yet"
            text = "handovers answered within the target / handovers answered or overdue"
        case _:
            chosen, values, why = happened & (steps.ending != RUNNING), steps.ending == BOUNCED, "that go on"
            text = "handovers given back without any own act of the receiver / handovers that ended"
    rest = np.flatnonzero(happened & ~chosen)
    if len(rest):
        some = tuple(ticket(asked.view, int(steps.ticket[i])) for i in rest[:20].tolist())
        out.append(Left(f"handovers {why}", len(rest), some))
    parts, more = _parts(asked, steps, chosen, values), {"settings": _settings(asked), "left_out": tuple(out)}
    if asked.suffix == "handover_response_seconds":
        return sample(asked, text, "handovers", parts, **more)
    return Made(text, (Heap("handovers", "", parts),), _settings(asked), tuple(out))


def _overdue(asked: Asked) -> Made:
    steps, named = _steps(asked), parties(asked.view)
    mine = steps.overdue & (steps.giver == named.index(asked.label("from_party")))
    mine &= steps.taker == named.index(asked.label("to_party"))
    parts = _parts(asked, steps, mine, np.ones(len(steps)))
    text = "the number of handovers that go on without an answer, though the time for it is over"
    return Made(text, (Heap("handovers", "", parts),), _settings(asked))


def _cases(asked: Asked) -> Made:
    view, times, steps = asked.view, case_times(asked.view), _steps(asked)
    n = len(times.case)
    some = np.bincount(steps.case, minlength=n) > 0
    rows = np.arange(n) if asked.scope == "joint" else times.member[times.service == asked.service()]
    handed = rows[some[rows]]
    counted = handed[asked.inside(times.resolved[handed]) & (times.resolved[handed] != NEVER)].tolist()
    waited = waiting(view, steps)
    swinging = ping_pong(steps, n)
    out = []
    if len(rows) > len(handed):
        out.append(Left("cases without a handover", len(rows) - len(handed)))
    if len(handed) > len(counted):
        out.append(Left("cases with a handover, open or resolved outside of the window", len(handed) - len(counted)))

    def case(row: int, value: float, what: str, of: NDArray[Any]) -> Part:
        return Part(
            value,
            what,
            tuple(ticket(view, each) for each in members(view, int(times.case[row]))),
            instant(int(times.opened[row])),
            instant(int(times.resolved[row])),
            behind=_parts(asked, steps, steps.case == row, of),
        )

    if asked.suffix == "ping_pong_ratio":
        words = ("no ping-pong", "ping-pong")
        zero = np.zeros(len(steps))
        parts = tuple(case(row, float(swinging[row]), words[int(swinging[row])], zero) for row in counted)
        text = (
            "cases that returned twice or more to parties that had had them, at least once bounced / cases with a "
            "handover, resolved in the window"
        )
        return Made(text, (Heap("cases", "", parts),), left_out=tuple(out))
    total = np.bincount(steps.case, weights=waited, minlength=n)
    waits = tuple(case(row, float(total[row]) / SECOND, "waited", waited / SECOND) for row in counted)
    wholes = tuple(case(row, float(times.elapsed[row]) / SECOND, "elapsed", waited * 0.0) for row in counted)
    text = "time between handovers and their answers / elapsed time, of cases with a handover resolved in the window"
    heaps = (Heap("waited", "seconds", waits), Heap("elapsed", "seconds", wholes))
    return Made(text, heaps, _settings(asked), tuple(out))


def _component(asked: Asked) -> Made:
    count = asked.suffix == "collaboration_component_samples"
    made = {"constructiveness": _reviews, "joint_goals": _goals}.get(asked.label("component"), _shrunk)(asked)
    if count:
        kept = made.heaps[:1]
        return Made(f"the number of observations behind the component: {made.formula}", kept, left_out=made.left_out)
    return made


def _shrunk(asked: Asked) -> Made:
    steps = _steps(asked)
    if asked.label("component") == "responsiveness":
        known, good, text = steps.judged, steps.in_time, "answered in time"
    else:
        known, good, text = steps.ending != RUNNING, steps.ending != BOUNCED, "not bounced"
    chosen = known & asked.inside(steps.at)
    own = _parts(asked, steps, chosen & (steps.taker == asked.supplier()), good)
    every = _parts(asked, steps, chosen, good)
    m = asked.view.catalogue.collaboration.min_samples
    pooled = f"{sum(part.value for part in every):g} / {len(every)}"
    return Made(
        f"(x + m x p0) / (n + m): x of n handovers to it {text}, p0 the share of all parties together, m = min_samples",
        (Heap("own handovers", "", own), Heap("handovers of all parties", "", every)),
        {"min_samples": str(m), "p0": pooled, **_settings(asked)},
    )


def _reviews(asked: Asked) -> Made:
    view, named = asked.view, parties(asked.view)
    given, told = reviews(view), view.facts.reviews
    mine = given.about == asked.supplier()
    chosen = mine & asked.inside(given.at)
    parts = tuple(
        Part(
            float(given.score[i]),
            f"review by {named[int(given.reviewer[i])]} for {told.period[row]}: {told.score[row]:g} on "
            f"{told.scale_min[row]:g} to {told.scale_max[row]:g}",
            start=int(given.at[i]),
            supplier=named[int(given.reviewer[i])],
        )
        for i in np.flatnonzero(chosen).tolist()
        for row in [int(given.row[i])]
    )
    out = []
    if mine.sum() > chosen.sum():
        out.append(Left("reviews of months that do not end in the window", int(mine.sum() - chosen.sum())))
    if len(told) > len(given.row):
        text = "reviews (of anybody) of oneself, of parties not configured, off their scale, or of later months"
        out.append(Left(text, len(told) - len(given.row)))
    text = "mean over reviewing parties of the mean of each one's reviews, each as (score - min) / (max - min)"
    return Made(text, (Heap("reviews", "", parts),), left_out=tuple(out))


def _goals(asked: Asked) -> Made:
    view, party = asked.view, asked.supplier()
    integrator = len(view.places.suppliers)
    services = {
        service
        for service, together in zip(view.places.services, view.places.takes_part, strict=True)
        if party in together or party == integrator
    }
    parts = tuple(
        Part(
            each.value,
            f"{labels['service']}: {labels['goal']} {'attained' if each.value else 'missed'}",
            series=str(Series(_TARGET, labels)),
        )
        for each in asked.figures
        if each.name == _TARGET
        for labels in [dict(each.labels)]
        if labels["window"] == asked.label("window") and labels["service"] in services
    )
    text = "joint targets attained / joint targets with a result, of the services that the party takes part in"
    return Made(text, (Heap("joint targets", "", parts),))


def _score(asked: Asked) -> Made:
    weights = asked.view.catalogue.collaboration.weights
    name = "siam_supplier_collaboration_component_ratio"
    own = {
        labels["component"]: each
        for each in asked.figures
        if each.name == name
        for labels in [dict(each.labels)]
        if labels["supplier"] == asked.label("supplier") and labels["window"] == asked.label("window")
    }
    parts = tuple(
        Part(
            each.value,
            component,
            series=str(Series(name, dict(each.labels))),
            weight=weights[component],
        )
        for component, each in own.items()
        if weights.get(component, 0) > 0
    )
    out = tuple(
        Left(f"component {component}: {'no observation' if component not in own else 'without weight'}", 1)
        for component in weights
        if component not in own or not weights[component]
    )
    settings = {f"weight of {component}": f"{weight:g}" for component, weight in weights.items()}
    settings["needed"] = f"{LEAST_COMPONENTS} components with {LEAST_WEIGHT:g} of the weight"
    text = "sum of weight x component / sum of weight, over the components that have an observation"
    return Made(text, (Heap("components", "", parts),), settings, out)
