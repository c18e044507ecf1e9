"""A manifest is tested without a network, by conversations that a person writes."""

import json
from pathlib import Path

import pytest

from connectors.workbench import conversation
from connectors.workbench.conversation import Conversation, ConversationError
from connectors.workbench.replay import replay
from siamhub import main
from tests.connectors.fake_system import manifest, tickets

MANIFEST = """
siamhub: 1
title: Desk
auth: {api_key: {header: X-Key}}
streams:
  ticket:
    request: {path: /tickets, query: {since: "{since}", skip: "{offset}"}}
    records: items
    paging: {kind: offset, size: 2, stop: short}
    cursor: {}
    suffers: everything
    ticket:
      map:
        vendor_id: id
        kind: {const: incident}
        opened_at: opened
        changed_at: changed
        state: {path: state, values: {open: active, done: resolved}}
"""
TALK = """
conversation:
  - asked: GET /tickets?skip=0
    answer:
      items:
        - {id: 1, opened: 2025-06-01T10:00:00Z, changed: 2025-06-01T11:00:00Z, state: open}
        - {id: 2, opened: 2025-06-01 10:00:00, changed: 2025-06-02T11:00:00Z, state: lost}
  - asked: GET /tickets
    query: {skip: 2}
    answer: {items: []}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(MANIFEST)
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "first.yaml").write_text(TALK)
    return tmp_path


def run(desk: Path, *more: str) -> int:
    nothing = str(desk / "none.yaml")
    return main(["--config", nothing, "connector", "test", f"{desk}/desk.yaml", "--against", f"{desk}/talks", *more])


def test_what_is_expected_is_written_once_and_then_compared(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(desk) == 1
    assert "there is no first.expected.yaml yet" in capfd.readouterr().out
    assert run(desk, "--update") == 0
    assert run(desk) == 0
    expected = conversation.read_plain(desk / "talks" / "first.expected.yaml")["ticket"]
    assert (expected["records"], expected["pages"], expected["read_up_to"]) == (2, 2, "2025-06-02T11:00:00Z")
    assert [one["opened_at"] for one in expected["tickets"]] == ["2025-06-01T10:00:00Z"] * 2
    assert expected["unmapped"] == [{"field": "state", "value": "lost", "times": 1}]


def test_a_manifest_that_reads_otherwise_is_shown_line_by_line(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(desk, "--update")
    (desk / "desk.yaml").write_text(MANIFEST.replace("open: active", "open: hold"))
    capfd.readouterr()
    assert run(desk) == 1
    said = capfd.readouterr().out
    assert "-    state: active" in said
    assert "+    state: hold" in said
    assert run(desk, "--json") == 1
    assert json.loads(capfd.readouterr().out)[0]["streams"]["ticket"]["tickets"][0]["state"] == "hold"


def test_a_request_that_was_not_recorded_is_shown_beside_the_nearest(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (desk / "talks" / "first.yaml").write_text(TALK.replace("skip: 2", "skip: 4"))
    assert run(desk) == 1
    said = capfd.readouterr().out
    assert "GET /tickets?since=2024-12-31T23:55:00" in said or "GET /tickets?since=2025-01-01T00:00:00" in said
    assert "nearest is 2: GET /tickets?skip=4" in said
    assert "query parameter skip is '2', not '4'" in said


def test_an_answer_given_already_is_said_to_be(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    talk = TALK.replace("?skip=0", "").split("  - asked: GET /tickets\n    query")[0]
    (desk / "talks" / "first.yaml").write_text(talk)
    assert run(desk) == 1
    assert "it was answered already" in capfd.readouterr().out


def test_an_answer_that_nobody_asks_for_fails_unless_it_may_repeat(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    more = "  - {asked: GET /teams, answer: [], REPEAT}\n"
    (desk / "talks" / "first.yaml").write_text(TALK + more.replace(", REPEAT", ""))
    assert run(desk, "--update") == 1
    assert "not asked for: 3: GET /teams" in capfd.readouterr().out
    (desk / "talks" / "first.yaml").write_text(TALK + more.replace("REPEAT", "repeat: true"))
    assert run(desk, "--update") == 0


def test_a_refusal_is_part_of_what_is_expected(desk: Path) -> None:
    (desk / "talks" / "first.yaml").write_text("conversation: [{asked: GET /tickets, status: 403}]")
    assert run(desk, "--update") == 0
    ended = conversation.read_plain(desk / "talks" / "first.expected.yaml")["ticket"]["ended"]
    assert ended.startswith("left out: recorded/source: GET /tickets answered 403")


def test_a_page_for_people_is_a_text(desk: Path) -> None:
    (desk / "talks" / "first.yaml").write_text("conversation: [{asked: GET /tickets, text: <html></html>}]")
    assert run(desk, "--update") == 0
    ended = conversation.read_plain(desk / "talks" / "first.expected.yaml")["ticket"]["ended"]
    assert "a page in place of JSON" in ended


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", ":1: a conversation is a mapping with the key `conversation`"),
        ("title: x", "'conversation' is missing"),
        ("conversation: [{asked: tickets}]", ":1: conversation[0].asked: a request is written GET /path"),
        ("conversation:\n - asked: GET /a\n   answr: 1", ":3: conversation[0].answr: unknown key; known are asked,"),
        ("since: soon\nconversation: []", ":1: since: a time is written 2025-06-01"),
        ("conversation: [{asked: GET /a, answer: 1, text: b}]", ":1: conversation[0]: say answer or text"),
        ("conversation: [", "is no YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_path(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text(text)
    with pytest.raises(ConversationError) as caught:
        conversation.load(file)
    assert message in str(caught.value)


def test_an_empty_folder_and_no_folder_are_mistakes(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (desk / "talks" / "first.yaml").unlink()
    assert run(desk) == 2
    assert "holds no conversation" in capfd.readouterr().err
    (desk / "talks").rmdir()
    assert run(desk) == 2
    assert "there is no such file or folder" in capfd.readouterr().err


def test_deletions_are_part_of_what_a_limited_conversation_becomes() -> None:
    stream = tickets(deleted={"ticket": "id", "at": "changed"})
    del stream["ticket"]
    answer = {"items": [{"id": 1, "changed": "2025-06-15T10:00:00Z"}]}
    talk = Conversation.model_validate({"limit": 5, "conversation": [{"asked": "GET /tickets", "answer": answer}]})
    (told,) = replay(manifest({"gone": stream}), talk).streams.values()
    assert told["tombstones"] == [{"ticket": "1", "at": "2025-06-15T10:00:00Z"}]
