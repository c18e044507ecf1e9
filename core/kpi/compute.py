"""All figures at an instant: the door to the KPI engine."""

from __future__ import annotations

from core.catalogue import Catalogue
from core.facts import Facts
from core.kpi import availability, changes, collaboration, lead_time, satisfaction, targets, trust
from core.kpi.view import View, view
from core.model import Instant, Sample


def compute(facts: Facts, catalogue: Catalogue, at: Instant) -> list[Sample]:
    """The figures at an instant, out of the facts of the configured sources; nothing after `at` exists.

    Names and labels are those of the metric families; a figure over nothing is not there, a count over nothing is 0.
    Raises ValueError for a holiday calendar, ZoneInfoNotFoundError for a zone that nobody knows.
    """
    return figures(view(facts, catalogue, at))


def figures(seen: View) -> list[Sample]:
    """The figures of what is seen at an instant; see `compute`."""
    samples = [
        *availability.samples(seen),
        *lead_time.samples(seen),
        *changes.samples(seen),
        *satisfaction.samples(seen),
        *trust.samples(seen),
    ]
    samples.extend(targets.samples(seen, samples))
    samples.extend(collaboration.samples(seen, samples))
    return samples
