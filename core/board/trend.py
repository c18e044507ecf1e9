"""The figures of a pack's months: those of closed months as they were closed, the others as known at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.closed import ClosedMonth, Figures
from core.model import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Figures by month. What has no window (a target, a backlog) is there for the last month alone."""

    months: tuple[str, ...]  # the oldest first
    closed: frozenset[str]  # those whose figures are stored
    figures: Mapping[str, Figures]  # labels without the window

    def get(self, name: str, month: str | None = None, **labels: str) -> float | None:
        """A figure of a month, of the last one where none is named; None where there is no data."""
        return self.figures[month or self.months[-1]].get((name, tuple(sorted(labels.items()))))

    def row(self, name: str, **labels: str) -> tuple[float | None, ...]:
        """A figure over all months."""
        return tuple(self.get(name, month, **labels) for month in self.months)

    def total(self, name: str, month: str, **labels: str) -> float:
        """The sum of the counts with these labels, whatever their other ones are."""
        wanted = labels.items()
        figures = self.figures[month]
        return sum(value for (each, has), value in figures.items() if each == name and wanted <= dict(has).items())


def trend(
    months: Sequence[str], samples: Iterable[Sample], measured: Collection[str], closed: Mapping[str, ClosedMonth]
) -> Trend:
    """The figures by month. `samples`: with these months as windows; those of closed months are replaced whole.

    `measured`: the months of which there are records; the others have no figures.
    """
    found: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {label: {} for label in months}
    last = months[-1]
    for sample in samples:
        labels = dict(sample.labels)
        label = labels.pop("window", last)
        if label in measured:
            found[label][sample.name, _key(labels)] = sample.value
    for label in found.keys() & closed.keys():
        found[label] = {(name, _key(dict(labels))): value for (name, labels), value in closed[label].figures.items()}
    return Trend(tuple(months), frozenset(found.keys() & closed.keys()), found)


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Labels in one order, without the window and what is empty: an absent label and an empty one are the same."""
    return tuple(sorted((name, value) for name, value in labels.items() if name != "window" and value))
