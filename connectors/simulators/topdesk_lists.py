"""Lists as TOPdesk gives them: paging by two sets of names, sorting, a choice of fields, three forms of dates."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from starlette.datastructures import QueryParams

from connectors.simulators.ordering import comparable
from connectors.simulators.topdesk_fiql import FiqlError, parse, value
from core.model import Instant, to_datetime, to_instant

Form: TypeAlias = Literal["millis", "iso8601", "seconds"]
FORMS: Final[Mapping[Form, str]] = {
    "millis": "%Y-%m-%dT%H:%M:%S.{:03d}+0000",  # incidents
    "iso8601": "%Y-%m-%dT%H:%M:%SZ",  # incidents when asked, and the reporting feed
    "seconds": "%Y-%m-%dT%H:%M:%S+0000",  # changes
}


class Stamp(int):
    """A moment on a card: an `Instant` that is written as a date."""


class QueryError(ValueError):
    """A parameter is wrong; the text is what TOPdesk answers with 400."""


def written(thing: Any, form: Form) -> Any:
    """A card, or a part of one, as JSON with its dates in this form."""
    if isinstance(thing, Stamp):
        moment = to_datetime(thing)
        return moment.strftime(FORMS[form]).format(moment.microsecond // 1000)
    if isinstance(thing, dict):
        return {name: written(part, form) for name, part in thing.items()}
    if isinstance(thing, list):
        return [written(part, form) for part in thing]
    return thing


def number(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    """A whole number in a range. Raises `QueryError`."""
    text = query.get(name, str(default))
    if not text.lstrip("-").isdigit() or not least <= int(text) <= most:
        raise QueryError(f"Error parsing one of the query parameters. {name} must be between {least} and {most}")
    return int(text)


def found(
    cards: Iterable[tuple[str, Mapping[str, Any]]], query: str | None, fields: Mapping[str, str]
) -> list[tuple[str, Mapping[str, Any]]]:
    """The cards that a FIQL query wants, with their keys. Raises `QueryError`."""
    if query is None:
        return list(cards)
    try:
        test = parse(query, {name: kind for name, kind in fields.items() if kind != "link"})
    except FiqlError as error:
        raise QueryError(str(error)) from error
    return [(key, card) for key, card in cards if test(card)]


def order(text: str | None, falling: bool, known: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """The (field, falling) pairs of a `sort` parameter; `falling` without a word. Raises `QueryError`."""
    fields, sortable = [], set(known)
    for part in (text or "").split(",") if text else ():
        name, _, way = part.strip().partition(":")
        if name not in sortable or way not in ("", "asc", "desc"):
            raise QueryError(f"Error parsing one of the query parameters. cannot sort by '{part.strip()}'")
        fields.append((name, way == "desc" if way else falling))
    return tuple(fields)


def sorted_keys(cards: Iterable[tuple[str, Mapping[str, Any]]], by: Sequence[tuple[str, bool]], salt: str) -> list[str]:
    """Keys of cards in order. Equal ones stand in an order of their own, the same for the same `salt` only."""
    rows = [
        (comparable((value(card, name), falling) for name, falling in by), zlib.crc32(f"{salt} {key}".encode()), key)
        for key, card in cards
    ]
    rows.sort()
    return [key for _, _, key in rows]


def names(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The paths of a `fields` parameter. Raises `QueryError` for one that cards do not have."""
    every = set(known)
    parents = {path.rsplit(".", depth)[0] for path in every for depth in range(1, path.count(".") + 1)}
    asked = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in asked:
        if name not in every | parents:
            raise QueryError(f"Error parsing one of the query parameters. fields contains unknown field: '{name}'")
    return asked


def chosen(card: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Of a card what stands at these paths, nested as it is there."""
    part: dict[str, Any] = {}
    for path in paths:
        at, source = part, card
        *way, last = path.split(".")
        for name in way:
            inner = source.get(name)
            if not isinstance(inner, Mapping):
                at.setdefault(name, None)
                break
            source = inner
            at = at.setdefault(name, {})
        else:
            at[last] = source.get(last)
    return part


def date(query: QueryParams, name: str) -> Instant:
    """A mandatory moment. Raises `QueryError`."""
    try:
        moment = datetime.fromisoformat(query.get(name, ""))
        if moment.tzinfo is None:
            raise ValueError
    except ValueError:
        raise QueryError(f"Error parsing one of the query parameters. {name} must be a date with an offset") from None
    return to_instant(moment)
