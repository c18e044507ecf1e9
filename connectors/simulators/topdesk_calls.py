"""Every call a TOPdesk tenant answers below /tas/api, with the right that each one needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.simulators import topdesk_change_calls as change_calls
from connectors.simulators import topdesk_incident_calls as incident_calls
from connectors.simulators import topdesk_lists as lists
from connectors.simulators.topdesk_office import Answer, Call, Handler, MissingError, service_names, sublist
from connectors.simulators.topdesk_tenant import pair, uid


def _groups(call: Call) -> Answer:
    groups = [{"id": uid("operator group", g.name), "groupName": g.name} for g in call.office.incidents.supplier.groups]
    return sublist(call, groups)


def _group_names(call: Call) -> Answer:
    return Answer({"results": [pair("operator group", g.name) for g in call.office.incidents.supplier.groups]})


def _suppliers(call: Call) -> Answer:
    own = call.office.incidents.supplier.key
    flags = {"forFirstLine": True, "forSecondLine": True, "forService": True, "forOperationalActivity": False}
    others = [s for s in call.office.world.suppliers if s.key != own]
    return sublist(call, [{**pair("supplier", s.title), **flags, "forChangeManagement": True} for s in others])


def _services(call: Call) -> Answer:
    lists.number(call.query, "$top", 1000, 1, 10_000)
    flags = {"availableForIncidents": True, "availableForReservations": False}
    rows = [{"id": number, "name": name, **flags} for number, name in service_names(call.office).items()]
    return Answer({"results": rows[: int(call.query.get("$top", 1000))]})


def _linked_assets(call: Call) -> Answer:
    name = service_names(call.office).get(call.path["id"])
    if name is None:
        raise MissingError("The service could not be found")
    own = call.office.incidents.supplier.key
    items = sorted({t.item for t in call.office.world.of(own) if t.service_name == name and t.item})
    return Answer({"results": [{**pair("object", i), "assetId": uid("asset", i)} for i in items]})


def _operator(call: Call) -> Answer:
    card = {"id": uid("operator", call.login), "status": "operator", "loginName": call.login, "apiAccount": True}
    return Answer({**card, "dynamicName": call.login, "archived": False, "language": call.office.tenant.language})


SUPPORT: Final[Mapping[str, tuple[str, Handler]]] = {
    "version": ("", lambda call: Answer({"version": "4.2.6"})),
    "productVersion": ("", lambda call: Answer({"major": 15, "minor": 10, "patch": 4})),
    "operators/current": ("", _operator),
    "operatorgroups": ("", _groups),
    "operatorgroups/lookup": ("", _group_names),
    "suppliers": ("", _suppliers),
    "services": ("services", _services),
    "services/{id}/linkedAssets": ("services", _linked_assets),
}

CALLS: Final[Mapping[str, tuple[str, Handler]]] = {
    **SUPPORT,
    **{path: ("incidents", handler) for path, handler in incident_calls.CALLS.items()},
    **{path: ("changes", handler) for path, handler in change_calls.CALLS.items()},
}
"""Path below /tas/api -> the module whose right it needs ("" for none), and what is done."""
