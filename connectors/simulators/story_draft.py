"""Tickets while the story is told: they may still grow and name each other; at the end they get their numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from connectors.simulators.story_cast import HOME, SERVICES, SUPPLIERS, TITLES, UNMAPPED
from connectors.simulators.world import Cause, Component, Plan, Reference, Step, StepKind, Supplier, Ticket
from core.model import SECOND, Actor, Instant

MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FIRST_NUMBER: Final = {"acme": 10_000, "globex": 0, "initech": 0}
"""Numbers begin behind this one."""


@dataclass(eq=False, slots=True)
class Draft:
    """A ticket that is being told."""

    supplier: Supplier
    kind: Literal["incident", "change"]
    created: Instant
    opened: Instant
    requester: str
    channel: Literal["phone", "email", "portal", "monitoring", "partner"]
    component: Component | None
    item: str | None
    service: str | None
    service_name: str | None
    title: str
    steps: list[Step] = field(default_factory=list)
    references: list[tuple[Instant, Draft]] = field(default_factory=list)
    parent: Draft | None = None
    cause: tuple[Instant, Draft] | None = None
    plan: Plan | None = None
    unreadable: bool = False
    number: str = ""
    namesake: Draft | None = None  # a ticket of another system whose number it bears too
    pace: float = 1.0  # below 1 everything happens faster

    def add(
        self, at: Instant, kind: StepKind, value: str, who: str, actor: Actor = "person", **more: object
    ) -> Instant:
        """Let something happen at an instant, in whole seconds; returns when."""
        at = at // SECOND * SECOND
        self.steps.append(Step(at, kind, value, actor, who, **more))  # type: ignore[arg-type]
        return at

    def begin(self, priority: int, group: str, automated: bool) -> None:
        """What the form says when it is made."""
        actor: Actor = "automation" if automated else "requester"
        for kind, value in (("state", "new"), ("priority", str(priority)), ("group", group)):
            self.add(self.created, kind, value, self.requester, actor)  # type: ignore[arg-type]

    @property
    def home(self) -> str:
        """The group of the supplier that looks after what is hit."""
        return HOME[self.component.key] if self.component else self.supplier.groups[0].name

    def holds(self, kind: StepKind, at: Instant) -> str:
        """The value of a dimension at an instant."""
        return max((s for s in self.steps if s.kind == kind and s.at <= at), key=lambda s: s.at).value

    def ended(self) -> Instant:
        """When it was resolved for the last time, else when the last thing happened."""
        resolved = [s.at for s in self.steps if s.kind == "state" and s.value == "resolved"]
        return max(resolved) if resolved else max(s.at for s in self.steps)


def draft(
    rng: random.Random, component: Component, at: Instant, requester: str, channel: str, service: str | None = None
) -> Draft:
    """An incident on a component, under the names that the supplier's system has for things; seldom under others."""
    supplier = next(s for s in SUPPLIERS if s.key == component.supplier)
    item: str | None = rng.choice(component.names)
    key = service or rng.choice(component.services)
    named: str | None = next(s for s in SERVICES if s.key == key).names.get(supplier.key)
    known: Component | None = component
    chance = rng.random()
    if chance < 0.012:  # something that nobody has mapped
        named, item, _ = UNMAPPED[supplier.key]
        key, known = None, None  # type: ignore[assignment]
    elif chance < 0.10:
        named = None
    elif chance < 0.18:
        item = None
    at = at // SECOND * SECOND
    lag = rng.randrange(0, 300) * SECOND if channel in ("phone", "email") and rng.random() < 0.4 else 0
    title = rng.choice(TITLES[supplier.key]).format(item or named)
    return Draft(
        supplier, "incident", at, at - lag, requester, channel, known, item, key, named, title  # type: ignore[arg-type]
    )  # fmt: skip


def finish(drafts: Sequence[Draft], end: Instant) -> tuple[tuple[Ticket, ...], dict[int, str]]:
    """The tickets, by creation, with their numbers; and the key of each draft by its identity.

    What happens after the end is not told.
    """
    ordered = sorted(
        (d for d in drafts if d.created <= end), key=lambda d: (d.created, d.supplier.key, d.kind, d.title)
    )
    turns: dict[tuple[str, str], int] = defaultdict(int)
    keys: dict[int, str] = {}
    sequences: dict[int, int] = {}
    for entry in ordered:
        turns[entry.supplier.key, entry.kind] += 1
        sequences[id(entry)] = sequence = turns[entry.supplier.key, entry.kind]
        keys[id(entry)] = f"{entry.supplier.key}-{entry.kind[0]}-{sequence}"
        form = entry.supplier.number_format if entry.kind == "incident" else entry.supplier.change_format
        entry.number = form.format(sequence + FIRST_NUMBER[entry.supplier.key])
    for entry in ordered:
        if entry.namesake is not None and id(entry.namesake) in keys:
            entry.number = entry.namesake.number
    return tuple(_ticket(entry, sequences[id(entry)], keys, end) for entry in ordered), keys


def _ticket(entry: Draft, sequence: int, keys: dict[int, str], end: Instant) -> Ticket:
    cause = entry.cause
    references = [
        Reference(at // SECOND * SECOND, other.supplier.key, other.number, keys[id(other)])
        for at, other in sorted(entry.references, key=lambda reference: reference[0])
        if id(other) in keys and at <= end
    ]
    return Ticket(
        key=keys[id(entry)],
        supplier=entry.supplier.key,
        kind=entry.kind,
        sequence=sequence,
        number=entry.number,
        title=entry.title,
        requester=entry.requester,
        channel=entry.channel,
        created_at=entry.created,
        opened_at=entry.opened,
        service=entry.service,
        service_name=entry.service_name,
        component=entry.component.key if entry.component else None,
        item=entry.item,
        steps=tuple(sorted((s for s in entry.steps if s.at <= end), key=lambda s: s.at)),
        references=tuple(references),
        parent=keys.get(id(entry.parent)) if entry.parent else None,
        cause=Cause(cause[0], keys[id(cause[1])], cause[1].number) if cause and id(cause[1]) in keys else None,
        plan=entry.plan,
        unreadable_time=entry.unreadable,
    )
