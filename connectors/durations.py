"""Lengths of time as systems write them: numbers of a unit, ISO 8601 durations, and clocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from core.model import SECOND

_UNITS: Final[Mapping[str, float]] = {
    "milliseconds": SECOND / 1000,
    "seconds": SECOND,
    "minutes": 60 * SECOND,
    "hours": 3600 * SECOND,
}
_ISO: Final = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"(?:(\d+)[ .])?(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?")
_PARTS: Final[Mapping[str, int]] = {"weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}


def duration(text: str, unit: str) -> int:
    """Microseconds. Years and months have no fixed length and are refused. Raises `ValueError`."""
    if unit == "iso":
        found = _ISO.fullmatch(text)
        if found is None or text[-1] in "PTpt":
            raise ValueError(f"{text!r} is no ISO 8601 duration of weeks, days, hours, minutes and seconds")
        return round(sum(float(part) * _PARTS[name] for name, part in found.groupdict().items() if part) * SECOND)
    if unit == "clock":
        clock = _CLOCK.fullmatch(text)
        if clock is None:
            raise ValueError(f"{text!r} is no length as hours:minutes or hours:minutes:seconds")
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return round((days * 86_400 + hours * 3600 + minutes * 60 + seconds) * SECOND)
    value = float(text) * _UNITS[unit]
    if not abs(value) < 2.0**62:
        raise ValueError(f"{text!r} is no length of time")
    return round(value)
