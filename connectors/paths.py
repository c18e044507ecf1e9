"""Paths into records: compiled once, plain ones into direct lookups, the others with JMESPath."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, Final

import jmespath
import orjson
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

_PLAIN: Final = re.compile(r"\w+(\.\w+)*")  # more than JMESPath takes bare: keys that are numbers, as of columns
_FLAT: Final = re.compile(r"[\w.@ /-]+")
_HOLE: Final = re.compile(r"\$((?:options|found)\.[a-z][a-z0-9_]*)")
_QUOTED: Final = re.compile(rf"'{_HOLE.pattern}'")


class PathError(ValueError):
    """A text that is no path; the message says what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path."""

    text: str
    get: Callable[[Any], Any] = field(repr=False)  # what stands there in one record; None where there is nothing
    column: Callable[[Sequence[Any]], list[Any]] = field(repr=False)  # the same for many records
    roots: frozenset[tuple[str, ...]] = frozenset()  # what a server must send for it


NOTHING: Final = Path("", lambda record: None, lambda records: [None] * len(records))
"""The path of a value that this installation does not have."""


def check_path(text: str) -> None:
    """Raises `PathError` where the text cannot be a path, whatever its placeholders stand for."""
    compile_path(_HOLE.sub("x", text))


def holes(text: str) -> frozenset[str]:
    """The placeholders in a path: `$options.name`, `$found.name`, without the sign."""
    return frozenset(_HOLE.findall(text))


def plain(text: str) -> tuple[str, ...] | None:
    """The names of a path that is nothing but names; None of any other."""
    return tuple(text.split(".")) if _PLAIN.fullmatch(text) else None


def compile_path(text: str, flat: bool = False, values: Mapping[str, Any] | None = None) -> Path:
    """A path, its placeholders filled from `values`; `NOTHING` where one of them is empty.

    `flat`: the records are flat and their keys hold dots: what looks like names with dots is one key.
    """
    values = values or {}
    if any(values.get(name) in (None, "") for name in holes(text)):
        return NOTHING
    text = _fill(text, values)
    if flat and _FLAT.fullmatch(text):
        return _key(text)
    if text == "@":
        return Path(text, lambda record: record, list, frozenset({()}))
    if names := plain(text):
        return _key(text) if len(names) == 1 else _nested(text, names)
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        reason = str(error).strip().splitlines()[0].rstrip(": ")
        at = getattr(error, "lex_position", None)
        where = f" at sign {at + 1}" if isinstance(at, int) and at >= 0 else " at its end" if at is not None else ""
        raise PathError(f"{text!r} is no path: {reason}{where}") from error
    for name in _called(compiled.parsed):
        if name not in _FUNCTIONS:
            near = get_close_matches(name, _FUNCTIONS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(_FUNCTIONS))}"
            raise PathError(f"{text!r} is no path: there is no function {name!r}{hint}")

    def search(record: Any) -> Any:
        try:
            return compiled.search(record)
        except JMESPathError:  # a function met another type than it is for: there is nothing to be found here
            return None

    return Path(
        text,
        search,
        lambda records: [search(record) for record in records],
        frozenset(_roots(compiled.parsed)),
    )


_FUNCTIONS: Final = frozenset(Functions.FUNCTION_TABLE)


def _called(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of the functions that an expression calls."""
    if node["type"] == "function_expression":
        yield str(node["value"])
    for child in node["children"]:
        yield from _called(child)


def _key(name: str) -> Path:
    def get(record: Any) -> Any:
        return record.get(name) if isinstance(record, dict) else None

    pick = itemgetter(name)

    def column(records: Sequence[Any]) -> list[Any]:
        try:
            return list(map(pick, records))
        except KeyError:  # not every record has it
            return [record.get(name) for record in records]

    return Path(name, get, column, frozenset({(name,)}))


def _nested(text: str, names: tuple[str, ...]) -> Path:
    def get(record: Any) -> Any:
        for name in names:
            if not isinstance(record, dict):
                return None
            record = record.get(name)
        return record

    head, *rest = names

    def column(records: Sequence[Any]) -> list[Any]:
        found = [record.get(head) for record in records]
        for name in rest:
            found = [value.get(name) if value.__class__ is dict else None for value in found]
        return found

    return Path(text, get, column, frozenset({names}))


def _fill(text: str, values: Mapping[str, Any]) -> str:
    def quoted(hole: re.Match[str]) -> str:
        # As a JSON literal every value can be written; in single quotes a backslash at the end could not.
        return "`" + orjson.dumps(str(values[hole[1]])).decode().replace("`", "\\u0060").replace("$", "\\u0024") + "`"

    def bare(hole: re.Match[str]) -> str:
        return _name(str(values[hole[1]]), alone=hole[0] == text)

    return _HOLE.sub(bare, _QUOTED.sub(quoted, text))


def _name(value: str, alone: bool) -> str:
    """A value as a name in a path; as the whole path it may be a path itself."""
    if alone or re.fullmatch(r"[A-Za-z_]\w*", value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ONWARD: Final = frozenset(
    ("index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe", "slice")
)
_ASIDE: Final = frozenset(("literal", "index", "expref"))
_WHOLE: Final = frozenset(("current", "identity"))


def _prefix(node: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The names with which a node begins, and whether it is nothing but names."""
    if node["type"] == "field":
        return (str(node["value"]),), True
    if node["type"] == "subexpression":
        names: tuple[str, ...] = ()
        for child in node["children"]:
            more, whole = _prefix(child)
            names += more
            if not whole:
                return names, False
        return names, True
    if node["type"] in _ONWARD and node["children"]:
        return _prefix(node["children"][0])[0], False
    return (), False


def _roots(node: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """What an expression reads of the record itself: the names on the left of each of its parts, or all of it."""
    names, _ = _prefix(node)
    if node["type"] in _WHOLE:
        yield ()
    elif names:
        yield names
    elif node["type"] in _ONWARD and node["children"]:
        yield from _roots(node["children"][0])
    elif node["type"] not in _ASIDE:
        for child in node["children"]:
            yield from _roots(child)
