"""The service desk's clocks, time to resolution and to first response, on a calendar that never closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.simulators.world import Ticket
from core.model import SECOND, Instant, to_datetime

_HOUR: Final = 3600 * SECOND
RESOLUTION_GOAL: Final = {"1": 4 * _HOUR, "2": 8 * _HOUR, "3": 40 * _HOUR, "4": 80 * _HOUR, "5": 160 * _HOUR}
RESPONSE_GOAL: Final = {"1": _HOUR // 2, "2": _HOUR, "3": 4 * _HOUR, "4": 8 * _HOUR, "5": 16 * _HOUR}


@dataclass(slots=True)
class Cycle:
    """One run of a clock. `spent` is its working time up to `since`; while it runs, more since then."""

    start: Instant
    since: Instant
    spent: int = 0
    stop: Instant | None = None
    paused: bool = False

    def halt(self, at: Instant) -> None:
        """The clock stands still from `at` on."""
        if not self.paused:
            self.spent += at - self.since
        self.since, self.paused = at, True

    def run(self, at: Instant) -> None:
        """The clock runs again from `at` on."""
        if self.paused:
            self.since, self.paused = at, False


def cycles(ticket: Ticket, now: Instant) -> list[Cycle]:
    """The runs of time to resolution up to `now`: paused on hold, stopped by a solution, begun anew by a reopening."""
    found: list[Cycle] = [Cycle(ticket.created_at, ticket.created_at)]
    for step in ticket.steps:
        if step.kind != "state" or step.at > now:
            continue
        last = found[-1]
        if step.value in ("resolved", "closed", "cancelled"):
            if last.stop is None:
                last.halt(step.at)
                last.stop = step.at
        elif last.stop is not None:
            found.append(Cycle(step.at, step.at))
        elif step.value == "hold":
            last.halt(step.at)
        else:
            last.run(step.at)
    return found


def responded(ticket: Ticket, now: Instant) -> Instant | None:
    """The first act of an agent that the customer sees; None before it."""
    for step in ticket.steps:
        seen = step.public if step.kind == "comment" else step.kind == "state" and step.value not in ("new", "assigned")
        if seen and step.actor == "person" and step.at <= now:
            return step.at
    return None


def resolution(ticket: Ticket, now: Instant, zone: ZoneInfo, base: str) -> dict[str, Any] | None:
    """The field "Time to resolution" of an incident."""
    if ticket.kind != "incident":
        return None
    return _field(
        "10041", "Time to resolution", cycles(ticket, now), RESOLUTION_GOAL[_priority(ticket, now)], now, zone, base
    )


def first_response(ticket: Ticket, now: Instant, zone: ZoneInfo, base: str) -> dict[str, Any] | None:
    """The field "Time to first response" of an incident."""
    if ticket.kind != "incident":
        return None
    cycle = Cycle(ticket.created_at, ticket.created_at)
    if (at := responded(ticket, now)) is not None:
        cycle.halt(at)
        cycle.stop = at
    return _field("10042", "Time to first response", [cycle], RESPONSE_GOAL[_priority(ticket, now)], now, zone, base)


def date(instant: Instant, zone: ZoneInfo) -> dict[str, Any]:
    """A moment as the service desk's interface tells it."""
    local = to_datetime(instant).astimezone(zone)
    return {
        "iso8601": f"{local:%Y-%m-%dT%H:%M:%S%z}",
        "jira": f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}",
        "friendly": f"{local:%d/%b/%y %I:%M %p}",
        "epochMillis": instant // 1000,
    }


def _priority(ticket: Ticket, now: Instant) -> str:
    value = "3"
    for step in ticket.steps:
        if step.kind == "priority" and step.at <= now:
            value = step.value
    return value


def _field(
    number: str, name: str, runs: list[Cycle], goal: int, now: Instant, zone: ZoneInfo, base: str
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": number,
        "name": name,
        "_links": {"self": f"{base}/rest/servicedeskapi/request/sla/{number}"},
        "completedCycles": [_completed(run, goal, zone) for run in runs if run.stop is not None],
    }
    if runs[-1].stop is None:
        shown["ongoingCycle"] = _ongoing(runs[-1], goal, now, zone)
    return shown


def _completed(run: Cycle, goal: int, zone: ZoneInfo) -> dict[str, Any]:
    assert run.stop is not None
    return {
        "startTime": date(run.start, zone),
        "stopTime": date(run.stop, zone),
        "breachTime": date(run.stop + goal - run.spent, zone),
        "breached": run.spent > goal,
        **_times(goal, run.spent),
    }


def _ongoing(run: Cycle, goal: int, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    spent = run.spent if run.paused else run.spent + now - run.since
    breach = {} if run.paused else {"breachTime": date(now + goal - spent, zone)}  # none while it is paused
    return {
        "startTime": date(run.start, zone),
        **breach,
        "breached": spent > goal,
        "paused": run.paused,
        "withinCalendarHours": True,
        **_times(goal, spent),
    }


def _times(goal: int, spent: int) -> dict[str, Any]:
    return {"goalDuration": _span(goal), "elapsedTime": _span(spent), "remainingTime": _span(goal - spent)}


def _span(duration: int) -> dict[str, Any]:
    millis = duration // 1000
    minutes = abs(millis) // 60_000
    return {"millis": millis, "friendly": f"{'-' if millis < 0 else ''}{minutes // 60}h {minutes % 60}m"}
