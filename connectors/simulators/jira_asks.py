"""What a caller of Jira Cloud asks for, read as strictly as Jira reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.datastructures import QueryParams

from connectors.simulators import jira_site as site
from connectors.simulators.jira_search import Ask, RefusalError

_SEARCH: Final[Mapping[str, type]] = {
    "jql": str, "nextPageToken": str, "maxResults": int, "fields": list, "expand": str, "properties": list,
    "fieldsByKeys": bool, "failFast": bool, "reconcileIssues": list,
}  # fmt: skip
_BULK: Final[Mapping[str, type]] = {"issueIdsOrKeys": list, "fieldIds": list, "maxResults": int, "nextPageToken": str}


class UnreadableError(Exception):
    """A query parameter that is not even of its type; Jira answers in another form then."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """One call of changelog/bulkfetch."""

    issues: tuple[str, ...]
    fields: frozenset[str]  # nothing: all
    most: int
    token: str | None


def search_query(query: QueryParams) -> Ask:
    """A search by GET. Raises `RefusalError` and `UnreadableError`."""
    fields = [name.strip() for text in query.getlist("fields") for name in text.split(",") if name.strip()]
    return _ask(
        query.get("jql", ""),
        query.get("nextPageToken"),
        number(query, "maxResults", 50),
        fields,
        query.get("expand", ""),
        query.getlist("properties"),
        query.getlist("reconcileIssues"),
    )


def search_body(body: bytes) -> Ask:
    """A search by POST. Raises `RefusalError`."""
    said = properties(body, _SEARCH)
    return _ask(
        said.get("jql", ""),
        said.get("nextPageToken"),
        said.get("maxResults", 50),
        said.get("fields", []),
        said.get("expand", ""),
        said.get("properties", []),
        said.get("reconcileIssues", []),
    )


def count_body(body: bytes) -> str:
    """The query of an approximate count. Raises `RefusalError`."""
    return str(properties(body, {"jql": str}).get("jql", ""))


def bulk_body(body: bytes) -> Bulk:
    """A call of changelog/bulkfetch. Raises `RefusalError`."""
    said = properties(body, _BULK)
    issues, fields, most = said.get("issueIdsOrKeys", []), said.get("fieldIds", []), said.get("maxResults", 1000)
    if not 1 <= len(issues) <= 1000:
        raise RefusalError("issueIdsOrKeys must hold between 1 and 1000 issues.")
    if len(fields) > 10:
        raise RefusalError("fieldIds must not hold more than 10 fields.")
    if not 1 <= most <= 10_000:
        raise RefusalError("maxResults must be between 1 and 10000.")
    return Bulk(tuple(str(issue) for issue in issues), frozenset(fields), most, said.get("nextPageToken"))


def properties(body: bytes, known: Mapping[str, type]) -> Mapping[str, Any]:
    """The properties of a JSON body, every one declared and of its type. Raises `RefusalError`."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusalError("Invalid request payload. Refer to the REST API documentation and try again.") from error
    fits = isinstance(said, dict) and all(
        name in known and isinstance(value, known[name]) and (known[name] is not int or not isinstance(value, bool))
        for name, value in said.items()
    )
    if not fits:
        raise RefusalError("Invalid request payload. Refer to the REST API documentation and try again.")
    return said  # type: ignore[no-any-return]


def number(query: QueryParams, name: str, default: int) -> int:
    """A whole number out of the query string. Raises `UnreadableError`."""
    try:
        return int(query.get(name, default))
    except ValueError as error:
        raise UnreadableError(f"Failed to convert '{name}' with value: '{query[name]}'") from error


def wanted(fields: Iterable[str]) -> list[str]:
    """The ids of the fields that are asked for; names Jira does not know are passed over in silence."""
    asked = list(fields)
    every = [field.id for field in site.FIELDS if field.id != "parent"]
    taken = [name for name in asked if not name.startswith("-")]
    if not taken or {"*all", "*navigable"} & set(taken):
        return [name for name in every if "-" + name not in asked]
    return [name for name in every if name in taken]


def _ask(
    jql: str, token: str | None, most: int, fields: list[str], expand: str, told: list[str], reconcile: list[Any]
) -> Ask:
    if len(told) > 5:
        raise RefusalError("The properties parameter must not hold more than 5 properties.")
    if len(reconcile) > 50 or not all(str(number).isdigit() for number in reconcile):
        raise RefusalError("The reconcileIssues parameter must hold at most 50 numeric issue ids.")
    expands = frozenset(name.strip() for name in expand.split(",") if name.strip())
    return Ask(jql, token or None, most, tuple(fields) or ("id",), expands, tuple(int(n) for n in reconcile))
