"""What one TOPdesk tenant has set up: the customer's words in the tenant's language, rights, habits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from connectors.simulators.world import Ticket, World
from core.model import SECOND

Language = Literal["nl", "en"]


def _often_big(ticket: Ticket) -> bool:
    """Every third normal change has phases and activities; the others are simple ones."""
    return ticket.plan is not None and ticket.plan.type == "normal" and ticket.sequence % 3 == 0


@dataclass(frozen=True, slots=True)
class Tenant:
    """How this tenant differs from the next one."""

    language: Language = "nl"
    archive_after: int | None = None  # microseconds from closing; archived cards leave the lists
    forbidden: frozenset[str] = frozenset()  # modules without a right: "incidents", "changes", "reporting", "services"
    hidden: Callable[[Ticket], bool] = lambda ticket: False  # deleted, or behind a permission filter: nobody can tell
    deleted: Mapping[str, int] = field(default_factory=dict)  # ticket -> since when it is not in the lists any more
    extensive: Callable[[Ticket], bool] = _often_big
    absolute_links: bool = False  # in x-next-page-url; the vendor does not say
    feed_page: int = 1000  # rows of the reporting feed that come at once

    def there(self, ticket: str, now: int) -> bool:
        """Whether a ticket is in the lists."""
        return ticket not in self.deleted or now < self.deleted[ticket]


STATES: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {
        "new": "Geregistreerd", "assigned": "Toegewezen", "active": "In behandeling", "hold": "Wacht op aanmelder",
        "resolved": "Gereed", "closed": "Afgesloten", "cancelled": "Geannuleerd",
    },
    "en": {
        "new": "Logged", "assigned": "Assigned", "active": "In Progress", "hold": "Waiting for user",
        "resolved": "Resolved", "closed": "Closed", "cancelled": "Cancelled",
    },
}  # fmt: skip
CHANGE_TYPES: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {"standard": "Standaard", "normal": "Normaal", "emergency": "Spoed"},
    "en": {"standard": "Standard", "normal": "Normal", "emergency": "Emergency"},
}
OUTCOMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {
        "successful": "Succesvol", "with_issues": "Succesvol met problemen", "unsuccessful": "Mislukt",
        "backed_out": "Teruggedraaid", "abandoned": "Vervallen", "unknown": "Onbekend",
    },
    "en": {
        "successful": "Successful", "with_issues": "Successful with issues", "unsuccessful": "Unsuccessful",
        "backed_out": "Backed out", "abandoned": "Abandoned", "unknown": "Unknown",
    },
}  # fmt: skip
ENTRIES: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {
        "phone": "Telefonisch", "email": "E-mail", "portal": "Portaal", "monitoring": "Monitoring",
        "partner": "Leverancier",
    },
    "en": {
        "phone": "Telephone", "email": "E-mail", "portal": "Self-service", "monitoring": "Monitoring",
        "partner": "Supplier",
    },
}  # fmt: skip
CALL_TYPES: Final[Mapping[Language, tuple[str, str]]] = {"nl": ("Storing", "Aanvraag"), "en": ("Incident", "Request")}
CLOSURES: Final[Mapping[Language, tuple[str, str]]] = {"nl": ("Opgelost", "Geannuleerd"), "en": ("Solved", "Cancelled")}
HOUR: Final = 3600 * SECOND
HOURS: Final = {1: 4, 2: 8, 3: 40, 4: 80, 5: 160}
"""The agreed duration of a priority."""

_TENANT: Final = uuid.UUID("0f3b1a52-7c57-4a5d-8a0e-5d7f4f1c9b63")


def new_uid(kind: str, name: str) -> str:
    """The id of a card or of a value: the same for the same name of a kind."""
    return str(uuid.uuid5(_TENANT, f"{kind} {name}"))


@cache
def uid(kind: str, name: str) -> str:
    """As `new_uid`, remembered for what is named again and again."""
    return new_uid(kind, name)


def pair(kind: str, name: str) -> dict[str, str]:
    """A value as it stands on cards."""
    return {"id": uid(kind, name), "name": name}


def duration(hours: int) -> str:
    """The name of an agreed duration."""
    return f"{hours} h"


def states(world: World, supplier: str, language: Language) -> Iterator[tuple[str, str]]:
    """Every processing status with the state it stands for: the tenant's own set, then what else cards bear."""
    seen = set()
    for state, name in STATES[language].items():
        seen.add(name)
        yield name, state
    for ticket in world.of(supplier):
        for step in ticket.steps:
            name = step.vendor_value or ""
            if step.kind == "state" and name and name not in seen:
                seen.add(name)
                yield name, step.value


def values(world: World, supplier: str, language: Language) -> Mapping[str, list[dict[str, Any]]]:
    """The lists of values below /incidents, by the last part of their address."""
    services = sorted({t.service_name for t in world.of(supplier) if t.service_name})
    return {
        "statuses": [_status(name, state) for name, state in states(world, supplier, language)],
        "priorities": [_priority(number, hours) for number, hours in HOURS.items()],
        "durations": [_duration(hours) for hours in HOURS.values()],
        "impacts": [pair("impact", name) for name in ("1", "2", "3")],
        "urgencies": [pair("urgency", name) for name in ("1", "2", "3")],
        "call_types": [pair("call type", name) for name in CALL_TYPES[language]],
        "entry_types": [pair("entry type", name) for name in ENTRIES[language].values()],
        "categories": [pair("category", name) for name in services],
        "subcategories": [],
        "closure_codes": [pair("closure code", name) for name in CLOSURES[language]],
        "escalation-reasons": [],
        "deescalation-reasons": [],
    }


def _status(name: str, state: str) -> dict[str, Any]:
    flags = {"onHold": state == "hold", "default": state == "new"}
    return {**pair("status", name), "processingState": None, "response": None, **flags}


def _priority(number: int, hours: int) -> dict[str, Any]:
    agreed = pair("duration", duration(hours))
    return {**pair("priority", f"P{number}"), "firstLineDuration": agreed, "secondLineDuration": agreed}


def _duration(hours: int) -> dict[str, Any]:
    where = {"inFirstLine": True, "inSecondLine": True}
    return {**pair("duration", duration(hours)), "basicPeriods": hours, "timeSpanType": "HOURS", **where}


def agreements(world: World, supplier: str) -> list[dict[str, Any]]:
    """What /incidents/slas lists: the way from a card to the name of its service."""
    services = sorted({t.service_name for t in world.of(supplier) if t.service_name})
    return [
        {
            "id": uid("sla", name),
            "contractId": uid("contract", name),
            "contractName": name,
            "contractSequenceNumber": number,
            "serviceId": uid("service", name),
            "serviceName": name,
            "serviceLevelId": uid("service level", "Standard"),
            "serviceLevelName": "Standard",
        }
        for number, name in enumerate(services, 1)
    ]
