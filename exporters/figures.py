"""Looking up figures of a KPI run by name and labels, for pages and texts that show them to people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from core.model import Sample


class Figures:
    """Some of the figures of a KPI run."""

    def __init__(self, samples: Iterable[Sample], names: Collection[str]) -> None:
        """Keeps the samples with these names; a page knows beforehand which ones it shows."""
        self._values: Mapping[tuple[str, frozenset[tuple[str, str]]], float] = {
            (sample.name, frozenset(label for label in sample.labels if label[1])): sample.value
            for sample in samples
            if sample.name in names
        }

    def get(self, name: str, **labels: str) -> float | None:
        """The figure with exactly these labels, or None: there is no data."""
        return self._values.get((name, frozenset(labels.items())))
