"""Facts and catalogues out of a few words, so that a test says only what it is about.

Times are "2026-03-02 10:00" in UTC, or instants. A ticket is a dict made by `incident` or `change`; its supplier's
source is called "itsm".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from core.catalogue import DAY, Catalogue, ServiceEntry, SourceEntry, SupplierEntry
from core.facts import (
    NEVER,
    EventFacts,
    Facts,
    LinkFacts,
    OutageFacts,
    ResponseFacts,
    SourceFact,
    TicketFacts,
    names_of,
)
from core.kpi.compute import compute
from core.model import (
    ACTORS,
    CHANGE_TYPES,
    EVENT_KINDS,
    EVIDENCE,
    LINK_KINDS,
    OUTAGE_TYPES,
    OUTCOMES,
    SECOND,
    STATES,
    Part,
    Structure,
    to_instant,
)

HOUR: Final = 3600 * SECOND
Record = dict[str, Any]
Time = str | int | None


def t(time: Time) -> int:
    """The instant; NEVER for None."""
    if isinstance(time, str):
        return to_instant(datetime.fromisoformat(time).replace(tzinfo=UTC))
    return NEVER if time is None else time


def incident(supplier: str, number: str, opened: Time, resolved: Time = None, **more: Any) -> Record:
    """An incident: open, or resolved where a resolution is given. `history`: a list of `step`s."""
    state = "new" if resolved is None else "resolved"
    base = {"kind": "incident", "state": state, "priority": 3, "vendor_id": f"id-{number}"}
    return {**base, "supplier": supplier, "number": number, "opened_at": opened, "resolved_at": resolved, **more}


def change(supplier: str, number: str, requested: Time, end: Time = None, **more: Any) -> Record:
    """A change: closed and successful where an end is given."""
    state, outcome = ("new", None) if end is None else ("closed", "successful")
    base = {"kind": "change", "state": state, "outcome": outcome, "vendor_id": f"id-{number}", "change_type": "normal"}
    times = {"opened_at": requested, "requested_at": requested, "actual_end": end}
    return {**base, "supplier": supplier, "number": number, **times, **more}


def step(at: Time, to: Any, kind: str = "state", actor: str = "person", **more: Any) -> Record:
    """An event of a ticket's history."""
    return {"at": at, "to": to, "kind": kind, "actor": actor, **more}


def outage(supplier: str, start: Time, end: Time = None, **more: Any) -> Record:
    """An outage record of type outage."""
    return {"supplier": supplier, "start": start, "end": end, "type": "outage", **more}


def response(supplier: str, ticket: str | None, at: Time, score: float, scale: tuple[float, float] = (1, 5)) -> Record:
    """A customer's answer about the ticket of that number."""
    return {"supplier": supplier, "ticket": ticket, "at": at, "score": score, "scale": scale}


def link(ticket: Record, reference: str, kind: str = "same", evidence: str = "number") -> Record:
    """A reference that a ticket bears."""
    return {"ticket": ticket, "reference": reference, "kind": kind, "evidence": evidence}


def facts(
    *tickets: Record,
    outages: Sequence[Record] = (),
    responses: Sequence[Record] = (),
    links: Sequence[Record] = (),
    success: Mapping[str, Time] | None = None,
    unread: Sequence[str] = (),
    suppliers: Sequence[str] = ("acme", "globex", "initech"),
) -> Facts:
    """Facts of these records, one source per supplier."""

    def source(records: Sequence[Record]) -> Any:
        return np.array([suppliers.index(record["supplier"]) for record in records], dtype=np.int32)

    def texts(records: Sequence[Record], name: str) -> Any:
        return np.array([record.get(name) for record in records] + [None], dtype=object)[:-1]

    def times(records: Sequence[Record], name: str) -> Any:
        return np.array([t(record.get(name)) for record in records], dtype=np.int64)

    def codes(records: Sequence[Record], name: str, known: Sequence[str] | None = None, empty: int = -1) -> Any:
        values = [record.get(name) for record in records]
        if known is not None:
            values = [None if value is None else known.index(value) for value in values]
        return np.array([empty if value is None else value for value in values], dtype=np.int32)

    def names(records: Sequence[Record], name: str) -> Any:
        return names_of([record.get(name) for record in records])

    row = {(ticket["supplier"], ticket["number"]): i for i, ticket in enumerate(tickets)}

    def rows(records: Sequence[Record]) -> Any:
        return np.array([row.get((r["supplier"], r.get("ticket")), -1) for r in records], dtype=np.int32)

    return Facts(
        sources=tuple(
            SourceFact(supplier, "itsm", None if time is None else t(time), None if supplier in unread else 0)
            for supplier in suppliers
            for time in [(success or {}).get(supplier)]
        ),
        tickets=TicketFacts(
            source=source(tickets),
            vendor_id=texts(tickets, "vendor_id"),
            number=texts(tickets, "number"),
            url=texts(tickets, "url"),
            kind=codes(tickets, "kind", ("incident", "change")),
            state=codes(tickets, "state", STATES),
            priority=codes(tickets, "priority"),
            major=codes(tickets, "major", empty=0),
            **{
                name: times(tickets, name)
                for name in TicketFacts.__dataclass_fields__
                if name.endswith(("_at", "_start", "_end")) and name != "changed_at"
            },
            group=names(tickets, "group"),
            component=names(tickets, "component"),
            service=names(tickets, "service"),
            reopen_count=codes(tickets, "reopen_count"),
            reassignment_count=codes(tickets, "reassignment_count"),
            change_type=codes(tickets, "change_type", CHANGE_TYPES),
            outcome=codes(tickets, "outcome", OUTCOMES),
            suspect=codes(tickets, "suspect", empty=0),
            changed_at=np.array([t(ticket.get("changed_at", "2100-01-01")) for ticket in tickets], dtype=np.int64),
        ),
        events={kind: _events(kind, tickets) for kind in EVENT_KINDS},
        outages=OutageFacts(
            source=source(outages),
            vendor_id=np.array([f"out-{i}" for i in range(len(outages))], dtype=object),
            ticket=rows(outages),
            component=names(outages, "component"),
            service=names(outages, "service"),
            type=codes(outages, "type", OUTAGE_TYPES),
            start=times(outages, "start"),
            end=times(outages, "end"),
            approved_at=times(outages, "approved_at"),
        ),
        responses=ResponseFacts(
            source=source(responses),
            vendor_id=np.array([f"resp-{i}" for i in range(len(responses))], dtype=object),
            ticket=rows(responses),
            at=times(responses, "at"),
            score=np.array([r["score"] for r in responses], dtype=np.float64),
            scale_min=np.array([r["scale"][0] for r in responses], dtype=np.float64),
            scale_max=np.array([r["scale"][1] for r in responses], dtype=np.float64),
        ),
        links=LinkFacts(
            ticket=np.array([tickets.index(each["ticket"]) for each in links], dtype=np.int32),
            kind=codes(links, "kind", LINK_KINDS),
            evidence=codes(links, "evidence", EVIDENCE),
            reference=texts(links, "reference"),
        ),
    )


def _events(kind: str, tickets: Sequence[Record]) -> EventFacts:
    found = [
        (row, t(event["at"]), event.get("seq", seq), event)
        for row, ticket in enumerate(tickets)
        for seq, event in enumerate(ticket.get("history", ()))
        if event["kind"] == kind
    ]
    found.sort(key=lambda each: each[:3])
    said = [name for *_, event in found for name in (event["to"], event.get("was")) if name]
    names = names_of(said).values if kind == "group" else ()

    def code(value: Any) -> int:
        if value is None or kind == "comment":
            return -1
        return {"state": STATES.index, "group": names.index}.get(kind, int)(value)

    return EventFacts(
        ticket=np.array([row for row, *_ in found], dtype=np.int32),
        at=np.array([at for _, at, *_ in found], dtype=np.int64),
        seq=np.array([seq for _, _, seq, _ in found], dtype=np.int64),
        from_value=np.array([code(event.get("was")) for *_, event in found], dtype=np.int32),
        to_value=np.array([code(event["to"]) for *_, event in found], dtype=np.int32),
        actor=np.array([ACTORS.index(event["actor"]) for *_, event in found], dtype=np.int32),
        public=np.array([event.get("public", -1) for *_, event in found], dtype=np.int32),
        earliest=np.array([t(event["earliest"]) if "earliest" in event else NEVER for *_, event in found], np.int64),
        names=names,
    )


def needs(*parts: Part | Structure | str, k: int | None = None) -> Structure:
    """All of the parts, or k of them; "acme/web" is a component."""
    made = tuple(Part(*part.split("/")) if isinstance(part, str) else part for part in parts)
    return Structure(len(made) if k is None else k, made)


def service(key: str = "shop", structure: Structure | Part | None = None, **more: Any) -> ServiceEntry:
    """A service, around the clock unless said otherwise."""
    return ServiceEntry(key, key.title(), structure=structure, **more)


def catalogue(
    *services: ServiceEntry, suppliers: Sequence[str] = ("acme", "globex", "initech"), **more: Any
) -> Catalogue:
    """A catalogue in which every supplier calls components and services by their keys."""
    named = {(part.supplier, part.component): None for entry in services for part in _leaves(entry.structure)}
    sources = tuple(
        SourceEntry(
            supplier,
            "itsm",
            300 * SECOND,
            components=tuple((key, (key,)) for owner, key in named if owner == supplier),
            services=tuple((entry.key, (entry.key,)) for entry in services),
        )
        for supplier in suppliers
    )
    base: dict[str, Any] = {"windows": (("7d", 7 * DAY), ("30d", 30 * DAY), ("90d", 90 * DAY)), "sources": sources}
    entries = tuple(SupplierEntry(supplier, supplier.title()) for supplier in suppliers)
    return Catalogue(**{**base, "suppliers": entries, "services": services, **more})


def _leaves(structure: Structure | Part | None) -> Sequence[Part]:
    if structure is None:
        return ()
    return [structure] if isinstance(structure, Part) else [leaf for part in structure.parts for leaf in _leaves(part)]


class Figures:
    """The figures at an instant, asked for by name and labels."""

    def __init__(self, these: Facts, catalogue: Catalogue, at: Time) -> None:
        self.samples = compute(these, catalogue, t(at))
        self._values = {(s.name, frozenset(s.labels)): s.value for s in self.samples}
        assert len(self._values) == len(self.samples), "two samples with the same name and labels"

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value, None where there is no such sample."""
        return self._values.get((name, frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels of all samples of a name."""
        return [dict(sample.labels) for sample in self.samples if sample.name == name]
