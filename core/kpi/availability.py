"""Section 2 of the definitions: availability of services, joint and by supplier, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.calendar import Window, service_hours
from core.catalogue import ServiceEntry
from core.facts import Ints
from core.interval import (
    EMPTY,
    Intervals,
    at_least,
    clip,
    holding,
    intersection,
    measure,
    only,
    subtract,
    union,
)
from core.kpi.maintenance import maintenance
from core.kpi.outages import Downtime, downtime
from core.kpi.structure import down
from core.kpi.view import View, once
from core.model import SECOND, Part, Sample, components


@dataclass(frozen=True, slots=True, eq=False)
class SupplierAvailability:
    """A supplier's part in a service, by window, in microseconds."""

    downtime: Ints  # of the service, if only this supplier's components had been able to fail
    sole: Ints  # joint downtime in which only this supplier's components were down


@dataclass(frozen=True, slots=True, eq=False)
class Availability:
    """A service, by window; durations in microseconds."""

    service: ServiceEntry
    agreed: Ints
    downtime: Ints
    outages: Ints
    shared: Ints
    inferred: Ints
    suppliers: Mapping[str, SupplierAvailability]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """Downtime and maintenance of every place, cut to the time that some window is about."""

    counted: Intervals  # downtime without the place's own maintenance
    certain: Intervals  # the same from records alone
    raw: Intervals  # downtime, maintenance or not
    maintenance: Intervals


def samples(view: View) -> Iterator[Sample]:
    """All figures of the section."""
    found = services(view)
    yield from _joint(found, view.windows)
    for each in found:
        yield from _of_service(each, view.windows)
        yield from _of_suppliers(each, view.windows)


def services(view: View) -> Sequence[Availability]:
    """The services that somebody reports on: that have a structure, or a name in some source, and were ever read.

    Of the others nothing is known, and no data is no number: a hub before its first pass knows of no downtime, which
    is not the same as 100 %.
    """
    ground, read = _ground(view), _read(view)
    return [
        _availability(view, index, entry, ground)
        for index, entry in enumerate(view.catalogue.services)
        if not read.isdisjoint(view.places.takes_part[index])
    ]


def _read(view: View) -> frozenset[int]:
    """The suppliers, by position, but for those none of whose sources was ever read."""
    begun: set[str] = set()
    waiting: set[str] = set()
    for fact in view.facts.sources:
        unread = fact.last_success is None and fact.watermark is None
        (waiting if unread else begun).add(fact.supplier)
    never = waiting - begun
    return frozenset(i for i, supplier in enumerate(view.places.suppliers) if supplier not in never)


@once
def _ground(view: View) -> _Ground:
    evidence: Downtime = downtime(view)
    lo, hi = view.horizon, view.at
    planned = clip(maintenance(view), lo, hi)
    raw, recorded = clip(evidence.all, lo, hi), clip(evidence.recorded, lo, hi)
    parts = len(view.places.components)
    return _Ground(_without(raw, planned, parts), _without(recorded, planned, parts), raw, planned)


def _without(these: Intervals, planned: Intervals, parts: int) -> Intervals:
    """Downtime outside of maintenance, for components; a service's own is cut by its agreed time."""
    mine = planned.key < parts
    return subtract(these, Intervals(planned.start[mine], planned.end[mine], planned.key[mine]))


@dataclass(frozen=True, slots=True, eq=False)
class ServiceTime:
    """The time that a service's figures are made of, from the horizon until `at`."""

    agreed: Intervals
    lost: Intervals  # joint downtime within agreed time
    sure: Intervals  # what of it records alone tell
    whole: Intervals  # joint downtime before it is cut with maintenance and service hours
    shared: Intervals  # what of `lost` befell components of two or more suppliers at once
    suppliers: Mapping[str, tuple[Intervals, Intervals]]  # downtime had only theirs failed; what of `lost` was theirs


def service_time(view: View, service: int) -> ServiceTime:
    """The time behind the figures of one service, by its position in the catalogue."""
    return _time(view, service, view.catalogue.services[service], _ground(view))


def reported(view: View, service: int) -> bool:
    """Whether anybody who has a part in the service was ever read: else nothing is known of it."""
    return not _read(view).isdisjoint(view.places.takes_part[service])


def _time(view: View, index: int, entry: ServiceEntry, ground: _Ground) -> ServiceTime:
    places = view.places
    whole = len(places.components) + index

    def at_places(these: Intervals, suppliers: frozenset[str] | None = None) -> Intervals:
        """The structure function over the components (of some suppliers, the others always up)."""
        return down(
            entry.structure,
            lambda part: only(these, places.parts[part]) if suppliers is None or part.supplier in suppliers else EMPTY,
        )

    def joint(these: Intervals) -> Intervals:
        return union(at_places(these), only(these, whole))

    agreed = subtract(service_hours(entry.hours, view.horizon, view.at), joint(ground.maintenance))
    lost = intersection(joint(ground.counted), agreed)
    by_supplier = _down_by_supplier(entry, places.parts, ground.counted)
    return ServiceTime(
        agreed=agreed,
        lost=lost,
        sure=intersection(joint(ground.certain), agreed),
        whole=joint(ground.raw),
        shared=intersection(at_least(2, list(by_supplier.values())), lost),
        suppliers={
            supplier: (
                intersection(at_places(ground.counted, frozenset({supplier})), agreed),
                subtract(
                    intersection(mine, lost),
                    union(*(theirs for other, theirs in by_supplier.items() if other != supplier)),
                ),
            )
            for supplier, mine in by_supplier.items()
        },
    )


def _availability(view: View, index: int, entry: ServiceEntry, ground: _Ground) -> Availability:
    windows, time = view.windows, _time(view, index, entry, ground)
    start = np.array([window.start for window in windows])
    end = np.array([window.end for window in windows])

    def during(these: Intervals) -> Ints:
        return measure(these, start, end)

    lost = during(time.lost)
    return Availability(
        service=entry,
        agreed=during(time.agreed),
        downtime=lost,
        outages=_outages(time.whole, time.lost, windows),
        shared=during(time.shared),
        inferred=lost - during(time.sure),
        suppliers={
            supplier: SupplierAvailability(downtime=during(alone), sole=during(sole))
            for supplier, (alone, sole) in time.suppliers.items()
        },
    )


def _down_by_supplier(entry: ServiceEntry, parts: Mapping[Part, int], counted: Intervals) -> Mapping[str, Intervals]:
    """When any of a supplier's components in the service was down, for every supplier in its structure."""
    named: dict[str, dict[Part, None]] = {}
    for part in components(entry.structure) if entry.structure is not None else ():
        named.setdefault(part.supplier, {})[part] = None
    return {supplier: union(*(only(counted, parts[part]) for part in mine)) for supplier, mine in named.items()}


def _outages(whole: Intervals, lost: Intervals, windows: Sequence[Window]) -> Ints:
    """How many maximal intervals of joint downtime have a part in the downtime of each window.

    They are taken before they are cut with service hours and maintenance: what lasts over a weekend, or over a
    maintenance window in its middle, is one outage.
    """
    found = []
    for window in windows:
        pieces = clip(lost, window.start, window.end)
        found.append(len(np.unique(holding(whole, pieces.start))))
    return np.array(found, dtype=np.int64)


def _joint(found: Sequence[Availability], windows: Sequence[Window]) -> Iterator[Sample]:
    for i, window in enumerate(windows):
        agreed = sum(each.service.weight * int(each.agreed[i]) for each in found)
        up = sum(each.service.weight * int(each.agreed[i] - each.downtime[i]) for each in found)
        if agreed > 0:
            yield Sample("siam_joint_availability_ratio", (("window", window.label),), up / agreed)


_SERVICE: Final = "siam_service_"


def _of_service(each: Availability, windows: Sequence[Window]) -> Iterator[Sample]:
    target = each.service.targets.availability
    for i, window in enumerate(windows):
        labels = (("service", each.service.key), ("window", window.label))
        agreed, lost, outages = int(each.agreed[i]), int(each.downtime[i]), int(each.outages[i])
        figures: list[tuple[str, float]] = [
            ("downtime_seconds", lost / SECOND),
            ("agreed_time_seconds", agreed / SECOND),
            ("outages", float(outages)),
            ("shared_downtime_seconds", int(each.shared[i]) / SECOND),
        ]
        if agreed > 0:
            figures.append(("availability_ratio", (agreed - lost) / agreed))
        if outages:
            figures.append(("mean_time_to_restore_seconds", lost / outages / SECOND))
            figures.append(("mean_time_between_failures_seconds", (agreed - lost) / outages / SECOND))
        if lost:
            figures.append(("inferred_downtime_ratio", int(each.inferred[i]) / lost))
        if agreed > 0 and target is not None and target < 1:
            figures.append(("error_budget_remaining_ratio", 1 - lost / ((1 - target) * agreed)))
            figures.append(("burn_rate", lost / agreed / (1 - target)))
        yield from (Sample(_SERVICE + name, labels, value) for name, value in figures)


def _of_suppliers(each: Availability, windows: Sequence[Window]) -> Iterator[Sample]:
    for supplier, part in each.suppliers.items():
        for i, window in enumerate(windows):
            labels = (("supplier", supplier), ("service", each.service.key), ("window", window.label))
            agreed, lost = int(each.agreed[i]), int(part.downtime[i])
            if agreed > 0:
                yield Sample("siam_supplier_availability_ratio", labels, (agreed - lost) / agreed)
            yield Sample("siam_supplier_downtime_seconds", labels, lost / SECOND)
            yield Sample("siam_supplier_sole_downtime_seconds", labels, int(part.sole[i]) / SECOND)
