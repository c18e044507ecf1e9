"""The simulated TOPdesk's incidents: how lists page, what queries may say, what a card holds."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulators import topdesk
from connectors.simulators.topdesk_tenant import Tenant
from connectors.simulators.world import Outage, Reference
from tests.connectors.simulators.small_world import Caller, Clock, at, born, many, response, step, ticket, world

LOGIN = ("siamhub", "application-password")
LIST = "/tas/api/incidents"
RECORDED = {
    "id", "status", "number", "request", "requests", "action", "attachments", "caller", "callerBranch",
    "callerLocation", "branchExtraFieldA", "branchExtraFieldB", "briefDescription", "externalNumber", "category",
    "subcategory", "callType", "entryType", "object", "asset", "branch", "location", "impact", "urgency", "priority",
    "duration", "targetDate", "sla", "onHold", "onHoldDate", "onHoldDuration", "feedbackMessage", "feedbackRating",
    "operator", "operatorGroup", "supplier", "processingStatus", "responded", "responseDate", "completed",
    "completedDate", "closed", "closedDate", "closureCode", "timeSpent", "timeSpentFirstLine",
    "timeSpentSecondLineAndPartials", "costs", "escalationStatus", "escalationReason", "escalationOperator", "callDate",
    "creator", "creationDate", "modifier", "modificationDate", "majorCall", "majorCallObject", "publishToSsd",
    "monitored", "expectedTimeSpent", "archivingReason", "mainIncident", "partialIncidents", "optionalFields1",
    "optionalFields2", "externalLinks",
}  # fmt: skip
"""The keys of a card as an installation of 10.08 gave it."""


def tenant(*tickets: Any, clock: Clock | None = None, settings: Tenant | None = None, **more: Any) -> Caller:
    made = topdesk.app(world("topdesk", tickets, **more), "globex", clock or Clock(), settings=settings)
    return Caller(made, LOGIN)


def message(answer: Any) -> str:
    """The text of a refusal, which comes as a list."""
    assert answer.status_code == 400
    [refusal] = answer.json()
    return str(refusal["message"])


def everything(caller: Caller, **params: Any) -> list[str]:
    """Numbers of all cards, read along the header that links the next page."""
    answer = caller.get(LIST, **params)
    found: list[str] = []
    while answer.status_code == 206:
        found += [card["number"] for card in answer.json()]
        answer = caller.get(answer.headers["x-next-page-url"])
    assert answer.status_code in (200, 204)
    return found + ([card["number"] for card in answer.json()] if answer.status_code == 200 else [])


def test_a_bare_call_brings_ten_cards_and_a_206() -> None:
    answer = tenant(*many(11, "I 2405 ")).get(LIST)
    assert answer.status_code == 206
    assert isinstance(answer.json(), list)
    assert len(answer.json()) == 10
    assert "content-range" not in answer.headers


def test_the_last_page_is_a_200_without_a_link_and_what_is_behind_it_a_204_without_a_body() -> None:
    caller = tenant(*many(5, "I 2405 "))
    last = caller.get(LIST, pageSize=5)
    assert last.status_code == 200
    assert "x-next-page-url" not in last.headers
    behind = caller.get(LIST, pageStart=5)
    assert (behind.status_code, behind.content) == (204, b"")
    nothing = caller.get(LIST, query="number==none")
    assert (nothing.status_code, nothing.content) == (204, b"")


@pytest.mark.parametrize("absolute", [True, False])
def test_pages_along_the_link_lose_and_repeat_nothing_even_among_equal_stamps(absolute: bool) -> None:
    caller = tenant(*many(57, "I 2405 ", every=0), settings=Tenant(absolute_links=absolute))
    found = everything(caller, sort="modificationDate:asc", pageSize=10, fields="number")
    assert sorted(found) == sorted(f"I 2405 {n}" for n in range(1, 58))
    link = caller.get(LIST, pageSize=10).headers["x-next-page-url"]
    assert link.startswith("http://sim.example:8080/tas/api/incidents?" if absolute else "/tas/api/incidents?")


def test_cards_of_one_second_come_in_another_order_under_another_query() -> None:
    caller = tenant(*many(57, "I 2405 ", every=0))
    sort = {"sort": "modificationDate:asc", "pageSize": 100, "fields": "number"}
    one = everything(caller, query="modificationDate=ge=2024-05-01T00:00:00Z", **sort)
    other = everything(caller, query="modificationDate=ge=2024-04-30T00:00:00Z", **sort)
    assert sorted(one) == sorted(other)
    assert one != other


def test_a_sort_is_kept_and_without_one_the_order_is_nobodys() -> None:
    caller = tenant(*many(30, "I 2405 "))
    numbers = [f"I 2405 {n}" for n in range(1, 31)]
    assert everything(caller, sort="creationDate:asc", pageSize=7) == numbers
    assert everything(caller, sort="closedDate:desc,modificationDate:desc", pageSize=7) == numbers[::-1]
    bare = everything(caller, pageSize=7)
    assert sorted(bare) == sorted(numbers)
    assert bare not in (numbers, numbers[::-1])


@pytest.mark.parametrize(
    "params",
    [
        {"pageSize": 0},
        {"pageSize": 10_001},
        {"pageStart": -1},
        {"sort": "externalLinks:asc"},
        {"sort": "colour:asc"},
        {"sort": "number:up"},
        {"fields": "number,colour"},
        {"query": "modificationDate=ge=2024-05-01T12:00:00 0200"},
        {"closed": "false"},
        {"operatorGroup": "x"},
        {"modification_date_start": "2024-05-01"},
    ],
)
def test_wrong_parameters_and_filters_of_old_are_refused(params: Any) -> None:
    assert message(tenant(*many(1, "I 2405 ")).get(LIST, **params))


def test_archived_is_no_field_of_incident_queries() -> None:
    text = message(tenant().get(LIST, query="archived==false"))
    assert text == "Error parsing one of the query parameters. query contains unknown field: 'archived'"


def test_the_former_names_of_paging_still_work_on_incidents() -> None:
    answer = tenant(*many(5, "I 2405 ")).get(LIST, start=3, page_size=1, sort="number:asc")
    assert [card["number"] for card in answer.json()] == ["I 2405 4"]


def test_a_query_by_change_time_takes_up_where_the_last_one_ended() -> None:
    clock = Clock(at("2024-05-01 12:00"))
    worked = ticket("I 2405 001", "2024-05-01 10:00", step("2024-05-01 13:00", "state", "active"))
    caller = tenant(worked, ticket("I 2405 002", "2024-05-01 11:00"), clock=clock)
    query = {"query": "modificationDate=ge=2024-05-01T11:30:00Z", "sort": "modificationDate:asc"}
    assert caller.get(LIST, **query).status_code == 204
    clock.now = at("2024-05-01 13:00")
    assert everything(caller, **query) == ["I 2405 001"]


def test_a_card_has_the_keys_of_a_recorded_one_and_nulls_where_there_is_nothing() -> None:
    [card] = tenant(*many(1, "I 2405 ")).get(LIST).json()
    assert card.keys() >= RECORDED
    assert card.keys() - RECORDED == {
        "actualDuration", "itemCosts", "objectCosts", "timeSpentSecondLine", "timeSpentPartial",
        "timeSpentLinkedPartials",
    }  # fmt: skip
    assert (card["externalNumber"], card["externalLinks"], card["closedDate"]) == ("", [], None)
    assert len(card["optionalFields1"]) == 30


def test_fields_choose_and_nest() -> None:
    [card] = tenant(*many(1, "I 2405 ")).get(LIST, fields="number,operatorGroup.name,supplier.name,priority").json()
    assert card == {
        "number": "I 2405 1",
        "operatorGroup": {"name": "Platform"},
        "supplier": None,
        "priority": {"id": card["priority"]["id"], "name": "P3"},
    }


def test_dates_come_in_the_old_form_unless_the_new_one_is_asked_for() -> None:
    caller = tenant(ticket("I 2405 001", "2024-05-01 10:00"))
    assert caller.get(LIST).json()[0]["callDate"] == "2024-05-01T10:00:00.000+0000"
    assert caller.get(LIST, dateFormat="iso8601").json()[0]["callDate"] == "2024-05-01T10:00:00Z"


def test_flags_and_dates_of_a_card_follow_its_life() -> None:
    clock = Clock(at("2024-05-01 10:01"))
    life = ticket(
        "I 2405 001", "2024-05-01 10:00",
        step("2024-05-01 10:30", "state", "active"), step("2024-05-01 11:00", "state", "hold"),
        step("2024-05-01 12:00", "state", "active"), step("2024-05-01 13:00", "state", "resolved"),
        step("2024-05-01 14:00", "state", "active"), step("2024-05-01 15:00", "state", "resolved"),
        step("2024-05-02 15:00", "state", "closed", "svc-monitor", "automation"),
    )  # fmt: skip
    caller = tenant(life, clock=clock)

    def card(when: str) -> Any:
        clock.now = at(when)
        return caller.get(LIST, dateFormat="iso8601").json()[0]

    fresh = card("2024-05-01 10:01")
    assert (fresh["processingStatus"]["name"], fresh["responded"], fresh["operator"]) == ("Geregistreerd", False, None)
    held = card("2024-05-01 11:30")
    assert (held["onHold"], held["onHoldDate"], held["onHoldDuration"]) == (True, "2024-05-01T11:00:00Z", 0)
    assert (held["processingStatus"]["name"], held["responseDate"]) == ("Wacht op aanmelder", "2024-05-01T10:30:00Z")
    done = card("2024-05-01 13:30")
    assert (done["completed"], done["completedDate"], done["closed"]) == (True, "2024-05-01T13:00:00Z", False)
    assert (done["onHold"], done["onHoldDate"], done["onHoldDuration"]) == (False, None, 60)
    again = card("2024-05-01 14:30")
    assert (again["completed"], again["completedDate"]) == (False, None)
    over = card("2024-05-03 10:00")
    assert (over["completedDate"], over["closedDate"]) == ("2024-05-01T15:00:00Z", "2024-05-02T15:00:00Z")
    assert (over["closureCode"]["name"], over["modifier"]["name"]) == ("Opgelost", "svc-monitor")


def test_names_are_the_customers_and_in_the_tenants_language() -> None:
    held = ticket(
        "I 2405 001", "2024-05-01 10:00", step("2024-05-01 11:00", "state", "hold", vendor_value="Bij leverancier")
    )
    for language, status in (("nl", "Bij leverancier"), ("en", "Bij leverancier")):
        caller = tenant(held, settings=Tenant(language=language))  # type: ignore[arg-type]
        [card] = caller.get(LIST).json()
        assert card["processingStatus"]["name"] == status
        listed = {s["id"]: s for s in caller.get(LIST + "/statuses").json()}
        assert listed[card["processingStatus"]["id"]]["onHold"] is True
    english = tenant(*many(1, "I"), settings=Tenant(language="en")).get(LIST).json()[0]
    assert (english["processingStatus"]["name"], english["entryType"]["name"]) == ("Logged", "Self-service")


def test_lists_of_values_are_bare_arrays_whose_ids_cards_bear() -> None:
    caller = tenant(*many(1, "I 2405 "))
    [card] = caller.get(LIST).json()
    for path, field in (
        ("priorities", "priority"),
        ("call_types", "callType"),
        ("entry_types", "entryType"),
        ("categories", "category"),
        ("durations", "duration"),
    ):
        assert card[field]["id"] in {value["id"] for value in caller.get(f"{LIST}/{path}").json()}
    [agreement] = caller.get(f"{LIST}/slas").json()["results"]
    assert (agreement["id"], agreement["serviceName"]) == (card["sla"]["id"], "Webshop")
    assert caller.get(f"{LIST}/colours").status_code == 404


def test_references_mass_incidents_outages_and_answers_stand_on_the_card() -> None:
    named = (
        Reference(at("2024-05-01 10:40"), "acme", "INC0010001", "a"),
        Reference(at("2024-05-01 10:50"), "initech", "OPS-3", "b"),
    )
    outage = Outage(
        "o1", "globex", 1, "i 2405 001", "dc", "Hall 1", None, "outage", at("2024-05-01 09:50"),
        at("2024-05-01 11:55"), at("2024-05-01 10:30"), at("2024-05-01 12:00"),
    )  # fmt: skip
    flagged = (*born("2024-05-01 10:00", "1"), step("2024-05-01 10:20", "major", "1"))
    big = ticket("I 2405 001", "2024-05-01 10:00", steps=flagged, references=named)
    small = ticket("I 2405 002", "2024-05-01 10:30", parent="i 2405 001")
    caller = tenant(big, small, outages=[outage], responses=[response("i 2405 001", "2024-05-03 10:00", 2)])
    first, second = caller.get(LIST, sort="number:asc", dateFormat="iso8601").json()
    assert (first["externalNumber"], first["externalLinks"][0]["id"]) == ("INC0010001", "OPS-3")
    assert (first["majorCall"], first["majorCallObject"]) == (True, None)
    assert (second["majorCall"], second["majorCallObject"]["name"]) == (False, "I 2405 001")
    tab = first["optionalFields1"]
    assert (tab["date1"], tab["date2"]) == ("2024-05-01T09:50:00Z", "2024-05-01T11:55:00Z")
    assert (first["feedbackRating"], first["modificationDate"]) == (2, "2024-05-03T10:00:00Z")
    assert (first["object"]["name"], first["asset"].keys()) == ("Hall 1", {"id"})


def test_one_card_is_found_by_id_or_by_a_number_with_blanks() -> None:
    caller = tenant(ticket("I 2405 001", "2024-05-01 10:00"))
    card = caller.get(f"{LIST}/number/I%202405%20001").json()
    assert caller.get(f"{LIST}/id/{card['id']}").json() == card
    assert caller.get(f"{LIST}/id/00000000-0000-0000-0000-000000000000").status_code == 404
    assert message(caller.get(f"{LIST}/id/I%202405%20001"))
    assert caller.get(f"{LIST}/number/I%202405%20999").status_code == 404


def test_the_trail_holds_what_was_written_newest_first_under_other_paging_names() -> None:
    notes = [step(f"2024-05-01 11:{n:02d}", "comment", public=n % 2 == 0) for n in range(12)]
    asked = step("2024-05-01 12:00", "comment", "", "klant", "requester")
    caller = tenant(
        ticket("I 2405 001", "2024-05-01 10:00", *notes, step("2024-05-01 11:30", "state", "active"), asked)
    )
    path = f"{LIST}/number/I%202405%20001/progresstrail"
    first = caller.get(path)
    assert (first.status_code, len(first.json())) == (206, 10)
    assert "x-next-page-url" not in first.headers
    newest, note = first.json()[:2]
    assert (newest["entryDate"], newest["operator"]) == ("2024-05-01T12:00:00.000+0000", None)
    assert newest["person"]["name"] == "klant"
    assert (note["invisibleForCaller"], note["operator"]["name"]) == (True, "jan")
    rest = caller.get(path, start=10, page_size=100)
    assert (rest.status_code, len(rest.json())) == (200, 3)
    assert caller.get(path, start=13).status_code == 204
    assert message(caller.get(path, page_size=101))
    [card] = caller.get(LIST, fields="id").json()
    assert caller.get(f"{LIST}/id/{card['id']}/progresstrail/count").json() == {"count": 13}


def test_an_archived_card_vanishes_from_lists_unless_all_are_asked_for() -> None:
    clock = Clock(at("2024-05-02 00:00"))
    closed = ticket("I 2405 001", "2024-05-01 10:00", step("2024-05-01 11:00", "state", "closed"))
    caller = tenant(closed, clock=clock, settings=Tenant(archive_after=7 * 86_400_000_000))
    before = caller.get(LIST).json()[0]
    assert before["status"] == "firstLine"
    clock.now = at("2024-05-09 00:00")
    assert caller.get(LIST).status_code == 204
    [after] = caller.get(LIST, all="true").json()
    assert (after["status"], after["modificationDate"]) == ("firstLineArchived", before["modificationDate"])


def test_a_filter_of_the_account_shortens_lists_without_a_sign() -> None:
    caller = tenant(*many(3, "I 2405 "), settings=Tenant(hidden=lambda t: t.number == "I 2405 2"))
    answer = caller.get(LIST, sort="number:asc")
    assert answer.status_code == 200
    assert [card["number"] for card in answer.json()] == ["I 2405 1", "I 2405 3"]
    assert caller.get(f"{LIST}/number/I%202405%202").status_code == 404


def test_an_opening_time_that_cannot_be_read_is_missing() -> None:
    [card] = tenant(ticket("I 2405 001", "2024-05-01 10:00", unreadable_time=True)).get(LIST).json()
    assert card["callDate"] is None
    assert card["creationDate"] == "2024-05-01T10:00:00.000+0000"
