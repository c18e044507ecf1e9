"""The forms in which a person writes durations, addresses, zones and dates: each is read, or refused with a reason.

A reason is the rest of a sentence that begins with what was written: "is no duration; write 15m". Where what was
written may hold a secret, it is a whole sentence, raised as `UnshownError`.
"""

from __future__ import annotations

import re
from datetime import date, time
from functools import cache
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from core.calendar import public_holidays
from core.catalogue import DAY, INTEGRATOR, UNMAPPED
from core.model import SECOND, Part
from core.settings.mistakes import hint

KEY: Final = r"[a-z][a-z0-9_-]*"
DURATION: Final = r"[1-9][0-9]*[smhd]"
MEETING_DAY: Final = r"(first|second|third|fourth|last) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"

_UNITS: Final = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY}
_LONGEST: Final = 36_600 * DAY
_WEEKS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}


class UnshownError(ValueError):
    """The value must not be repeated; the reason is a whole sentence."""


def duration(text: str) -> int:
    """Microseconds of `90s`, `15m`, `8h`, `30d`; more than none, at most a hundred years."""
    match = re.fullmatch(r"([0-9]+)([smhd])", text)
    if match is None:
        raise ValueError("is no duration; write a whole number and its unit: 90s, 15m, 8h or 30d")
    if not re.fullmatch(DURATION, text):
        raise ValueError("must be more than nothing and without leading zeros, such as 90s")
    if len(match[1]) > 10 or (length := int(match[1]) * _UNITS[match[2]]) > _LONGEST:
        raise ValueError("is longer than a hundred years")
    return length


def duration_or_never(text: str) -> int | None:
    """Microseconds of a duration; None for `never`."""
    if text == "never":
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise ValueError(f"{error}; or `never`") from error


def window(text: str) -> int:
    """Microseconds of a rolling window."""
    if text in ("month", "last_month"):
        raise ValueError("is always there; leave it out")
    return duration(text)


def supplier_key(text: str) -> str:
    """The name of a supplier, a label value."""
    if text == INTEGRATOR:
        raise ValueError("is the party that is no supplier; call the supplier something else")
    return _key(text)


def service_key(text: str) -> str:
    """The name of a service, a label value."""
    if text == UNMAPPED:
        raise ValueError("stands for tickets without a service; call the service something else")
    return _key(text)


def component(text: str) -> str:
    """The name of a component, as it follows the slash in `supplier/component`."""
    if not text or text != text.strip() or "/" in text:
        raise ValueError("is no name for a component; it needs a character and has neither / nor blanks around it")
    return text


def part(text: str) -> Part:
    """A component of a supplier: `acme/web-hosting`."""
    supplier, slash, name = text.partition("/")
    if not slash or not re.fullmatch(KEY, supplier):
        raise ValueError("is no supplier/component, such as acme/web-hosting")
    return Part(supplier, component(name))


def some(text: str) -> str:
    """A text with something in it."""
    if not text.strip():
        raise ValueError("is blank; write something, or delete it")
    return text


def zone(text: str) -> str:
    """A time zone of the tz database."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = hint(text, available_timezones())
        raise ValueError(
            f"is no time zone; {close if 'mean' in close else 'write one such as Europe/Amsterdam'}"
        ) from None
    return text


def holiday_calendar(text: str) -> str:
    """A country, or a part of one, whose public holidays are known: `NL`, `DE-BY`."""
    country, dash, subdivision = text.partition("-")
    known = _countries()
    if country.upper() not in known:
        raise ValueError("is no holiday calendar; write a country code such as NL, or a part of one such as DE-BY")
    if country not in known:
        raise ValueError(f"is no holiday calendar; write {country.upper()}{dash}{subdivision}")
    if dash and not subdivision:
        raise ValueError(f"is no holiday calendar; write {country}")
    try:
        public_holidays(text, 2024)
    except ValueError:
        parts = hint(subdivision, known[country], f"write {country}")
        raise ValueError(f"names no part of {country} that has holidays of its own; {parts}") from None
    return text


@cache
def _countries() -> dict[str, list[str]]:
    import holidays  # a tenth of a second: only who names a holiday calendar pays for it

    return holidays.list_supported_countries()


def day(text: str) -> date:
    """A date: `2026-01-31`."""
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no date; write it as 2026-01-31") from None


def clock(text: str) -> time:
    """A time of day: `14:00`."""
    if not re.fullmatch(CLOCK, text):
        raise ValueError("is no time of day; write it as 09:30 or 14:00")
    return time(int(text[:2]), int(text[3:]))


def meeting_day(text: str) -> tuple[int, int]:
    """Week of the month (1 to 4, -1 for the last) and weekday (0 for Monday) of `second tuesday`."""
    if not re.fullmatch(MEETING_DAY, text):
        raise ValueError("is no day of a month; write it as second tuesday (first to fourth, or last)")
    week, weekday = text.split()
    return _WEEKS[week], WEEKDAYS.index(weekday)


def ratio(number: float) -> float:
    """A share from 0 to 1."""
    if not 0 <= number <= 1:
        raise ValueError("lies outside 0 to 1; 99.9 % is written 0.999")
    return number


def weight(number: float) -> float:
    """How much something counts; 0 is not at all."""
    if not 0 <= number < 1e9:
        raise ValueError("is no weight; write a number from 0 on")
    return number


def listen(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9877`, `[::1]:9877` or `:9877`.

    An empty host is every address of the machine, port 0 any free one.
    """
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^\s:/\[\]@]*):([0-9]{1,5})", text)
    if match is None or int(match[2]) > 65535:
        raise ValueError("is no address to listen on; write host:port, such as 127.0.0.1:9877 or [::1]:9877")
    return match[1].strip("[]"), int(match[2])


def base_url(text: str) -> str:
    """The address of a system, without a slash at its end."""
    wrong = UnshownError("no web address; write it as https://acme.service-now.com")
    if re.search(r"[\s\x00-\x1f\\]", text):
        raise wrong
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not host:
        raise wrong
    if "@" in parts.netloc:
        raise UnshownError("a login inside the address would be shown in logs; move it to auth")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise UnshownError(
            "an address with ? or #; write it without them, parameters belong to the connector's options"
        )
    return text.rstrip("/")


def database(text: str) -> str:
    """The address of the database."""
    if text.startswith("sqlite:"):
        name = text.removeprefix("sqlite:///").partition("?")[0]
        if not text.startswith("sqlite:///") or name in ("", ":memory:"):
            raise UnshownError(
                "SQLite needs a file; write sqlite:///siamhub.db, or sqlite:////var/lib/siamhub/siamhub.db"
            )
        return text
    scheme, separator, _ = text.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2") and separator:
        raise UnshownError("begin a PostgreSQL address with postgresql+psycopg://")
    wrong = UnshownError("no database address; write sqlite:///siamhub.db or postgresql+psycopg://user@host/database")
    if scheme != "postgresql+psycopg":
        raise wrong
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if not parts.path.strip("/") or re.search(r"\s", text):
        raise wrong
    return text


def _key(text: str) -> str:
    if not re.fullmatch(KEY, text):
        raise ValueError("is no name; begin with a letter a to z and go on with letters, digits, - or _")
    return text
