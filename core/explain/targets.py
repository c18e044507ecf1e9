"""The joint targets taken apart: what was agreed, the figure behind each, and which were attained."""

from __future__ import annotations

import numpy as np

from core.explain.asked import Asked, against_target
from core.explain.explanation import Heap, Left, Made, Part, Series
from core.kpi.lead_time import aimed
from core.kpi.targets import FIGURES, LEAD_TIME
from core.model import SECOND


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "target":
            return _target(asked)
        case "target_attained":
            return _attained(asked)
        case "targets_attained_ratio":
            return _share(asked)
    return None


def _target(asked: Asked) -> Made:
    goal, service = asked.label("goal"), asked.label("service")
    place = f"services.{service}.targets.{goal}"
    if goal == LEAD_TIME:
        place += f".p{asked.label('priority')}"
    parts = tuple(
        Part(each.value, place)
        for each in asked.figures
        if str(Series(each.name, dict(each.labels))) == str(asked.series)
    )
    return Made(f"as configured, {place}", (Heap("target", "seconds" if goal == LEAD_TIME else "", parts),))


def _attained(asked: Asked) -> Made:
    view, goal, window = asked.view, asked.label("goal"), asked.label("window")
    index = asked.service()
    if index == len(view.catalogue.services):
        return Made("1 where the target was attained, 0 where it was missed", ())
    targets = view.catalogue.services[index].targets
    if goal == LEAD_TIME:
        reached = aimed(view)
        chosen = (view.service[reached.incident] == index) & asked.inside(reached.resolved)
        rows = reached.incident[chosen]
        parts = against_target(view, reached, chosen)
        settings = {
            f"target for p{priority}": f"{duration / SECOND:g} s on the clock {targets.clock}"
            for priority, duration in targets.incident_lead_time.items()
        }
        text = "1 where every incident with a target that was resolved in the window met it, else 0"
        without = (view.service == index) & view.incidents & asked.inside(view.timeline.resolved)
        without[rows] = False
        left = Left("resolved incidents without a target for their priority", int(np.count_nonzero(without)))
        return Made(text, (Heap("incidents", "", parts),), settings, (left,) if left.count else ())
    series = Series(FIGURES[goal], {"service": asked.label("service"), "window": window})
    parts = tuple(
        Part(each.value, "the figure", series=str(series))
        for each in asked.figures
        if each.name == series.name and dict(each.labels) == series.labels
    )
    agreed = getattr(targets, goal)
    settings = {} if agreed is None else {"target": f"{agreed!r}"}
    return Made("1 where the figure is at or above the target, else 0", (Heap("figure", "", parts),), settings)


def _share(asked: Asked) -> Made:
    parts = tuple(
        Part(
            each.value,
            f"{labels['service']}: {labels['goal']} {'attained' if each.value else 'missed'}",
            series=str(Series(each.name, labels)),
        )
        for each in asked.figures
        if each.name == "siam_service_target_attained"
        for labels in [dict(each.labels)]
        if labels["window"] == asked.label("window")
    )
    text = "joint targets attained / joint targets with a known result, of all services"
    return Made(text, (Heap("joint targets", "", parts),))
