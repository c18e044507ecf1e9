"""Planned maintenance of components and services: time in which being down was agreed beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.facts import NEVER
from core.interval import Intervals, union
from core.kpi.outages import Evidence, planned_records
from core.kpi.timeline import CANCELLED
from core.kpi.view import View
from core.model import CHANGE_TYPES, OUTCOMES

_EMERGENCY: Final = CHANGE_TYPES.index("emergency")
_ABANDONED: Final = OUTCOMES.index("abandoned")


def maintenance(view: View) -> Intervals:
    """Maintenance by place: planned windows of changes approved before they began, and outage records of type planned.

    Emergency changes are none, nor are changes that were cancelled or abandoned: nothing was done in their window. A
    change that names no component but a service is maintenance of that service as a whole.
    """
    return union(*(each.time for each in evidence(view).values()))


def evidence(view: View) -> Mapping[str, Evidence]:
    """What `maintenance` unites: "change" and "planned outage record"."""
    tickets, life = view.facts.tickets, view.timeline
    place = view.located.place(view.places)
    chosen = (tickets.kind == 1) & (life.state >= 0) & (life.state != CANCELLED) & (place >= 0)
    chosen &= (tickets.change_type != _EMERGENCY) & (tickets.outcome != _ABANDONED)
    chosen &= (tickets.planned_start != NEVER) & (tickets.planned_end != NEVER)
    chosen &= (tickets.approved_at != NEVER) & (tickets.approved_at < tickets.planned_start)
    chosen &= tickets.approved_at <= view.at
    rows = np.flatnonzero(chosen).astype(np.int32)
    none = np.full(len(rows), -1, np.int32)
    changes = Evidence(place[rows], tickets.planned_start[rows], tickets.planned_end[rows], rows, none)
    return {"change": changes, "planned outage record": planned_records(view)}
