"""Planned maintenance of components and services: time in which being down was agreed beforehand."""

from __future__ import annotations

from typing import Final

from core.facts import NEVER
from core.interval import Intervals, intervals, union
from core.kpi.outages import planned_records
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
    tickets, life = view.facts.tickets, view.timeline
    place = view.located.place(view.places)
    chosen = (tickets.kind == 1) & (life.state >= 0) & (life.state != CANCELLED) & (place >= 0)
    chosen &= (tickets.change_type != _EMERGENCY) & (tickets.outcome != _ABANDONED)
    chosen &= (tickets.planned_start != NEVER) & (tickets.planned_end != NEVER)
    chosen &= (tickets.approved_at != NEVER) & (tickets.approved_at < tickets.planned_start)
    chosen &= tickets.approved_at <= view.at
    windows = intervals(tickets.planned_start[chosen], tickets.planned_end[chosen], place[chosen])
    return union(windows, planned_records(view))
