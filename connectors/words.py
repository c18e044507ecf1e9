"""The small words of the manifest language: what a text in a manifest may be, checked while it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from connectors.paths import PathError, check_path
from connectors.template import Template, TemplateError
from core.model import SECOND

SAID_ZONE: Final = re.compile(r"\$((?:options|found)\.[a-z][a-z0-9_]*)")


def zone_of(said: str, values: Mapping[str, Any]) -> str:
    """The name of a time zone, where it is an option or a found value: what that holds; UTC where it is empty.

    Raises `ValueError` where what it holds is no time zone.
    """
    found = SAID_ZONE.fullmatch(said)
    name = said if found is None else str(values.get(found[1]) or "UTC")
    return _zone(name)


class Strict(BaseModel):
    """A mapping in a manifest: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_UNITS: Final = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND}
_HEADER: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_DURATION: Final = re.compile(r"(\d+)(ms|s|m|h|d)")


def _duration(text: Any) -> int:
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a duration is a number with a unit: 30s, 5m, 8h, 30d")
    return int(found[1]) * _UNITS[found[2]]


def _path(text: str) -> str:
    try:
        check_path(text)
    except PathError as error:
        raise ValueError(str(error)) from error
    return text


def _template(text: str) -> str:
    try:
        Template(text)
    except TemplateError as error:
        raise ValueError(str(error)) from error
    return text


def _tree(value: Any) -> Any:
    """A JSON value whose texts are templates."""
    if isinstance(value, str):
        _template(value)
    elif isinstance(value, dict):
        for part in value.values():
            _tree(part)
    elif isinstance(value, list):
        for part in value:
            _tree(part)
    return value


def _zone(name: str) -> str:
    if SAID_ZONE.fullmatch(name):
        return name  # what the operator says, or the system itself
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"{name!r} is no time zone; write it as Europe/Amsterdam or UTC, or name an option: $options.x"
        ) from error
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return text


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header: letters, digits and - only, and no line break")
    return name


def _word(value: Any) -> Any:
    """YAML reads 1 and true as what they are; in a map of values they are words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Duration: TypeAlias = Annotated[int, BeforeValidator(_duration, json_schema_input_type=str)]
"""Microseconds, written with a unit."""
Path: TypeAlias = Annotated[str, AfterValidator(_path)]
"""Where in a record a value stands: names with dots between, or a JMESPath expression."""
Text: TypeAlias = Annotated[str, AfterValidator(_template)]
"""A text with placeholders: `{name}`, `{name|filter:argument}`."""
Tree: TypeAlias = Annotated[Any, AfterValidator(_tree)]
"""JSON with placeholders in its texts."""
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Header: TypeAlias = Annotated[str, AfterValidator(_header)]
"""The name of a header."""
Pattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]
"""A regular expression."""
Word: TypeAlias = Annotated[str, BeforeValidator(_word, json_schema_input_type=str | int | float | bool)]
"""A value as text: `true`, `1` and `"1"` are the same."""
Words: TypeAlias = Annotated[tuple[Word, ...], BeforeValidator(_list, json_schema_input_type=Word | list[Word])]
"""One word or a list of them."""
Paths: TypeAlias = Annotated[tuple[Path, ...], BeforeValidator(_list, json_schema_input_type=str | list[str])]
"""One path or a list of them; of a list the first that gives something counts."""
