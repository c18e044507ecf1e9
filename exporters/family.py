"""What a metric family is: a name, a type, labels and the sentence that defines the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Type: TypeAlias = Literal["gauge", "counter", "info", "histogram"]
Origin: TypeAlias = Literal["kpi", "hub"]

STATS: Final = ("p50", "p90", "p95", "mean")
"""Values of the label `stat`."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family.

    `name` is the name its samples bear (`_total` and `_info` included); `labels` stand in the order in which people
    read them; `optional` ones may be missing from a sample. `origin` tells who makes the samples: the KPI run, or
    the hub itself at the moment of the scrape.
    """

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    origin: Origin = "kpi"
    optional: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit as OpenMetrics writes it, the last word of the name: "seconds", "ratio" or none ("")."""
        return next((unit for unit in ("seconds", "ratio") if self.name.endswith(f"_{unit}")), "")

    @property
    def base(self) -> str:
        """The name of the family without the suffix that its type gives to its samples."""
        return self.name.removesuffix({"counter": "_total", "info": "_info"}.get(self.type, ""))

    @property
    def windowed(self) -> bool:
        """Whether every series is about a window of time; to select without `window` mixes windows."""
        return "window" in self.labels
