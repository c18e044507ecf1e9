"""Facts of any size with the habits of real ones: holds, reopenings, hand-overs, changes, outages, answers, links."""

from __future__ import annotations

import numpy as np

from core.catalogue import DAY, Catalogue, ServiceEntry, SourceEntry, SupplierEntry, Targets
from core.facts import (
    NEVER,
    Codes,
    EventFacts,
    Facts,
    Ints,
    LinkFacts,
    Names,
    OutageFacts,
    ResponseFacts,
    SourceFact,
    TicketFacts,
)
from core.model import EVENT_KINDS, SECOND, STATES, Hours, Instant, Part, Structure

MINUTE = 60 * SECOND


def catalogue(suppliers: int, services: int) -> Catalogue:
    """Every service stands on one component of three suppliers, two of them redundant, in office hours of Amsterdam."""
    keys = [f"s{n:02d}" for n in range(suppliers)]
    weekday = ((7 * 60, 22 * 60),)
    hours = Hours("Europe/Amsterdam", (weekday,) * 5 + ((), ()), "NL")
    of_service = {
        f"v{n:02d}": [keys[n % suppliers], keys[(n + 1) % suppliers], keys[(n + 2) % suppliers]]
        for n in range(services)
    }

    def structure(service: str) -> Structure:
        first, second, third = (Part(supplier, f"{service}-part") for supplier in of_service[service])
        return Structure(2, (first, Structure(1, (second, third))))

    return Catalogue(
        zone="Europe/Amsterdam",
        suppliers=tuple(SupplierEntry(key, key) for key in keys),
        services=tuple(
            ServiceEntry(
                service,
                service,
                hours=hours if position % 2 else None,
                structure=structure(service),
                targets=Targets(0.999, {1: 240 * MINUTE, 2: 480 * MINUTE, 3: 5 * DAY}, change_success=0.95),
            )
            for position, service in enumerate(of_service)
        ),
        sources=tuple(
            SourceEntry(
                key,
                "servicenow",
                300 * SECOND,
                components=tuple(
                    (f"{service}-part", (f"{service} farm*",)) for service, users in of_service.items() if key in users
                ),
                services=tuple((service, (f"{service} *",)) for service in of_service),
            )
            for key in keys
        ),
    )


def facts(tickets: int, suppliers: int, services: int, at: Instant, seed: int = 1) -> Facts:
    """Four incidents to a change, spread over a year before `at`; some four events a ticket."""
    draw = np.random.default_rng(seed)
    source = draw.integers(0, suppliers, tickets).astype(np.int32)
    # One of the services that the supplier takes part in.
    service = ((source - draw.integers(0, 3, tickets)) % min(suppliers, services)).astype(np.int32)
    opened = np.sort(at - draw.integers(0, 365 * DAY, tickets))
    lasts = (draw.lognormal(9.5, 1.4, tickets) * SECOND).astype(np.int64)
    resolved = opened + lasts
    open_now = resolved > at
    resolved[open_now] = NEVER
    is_change = draw.random(tickets) < 0.2
    priority = draw.choice([1, 2, 3, 4, 5], tickets, p=[0.01, 0.09, 0.5, 0.3, 0.1]).astype(np.int32)
    state = np.where(open_now, STATES.index("active"), STATES.index("resolved")).astype(np.int32)
    nothing = np.full(tickets, NEVER)
    start = np.where(is_change, opened + 3600 * SECOND, NEVER)
    end = np.where(is_change & ~open_now, resolved, NEVER)
    columns = TicketFacts(
        source=source,
        vendor_id=np.array([f"{n:032x}" for n in range(tickets)], dtype=object),
        number=np.array([f"INC{n:07d}" for n in range(tickets)], dtype=object),
        url=np.full(tickets, None, dtype=object),
        kind=is_change.astype(np.int32),
        state=state,
        priority=priority,
        major=np.zeros(tickets, np.int32),
        opened_at=opened,
        first_response_at=np.where(is_change, NEVER, opened + 20 * MINUTE),
        resolved_at=resolved,
        closed_at=nothing,
        outage_start=nothing,
        outage_end=nothing,
        group=Names(draw.integers(0, 100, tickets).astype(np.int32), tuple(f"Group {n}" for n in range(100))),
        component=Names(service, tuple(f"v{n:02d} farm" for n in range(services))),
        service=Names(service, tuple(f"v{n:02d} portal" for n in range(services))),
        reopen_count=np.zeros(tickets, np.int32),
        reassignment_count=np.zeros(tickets, np.int32),
        change_type=np.where(is_change, 1, -1).astype(np.int32),
        requested_at=np.where(is_change, opened, NEVER),
        approved_at=np.where(is_change, opened + 60 * SECOND, NEVER),
        planned_start=start,
        planned_end=np.where(is_change, start + 7200 * SECOND, NEVER),
        actual_start=start,
        actual_end=end,
        outcome=np.where(is_change, 0, -1).astype(np.int32),
        suspect=np.zeros(tickets, np.int32),
        changed_at=np.maximum(opened, resolved),
        vanished_at=nothing,
    )
    return Facts(
        sources=tuple(SourceFact(f"s{n:02d}", "servicenow", at, at) for n in range(suppliers)),
        tickets=columns,
        events=_events(columns, lasts, draw),
        outages=_outages(columns, lasts, draw),
        responses=_responses(columns, at, draw),
        links=_links(columns, draw),
    )


def _events(tickets: TicketFacts, lasts: Ints, draw: np.random.Generator) -> dict[str, EventFacts]:
    """A state history of new, active, on hold for a third of them, resolved; a priority and a group from the start."""
    rows = np.arange(len(tickets), dtype=np.int32)
    held = draw.random(len(rows)) < 0.3
    done = tickets.resolved_at != NEVER
    new, active, hold, resolved = (STATES.index(name) for name in ("new", "active", "hold", "resolved"))
    parts = [
        (rows, tickets.opened_at, -1, new),
        (rows, tickets.opened_at + lasts // 10, new, active),
        (rows[held], (tickets.opened_at + lasts // 4)[held], active, hold),
        (rows[held], (tickets.opened_at + lasts // 2)[held], hold, active),
        (rows[done], tickets.resolved_at[done], active, resolved),
    ]
    states = _of_kind(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([np.full(len(part[0]), part[2]) for part in parts]),
        np.concatenate([np.full(len(part[0]), part[3]) for part in parts]),
    )
    nothing = np.array([], np.int32)
    none = _of_kind(nothing, nothing.astype(np.int64), nothing, nothing)
    priorities = _of_kind(rows, tickets.opened_at, np.full(len(rows), -1), tickets.priority)
    groups = _of_kind(rows, tickets.opened_at, np.full(len(rows), -1), tickets.group.codes, tickets.group.values)
    return dict.fromkeys(EVENT_KINDS, none) | {"state": states, "priority": priorities, "group": groups}


def _of_kind(ticket: Codes, at: Ints, before: Codes, after: Codes, names: tuple[str, ...] = ()) -> EventFacts:
    order = np.lexsort((at, ticket))
    zero = np.zeros(len(ticket))
    return EventFacts(
        ticket[order].astype(np.int32),
        at[order],
        zero.astype(np.int64),
        before[order].astype(np.int32),
        after[order].astype(np.int32),
        zero.astype(np.int32),
        (zero - 1).astype(np.int32),
        np.full(len(ticket), NEVER),
        names,
    )


def _outages(tickets: TicketFacts, lasts: Ints, draw: np.random.Generator) -> OutageFacts:
    chosen = np.flatnonzero((tickets.kind == 0) & (draw.random(len(tickets)) < 0.005))
    count = len(chosen)
    return OutageFacts(
        source=tickets.source[chosen],
        vendor_id=tickets.vendor_id[chosen],
        ticket=chosen.astype(np.int32),
        component=Names(tickets.component.codes[chosen], tickets.component.values),
        service=Names(np.full(count, -1, np.int32), ()),
        type=np.zeros(count, np.int32),
        start=tickets.opened_at[chosen],
        end=tickets.opened_at[chosen] + lasts[chosen] // 2,
        approved_at=np.full(count, NEVER),
    )


def _responses(tickets: TicketFacts, at: Instant, draw: np.random.Generator) -> ResponseFacts:
    chosen = np.flatnonzero((tickets.resolved_at != NEVER) & (tickets.kind == 0) & (draw.random(len(tickets)) < 0.2))
    count = len(chosen)
    return ResponseFacts(
        source=tickets.source[chosen],
        vendor_id=tickets.vendor_id[chosen],
        ticket=chosen.astype(np.int32),
        at=np.minimum(tickets.resolved_at[chosen] + DAY, at - 1),
        score=draw.integers(1, 6, count).astype(np.float64),
        scale_min=np.ones(count),
        scale_max=np.full(count, 5.0),
    )


def _links(tickets: TicketFacts, draw: np.random.Generator) -> LinkFacts:
    """One ticket in ten names the one before it."""
    chosen = np.flatnonzero(draw.random(len(tickets)) < 0.1)
    chosen = chosen[chosen > 0]
    return LinkFacts(
        ticket=chosen.astype(np.int32),
        kind=np.zeros(len(chosen), np.int32),
        evidence=np.full(len(chosen), 3, np.int32),
        reference=tickets.number[chosen - 1],
    )
