"""What went well, out of the figures: what improved most since the month before, and goals met month after month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.board.trend import Trend
from core.catalogue import Catalogue

LEAST: Final = 0.1
"""Share of what was lacking, or of the time taken, by which a figure must have improved to be told."""
ENOUGH: Final = 5
"""Observations that a figure needs in both months: of fewer, chance alone moves it as far."""
_SHOWN: Final = 3

_CASES: Final = "cases_resolved"
_FIGURES: Final = (
    # suffix, stat, whether more is better, the count behind it ("" where it rests on time)
    ("availability_ratio", "", True, ""),
    ("case_lead_time_seconds", "p50", False, _CASES),
    ("case_lead_time_seconds", "p90", False, _CASES),
    ("change_success_ratio", "", True, "changes_completed"),
    ("change_on_schedule_ratio", "", True, "changes_completed"),
    ("satisfaction_ratio", "", True, "satisfaction_responses"),
    ("waiting_ratio", "", False, _CASES),
    ("handover_answered_in_time_ratio", "", True, "handovers"),
    ("handover_bounce_ratio", "", False, "handovers"),
)


@dataclass(frozen=True, slots=True)
class Improved:
    """A joint figure, or one of a service, that is better than the month before."""

    service: str | None  # None: joint
    suffix: str  # of the metric: "availability_ratio"
    stat: str
    before: float
    now: float
    gain: float  # share of what was lacking, or of the time taken, that is gone


@dataclass(frozen=True, slots=True)
class Kept:
    """A goal that a service has met for some months on end, until the pack's."""

    service: str
    goal: str
    months: int
    whole: bool  # the trend reaches no further back: it may have been longer


def improved(trend: Trend, catalogue: Catalogue) -> Sequence[Improved]:
    """What improved most, joint figures before those of services where they improved alike."""
    if len(trend.months) < 2:
        return []
    found = [
        each for service in (None, *(entry.key for entry in catalogue.services)) for each in _better(trend, service)
    ]
    return sorted(found, key=lambda each: -each.gain)[:_SHOWN]


def kept(trend: Trend, catalogue: Catalogue, running: bool = False) -> Sequence[Kept]:
    """The goals met longest, for two months at least; of a running month nobody knows yet."""
    found = []
    for entry in catalogue.services:
        for goal in ("availability", "incident_lead_time", "change_success", "satisfaction"):
            row = trend.row("siam_service_target_attained", service=entry.key, goal=goal)
            row = row[:-1] if running else row
            months = 0
            for value in reversed(row):
                if value != 1:
                    break
                months += 1
            if months >= 2:
                found.append(Kept(entry.key, goal, months, months == len(row)))
    return sorted(found, key=lambda each: -each.months)[:_SHOWN]


def _better(trend: Trend, service: str | None) -> Iterator[Improved]:
    scope, labels = ("joint", {}) if service is None else ("service", {"service": service})
    before_, now_ = trend.months[-2], trend.months[-1]
    for suffix, stat, more, behind in _FIGURES:
        own = {**labels, "stat": stat} if stat else labels
        before, now = (trend.get(f"siam_{scope}_{suffix}", month, **own) for month in (before_, now_))
        if (
            before is None
            or now is None
            or any(not _enough(trend, month, behind, service) for month in (before_, now_))
        ):
            continue
        lacking, still = (1 - before, 1 - now) if more else (before, now)
        if lacking > 0 and (gain := (lacking - still) / lacking) >= LEAST:
            yield Improved(service, suffix, stat, before, now, gain)


def _enough(trend: Trend, month: str, behind: str, service: str | None) -> bool:
    if not behind:
        return True
    if behind in ("changes_completed", "handovers"):
        # Handovers have no service: what is told of one rests on figures of cases.
        labels = {"service": service} if service is not None and behind == "changes_completed" else {}
        return trend.total(f"siam_{behind}", month, **labels) >= ENOUGH
    scope, labels = ("joint", {}) if service is None else ("service", {"service": service})
    return (trend.get(f"siam_{scope}_{behind}", month, **labels) or 0) >= ENOUGH
