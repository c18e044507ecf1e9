"""Records of the simulated Table API: how values are written, what history says, who may read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.simulators import servicenow
from connectors.simulators.servicenow_gate import Instance
from connectors.simulators.servicenow_rows import ticket_id
from connectors.simulators.world import Cause, Outage, Reference
from tests.connectors.simulators.small_world import Caller, Clock, at, plan, response, step, ticket, world

LOGIN = ("siamhub", "password")
TABLE = "/api/now/table"
LIFE = (
    step("2024-05-01 10:20", "comment", "", "svc-monitor", "automation"),
    step("2024-05-01 11:00", "state", "active"),
    step("2024-05-01 12:00", "state", "hold"),
    step("2024-05-01 13:00", "state", "active"),
    step("2024-05-01 14:00", "group", "Network"),
    step("2024-05-01 15:00", "state", "resolved"),
    step("2024-05-01 16:00", "comment", "", "klant", "requester"),
    step("2024-05-02 10:00", "state", "active", "klant", "requester"),
    step("2024-05-02 11:00", "state", "resolved"),
    step("2024-05-04 11:00", "state", "closed", "svc-monitor", "automation"),
)


def instance(*tickets: Any, login: tuple[str, str] | None = LOGIN, clock: Clock | None = None, **more: Any) -> Caller:
    settings = more.pop("settings", {})
    told = world("servicenow", tickets, **more)
    return Caller(servicenow.app(told, "globex", clock or Clock(), settings=Instance(**settings)), login)


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["result"]
    return found


def one(caller: Caller, table: str = "incident", **params: Any) -> dict[str, Any]:
    (row,) = rows(caller.get(f"{TABLE}/{table}", **params))
    return row


def test_every_value_is_a_string_and_an_absent_one_is_empty() -> None:
    row = one(instance(ticket("INC1", "2024-05-01 10:00", *LIFE)), sysparm_exclude_reference_link="true")
    assert all(isinstance(value, str) for value in row.values())
    assert (row["parent_incident"], row["reopen_count"], row["reassignment_count"]) == ("", "1", "1")
    assert row["opened_at"] == "2024-05-01 10:00:00"
    assert row["resolved_at"] == "2024-05-02 11:00:00"
    assert row["closed_at"] == "2024-05-04 11:00:00"
    assert (row["state"], row["incident_state"], row["active"]) == ("7", "7", "false")


def test_a_reference_is_an_object_or_an_empty_string_in_the_same_column() -> None:
    row = one(instance(ticket("INC1", "2024-05-01 10:00", item=None)))
    group = row["assignment_group"]
    assert group["link"] == f"http://sim.example:8080/api/now/table/sys_user_group/{group['value']}"
    assert row["cmdb_ci"] == ""


@pytest.mark.parametrize(
    ("mode", "links", "group", "empty"),
    [
        ("false", "true", str, ""),
        ("true", "true", "Platform", ""),
        ("all", "true", {"display_value": "Platform"}, {"display_value": "", "value": ""}),
        ("true", "false", {"display_value": "Platform"}, ""),
        ("all", "false", {"display_value": "Platform"}, ""),
    ],
)
def test_references_are_written_in_each_mode_as_the_vendor_does(mode: str, links: str, group: Any, empty: Any) -> None:
    row = one(
        instance(ticket("INC1", "2024-05-01 10:00", item=None)),
        sysparm_display_value=mode, sysparm_exclude_reference_link=links,
    )  # fmt: skip
    value = row["assignment_group"]
    assert row["cmdb_ci"] == empty
    if group is str:
        assert len(value) == 32
    elif isinstance(group, str):
        assert value == group
    else:
        assert value["display_value"] == "Platform"
        assert ("link" in value) == (links == "false")
        assert ("value" in value) == (mode == "all")


def test_display_values_are_of_the_callers_zone_and_choices_have_labels() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE))
    row = one(caller, sysparm_display_value="all", sysparm_exclude_reference_link="true")
    assert row["opened_at"] == {"display_value": "2024-05-01 03:00:00", "value": "2024-05-01 10:00:00"}
    assert row["state"] == {"display_value": "Closed", "value": "7"}
    assert row["hold_reason"] == {"display_value": None, "value": ""}
    assert row["sla_due"] == {"display_value": "UNKNOWN", "value": ""}
    assert row["calendar_duration"] == {"display_value": "1 Day 1 Hour", "value": "1970-01-02 01:00:00"}
    assert row["calendar_stc"] == {"display_value": "90,000", "value": "90000"}


def test_fields_are_chosen_walked_through_references_and_unknown_ones_left_out() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", item=None))
    fields = "number,assignment_group.name,cmdb_ci.name,no_such,caller_id.user_name"
    expected = {
        "number": "INC1", "assignment_group.name": "Platform", "cmdb_ci.name": "", "caller_id.user_name": "klant",
    }  # fmt: skip
    assert one(caller, sysparm_fields=fields) == expected


def test_the_row_does_not_move_with_a_comment_but_the_journal_does() -> None:
    clock = Clock(at("2024-05-01 10:30"))
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE), clock=clock)
    assert one(caller)["sys_updated_on"] == "2024-05-01 10:00:00"
    journal = one(caller, "sys_journal_field")
    assert (journal["element_id"], journal["element"]) == (ticket_id("inc1"), "comments")
    assert (journal["sys_created_on"], journal["sys_created_by"]) == ("2024-05-01 10:20:00", "svc-monitor")
    clock.now = at("2024-05-01 11:00")
    assert one(caller)["sys_updated_on"] == "2024-05-01 11:00:00"


def test_the_audit_has_two_rows_for_a_state_and_none_for_what_the_form_began_with() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE))
    audit = rows(caller.get(f"{TABLE}/sys_audit", sysparm_query="ORDERBYsys_created_on^ORDERBYsys_id"))
    assert all((row["documentkey"], row["tablename"]) == (ticket_id("inc1"), "incident") for row in audit)
    moves = {
        name: [(r["sys_created_on"][11:16], r["oldvalue"], r["newvalue"]) for r in audit if r["fieldname"] == name]
        for name in ("state", "incident_state", "assignment_group", "hold_reason")
    }
    assert moves["state"] == moves["incident_state"] == [
        ("11:00", "1", "2"), ("12:00", "2", "3"), ("13:00", "3", "2"), ("15:00", "2", "6"), ("10:00", "6", "2"),
        ("11:00", "2", "6"), ("11:00", "6", "7"),
    ]  # fmt: skip
    assert [len(value) for value in moves["assignment_group"][0][1:]] == [32, 32]
    assert [new == "" for _, _, new in moves["hold_reason"]] == [False, True]
    assert audit[0]["user"] == "jan"


def test_the_audit_has_no_change_time_so_a_filter_on_it_brings_the_whole_table() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE))
    every = rows(caller.get(f"{TABLE}/sys_audit"))
    assert "sys_updated_on" not in every[0]
    assert len(rows(caller.get(f"{TABLE}/sys_audit", sysparm_query="sys_updated_on>2030-01-01 00:00:00"))) == len(every)
    assert rows(caller.get(f"{TABLE}/sys_audit", sysparm_query="sys_created_on>2030-01-01 00:00:00")) == []


def test_the_audit_of_some_records_is_found_by_their_ids() -> None:
    caller = instance(*(ticket(f"INC{n}", "2024-05-01 10:00", *LIFE) for n in range(4)))
    query = f"documentkeyIN{ticket_id('inc1')},{ticket_id('inc2')}^fieldnameINstate^ORDERBYsys_created_on^ORDERBYsys_id"
    found = rows(caller.get(f"{TABLE}/sys_audit", sysparm_query=query))
    assert {row["documentkey"] for row in found} == {ticket_id("inc1"), ticket_id("inc2")}
    assert len(found) == 14


def test_metric_intervals_follow_each_other_and_the_last_ends_with_the_record() -> None:
    clock = Clock(at("2024-05-01 12:30"))
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE), clock=clock)
    query = {
        "sysparm_query": "field=incident_state^ORDERBYstart^ORDERBYsys_id",
        "sysparm_exclude_reference_link": "true",
    }
    metrics = rows(caller.get(f"{TABLE}/metric_instance", **query))
    assert [(r["value"], r["start"][11:], r["end"][11:]) for r in metrics] == [
        ("New", "10:00:00", "11:00:00"), ("In Progress", "11:00:00", "12:00:00"), ("On Hold", "12:00:00", ""),
    ]  # fmt: skip
    assert metrics[-1]["calculation_complete"] == "false"
    clock.now = at("2024-06-01 00:00")
    metrics = rows(caller.get(f"{TABLE}/metric_instance", **query))
    assert {r["calculation_complete"] for r in metrics} == {"true"}
    assert (metrics[-1]["value"], metrics[-1]["start"]) == ("Closed", metrics[-1]["end"])


def test_a_change_has_its_window_its_work_and_its_approval_as_time_goes_by() -> None:
    steps = (
        step("2024-05-02 20:05", "state", "active"),
        step("2024-05-02 21:30", "state", "resolved"),
        step("2024-05-03 10:00", "state", "closed"),
    )
    clock = Clock(at("2024-05-01 13:00"))
    change = ticket("CHG1", "2024-05-01 09:00", *steps, kind="change", plan=plan(outcome="with_issues"))
    caller = instance(change, clock=clock)
    row = one(caller, "change_request")
    assert (row["state"], row["approval"], row["approval_set"]) == ("-2", "approved", "2024-05-01 12:00:00")
    assert (row["start_date"], row["end_date"]) == ("2024-05-02 20:00:00", "2024-05-02 22:00:00")
    assert (row["work_start"], row["close_code"]) == ("", "")
    clock.now = at("2024-05-04 00:00")
    row = one(caller, "change_request")
    assert (row["work_start"], row["work_end"]) == ("2024-05-02 20:05:00", "2024-05-02 21:30:00")
    assert (row["state"], row["close_code"], row["type"]) == ("3", "successful_issues", "normal")
    approval = one(caller, "sysapproval_approver")
    assert (approval["document_id"], approval["sys_updated_on"]) == (row["sys_id"], "2024-05-01 12:00:00")
    audit = rows(caller.get(f"{TABLE}/sys_audit", sysparm_query="fieldname=state^ORDERBYsys_created_on^ORDERBYsys_id"))
    assert [r["newvalue"] for r in audit] == ["-2", "-1", "0", "3"]


def test_the_base_table_has_all_tasks_with_base_columns_only() -> None:
    caller = instance(
        ticket("INC1", "2024-05-01 10:00"), ticket("CHG1", "2024-05-01 09:00", kind="change", plan=plan())
    )
    tasks = rows(caller.get(f"{TABLE}/task", sysparm_query="ORDERBYnumber"))
    assert [task["sys_class_name"] for task in tasks] == ["change_request", "incident"]
    assert not {"incident_state", "start_date"} & set(tasks[0])


def test_an_outage_is_entered_without_an_end_and_moves_when_the_end_is_filled_in() -> None:
    outage = Outage(
        "o1", "globex", 1, "inc1", "dc", "Hall 1", None, "outage", at("2024-05-01 09:50"), at("2024-05-01 10:40"),
        at("2024-05-01 11:00"), at("2024-05-02 08:00"),
    )  # fmt: skip
    clock = Clock(at("2024-05-01 12:00"))
    caller = instance(ticket("INC1", "2024-05-01 10:00"), clock=clock, outages=(outage,))
    fields = {"sysparm_fields": "begin,end,sys_updated_on,type,task_number.number,cmdb_ci.name"}
    assert one(caller, "cmdb_ci_outage", **fields) == {
        "begin": "2024-05-01 09:50:00", "end": "", "sys_updated_on": "2024-05-01 11:00:00", "type": "outage",
        "task_number.number": "INC1", "cmdb_ci.name": "Hall 1",
    }  # fmt: skip
    clock.now = at("2024-05-03 00:00")
    ended = one(caller, "cmdb_ci_outage", **fields)
    assert (ended["end"], ended["sys_updated_on"]) == ("2024-05-01 10:40:00", "2024-05-02 08:00:00")


def test_an_answer_leads_to_its_incident_and_text_questions_have_no_number() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE), responses=(response("inc1", "2024-05-02 12:00"),))
    fields = "instance.task_id,instance.trigger_id,instance.taken_on,actual_value,metric.max,metric.min"
    numeric = "instance.state=complete^actual_value!=-1"
    params = {"sysparm_query": numeric, "sysparm_fields": fields, "sysparm_exclude_reference_link": "true"}
    row = one(caller, "asmt_metric_result", **params)
    assert row == {
        "instance.task_id": ticket_id("inc1"), "instance.trigger_id": ticket_id("inc1"), "metric.min": "1",
        "instance.taken_on": "2024-05-02 12:00:00", "actual_value": "4", "metric.max": "5",
    }  # fmt: skip
    assert len(rows(caller.get(f"{TABLE}/asmt_metric_result"))) == 2


def test_references_causes_parents_and_flags_stand_on_the_incident() -> None:
    incident = ticket(
        "INC1", "2024-05-01 10:00", step("2024-05-01 11:00", "major", "1"), parent="inc2",
        references=(Reference(at("2024-05-01 12:00"), "globex", "GLX-7", "inc2"),),
        cause=Cause(at("2024-05-01 13:00"), "chg1", "CHG1"), unreadable_time=True,
    )  # fmt: skip
    change = ticket("CHG1", "2024-05-01 09:00", kind="change", plan=plan())
    caller = instance(incident, ticket("INC2", "2024-05-01 09:00"), change)
    query = {"sysparm_query": "number=INC1", "sysparm_exclude_reference_link": "true"}
    row = one(caller, **query)
    assert (row["correlation_id"], row["correlation_display"]) == ("GLX-7", "Globex")
    assert (row["caused_by"], row["parent_incident"]) == (ticket_id("chg1"), ticket_id("inc2"))
    assert row["major_incident_state"] == "accepted"
    assert row["opened_at"] == "5/1/2024 10:00:00"
    assert one(caller, sysparm_query="number=INC2")["child_incidents"] == "1"


def test_a_state_that_the_customer_added_is_shown_raw() -> None:
    own = ticket("INC1", "2024-05-01 10:00", step("2024-05-01 11:00", "state", "hold", vendor_value="11"))
    assert one(instance(own), sysparm_fields="state,hold_reason") == {"state": "11", "hold_reason": ""}


def test_choices_and_columns_are_told_in_tables_of_their_own() -> None:
    caller = instance()
    query = "name=incident^element=state^ORDERBYvalue"
    labels = {row["value"]: row["label"] for row in rows(caller.get(f"{TABLE}/sys_choice", sysparm_query=query))}
    assert labels["3"] == "On Hold"
    columns = rows(caller.get(f"{TABLE}/sys_dictionary", sysparm_query="name=sys_audit"))
    assert "sys_updated_on" not in {row["element"] for row in columns}


def test_counts_can_be_grouped_and_are_strings() -> None:
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE), ticket("INC2", "2024-05-01 10:00"))
    stats = caller.get("/api/now/stats/incident", sysparm_count="true", sysparm_group_by="state").json()["result"]
    assert {s["groupby_fields"][0]["value"]: s["stats"]["count"] for s in stats} == {"7": "1", "1": "1"}
    lowest = caller.get("/api/now/stats/incident", sysparm_min_fields="sys_created_on").json()
    assert lowest == {"result": {"stats": {"min": {"sys_created_on": "2024-05-01 10:00:00"}}}}


@pytest.mark.parametrize("login", [None, ("siamhub", "wrong"), ("someone", "password")])
def test_who_is_not_known_is_told_so_with_401(login: tuple[str, str] | None) -> None:
    refused = instance(login=login).get(f"{TABLE}/incident")
    assert refused.status_code == 401
    assert refused.json() == {
        "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
        "status": "failure",
    }  # fmt: skip


def test_an_api_key_is_taken_from_its_header() -> None:
    caller = instance(login=None)
    assert caller("GET", f"{TABLE}/incident", headers={"x-sn-apikey": "api-key"}).status_code == 200
    assert caller("GET", f"{TABLE}/incident", headers={"x-sn-apikey": "other"}).status_code == 401


def token(caller: Caller, **form: str) -> httpx.Response:
    client = {"client_id": "siamhub-client", "client_secret": "client-secret"}
    return caller("POST", "/oauth_token.do", data={**client, **form}, auth=None)


def test_a_token_is_given_again_until_it_ends_and_can_be_refreshed() -> None:
    clock = Clock()
    caller = instance(login=None, clock=clock)
    password = {"grant_type": "password", "username": "siamhub", "password": "password"}
    first = token(caller, **password).json()
    assert (first["token_type"], first["scope"], first["expires_in"]) == ("Bearer", "useraccount", 1799)
    assert len(first["access_token"]) == 86

    def works(access: str) -> int:
        return caller("GET", f"{TABLE}/incident", headers={"Authorization": f"Bearer {access}"}).status_code

    clock.now += 1000 * 1_000_000
    again = token(caller, **password).json()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 799)
    clock.now += 800 * 1_000_000
    assert works(first["access_token"]) == 401
    fresh = token(caller, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert works(fresh["access_token"]) == 200
    assert fresh["access_token"] != first["access_token"]


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "username": "siamhub", "password": "wrong"},
        {"grant_type": "password", "username": "siamhub", "password": "password", "client_secret": "wrong"},
        {"grant_type": "client_credentials"},
        {"grant_type": "refresh_token", "refresh_token": "unknown"},
        {},
    ],
)
def test_every_failure_of_the_token_endpoint_looks_the_same(form: dict[str, str]) -> None:
    refused = token(instance(), **form)
    assert refused.status_code == 401
    assert refused.json() == {"error_description": "access_denied", "error": "server_error"}


def test_a_json_body_gets_no_token() -> None:
    form = {"grant_type": "password", "username": "siamhub", "password": "password"}
    assert instance(login=None).post("/oauth_token.do", form).status_code == 401


def test_client_credentials_work_once_they_are_allowed_and_bring_no_refresh_token() -> None:
    granted = token(instance(settings={"client_credentials": True}), grant_type="client_credentials")
    assert granted.status_code == 200
    assert "refresh_token" not in granted.json()


def test_a_table_can_be_refused_hidden_or_absent() -> None:
    access = {"sys_audit": "hidden", "sys_journal_field": "refused", "cmdb_ci_outage": "absent"}
    caller = instance(ticket("INC1", "2024-05-01 10:00", *LIFE), settings={"access": access})
    hidden = caller.get(f"{TABLE}/sys_audit")
    assert hidden.json() == {"result": []}
    assert int(hidden.headers["X-Total-Count"]) > 0
    refused = caller.get(f"{TABLE}/sys_journal_field")
    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "User Not Authorized")
    counted = caller.get("/api/now/stats/sys_journal_field", sysparm_count="true")
    assert counted.json()["error"]["detail"] == "No permission to read table 'sys_journal_field'"
    absent = caller.get(f"{TABLE}/cmdb_ci_outage")
    assert (absent.status_code, absent.json()["error"]["message"]) == (400, "Invalid table cmdb_ci_outage")


def test_a_record_that_is_not_there_and_a_path_that_is_not_there_are_different_errors() -> None:
    missing = instance().get(f"{TABLE}/incident/{'0' * 32}")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "No Record found")
    wrong = instance().get("/api/now/tables/incident")
    assert wrong.status_code == 400
    assert wrong.json()["error"]["message"] == "Requested URI does not represent any resource"
