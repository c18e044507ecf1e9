"""The rows of an instance made of a recorded log: incidents as they ended, and their audit on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from connectors.simulators.servicenow_rows import base, group_id, item_id, named, user_id
from connectors.simulators.servicenow_tables import Row, Table, Tables, empty
from connectors.simulators.servicenow_trail import GROUP_METRIC, STATE_METRIC, definitions
from connectors.simulators.servicenow_values import sys_id, time
from core.model import SECOND


class Move(NamedTuple):
    """What is read of every line of the log: "" where it has no value, times as the database writes them."""

    incident_state: str
    priority: str
    assignment_group: str
    sys_updated_by: str
    sys_updated_at: str
    sys_mod_count: str


class Recorded(NamedTuple):
    """An incident of the log: its lines in order, and all columns of the last one."""

    moves: Sequence[Move]
    last: Mapping[str, str]


STATES: Final[Mapping[str, tuple[str, str]]] = {
    "New": ("1", ""), "Active": ("2", ""), "Awaiting Problem": ("3", "3"), "Awaiting Vendor": ("3", "4"),
    "Awaiting User Info": ("4", ""), "Awaiting Evidence": ("5", ""), "Resolved": ("6", ""), "Closed": ("7", ""),
    "Canceled": ("8", ""),
}  # fmt: skip
"""The log's word -> state and hold reason, as instances of that age have them: 3, 4 and 5 are kinds of waiting."""
CHANNELS: Final = {"Self service": "self-service"}


def fill(incidents: Sequence[Recorded]) -> Tables:
    """All tables of an instance that had these incidents."""
    tables = empty()
    groups, users, items, services = (dict[str, None]() for _ in range(4))
    for moves, last in incidents:
        groups |= dict.fromkeys(move.assignment_group for move in moves)
        users |= dict.fromkeys(last[n] for n in ("caller_id", "opened_by", "assigned_to", "resolved_by"))
        items[last["cmdb_ci"]] = services[last["category"]] = None
    _names(tables["sys_user_group"], groups, group_id)
    _names(tables["sys_user"], users, user_id)
    _names(tables["cmdb_ci"], items | services, item_id)
    _names(tables["cmdb_ci_service"], services, item_id)
    for _, name, values in definitions():
        tables[name].put(tables[name].row(values))
    incident, task = tables["incident"], tables["task"]
    incident.fill(incident.row(_incident(recorded)) for recorded in incidents)
    task.fill(base(incident.positions, row, task.positions) for row in incident.by_id.values())
    audit = tables["sys_audit"]
    audit.fill(row for recorded in incidents for row in _audit(audit, recorded))
    return _Recorded(tables, incidents)


class _Recorded(Mapping[str, Table]):
    """The tables; the metric intervals, which few ask for, are made when somebody does."""

    def __init__(self, tables: Tables, incidents: Sequence[Recorded]) -> None:
        self._tables, self._incidents = tables, incidents

    def __getitem__(self, name: str) -> Table:
        table = self._tables[name]
        if name == "metric_instance" and not table.keys:
            table.fill(row for recorded in self._incidents for row in _metrics(table, recorded))
        return table

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def _names(table: Table, names: Mapping[str, None], made: Callable[[str], str]) -> None:
    table.fill(table.row(named(made(name), name)) for name in names if name)


def _values(move: Move) -> dict[str, str]:
    """What is audited of a move; a group that the log does not tell is left out."""
    state, reason = STATES.get(move.incident_state, (move.incident_state, ""))
    found = {"state": state, "incident_state": state, "hold_reason": reason, "priority": move.priority[:1]}
    if move.assignment_group:
        found["assignment_group"] = group_id(move.assignment_group)
    return found


def _incident(recorded: Recorded) -> dict[str, str]:
    first, last = recorded.moves[0], recorded.last
    over = last["resolved_at"] or last["closed_at"]
    return _values(recorded.moves[-1]) | {
        "sys_id": sys_id(f"recorded {last['number']}"), "number": last["number"], "sys_class_name": "incident",
        "sys_domain": "global", "sys_created_on": last["sys_created_at"] or first.sys_updated_at,
        "sys_created_by": last["sys_created_by"], "sys_updated_on": last["sys_updated_at"],
        "sys_updated_by": last["sys_updated_by"], "sys_mod_count": last["sys_mod_count"],
        "short_description": " ".join(filter(None, (last["category"], last["subcategory"]))), "active": last["active"],
        "impact": last["impact"][:1], "urgency": last["urgency"][:1], "escalation": "0", "severity": "3",
        "made_sla": last["made_sla"], "opened_at": last["opened_at"], "opened_by": user_id(last["opened_by"]),
        "resolved_at": last["resolved_at"], "resolved_by": user_id(last["resolved_by"]), "closed_at": last["closed_at"],
        "assigned_to": user_id(last["assigned_to"]), "reassignment_count": last["reassignment_count"],
        "reopen_count": last["reopen_count"], "business_service": item_id(last["category"]),
        "cmdb_ci": item_id(last["cmdb_ci"]), "caller_id": user_id(last["caller_id"]), "category": last["category"],
        "subcategory": last["subcategory"], "problem_id": _reference("problem", last["problem_id"]),
        "rfc": _reference("change", last["rfc"]), "caused_by": _reference("change", last["caused_by"]),
        "contact_type": CHANNELS.get(last["contact_type"], last["contact_type"].lower()), "child_incidents": "0",
        "close_code": last["closed_code"], "approval": "not requested",
        "calendar_duration": _long(last["opened_at"], over),
    }  # fmt: skip


def _audit(table: Table, recorded: Recorded) -> Iterator[Row]:
    held, key = _values(recorded.moves[0]), sys_id(f"recorded {recorded.last['number']}")
    count = 0
    for place, move in enumerate(recorded.moves[1:], 1):
        for name, value in _values(move).items():
            if held.get(name) == value:
                continue
            count += 1
            yield table.row({
                # The log is exact to the minute, and its counts are not always in order: the order of its lines stands
                # in the checkpoint, and in the id as well.
                "sys_id": f"{key[:20]}{count:012x}", "tablename": "incident", "documentkey": key, "fieldname": name,
                "oldvalue": held.get(name, ""), "newvalue": value, "user": move.sys_updated_by,
                "sys_created_on": move.sys_updated_at, "sys_created_by": move.sys_updated_by,
                "record_checkpoint": str(place),
            })  # fmt: skip
            held[name] = value


def _metrics(table: Table, recorded: Recorded) -> Iterator[Row]:
    key = sys_id(f"recorded {recorded.last['number']}")
    for field, definition in (("incident_state", STATE_METRIC), ("assignment_group", GROUP_METRIC)):
        starts: list[tuple[str, str, str]] = []  # value, label, start
        for move in recorded.moves:
            value = _values(move).get(field)
            if value is not None and (not starts or starts[-1][0] != value):
                start = move.sys_updated_at if starts else recorded.last["opened_at"]
                starts.append((value, getattr(move, field), start))
        ends = [start for _, _, start in starts[1:]] + [recorded.last["closed_at"]]
        for place, ((value, label, start), end) in enumerate(zip(starts, ends, strict=False)):
            yield table.row({
                "sys_id": sys_id(f"interval {key} {field} {place}"), "sys_created_on": start,
                "sys_created_by": "system", "sys_updated_on": end or start, "sys_updated_by": "system",
                "sys_mod_count": "1" if end else "0", "definition": sys_id(f"definition {definition}"),
                "table": "incident", "id": key, "field": field, "field_value": value, "value": label, "start": start,
                "end": end, "duration": _long(start, end), "calculation_complete": "true" if end else "false",
            })  # fmt: skip


def _reference(table: str, name: str) -> str:
    """The id of a record that the log names and does not have: a reference that leads nowhere."""
    return sys_id(f"recorded {table} {name}") if name else ""


def _long(start: str, end: str) -> str:
    if not start or not end or end < start:
        return ""
    return time(int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()) * SECOND)
