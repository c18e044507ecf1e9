"""The simulated Jira Cloud search: what it finds, how it pages, what it refuses and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import jira
from connectors.simulators.jira_site import Site
from tests.connectors.simulators.small_world import Caller, Clock, at, many, response, step, ticket, world

LOGIN = ("siamhub@example.com", "api-token")
SEARCH = "/rest/api/3/search/jql"
ALL = "project = ITSM ORDER BY updated ASC, key ASC"


def site(tickets: list[Any], clock: Clock | None = None, settings: Site | None = None, **more: Any) -> Caller:
    return Caller(jira.app(world("jira", tickets, **more), "globex", clock or Clock(), settings=settings), LOGIN)


def text(answer: Any) -> str:
    assert answer.status_code == 400
    assert answer.json()["errors"] == {}
    return str(answer.json()["errorMessages"][0])


def everything(caller: Caller, **body: Any) -> tuple[list[str], list[int]]:
    """Keys (or ids) of all pages, and how many came on each."""
    found: list[str] = []
    sizes: list[int] = []
    token: dict[str, str] = {}
    while True:
        answer = caller.post(SEARCH, {"jql": ALL, **body, **token})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [issue.get("key", issue["id"]) for issue in page["issues"]]
        sizes.append(len(page["issues"]))
        if "nextPageToken" not in page:
            assert page["isLast"] is True
            return found, sizes
        assert page["isLast"] is False
        token = {"nextPageToken": page["nextPageToken"]}


def test_without_fields_a_row_holds_nothing_but_the_id() -> None:
    page = site(many(1, "ITSM-")).post(SEARCH, {"jql": ALL}).json()
    assert page == {"issues": [{"id": "10001"}], "isLast": True}


def test_with_fields_a_row_has_its_key_and_those_fields_that_its_screen_bears() -> None:
    fields = ["status", "customfield_10171", "nonsense"]  # planned start stands on changes alone
    [row] = site(many(1, "ITSM-")).post(SEARCH, {"jql": ALL, "fields": fields}).json()["issues"]
    assert row.keys() == {"expand", "id", "self", "key", "fields"}
    assert row["self"] == "http://sim.example:8080/rest/api/3/issue/10001"
    assert row["fields"].keys() == {"status"}


def test_get_and_post_find_the_same_and_each_ignores_the_others_place() -> None:
    caller = site(many(5, "ITSM-"))
    by_post = caller.post(SEARCH, {"jql": ALL, "maxResults": 2, "fields": ["key"]})
    by_get = caller.get(SEARCH, jql=ALL, maxResults=2, fields="key")
    assert by_get.json() == by_post.json()
    assert len(by_get.json()["issues"]) == 2
    misplaced = caller("POST", SEARCH, params={"maxResults": 1}, json={"jql": ALL})
    assert len(misplaced.json()["issues"]) == 5
    assert "Unbounded" in text(caller("GET", SEARCH, content=b'{"jql": "project = ITSM"}'))


def test_pages_by_token_lose_and_repeat_nothing_though_some_are_short_or_empty() -> None:
    keys, sizes = everything(site(many(95, "ITSM-")), maxResults=10, fields=["summary"])
    assert keys == [f"ITSM-{n}" for n in range(1, 96)]
    assert sizes == [10, 10, 10, 5, 10, 0, 10, 10, 10, 10, 5, 5]


def test_a_page_is_cut_to_100_as_soon_as_real_fields_are_asked() -> None:
    caller = site(many(250, "ITSM-"), settings=Site(stutters=False))
    assert everything(caller, maxResults=5000, fields=["updated"])[1] == [100, 100, 50]
    assert everything(caller, maxResults=5000, fields=["id", "key"])[1] == [250]
    assert everything(caller, maxResults=5000)[1] == [250]
    assert everything(caller, maxResults=5000, fields=["key"], expand="changelog")[1] == [100, 100, 50]


def test_ties_are_told_apart_by_the_next_order_field() -> None:
    caller = site(many(30, "ITSM-", every=0))
    assert everything(caller, maxResults=4, fields=["key"])[0] == [f"ITSM-{n}" for n in range(1, 31)]
    jql = "project = ITSM ORDER BY updated ASC, key DESC"
    assert everything(caller, jql=jql, maxResults=4, fields=["key"])[0] == [f"ITSM-{n}" for n in range(30, 0, -1)]


def test_an_issue_that_changes_while_pages_are_read_is_met_again_and_nothing_is_lost() -> None:
    clock = Clock(at("2024-05-01 00:30"))
    tickets = many(20, "ITSM-")
    changing = ticket("ITSM-99", "2024-05-01 00:00", step("2024-05-01 00:31", "comment"))
    caller = site([*tickets, changing], clock, Site(stutters=False))
    first = caller.post(SEARCH, {"jql": ALL, "fields": ["key"], "maxResults": 5}).json()
    clock.now = at("2024-05-01 00:32")
    rest = []
    token = first["nextPageToken"]
    while token:
        page = caller.post(SEARCH, {"jql": ALL, "fields": ["key"], "maxResults": 5, "nextPageToken": token}).json()
        rest += [issue["key"] for issue in page["issues"]]
        token = page.get("nextPageToken")
    seen = [issue["key"] for issue in first["issues"]] + rest
    assert seen[0] == seen[-1] == "ITSM-99"
    assert sorted(seen[1:]) == sorted(["ITSM-99", *(t.number for t in tickets)])


def test_refusals_come_in_order_token_then_size_then_query() -> None:
    caller = site(many(1, "ITSM-"))
    assert "nextPageToken" in text(caller.post(SEARCH, {"jql": "", "maxResults": 0, "nextPageToken": "nonsense"}))
    assert "between 1 and 5000" in text(caller.post(SEARCH, {"jql": "", "maxResults": 0}))
    assert "between 1 and 5000" in text(caller.post(SEARCH, {"jql": ALL, "maxResults": 5001}))
    assert "Unbounded" in text(caller.post(SEARCH, {"jql": "ORDER BY updated"}))
    assert text(caller.post(SEARCH, {"jql": "project = NOPE"})) == (
        "The value 'NOPE' does not exist for the field 'project'."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"jql": ALL, "startAt": 0},
        {"jql": ALL, "expand": ["changelog"]},
        {"jql": ALL, "fields": "status"},
        {"jql": ALL, "maxResults": "50"},
        {"jql": ALL, "properties": ["a", "b", "c", "d", "e", "f"]},
        {"jql": ALL, "reconcileIssues": ["ITSM-1"]},
        {"jql": ALL, "reconcileIssues": list(range(51))},
        ["jql"],
    ],
)
def test_a_body_with_what_is_not_declared_is_refused(body: Any) -> None:
    assert text(site(many(1, "ITSM-")).post(SEARCH, body))


def test_an_unreadable_parameter_is_a_problem_of_another_form() -> None:
    answer = site([]).get(SEARCH, jql=ALL, maxResults="many")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_serves_its_own_query_for_seven_days_only() -> None:
    clock = Clock(at("2024-05-10 00:00"))
    caller = site(many(3, "ITSM-"), clock)
    token = caller.post(SEARCH, {"jql": ALL, "maxResults": 1}).json()["nextPageToken"]
    assert "invalid" in text(caller.post(SEARCH, {"jql": "key = ITSM-1", "nextPageToken": token}))
    clock.now = at("2024-05-16 23:59")
    assert caller.post(SEARCH, {"jql": ALL, "nextPageToken": token}).status_code == 200
    clock.now = at("2024-05-17 00:01")
    assert "expired" in text(caller.post(SEARCH, {"jql": ALL, "nextPageToken": token}))


def test_one_missing_key_spoils_a_list_of_keys_and_a_key_of_the_future_is_missing() -> None:
    caller = site([*many(2, "ITSM-"), ticket("ITSM-9", "2024-07-01 10:00")])
    assert caller.post(SEARCH, {"jql": "key in (ITSM-1, ITSM-2)"}).json()["issues"] == [
        {"id": "10001"},
        {"id": "10002"},
    ]
    assert "'ITSM-9' does not exist" in text(caller.post(SEARCH, {"jql": "key in (ITSM-1, ITSM-9)"}))


def test_a_literal_is_read_in_the_zone_of_the_callers_profile() -> None:
    caller = site([ticket("ITSM-1", "2024-05-01 10:00")])
    assert caller.post(SEARCH, {"jql": "updated >= '2024-05-01 12:00'"}).json()["issues"]
    assert not caller.post(SEARCH, {"jql": "updated >= '2024-05-01 12:01'"}).json()["issues"]
    assert caller.post(SEARCH, {"jql": f"updated >= {at('2024-05-01 10:00') // 1000}"}).json()["issues"]


def test_the_index_finds_each_change_after_a_time_of_its_own_and_a_look_by_key_at_once() -> None:
    clock = Clock(at("2024-05-01 02:00"))
    caller = site(many(120, "ITSM-"), clock, Site(index_lag=600_000_000))
    behind = everything(caller, fields=["key"])[0]
    assert 105 <= len(behind) < 120
    missing = {f"ITSM-{n}" for n in range(1, 121)} - set(behind)
    newest = max(int(key[5:]) for key in behind)
    assert any(int(key[5:]) < newest for key in missing), "a later change is found before an earlier one"
    late = missing.pop()
    assert caller.get(f"/rest/api/3/issue/{late}").status_code == 200
    known = 10_000 + int(late[5:])
    assert late in everything(caller, fields=["key"], reconcileIssues=[known])[0]
    clock.now += 600_000_000
    assert len(everything(caller, fields=["key"])[0]) == 120


def test_the_count_is_bounded_too_and_takes_nothing_but_a_query() -> None:
    caller = site(many(7, "ITSM-"))
    path = "/rest/api/3/search/approximate-count"
    assert caller.post(path, {"jql": "project = ITSM"}).json() == {"count": 7}
    assert "Unbounded" in text(caller.post(path, {"jql": ""}))
    assert text(caller.post(path, {"jql": "project = ITSM", "maxResults": 1}))


@pytest.mark.parametrize("path", ["/rest/api/3/search", "/rest/api/2/search", "/rest/api/latest/search"])
def test_the_old_search_is_gone(path: str) -> None:
    caller = site([])
    for answer in (caller.get(path, jql=ALL), caller.post(path, {"jql": ALL})):
        assert answer.status_code == 410
        assert "CHANGE-2046" in answer.json()["errorMessages"][0]


def test_a_feedback_does_not_touch_the_issue_and_is_found_by_its_own_date() -> None:
    clock = Clock(at("2024-05-02 00:00"))
    caller = site([ticket("ITSM-1", "2024-05-01 10:00")], clock, responses=[response("itsm-1", "2024-05-03 10:00", 2)])
    fields = ["updated", "customfield_10140", "customfield_10141"]
    before = caller.get("/rest/api/3/issue/ITSM-1", fields=",".join(fields)).json()["fields"]
    assert (before["customfield_10140"], before["customfield_10141"]) == (None, None)
    clock.now = at("2024-05-04 00:00")
    since = f"updated >= {at('2024-05-02 00:00') // 1000}"
    assert caller.post(SEARCH, {"jql": since}).json()["issues"] == []
    by_date = f"'Satisfaction date' >= {at('2024-05-02 00:00') // 1000} ORDER BY cf[10141]"
    [row] = caller.post(SEARCH, {"jql": by_date, "fields": fields}).json()["issues"]
    assert row["fields"]["updated"] == before["updated"]
    assert row["fields"]["customfield_10140"] == {"rating": 2}
    assert row["fields"]["customfield_10141"] == "2024-05-03T12:00:00.000+0200"


def test_what_is_hidden_is_nowhere_and_nobody_says_so() -> None:
    settings = Site(hidden=lambda t: t.number == "ITSM-2")
    caller = site(many(3, "ITSM-"), settings=settings)
    assert everything(caller, fields=["key"])[0] == ["ITSM-1", "ITSM-3"]
    answer = caller.get("/rest/api/3/issue/ITSM-2")
    assert answer.status_code == 404
    assert answer.json()["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]
