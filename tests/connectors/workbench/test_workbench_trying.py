"""Trying a source shows where each field came from, what was left over, and nobody's words."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.simulators.demo import serve_one
from connectors.workbench.tried_text import as_plain, text
from connectors.workbench.trying import Tried, tried
from siamhub import main
from tests.connectors.fake_system import NOW, System, manifest, tickets

RECORD = {
    "id": 1, "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "state": "lost",
    "on_hold_since": "2025-06-15T09:30:00Z", "status_text": "Kim Vos is waiting", "caller": {"state": "Kim Vos"},
    "approver": "Lee Tan", "substate": "parked", "description": "Printer of Kim Vos", "shoe_size": 44,
}  # fmt: skip


def look(records: list[Any], **more: Any) -> Tried:
    said = manifest({"ticket": tickets(**more)})
    system = System(lambda request: httpx.Response(200, json={"items": records}))
    return tried("acme/desk", said, system.connector(said), 2, NOW)


def test_every_field_is_shown_with_the_path_that_gave_it_and_what_stood_there() -> None:
    (stream,) = look([RECORD]).streams
    fields = {one.name: (one.value, one.path, one.raw) for one in stream.tickets[0].fields}
    assert fields["opened_at"] == ("2025-06-15T09:00:00Z", "opened", "2025-06-15T09:00:00Z")
    assert fields["kind"] == ("incident", "always", "")
    assert fields["state"] == (None, "state", "lost")
    assert stream.unmapped == {("state", "lost"): 1}


def test_fields_that_no_rule_reads_are_named_and_nobodys_words_are_shown() -> None:
    found = look([RECORD])
    (stream,) = found.streams
    assert stream.unused == {
        "on_hold_since": "2025-06-15T09:30:00Z",
        "status_text": "a text of 18 characters",
        "caller.state": "a text of 7 characters",
        "approver": "a text of 7 characters",
        "substate": "parked",
    }
    for said in (text([found]), as_plain([found])):
        assert "Kim" not in said
        assert "Lee" not in said


def test_no_more_records_than_asked_for_are_shown_whatever_the_system_sends() -> None:
    (stream,) = look([{**RECORD, "id": key} for key in range(9)]).streams
    assert (stream.read, len(stream.tickets)) == (2, 2)


def test_a_system_that_refuses_is_an_answer_as_well() -> None:
    said = manifest({"a": tickets(), "b": tickets()})
    system = System(lambda request: httpx.Response(401))
    found = tried("acme/desk", said, system.connector(said), 2, NOW)
    assert "answered 401" in found.streams[0].error
    assert "not asked" in found.streams[1].error
    assert {line.supported for line in found.verdict} == {"no"}
    assert len(system.asked) == 1


def test_the_command_tries_a_supplier_and_stores_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    served, login = serve_one("servicenow", 7, NOW, lambda: NOW)
    path = tmp_path / "siamhub.yaml"
    with served:
        path.write_text(
            f"database: sqlite:///{tmp_path}/hub.db\nsuppliers:\n  acme:\n    title: A\n    sources:\n"
            f"      - {{connector: servicenow, base_url: '{served.url}', since: 2024-01-01,\n"
            f"         auth: {{type: basic, username: {login.user}, password: {login.secret}}}}}\n"
        )
        assert main(["--config", str(path), "connector", "try", "acme", "--limit", "2", "--json"]) == 0
        (found,) = json.loads(capfd.readouterr().out)
        assert main(["--config", str(path), "connector", "try", "acmee"]) == 2
        assert 'did you mean "acme"?' in capfd.readouterr().err
        assert main(["--config", str(path), "connector", "try", "acme", "--since", "soon"]) == 2
    assert [len(one["tickets"]) for one in found["streams"] if one["stream"] == "incident"] == [2]
    verdict = {line["figure"].strip(): line["supported"] for line in found["verdict"]}
    assert (verdict["lead time"], verdict["active time (holds)"]) == ("yes", "yes")
    assert not (tmp_path / "hub.db").exists()


HISTORY = {
    "unfold": {"row": "log"}, "ticket": "record.id", "at": "row.at", "id": "row.at",
    "rules": [
        {"kind": "state", "when": {"row.field": "state"}, "to": "row.to"},
        {"kind": "comment", "when": {"row.field": "note"}, "public": {"path": "row.seen"}},
    ],
}  # fmt: skip


def told(*fields: str, **more: Any) -> str:
    """What is said of a ticket whose log has rows of these fields."""
    log = [{"at": f"2025-06-15T09:3{place}:00Z", "field": name} for place, name in enumerate(fields)]
    log = [{**row, "to": "hold", "seen": "1" if place else "0"} for place, row in enumerate(log)]
    return text([look([{**RECORD, "log": log}], **more)])


def test_rows_that_no_rule_takes_are_told_with_what_stands_where_conditions_look() -> None:
    assert "look at this: ticket: 3 rows that no rule takes: row.field=status (2×), row.field=owner (1×)" in told(
        "status", "owner", "status", events=HISTORY
    )


def test_a_rule_whose_condition_takes_no_row_is_told() -> None:
    said = told("state", events=HISTORY)
    assert "look at this: ticket: rule 2 (comment) took no row: none where row.field is note" in said
    assert "rule 1" not in said


def test_whether_a_comment_is_public_is_shown() -> None:
    said = told("note", "note", events=HISTORY)
    assert [
        line.split("comment")[1].split()[0] for line in said.splitlines() if " comment " in line and "by" in line
    ] == [
        "internal",
        "public",
    ]


def test_a_path_that_gives_nothing_and_a_key_that_may_be_meant_are_told() -> None:
    said = tickets()
    said["ticket"]["map"] |= {"group": "caler.team", "priority": "rank"}
    found = text([look([RECORD], ticket=said["ticket"])])
    assert "look at this: group: 'caler.team' gave nothing in 1 of 1 records (did you mean 'caller'?)" in found
    assert "look at this: priority: 'rank' gave nothing in 1 of 1 records" in found


def test_a_change_time_that_stands_in_no_record_is_told() -> None:
    said = text([look([RECORD], cursor={"path": "chnged"})])
    assert (
        "cursor.path 'chnged' stands in none of 1 records (did you mean 'changed'?): every pass would read all" in said
    )


def test_what_a_condition_leaves_out_is_counted_and_named_at_the_field() -> None:
    said = tickets()
    said["ticket"]["when"] = {"state": "lost"}
    said["ticket"]["map"]["closed_at"] = {"path": "changed", "when": {"state": "closed"}}
    found = text([look([RECORD, {**RECORD, "id": 2, "state": "open"}], ticket=said["ticket"])])
    assert "left out by `when`: 1 of 2 records" in found
    assert "(nothing)                            changed = '2025-06-15T10:00:00Z'; left out by `when`" in found


def test_records_set_aside_are_grouped_by_their_reason() -> None:
    found = text([look([{**RECORD, "id": key, "changed": None} for key in range(1, 3)])])
    assert "set aside, no time: 2\n    1: changed_at: nothing stands at 'changed'\n" in found


def test_deletions_are_counted() -> None:
    (stream,) = look([RECORD], deleted={"when": {"state": "lost"}, "ticket": "id", "at": "changed"}).streams
    assert stream.deleted == 1


def test_a_word_without_meaning_is_told_with_the_map_and_the_option_in_which_it_is_missing() -> None:
    said = tickets()
    said["ticket"]["map"]["priority"] = {"path": "substate", "values": {"high": 1}}
    found = text([look([RECORD], ticket=said["ticket"])])
    assert (
        "not mapped: priority 'parked', 1 times; add it to the field's own values, with null where it is left" in found
    )


def test_fewer_records_than_asked_for_are_one_page() -> None:
    said = look([RECORD], paging={"kind": "offset", "size": 1}, request={"path": "/t", "query": {"at": "{offset}"}})
    assert "one page was read: it held 1 of the 2 records that --limit asks for" in text([said])


def test_a_priority_that_no_record_bears_is_mended_at_its_path_and_not_by_outages() -> None:
    said = tickets()
    said["ticket"]["map"] |= {"priority": "prority"}
    found = look([{**RECORD, "state": "open"}], ticket=said["ticket"])
    (line,) = [one for one in found.verdict if one.figure == "availability"]
    assert (line.supported, line.mend) == ("partly", "look at priority: its path, and the words of its map")
