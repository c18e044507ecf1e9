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
