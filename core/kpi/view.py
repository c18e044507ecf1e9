"""What every section of the definitions stands on: the facts as they are at `at`, seen through the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from core.calendar import Window, windows
from core.cases import Cases, link
from core.catalogue import Catalogue
from core.facts import NEVER, Codes, Facts
from core.interval import Bools
from core.kpi.history import value_at
from core.kpi.mapping import Located, Places, locate, places
from core.kpi.timeline import UNSEEN, Timeline, timeline
from core.model import Instant


@dataclass(frozen=True, slots=True, eq=False)
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
        tickets = self.facts.tickets
        timeless = (tickets.opened_at == NEVER) & (tickets.requested_at == NEVER)
        there: Bools = (self.supplier >= 0) & ((self.timeline.state != UNSEEN) | timeless)
        return there

    @property
    def incidents(self) -> Bools:
        """Incidents that figures are made of: seen, not cancelled, their times trusted."""
        chosen: Bools = self.timeline.sound & (self.facts.tickets.kind == 0)
        return chosen

    @property
    def horizon(self) -> Instant:
        """The earliest start of a window."""
        return min(window.start for window in self.windows)


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
        cases=link(facts, catalogue, life.state != UNSEEN),
    )
