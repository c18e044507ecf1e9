"""An explanation for people and for programs: text with tables, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from core.explain.explanation import Explanation, Heap, Left, Part, Ticket
from core.model import Instant, to_datetime
from exporters.tables import text
from exporters.wording import duration, moment, number, percent

SHOWN: Final = 50
"""Parts of a kind that are shown to a person; JSON has all of them."""
_BEHIND: Final = 8
_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95}


def as_json(found: Explanation) -> str:
    """Everything, with a newline; instants as ISO 8601 in UTC, durations in seconds."""
    made, window = found.made, found.window
    told: dict[str, Any] = {
        "series": str(found.series),
        "name": found.series.name,
        "labels": dict(found.series.labels),
        "value": found.value,
        "why": found.why or None,
        "unit": found.unit,
        "at": _iso(found.at),
        "window": window and {"label": window.label, "start": _iso(window.start), "end": _iso(window.end)},
        "formula": made.formula,
        "parts": [
            {"name": heap.name, "unit": heap.unit, "sum": heap.total, "count": len(heap.parts)}
            | {"parts": [_part(part) for part in heap.parts]}
            for heap in made.heaps
        ],
        "settings": dict(made.settings),
        "left_out": [_left(each) for each in made.left_out],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _part(part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {
        "value": part.value,
        "what": part.what,
        "start": _iso(part.start),
        "end": _iso(part.end),
        "supplier": part.supplier,
        "component": part.component,
        "evidence": part.evidence,
        "series": part.series,
        "weight": part.weight,
        "tickets": [_ticket(each) for each in part.tickets],
        "behind": [_part(each) for each in part.behind],
    }
    return {name: value for name, value in told.items() if value is not None and value != []}


def _ticket(each: Ticket) -> dict[str, Any]:
    return {"supplier": each.supplier, "number": each.number, "url": each.url}


def _left(each: Left) -> dict[str, Any]:
    return {"reason": each.reason, "count": each.count, "tickets": [_ticket(ticket) for ticket in each.tickets]}


def _iso(instant: Instant | None) -> str | None:
    return None if instant is None else to_datetime(instant).isoformat()


def as_text(found: Explanation, zone: str) -> str:
    """For a person, times in the zone."""
    return text(Group(*_blocks(found, zone)))


def _blocks(found: Explanation, zone: str) -> Iterator[RenderableType]:
    made = found.made
    yield Text(str(found.series), style="bold")
    shown = found.why if found.value is None else _exact(found.value, found.unit)
    yield Text(f"  = {shown}" if found.value is not None else f"  {shown}")
    yield Text("")
    facts = Table.grid(padding=(0, 2))
    facts.add_row("formula", made.formula)
    if found.window is not None:
        start, end = (moment(each, zone) for each in (found.window.start, found.window.end))
        facts.add_row("window", f"{found.window.label}: {start} to {end}")
    else:
        facts.add_row("at", moment(found.at, zone))
    for heap in made.heaps:
        facts.add_row(heap.name, _sum(heap, found))
    stat = found.series.labels.get("stat", "")
    if made.heaps and found.value is not None and stat in _QUANTILES:
        facts.add_row("rank", _rank(made.heaps[0], _QUANTILES[stat]))
    for name, value in made.settings.items():
        facts.add_row(name, value)
    yield facts
    for heap in made.heaps:
        if heap.parts:
            yield from _table(heap, zone)
    if made.left_out:
        yield Text("\nleft out", style="bold")
        for each in made.left_out:
            yield Padding(Text(f"{number(each.count)} {each.reason}{_some(each)}"), (0, 0, 0, 2))


def _exact(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{value!r} ({percent(value, 3)})"
    if unit == "seconds":
        return f"{value!r} s ({duration(value)})"
    return f"{value:.15g}"


def _amount(value: float, unit: str) -> str:
    return duration(value) if unit == "seconds" else f"{value:.6g}"


def _sum(heap: Heap, found: Explanation) -> str:
    n = len(heap.parts)
    if heap.unit == "seconds" and not found.series.labels.get("stat"):
        return f"{heap.total:.15g} s ({duration(heap.total)}) in {number(n)} {'piece' if n == 1 else 'pieces'}"
    if heap.unit == "seconds":
        return f"a sample of {number(n)}, together {duration(heap.total)}"
    if found.unit == "ratio":
        return f"{heap.total:.10g} / {number(n)}"
    return number(n)


def _rank(heap: Heap, q: float) -> str:
    """Where a quantile lies in the sample, and its neighbours."""
    ordered = sorted(heap.parts, key=lambda part: part.value)
    rank = (len(ordered) - 1) * q
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    sides = [ordered[below], ordered[above]] if above > below and rank > below else [ordered[below]]
    between = " and ".join(f"{part.value:.15g} s ({_first(part)})" for part in sides)
    return f"{rank:.10g} of 0 to {len(ordered) - 1} from the shortest: {'between ' if len(sides) > 1 else ''}{between}"


def _first(part: Part) -> str:
    return f"{part.tickets[0].supplier} {part.tickets[0].number}" if part.tickets else part.what


def _table(heap: Heap, zone: str) -> Iterator[RenderableType]:
    shown = heap.parts[:SHOWN]
    yield Text(f"\n{heap.name}", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    timed = any(part.start is not None for part in shown)
    ended = any(part.end is not None for part in shown)
    weighed = any(part.weight is not None for part in shown)
    for title, there in (("part", True), ("weight", weighed)):
        if there:
            table.add_column(title, justify="right", no_wrap=True)
    for title, there in (("from", timed), ("until", ended), ("what", True)):
        if there:
            table.add_column(title, no_wrap=title != "what", overflow="fold")
    for part in shown:
        cells = [_amount(part.value, heap.unit)]
        if weighed:
            cells.append("" if part.weight is None else f"{part.weight:g}")
        cells += _times(part, zone, timed, ended)
        table.add_row(*cells, _what(part))
        for each in part.behind[:_BEHIND]:
            by = ["", *([""] if weighed else []), *_times(each, zone, timed, ended)]
            table.add_row(*by, _what(each, "  "), style="dim")
        if len(part.behind) > _BEHIND:
            blank = [""] * (len(cells))
            table.add_row(*blank, f"  and {len(part.behind) - _BEHIND} more", style="dim")
    yield table
    if len(heap.parts) > SHOWN:
        rest = len(heap.parts) - SHOWN
        yield Padding(Text(f"and {number(rest)} more; --json has all of them", style="dim"), (0, 0, 0, 2))


def _times(part: Part, zone: str, timed: bool, ended: bool) -> list[str]:
    cells = []
    if timed:
        cells.append("" if part.start is None else moment(part.start, zone))
    if ended:
        cells.append("" if part.end is None else moment(part.end, zone))
    return cells


def _what(part: Part, indent: str = "") -> Text:
    """What a part is, its tickets as links to where a person sees them."""
    found = Text(indent + part.what)
    for i, each in enumerate(part.tickets):
        found.append(", " if i else "  ")
        found.append(f"{each.supplier} {each.number}", style=f"link {each.url}" if each.url else "")
    if part.evidence:
        found.append(f"  ({part.evidence})")
    if part.series and part.series != part.what:
        found.append(f"  {part.series}")
    return found


def _some(each: Left) -> str:
    if not each.tickets:
        return ""
    named = ", ".join(f"{ticket.supplier} {ticket.number}" for ticket in each.tickets)
    return f": {named}{', ...' if each.count > len(each.tickets) else ''}"
