"""Lists that tell too little, answers in other shapes than a list, lengths of time, and texts with HTML entities."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.check import check
from connectors.durations import duration
from connectors.manifest import Manifest
from connectors.rest import SourceConnector
from core.connector import AnswerError
from core.model import SECOND, Page, to_datetime
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

AT = to_datetime(NOW - DAY).isoformat()
LATER = to_datetime(NOW - DAY + SECOND).isoformat()


class Desk:
    """A list of ids and change times; everything else is in the tickets themselves."""

    def __init__(self, listed: Any, **whole: Any) -> None:
        self.listed = listed
        self.whole: dict[str, Any] = whole
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/tickets":
            return httpx.Response(200, json={"items": self.listed})
        self.asked.append(
            path.removeprefix("/ticket/") + (request.url.query.decode() and f"?{request.url.query.decode()}")
        )
        if "ids" in request.url.params:
            return httpx.Response(
                200, json=[self.whole[key] for key in request.url.params["ids"].split(",") if key in self.whole]
            )
        found = self.whole.get(path.removeprefix("/ticket/"))
        return found if isinstance(found, httpx.Response) else httpx.Response(200 if found else 404, json=found)


def said(listed: str = "list", **detail: Any) -> Manifest:
    asks = {"request": {"path": "/ticket/{ids|first}"}, **detail}
    return manifest({"tickets": tickets(shape=listed, detail=asks)})


def read(connector: SourceConnector, checkpoint: str | None = None) -> list[Page]:
    return list(connector.pages("tickets", checkpoint, NOW))


def test_what_the_list_does_not_tell_is_asked_for_one_by_one() -> None:
    desk = Desk(
        [{"id": 1, "changed": AT}, {"id": 2, "changed": AT}], **{"1": {"state": "open"}, "2": {"state": "done"}}
    )
    page = read(System(desk.answer).connector(said()))[0]
    assert page.tickets["state"] == ["active", "resolved"]
    assert desk.asked == ["1", "2"]


def test_what_has_not_changed_is_not_asked_for_again() -> None:
    desk = Desk([{"id": 1, "changed": AT}], **{"1": {"state": "open"}})
    system = System(desk.answer)
    made = said()
    stream = made.streams["tickets"]
    cursor = stream.cursor
    assert cursor is not None
    wide = stream.model_copy(update={"cursor": cursor.model_copy(update={"overlap": DAY})})
    connector = system.connector(made.model_copy(update={"streams": {"tickets": wide}}))
    pages = read(connector)
    desk.listed.append({"id": 2, "changed": LATER})
    desk.whole["2"] = {"state": "done"}
    again = read(connector, pages[-1].checkpoint)
    assert desk.asked == ["1", "2"]
    assert [key for page in again for key in page.tickets["vendor_id"]] == ["2"]
    desk.listed[0]["changed"] = LATER
    read(connector, again[-1].checkpoint)
    assert desk.asked == ["1", "2", "1"]


def test_a_second_change_within_the_same_second_is_asked_for_although_the_list_shows_nothing_of_it() -> None:
    desk = Desk([{"id": 1, "changed": AT}], **{"1": {"state": "open"}})
    connector = System(desk.answer).connector(said())
    checkpoint = list(connector.pages("tickets", None, NOW - DAY))[-1].checkpoint  # the second is not over
    desk.whole["1"] = {"state": "done"}
    assert [state for page in read(connector, checkpoint) for state in page.tickets["state"]] == ["resolved"]
    assert [state for page in read(connector, checkpoint) for state in page.tickets["state"]] == []


def test_a_record_that_is_gone_or_hidden_when_it_is_asked_for_is_set_aside_and_stops_nothing() -> None:
    desk = Desk(
        [{"id": one, "changed": AT} for one in (1, 2, 3)],
        **{"2": {"state": "open"}, "3": httpx.Response(403, json={})},
    )
    page = read(System(desk.answer).connector(said()))[0]
    assert page.tickets["vendor_id"] == ["2"]
    assert {(one.key, one.reason) for one in page.rejects} == {("1", "gone"), ("3", "hidden")}
    assert page.read == 3


def test_a_record_whose_id_the_answer_alone_tells_is_asked_for_and_one_that_cannot_be_is_set_aside() -> None:
    made = tickets(detail={"request": {"path": "/ticket/{ids|first}"}, "ids": "key"})
    made["ticket"]["map"] |= {"vendor_id": "guid"}
    desk = Desk([{"key": 1, "changed": AT}, {"changed": AT}], **{"1": {"guid": "a-1", "state": "open"}})
    page = read(System(desk.answer).connector(manifest({"tickets": made})))[0]
    assert page.tickets["vendor_id"] == ["a-1"]
    assert [(one.reason, one.detail) for one in page.rejects] == [
        ("no id", "nothing stands at 'key', by which `detail` asks for it")
    ]


def test_an_id_that_stands_in_the_answer_alone_by_its_path_is_an_error_of_the_manifest() -> None:
    made = tickets(detail={"request": {"path": "/ticket/{ids|first}"}, "under": "more"})
    made["ticket"]["map"] |= {"vendor_id": "more.guid"}
    (wrong,) = check(manifest({"tickets": made}))
    assert wrong.path == ("streams", "tickets", "ticket", "map", "vendor_id")
    assert wrong.message.startswith("'more.guid' stands in the answer of `detail` alone")
    made["ticket"]["map"] |= {"vendor_id": ["id", "more.guid"]}
    assert check(manifest({"tickets": made})) == []


def test_details_may_come_in_batches() -> None:
    desk = Desk([1, 2, 3], **{key: {"id": key, "state": "open", "changed": AT} for key in "13"})
    made = said("ids", request={"path": "/ticket/some", "query": {"ids": "{ids|join:,}"}}, batch=2, shape="list")
    page = read(System(desk.answer).connector(made))[0]
    assert desk.asked == ["some?ids=1%2C2", "some?ids=3"]
    assert page.tickets["vendor_id"] == ["1", "3"]
    assert [(one.key, one.reason) for one in page.rejects] == [("2", "gone")]


def test_the_detail_may_stand_under_a_name_of_its_own() -> None:
    desk = Desk([{"id": 1, "changed": AT, "state": "open"}], **{"1": {"state": "ignored"}})
    page = read(System(desk.answer).connector(said(under="more")))[0]
    assert page.tickets["state"] == ["active"]


def shaped(shape: str, **more: Any) -> Manifest:
    return manifest({"tickets": tickets(shape=shape, **more)})


@pytest.mark.parametrize(("path", "key"), [("id", "1"), ("key", "Ticket::1")])
def test_records_may_be_a_map_by_id(path: str, key: str) -> None:
    body = {"items": {"Ticket::1": {"changed": AT, "state": "open", "id": 1}}}
    made = tickets(shape="map")
    made["ticket"]["map"]["vendor_id"] = path
    page = read(System(lambda request: httpx.Response(200, json=body)).connector(manifest({"tickets": made})))[0]
    assert page.tickets["vendor_id"] == [key]


def test_one_record_is_a_list_of_one() -> None:
    body = {"items": {"id": 1, "changed": AT, "state": "open"}}
    page = read(System(lambda request: httpx.Response(200, json=body)).connector(shaped("one")))[0]
    assert page.tickets["vendor_id"] == ["1"]


@pytest.mark.parametrize(
    ("shape", "said_"), [("map", "without a map"), ("one", "without a record"), ("ids", "without a list")]
)
def test_another_shape_than_the_manifest_says_is_an_error(shape: str, said_: str) -> None:
    with pytest.raises(AnswerError, match=said_):
        read(System(lambda request: httpx.Response(200, json={"items": "none"})).connector(shaped(shape)))


def test_a_moment_may_be_told_as_the_time_since_another_one() -> None:
    made = tickets()
    made["ticket"]["map"] |= {
        "first_response_at": {"path": "reply_minutes", "after": "opened", "unit": "minutes"},
        "resolved_at": {"path": "took", "after": "opened", "unit": "iso"},
    }
    known = {"changed": AT, "opened": AT}
    rows = [
        {**known, "id": 1, "reply_minutes": 90, "took": "PT4H30M", "state": "done"},
        {**known, "id": 2, "reply_minutes": None, "took": "soon", "state": "open"},
    ]
    body = {"items": rows}
    page = read(System(lambda request: httpx.Response(200, json=body)).connector(manifest({"tickets": made})))[0]
    opened = NOW - DAY
    assert page.tickets["first_response_at"] == [opened + 90 * 60 * SECOND, None]
    assert page.tickets["resolved_at"] == [opened + 16_200 * SECOND, None]
    assert page.tickets["suspect"] == [None, "resolved_at unreadable"]


@given(st.integers(0, 10**6), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_length_is_the_same_in_every_form(days: int, hours: int, minutes: int, seconds: int) -> None:
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    assert duration(f"P{days}DT{hours}H{minutes}M{seconds}S", "iso") == whole * SECOND
    assert duration(f"{days} {hours}:{minutes:02}:{seconds:02}", "clock") == whole * SECOND
    assert duration(str(whole), "seconds") == duration(str(whole * 1000), "milliseconds") == whole * SECOND


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("P", "iso"),
        ("PT", "iso"),
        ("P1M", "iso"),
        ("4", "clock"),
        ("4:3", "clock"),
        ("x", "hours"),
        ("1e300", "hours"),
        ("nan", "seconds"),
    ],
)
def test_what_is_no_length_is_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match=r"is no |could not convert"):
        duration(text, unit)


def test_texts_with_html_entities_are_read_as_what_they_mean() -> None:
    body = {"items": [{"id": 1, "number": "R&#38;D", "changed": AT, "state": "open"}]}
    made = tickets()
    made["ticket"]["map"]["number"] = "number"
    for entities, number in ((True, "R&D"), (False, "R&#38;D")):
        said_ = manifest({"tickets": made}, entities=entities)
        page = read(System(lambda request: httpx.Response(200, json=body)).connector(said_))[0]
        assert page.tickets["number"] == [number]


def test_a_name_that_is_told_at_the_beginning_bears_entities_as_records_do_and_a_space_alone_is_nothing() -> None:
    items = [
        {"id": 1, "team": 7, "service": "&nbsp;", "changed": AT, "state": "open"},
        {"id": 2, "team": 8, "service": "R&amp;D", "changed": AT, "state": "open"},
    ]
    teams = [{"id": 7, "name": "IT &gt; Web"}, {"id": 8, "name": "Data"}]
    made = tickets()
    made["ticket"]["map"] |= {"group": {"path": "team", "values": ["teams"]}, "service": "service"}
    said_ = manifest(
        {"tickets": made},
        entities=True,
        discover={"teams": {"request": {"path": "/teams"}, "maps": {"teams": {"key": "id", "value": "name"}}}},
    )
    answers = {"/teams": teams, "/tickets": {"items": items}}
    page = read(System(lambda request: httpx.Response(200, json=answers[request.url.path])).connector(said_))[0]
    assert page.tickets["group"] == ["IT > Web", "Data"]
    assert page.tickets["service"] == [None, "R&D"]
