"""What trying a source brought, as text for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson

from connectors.workbench.trying import StreamTried, TicketShown, Tried

SHOWN: Final = 3
"""Of the records set aside for one reason."""
_SEEN: Final[Mapping[Any, str]] = {1: "public", 0: "internal"}


def text(found: Sequence[Tried]) -> str:
    """All of it, ending in a newline."""
    return "".join(f"{line}\n" for one in found for line in _source(one))


def as_plain(found: Sequence[Tried]) -> str:
    """The same as JSON."""
    plain = []
    for one in found:
        said = asdict(one)
        for stream in said["streams"]:
            stream["unmapped"] = [
                {"field": field, "value": value, "times": times} for (field, value), times in stream["unmapped"].items()
            ]
        plain.append(said)
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _source(one: Tried) -> Iterator[str]:
    yield f"{one.source}"
    for stream in one.streams:
        yield ""
        yield from _stream(stream)
    yield f"\n{one.source}: what it supports, by its manifest and these records"
    for line in one.verdict:
        yield f"  {line.figure:<30} {line.supported:<7} {line.why}"
        if line.mend:
            yield f"  {'':<38} mend: {line.mend}"


def _stream(one: StreamTried) -> Iterator[str]:
    if one.error:
        yield f"{one.stream}: NOT read: {one.error}"
        return
    if one.off:
        yield f"{one.stream}: not read here"
        return
    held = [
        f"{len(one.tickets)} tickets",
        *([f"{one.deleted} deleted"] if one.deleted else ()),
        *(f"{len(rows)} {kind}" for kind, rows in one.others.items()),
    ]
    yield f"{one.stream}: {one.read} records, {', '.join(held)}"
    for ticket in one.tickets:
        yield from _ticket(ticket)
    for kind, rows in one.others.items():
        yield f"  {kind}"
        yield from (f"    {_row(row)}" for row in rows)
    if one.left_out:
        yield f"  left out by `when`: {one.left_out} of {one.read} records"
    for (field, value), count in one.unmapped.items():
        where = f"add it to {one.asks_of[field]}" if field in one.asks_of else "give the field a map"
        yield f"  not mapped: {field} {value!r}, {count} times; {where}, with null where it is left out on purpose"
    yield from _aside(one.rejects)
    yield from (f"  look at this: {warning}" for warning in one.warnings)
    for name, value in one.unused.items():
        yield f"  no rule reads: {name} ({value})"
    if one.selects:
        yield "  only the fields that rules read are asked for: others of the system are not seen here"


def _aside(rejects: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """What was set aside, by its reason: how many, and some of them."""
    by: dict[str, list[str]] = {}
    for key, reason, detail in rejects:
        by.setdefault(reason, []).append(f"{key}: {detail}")
    for reason, told in by.items():
        yield f"  set aside, {reason}: {len(told)}"
        yield from (f"    {line}" for line in told[:SHOWN])
        if len(told) > SHOWN:
            yield f"    and {len(told) - SHOWN} more; --json tells them all"


def _ticket(ticket: TicketShown) -> Iterator[str]:
    yield f"  {ticket.number}"
    for one in ticket.fields:
        value = "(nothing)" if one.value is None else str(one.value)
        stood = f"{f' = {one.raw!r}' if one.raw else ''}{f'; {one.note}' if one.note else ''}"
        yield f"    {one.name:<19} {value:<36} {one.path}{stood}".rstrip()
    for event in ticket.events:
        yield f"      {_event(event)}"


def _event(event: Mapping[str, Any]) -> str:
    said = f"{event['at']}  {event['kind']:<8}"
    if event["kind"] != "comment":
        said += f" {event.get('from_value') or '?'} -> {event.get('to_value') or '?'}"
    else:
        said += f" {_SEEN.get(event.get('public'), 'not told whether public')}"
    word = event.get("vendor_value")
    return f"{said} by {event['actor']}{f', its word {word!r}' if word else ''}"


def _row(row: Mapping[str, Any]) -> str:
    hidden = ("revision", "changed_at", "event_id", "seq")
    return ", ".join(f"{name} {value}" for name, value in row.items() if name not in hidden)
