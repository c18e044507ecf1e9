"""What reading brought, as plain data that a person compares: by stream, without what is empty, moments as texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from connectors.mapping import MOMENTS
from connectors.sample import Sample
from connectors.times import written
from core.model import FIELDS, Columns, Page


def plain(pages: Sequence[Page]) -> dict[str, Any]:
    """The pages of one stream as one: how many records were read, up to where, and what they hold."""
    found: dict[str, Any] = {"records": sum(page.read for page in pages), "pages": len(pages)}
    if pages and pages[-1].watermark is not None:
        found["read_up_to"] = written(pages[-1].watermark)
    for kind in FIELDS:
        rows = [row for page in pages for row in records(getattr(page, f"{kind}s", {}))]
        if rows:
            found[f"{kind}s"] = rows
    rejects = [{"key": one.key, "reason": one.reason, "detail": one.detail} for page in pages for one in page.rejects]
    if rejects:
        found["rejects"] = rejects
    unmapped: Counter[tuple[str, str]] = Counter()
    for page in pages:
        unmapped.update(page.unmapped)
    if unmapped:
        found["unmapped"] = [
            {"field": field, "value": value, "times": times} for (field, value), times in unmapped.items()
        ]
    return found


def page_of(sample: Sample) -> Page:
    """A sample as a page; it leads nowhere."""
    read = sample.read
    return Page(
        sample.stream, "", None, read.tickets, read.events, read.outages, read.responses, read.links,
        tombstones=read.tombstones, rejects=read.rejects, unmapped=read.notes.unmapped, read=len(sample.records),
    )  # fmt: skip


def records(columns: Columns) -> list[dict[str, Any]]:
    """Columns as records without empty fields."""
    return [
        {name: shown(name, value) for name, value in zip(columns, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def shown(name: str, value: Any) -> Any:
    """A field's value, a moment as text."""
    return written(value) if name in MOMENTS and isinstance(value, int) else value
