"""The calls on changes: list, one card, activities, calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.simulators import topdesk_lists as lists
from connectors.simulators.topdesk_changes import Sheet, calendar, detail
from connectors.simulators.topdesk_fields import CHANGE_FIELDS, SORTABLE, USUAL
from connectors.simulators.topdesk_lists import written
from connectors.simulators.topdesk_office import Answer, Call, Handler, MissingError, shown

_FORMER: Final = (
    "id",
    "changeType",
    "phase",
    "open",
    "archived",
)  # filters of before there was `query`; ignored beside it


def _changes(call: Call) -> Answer:
    query, office = call.query, call.office
    start = lists.number(query, "pageStart", 0, 0, 10**9)
    size = lists.number(query, "pageSize", 1000, 1, 5000)
    fields = query.get("fields")
    paths = USUAL if fields is None else None if fields == "all" else lists.names(fields or "id", CHANGE_FIELDS)
    sheets = office.changes.shelf.at(call.now)
    fiql, sort = query.get("query"), query.get("sort")
    by = lists.order(sort or "id", True, SORTABLE)

    former = {} if fiql else {name: query.getlist(name) for name in _FORMER if name in query}

    def find() -> list[str]:
        cards = (
            (key, sheet.card)
            for key, sheet in sheets.items()
            if office.tenant.there(key, call.now)
            and all(_word(sheet.card[name]) in wanted for name, wanted in former.items())
        )
        return lists.sorted_keys(lists.found(cards, fiql, CHANGE_FIELDS), by, f"{fiql} {sort}")

    moving = call.now if office.tenant.deleted else 0
    keys = office.keys(("changes", fiql, sort, str(former), moving, office.changes.shelf.version), find)
    return _results(call, [shown(sheets[key].card, paths) for key in keys[start : start + size]], start, len(keys))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _results(call: Call, rows: Sequence[Any], start: int, total: int) -> Answer:
    content: dict[str, Any] = {"results": written(list(rows), "seconds")}
    if start + len(rows) < total and rows:
        content["next"] = call.link(start + len(rows), "pageStart")
    return Answer(content)


def _sheet(call: Call) -> Sheet:
    changes, name = call.office.changes, call.path["id"]
    key = changes.key_of.get(name.lower()) or changes.by_number.get(name)
    there = key and call.office.tenant.there(key, call.now)
    sheet = changes.shelf.at(call.now).get(key) if key and there else None
    if sheet is None:
        raise MissingError("The change could not be found")
    return sheet


def _change(call: Call) -> Answer:
    return Answer(written(detail(_sheet(call).card), "seconds"))


def _activities(call: Call) -> Answer:
    start = lists.number(call.query, "pageStart", 0, 0, 10**9)
    size = lists.number(call.query, "pageSize", 1000, 1, 5000)
    change = call.query.get("change")
    found = [a for a in _activity_cards(call) if change in (None, a["change"]["id"], a["change"]["number"])]
    return _results(call, found[start : start + size], start, len(found))


def _activity_cards(call: Call) -> Iterable[Mapping[str, Any]]:
    sheets = call.office.changes.shelf.at(call.now).values()
    return (sheet.activity for sheet in sheets if sheet.activity is not None)


def _activity(call: Call) -> Answer:
    for activity in _activity_cards(call):
        if call.path["id"] in (activity["id"], activity["number"]):
            more = {"plannedChangePhase": "progress", "resolvedDate": activity["finalDate"]}
            more |= dict.fromkeys(("skippedDate", "approvedDate", "rejectedDate"))
            return Answer(written({**activity, **more}, "seconds"))
    raise MissingError("The activity could not be found")


def _calendar(call: Call) -> Answer:
    start, end = lists.date(call.query, "start"), lists.date(call.query, "end")
    entries = [e for sheet in call.office.changes.shelf.at(call.now).values() for e in calendar(sheet)]
    return Answer({"results": written([e for e in entries if e["start"] < end and e["end"] > start], "seconds")})


def _trail(call: Call) -> Answer:
    _sheet(call)
    return Answer({"results": []})


CALLS: Final[Mapping[str, Handler]] = {
    "operatorChanges": _changes,
    "operatorChanges/{id}": _change,
    "operatorChanges/{id}/progresstrail": _trail,
    "operatorChangeActivities": _activities,
    "operatorChangeActivities/{id}": _activity,
    "changeCalendar": _calendar,
}
"""Path below /tas/api -> what is done."""
