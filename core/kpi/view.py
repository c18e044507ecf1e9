"""What every section of the definitions stands on: the facts as they are at `at`, seen through the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from core.calendar import Window, windows
from core.cases import Cases, link
from core.catalogue import Catalogue
from core.facts import NEVER, Codes, Facts
from core.interval import Bools
from core.kpi.history import value_at
from core.kpi.mapping import Located, Places, locate, places
from core.kpi.timeline import CANCELLED, UNSEEN, Timeline, timeline
from core.model import STATES, Instant

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class View:
    """The facts at an instant. Columns have one row per ticket."""

    facts: Facts
    catalogue: Catalogue
    at: Instant
    windows: tuple[Window, ...]
    places: Places
    supplier: Codes  # position in places.suppliers, -1: of a source that is not configured
    located: Located
    service: Codes  # position in places.labels
    priority: Codes  # 1..5, 0: not known
    timeline: Timeline
    cases: Cases

    @property
    def known(self) -> Bools:
        """Tickets of configured sources that are there at `at`, or of which nobody can tell since when."""
        return _known(self.facts, self.supplier, self.timeline)

    @property
    def cancelled(self) -> Bools:
        """Tickets cancelled at `at`; one of which nobody can tell since when it is there is what its record says."""
        life, record = self.timeline.state, self.facts.tickets.state
        gone: Bools = (life == CANCELLED) | (self.known & (life == UNSEEN) & (record == STATES.index("cancelled")))
        return gone

    @property
    def suspect_incidents(self) -> Bools:
        """Incidents that are there and not cancelled, but whose times are not trusted."""
        chosen: Bools = self.known & ~self.cancelled & (self.timeline.suspicion >= 0) & (self.facts.tickets.kind == 0)
        return chosen

    @property
    def incidents(self) -> Bools:
        """Incidents that figures are made of: seen, not cancelled, their times trusted."""
        chosen: Bools = self.timeline.sound & (self.facts.tickets.kind == 0)
        return chosen

    @property
    def horizon(self) -> Instant:
        """The earliest start of a window."""
        return min(window.start for window in self.windows)


def once(make: Callable[[View], T]) -> Callable[[View], T]:
    """What several sections need of a view is made at the first time it is asked for, and goes with the view."""
    made: WeakKeyDictionary[View, T] = WeakKeyDictionary()

    @wraps(make)
    def remembered(view: View) -> T:
        if view not in made:
            made[view] = make(view)
        return made[view]

    return remembered


def view(facts: Facts, catalogue: Catalogue, at: Instant) -> View:
    """The facts as they are at `at`."""
    where = places(facts, catalogue)
    tickets = facts.tickets
    supplier = where.supplier[tickets.source]
    located = locate(where, catalogue, tickets.source, tickets.component, tickets.service)
    life = timeline(facts, supplier >= 0, at)
    return View(
        facts=facts,
        catalogue=catalogue,
        at=at,
        windows=windows(at, catalogue.windows, catalogue.zone),
        places=where,
        supplier=supplier,
        located=located,
        service=located.label(where),
        priority=value_at(facts.events["priority"], tickets.priority, at).clip(0),
        timeline=life,
        cases=link(facts, catalogue, _known(facts, supplier, life)),
    )


def _known(facts: Facts, supplier: Codes, life: Timeline) -> Bools:
    tickets = facts.tickets
    timeless = (tickets.opened_at == NEVER) & (tickets.requested_at == NEVER)
    there: Bools = (supplier >= 0) & ((life.state != UNSEEN) | timeless)
    return there
