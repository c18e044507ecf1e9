"""Section 2 taken apart: agreed time, joint downtime with the components and tickets behind it, outages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Final

import numpy as np

from core.calendar import Window
from core.explain.asked import Asked, ticket
from core.explain.explanation import Heap, Left, Made, Part, Series
from core.interval import Intervals, clip, holding, measure, subtract
from core.kpi import maintenance, outages
from core.kpi.availability import ServiceTime, reported, service_time
from core.kpi.outages import Evidence
from core.kpi.timeline import SUSPICIONS
from core.kpi.view import View, once
from core.model import SECOND, Hours, Structure, components
from core.model import Part as Leaf

_FORMULAS: Final[Mapping[str, str]] = {
    "availability_ratio": "(agreed time - downtime) / agreed time",
    "downtime_seconds": "joint downtime within agreed time, summed",
    "agreed_time_seconds": "window within service hours, without maintenance of the service as a whole, summed",
    "outages": "the number of maximal intervals of joint downtime that have a part in agreed time in the window",
    "mean_time_to_restore_seconds": "downtime / outages",
    "mean_time_between_failures_seconds": "(agreed time - downtime) / outages",
    "error_budget_remaining_ratio": "1 - downtime / ((1 - target) x agreed time)",
    "burn_rate": "(downtime / agreed time) / (1 - target)",
    "shared_downtime_seconds": "joint downtime in which components of two or more suppliers were down, summed",
    "inferred_downtime_ratio": "downtime that no record tells, only the priority of incidents / downtime",
    "sole_downtime_seconds": "joint downtime in which only this supplier's components were down, summed",
}
_HEAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "availability_ratio": ("downtime", "agreed time"),
    "downtime_seconds": ("downtime",),
    "agreed_time_seconds": ("agreed time",),
    "outages": ("outages",),
    "mean_time_to_restore_seconds": ("downtime", "outages"),
    "mean_time_between_failures_seconds": ("downtime", "agreed time", "outages"),
    "error_budget_remaining_ratio": ("downtime", "agreed time"),
    "burn_rate": ("downtime", "agreed time"),
    "shared_downtime_seconds": ("shared downtime",),
    "inferred_downtime_ratio": ("inferred downtime", "downtime"),
    "sole_downtime_seconds": ("sole downtime",),
}


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    if asked.suffix not in _FORMULAS:
        return None
    return _joint(asked) if asked.scope == "joint" else _service(asked)


def _window(asked: Asked) -> Window:
    assert asked.window is not None, "every figure of the section has a window"
    return asked.window


def _joint(asked: Asked) -> Made:
    """Over all services, by weight: each service's agreed time and what of it the service was up."""
    view, window = asked.view, _window(asked)
    agreed, up, out = [], [], []
    for index, entry in enumerate(view.catalogue.services):
        if not reported(view, index):
            out.append(Left(f"service {entry.key}: no supplier of it was ever read", 1))
            continue
        time = service_time(view, index)
        hours, lost = (int(measure(each, [window.start], [window.end])[0]) for each in (time.agreed, time.lost))
        labels, weight = {"service": entry.key, "window": window.label}, entry.weight
        name = str(Series("siam_service_agreed_time_seconds", labels))
        agreed.append(Part(weight * hours / SECOND, f"agreed time of {entry.key}", series=name, weight=weight))
        name = str(Series("siam_service_downtime_seconds", labels))
        up.append(Part(weight * (hours - lost) / SECOND, f"up-time of {entry.key}", series=name, weight=weight))
    return Made(
        "sum of weight x (agreed time - downtime) / sum of weight x agreed time, over services",
        (Heap("up-time", "seconds", tuple(up)), Heap("agreed time", "seconds", tuple(agreed))),
        {f"{entry.key}: weight": f"{entry.weight:g}" for entry in view.catalogue.services},
        tuple(out),
    )


def _service(asked: Asked) -> Made | None:
    view, window, index = asked.view, _window(asked), asked.service()
    if index == len(view.catalogue.services) or not reported(view, index):
        return Made(_FORMULAS[asked.suffix], ())
    entry, time = view.catalogue.services[index], service_time(view, index)
    formula, behind = _FORMULAS[asked.suffix], _Behind(view, index)
    lost, sole = time.lost, time.lost
    if asked.scope == "supplier":
        supplier = asked.label("supplier")
        if supplier not in time.suppliers:
            return Made(formula, (), left_out=(Left(f"{supplier} has no component in the service", 1),))
        lost, sole = time.suppliers[supplier]
        behind = _Behind(view, index, supplier)
        if asked.suffix != "sole_downtime_seconds":
            formula += "; with only this supplier's components able to fail"
    made: Mapping[str, Callable[[], Heap]] = {
        "downtime": lambda: _spans("downtime", lost, window, behind),
        "shared downtime": lambda: _spans("shared downtime", time.shared, window, behind),
        "sole downtime": lambda: _spans("sole downtime", sole, window, behind),
        "inferred downtime": lambda: _spans("inferred downtime", subtract(time.lost, time.sure), window, behind),
        "agreed time": lambda: _spans("agreed time", time.agreed, window, None),
        "outages": lambda: _outages(time, window, behind),
    }
    settings = {
        "service hours": hours_text(entry.hours),
        "structure": structure_text(entry.structure),
        "outage_priority": str(view.catalogue.outage_priority),
    }
    if entry.targets.availability is not None:
        settings["availability target"] = f"{entry.targets.availability:.10g}"
    heaps = tuple(made[name]() for name in _HEAPS[asked.suffix])
    return Made(formula, heaps, settings, (*_maintained(behind, window), *_not_counted(view, behind, window)))


def _spans(name: str, these: Intervals, window: Window, behind: _Behind | None) -> Heap:
    pieces = clip(these, window.start, window.end)
    return Heap(
        name,
        "seconds",
        tuple(
            Part((end - start) / SECOND, name, start=start, end=end, behind=behind.of(start, end) if behind else ())
            for start, end in zip(pieces.start.tolist(), pieces.end.tolist(), strict=True)
        ),
    )


def _outages(time: ServiceTime, window: Window, behind: _Behind) -> Heap:
    pieces = clip(time.lost, window.start, window.end)
    found = []
    for row in np.unique(holding(time.whole, pieces.start)).tolist():
        start, end = int(time.whole.start[row]), int(time.whole.end[row])
        found.append(Part(1.0, "outage", start=start, end=end, behind=behind.of(start, end)))
    return Heap("outages", "", tuple(found))


@once
def _says_down(view: View) -> Mapping[str, Evidence]:
    return outages.evidence(view)


@once
def _says_planned(view: View) -> Mapping[str, Evidence]:
    return maintenance.evidence(view)


class _Behind:
    """The evidence on a service and on the components of its structure (or only on those of a supplier)."""

    def __init__(self, view: View, service: int, supplier: str | None = None) -> None:
        entry, places = view.catalogue.services[service], view.places
        leaves = components(entry.structure) if entry.structure is not None else ()
        mine = [leaf for leaf in leaves if supplier is None or leaf.supplier == supplier]
        self._view = view
        self._names: dict[int, tuple[str | None, str | None]] = {
            places.parts[leaf]: (leaf.supplier, leaf.component) for leaf in mine
        }
        if supplier is None:
            self._names[len(places.components) + service] = (None, None)
        self.places = frozenset(self._names)
        self._down = list(self._kept(_says_down(view)))
        self._planned = list(self._kept(_says_planned(view)))

    def of(self, start: int, end: int) -> tuple[Part, ...]:
        """What says that something was down in [start, end), each piece as long as it was told."""
        return self._told(self._down, start, end)

    def maintenance(self, start: int, end: int) -> tuple[Part, ...]:
        """What was planned in [start, end)."""
        return self._told(self._planned, start, end)

    def _kept(self, found: Mapping[str, Evidence]) -> Iterator[tuple[str, Evidence]]:
        wanted = list(self.places)
        for kind, all_ in found.items():
            rows = np.flatnonzero(np.isin(all_.place, wanted))
            start, end, about = all_.start[rows], all_.end[rows], all_.ticket[rows]
            yield kind, Evidence(all_.place[rows], start, end, about, all_.record[rows])

    def _told(self, found: list[tuple[str, Evidence]], start: int, end: int) -> tuple[Part, ...]:
        parts = []
        for kind, each in found:
            for row in np.flatnonzero((each.start < end) & (each.end > start)).tolist():
                supplier, component = self._names[int(each.place[row])]
                record, about = int(each.record[row]), int(each.ticket[row])
                named = (ticket(self._view, about),) if about >= 0 else ()
                parts.append(
                    Part(
                        0.0,
                        f"{supplier}/{component}" if component else "the service as a whole",
                        named,
                        int(each.start[row]),
                        int(each.end[row]),
                        supplier,
                        component,
                        kind if record < 0 else f"{kind} {self._view.facts.outages.vendor_id[record]}",
                    )
                )
        return tuple(sorted(parts, key=lambda part: part.start or 0))


def _maintained(behind: _Behind, window: Window) -> Iterator[Left]:
    planned = behind.maintenance(window.start, window.end)
    if planned:
        tickets = tuple(dict.fromkeys(each for part in planned for each in part.tickets))
        text = "planned maintenance: downtime of a component within its own windows, and maintenance of the service, by"
        yield Left(text, len(planned), tickets[:20])


def _not_counted(view: View, behind: _Behind, window: Window) -> Iterator[Left]:
    """Incidents on these places that say nothing of downtime, and why."""
    life, tickets = view.timeline, view.facts.tickets
    here = view.known & (tickets.kind == 0) & np.isin(view.located.place(view.places), list(behind.places))
    used = np.zeros(len(here), dtype=np.bool_)
    for each in _says_down(view).values():
        used[each.ticket[each.ticket >= 0]] = True
    rest = here & ~used & (life.opened < window.end)
    rest &= (life.resolved < 0) | (life.resolved >= window.start)
    reasons = {"cancelled incidents": view.cancelled}
    for code, word in enumerate(SUSPICIONS):
        reasons[f"incidents suspect: {word.replace('_', ' ')}"] = life.suspicion == code
    reasons["incidents of lower priority, or said to be no outage (degraded)"] = np.ones(len(here), dtype=np.bool_)
    for reason, holds in reasons.items():
        rows = np.flatnonzero(rest & holds)
        rest = rest & ~holds
        if len(rows):
            yield Left(reason, len(rows), tuple(ticket(view, row) for row in rows[:20].tolist()))


_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_text(hours: Hours | None) -> str:
    """Service hours as a person reads them."""
    if hours is None:
        return "always"
    days: list[str] = []
    for spans, those in groupby(zip(_DAYS, hours.weekly, strict=True), key=lambda each: each[1]):
        named = [day for day, _ in those]
        clocks = ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)
        if spans:
            days.append(f"{named[0] if len(named) == 1 else f'{named[0]}-{named[-1]}'} {clocks}")
    return f"{'; '.join(days)} ({hours.zone}{', without holidays of ' + hours.holidays if hours.holidays else ''})"


def structure_text(structure: Structure | Leaf | None) -> str:
    """A structure as a person reads it: all of (acme/web, any of (globex/east, globex/west))."""
    if structure is None:
        return "no components"
    if isinstance(structure, Leaf):
        return f"{structure.supplier}/{structure.component}"
    n, k = len(structure.parts), structure.needed
    word = "all" if k == n else "any" if k == 1 else f"at least {k}"
    return f"{word} of ({', '.join(structure_text(part) for part in structure.parts)})"
