"""The joint targets of the services: what they are, and which were attained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from core.catalogue import Targets
from core.kpi.figures import labelled, means
from core.kpi.lead_time import aimed
from core.kpi.view import View
from core.model import SECOND, Sample

LEAD_TIME: Final = "incident_lead_time"
FIGURES: Final[Mapping[str, str]] = {
    "availability": "siam_service_availability_ratio",
    "change_success": "siam_service_change_success_ratio",
    "satisfaction": "siam_service_satisfaction_ratio",
}
"""The figure that each goal is about."""


def samples(view: View, figures: Iterable[Sample]) -> Iterator[Sample]:
    """The configured targets and what became of them, judged by the figures that the other sections made.

    A target whose figure is absent is neither attained nor missed. The target for lead time is attained when every
    incident of the service that was resolved in the window, and has a target for its priority, met it: a target is
    promised for each incident, and no share of misses is agreed.
    """
    yield from _targets(view)
    attained = {window.label: list[bool]() for window in view.windows}
    for sample in _attained(view, figures):
        attained[dict(sample.labels)["window"]].append(sample.value == 1)
        yield sample
    for window, results in attained.items():
        if results:
            ratio = sum(results) / len(results)
            yield Sample("siam_joint_targets_attained_ratio", (("window", window),), ratio)


def _targets(view: View) -> Iterator[Sample]:
    for entry in view.catalogue.services:
        service = ("service", entry.key)
        for goal in FIGURES:
            target = _ratio(entry.targets, goal)
            if target is not None:
                yield Sample("siam_service_target", (service, ("goal", goal)), target)
        for priority, duration in sorted(entry.targets.incident_lead_time.items()):
            labels = (service, ("goal", LEAD_TIME), ("priority", str(priority)))
            yield Sample("siam_service_target", labels, duration / SECOND)


def _attained(view: View, figures: Iterable[Sample]) -> Iterator[Sample]:
    known = {
        (sample.name, labels["service"], labels["window"]): sample.value
        for sample in figures
        if sample.name in FIGURES.values()
        for labels in [dict(sample.labels)]
    }
    reached = aimed(view)
    met = means(
        "",
        view.windows,
        reached.resolved,
        reached.met,
        view.service[reached.incident],
        labelled("service", view.places.labels),
    )
    in_time = {sample.labels: sample.value for sample in met}
    for entry in view.catalogue.services:
        for window in view.windows:
            scope = (("service", entry.key), ("window", window.label))
            for goal, name in FIGURES.items():
                target, value = _ratio(entry.targets, goal), known.get((name, entry.key, window.label))
                if target is not None and value is not None:
                    yield _result(scope, goal, value >= target)
            if scope in in_time:
                yield _result(scope, LEAD_TIME, in_time[scope] == 1)


def _result(scope: tuple[tuple[str, str], tuple[str, str]], goal: str, attained: bool) -> Sample:
    service, window = scope
    return Sample("siam_service_target_attained", (service, ("goal", goal), window), float(attained))


def _ratio(targets: Targets, goal: str) -> float | None:
    found: float | None = getattr(targets, goal)
    return found
