"""Section 7 taken apart: whose sources are fresh; and what only the configuration says."""

from __future__ import annotations

from core.explain.asked import Asked
from core.explain.explanation import Heap, Made, Part
from core.kpi.trust import FRESH, fresh
from core.model import SECOND


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "data_coverage_ratio":
            return _coverage(asked)
        case "info":
            title = asked.label("title")
            return Made("always 1: the title stands in a label", (Heap("titles", "", (Part(1.0, title),)),))
        case "improvement_actions":
            return Made("improvement actions agreed by the board, by status", ())
        case "board_next_meeting_timestamp_seconds":
            return Made("start of the next board meeting by the configured day and time", ())
    return None


def _coverage(asked: Asked) -> Made:
    view, index = asked.view, asked.service()
    complete = fresh(view)
    together = sorted(view.places.takes_part[index]) if index < len(view.places.takes_part) else []
    last = {(fact.supplier, fact.source): fact.last_success for fact in view.facts.sources}
    parts = []
    for code in together:
        supplier = view.places.suppliers[code]
        sources = tuple(
            Part(
                0.0,
                f"source {entry.name}, every {entry.interval / SECOND:g} s: "
                + ("last success" if last.get((supplier, entry.name)) is not None else "never succeeded"),
                start=last.get((supplier, entry.name)),
                supplier=supplier,
            )
            for entry in view.catalogue.sources
            if entry.supplier == supplier
        )
        good = supplier in complete
        what = f"{supplier}: {'fresh' if good else 'behind'}"
        parts.append(Part(float(good), what, supplier=supplier, behind=sources))
    text = f"suppliers of the service whose sources all succeeded within {FRESH} intervals / its suppliers"
    return Made(text, (Heap("suppliers", "", tuple(parts)),), {"intervals": str(FRESH)})
