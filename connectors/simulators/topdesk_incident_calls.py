"""The calls on incidents: list, one card, what was written on it, lists of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import QueryParams

from connectors.simulators import topdesk_lists as lists
from connectors.simulators import topdesk_tenant as words
from connectors.simulators.topdesk_fields import INCIDENT_FIELDS, UNSORTABLE
from connectors.simulators.topdesk_incidents import Glance, Leaf
from connectors.simulators.topdesk_lists import Form, QueryError, Stamp, written
from connectors.simulators.topdesk_office import Answer, Call, Handler, MissingError, service_names, shown, sublist
from connectors.simulators.topdesk_tenant import pair, uid

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OLD: Final = re.compile(
    r"closed|completed|resolved|archived|operator(_group|Group)?|processing_status|status|external_number|order_by|"
    r"(modification|creation|call|closed|target)_date(_start|_end)?"
)  # filters of former versions


def _incidents(call: Call) -> Answer:
    query, office, now = call.query, call.office, call.now
    for name in query:
        if _OLD.fullmatch(name):
            raise QueryError(f"Error parsing one of the query parameters. unknown parameter: '{name}'")
    # The former names of the paging parameters still work.
    start = lists.number(query, "start" if "start" in query else "pageStart", 0, 0, 10**9)
    size = lists.number(query, "page_size" if "page_size" in query else "pageSize", 10, 1, 10_000)
    paths = lists.names(query["fields"], INCIDENT_FIELDS) if "fields" in query else None
    leaves = office.incidents.shelf.at(now)
    every = query.get("all", "false") != "false"
    fiql, sort = query.get("query"), query.get("sort")
    by = lists.order(sort, False, INCIDENT_FIELDS.keys() - UNSORTABLE)
    moving = (
        now if office.tenant.archive_after is not None or office.tenant.deleted else 0
    )  # cards leave the list as time goes by

    def find() -> list[str]:
        cards = (
            (key, Glance(office.incidents, leaf, now))
            for key, leaf in leaves.items()
            if office.tenant.there(key, now) and (every or not office.incidents.archived(leaf, now))
        )
        return lists.sorted_keys(lists.found(cards, fiql, INCIDENT_FIELDS), by, f"{fiql} {sort}")

    keys = office.keys(("incidents", fiql, sort, every, moving, office.incidents.shelf.version), find)
    rows = [shown(office.incidents.card(leaves[key], now), paths) for key in keys[start : start + size]]
    if not rows:
        return Answer(None, 204)
    content = written(rows, _form(query))
    if start + size >= len(keys):
        return Answer(content)
    return Answer(content, 206, {"x-next-page-url": call.link(start + size, "pageStart")})


def _form(query: QueryParams) -> Form:
    return "iso8601" if query.get("dateFormat") == "iso8601" else "millis"


def _leaf(call: Call) -> Leaf:
    """The incident that the path names. Raises `MissingError`, and `QueryError` for what is no id."""
    incidents = call.office.incidents
    if "id" in call.path:
        if not _UUID.fullmatch(call.path["id"]):
            raise QueryError(f"'{call.path['id']}' is not a valid UUID")
        key = incidents.key_of.get(call.path["id"].lower())
    else:
        key = incidents.by_number.get(call.path["number"])
    there = key and call.office.tenant.there(key, call.now)
    leaf = incidents.shelf.at(call.now).get(key) if key and there else None
    if leaf is None:
        raise MissingError("The incident could not be found")
    return leaf


def _incident(call: Call) -> Answer:
    return Answer(written(call.office.incidents.card(_leaf(call), call.now), _form(call.query)))


def _entries(leaf: Leaf) -> list[dict[str, Any]]:
    """What was written on a card, newest first; changes of its fields are not among it."""
    entries = []
    for place, step in enumerate(leaf.view.steps):
        if step.kind == "comment":
            writer = pair("person" if step.actor == "requester" else "operator", step.who)
            entry = {
                "id": uid("entry", f"{leaf.view.ticket.key} {place}"),
                "entryDate": Stamp(step.at),
                "creationDate": Stamp(step.at),
                "operator": writer if step.actor in ("person", "automation") else None,
                "person": writer if step.actor == "requester" else None,
                "user": None,
                "memoText": "(&hellip;)",
                "plainText": "(…)",
                "flag": 0,
                "invisibleForCaller": not step.public,
            }
            entries.append(entry)
    return entries[::-1]


def _trail(call: Call) -> Answer:
    return sublist(call, _entries(_leaf(call)))


def _slas(call: Call) -> Answer:
    office = call.office
    size = lists.number(call.query, "page_size", 10, 1, 100)  # and there is no second page
    return Answer({"results": words.agreements(office.world, office.incidents.supplier.key)[:size]})


def _list_of_values(call: Call) -> Answer:
    values = call.office.values.get(call.path["list"])
    if values is None:
        raise MissingError(f"There is no list '{call.path['list']}'")
    return Answer(values)


def _service_list(call: Call) -> Answer:
    return Answer([{"id": number, "name": name} for number, name in service_names(call.office).items()])


CALLS: Final[Mapping[str, Handler]] = {
    "incidents": _incidents,
    "incidents/id/{id}": _incident,
    "incidents/number/{number}": _incident,
    "incidents/id/{id}/progresstrail": _trail,
    "incidents/number/{number}/progresstrail": _trail,
    "incidents/id/{id}/progresstrail/count": lambda call: Answer({"count": len(_entries(_leaf(call)))}),
    "incidents/slas": _slas,
    "incidents/slas/services": _service_list,
    "incidents/{list}": _list_of_values,
    "archiving-reasons": lambda call: Answer([]),
}
"""Path below /tas/api -> what is done."""
