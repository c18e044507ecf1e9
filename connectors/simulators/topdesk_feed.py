"""TOPdesk's reporting feed (OData): the only place that knows what an incident was before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from starlette.datastructures import QueryParams

from connectors.simulators import topdesk_tenant as words
from connectors.simulators.topdesk_changes import Changes
from connectors.simulators.topdesk_incidents import Incidents, Leaf, agent, course, stamp, stars, status_name, target
from connectors.simulators.topdesk_lists import Stamp
from connectors.simulators.topdesk_odata import (
    Condition,
    Row,
    compare,
    conditions,
    next_link,
    order_by,
    place_of,
    whole,
)
from connectors.simulators.topdesk_tenant import new_uid, uid
from connectors.simulators.world import as_of
from core.model import SECOND, Instant


class Feed:
    """The entity sets of one tenant."""

    def __init__(self, incidents: Incidents, changes: Changes) -> None:
        self._incidents, self._changes = incidents, changes
        self._cache: dict[tuple[Any, ...], tuple[list[tuple[str, bool]], list[Any], list[Row]]] = {}
        # Every change but a comment is a row for ever: when, and of which incident.
        self._moments = sorted(
            (at, key) for key, t in incidents.tickets.items() for at in {s.at for s in t.steps if s.kind != "comment"}
        )
        self.sets: Mapping[str, Callable[[Instant, Sequence[Condition]], Iterable[Row]]] = {
            "IncidentSnapshots": self._snapshots,
            "Incidents": self._all,
            "IncidentsCausedByChangesLinks": self._causes,
            "OperatorGroups": self._groups,
            "Operators": self._operators,
            "IncidentProcessingStatuses": self._statuses,
            "IncidentPriorities": lambda now, only: [
                {"id": uid("priority", f"P{n}"), "name": f"P{n}"} for n in words.HOURS
            ],
        }

    def page(self, name: str, query: QueryParams, now: Instant, url: str) -> dict[str, Any]:
        """A page of an entity set with the address of the next. Raises KeyError for no such set, `QueryError`."""
        token = query.get("$skiptoken")
        order, places, rows = self._found(name, query.get("$filter"), query.get("$orderby"), now, token is not None)
        begin = whole(query, "$skip", 0)
        if token:
            begin = bisect_right(places, compare(place_of(token, len(order)), order))
        served = whole(query, "$served", 0)
        top = whole(query, "$top", len(rows))
        size = min(self._incidents.tenant.feed_page, top - served)
        shown, more = rows[begin : begin + size], begin + size < len(rows) and served + size < top
        columns = [c.strip() for c in query.get("$select", "").split(",") if c.strip()]
        answer: dict[str, Any] = {
            "@odata.context": f"{url.rpartition('/')[0]}/$metadata#{name}",
            "value": [_shown(row, columns) for row in shown],
        }
        if more:
            answer["@odata.nextLink"] = next_link(url, query, [shown[-1][column] for column, _ in order], served + size)
        return answer

    def _found(
        self, name: str, only: str | None, by: str | None, now: Instant, goes_on: bool
    ) -> tuple[list[tuple[str, bool]], list[Any], list[Row]]:
        """The order, the sort values and the rows of a query, kept for its next pages: they go on in what it found."""
        entity = self.sets[name]
        seat = (name, only, by)
        if not goes_on or seat not in self._cache:
            wanted = conditions(only)
            rows = [row for row in entity(now, wanted) if all(condition.holds(row) for condition in wanted)]
            order = [*order_by(by, rows), ("id", False)]
            placed = sorted(
                ((compare([row[column] for column, _ in order], order), row) for row in rows),
                key=lambda pair: pair[0],
            )
            self._cache = {seat: (order, [place for place, _ in placed], [row for _, row in placed])}
        return self._cache[seat]

    def _snapshots(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        """Rows of what incidents were; a bound on their time or one incident's id spares making the others."""
        low, high = (0, ""), (now, "\uffff")
        keys: set[str] | None = None
        for condition in only:
            if condition.column == "timeStamp" and condition.operator in ("ge", "gt", "eq"):
                low = max(low, (condition.literal, "")) if isinstance(condition.literal, int) else low
            if condition.column == "incidentId" and condition.operator == "eq":
                keys = {self._incidents.key_of.get(condition.literal, "")}
        for at, key in self._moments[bisect_left(self._moments, low) : bisect_right(self._moments, high)]:
            if keys is None or key in keys:
                yield _Snapshot(self, key, at, now)

    def snapshot(self, key: str, at: Instant, now: Instant) -> Row:
        """What an incident was from an instant on."""
        view = as_of(self._incidents.tickets[key], at)
        assert view is not None, "a ticket has steps from its creation on"
        ticket, run, language = view.ticket, course(view.steps), self._incidents.tenant.language
        return {
            "id": snapshot_id(key, at),
            "incidentId": uid("incident", key),
            "timeStamp": Stamp(at),
            **self._state(Leaf(view, run, at), now),
            "statusId": uid("status", status_name(view, language)),
            "taskSubType": "INCIDENT",
            "contractId": None,
            "serviceWindowId": None,
            "subCategoryId": None,
            "urgencyId": None,
            "impactId": None,
            "supplierId": None,
            "slaApplied": ticket.service_name is not None,
            "slaTargetDate": stamp(target(ticket, view.priority)) if ticket.service_name else None,
            "slaReponseTargetDate": None,
        }

    def _state(self, leaf: Leaf, now: Instant) -> Row:
        view, run, ticket = leaf.view, leaf.course, leaf.view.ticket
        language = self._incidents.tenant.language
        return {
            "operatorGroupId": uid("operator group", view.group) if view.group else None,
            "operatorId": uid("operator", who) if (who := agent(view)) else None,
            "priorityId": uid("priority", f"P{view.priority}"),
            "categoryId": uid("category", ticket.service_name) if ticket.service_name else None,
            "typeId": uid("call type", words.CALL_TYPES[language][0]),
            "entryTypeId": uid("entry type", words.ENTRIES[language][ticket.channel]),
            "targetDate": stamp(target(ticket, view.priority)),
            "requestDate": None if ticket.unreadable_time else stamp(ticket.opened_at),
            "responseDate": stamp(view.first_response_at),
            "onHoldDate": stamp(run.held_since),
            "completionDate": stamp(run.completed_at),
            "closureDate": stamp(run.closed_at),
            "duration_inSeconds": words.HOURS[view.priority] * 3600,
            "majorCall": view.major,
        }

    def _all(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        for key, leaf in self._incidents.shelf.at(now).items():
            end = leaf.course.completed_at or now
            yield {
                "id": uid("incident", key),
                "incidentNumber": leaf.view.ticket.number,
                **self._state(leaf, now),
                "statusId": uid("status", status_name(leaf.view, self._incidents.tenant.language)),
                "onHold": leaf.course.held_since is not None,
                "feedbackRating": stars(self._incidents, key, now),
                "modificationDate": Stamp(leaf.modified),
                "totalDuration_inSeconds": max(end - leaf.view.ticket.opened_at, 0) // SECOND,
                "inProgressDuration_inSeconds": max(end - leaf.view.ticket.opened_at - leaf.course.held, 0) // SECOND,
            }

    def _causes(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        for key, leaf in self._incidents.shelf.at(now).items():
            cause = leaf.view.cause
            if cause is not None and cause.ticket in self._changes.tickets:
                yield {
                    "id": uid("cause", f"{key} {cause.ticket}"),
                    "incidentId": uid("incident", key),
                    "changeId": uid("change", cause.ticket),
                }

    def _groups(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        return [{"id": uid("operator group", g.name), "name": g.name} for g in self._incidents.supplier.groups]

    def _operators(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        supplier = self._incidents.supplier
        return [{"id": uid("operator", who), "name": who} for who in (*supplier.people, *supplier.automation)]

    def _statuses(self, now: Instant, only: Sequence[Condition]) -> Iterable[Row]:
        incidents = self._incidents
        states = words.states(incidents.world, incidents.supplier.key, incidents.tenant.language)
        return [{"id": uid("status", name), "name": name} for name, _ in states]


class _Snapshot(Mapping[str, Any]):
    """A row for those who look at little of it: when and of which incident at once, the rest when it is asked for."""

    __slots__ = ("_at", "_feed", "_key", "_now")

    def __init__(self, feed: Feed, key: str, at: Instant, now: Instant) -> None:
        self._feed, self._key, self._at, self._now = feed, key, at, now

    def __getitem__(self, name: str) -> Any:
        if name == "timeStamp":
            return Stamp(self._at)
        if name == "id":
            return snapshot_id(self._key, self._at)
        if name == "incidentId":
            return uid("incident", self._key)
        return self.whole()[name]

    def __contains__(self, name: object) -> bool:
        return name in ("timeStamp", "id", "incidentId") or name in self.whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return len(self.whole())

    def whole(self) -> Row:
        """Every column."""
        return self._feed.snapshot(self._key, self._at, self._now)


def snapshot_id(key: str, at: Instant) -> str:
    """The id of a row: of what an incident was from an instant on."""
    return new_uid("snapshot", f"{key} {at}")


def _shown(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    whole = row.whole() if isinstance(row, _Snapshot) else row
    return {column: whole[column] for column in columns or whole if column in whole}
