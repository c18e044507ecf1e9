"""The tables of one supplier's instance, kept up with the clock from the simulated world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.simulators import servicenow_trail as trail
from connectors.simulators.servicenow_rows import Writer, group_id, item_id, named, user_id
from connectors.simulators.servicenow_tables import Tables, empty
from connectors.simulators.world import Agenda, Ticket, World, as_of, moments
from core.model import Instant


class WorldTables:
    """What the instance shows at an instant. The clock only moves forward; only what changed is written anew."""

    def __init__(self, world: World, supplier: str) -> None:
        self._tables = empty()
        self._tickets = {ticket.key: ticket for ticket in world.of(supplier)}
        self._writer = Writer(world, supplier, self._tables)
        for name, values in _fixed(world, supplier):
            self._tables[name].put(self._tables[name].row(values))
        written = [*trail.definitions(), *trail.agreements(), *_written(world, supplier, tuple(self._tickets.values()))]
        self._later = sorted(written, key=lambda entry: entry[0])[::-1]  # the next one last, of one instant the first
        parents = [(t.parent, t.created_at) for t in self._tickets.values() if t.parent]
        changes = [(ticket.key, moments(ticket)) for ticket in self._tickets.values()]
        self._agenda = Agenda([*changes, *((key, (at,)) for key, at in parents)])

    def at(self, now: Instant) -> Tables:
        """All tables as they are now."""
        for key in self._agenda.due(now):
            view = as_of(self._tickets[key], now)
            if view is not None:
                self._writer.put(view, now)
        while self._later and self._later[-1][0] <= now:
            _, name, values = self._later.pop()
            table = self._tables[name]
            table.put(table.row(values))
        return self._tables


def _written(world: World, supplier: str, tickets: Sequence[Ticket]) -> Iterator[trail.Written]:
    requesters = {ticket.key: ticket.requester for ticket in tickets}
    for ticket in tickets:
        yield from trail.audited(ticket)
        yield from trail.commented(ticket)
        yield from trail.measured(ticket)
        yield from trail.approved(ticket)
        yield from trail.agreed(ticket)
    services = {service.key: service.names.get(supplier) for service in world.services}
    for record in world.outages:
        if record.supplier == supplier:
            yield from trail.outage(record, record.item or services.get(record.service or ""))
    for response in world.responses:
        if response.supplier == supplier:
            yield from trail.answered(response, requesters[response.ticket])


def _fixed(world: World, supplier: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Groups, accounts, items and services: there from the beginning."""
    own = world.supplier(supplier)
    for group in own.groups:
        yield "sys_user_group", named(group_id(group.name), group.name) | {"active": "true"}
    tickets = world.of(supplier)
    for login in dict.fromkeys([*own.people, *own.automation, *(ticket.requester for ticket in tickets)]):
        yield "sys_user", named(user_id(login), login) | {"user_name": login, "active": "true"}
    names = [name for component in world.components if component.supplier == supplier for name in component.names]
    for name in dict.fromkeys([*names, *(t.item for t in tickets if t.item)]):
        yield "cmdb_ci", named(item_id(name), name) | {"sys_class_name": "cmdb_ci_server", "operational_status": "1"}
    services = [service.names[supplier] for service in world.services if supplier in service.names]
    for name in dict.fromkeys([*services, *(t.service_name for t in tickets if t.service_name)]):
        for table in ("cmdb_ci", "cmdb_ci_service"):
            row = {"sys_class_name": "cmdb_ci_service", "operational_status": "1"}
            yield table, named(item_id(name), name) | row
