"""A recorded log replayed as a ServiceNow instance; the small logs here are made up."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.simulators import servicenow
from connectors.simulators.history import COLUMNS, HistoryError, read_history
from core.errors import UserError
from tests.connectors.simulators.small_world import Caller, at

HEADER = (*COLUMNS[:17], "u_symptom", *COLUMNS[17:])
BEGIN = {
    "number": "INC1", "incident_state": "New", "active": "true", "reassignment_count": "0", "reopen_count": "0",
    "sys_mod_count": "0", "made_sla": "true", "caller_id": "Caller 1", "opened_by": "Opened by 1",
    "opened_at": "29/2/2016 01:16", "sys_created_by": "Created by 1", "sys_created_at": "29/2/2016 01:23",
    "sys_updated_by": "Updated by 1", "sys_updated_at": "29/2/2016 01:23", "contact_type": "Self service",
    "category": "Category 7", "subcategory": "Subcategory 8", "cmdb_ci": "?", "impact": "2 - Medium",
    "urgency": "2 - Medium", "priority": "3 - Moderate", "assignment_group": "Group 1", "assigned_to": "?",
    "problem_id": "?", "rfc": "?", "caused_by": "?", "closed_code": "code 5", "resolved_by": "Resolved by 1",
    "resolved_at": "1/3/2016 11:29", "closed_at": "5/3/2016 12:00",
}  # fmt: skip


def line(count: int, updated: str, state: str, group: str = "Group 1", **more: str) -> dict[str, str]:
    moved = {"sys_mod_count": str(count), "sys_updated_at": updated, "incident_state": state}
    return BEGIN | moved | {"assignment_group": group} | more


LIFE = (
    BEGIN,
    line(1, "29/2/2016 08:00", "Active"),
    line(2, "29/2/2016 08:00", "Active", "?", priority="2 - High"),
    line(3, "29/2/2016 09:00", "Awaiting User Info"),
    line(4, "29/2/2016 10:00", "Awaiting Vendor"),
    line(5, "29/2/2016 11:00", "-100", "Group 2"),
    line(6, "1/3/2016 11:29", "Resolved", "Group 2"),
    line(7, "5/3/2016 12:00", "Closed", "Group 2", reassignment_count="4", reopen_count="2", active="false"),
)


def text(lines: Sequence[dict[str, str]], header: Sequence[str] = HEADER) -> str:
    return "\n".join([",".join(header), *(",".join(line.get(name, "?") for name in header) for line in lines)]) + "\n"


@pytest.fixture
def instance(tmp_path: Path) -> Callable[..., Caller]:
    def made(*lines: dict[str, str]) -> Caller:
        path = tmp_path / "log.csv"
        path.write_text(text(lines))
        return Caller(servicenow.app_of(read_history(path), lambda: at("2024-01-01 00:00")), ("siamhub", "password"))

    return made


def rows(caller: Caller, table: str, **params: Any) -> list[dict[str, Any]]:
    answer = caller.get(f"/api/now/table/{table}", sysparm_exclude_reference_link="true", **params)
    found: list[dict[str, Any]] = answer.json()["result"]
    return found


def test_an_incident_is_as_the_last_line_has_it(instance: Callable[..., Caller]) -> None:
    (row,) = rows(instance(*LIFE), "incident")
    assert (row["number"], row["state"], row["active"], row["priority"]) == ("INC1", "7", "false", "3")
    assert (row["reopen_count"], row["reassignment_count"], row["sys_mod_count"]) == ("2", "4", "7")
    assert (row["opened_at"], row["sys_created_on"]) == ("2016-02-29 01:16:00", "2016-02-29 01:23:00")
    assert (row["resolved_at"], row["closed_at"]) == ("2016-03-01 11:29:00", "2016-03-05 12:00:00")
    assert (row["sys_updated_on"], row["cmdb_ci"], row["assigned_to"]) == ("2016-03-05 12:00:00", "", "")
    assert row["contact_type"] == "self-service"


def test_groups_and_categories_have_names(instance: Callable[..., Caller]) -> None:
    fields = "assignment_group.name,business_service.name"
    expected = {"assignment_group.name": "Group 2", "business_service.name": "Category 7"}
    assert rows(instance(*LIFE), "incident", sysparm_fields=fields) == [expected]


def test_each_line_gives_what_changed_and_a_missing_group_is_no_change(instance: Callable[..., Caller]) -> None:
    caller = instance(*LIFE)
    groups = {row["sys_id"]: row["name"] for row in rows(caller, "sys_user_group")}
    audit = rows(caller, "sys_audit", sysparm_query="ORDERBYsys_created_on^ORDERBYsys_id")
    told = [
        (row["sys_created_on"][8:16], row["fieldname"], groups.get(row["newvalue"], row["newvalue"])) for row in audit
    ]
    state = [entry for entry in told if entry[1] == "state"]
    assert state == [
        ("29 08:00", "state", "2"), ("29 09:00", "state", "4"), ("29 10:00", "state", "3"),
        ("29 11:00", "state", "-100"), ("01 11:29", "state", "6"), ("05 12:00", "state", "7"),
    ]  # fmt: skip
    assert [(at, "state", value) for at, name, value in told if name == "incident_state"] == state
    assert [entry for entry in told if entry[1] == "assignment_group"] == [("29 11:00", "assignment_group", "Group 2")]
    assert [entry[2] for entry in told if entry[1] == "priority"] == ["2", "3"]
    assert [entry[2] for entry in told if entry[1] == "hold_reason"] == ["4", ""]


def test_what_happened_within_a_minute_keeps_its_order(instance: Callable[..., Caller]) -> None:
    states = ("New", "Active", "Awaiting Problem", "Active", "Resolved", "Closed")
    lines = [BEGIN | {"incident_state": state, "sys_mod_count": str(count)} for count, state in enumerate(states)]
    audit = rows(
        instance(*lines), "sys_audit", sysparm_query="fieldname=state^ORDERBYsys_created_on^ORDERBYsys_id"
    )  # fmt: skip
    assert [row["newvalue"] for row in audit] == ["2", "3", "2", "6", "7"]
    assert [row["record_checkpoint"] for row in audit] == ["1", "2", "3", "4", "5"]


def test_a_line_is_not_later_than_those_that_follow_it(instance: Callable[..., Caller]) -> None:
    """The second line bears the latest time of all, and a count higher than those behind it."""
    lines = (
        BEGIN,
        line(9, "2/3/2016 10:00", "Active"),
        line(1, "29/2/2016 09:52", "Resolved"),
        line(2, "29/2/2016 11:03", "Closed"),
    )
    query = "fieldname=state^ORDERBYsys_created_on^ORDERBYsys_id"
    audit = rows(instance(*lines), "sys_audit", sysparm_query=query)
    assert [(row["newvalue"], row["sys_created_on"][11:], row["record_checkpoint"]) for row in audit] == [
        ("2", "09:52:00", "1"), ("6", "09:52:00", "2"), ("7", "11:03:00", "3"),
    ]  # fmt: skip


def test_metric_intervals_cover_the_life(instance: Callable[..., Caller]) -> None:
    query = "field=incident_state^ORDERBYstart^ORDERBYsys_id"
    intervals = rows(instance(*LIFE), "metric_instance", sysparm_query=query)
    assert intervals[0]["start"] == "2016-02-29 01:16:00"
    assert [one["end"] for one in intervals[:-1]] == [other["start"] for other in intervals[1:]]
    assert [one["value"] for one in intervals][2:4] == ["Awaiting User Info", "Awaiting Vendor"]


def test_a_creation_time_that_is_missing_is_the_first_change(instance: Callable[..., Caller]) -> None:
    (row,) = rows(instance(*(line | {"sys_created_at": "?"} for line in LIFE)), "incident")
    assert row["sys_created_on"] == "2016-02-29 01:23:00"


def test_the_log_says_when_it_begins_and_ends(tmp_path: Path) -> None:
    other = BEGIN | {"number": "INC2", "opened_at": "28/2/2016 00:00"}
    path = tmp_path / "log.csv"
    path.write_text(text([*LIFE, other, other | {"number": "INC3"}]))
    history = read_history(path)
    assert (history.opened, history.ended) == (at("2016-02-28 00:00"), at("2016-03-05 12:00"))


@pytest.mark.parametrize(("suffix", "pack"), [(".csv.gz", gzip.compress), (".csv.xz", lzma.compress)])
def test_a_packed_log_is_read_as_it_is(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"log{suffix}"
    path.write_bytes(pack(text(LIFE).encode()))
    assert len(read_history(path).tables["incident"].keys) == 1


def broken(**values: str) -> str:
    return text([BEGIN, BEGIN | {"number": "INC2"} | values])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "other.csv",
            b"a,b\n1,2\n",
            "other.csv:1: is no incident log of the expected form: the columns number, incident",
        ),
        ("empty.csv", b"", "empty.csv:1: is no incident log"),
        ("bare.csv", text([]).encode(), "bare.csv: has no incident in it"),
        ("one.csv", text([BEGIN], [n for n in HEADER if n != "closed_at"]).encode(), "the column closed_at is missing"),
        (
            "short.csv",
            text([BEGIN]).encode() + b"INC2,New\n",
            "short.csv:3: has 2 values, the first line names 31 columns",
        ),
        (
            "date.csv",
            broken(resolved_at="31/31/2016 1:00").encode(),
            "date.csv:3: resolved_at '31/31/2016 1:00' is no time",
        ),
        (
            "us.csv",
            broken(sys_updated_at="2016-02-29").encode(),
            "us.csv:3: sys_updated_at '2016-02-29' is no time such as",
        ),
        ("none.csv", broken(opened_at="?").encode(), "none.csv:3: opened_at is missing"),
        ("count.csv", broken(reopen_count="x").encode(), "count.csv:3: reopen_count 'x' is no number"),
        ("bytes.csv", b"\xff\xfe\x00", "bytes.csv: cannot be read: "),
        ("log.csv.xz", b"no xz at all", "log.csv.xz: cannot be read: "),
        ("log.csv.gz", b"no gzip at all", "log.csv.gz: cannot be read: "),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(HistoryError) as refused:
        read_history(path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, UserError)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nothing\.csv: cannot be read: .*No such file"):
        read_history(tmp_path / "nothing.csv")


PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "uci498_incident_event_log.csv.xz"


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published log is not beside the checkout")
def test_the_published_log_is_replayed_with_every_incident() -> None:
    history = read_history(PUBLISHED)
    caller = Caller(servicenow.app_of(history, lambda: history.ended), ("siamhub", "password"))
    count = caller.get("/api/now/stats/incident", sysparm_count="true", sysparm_query="active=false").json()
    assert count["result"]["stats"]["count"] == "24918"
    reopened = caller.get("/api/now/stats/incident", sysparm_count="true", sysparm_query="reopen_count>0").json()
    assert reopened["result"]["stats"]["count"] == "275"
    moved = caller.get("/api/now/stats/incident", sysparm_count="true", sysparm_query="reassignment_count>0").json()
    assert moved["result"]["stats"]["count"] == "11369"
    assert (history.opened, history.ended) == (at("2016-02-29 01:16"), at("2017-02-18 15:00"))
