"""OData as far as the reporting feed reads it: filters, orders, where a reading goes on."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from starlette.datastructures import QueryParams

from connectors.simulators.ordering import comparable
from connectors.simulators.topdesk_lists import QueryError
from core.model import to_instant

Row: TypeAlias = Mapping[str, Any]

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "gt": lambda left, right: left is not None and bool(left > right),
    "ge": lambda left, right: left is not None and bool(left >= right),
    "lt": lambda left, right: left is not None and bool(left < right),
    "le": lambda left, right: left is not None and bool(left <= right),
}
_CONDITION: Final = re.compile(r"\(?\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s()]+)\s*\)?")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a `$filter`; they are joined by "and"."""

    column: str
    operator: str
    literal: Any

    def holds(self, row: Row) -> bool:
        """Whether a row meets it. Raises `QueryError` for a column that rows do not have."""
        if self.column not in row:
            raise QueryError(f"Could not find a property named '{self.column}'.")
        try:
            return _COMPARE[self.operator](row[self.column], self.literal)
        except TypeError:
            raise QueryError(f"The literal in '$filter' is not of the type of '{self.column}'.") from None


def conditions(text: str | None) -> list[Condition]:
    """The comparisons of a `$filter`, joined by "and". Raises `QueryError` for anything else."""
    found = []
    for part in re.split(r"\s+and\s+", text.strip()) if text else ():
        read = _CONDITION.fullmatch(part)
        if read is None:
            raise QueryError(f"Syntax error in '$filter' at '{part}'.")
        found.append(Condition(read[1], read[2], _literal(read[3])))
    return found


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[text]
    if _ID.fullmatch(text):
        return text
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(f"Unrecognized literal '{text}' in '$filter'.") from None
    if moment.tzinfo is None:
        raise QueryError(f"The literal '{text}' in '$filter' has no offset.")
    return to_instant(moment)


def order_by(text: str | None, rows: Sequence[Row]) -> list[tuple[str, bool]]:
    """The (column, falling) pairs of an `$orderby`; without one rows come by id, which is no order in time."""
    order = []
    for part in text.split(",") if text else ():
        name, _, way = part.strip().partition(" ")
        if way not in ("", "asc", "desc") or (rows and name not in rows[0]):
            raise QueryError(f"Could not order by '{part.strip()}'.")
        order.append((name, way == "desc"))
    return order


def compare(place: Sequence[Any], order: Sequence[tuple[str, bool]]) -> tuple[Any, ...]:
    """What compares rows by the values they have in the columns of an order."""
    return comparable((value, falling) for value, (_, falling) in zip(place, order, strict=True))


def next_link(url: str, query: QueryParams, last: Sequence[Any], served: int) -> str:
    """The address of the page after the row with these sort values."""
    token = base64.urlsafe_b64encode(json.dumps(list(last)).encode()).decode()
    kept = [(name, text) for name, text in query.items() if name not in ("$skip", "$skiptoken", "$served")]
    return f"{url}?{QueryParams([*kept, ('$served', str(served)), ('$skiptoken', token)])}"


def place_of(token: str, columns: int) -> list[Any]:
    """The sort values in a token. Raises `QueryError`."""
    try:
        place = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError):
        raise QueryError("The $skiptoken is invalid.") from None
    if not isinstance(place, list) or len(place) != columns:
        raise QueryError("The $skiptoken belongs to another query.")
    return place


def whole(query: QueryParams, name: str, default: int) -> int:
    """A whole number out of the query. Raises `QueryError`."""
    text = query.get(name, str(default))
    if not text.isdigit():
        raise QueryError(f"The value of '{name}' must be a whole number.")
    return int(text)
