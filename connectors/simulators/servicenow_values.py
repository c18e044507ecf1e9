"""How ServiceNow writes values: UTC times without zone, durations as dates from 1970, people's forms in their zone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from connectors.simulators.servicenow_schema import Column
from core.model import SECOND, Instant

BEGIN: Final = "2015-01-01 00:00:00"
"""When the instance was set up: the age of its groups, items and choices."""
_FORM: Final = "%Y-%m-%d %H:%M:%S"


@lru_cache(maxsize=32_768)
def sys_id(what: str) -> str:
    """The id of a record that is known by other words: 32 hexadecimal digits, the same for the same words."""
    return hashlib.md5(what.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=65_536)
def time(instant: Instant | None) -> str:
    """An instant as the database has it, whole seconds of UTC; "" for none."""
    if instant is None:
        return ""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // SECOND)).strftime(_FORM)


def duration(start: Instant | None, end: Instant | None) -> str:
    """The time between two instants, counted on from 1970-01-01; "" where one is missing or they are the wrong way."""
    return "" if start is None or end is None or end < start else time((end - start) // SECOND * SECOND)


def seconds(start: Instant | None, end: Instant | None) -> str:
    """The whole seconds between two instants; "" where one is missing."""
    return "" if start is None or end is None else str((end - start) // SECOND)


def is_time(text: str) -> bool:
    """Whether a text is a time in the database's form."""
    if len(text) != 19:
        return False
    try:
        datetime.strptime(text, _FORM)  # noqa: DTZ007  # only looked at
    except ValueError:
        return False
    return True


def shown(column: Column, value: str, zone: ZoneInfo) -> str | None:
    """What a person sees of a value that is no reference; None for an empty choice."""
    if value in column.labels:
        return column.labels[value]
    if column.kind == "choice":
        return value or None
    if column.kind == "datetime" and is_time(value):
        moment = datetime.strptime(value, _FORM).replace(tzinfo=UTC)
        return moment.astimezone(zone).strftime(_FORM)
    if column.kind == "duration" and is_time(value):
        return _words(datetime.strptime(value, _FORM) - datetime(1970, 1, 1))  # noqa: DTZ001, DTZ007  # a length
    if column.kind == "integer" and value.lstrip("-").isdigit():
        return f"{int(value):,}"
    return value


def _words(length: timedelta) -> str:
    hours, rest = divmod(length.seconds, 3600)
    parts = [(length.days, "Day"), (hours, "Hour"), (rest // 60, "Minute")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or f"{rest % 60} Seconds"
