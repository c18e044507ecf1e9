"""Questions at the beginning that are answered by something else than JSON: a login page, a proxy, another form."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from core.connector import Access, AnswerError, GroundError
from core.model import SECOND
from core.status import SourceStatus
from core.store.store import open_store
from core.sync import sync
from tests.connectors.fake_system import NOW, System, manifest, tickets

PAGE = httpx.Response(200, html="<html><title>Sign in to Acme</title></html>")
STRANGE = httpx.Response(200, json={"data": "no list"})
GOOD = httpx.Response(200, json={"data": [{"id": 7, "name": "Web"}]})
TICKET = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "team": 7}


class Desk(System):
    """Two lists, and a list of teams."""

    def __init__(self, teams: httpx.Response) -> None:
        super().__init__(self.tell)
        self.teams = teams

    def tell(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/teams":
            return self.teams
        return httpx.Response(200, json={"items": [TICKET]})


def said(**more: Any) -> Manifest:
    asks = {"request": {"path": "/teams"}, "maps": {"names": {"records": "data", "key": "id", "value": "name"}}}
    stream = tickets()
    stream["ticket"]["map"]["group"] = {"path": "team", "values": "names"}
    return manifest({"a": stream, "b": stream}, discover={"teams": {**asks, **more}})


def test_a_page_in_place_of_the_answer_is_one_clear_error_and_no_list_is_asked_for(tmp_path: Path) -> None:
    desk, status = Desk(PAGE), SourceStatus("acme", "desk", 300.0)
    store = open_store(f"sqlite:///{tmp_path / 'siamhub.db'}")
    source = store.source_id("acme", "desk")
    outcome = sync(source, desk.connector(said()), store, status, lambda: NOW)
    store.close()
    assert outcome.state == "failed"
    assert outcome.reason == (
        "a: acme/desk: GET /teams answered 200 with a page in place of JSON (titled 'Sign in to Acme'); a login page, "
        "a proxy or maintenance; without this answer, by which the manifest tells names (teams), no list of the source "
        "is read; 1 more streams not tried"
    )
    assert [request.url.path for request in desk.asked] == ["/teams"]


def test_an_answer_of_another_form_is_likewise_one_error() -> None:
    with pytest.raises(GroundError, match=r"answer for teams holds no list at 'data'; without this answer"):
        list(Desk(STRANGE).connector(said()).pages("a", None, NOW))


def test_a_check_says_it_once() -> None:
    desk = Desk(PAGE)
    first, rest = desk.connector(said()).probe()
    assert "a page in place of JSON" in first.detail
    assert rest == Access("b", False, "not asked, since each of them rests on that answer")
    assert len(desk.asked) == 1


def test_nothing_is_stored_without_its_names_because_of_a_page_that_will_pass() -> None:
    """Though they may be left out: what is stored by then would not be asked for again."""
    desk = Desk(PAGE)
    connector = desk.connector(said(optional=True))
    with pytest.raises(GroundError, match="no list of the source is read"):
        list(connector.pages("a", None, NOW))
    desk.teams = GOOD
    (page,) = connector.pages("a", None, NOW)
    assert page.tickets["group"] == ["Web"]


@pytest.mark.parametrize("teams", [STRANGE, httpx.Response(404), httpx.Response(403)])
def test_a_question_that_may_be_left_out_costs_its_own_values_alone(teams: httpx.Response) -> None:
    desk = Desk(teams)
    connector = desk.connector(said(optional=True))
    (page,) = connector.pages("a", None, NOW)
    assert page.tickets["group"] == [None]
    assert page.unmapped[("group", "7")] == 1
    told = {one.stream: one for one in connector.probe()}
    assert told["a"].readable
    assert not told["teams"].readable


def test_what_was_known_before_is_not_forgotten_for_an_answer_that_cannot_be_read_and_it_is_asked_for_soon() -> None:
    desk = Desk(GOOD)
    connector = desk.connector(said(optional=True, keep="2h"))
    groups: list[Any] = []
    for hours, teams in ((0, GOOD), (3, PAGE), (3.1, GOOD), (6, httpx.Response(403))):
        desk.teams = teams
        (page,) = connector.pages("a", None, NOW + round(hours * 3600) * SECOND)
        groups += page.tickets["group"]
    assert groups == ["Web", "Web", "Web", None]
    assert [request.url.path for request in desk.asked].count("/teams") == 4


def test_an_option_that_names_nothing_there_is_an_error_of_the_option_even_where_the_question_may_be_left_out() -> None:
    pick = {"ids": {"records": "data", "key": "name", "value": "id", "options": "teams", "needed": True}}
    made = manifest(
        {"a": tickets()},
        discover={"teams": {"request": {"path": "/teams"}, "pick": pick, "optional": True}},
        options={"teams": {"type": "texts", "description": "teams"}},
    )
    with pytest.raises(AnswerError, match=r"of teams none is called as options\.teams say; there are Web$"):
        list(Desk(GOOD).connector(made, {"teams": ["Data"]}).pages("a", None, NOW))
