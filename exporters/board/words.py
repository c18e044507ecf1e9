"""The words of the board pack: figures, successes, questions to solve together, actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from core.actions import local
from core.board.findings import Between, Findings, Ticket
from core.board.pack import Pack
from core.catalogue import INTEGRATOR, UNMAPPED
from core.months import Restatement
from exporters.families import FAMILIES
from exporters.wording import duration, moment, number, percent

NO_DATA: Final = "–"
GOALS: Final = {
    "availability": "availability",
    "incident_lead_time": "incidents solved in time",
    "change_success": "changes successful",
    "satisfaction": "satisfaction",
}
COMPONENTS: Final = {
    "responsiveness": "Answered in time",
    "flow": "Not sent back",
    "constructiveness": "Peer reviews",
    "joint_goals": "Joint goals",
}
_IMPROVED: Final = {
    "availability_ratio": "availability",
    "case_lead_time_seconds": "time to resolve a case",
    "change_success_ratio": "share of successful changes",
    "change_on_schedule_ratio": "share of changes on schedule",
    "satisfaction_ratio": "customers' satisfaction",
    "waiting_ratio": "share of time that cases waited between parties",
    "handover_answered_in_time_ratio": "share of handovers answered in time",
    "handover_bounce_ratio": "share of handovers that came back without work",
}
_STATS: Final = {"": "", "p50": " (half of the cases)", "p90": " (nine of ten cases)"}


class Names:
    """Titles of suppliers and services by key."""

    def __init__(self, pack: Pack) -> None:
        self._suppliers = {entry.key: entry.title for entry in pack.catalogue.suppliers}
        self._services = {entry.key: entry.title for entry in pack.catalogue.services}

    def party(self, key: str) -> str:
        """A party as people call it."""
        return self._suppliers.get(key, "the integrator" if key == INTEGRATOR else key)

    def service(self, key: str) -> str:
        """A service as people call it."""
        return "no configured service" if key == UNMAPPED else self._services.get(key, key)


def figure(name: str, value: float | None) -> str:
    """A figure in the unit of its family."""
    if value is None:
        return NO_DATA
    unit = FAMILIES[name].unit if name in FAMILIES else ""
    if unit == "ratio":
        return percent(value, 2 if "availability" in name else 1)
    if unit == "seconds":
        return duration(value)
    return number(value) if float(value).is_integer() else f"{value:.2f}"


def series(name: str, labels: Sequence[tuple[str, str]]) -> str:
    """A series as Prometheus writes it, without its window."""
    inside = ",".join(f'{key}="{value}"' for key, value in labels if key != "window")
    return f"{name}{{{inside}}}" if inside else name


def successes(pack: Pack) -> Iterator[tuple[str, str]]:
    """What went well: a heading and a sentence each."""
    names = Names(pack)
    for better in pack.improved:
        scope = "joint" if better.service is None else "service"
        name = f"siam_{scope}_{better.suffix}"
        where = "together" if better.service is None else names.service(better.service)
        before, now = figure(name, better.before), figure(name, better.now)
        yield (
            f"Better: {_IMPROVED[better.suffix]}{_STATS[better.stat]}, {where}",
            f"from {before} in {pack.period.before} to {now} in {pack.period.month}.",
        )
    for kept in pack.kept:
        least = " or longer" if kept.whole else ""
        yield (
            f"Kept: {GOALS[kept.goal]} of {names.service(kept.service)}",
            f"the goal was met for {kept.months} months on end{least}.",
        )
    for case in pack.findings.restored:
        yield (
            f"Restored together in {duration(case.seconds)}",
            f"{_tickets(names, case.tickets, case.more)}, priority {case.priority}, {names.service(case.service)}.",
        )
    for about, text in pack.together.thanks:
        yield f"Thanks to {names.party(about)}", f"“{text}”"


def questions(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """Bottlenecks: what was seen, the question that it asks of all, and the tickets to look at."""
    names, found = Names(pack), pack.findings
    for wait in found.waits:
        yield (
            f"Between {_pair(names, wait)} {_of(wait.count, wait.handovers, 'handover')} got the first answer after "
            f"the agreed time; all of them waited {duration(wait.seconds)} together.",
            "What would let work arrive so that it can be taken up at once?",
            _tickets(names, wait.tickets),
        )
    for bounce in found.bounces:
        yield (
            f"Between {_pair(names, bounce)} {_of(bounce.count, bounce.handovers, 'handover')} came back without work.",
            "Do both see in the same way whose this is, and what has to be known first?",
            _tickets(names, bounce.tickets),
        )
    for case in found.oldest:
        yield (
            f"A case across {_all(names, case.suppliers)} is open for {duration(case.seconds)}.",
            "Which step would end it, and who can take it together?",
            f"{_tickets(names, case.tickets, case.more)}; {names.service(case.service)}",
        )
    for cause in found.causes:
        yield (
            f"A change was followed by {counted(cause.incidents, 'incident')} that it is named as the cause of.",
            "What would have shown it before, and who could have seen it?",
            f"{_tickets(names, (cause.change,))}; {_tickets(names, cause.tickets)}; {names.service(cause.service)}",
        )
    yield from _doubts(names, found)


def _doubts(names: Names, found: Findings) -> Iterator[tuple[str, str, str]]:
    if found.lowered_late:
        yield (
            f"The priority of {counted(found.lowered_late, 'incident')} was lowered when the target was already over.",
            "Was the first priority wrong, or is the target?",
            "",
        )
    for size, first in found.large:
        yield (
            f"{size} incidents are joined to one case.",
            "Is that one disturbance, or does a reference mean something else?",
            f"first {_tickets(names, (first,))}",
        )


def restated(pack: Pack, found: Sequence[Restatement]) -> Iterator[tuple[str, str, str, str]]:
    """Restated figures: the series, then, now, and why; joint ones first, then services, then the rest."""
    order = ("siam_joint_", "siam_service_")

    def place(each: Restatement) -> tuple[int, str]:
        return next((i for i, prefix in enumerate(order) if each.name.startswith(prefix)), len(order)), each.name

    for each in sorted(found, key=place):
        why = ", ".join(dict.fromkeys(cause.kind for cause in each.causes))
        yield series(each.name, each.labels), figure(each.name, each.then), figure(each.name, each.now), why


def coming(pack: Pack) -> Iterator[str]:
    """When people meet next."""
    for what, next_ in (("Board", pack.next_board), ("Informal", pack.next_informal)):
        if next_ is not None:
            place = f", {next_.meeting.place}" if next_.meeting.place else ""
            yield f"{what}: {next_.meeting.title}, {moment(next_.start, pack.catalogue.zone)}{place}"


def day(pack: Pack, at: int) -> str:
    """The local day of an instant."""
    here = local(at, pack.catalogue.zone)
    return f"{here.day} {here:%b %Y}"


def _pair(names: Names, between: Between) -> str:
    return f"{names.party(between.pair[0])} and {names.party(between.pair[1])}"


def _all(names: Names, keys: Sequence[str]) -> str:
    every = [names.party(key) for key in keys]
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)


def _of(count: int, whole: int, what: str) -> str:
    return f"{count} of {counted(whole, what)}"


def counted(count: int, what: str) -> str:
    """ "3 cases", "1 case"."""
    return f"{number(count)} {what}{'' if count == 1 else 's'}"


def _tickets(names: Names, tickets: Sequence[Ticket], more: int = 0) -> str:
    said = ", ".join(f"{each.number} ({names.party(each.supplier)})" for each in tickets)
    return f"{said} and {more} more" if more else said
