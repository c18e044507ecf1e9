"""Changes as TOPdesk's cards hold them: simple ones, and extensive ones with phases and an activity."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.simulators import topdesk_tenant as words
from connectors.simulators.shelf import Shelf
from connectors.simulators.topdesk_fields import blank_tab
from connectors.simulators.topdesk_incidents import course, stamp, status_name
from connectors.simulators.topdesk_tenant import Tenant, pair, uid
from connectors.simulators.world import Plan, Ticket, View, World, as_of, moments
from core.model import Instant

ACTIVITY: Final = "activity"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A change as it was when it last changed."""

    card: Mapping[str, Any]
    activity: Mapping[str, Any] | None  # extensive ones have one


class Changes:
    """The changes of one tenant."""

    def __init__(self, world: World, supplier: str, tenant: Tenant) -> None:
        self.supplier, self.tenant = world.supplier(supplier), tenant
        self.tickets = {t.key: t for t in world.of(supplier, "change") if t.plan and not tenant.hidden(t)}
        self.key_of = {uid("change", key): key for key in self.tickets}
        self.by_number = {ticket.number: key for key, ticket in self.tickets.items()}
        self._moments = {key: moments(ticket) for key, ticket in self.tickets.items()}
        self.shelf: Shelf[Sheet] = Shelf(self._moments, self._sheet)

    def _sheet(self, key: str, now: Instant) -> Sheet | None:
        view = as_of(self.tickets[key], now)
        if view is None:
            return None
        written: Sequence[Instant] = self._moments[key]
        card = _card(self, view, written[bisect_right(written, now) - 1])
        return Sheet(card, _activity(card, view) if card["changeType"] == "extensive" else None)


def _card(changes: Changes, view: View, modified: Instant) -> dict[str, Any]:
    ticket, tenant = view.ticket, changes.tenant
    plan, language, extensive = _plan(ticket), tenant.language, tenant.extensive(ticket)
    number, run = uid("change", ticket.key), course(view.steps)
    state = _processing(view, extensive)
    path = f"/tas/api/operatorChanges/{number}"
    cancelled = view.state == "cancelled"
    done = stamp(run.closed_at) if not cancelled else None
    submitted = next((s.at for s in view.steps if s.kind == "state" and s.value != "new"), None)
    tab = blank_tab()
    if view.outcome:
        tab["searchlist1"] = pair("outcome", words.OUTCOMES[language][view.outcome])
    return {
        "id": number,
        "number": ticket.number,
        "briefDescription": ticket.title[:80],
        "templateId": None,
        "template": None,
        "type": pair("change type", words.CHANGE_TYPES[language][plan.type]),
        "requester": {**pair("person", ticket.requester), "branch": None, "location": None},
        "archived": False,
        "open": view.closed_at is None,
        "changeType": "extensive" if extensive else "simple",
        "phase": _phase(state, cancelled),
        "processingStatus": state,
        "requestDate": stamp(plan.requested_at),
        "creationDate": stamp(ticket.created_at),
        "submitDate": stamp(submitted),
        "modificationDate": stamp(modified),
        "closedDate": stamp(run.closed_at),
        "urgent": plan.type == "emergency",
        "withEvaluation": False,
        "costs": {"value": 0.0, "currencyPrefix": "€", "currencySuffix": "EUR"},
        "possibleActions": [],
        "coordinator": None,
        "creator": pair("operator", ticket.requester),
        "modifier": pair("operator", view.updated_by),
        "canceled": {"cancelDate": stamp(view.closed_at)} if cancelled else None,
        "phases": _phases(view, state, extensive, submitted),
        "simple": None if extensive else {
            "plannedStartDate": stamp(plan.planned_start),
            "startDate": stamp(view.actual_start),
            "plannedImplementationDate": stamp(plan.planned_end),
            "implementationDate": stamp(view.actual_end),
            "closedDate": done,
            "assignee": _assignee(view),
            "possibleStatusValues": {"notStarting": [], "starting": [], "implementing": [], "closing": []},
        },
        "externalNumber": view.references[0].number[:60] if view.references else "",
        "object": _object(ticket.item),
        "asset": {"id": uid("asset", ticket.item)} if ticket.item else None,
        "incident": None,
        "requests": path + "/requests",
        "progressTrail": path + "/progresstrail",
        "impact": None,
        "benefit": None,
        "priority": pair("priority", f"P{view.priority}"),
        "category": pair("category", ticket.service_name) if ticket.service_name else None,
        "subcategory": None,
        "supplier": None,
        "branch": None,
        "status": pair("status", status_name(view, language)),
        "optionalFields1": tab,
        "optionalFields2": blank_tab(),
    }  # fmt: skip


def detail(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card that is asked for alone: the stamp has another name there, and what only queries know is not on it."""
    hidden = {"modificationDate", "open", "phase", "template"}
    shown = {name: part for name, part in card.items() if name not in hidden}
    return {**shown, "lastModificationDate": card["modificationDate"], "emergencyChange": card["urgent"]}


def calendar(sheet: Sheet) -> list[dict[str, Any]]:
    """A change's entries in the calendar: actual times where there are any, else the planned ones."""
    card, activity = sheet.card, sheet.activity
    of, kind = (activity, ACTIVITY) if activity is not None else (card["simple"], "change")
    start, end = of["startDate"], of["finalDate"] if activity else of["implementationDate"]
    state = "done" if end else "in_progress" if start else "planned"
    entry = {
        "id": (activity or card)["id"],
        "number": (activity or card)["number"],
        "briefDescription": card["briefDescription"],
        "cardType": kind,
        "start": start or of["plannedStartDate"],
        "end": end or (of["plannedFinalDate"] if activity else of["plannedImplementationDate"]),
        "currentState": state,
    }
    return [entry]


def _activity(card: Mapping[str, Any], view: View) -> dict[str, Any]:
    plan = _plan(view.ticket)
    ended, started = view.actual_end, view.actual_start
    state = "finished" if ended else "in_progress" if started else "waiting"
    return {
        "id": uid(ACTIVITY, view.ticket.key),
        "number": f"A {card['number']}",
        "briefDescription": card["briefDescription"],
        "change": {"id": card["id"], "number": card["number"]},
        "activityType": "normal",
        "assignee": None,
        "processingStatus": "skipped" if view.state == "cancelled" and not ended else state,
        "status": None,
        "plannedStartDate": stamp(plan.planned_start),
        "startDate": stamp(started),
        "plannedFinalDate": stamp(plan.planned_end),
        "finalDate": stamp(ended),
        "archived": False,
        "creationDate": card["creationDate"],
        "lastModificationDate": card["modificationDate"],
    }


def _plan(ticket: Ticket) -> Plan:
    assert ticket.plan is not None, "a change has a plan"
    return ticket.plan


def _assignee(view: View) -> dict[str, Any]:
    group = pair("operator group", view.group)
    person = pair("operator", view.updated_by)
    return {**person, "groupId": group["id"], "groupName": group["name"], "type": "operator"}


def _object(name: str | None) -> dict[str, Any] | None:
    return {"id": uid("object", name), "objectId": name, "objectType": "Server"} if name else None


def _phases(view: View, state: str, extensive: bool, submitted: Instant | None) -> dict[str, Any]:
    """The phases with their ends; work on a simple change is in none of them."""
    plan, closed = _plan(view.ticket), stamp(view.closed_at)
    work = (stamp(plan.planned_end), stamp(view.actual_end)) if extensive else (None, None)
    rejected, no_go = closed if state == "rejected" else None, closed if state == "extensive_nogo" else None
    return {
        "prfc": _phase_of(None, stamp(submitted), "rejectedDate", None),
        "rfc": _phase_of(stamp(plan.planned_start), stamp(view.approved_at), "rejectedDate", rejected),
        "progress": _phase_of(*work, "noGoDate", no_go),
        "evaluation": _phase_of(None, None, "noGoDate", None),
    }


def _phase_of(planned: Any, end: Any, stopped: str, stop: Any) -> dict[str, Any]:
    return {"plannedEndDate": planned, "endDate": end, "authorizer": None, stopped: stop}


def _processing(view: View, extensive: bool) -> str:
    """Where a change stands, in the words that no language changes."""
    kind = "extensive" if extensive else "simple"
    if view.state == "cancelled":
        if view.approved_at is None:
            return "rejected"
        return "extensive_cancelled" if extensive else "simple_closed"
    if view.state in ("active", "hold"):
        return f"{kind}_inProgress"
    if view.state in ("resolved", "closed"):
        if extensive and view.outcome == "unsuccessful":
            return "extensive_nogo"
        return f"{kind}_done" if view.state == "resolved" else f"{kind}_closed"
    if view.approved_at is not None:
        return f"{kind}_notStarted"
    return "prfc" if view.state == "new" else "rfc"


def _phase(processing: str, cancelled: bool) -> str:
    if processing in ("prfc", "rfc", "rejected"):
        return processing
    if cancelled:
        return "canceled"
    kind, _, state = processing.partition("_")
    if state in ("closed", "nogo"):
        return "closed"
    return "simple" if kind == "simple" else "progress"
