"""The configuration files of the demo, written to be read: what it runs with is what a user would write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from connectors.simulators import jira_site
from connectors.simulators.history import History
from connectors.simulators.login import Login
from connectors.simulators.story_cast import COMPONENTS, NEEDS, SERVICES, SUPPLIERS
from connectors.simulators.story_draft import DAY
from connectors.simulators.world import Supplier
from core.model import Instant, to_datetime

HOURS: Final[Mapping[str, str]] = {
    "acme": "always",
    "globex": '{timezone: Europe/Amsterdam, weekly: {mon-fri: "07:00-19:00"}, holidays: NL}',
    "initech": '{timezone: Europe/Amsterdam, weekly: {mon-fri: "07:30-18:00", sat: "09:00-13:00"}, holidays: NL}',
}
"""Support hours: in them a supplier answers when work is handed over to it."""
SERVICE_HOURS: Final[Mapping[str, str]] = {
    "webshop": "always",
    "payments": "always",
    "portal": '{timezone: Europe/Amsterdam, weekly: {mon-fri: "07:00-22:00", sat: "09:00-17:00"}, holidays: NL}',
    "workplace": '{timezone: Europe/Amsterdam, weekly: {mon-fri: "07:00-19:00"}, holidays: NL}',
}
TARGETS: Final[Mapping[str, Sequence[str]]] = {
    "webshop": (
        "availability: 0.993", "incident_lead_time: {p1: 4h, p2: 8h, p3: 2d}", "change_success: 0.85",
        "satisfaction: 0.7",
    ),
    "payments": ("availability: 0.995", "incident_lead_time: {p1: 2h, p2: 8h, p3: 2d}", "change_success: 0.9"),
    "portal": ("availability: 0.99", "incident_lead_time: {p1: 4h, p2: 12h, p3: 3d}", "satisfaction: 0.7"),
    "workplace": ("availability: 0.99", "incident_lead_time: {p1: 4h, p2: 12h, p3: 3d}", "satisfaction: 0.7"),
}  # fmt: skip
OPTIONS: Final[Mapping[str, Sequence[str]]] = {
    "initech": (
        "# What TOPdesk has no field of its own for stands in free fields, which every tenant uses in its own way.",
        "options:",
        "  outage_start_field: optionalFields1.date1",
        "  outage_end_field: optionalFields1.date2",
        "  outcome_field: optionalFields1.searchlist1.name",
    ),
}
CONNECTORS: Final[Mapping[str, str]] = {"acme": "servicenow", "globex": "jira", "initech": "topdesk"}


def of_story(database: str, listen: str, begin: Instant, urls: Mapping[str, str], logins: Mapping[str, Login]) -> str:
    """The configuration for the three suppliers of the story."""
    since = to_datetime(begin - DAY).date().isoformat()
    parts = [_head(database, listen, "Three simulated suppliers that share four services."), "\nsuppliers:\n"]
    parts += [_supplier(supplier, urls[supplier.key], logins[supplier.key], since) for supplier in SUPPLIERS]
    parts += ["\nservices:\n", *(_service(service.key, service.title) for service in SERVICES)]
    return "".join(parts)


def of_history(database: str, listen: str, now: Instant, url: str, login: Login, log: History) -> str:
    """The configuration for a recorded log, with a window over all of it.

    No service is mapped: what the log calls a category is no service with an availability.
    """
    since = to_datetime(log.opened - DAY).date().isoformat()
    days = -(-(now - log.opened) // DAY) + 1
    return "".join([
        _head(database, listen, "A recorded incident log, replayed as a ServiceNow instance."),
        f"windows: [7d, 30d, 90d, {days}d] # the last one reaches over the whole log\n",
        "\nsuppliers:\n  acme:\n    title: Recorded log\n    sources:\n",
        *_source("servicenow", url, login, since, "1h"),
    ])  # fmt: skip


def _head(database: str, listen: str, what: str) -> str:
    return (
        f"# {what}\n# Written by `siamhub demo`; the systems are there as long as it runs.\n"
        f"timezone: Europe/Amsterdam\ndatabase: {_flow(database)}\nlisten: {_flow(listen)}\n"
        "board: # meetings are in /calendar.ics and in the board pack\n"
        '  day: second tuesday\n  time: "14:00"\n'
        '  informal: [{title: Lunch together, day: last friday, time: "12:00", place: Canteen of Acme Hosting}]\n'
    )


def _source(connector: str, url: str, login: Login, since: str, every: str) -> Sequence[str]:
    return (
        f"      - connector: {connector}\n",
        f"        base_url: {url}\n",
        "        # A password of a simulated system; that of a real one belongs into a variable: ${NAME}\n",
        f"        auth: {{type: basic, username: {_flow(login.user)}, password: {_flow(login.secret)}}}\n",
        f"        every: {every}\n        since: {since}\n",
    )


def _supplier(supplier: Supplier, url: str, login: Login, since: str) -> str:
    parties: dict[str, list[str]] = {}
    for group in supplier.groups:
        if group.party != supplier.key:
            parties.setdefault(group.party, []).append(group.name)
    components = {c.key: list(c.names) for c in COMPONENTS if c.supplier == supplier.key}
    names = {s.key: s.names[supplier.key] for s in SERVICES if supplier.key in s.names}
    lines = [
        f"  {supplier.key}:\n    title: {supplier.title}\n    hours: {HOURS[supplier.key]}\n    sources:\n",
        *_source(CONNECTORS[supplier.key], url, login, since, "15s"),
        *(f"        {line}\n" for line in OPTIONS.get(supplier.key, ())),
        f"        groups: {_flow(parties)}\n",
        f"        automation: {_flow(list(supplier.automation_patterns))}\n",
        "        components:\n",
        *(f"          {key}: {_flow(found)}\n" for key, found in components.items()),
    ]
    if supplier.vendor == "jira":
        lines.append("        # Jira names affected services by ids; the names are in its service registry only.\n")
    lines.append("        services:\n")
    for key, name in names.items():
        known = jira_site.service_id(name) if supplier.vendor == "jira" else name
        lines.append(f"          {key}: {_flow([known])}{f'  # {name}' if known != name else ''}\n")
    return "".join(lines)


def _service(key: str, title: str) -> str:
    needs = "".join(f"        - {_flow(need)}\n" for need in NEEDS[key])
    weight = "    weight: 2\n" if key == "webshop" else ""
    return (
        f"  {key}:\n    title: {title}\n    hours: {SERVICE_HOURS[key]}\n{weight}"
        f"    needs:\n      all:\n{needs}    targets:\n" + "".join(f"      {goal}\n" for goal in TARGETS[key])
    )


def _flow(value: Any) -> str:
    """A value on one line. JSON is YAML; names that need no quotes get none."""
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*", value)
        return (
            value
            if plain and value.lower() not in ("yes", "no", "on", "off", "true", "false", "null")
            else _quoted(value)
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return str(value)


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
