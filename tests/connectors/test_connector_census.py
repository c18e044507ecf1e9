"""A census by a manifest: ids listed in pages, tickets asked for by theirs, and what became of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors.check import check
from connectors.manifest import Manifest
from core.connector import AbsentError, AnswerError, Asked, Counted, ForbiddenError
from core.model import SECOND, Instant, to_datetime
from tests.connectors.fake_system import DAY, NOW, System, manifest, tickets

AT = NOW - DAY


def text(moment: Instant) -> str:
    return to_datetime(moment).isoformat()


@dataclass
class Desk:
    """Tickets by id; some of them are counted and not shown, and a status may stand in for an answer."""

    tickets: dict[str, dict[str, Any]]
    hidden: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)  # by path
    size: int = 2
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path, request.url.params
        self.asked.append(f"{path}?{request.url.query.decode()}")
        if path in self.statuses:
            return httpx.Response(self.statuses[path], json={})
        if path == "/ids":
            rest = sorted(key for key in self.tickets if key > params.get("after", ""))
            return self._list([self.tickets[key] for key in rest[: self.size]], len(rest))
        if path.startswith("/ticket/"):
            one = self.tickets.get(path.removeprefix("/ticket/"))
            return httpx.Response(200, json=one) if one else httpx.Response(404, json={})
        if path == "/tickets":
            return self._list(list(self.tickets.values()), len(self.tickets))
        if path == "/history":
            rows = [{"id": key, "ticket": key, "at": text(AT)} for key in params["ids"].split(",")]
            return httpx.Response(200, json=rows)
        keys = params["ids"].split(",")
        found = [self.tickets[key] for key in keys if key in self.tickets]
        return self._list(found, len(found) + len(self.hidden.intersection(keys)))

    def _list(self, items: Sequence[Any], total: int) -> httpx.Response:
        return httpx.Response(200, json={"items": items, "total": total})


def ticket(key: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "changed": text(AT), "opened": text(AT), "state": "open", **more}


def desk(*keys: str, **more: Any) -> Desk:
    return Desk({key: ticket(key) for key in keys}, **more)


AGAIN: dict[str, Any] = {"request": {"path": "/some", "query": {"ids": "{ids|join:,}"}}, "records": "items"}
KEYSET = {"kind": "keyset", "by": "id", "id": "id", "start": "", "after": "{after}", "size": 2}


def said(again: Mapping[str, Any] = AGAIN, stream: Mapping[str, Any] | None = None, **census: Any) -> Manifest:
    ids = {"path": "/ids", "query": {"since": "{since}", "after": "{range}"}}
    asked = {"request": ids, "records": "items", "paging": KEYSET, "again": dict(again), **census}
    return manifest({"tickets": tickets(census=asked, **(stream or {}))})


def listed(system: Desk, by: Manifest) -> Mapping[str, Instant | None]:
    return System(system.answer).connector(by).listed("tickets", NOW)


def again(system: Desk, by: Manifest, *keys: str, numbers: Mapping[str, str] | None = None) -> list[Asked]:
    connector = System(system.answer).connector(by)
    connector.listed("tickets", NOW)
    return list(connector.again("tickets", {key: (numbers or {}).get(key) for key in keys}, NOW))


def lost(asked: Sequence[Asked]) -> dict[str, str]:
    return {key: why for one in asked for key, why in one.lost.items()}


def came(asked: Sequence[Asked]) -> list[str]:
    return [key for one in asked for key in one.page.tickets.get("vendor_id", ())]


def test_all_ids_are_listed_from_the_beginning_of_the_span_on() -> None:
    system = desk("a", "b", "c")
    assert listed(system, said()) == {"a": None, "b": None, "c": None}
    since = text(NOW - 30 * DAY)[:10]
    assert [f"since={since}" in one for one in system.asked] == [True] * len(system.asked)
    assert [one.endswith("after=b") for one in system.asked[1:2]] == [True]


def test_change_times_come_with_the_ids_where_the_list_tells_them() -> None:
    assert listed(desk("a"), said(changed="changed")) == {"a": AT}


def test_records_that_are_no_tickets_of_ours_are_left_out_of_the_list() -> None:
    system = Desk({"a": ticket("a", type="incident"), "b": ticket("b", type="task")})
    assert list(listed(system, said(when={"type": ["incident"]}))) == ["a"]


def test_a_list_that_ends_before_what_it_promised_is_an_error() -> None:
    one_page = {"kind": "next", "path": "next", "whole": {"path": "total"}}
    with pytest.raises(AnswerError, match=r"tickets\.census: the list ended after 2 ids of 3 that it promised"):
        listed(desk("a", "b", "c"), said(paging=one_page))


def test_a_ticket_that_is_asked_for_is_read_by_the_streams_own_mapping_and_histories() -> None:
    events = {
        "request": {"path": "/history", "query": {"ids": "{ids|join:,}"}},
        "ticket": "ticket", "at": "at", "id": "id", "rules": [{"kind": "comment"}],
    }  # fmt: skip
    (asked,) = again(desk("a", "b"), said(stream={"history": {"notes": events}}), "a")
    assert (asked.page.checkpoint, asked.page.watermark, asked.lost) == (None, None, {})
    assert asked.page.tickets["state"] == ["active"]
    assert list(asked.page.events["ticket"]) == ["a"]


def test_tickets_are_asked_for_in_batches() -> None:
    system = desk("a", "b", "c")
    assert came(again(system, said({**AGAIN, "batch": 2}), "a", "b", "c")) == ["a", "b", "c"]
    assert [one for one in system.asked if one.startswith("/some")] == ["/some?ids=a%2Cb", "/some?ids=c"]


@pytest.mark.parametrize("absent", ["deleted", "unseen"])
def test_what_does_not_come_is_what_the_manifest_says_it_is(absent: str) -> None:
    assert lost(again(desk("a"), said({**AGAIN, "absent": absent}), "a", "b")) == {"b": absent}


def test_without_a_word_of_the_manifest_nobody_can_tell() -> None:
    assert lost(again(desk("a"), said(), "a", "b")) == {"b": "unseen"}


def test_what_is_counted_and_not_given_is_hidden_and_the_rest_is_deleted() -> None:
    by = said({**AGAIN, "absent": "deleted", "total": {"path": "total"}})
    system = desk("a", hidden={"h"})
    assert lost(again(system, by, "a", "b", "h")) == {"b": "deleted", "h": "hidden"}
    assert len([one for one in system.asked if one.startswith("/some")]) == 3, (
        "only those that did not come, one by one"
    )
    assert lost(again(desk("a"), by, "a", "b")) == {"b": "deleted"}


@pytest.mark.parametrize(("status", "why"), [(404, "deleted"), (410, "deleted"), (403, "hidden")])
def test_a_ticket_asked_for_by_itself_is_deleted_or_hidden_by_the_answers_status(status: int, why: str) -> None:
    single = {"request": {"path": "/ticket/{ids|first}"}, "shape": "one", "batch": 1, "absent": "deleted"}
    asked = again(desk("a", statuses={"/ticket/b": status}), said(single), "a", "b")
    assert (came(asked), lost(asked)) == (["a"], {"b": why})


def test_a_batch_that_is_refused_is_an_error_and_no_deletion() -> None:
    with pytest.raises(ForbiddenError):
        again(desk("a", statuses={"/some": 403}), said({**AGAIN, "absent": "deleted"}), "a", "b")


def test_a_system_that_does_not_heed_the_ids_is_no_proof_of_a_deletion() -> None:
    by = said({"request": {"path": "/tickets"}, "records": "items", "absent": "deleted"})
    with pytest.raises(AnswerError, match="1 tickets came that were not asked for"):
        again(desk("a"), by, "b")


def test_a_record_that_the_mapping_cannot_read_is_not_lost() -> None:
    system = Desk({"a": ticket("a", changed="tomorrow")})
    (asked,) = again(system, said({**AGAIN, "absent": "deleted"}), "a")
    assert (asked.lost, [one.key for one in asked.page.rejects]) == ({}, ["a"])


def test_a_part_of_which_nothing_is_shown_any_more_is_hidden_and_not_deleted() -> None:
    """Lost rights to a small project look exactly like the deletion of everything in it."""
    by = said({**AGAIN, "absent": "deleted"}, number="number", part="^(.+)-")
    system = Desk({"a": ticket("a", number="OPS-1")})
    numbers = {"b": "OPS-2", "c": "NET-1"}
    assert lost(again(system, by, "b", "c", "d", numbers=numbers)) == {"b": "deleted", "c": "unseen", "d": "deleted"}


def test_a_prefix_of_the_ids_is_added_to_the_list_and_taken_off_the_question() -> None:
    system = desk("1", "2")
    stream = tickets()["ticket"]["map"] | {"vendor_id": {"text": "req-{number}"}}
    by = said(AGAIN, {"ticket": {"map": stream}}, prefix="req-")
    assert list(listed(system, by)) == ["req-1", "req-2"]
    asked = again(system, by, "req-1", "req-3")
    assert (came(asked), lost(asked)) == (["req-1"], {"req-3": "unseen"})


def test_only_streams_with_a_census_are_counted() -> None:
    by = manifest({"tickets": said().streams["tickets"], "plain": tickets()})
    connector = System(desk().answer).connector(by)
    assert isinstance(connector, Counted)
    assert connector.counted(NOW) == ["tickets"]
    assert connector.listed("plain", NOW) == {}
    assert list(connector.again("plain", {"a": None}, NOW)) == []


def test_a_list_of_an_optional_stream_that_is_not_there_is_absent() -> None:
    with pytest.raises(AbsentError):
        listed(desk(statuses={"/ids": 404}), said(stream={"optional": True}))
    with pytest.raises(AnswerError):
        listed(desk(statuses={"/ids": 404}), said())


def test_another_census_reads_nothing_anew_and_another_mapping_does() -> None:
    system = System(desk().answer)
    plain = manifest({"tickets": tickets()})
    digest = system.connector(plain).mapping_digest
    assert system.connector(said()).mapping_digest == digest
    assert system.connector(manifest({"tickets": tickets(records="rows")})).mapping_digest != digest


def test_a_check_tells_whether_ids_can_be_listed() -> None:
    system = desk("a", "b", "c")
    found = {one.stream: one for one in System(system.answer).connector(said()).probe()}
    assert (found["tickets.census"].readable, found["tickets.census"].detail) == (True, "ids can be listed")
    refused = desk("a", statuses={"/ids": 403})
    found = {one.stream: one for one in System(refused.answer).connector(said()).probe()}
    assert (found["tickets"].readable, found["tickets.census"].readable) == (True, False)
    assert "deleted and hidden tickets are not found" in found["tickets.census"].detail


@pytest.mark.parametrize(
    ("census", "message"),
    [
        ({"request": {"path": "/ids", "query": {"x": "{nothing} {range}"}}}, "{nothing} stands for nothing here"),
        ({"id": "$options.nothing"}, "'options.nothing' is not declared"),
        ({"paging": {**KEYSET, "by": "change"}}, "say changed, or by: id"),
    ],
)
def test_what_a_census_says_wrongly_is_refused(census: dict[str, Any], message: str) -> None:
    assert [message in one.message for one in check(said(**census))] == [True]


def test_a_census_is_of_tickets_and_its_parts_belong_together() -> None:
    with pytest.raises(ValueError, match="number and part belong together"):
        said(part="^(.+)-")
    asked = said().streams["tickets"].census
    with pytest.raises(ValueError, match="a census is of tickets: say ticket"):
        manifest({"x": {"request": {"path": "/x"}, "deleted": {"ticket": "id", "at": "at"}, "census": asked}})


DELETED = {"when": {"state": ["gone"]}, "ticket": "id", "at": "changed"}


def told(records: Sequence[dict[str, Any]], stream: Mapping[str, Any]) -> Any:
    system = System(lambda request: httpx.Response(200, json={"items": records}))
    return next(iter(system.connector(manifest({"tickets": dict(stream)})).pages("tickets", None, NOW)))


def test_records_of_a_list_may_tell_that_tickets_were_deleted() -> None:
    page = told([ticket("a"), ticket("b", state="gone")], tickets(deleted=DELETED))
    assert page.tombstones == {"ticket": ["b"], "at": [AT]}


def test_a_list_of_deletions_is_a_stream_of_its_own() -> None:
    plain = tickets()
    plain.pop("ticket")
    page = told([ticket("a", state="gone"), ticket("b")], {**plain, "deleted": DELETED})
    assert (page.tombstones, page.watermark) == ({"ticket": ["a"], "at": [AT]}, AT)


def test_a_deletion_at_no_moment_is_set_aside() -> None:
    page = told([ticket("b", state="gone", changed="one day")], tickets(deleted=DELETED))
    assert page.tombstones == {"ticket": [], "at": []}
    assert ("b", "unreadable time") in [(one.key, one.reason) for one in page.rejects]


def test_moments_are_compared_as_whole_as_the_list_tells_them() -> None:
    system = Desk({"a": ticket("a", changed=text(AT + SECOND))})
    assert listed(system, said(changed="changed")) == {"a": AT + SECOND}


def test_a_deletion_whose_ticket_stands_elsewhere_is_set_aside_and_the_path_is_named() -> None:
    page = told([ticket("a", state="gone")], tickets(deleted={**DELETED, "ticket": "item_nr"}))
    assert [(one.reason, one.detail) for one in page.rejects] == [("no id", "deleted.ticket: 'item_nr' gives nothing")]
