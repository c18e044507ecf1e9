import re
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.check import check
from connectors.counted import overlapping
from core.connector import AnswerError
from core.model import SECOND, to_datetime
from tests.connectors.fake_system import NOW, System, manifest, tickets

BEGIN = NOW - 10_000 * SECOND


def rows(*offsets: int) -> list[dict[str, Any]]:
    """Tickets in order of their change, at so many seconds after the beginning; ids in the same order."""
    return [
        {"id": f"{place:04d}", "changed": stamp(offset), "opened": stamp(0), "state": "open"}
        for place, offset in enumerate(offsets)
    ]


def stamp(offset: int) -> str:
    return to_datetime(BEGIN + offset * SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")


def ids(system: System, paging: dict[str, Any], request: dict[str, Any]) -> list[str]:
    stream = tickets(paging=paging, request={"path": "/tickets", "query": request})
    connector = system.connector(manifest({"tickets": stream}))
    return [key for page in connector.pages("tickets", None, NOW) for key in page.tickets.get("vendor_id", ())]


def query(request: httpx.Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.url.query.decode()).items()}


def body(
    items: list[dict[str, Any]], status: int = 200, headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    return httpx.Response(status, json={"items": items, **more}, headers=headers)


SIZES = st.tuples(st.integers(0, 40), st.integers(1, 10), st.integers(1, 10))


@given(SIZES, st.sampled_from(["total", "empty", "more"]))
def test_offset_pages_bring_each_record_once_even_where_the_server_cuts_them(
    sizes: tuple[int, int, int], stop: str
) -> None:
    count, size, cap = sizes
    every = rows(*range(count))

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(query(request)["offset"])
        shown = every[start : start + min(size, cap)]
        return body(shown, total=count, more=start + len(shown) < count)

    found = ids(
        System(answer),
        {"kind": "offset", "size": size, "stop": stop, "total": {"path": "total"}, "more": "more"},
        {"offset": "{offset}", "limit": "{size}"},
    )
    assert found == [row["id"] for row in every]


@given(st.integers(0, 40), st.integers(1, 10))
def test_a_hidden_block_in_the_middle_does_not_end_a_list_with_a_total(count: int, size: int) -> None:
    every = rows(*range(count))
    hidden = {row["id"] for row in every[size : 3 * size]}

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(query(request)["offset"])
        return body([row for row in every[start : start + size] if row["id"] not in hidden], total=count)

    found = ids(
        System(answer),
        {"kind": "offset", "size": size, "stop": "total", "total": {"path": "total"}},
        {"offset": "{offset}"},
    )
    assert sorted(set(found)) == [row["id"] for row in every if row["id"] not in hidden]


@given(st.lists(st.integers(0, 4), max_size=40).map(sorted), st.integers(1, 6), st.integers(0, 2**40))
def test_keyset_pages_lose_nothing_among_equal_times_and_hidden_records(
    offsets: list[int], size: int, mask: int
) -> None:
    every = rows(*offsets)
    shown = [row for place, row in enumerate(every) if not mask >> place & 1]

    def answer(request: httpx.Request) -> httpx.Response:
        said = query(request)
        since, _, after = said["range"].partition("|")
        behind = [row for row in every if (row["changed"], row["id"]) > (since, after)] if after else every
        start = int(said["offset"])
        page = [row for row in behind[start : start + size] if row in shown]
        headers = {} if said.get("uncounted") else {"X-Total": str(len(behind))}
        return body(page, headers=headers)

    found = ids(
        System(answer),
        {
            "kind": "keyset",
            "size": size,
            "id": "id",
            "start": "{since}",
            "after": "{since}|{after}",
            "total": {"header": "X-Total"},
            "uncounted": {"uncounted": "1"},
        },
        {"range": "{range}", "offset": "{offset}"},
    )
    assert found == [row["id"] for row in shown]


def test_a_list_that_fits_on_one_page_is_one_request() -> None:
    system = System(lambda request: body(rows(1, 2), headers={"X-Total": "2"}))
    paging = {
        "kind": "keyset",
        "size": 5,
        "id": "id",
        "start": "a",
        "after": "b{after}",
        "total": {"header": "X-Total"},
    }
    assert ids(system, paging, {"range": "{range}"}) == ["0000", "0001"]
    assert len(system.asked) == 1


@given(st.lists(st.integers(0, 6), max_size=40).map(sorted), st.integers(1, 6))
def test_going_on_from_the_last_change_time_loses_nothing(offsets: list[int], size: int) -> None:
    every = rows(*offsets)

    def answer(request: httpx.Request) -> httpx.Response:
        said = query(request)
        behind = [row for row in every if row["changed"] >= said["since"]]
        start = int(said["offset"])
        page = behind[start : start + size]
        if not page:
            return httpx.Response(204)
        return body(page, 206 if start + size < len(behind) else 200)

    found = ids(
        System(answer),
        {"kind": "offset", "size": size, "stop": "more", "more_status": [206], "rebase": True},
        {"offset": "{offset}", "since": "{since}"},
    )
    assert sorted(set(found)) == [row["id"] for row in every]


def test_records_that_move_to_the_end_while_paging_are_not_lost_with_rebase() -> None:
    every = rows(0, 1, 2, 3, 4, 5)

    def answer(request: httpx.Request) -> httpx.Response:
        said = query(request)
        behind = sorted((row for row in every if row["changed"] >= said["since"]), key=lambda row: row["changed"])
        start = int(said["offset"])
        page = [dict(row) for row in behind[start : start + 2]]
        every[0]["changed"] = stamp(9)  # what was read first is changed again: all behind it slip forward
        return body(page, 206 if start + 2 < len(behind) else 200)

    found = ids(
        System(answer),
        {"kind": "offset", "size": 2, "stop": "more", "more_status": [206], "rebase": True},
        {"offset": "{offset}", "since": "{since}"},
    )
    assert set(found) == {row["id"] for row in every}


class Leaving:
    """A list that records leave while it is read, one after some of its requests; in pages of four."""

    def __init__(self, offsets: list[int], leave: list[int]) -> None:
        self.every, self.leave, self.gone = rows(*offsets), list(leave), set[str]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        said = query(request)
        start, behind = int(said["offset"]), [row for row in self.every if row["changed"] >= said["since"]]
        page = behind[start : start + 4]
        answer = body(page, 206 if start + 4 < len(behind) else 200) if page else httpx.Response(204)
        if self.leave and self.every:
            self.gone.add(self.every.pop(self.leave.pop(0) % len(self.every))["id"])
        return answer


_LEAVING: dict[str, Any] = {"kind": "offset", "size": 4, "stop": "more", "more_status": [206]}
_SINCE = {"offset": "{offset}", "since": "{since}"}


@given(st.lists(st.integers(0, 3), max_size=40).map(sorted), st.lists(st.integers(0, 99), max_size=12), st.booleans())
def test_records_that_leave_an_anchored_list_while_it_is_read_take_no_other_with_them(
    offsets: list[int], leave: list[int], rebase: bool
) -> None:
    """Many share one change time, so that going on from it is no help."""
    there = Leaving(offsets, leave)
    every = {row["id"] for row in there.every}
    found = ids(System(there.answer), {**_LEAVING, "rebase": rebase, "anchored": True}, _SINCE)
    assert every - there.gone <= set(found)


def test_without_an_anchor_records_are_lost_when_others_leave() -> None:
    there = Leaving([0] * 12, [0, 0])
    found = ids(System(there.answer), {**_LEAVING, "rebase": True}, _SINCE)
    assert {row["id"] for row in there.every} - set(found)


def test_a_list_that_moves_up_for_ever_is_an_error_and_no_endless_loop() -> None:
    count = iter(range(0, 10_000, 4))

    def answer(request: httpx.Request) -> httpx.Response:
        first = next(count)  # never a record that was there before
        return body([{**row, "id": str(first + place)} for place, row in enumerate(rows(0, 0, 0, 0))], 206)

    with pytest.raises(AnswerError, match="records leave the list again and again"):
        ids(System(answer), {**_LEAVING, "anchored": True}, _SINCE)


def test_an_anchored_list_costs_no_request_more_where_nothing_leaves() -> None:
    there = Leaving([0] * 13, [])
    system = System(there.answer)
    assert sorted(set(ids(system, {**_LEAVING, "anchored": True}, _SINCE))) == [row["id"] for row in there.every]
    assert len(system.asked) == 4, "four records, and three times three behind the one that was there"


class Numbered(Leaving):
    """The same by page number, as large as is asked for; `moving`: what leaves comes again at the end, changed."""

    def __init__(self, offsets: list[int], leave: list[int], moving: bool = False) -> None:
        super().__init__(offsets, leave)
        self.moving, self.clock = moving, 100

    def answer(self, request: httpx.Request) -> httpx.Response:
        said = query(request)
        page, size = int(said.get("page", "1")), int(said.get("size", "20"))
        behind = [row for row in self.every if row["changed"] >= said["since"]]
        shown, follows = behind[(page - 1) * size : page * size], page * size < len(behind)
        link = f"/tickets?since={said['since']}&page={page + 1}&size={size}"
        answer = body(shown, headers={"Link": f'<{link}>; rel="next"'} if follows else {}, more=follows)
        for place in self.leave[:2]:
            if not self.every:
                break
            row = self.every.pop(place % len(self.every))
            if self.moving:
                self.clock += 1
                self.every.append({**row, "changed": stamp(self.clock)})
            else:
                self.gone.add(row["id"])
        self.leave = self.leave[2:]
        return answer


_NUMBERED = {"page": "{page}", "size": "{size}", "since": "{since}"}
_STOPS: list[dict[str, Any]] = [{"stop": "empty"}, {"stop": "short"}, {"stop": "more", "more": "more"}]
_ANCHORED: dict[str, Any] = {"kind": "page", "size": 20, "anchored": True}


@given(
    st.lists(st.integers(0, 3), max_size=150).map(sorted),
    st.lists(st.integers(0, 150), max_size=16),
    st.sampled_from(_STOPS),
    st.sampled_from(["by id", "by change", "moving"]),
)
def test_records_that_leave_an_anchored_list_of_page_numbers_take_no_other_with_them(
    offsets: list[int], leave: list[int], stop: dict[str, Any], order: str
) -> None:
    there = Numbered(offsets, leave, moving=order == "moving")
    every = {row["id"] for row in there.every}
    found = ids(System(there.answer), {**_ANCHORED, **stop, "rebase": order != "by id"}, _NUMBERED)
    assert every - there.gone <= set(found)


@pytest.mark.parametrize("leave", [[0], [0] * 30, [39, 38], [19] * 10], ids=str)
def test_without_an_anchor_page_numbers_lose_what_moves_up(leave: list[int]) -> None:
    for anchored in (True, False):
        there = Numbered([0] * 100, leave)
        left = ids(System(there.answer), {**_ANCHORED, "anchored": anchored, "stop": "short"}, _NUMBERED)
        lost = {row["id"] for row in there.every} - set(left)
        assert bool(lost) is (not anchored and leave != [39, 38])


@pytest.mark.parametrize("kind", ["page", "next"])
def test_records_that_move_to_the_end_are_not_lost_with_rebase_whatever_leads_to_the_next_page(kind: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "page": {"kind": "page", "stop": "short"},
        "next": {"kind": "next", "header": "Link"},
    }
    paging = kinds[kind]
    request = _NUMBERED if kind == "page" else {"since": "{since}", "size": "{size}"}
    for rebase in (True, False):
        there = Numbered(list(range(100)), [0, 0, 5, 1, 0, 0], moving=True)
        found = ids(System(there.answer), {**paging, "size": 20, "rebase": rebase}, request)
        assert ({row["id"] for row in there.every} == set(found)) is rebase


@pytest.mark.parametrize("kind", ["page", "next"])
def test_more_records_of_one_moment_than_a_page_holds_are_read_to_their_end(kind: str) -> None:
    paging: dict[str, dict[str, Any]] = {
        "page": {"kind": "page", "stop": "short", "anchored": True},
        "next": {"kind": "next", "header": "Link"},
    }
    request = _NUMBERED if kind == "page" else {"since": "{since}", "size": "{size}"}
    there = Numbered([1] * 30 + [2] * 90 + [3] * 5, [])
    system = System(there.answer)
    found = ids(system, {**paging[kind], "size": 20, "rebase": True}, request)
    assert set(found) == {row["id"] for row in there.every}
    assert len(system.asked) < 14


def test_anchored_page_numbers_overlap_by_little_and_end_as_others_do() -> None:
    there = Numbered([0] * 1000, [])
    system = System(there.answer)
    found = ids(system, {**_ANCHORED, "size": 100, "stop": "more", "more": "more"}, _NUMBERED)
    assert len(found) < 1150
    assert set(found) == {row["id"] for row in there.every}
    assert len(system.asked) <= 12
    short = System(Numbered([0] * 40, []).answer)
    ids(short, {**_ANCHORED, "size": 100}, _NUMBERED)
    assert len(short.asked) == 2, "a short page and an empty one, as without an anchor"


@given(st.integers(1, 100_000), st.integers(20, 200))
def test_some_page_overlaps_the_page_before_wherever_it_ends(end: int, most: int) -> None:
    found = overlapping(end, most)
    assert found is not None
    page, size = found
    assert page * size < end < (page + 1) * size
    assert size <= most


def test_an_anchored_list_of_page_numbers_without_an_order_is_an_error_and_no_endless_loop() -> None:
    count = iter(range(0, 100_000, 20))

    def answer(request: httpx.Request) -> httpx.Response:
        first = next(count)
        return body([{**row, "id": str(first + place)} for place, row in enumerate(rows(*[0] * 20))])

    with pytest.raises(AnswerError, match="records leave the list again and again"):
        ids(System(answer), _ANCHORED, _NUMBERED)


def test_a_system_that_cuts_anchored_pages_is_read_as_if_they_were_not() -> None:
    every = rows(*[0] * 90)

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(query(request)["page"])
        return body(every[(page - 1) * 10 : page * 10], total=90)

    stops: list[dict[str, Any]] = [{"stop": "empty"}, {"stop": "total", "total": {"path": "total"}}]
    for stop in stops:
        assert ids(System(answer), {**_ANCHORED, **stop}, _NUMBERED) == [row["id"] for row in every]


@pytest.mark.parametrize(
    ("paging", "request_", "message"),
    [
        ({**_ANCHORED, "rebase": True}, _NUMBERED, "say cursor, of records in the order of their change"),
        ({"kind": "next", "path": "next", "rebase": True}, {"since": "{since}"}, "say cursor"),
        (_ANCHORED, {"since": "{since}", "page": "{page}"}, r"needs \{size\} in the request"),
        ({**_ANCHORED, "size": 10}, _NUMBERED, "size of 20 or more"),
    ],
    ids=["page", "next", "no size", "small"],
)
def test_pages_that_cannot_overlap_or_go_on_from_a_change_time_are_named(
    paging: dict[str, Any], request_: dict[str, Any], message: str
) -> None:
    made = tickets(
        paging=paging, request={"path": "/tickets", "query": request_}, cursor={"overlap": "0s", "sorted": False}
    )
    (wrong,) = list(check(manifest({"tickets": made})))
    assert re.search(message, wrong.message)


def test_an_empty_page_that_bears_a_token_is_not_the_end() -> None:
    pages = {"": ([], "t1"), "t1": (rows(1), "t2"), "t2": ([], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        items, token = pages[query(request).get("token", "")]
        more: dict[str, Any] = {"next": token} if token else {}
        return body(items, **more)

    system = System(answer)
    assert ids(system, {"kind": "token", "path": "next"}, {"token": "{token}"}) == ["0000"]
    assert "token" not in query(system.asked[0])


@pytest.mark.parametrize("cycle", [["a", "a"], ["a", "b", "a"]])
def test_tokens_that_lead_in_a_circle_are_an_error(cycle: list[str]) -> None:
    tokens = iter(cycle * 3)
    system = System(lambda request: body([], next=next(tokens)))
    with pytest.raises(AnswerError, match=r"acme/desk: tickets: .*circle"):
        ids(system, {"kind": "token", "path": "next"}, {"token": "{token}"})


def test_a_system_that_does_not_heed_the_offset_is_an_error() -> None:
    system = System(lambda request: body(rows(1, 2)))
    with pytest.raises(AnswerError, match="two pages hold the same 2 records"):
        ids(system, {"kind": "offset", "size": 2}, {"offset": "{offset}"})


def test_a_system_that_does_not_heed_the_key_is_an_error() -> None:
    system = System(lambda request: body(rows(1, 2)))
    with pytest.raises(AnswerError, match=r"two pages hold|ignores the query"):
        ids(system, {"kind": "keyset", "size": 2, "id": "id", "start": "a", "after": "b{after}"}, {"range": "{range}"})


@pytest.mark.parametrize("where", ["body", "header"])
@pytest.mark.parametrize("absolute", [True, False])
def test_next_links_are_followed_on_the_systems_own_host(where: str, absolute: bool) -> None:
    base = "https://acme.example" if absolute else ""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tickets":
            link = f"{base}/more?x=%2B1"
            headers = {"Link": f'<{base}/tickets>; rel="first", <{link}>; rel="next"'} if where == "header" else {}
            more: dict[str, Any] = {"next": link} if where == "body" else {}
            return body(rows(1), headers=headers, **more)
        return body([{**rows(2)[0], "id": "z"}])

    paging = {"kind": "next", **({"path": "next"} if where == "body" else {"header": "Link"})}
    system = System(answer)
    assert ids(system, paging, {}) == ["0000", "z"]
    assert str(system.asked[1].url) == "https://acme.example/more?x=%2B1"


def test_a_next_link_to_another_host_is_refused_and_gets_no_credentials() -> None:
    system = System(lambda request: body(rows(1), next="https://evil.example/steal"))
    with pytest.raises(AnswerError, match=r"another host, evil\.example, which is not followed"):
        ids(system, {"kind": "next", "path": "next"}, {})
    assert {request.url.host for request in system.asked} == {"acme.example"}


def test_page_numbers_go_on_until_an_empty_page() -> None:
    every = rows(*range(5))

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(query(request)["page"])
        return body(every[(page - 1) * 2 : page * 2])

    system = System(answer)
    assert ids(system, {"kind": "page", "size": 2}, {"page": "{page}"}) == [row["id"] for row in every]
    assert [query(request)["page"] for request in system.asked] == ["1", "2", "3", "4"]


def by_id(order: int) -> tuple[System, dict[str, Any], dict[str, Any]]:
    """A system whose list is in the order of ids, up (1) or down (-1); and how a manifest says so.

    Between two pages the record behind the page changes, and moves to the end of any order by change.
    """
    every = rows(*range(0, 70, 10))
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        since, _, after = query(request)["q"].partition(" ")
        found = [one for one in every if one["changed"] >= since]
        found.sort(key=lambda one: str(one["id"]), reverse=order < 0)
        if after:
            found = [one for one in found if (one["id"] > after if order > 0 else one["id"] < after)]
        shown = [dict(one) for one in found[:2]]
        seen.extend(one["id"] for one in shown)
        for one in found[2:3]:
            one["changed"] = stamp(1000)
        for one in every:
            if one["id"] in seen:
                one["changed"] = stamp(2000)
        return body(shown)

    paging = {"kind": "keyset", "size": 2, "by": "id", "id": "id", "start": "{since}", "after": "{since} {after}"}
    return System(answer), paging, {"q": "{range}"}


@pytest.mark.parametrize("order", [1, -1])
def test_keyset_by_id_alone_loses_nothing_that_changes_while_it_is_read(order: int) -> None:
    system, paging, request = by_id(order)
    stream = tickets(
        paging=paging, request={"path": "/tickets", "query": request}, cursor={"overlap": "0s", "sorted": False}
    )
    connector = system.connector(manifest({"tickets": stream}), since=BEGIN + 10 * SECOND)
    pages = list(connector.pages("tickets", None, NOW))
    found = [key for page in pages for key in page.tickets.get("vendor_id", ())]
    assert sorted(found) == [f"{place:04d}" for place in range(1, 7)]
    # every page asks from where the pass began, whatever the last record's change time is
    assert {query(request)["q"].partition(" ")[0] for request in system.asked} == {stamp(10)}


def test_keyset_by_id_says_when_the_system_ignores_the_query() -> None:
    system = System(lambda request: body(rows(0, 0)[1 if query(request)["q"].endswith("0001") else 0 :]))
    paging = {"kind": "keyset", "by": "id", "id": "id", "start": "{since}", "after": "{since} {after}"}
    with pytest.raises(AnswerError, match="ignores the query"):
        ids(system, paging, {"q": "{range}"})


def test_keyset_by_id_needs_a_cursor_that_is_said_to_be_out_of_order() -> None:
    paging = {"kind": "keyset", "by": "id", "id": "id", "start": "{since}", "after": "{since} {after}"}
    made = tickets(paging=paging, request={"path": "/tickets", "query": {"q": "{range}"}})
    wrong = [str(one.message) for one in check(manifest({"tickets": made}))]
    assert wrong == ["by: id is no order of change times: say sorted: false"]


def test_a_total_counts_what_came_where_the_system_cuts_pages() -> None:
    """58 records, 100 wanted on a page, 25 given: three pages."""

    def answer(request: httpx.Request) -> httpx.Response:
        first = (int(request.url.params["page"]) - 1) * 25
        return body(rows(*range(first, min(first + 25, 58))), total=58)

    system = System(answer)
    said = {"kind": "page", "size": 100, "stop": ["total"], "total": {"path": "total"}}
    assert len(ids(system, said, {"page": "{page}"})) == 58
    assert len(system.asked) == 3


def test_a_total_that_counts_hidden_records_ends_behind_the_last_page() -> None:
    """Of 4 records two are shown: the page behind the last one is asked for, and no other."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return body(rows(page) if page < 3 else rows(), total=4)

    system = System(answer)
    said = {"kind": "page", "size": 2, "stop": ["total"], "total": {"path": "total"}}
    assert len(ids(system, said, {"page": "{page}"})) == 2
    assert len(system.asked) == 3
