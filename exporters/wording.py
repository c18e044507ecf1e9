"""Numbers for people: 99.95 %, 3 h 12 min, 12 345, 4 min ago; rounding happens here and nowhere before."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from core.model import SECOND, Instant, to_datetime

SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
"""Between a number and its unit, and between thousands."""
MINUS: Final = "\N{MINUS SIGN}"

_DIGITS: Final = 5  # decimals beyond which a percentage is no longer read, only told apart from 100 %
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def percent(ratio: float, digits: int = 1) -> str:
    """A ratio as a percentage with that many decimals: more where it would else read 0 or 100 and is not."""
    text = f"{abs(ratio) * 100:.{digits}f}"
    while digits < _DIGITS and float(text) in (0.0, 100.0) and float(text) != abs(ratio) * 100:
        digits += 1
        text = f"{abs(ratio) * 100:.{digits}f}"
    return f"{MINUS if ratio < 0 and float(text) else ''}{text}{SPACE}%"


def goal(ratio: float) -> str:
    """A configured ratio as a percentage with all the decimals that it was written with."""
    return f"{ratio * 100:.10g}{SPACE}%"


def duration(seconds: float) -> str:
    """A span of time in its two largest units, rounded to the smaller one; finer below ten seconds."""
    sign, seconds = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    if 0 < seconds < 0.9995:
        return f"{sign}{max(1, round(seconds * 1000))}{SPACE}ms"
    if 0 < seconds < 9.95:
        return f"{sign}{seconds:.1f}{SPACE}s"
    finest = 1 if seconds < 3_600 else 60 if seconds < 86_400 else 3_600
    rest = round(seconds / finest) * finest
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{SPACE}{unit}")
    return sign + (" ".join(parts[:2]) or f"0{SPACE}s")


def number(value: float) -> str:
    """A count with its thousands apart."""
    return f"{value:,.0f}".replace(",", SPACE).replace("-", MINUS)


def ago(instant: Instant, now: Instant) -> str:
    """How long before `now` an instant lies: "4 min ago", "just now" within ten seconds."""
    seconds = (now - instant) / SECOND
    if seconds < -10:
        return f"in {duration(-seconds)}"
    if seconds < 10:
        return "just now"
    unit, size = next((unit, size) for unit, size in _UNITS if seconds >= size)
    return f"{int(seconds // size)}{SPACE}{unit} ago"


def moment(instant: Instant, zone: str) -> str:
    """Date and time in a zone, to the minute: "24 Nov 2026, 11:06 CET"."""
    local = to_datetime(instant).astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M %Z}"
