"""Zones that an installation tells, and queries in the hour that is twice."""

from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.manifest import Manifest
from connectors.times import writer
from core.connector import AnswerError
from core.model import SECOND, to_datetime
from tests.connectors.fake_system import NOW, System, manifest, tickets

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CHANGE = 1_761_440_400 * SECOND
"""2025-10-26T01:00:00Z, when clocks in Amsterdam go from 3:00 back to 2:00."""


def zoned(**more: object) -> Manifest:
    return manifest(
        {"tickets": tickets(cursor={"format": "%Y-%m-%d %H:%M", "zone": "$found.zone", "overlap": "0s"})},
        discover={"me": {"request": {"path": "/me"}, "take": {"zone": "timezone"}}},
        times={"formats": ["%Y-%m-%d %H:%M"], "zone": "$found.zone"},
        **more,
    )


def system(zone: object) -> System:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/me":
            return httpx.Response(200, json={"timezone": zone})
        return httpx.Response(200, json={"items": [{"id": 1, "changed": "2025-06-01 12:00", "state": "open"}]})

    return System(answer)


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Amsterdam", 2), ("Pacific/Honolulu", -10), (None, 0)])
def test_moments_are_written_and_read_in_the_zone_that_the_account_has(zone: str | None, hours: int) -> None:
    asked = system(zone)
    page = next(iter(asked.connector(zoned(), since=1_748_779_200 * SECOND).pages("tickets", None, NOW)))
    # 2025-06-01 12:00 UTC
    assert asked.asked[-1].url.params["since"] == f"2025-06-01 {12 + hours:02}:00"
    assert page.tickets["changed_at"] == [(1_748_779_200 - hours * 3600) * SECOND]


def test_a_zone_that_is_none_is_an_error_that_names_it() -> None:
    with pytest.raises(AnswerError, match="acme/desk: tickets: 'Amsterdam' is no time zone"):
        list(system("Amsterdam").connector(zoned()).pages("tickets", None, NOW))


@given(st.integers(-7200, 7200), st.booleans())
def test_no_reading_of_a_written_moment_lies_after_it(seconds: int, later: bool) -> None:
    instant = CHANGE + seconds * SECOND
    text = writer("%Y-%m-%d %H:%M:%S", "Europe/Amsterdam")(instant)
    moment = to_datetime(instant).astimezone(AMSTERDAM).strptime(text, "%Y-%m-%d %H:%M:%S")
    read = moment.replace(tzinfo=AMSTERDAM, fold=int(later))
    assert read <= to_datetime(instant)
    assert (to_datetime(instant) - read).total_seconds() <= 3600
