"""A whole service computed the slow and obvious way: hour by hour, asking of each hour what was up, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.catalogue import ServiceEntry
from core.model import Part, Structure, components
from tests.core.kpi.build import HOUR

Record = dict[str, Any]
Place = str
"""A component, "acme/web", or a service, "shop"."""
DONE = ("resolved", "closed")


@dataclass
class World:
    """What happened; all times are instants on whole hours."""

    tickets: Sequence[Record]
    outages: Sequence[Record]
    services: Sequence[ServiceEntry]
    at: int
    begins: int  # before that all was well
    known: set[str] = field(default_factory=set)  # the components that some service needs
    seen: dict[int, tuple[set[Place], set[Place], set[Place]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = {f"{p.supplier}/{p.component}" for each in self.services for p in leaves(each.structure)}

    def looked_at(self, hour: int) -> tuple[set[Place], set[Place], set[Place]]:
        """The places that are down by a record, down by inference, under maintenance in [hour, hour + 1)."""
        if hour < self.begins:
            return set(), set(), set()
        if hour not in self.seen:
            found = (recorded(self, hour), inferred(self, hour), maintained(self, hour))
            self.seen[hour] = ({p for p in found[0] if p}, {p for p in found[1] if p}, {p for p in found[2] if p})
        return self.seen[hour]

    def place(self, record: Record) -> Place | None:
        """The component that a record is about where somebody needs it, else the service that it names."""
        component = f"{record['supplier']}/{record.get('component')}"
        if component in self.known:
            return component
        service = record.get("service")
        return service if service in {each.key for each in self.services} else None

    def ticket(self, outage: Record) -> Record | None:
        """The ticket that a record of an outage names; one that is not opened yet tells nothing."""
        names = (outage["supplier"], outage.get("ticket"))
        there = (each for each in self.tickets if each["opened_at"] <= self.at)
        return next((each for each in there if (each["supplier"], each["number"]) == names), None)


def leaves(structure: Structure | Part | None) -> Sequence[Part]:
    return [] if structure is None else list(components(structure))


def said(ticket: Record, kind: str, moment: int) -> Any:
    """What the history of a ticket says at a moment: the last event until then."""
    events = [event for event in ticket["history"] if event["kind"] == kind and event["at"] <= moment]
    return events[-1]["to"] if events else None


def cancelled(ticket: Record | None, at: int) -> bool:
    return ticket is not None and said(ticket, "state", at) == "cancelled"


def gone(ticket: Record, at: int) -> bool:
    """Cancelled, or not there at all."""
    return bool(ticket["opened_at"] > at) or cancelled(ticket, at)


def evidence(world: World, ticket: Record) -> str:
    """The best evidence that a ticket has."""
    for outage in world.outages:
        if world.ticket(outage) is ticket and outage["type"] != "planned" and outage["start"] <= world.at:
            return "record"
    if ticket.get("outage_start") is not None and ticket["outage_start"] <= world.at:
        return "typed"
    return "inferred"


def recorded(world: World, hour: int) -> set[Place | None]:
    """The places that are down in [hour, hour + 1) by a record, or by what was typed on a ticket."""
    down: set[Place | None] = set()
    for outage in world.outages:
        ticket = world.ticket(outage)
        if outage["type"] == "outage" and not cancelled(ticket, world.at) and during(outage, hour):
            down.add(world.place(outage) or (world.place(ticket) if ticket else None))
    for ticket in world.tickets:
        if ticket["kind"] != "incident" or gone(ticket, world.at) or evidence(world, ticket) != "typed":
            continue
        typed_open = ticket["outage_end"] is None
        resolved = typed_open and said(ticket, "state", world.at) in DONE and hour >= last_resolution(ticket, world.at)
        if ticket["outage_start"] <= hour and not resolved and (typed_open or hour < ticket["outage_end"]):
            down.add(world.place(ticket))
    return down


def during(record: Record, hour: int) -> bool:
    return bool(record["start"] <= hour and (record["end"] is None or hour < record["end"]))


def last_resolution(ticket: Record, at: int) -> int:
    found = 0
    before = "new"
    for event in ticket["history"]:
        if event["kind"] == "state" and event["at"] <= at:
            if event["to"] in DONE and before not in DONE:
                found = event["at"]
            before = event["to"]
    return found


def inferred(world: World, hour: int) -> set[Place | None]:
    """The places that are down because an incident with nothing better was open and grave."""
    down: set[Place | None] = set()
    for ticket in world.tickets:
        if ticket["kind"] == "incident" and not gone(ticket, world.at) and evidence(world, ticket) == "inferred":
            is_open = ticket["opened_at"] <= hour and said(ticket, "state", hour) not in DONE
            if is_open and (said(ticket, "priority", hour) == 1 or said(ticket, "major", hour) == 1):
                down.add(world.place(ticket))
    return down


def maintained(world: World, hour: int) -> set[Place | None]:
    """The places that are under planned maintenance."""
    under: set[Place | None] = set()
    for change in world.tickets:
        if change["kind"] == "change" and not gone(change, world.at):
            approved, start = change["approved_at"], change["planned_start"]
            agreed = approved is not None and approved < start and change["change_type"] != "emergency"
            if agreed and change["outcome"] != "abandoned" and start <= hour < change["planned_end"]:
                under.add(world.place(change))
    for outage in world.outages:
        ticket = world.ticket(outage)
        if outage["type"] == "planned" and not cancelled(ticket, world.at) and during(outage, hour):
            under.add(world.place(outage) or (world.place(ticket) if ticket else None))
    return under


def is_down(structure: Structure | Part | None, down: Callable[[Part], bool]) -> bool:
    if structure is None:
        return False
    if isinstance(structure, Part):
        return down(structure)
    up = sum(not is_down(part, down) for part in structure.parts)
    return up < structure.needed


def in_hours(entry: ServiceEntry, hour: int) -> bool:
    """Whether the wall clock of the service shows an agreed time."""
    if entry.hours is None:
        return True
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=hour)).astimezone(ZoneInfo(entry.hours.zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in entry.hours.weekly[local.weekday()])


def joint(entry: ServiceEntry, down: set[Place], of: str | None = None) -> bool:
    """Whether the service is down when these places are; `of`: when only this supplier's can be."""

    def part_is_down(part: Part) -> bool:
        return f"{part.supplier}/{part.component}" in down and of in (None, part.supplier)

    return is_down(entry.structure, part_is_down) or (of is None and entry.key in down)


@dataclass
class Hours:
    """A service in one window, in hours."""

    agreed: int = 0
    lost: int = 0
    inferred: int = 0
    shared: int = 0
    outages: int = 0
    alone: dict[str, int] = field(default_factory=dict)  # if only this supplier could fail
    sole: dict[str, int] = field(default_factory=dict)


def walk(world: World, entry: ServiceEntry, windows: Sequence[tuple[int, int]], since: int) -> Sequence[Hours]:
    """The service in each window, looked at hour by hour from `since` on, the start of the earliest window."""
    found = [Hours() for _ in windows]
    suppliers = sorted({part.supplier for part in leaves(entry.structure)})
    for each in found:
        each.alone, each.sole = dict.fromkeys(suppliers, 0), dict.fromkeys(suppliers, 0)
    was_down = False
    counted_in: set[int] = set()  # windows in which the outage that goes on has been counted
    for hour in range(since, world.at, HOUR):
        sure, maybe, planned = world.looked_at(hour)
        down = sure | maybe
        if joint(entry, down):
            if not was_down:
                counted_in = set()
            was_down = True
        else:
            was_down = False
        off = planned - {entry.key}  # the service's own maintenance is no agreed time, and needs no cutting out
        agreed = in_hours(entry, hour) and not joint(entry, planned)
        lost = agreed and joint(entry, down - off)
        mine = {p.supplier for p in leaves(entry.structure) if f"{p.supplier}/{p.component}" in down - planned}
        for i, (start, end) in enumerate(windows):
            if not (start <= hour < end):
                continue
            found[i].agreed += agreed
            found[i].lost += lost
            found[i].inferred += lost and not joint(entry, sure - off)
            found[i].shared += lost and len(mine) >= 2
            if lost and i not in counted_in:
                counted_in.add(i)
                found[i].outages += 1
            for supplier in suppliers:
                found[i].alone[supplier] += agreed and joint(entry, down - off, of=supplier)
                found[i].sole[supplier] += lost and mine == {supplier}
    return found
