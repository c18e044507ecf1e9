"""Lists of the simulated Table API: each trap that a client may fall into."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from connectors.simulators import servicenow
from connectors.simulators.servicenow_gate import Instance
from connectors.simulators.servicenow_rows import ticket_id
from connectors.simulators.world import World
from tests.connectors.simulators.small_world import Caller, Clock, at, many, step, ticket, world

LOGIN = ("siamhub", "password")
INCIDENTS = "/api/now/table/incident"


def instance(*tickets: Any, clock: Clock | None = None, **settings: Any) -> Caller:
    told: World = world("servicenow", tickets)
    return Caller(servicenow.app(told, "globex", clock or Clock(), settings=Instance(**settings)), LOGIN)


def numbers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["result"]]


def ask(caller: Caller, query: str, **more: Any) -> list[str]:
    return numbers(caller.get(INCIDENTS, sysparm_query=query, sysparm_fields="number", **more))


SOME = (
    ticket("INC1", "2024-05-01 10:00", step("2024-05-01 11:00", "state", "active")),
    ticket("INC2", "2024-05-02 10:00", step("2024-05-02 11:00", "group", "Network"), item=None, service_name=None),
    ticket("INC3", "2024-05-03 10:00", step("2024-05-03 11:00", "priority", "1")),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("priority=1", {"INC3"}),
        ("priority=1^ORpriority=3^state=2", {"INC1"}),
        ("state=2^NQpriority=1", {"INC1", "INC3"}),
        ("state=2^ORpriority=1^NQnumber=INC2", {"INC1", "INC2", "INC3"}),
        ("priority>1", {"INC1", "INC2"}),
        ("numberINinc1,INC3", {"INC3"}),
        ("numberNOT ININC1,INC3", {"INC2"}),
        ("number=inc2", {"INC2"}),
        ("numberSTARTSWITHinc", {"INC1", "INC2", "INC3"}),
        ("short_descriptionLIKEabout inc2", {"INC2"}),
        ("numberENDSWITH3^EQ", {"INC3"}),
        ("numberNOT LIKE2", {"INC1", "INC3"}),
        ("cmdb_ciISEMPTY", {"INC2"}),
        ("cmdb_ciISNOTEMPTY", {"INC1", "INC3"}),
        ("active!=true", set()),
        ("active=true", {"INC1", "INC2", "INC3"}),
        ("assignment_group.name=Network", {"INC2"}),
        ("assignment_groupSTARTSWITHnet", {"INC2"}),
        ("assignment_group=Network", set()),
        ("sys_created_onBETWEEN2024-05-01 10:00:00@2024-05-02 10:00:00", {"INC1", "INC2"}),
        ("sys_updated_on>2024-05-02 11:00:00", {"INC3"}),
        ("sys_updated_on>=2024-05-02 11:00:00", {"INC2", "INC3"}),
        ("stateSAMEASincident_state", {"INC1", "INC2", "INC3"}),
    ],
)
def test_an_encoded_query_is_read_as_the_vendor_reads_it(query: str, found: set[str]) -> None:
    assert set(ask(instance(*SOME), query)) == found


def test_not_equal_leaves_out_empty_references() -> None:
    network = servicenow_id("Network")
    assert set(ask(instance(*SOME), f"assignment_group!={network}")) == {"INC1", "INC3"}
    item = instance(*SOME).get(INCIDENTS, sysparm_query="number=INC1").json()["result"][0]["cmdb_ci"]["value"]
    assert ask(instance(*SOME), f"cmdb_ci!={item}") == []


def servicenow_id(group: str) -> str:
    rows = instance(*SOME).get("/api/now/table/sys_user_group", sysparm_query=f"name={group}").json()["result"]
    return str(rows[0]["sys_id"])


@pytest.mark.parametrize(
    "query",
    [
        "no_such_field=1", "priorityEQUALS1", "sys_updated_on>2030-01-01T00:00:00Z", "Priority=1",
        "opened_at>yesterday", "assignment_group.no_such=1",
    ],
)  # fmt: skip
def test_a_part_that_is_not_understood_is_ignored_and_the_whole_table_comes(query: str) -> None:
    assert set(ask(instance(*SOME), query)) == {"INC1", "INC2", "INC3"}
    assert set(ask(instance(*SOME), query + "^priority=1")) == {"INC3"}


def test_an_instance_can_answer_unknown_fields_with_nothing_or_with_403() -> None:
    assert ask(instance(*SOME, unknown_fields="no rows"), "no_such_field=1") == []
    refused = instance(*SOME, unknown_fields="refused").get(INCIDENTS, sysparm_query="no_such_field=1")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "Insufficient rights to query records"


def test_what_the_simulator_cannot_run_is_said_and_never_run_as_something_else() -> None:
    for query in ("opened_atONToday@javascript:gs.daysAgoStart(0)", "opened_atRELATIVEGT@hour@ago@1", "RLQUERYa.b,>1"):
        answer = instance(*SOME).get(INCIDENTS, sysparm_query=query)
        assert (answer.status_code, answer.json()["error"]["message"]) == (501, "Not simulated")


def test_generated_dates_are_of_the_callers_zone_and_plain_ones_of_utc() -> None:
    assert ask(instance(*SOME), "sys_created_on>=2024-05-03 04:00:00") == ["INC3"]
    generated = "sys_created_on>=javascript:gs.dateGenerate('2024-05-03','04:00:00')"
    assert ask(instance(*SOME), generated) == []  # 04:00 in Los Angeles is 11:00 UTC


def test_name_value_pairs_filter_unless_there_is_a_query() -> None:
    assert numbers(instance(*SOME).get(INCIDENTS, priority="1")) == ["INC3"]
    assert len(numbers(instance(*SOME).get(INCIDENTS, priority="1", sysparm_query="stateISNOTEMPTY"))) == 3


def test_rows_that_the_order_does_not_tell_apart_come_in_another_order_every_time() -> None:
    caller = instance(*many(40, "INC", every=0))
    by_time = [ask(caller, "ORDERBYsys_updated_on") for _ in range(3)]
    assert len({tuple(order) for order in by_time}) == 3
    unique = [ask(caller, "ORDERBYsys_updated_on^ORDERBYsys_id") for _ in range(2)]
    assert unique[0] == unique[1]


def test_offset_pages_without_a_unique_order_repeat_and_lose_rows() -> None:
    caller = instance(*many(60, "INC", every=0))
    pages = [ask(caller, "ORDERBYsys_updated_on", sysparm_limit=20, sysparm_offset=offset) for offset in (0, 20, 40)]
    assert len({number for page in pages for number in page}) < 60


def test_order_can_fall_and_have_several_columns() -> None:
    assert ask(instance(*SOME), "ORDERBYDESCnumber") == ["INC3", "INC2", "INC1"]
    assert ask(instance(*SOME), "ORDERBYDESCpriority^ORDERBYDESCnumber") == ["INC2", "INC1", "INC3"]
    assert ask(instance(*SOME), "ORDERBYno_such^ORDERBYnumber") == ["INC1", "INC2", "INC3"]


def test_keyset_pages_bring_every_row_once_also_where_hundreds_share_a_second() -> None:
    caller = instance(*many(250, "INC", every=0))
    read: list[str] = []
    time, last = "2000-01-01 00:00:00", ""
    while True:
        query = (
            f"active=true^sys_updated_on>{time}^NQactive=true^sys_updated_on={time}^sys_id>{last}"
            "^ORDERBYsys_updated_on^ORDERBYsys_id"
        )
        fields = "sys_id,number,sys_updated_on"
        page = caller.get(
            INCIDENTS, sysparm_query=query, sysparm_limit=60, sysparm_fields=fields, sysparm_no_count="true"
        ).json()["result"]
        if not page:
            break
        read += [row["number"] for row in page]
        time, last = page[-1]["sys_updated_on"], page[-1]["sys_id"]
    assert sorted(read) == sorted(f"INC{number}" for number in range(1, 251))


def test_a_census_by_sys_id_brings_every_row_once() -> None:
    caller, last, read = instance(*many(25, "INC")), "", 0
    for _ in range(3):
        rows = caller.get(INCIDENTS, sysparm_query=f"sys_id>{last}^ORDERBYsys_id", sysparm_limit=10).json()["result"]
        assert [row["sys_id"] for row in rows] == sorted(row["sys_id"] for row in rows)
        last, read = rows[-1]["sys_id"], read + len(rows)
    assert read == 25


def test_hidden_rows_are_taken_out_after_the_limit_so_that_pages_are_short_or_empty_in_the_middle() -> None:
    tickets = many(30, "INC")
    secret = {ticket_id(t.key) for t in tickets[10:20]} | {ticket_id(tickets[2].key)}
    caller = instance(*tickets, hidden=lambda table, sys_id: sys_id in secret)
    order = "ORDERBYsys_updated_on^ORDERBYsys_id"
    pages = [caller.get(INCIDENTS, sysparm_query=order, sysparm_limit=10, sysparm_offset=n) for n in (0, 10, 20)]
    assert [len(page.json()["result"]) for page in pages] == [9, 0, 10]
    assert {page.headers["X-Total-Count"] for page in pages} == {"30"}
    assert caller.get(f"{INCIDENTS}/{next(iter(secret))}").status_code == 404
    count = caller.get("/api/now/stats/incident", sysparm_count="true").json()
    assert count == {"result": {"stats": {"count": "30"}}}


def test_the_first_page_has_a_negative_previous_one_and_the_last_no_next_one() -> None:
    caller = instance(*many(25, "INC"))

    def links(offset: int) -> dict[str, str]:
        query = {"sysparm_query": "ORDERBYsys_id", "sysparm_limit": 10, "sysparm_offset": offset}
        header = caller.get(INCIDENTS, **query).headers["Link"]
        return {
            rel.split('"')[1]: url.strip("<>") for url, _, rel in (part.partition(";") for part in header.split(","))
        }

    first, last = links(0), links(20)
    assert "sysparm_offset=-10" in first["prev"]
    assert "sysparm_offset=10" in first["next"]
    assert "sysparm_query=ORDERBYsys_id" in first["next"]
    assert "sysparm_offset=20" in first["last"]
    assert set(last) == {"first", "prev", "last"}


def test_counting_and_links_can_be_left_out() -> None:
    caller = instance(*SOME)
    assert "X-Total-Count" not in caller.get(INCIDENTS, sysparm_no_count="true").headers
    quiet = caller.get(INCIDENTS, sysparm_suppress_pagination_header="true")
    assert "Link" not in quiet.headers
    assert quiet.headers["X-Total-Count"] == "3"


def test_more_than_ten_thousand_rows_are_cut_silently() -> None:
    answer = instance(*many(10_050, "INC", every=1)).get(INCIDENTS, sysparm_fields="sys_id")
    assert len(answer.json()["result"]) == 10_000
    assert answer.headers["X-Total-Count"] == "10050"


def test_a_negative_offset_is_an_error() -> None:
    assert instance(*SOME).get(INCIDENTS, sysparm_offset=-10).status_code == 400


def test_version_one_answers_404_where_a_list_is_empty() -> None:
    nothing = {"sysparm_query": "number=INC9"}
    assert instance(*SOME).get("/api/now/v1/table/incident", **nothing).status_code == 404
    for path in (INCIDENTS, "/api/now/v2/table/incident"):
        assert instance(*SOME).get(path, **nothing).json() == {"result": []}


def test_a_time_is_ahead_of_nothing() -> None:
    clock = Clock(at("2024-05-02 10:30"))
    caller = instance(*SOME, clock=clock)
    assert set(ask(caller, "")) == {"INC1", "INC2"}
    assert ask(caller, "assignment_group.name=Network") == []
    clock.now = at("2024-05-02 11:00")
    assert ask(caller, "assignment_group.name=Network") == ["INC2"]
    assert ask(caller, "sys_updated_on>2024-05-02 10:59:59") == ["INC2"]


def test_a_url_that_is_too_long_is_answered_with_414() -> None:
    hundred = ",".join(ticket_id(str(number)) for number in range(100))
    assert instance(*SOME).get(INCIDENTS, sysparm_query=f"sys_idIN{hundred}").status_code == 200
    assert instance(*SOME).get(INCIDENTS, sysparm_query=f"sys_idIN{hundred},{hundred},{hundred}").status_code == 414


def test_requests_of_one_session_wait_for_each_other_and_too_many_are_dropped_with_202() -> None:
    app = instance(*SOME).app

    async def at_once(headers: dict[str, str]) -> list[int]:
        async def one() -> int:  # a client that lives longer would keep the cookies it is given
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sim", auth=LOGIN) as client:
                return (await client.get(INCIDENTS, headers=headers)).status_code

        return list(await asyncio.gather(*(one() for _ in range(30))))

    assert set(asyncio.run(at_once({}))) == {200}
    with_cookie = asyncio.run(at_once({"Cookie": "JSESSIONID=1"}))
    assert with_cookie.count(202) == 30 - 11


def test_every_answer_sets_session_cookies() -> None:
    names = {cookie.split("=")[0] for cookie in instance(*SOME).get(INCIDENTS).headers.get_list("set-cookie")}
    assert {"JSESSIONID", "glide_user_route", "glide_session_store"} <= names
