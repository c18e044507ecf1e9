"""Writes `docs/metrics.md` from the table of families: `python -m exporters.reference`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from exporters.cardinality import Sizes, formula, series, total
from exporters.families import FAMILIES
from exporters.family import Family

_EXAMPLES: Final = (Sizes(3, 3, 3, 5), Sizes(10, 30, 12, 5))
_INTRODUCTION: Final = """\
# Metrics

Every figure that siamhub exposes on `/metrics`, made from `exporters/families.py` by `python -m exporters.reference`.
How the figures are made, in full: [kpis.md](kpis.md).

- `siam_` is what is measured, `siamhub_` is the hub itself. The scope stands in the name: `siam_joint_` is over
  everything, `siam_service_` and `siam_supplier_` bear their label; what has neither is a count that may be added up.
- A figure with the label `window` is about that window of time as of `siamhub_kpi_as_of_timestamp_seconds`. Windows
  overlap: always select one, and never add two up.
- `stat` is `p50`, `p90`, `p95` or `mean`. Quantiles are never added up or averaged.
- Ratios go from 0 to 1, times are in seconds. A ratio, mean or quantile over nothing is absent; a count over nothing
  is 0 where the combination of labels is configured. A family of which there is no figure is not there at all.
- `service="unmapped"` is what maps to no configured service; a ticket without a known priority has no label
  `priority`.
- Counters come out of the database, or start at 0 with the process where they are about the hub's own work.

`siam_service_info` and `siam_supplier_info` bring titles to figures:
`siam_service_outages{window="30d"} * on (job, instance, service) group_left (title) siam_service_info`.
"""
_SECTIONS: Final = (
    ("Joint", "siam_joint_"),
    ("Services", "siam_service_"),
    ("Suppliers", "siam_supplier_"),
    ("Counts, and the board", "siam_"),
    ("The hub", "siamhub_"),
)


def reference() -> str:
    """The page as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    rest = list(FAMILIES.values())
    for title, prefix in _SECTIONS:
        yield f"## {title}\n"
        yield "| metric | type | labels | what it is | series at most |"
        yield "|---|---|---|---|---|"
        yield from (_row(family) for family in rest if family.name.startswith(prefix))
        yield ""
        rest = [family for family in rest if not family.name.startswith(prefix)]
    yield "## How many series there are\n"
    yield "`windows` counts the configured ones and the two calendar ones. At most, all families together:\n"
    yield "| suppliers | services | sources | windows | series |"
    yield "|---|---|---|---|---|"
    for of in _EXAMPLES:
        yield f"| {of.suppliers} | {of.services} | {of.sources} | {of.windows} | {total(of):,} |"
    yield ""
    largest = sorted(FAMILIES.values(), key=lambda family: -series(family, _EXAMPLES[-1]))[:5]
    yield "Most of them, where there are many, are in " + ", ".join(f"`{family.name}`" for family in largest) + "."
    yield "Far fewer appear in practice: a combination that did not happen, and is not configured, has no series.\n"


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" + ("?" if label in family.optional else "") for label in family.labels)
    return f"| `{family.name}` | {family.type} | {labels} | {family.help} | {formula(family)} |"


if __name__ == "__main__":
    Path("docs/metrics.md").write_text(reference(), encoding="utf-8")
