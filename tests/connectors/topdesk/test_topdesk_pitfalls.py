"""What bites readers of TOPdesk, each met with the manifest and, where it can be taken away, without its cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from connectors.manifest import Manifest
from connectors.registry import SHIPPED, Registry
from connectors.simulators.topdesk_tenant import Tenant, uid
from connectors.simulators.world import World
from core.model import SECOND, TICKET, rows
from tests.connectors.fake_system import NOW as THEN
from tests.connectors.fake_system import System
from tests.connectors.hub import Hub
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, SUPPLIER, Site, story
from tests.connectors.topdesk.truth import Truth

WORLD: World = story(days=20)
NOW = BEGIN + 15 * DAY
NUMBERS = {kind: {t.number for t in WORLD.of(SUPPLIER, kind) if t.created_at <= NOW} for kind in ("incident", "change")}


def spoilt(spoil: Callable[[dict[str, Any]], object]) -> Callable[[Manifest], Manifest]:
    """The shipped manifest without one of its cures."""
    said = YAML(typ="safe", pure=True).load(Path(SHIPPED / "topdesk" / "manifest.yaml").read_text(encoding="utf-8"))
    spoil(said)
    return lambda manifest: Manifest.model_validate(said)


def numbers(hub: Hub, kind: str) -> set[str]:
    return {row["number"] for row in records(hub.database, "ticket") if row["kind"] == kind}


def stated(hub: Hub) -> str:
    """What became of the incidents in the last pass."""
    return hub.status.streams["incident"]


def test_1_a_page_with_status_206_is_not_taken_for_all_there_is(tmp_path: Path) -> None:
    """Ten records come where nobody says how many, and a success they are."""

    def no_size(said: dict[str, Any]) -> None:
        said["streams"]["incident"]["request"]["query"].pop("pageSize")

    def blind(said: dict[str, Any]) -> None:
        no_size(said)
        said["streams"]["incident"]["paging"] = {"kind": "none"}

    with Site(WORLD, NOW) as site:
        for name, change, count in (("shipped", None, None), ("size", no_size, None), ("blind", blind, 10)):
            hub = site.hub(tmp_path / name, change=spoilt(change) if change else lambda manifest: manifest)
            assert hub.sync().state == "ok"
            assert len(numbers(hub, "incident")) == (count or len(NUMBERS["incident"])), name


def test_2_an_answer_without_a_body_is_an_empty_list(tmp_path: Path) -> None:
    with Site(WORLD, BEGIN - DAY) as site:  # before anything happened
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert site.count()["incidents"] == 1
        site.now = NOW
        assert hub.sync().state == "ok"
        assert numbers(hub, "incident") == NUMBERS["incident"]


def test_3_the_two_sets_of_paging_names_are_never_mixed(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        site.hub(tmp_path).sync()
        for name in ("incidents", "operatorChanges"):
            for query in site.queries(name):
                assert {"pageStart", "pageSize"} <= query.keys()
        for name, query in site.asked:
            own = {"pageStart", "pageSize"} & query.keys()
            assert not (own and {"start", "page_size"} & query.keys()), name


def test_4_archived_is_never_asked_of_incidents_and_archived_cards_are_read(tmp_path: Path) -> None:
    def asked(said: dict[str, Any]) -> None:
        said["streams"]["incident"]["request"]["query"]["query"] += ";archived==false"

    def shown(said: dict[str, Any]) -> None:
        del said["streams"]["incident"]["request"]["query"]["all"]

    with Site(WORLD, NOW, archive_after=DAY) as site:
        hub = site.hub(tmp_path / "shipped")
        assert hub.sync().state == "ok"
        assert numbers(hub, "incident") == NUMBERS["incident"]
        assert not any("archived" in str(query) for query in site.queries("incidents"))
        hub = site.hub(tmp_path / "shown", change=spoilt(shown))
        assert hub.sync().state == "ok"
        assert numbers(hub, "incident") < NUMBERS["incident"]
        hub = site.hub(tmp_path / "asked", change=spoilt(asked))
        assert hub.sync().state == "partial"
        assert "unknown field: 'archived'" in stated(hub)


@pytest.mark.parametrize(
    "body",
    [
        '[{"message": "the query is wrong"}]',
        '{"errors": [{"errorCode": "1", "appliesTo": [], "errorMessage": "the query is wrong"}]}',
        '[{"errors": [{"errorMessage": "the query is wrong"}]}]',
        '{"error": {"code": "", "message": "the query is wrong"}}',
    ],
)
def test_5_errors_tell_their_reason_in_whatever_form_they_come(tmp_path: Path, body: str) -> None:
    with Site(WORLD, NOW) as site:
        site.faults.next("answer", path="/tas/api/incidents", times=99, status=400, body=body)
        hub = site.hub(tmp_path)
        assert hub.sync().state == "partial"  # changes are read all the same
        assert "answered 400" in hub.status.reason
        assert "the query is wrong" in hub.status.reason


def test_6_no_filter_is_sent_but_the_query(tmp_path: Path) -> None:
    def plain(said: dict[str, Any]) -> None:
        said["streams"]["incident"]["request"]["query"]["closed"] = "false"

    allowed = {"query", "sort", "fields", "pageStart", "pageSize", "all"}
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path / "shipped", options={"call_types": ["Storing"]})
        assert hub.sync().state == "ok"
        assert numbers(hub, "incident") == NUMBERS["incident"]
        assert all(query.keys() <= allowed for name in ("incidents", "operatorChanges") for query in site.queries(name))
        hub = site.hub(tmp_path / "plain", change=spoilt(plain))
        hub.sync()
        assert "unknown parameter: 'closed'" in stated(hub)


def test_7_changes_are_asked_for_since_an_instant_in_utc(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        site.count()
        site.now += 3_600 * SECOND
        hub.sync()
        stamp = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
        for name in ("incidents", "operatorChanges"):
            assert re.fullmatch(rf"modificationDate=ge={stamp}", site.queries(name)[0]["query"])
        assert re.fullmatch(rf"timeStamp ge {stamp}", site.queries("IncidentSnapshots")[0]["$filter"])


def test_8_only_what_is_read_is_asked_for_and_nothing_about_persons(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        site.hub(tmp_path, options=FREE_FIELDS).sync()
        for name in ("incidents", "operatorChanges"):
            fields = site.queries(name)[0]["fields"].split(",")
            assert 10 < len(fields) < 40
            assert not [
                name for name in fields if re.match(r"caller|operator(\.|$)|request$|requester|creator|modifier", name)
            ]
        assert "optionalFields1.date1" in site.queries("incidents")[0]["fields"]


def test_9_who_gives_the_password_with_which_people_log_in_is_told_what_is_needed(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, password="of the person")
        assert hub.sync().state == "failed"
        assert "answered 401" in hub.status.reason
        assert "with an application password" in hub.status.reason
        assert "of the person" not in hub.status.reason
        assert site.count() == {"current": 1}, "a wrong password is tried once: operators are locked after a few"


def test_10_the_reporting_feed_that_is_refused_stops_nothing_else(tmp_path: Path) -> None:
    def needed(said: dict[str, Any]) -> None:
        said["streams"] = {"history": said["streams"]["history"]}

    with Site(WORLD, NOW, forbidden=frozenset({"reporting"})) as site:
        hub = site.hub(tmp_path / "shipped")
        assert hub.sync().state == "ok"
        assert numbers(hub, "incident") == NUMBERS["incident"]
        hub = site.hub(tmp_path / "needed", change=spoilt(needed))
        assert hub.sync().state == "failed", "it is refused indeed"


def card(**more: Any) -> dict[str, Any]:
    """A card with what every card has."""
    flags = {"closed": False, "completed": False, "onHold": False, "responded": False, "majorCall": False}
    stamps = {"callDate": "2025-06-01T10:00:00.000+0000", "modificationDate": "2025-06-01T11:00:00.000+0000"}
    return {"id": uid("incident", "1"), "number": "I 2506 001", "status": "firstLine", **flags, **stamps, **more}


def read(cards: list[dict[str, Any]], options: Mapping[str, Any] | None = None) -> tuple[list[dict[str, Any]], Any]:
    """The tickets that cards become, and what was counted as unmapped."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "incidents":
            return httpx.Response(200, json=cards)
        if name in ("statuses", "priorities", "suppliers"):
            return httpx.Response(200, json=[])
        return httpx.Response(200, json={"id": "op", "results": []})

    connector = System(answer).connector(Registry().manifest("topdesk"), options)
    (page,) = connector.pages("incident", None, THEN)
    return [dict(zip(TICKET, row, strict=True)) for row in rows("ticket", page.tickets)], page.unmapped


DONE = {"completed": True, "completedDate": "2025-06-01T10:30:00Z"}
OVER = {**DONE, "closed": True, "closedDate": "2025-06-01T10:40:00Z"}


@pytest.mark.parametrize(
    ("flags", "name", "state"),
    [
        (OVER, "Fechado", "closed"),
        (DONE, "Wacht op bevestiging", "resolved"),
        ({"onHold": True, "responded": True}, "Aguardando", "hold"),
        ({"responded": True}, "Em andamento", "active"),
        ({}, "Aberto", "new"),
        ({}, "Toegewezen", "assigned"),
        ({"responded": True}, "Logged", "new"),
        ({}, "In Progress", "active"),
        ({"responded": True}, "Wacht op leverancier", "hold"),
        ({"responded": True}, "Gesloten", "active"),
        (OVER, "Geannuleerd", "cancelled"),
        (OVER, "Cancelled by customer", "cancelled"),
        ({"responded": True}, "Cancelled", "active"),
    ],
)
def test_11_states_are_told_by_the_flags_whatever_the_language(flags: Any, name: str, state: str) -> None:
    """Names only refine: of what is open who has it and whether it waits, of what is over whether it was given up."""
    (ticket,), unmapped = read([card(**flags, processingStatus={"id": "s", "name": name})])
    assert (ticket["state"], ticket["vendor_state"]) == (state, name)
    known = name.startswith(("To", "Lo", "In", "Wacht", "Ge")) or "onHold" in flags or "completed" in flags
    assert unmapped == ({} if known else {("state", name): 1})


@pytest.mark.parametrize(
    ("flags", "own", "state"),
    [
        ({}, "hold", "hold"),
        ({"onHold": True}, "active", "active"),
        (OVER, "hold", "closed"),
        (DONE, "active", "resolved"),
        (OVER, "cancelled", "cancelled"),
        ({}, "cancelled", "cancelled"),
    ],
)
def test_11_the_operators_word_is_asked_first_but_what_is_closed_is_closed(flags: Any, own: str, state: str) -> None:
    told = card(**flags, processingStatus={"id": "s", "name": "Bij leverancier"})
    (ticket,), unmapped = read([told], {"states": {"bij *": own}})
    assert (ticket["state"], unmapped) == (state, {})


@pytest.mark.parametrize(("options", "code"), [({}, "Geannuleerd"), ({"cancelled": ["dubbel*"]}, "Dubbele melding")])
def test_11_a_closure_code_may_tell_that_it_was_given_up(options: Any, code: str) -> None:
    over = {**OVER, "processingStatus": {"name": "Afgesloten"}}
    cards = [card(**over, closureCode={"name": code}), card(id="2", **over, closureCode={"name": "Opgelost"})]
    found, _ = read(cards, options)
    assert [ticket["state"] for ticket in found] == ["cancelled", "closed"]


@pytest.mark.parametrize(
    ("name", "options", "priority"),
    [
        ("P1", {}, 1), ("P2 (I&A)", {}, 2), ("1 - Kritiek", {}, 1), ("Prioriteit 3", {}, 3), ("prio-4", {}, 4),
        ("Laag (P5)", {}, 5), ("P4 - 2 uur", {}, 4), ("Hoog (4 uur)", {}, None), ("10", {}, None), ("RFC", {}, None),
        ("P10", {}, None), ("Hoog", {}, None), ("Hoog", {"priorities": {"hoog": 2}}, 2),
        ("P1", {"priorities": {"P1": 3}}, 3),
    ],
)  # fmt: skip
def test_11_a_priority_is_told_by_its_digit_and_counted_where_none_stands(
    name: str, options: Any, priority: int | None
) -> None:
    (ticket,), unmapped = read([card(priority={"id": "p", "name": name})], options)
    assert ticket["priority"] == priority
    assert unmapped.get(("priority", name), 0) == (priority is None)


def test_12_changes_are_found_by_their_change_though_no_order_goes_by_it(tmp_path: Path) -> None:
    def ordered(said: dict[str, Any]) -> None:
        said["streams"]["change"]["request"]["query"]["sort"] = "modificationDate:asc"

    def hasty(said: dict[str, Any]) -> None:
        said["streams"]["change"]["cursor"]["sorted"] = True
        said["streams"]["change"]["paging"]["size"] = 5

    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path / "ordered", change=spoilt(ordered))
        hub.sync()
        assert "cannot sort by 'modificationDate:asc'" in hub.status.streams["change"]
        stopped = {}
        for name, cure in (("shipped", {"size": 5}), ("hasty", None)):
            change = spoilt(hasty if cure is None else lambda said: said["streams"]["change"]["paging"].update(size=5))
            hub = site.hub(tmp_path / name, change=change)
            _until_changes(hub)
            site.now += DAY
            hub.restart()
            assert hub.sync().state == "ok"
            stopped[name] = numbers(hub, "change")
            site.now -= DAY
        later = {t.number for t in WORLD.of(SUPPLIER, "change") if t.created_at <= NOW + DAY}
        assert stopped["shipped"] == later
        assert stopped["hasty"] != later, "a page in the middle is no place up to which all was read"


def _until_changes(hub: Hub) -> None:
    """The first page of changes is saved; then the process ends."""
    for page in hub.connector.pages("change", None, hub.site.now):
        hub.store.save(hub.source, page, hub.connector.mapping_digest, hub.site.now)
        return


def test_12_a_change_is_dated_by_the_list_and_not_by_its_own_page(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        assert numbers(hub, "change") == NUMBERS["change"]
        assert site.count()["operatorChanges"] == 1, "no change is asked for alone"


def test_13_envelopes_differ_by_list(tmp_path: Path) -> None:
    def bare(said: dict[str, Any]) -> None:
        said["streams"]["change"]["records"] = "@"

    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, change=spoilt(bare))
        hub.sync()
        assert "without a list at '@'" in hub.status.streams["change"]


def test_14_numbers_are_quoted_as_they_are_and_nothing_is_asked_for_by_them(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        assert any(" " in number for number in numbers(hub, "incident"))
        assert not any(" " in str(query.get("change", "")) for _, query in site.asked)
        assert {len(query["change"]) for query in site.queries("operatorChangeActivities")} == {36}


def test_15_history_comes_from_the_feed_alone(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        assert {row["event_id"].partition(":")[0] for row in records(hub.database, "event")} == {"history"}
        known = Truth(WORLD, NOW, site.url, extensive=Tenant().extensive)
        assert known.differences(hub.database) == []
        assert "progresstrail" not in site.count()


def test_a_wrong_address_is_said_to_lead_to_a_page_for_people(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        site.url += "/elsewhere"
        hub = site.hub(tmp_path)
        assert hub.sync().state == "failed"
        assert "a page in place of JSON (titled 'TOPdesk')" in hub.status.reason


def test_parts_of_a_main_incident_are_linked_to_it_or_left_out_as_the_operator_likes() -> None:
    """A part may have no call date of its own, and bears the main incident's other number as well."""
    part = card(
        id="2", number="I 2506 001-1", status="partialArchived", callDate=None,
        creationDate="2025-06-01T10:10:00.000+0000", externalNumber="INC0010001", mainIncident={"id": "1"},
    )  # fmt: skip
    both, _ = read([card(id="1"), part])
    assert [ticket["number"] for ticket in both] == ["I 2506 001", "I 2506 001-1"]
    assert both[1]["opened_at"] == both[0]["opened_at"] + 600 * SECOND
    main, _ = read([card(id="1"), part], {"cards": ["firstLine*", "secondLine*"]})
    assert [ticket["number"] for ticket in main] == ["I 2506 001"]
