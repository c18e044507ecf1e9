"""What every section needs to take a figure apart: the question in codes, tickets as people name them, samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.calendar import Window
from core.explain.explanation import Heap, Left, Made, Part, Series, Ticket
from core.facts import NEVER, Codes, Ints
from core.interval import Bools
from core.kpi.figures import within
from core.kpi.lead_time import Aimed
from core.kpi.parties import parties
from core.kpi.timeline import SUSPICIONS, UNSEEN
from core.kpi.view import View, once
from core.model import SECOND, Sample

_FIRST: Final = 20  # tickets of what was left out that are named
_FEW: Final = 5
PER_STAT: Final = {
    "p50": "the median (rank (n - 1) x 0.5, linear between neighbours)",
    "p90": "the 90th percentile (rank (n - 1) x 0.9, linear between neighbours)",
    "p95": "the 95th percentile (rank (n - 1) x 0.95, linear between neighbours)",
    "mean": "the mean",
}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question: a series at an instant, and all the figures of that instant."""

    view: View
    series: Series
    window: Window | None
    figures: Sequence[Sample]

    def label(self, name: str) -> str:
        """The value of a label, "" where there is none."""
        return self.series.labels.get(name, "")

    @property
    def scope(self) -> str:
        """The scope in the name: "joint", "service", "supplier", else ""."""
        word = self.series.name.split("_")[1]
        return word if word in ("joint", "service", "supplier") else ""

    @property
    def suffix(self) -> str:
        """The name without prefix and scope."""
        return self.series.name.removeprefix("siam_").removeprefix(f"{self.scope}_")

    def service(self) -> int:
        """The code of the service asked for, in places.labels."""
        return self.view.places.labels.index(self.label("service"))

    def supplier(self) -> int:
        """The code of the supplier (or party) asked for."""
        return parties(self.view).index(self.label("supplier"))

    def inside(self, moments: Ints) -> Bools:
        """Which moments lie in the window; all of them where the series has none."""
        return np.ones(len(moments), dtype=np.bool_) if self.window is None else within(moments, self.window)

    def chosen(self, supplier: Codes, service: Codes) -> Bools:
        """Which rows with these codes the supplier and service labels ask for."""
        found = np.ones(len(supplier), dtype=np.bool_)
        if "service" in self.series.labels:
            found &= service == self.service()
        if "supplier" in self.series.labels:
            found &= supplier == self.supplier()
        return found

    @property
    def mine(self) -> Bools:
        """The tickets that the supplier, service and priority labels ask for."""
        found = self.view.known & self.chosen(self.view.supplier, self.view.service)
        if "priority" in self.series.labels:
            priority = self.label("priority")
            found &= self.view.priority == (int(priority) if priority else 0)
        return found


def ticket(view: View, row: int) -> Ticket:
    """The ticket as people name it."""
    tickets = view.facts.tickets
    source = view.facts.sources[int(tickets.source[row])]
    return Ticket(source.supplier, tickets.number[row] or tickets.vendor_id[row], tickets.url[row])


@once
def _by_case(view: View) -> tuple[Ints, Codes]:
    """The incidents that figures are made of, by case, and the case of each."""
    rows = np.flatnonzero(view.incidents)
    rows = rows[np.argsort(view.cases.case[rows], kind="stable")]
    return rows, view.cases.case[rows]


def members(view: View, case: int) -> list[int]:
    """The incidents of a case that figures are made of."""
    rows, cases = _by_case(view)
    first, past = np.searchsorted(cases, [case, case + 1])
    found: list[int] = rows[first:past].tolist()
    return found


def instant(moment: int) -> int | None:
    """The instant, None for NEVER."""
    return None if moment == NEVER else int(moment)


def times(view: View, what: str, rows: Ints | Codes, values: Ints, start: Ints, end: Ints) -> tuple[Part, ...]:
    """A part for each ticket, `values` in microseconds; the longest first."""
    order = np.argsort(-values, kind="stable")
    return tuple(
        Part(value / SECOND, what, (ticket(view, row),), instant(since), instant(until))
        for row, value, since, until in zip(
            rows[order].tolist(), values[order].tolist(), start[order].tolist(), end[order].tolist(), strict=True
        )
    )


def ones(view: View, what: str, rows: Ints | Codes, start: Ints, end: Ints | None = None) -> tuple[Part, ...]:
    """A part that counts 1 for each ticket, in the order of time."""
    until = np.full(len(rows), NEVER) if end is None else end
    return tuple(
        Part(1.0, what, (ticket(view, int(rows[i])),), instant(int(start[i])), instant(int(until[i])))
        for i in np.argsort(start, kind="stable").tolist()
    )


def hits(
    view: View, yes: str, no: str, rows: Ints | Codes, good: Bools, start: Ints, end: Ints | None = None
) -> tuple[Part, ...]:
    """A part for each ticket that is 1 for a hit and 0 for a miss, in the order of time."""
    until = np.full(len(rows), NEVER) if end is None else end
    return tuple(
        Part(
            float(good[i]),
            yes if good[i] else no,
            (ticket(view, int(rows[i])),) if rows[i] >= 0 else (),
            instant(int(start[i])),
            instant(int(until[i])),
        )
        for i in np.argsort(start, kind="stable").tolist()
    )


def against_target(view: View, reached: Aimed, chosen: Bools) -> tuple[Part, ...]:
    """A part for each marked incident with a target, with its active time and the target; in the order of time."""
    life = view.timeline
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(life.resolved[reached.incident[rows]], kind="stable")]
    return tuple(
        Part(
            float(met),
            f"{'met' if met else 'missed'}: active {taken / SECOND:g} s, target {target / SECOND:g} s",
            (ticket(view, row),),
            int(life.opened[row]),
            int(life.resolved[row]),
        )
        for row, met, taken, target in zip(
            *(column[rows].tolist() for column in (reached.incident, reached.met, reached.taken, reached.target)),
            strict=True,
        )
    )


def doubts(asked: Asked) -> tuple[Left, ...]:
    """What makes the scope of a figure less sure: estimated times, unmapped tickets, records set aside."""
    view = asked.view
    tickets = view.facts.tickets
    estimated = np.zeros(len(tickets), dtype=np.bool_)
    for events in view.facts.events.values():
        estimated[events.ticket[(events.earliest != NEVER) & (events.at <= view.at)]] = True
    rows = np.flatnonzero(asked.mine & estimated)
    found = []
    if len(rows):
        named = tuple(ticket(view, row) for row in rows[:_FIRST].tolist())
        found.append(
            Left("not left out, but estimated: some events were seen only some time after, on", len(rows), named)
        )
    if "service" in asked.series.labels and asked.service() < len(view.places.services):
        part = list(view.places.takes_part[asked.service()])
        lost = view.known & (view.service == len(view.places.services)) & np.isin(view.supplier, part)
        if asked.window is not None:
            life = view.timeline
            lost &= (life.opened < asked.window.end) & ((life.resolved == NEVER) | asked.inside(life.resolved))
        rows = np.flatnonzero(lost)
        if len(rows):
            named = tuple(ticket(view, row) for row in rows[:_FEW].tolist())
            found.append(Left("tickets of its suppliers that map to no service or to several", len(rows), named))
    aside = sum(
        count
        for (source, _), count in view.facts.rejects.items()
        if asked.label("supplier") in ("", view.facts.sources[source].supplier)
    )
    if aside:
        found.append(Left("records set aside because they could not be read; `siamhub check` says why", aside))
    return tuple(found)


def sample(asked: Asked, formula: str, name: str, parts: tuple[Part, ...], **more: object) -> Made:
    """A figure with a `stat` over the values of parts."""
    text = f"{PER_STAT[asked.label('stat')]} of {formula}"
    return Made(text, (Heap(name, "seconds", parts),), **more)  # type: ignore[arg-type]


def left(view: View, mine: Bools, counted: Bools, reasons: Mapping[str, Bools] | None = None) -> tuple[Left, ...]:
    """Why tickets of `mine` are not among the counted ones: each is told once, by the first reason that holds."""
    life = view.timeline
    named: dict[str, Bools] = {"cancelled": view.cancelled}
    named |= {f"suspect: {word.replace('_', ' ')}": life.suspicion == i for i, word in enumerate(SUSPICIONS)}
    named |= {"without a readable opening": life.state == UNSEEN}
    named |= reasons or {}
    rest = mine & ~counted
    found = []
    for reason, holds in named.items():
        rows = np.flatnonzero(rest & holds)
        rest = rest & ~holds
        if len(rows):
            found.append(Left(reason, len(rows), tuple(ticket(view, row) for row in rows[:_FIRST].tolist())))
    if rest.any():
        found.append(Left("outside of the window", int(rest.sum())))
    return tuple(found)
