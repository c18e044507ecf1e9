"""The pitfalls that users of the Table API report, each met once with its cure and once, as a proof, without it.

Beside them: refused grants of OAuth in test_servicenow_login, rows that come late in test_servicenow_moving, columns
that do not exist in test_servicenow_rights, the hour that is twice in test_connector_repeated_hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.load import load
from connectors.manifest import Manifest
from connectors.registry import SHIPPED
from connectors.simulators.servicenow_rows import group_id, named, ticket_id
from connectors.simulators.servicenow_tables import Tables, empty
from connectors.simulators.servicenow_values import sys_id
from core.model import Instant
from tests.connectors.hub import Hub
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, bulk, pages_of, story
from tests.connectors.servicenow.truth import Truth
from tests.connectors.stored import records

NOW = BEGIN + 40 * DAY
WORLD = bulk(story(), BEGIN + 35 * DAY)
"""On the 35th day a script has changed every ticket of acme in the same second."""
Change = Callable[[Manifest], Manifest]


@dataclass(frozen=True)
class Cure:
    """What the manifest does about a pitfall, and what it would be without it."""

    said: str
    without: str
    times: int  # how often it stands in the manifest


def shipped(folder: Path, *cures: Cure, size: int | None = None) -> Change:
    """The shipped manifest, with pages of a size; without these cures."""

    def change(manifest: Manifest) -> Manifest:
        text = (SHIPPED / "servicenow" / "manifest.yaml").read_text(encoding="utf-8")
        for cure in cures:
            assert text.count(cure.said) == cure.times, f"{cure.said!r} stands {text.count(cure.said)} times there"
            text = text.replace(cure.said, cure.without)
        file = folder / "manifest.yaml"
        file.write_text(text, encoding="utf-8")
        made = load(file) if cures else manifest
        return pages_of(size)(made) if size else made

    return change


def wrong(hub: Hub, world: Truth | None = None) -> list[str]:
    """What is not as it should be after a pass: why it ended early, and what is stored wrongly."""
    outcome = hub.sync()
    truth = world or Truth(WORLD, NOW, hub.site.url)
    return [*([outcome.reason] if outcome.state != "ok" else []), *truth.differences(hub.database)]


UNIQUE = Cure("^ORDERBYsys_updated_on^ORDERBYsys_id", "^ORDERBYsys_updated_on", 3)
SAME_SECOND = Cure("^NQ{options.incident_query|suffix:^}sys_updated_on={since}^sys_id>{after}", "", 1)
COUNTED = Cure('      total: {header: X-Total-Count}\n      uncounted: {sysparm_no_count: "true"}\n', "", 3)


@pytest.mark.parametrize(
    "cure",
    [
        pytest.param(UNIQUE, id="rows that the order does not tell apart come in another order on every page"),
        pytest.param(SAME_SECOND, id="a cursor on the time alone skips rows of the same second"),
    ],
)
def test_a_second_full_of_changes_is_read_whole(cure: Cure, tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        assert wrong(site.hub(tmp_path / "with", change=shipped(tmp_path, size=20))) == []
        assert wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, cure, size=20))) != []


def test_pages_without_a_record_that_the_account_may_see_end_nothing(tmp_path: Path) -> None:
    """A quarter of the tickets, in blocks that are longer than a page: those of one second come by their ids."""
    hidden = {key for key in (ticket_id(ticket.key) for ticket in WORLD.of("acme")) if key[0] in "358c"}
    with Site(WORLD, NOW, hidden=lambda table, key: key in hidden) as site:
        truth = Truth(WORLD, NOW, site.url, hidden=hidden.__contains__)
        assert wrong(site.hub(tmp_path / "with", change=shipped(tmp_path, size=10)), truth) == []
        assert wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, COUNTED, size=10)), truth) != []


def test_histories_longer_than_a_page_are_read_to_their_end(tmp_path: Path) -> None:
    """Without the offset every page would be the first one."""
    cure = Cure('            sysparm_offset: "{offset}"\n', '            sysparm_other: "{offset}"\n', 7)
    with Site(WORLD, NOW) as site:
        assert wrong(site.hub(tmp_path / "with", change=shipped(tmp_path, size=50))) == []
        assert wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, cure, size=50))) != []


class Many:
    """An instance with more records of a kind than a list shows unless it is asked for more."""

    def __init__(self, incidents: int, groups: int) -> None:
        tables = self._tables = empty()
        tables["sys_user_group"].fill(
            tables["sys_user_group"].row(named(group_id(f"G{place}"), f"G{place}")) for place in range(groups)
        )
        tables["incident"].fill(
            tables["incident"].row({
                "sys_id": sys_id(f"many {place}"), "number": f"INC{place}", "state": "2", "priority": "3",
                "opened_at": "2026-03-01 08:00:00", "sys_updated_on": "2026-03-01 09:00:00", "sys_mod_count": "1",
            })
            for place in range(incidents)
        )  # fmt: skip
        audit = tables["sys_audit"]
        audit.fill(
            audit.row({
                "sys_id": sys_id(f"audit {place}"), "documentkey": sys_id("many 0"), "tablename": "incident",
                "fieldname": "assignment_group", "newvalue": group_id(f"G{place}"), "user": "a.agent01",
                "sys_created_on": "2026-03-01 09:00:00", "record_checkpoint": str(place),
            })
            for place in range(groups)
        )  # fmt: skip

    def at(self, now: Instant) -> Tables:
        return self._tables


def test_a_list_is_not_cut_at_ten_thousand(tmp_path: Path) -> None:
    """10,020 incidents of one second, and as many groups, to each of which one of them has gone."""
    with Site(Many(10_020, 10_020), NOW) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        assert len(records(hub.database, "ticket")) == 10_020
        found = {event["to_value"] for event in records(hub.database, "event")}
        assert found == {f"G{place}" for place in range(10_020)}


CANCELLED = (
    '{"result":[{"sys_id":"0000000000000000000000000000dead","number":"INC666","state":"1",'
    '"sys_updated_on":"2026-03-01 10:00:00","sys_mod_count":"0"}],'
    '"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":null},"status":"failure"}'
)


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_was_cut_while_it_was_made_is_thrown_away_and_half_of_it_asked_for(
    status: int, tmp_path: Path
) -> None:
    """Rows and error side by side; the instance gives less than a hundred records at once."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        sizes: list[int] = []

        def watch(table: str) -> None:
            if table == "incident" and "correlation_id" in (said := site.asked[-1][1])["sysparm_fields"]:
                sizes.append(int(said["sysparm_limit"]))
                if sizes[-1] >= 100:
                    site.faults.next("answer", path="/api/now/table/incident", status=status, body=CANCELLED)

        site.watch = watch
        assert wrong(hub) == []
        assert sizes[:5] == [1000, 500, 250, 125, 62]
        assert set(sizes[4:]) == {62}


def test_an_instance_that_cuts_every_answer_is_unavailable(tmp_path: Path) -> None:
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        site.faults.next("answer", times=99, path="/api/now/table/incident", body=CANCELLED)
        outcome = hub.sync()
        assert "incident: acme/servicenow: GET /api/now/table/incident answered 200" in outcome.reason
        assert "maximum execution time exceeded" in outcome.reason
        site.faults.clear()
        assert wrong(hub) == []


def test_without_a_look_at_the_error_inside_a_200_its_rows_would_count(tmp_path: Path) -> None:
    signs = (
        Cure('  - {status: [200, 500], path: error.message, like: "Transaction cancelled", means: smaller}', "  #", 1),
        Cure("  - {status: [200], path: error, means: answer}", "  #", 1),
    )
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, change=shipped(tmp_path, *signs))
        site.faults.next("answer", path="/api/now/table/incident", body=CANCELLED)
        assert wrong(hub) != []


def test_another_error_inside_a_200_ends_the_pass(tmp_path: Path) -> None:
    body = '{"result":[],"error":{"message":"Something went wrong","detail":null},"status":"failure"}'
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        site.faults.next("answer", path="/api/now/table/incident", body=body)
        assert "Something went wrong" in wrong(hub)[0]
        assert wrong(hub) == []


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        pytest.param('{"result":[{"sys_id":"1"},]}', "application/json", "28 bytes that are no JSON", id="broken"),
        pytest.param("<html><title>Hibernating Instance</title>", "text/html", "'Hibernating Instance'", id="page"),
        pytest.param("", "application/json", "no body", id="nothing"),
        pytest.param('{"result":{"sys_id":"1"}}', "application/json", "without a list at 'result'", id="one record"),
        pytest.param("[]", "application/json", "in an answer with a list", id="another shape"),
    ],
)
def test_an_answer_that_is_none_ends_the_pass_and_moves_nothing(
    body: str, kind: str, told: str, tmp_path: Path
) -> None:
    """The error says which request it was and what came; the next pass brings everything."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        site.faults.next("answer", path="/api/now/table/incident", times=20, body=body, content_type=kind)
        outcome = hub.sync()
        site.faults.clear()
        assert outcome.state == "partial"
        assert outcome.reason.startswith("incident: acme/servicenow: ")
        assert "GET /api/now/table/incident answered 200 with" in outcome.reason
        assert told in outcome.reason
        assert hub.store.checkpoint(hub.source, "incident") is None
        assert wrong(hub) == []


def test_an_answer_whose_json_breaks_is_asked_for_in_halves(tmp_path: Path) -> None:
    """Very large answers break the same way every time."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        site.faults.next("answer", path="/api/now/table/incident", times=3, body='{"result":[{"sys_id":"1"},]}')
        assert hub.sync().state == "ok"
        assert site.faults.met == ("answer",) * 3
        assert wrong(hub) == []


def test_no_cookie_is_sent_back_and_a_dropped_request_is_made_again(tmp_path: Path) -> None:
    """Every answer sets cookies; who sends them waits in a queue, and is dropped with a 202 when that is full."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path)
        site.faults.next("answer", status=202, times=2)
        assert wrong(hub) == []
        assert site.cookies == []
        assert (hub.status.requests["202"], hub.status.retries) == (2, 2)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_the_accounts_zone_and_its_words_play_no_part(zone: str, tmp_path: Path) -> None:
    """Display values are in the account's zone and language; raw ones, and plain dates in queries, are UTC."""
    cure = Cure('sysparm_display_value: "false"', 'sysparm_display_value: "true"', 2)
    with Site(WORLD, NOW, zone=ZoneInfo(zone)) as site:
        assert wrong(site.hub(tmp_path / "with")) == []
        assert not any("javascript" in said.get("sysparm_query", "") for _, said in site.asked)
        assert wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, cure))) != []


def test_a_reference_may_be_an_object_or_a_text(tmp_path: Path) -> None:
    """Asked for with links they are objects where they hold something, and texts where they do not."""
    objects = Cure('sysparm_exclude_reference_link: "true"', 'sysparm_exclude_reference_link: "false"', 9)
    inner = Cure("inner: value", "inner: []", 1)
    with Site(WORLD, NOW) as site:
        assert wrong(site.hub(tmp_path / "with", change=shipped(tmp_path, objects))) == []
        assert wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, objects, inner))) != []


def test_a_query_on_a_column_that_does_not_exist_is_told_where_the_instance_tells(tmp_path: Path) -> None:
    """Newer instances refuse it in the words of a missing right: the incidents are left out, and it is said why."""
    with Site(WORLD, NOW, unknown_fields="refused") as site:
        hub = site.hub(tmp_path, options={"incident_query": "u_compny=acme"})
        hub.sync()
        assert hub.status.streams["incident"].startswith("left out: acme/servicenow: GET /api/now/table/incident")
        assert "do not have permission to be read" in hub.status.streams["incident"]


def test_addresses_stay_short_enough_for_proxies_and_headers_short_too(tmp_path: Path) -> None:
    """Lists of a hundred ids; no Link header, which would repeat the address four times."""
    cure = Cure("batch: 100", "batch: 300", 7)
    with Site(WORLD, NOW, longest_url=6_000) as site:
        assert wrong(site.hub(tmp_path / "with")) == []
        assert site.longest < 6_000
        assert {said["sysparm_suppress_pagination_header"] for _, said in site.asked} == {"true"}
        assert "answered 414" in wrong(site.hub(tmp_path / "without", change=shipped(tmp_path, cure)))[0]
