"""JQL: how the Cloud search reads restrictions, moments and orders, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.simulators.jira_jql import JqlError, Setting, parse
from core.model import to_instant

NOON = to_instant(datetime(2024, 5, 1, 12, tzinfo=UTC))
AMSTERDAM = Setting(
    ZoneInfo("Europe/Amsterdam"),
    NOON,
    {"project": frozenset({"itsm", "hr"}), "issuetype": frozenset({"[system] incident", "[system] change"})},
)
ISSUE = {
    "project": frozenset({"itsm"}),
    "issuetype": frozenset({"[system] incident"}),
    "status": frozenset({"open"}),
    "resolution": frozenset(),
    "updated": NOON - 30_000_000,
    "created": NOON - 3600_000_000,
}


@pytest.mark.parametrize(
    ("jql", "holds"),
    [
        ("project = ITSM", True),
        ("project in (HR, ITSM) AND issuetype = '[System] Incident'", True),
        ("project not in (ITSM)", False),
        ("project = HR OR project = ITSM AND status = Closed", False),
        ("(project = HR OR project = ITSM) AND status = Open", True),
        ("NOT project = HR", True),
        ("resolution = Unresolved", True),
        ("resolution is not EMPTY", False),
        ("updated >= 1714564770000", True),
        ("updated > 1714564770000", False),
        ("updated < 1714564770000", False),
        ("updated >= '2024-05-01 13:59'", True),  # noon UTC is 14:00 in the user's zone
        ("updated >= '2024/05/01 14:00'", False),
        ("updated <= '2024-05-01 13:59'", False),
        ("updated >= '2024-05-01'", True),
        ("created >= -2h", True),
        ("created >= '-30m'", False),
        ("created < now()", True),
        ("updated >= '30'", False),  # a number in quotes is a period of minutes from now on
        ("updated >= startOfDay()", True),
        ("projct", False),  # a bare word looks for text
    ],
)
def test_a_query_finds_the_issues_it_describes(jql: str, holds: bool) -> None:
    test = parse(jql, AMSTERDAM).test
    assert test is not None
    assert test(ISSUE) is holds


def test_an_order_alone_is_no_restriction() -> None:
    query = parse("ORDER BY updated ASC, key DESC", AMSTERDAM)
    assert query.test is None
    assert query.order == (("updated", False), ("key", True))


@pytest.mark.parametrize(
    ("jql", "why"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'"),
        ("issuetype in (Incident)", "The value 'Incident' does not exist for the field 'issuetype'"),
        ("colour = red", "Field 'colour' does not exist"),
        ("updated >= '2024-05-01T10:00:00Z'", "Date value '2024-05-01T10:00:00Z' for field 'updated' is invalid"),
        ("updated >= '2024-05-01 10:00:30'", "is invalid"),
        ("updated >= BLAH", "is invalid"),
        ("project = ITSM ORDER BY colour", "Not able to sort"),
        ("project = ITSM ORDER BY " + ", ".join(["updated"] * 8), "The maximum number"),
        ("project in ITSM", r"Expecting '\('"),
        ("project in ()", "Expecting either a value"),
        ("project = ITSM status = Open", "Expecting either 'OR' or 'AND'"),
        ("(project = ITSM", r"Expecting '\)'"),
        ("project > ITSM", "The operator '>' is not supported"),
        ("updated ~ x", "The operator '~' is not supported"),
        ("project =", "Expecting either a value"),
        ("updated >= never()", "Unable to find JQL function"),
        ("project = \"ITSM", "reserved JQL character"),
    ],
)  # fmt: skip
def test_what_is_no_jql_is_refused_with_the_reason(jql: str, why: str) -> None:
    with pytest.raises(JqlError, match=why):
        parse(jql, AMSTERDAM)


def test_a_custom_date_field_is_asked_by_its_id_or_its_name() -> None:
    names = {"cf[10141]": "rated", "satisfaction date": "rated"}
    setting = Setting(ZoneInfo("UTC"), NOON, dates=names)
    for name in ("cf[10141]", "'Satisfaction date'"):
        query = parse(f"{name} >= {NOON // 1000} ORDER BY {name} DESC", setting)
        assert query.test is not None
        assert query.test({"rated": NOON})
        assert not query.test({"rated": NOON - 1})
        assert not query.test({})
        assert query.order == (("rated", True),)
