"""Of texts that rules only search or compare a recording keeps what they find, and replays to the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Registry
from connectors.workbench import conversation
from connectors.workbench.conversation import Conversation, dumped
from connectors.workbench.recording import checked, record
from connectors.workbench.replay import Answers, NotRecordedError, replay
from core.connector import Credentials, SourceConfig
from tests.connectors.fake_system import NOW, Counting, manifest, tickets

ROOT = Path(__file__).parents[3]
TALKS = ROOT / "tests" / "connectors" / "conversations"
FILES = [file for folder in sorted(TALKS.iterdir()) for file in conversation.files(folder)]
LOG = {
    "unfold": {"row": "log"}, "ticket": "record.id", "at": "row.at", "id": ["row.at", "length(row.said)"],
    "rules": [
        {"kind": "group", "when": {"row.said": "*moved to*"}, "to": {"path": "row.said", "match": "moved to (\\w+)"},
         "word": {"path": "row.said", "match": "moved to (\\w+)"}},
        {"kind": "state", "when": {"row.said": "?* waits for *"}, "to": {"const": "hold"},
         "word": {"const": "waits"}},
    ],
}  # fmt: skip


def kept_of(log: list[str], **fields: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Of a ticket with these sentences: the recorded record, and what becomes of the recording."""
    stream = tickets(events=LOG)
    stream["ticket"]["when"] = {"type": ["fault", "!wish*"]}
    stream["ticket"]["map"]["closed_at"] = {"path": "changed", "when": {"ending || outcome": "*done*"}}
    stream["ticket"]["links"] = [{"kind": "same", "path": "body", "match": "GLX-\\d+"}]
    said = manifest({"ticket": stream})
    ticket = {
        "id": 1, "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "state": "open", "type": "fault",
        "log": [{"at": f"2025-06-15T09:3{place}:00Z", "said": text} for place, text in enumerate(log)], **fields,
    }  # fmt: skip
    config = SourceConfig("acme", "desk", "https://desk.example", NOW - 10**12, Credentials("none"))
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"items": [ticket]}))
    talk, scrubber = record(said, config, Counting(), 5, NOW, transport=transport)
    checked(dumped(talk), scrubber)
    (stream_told,) = replay(said, Conversation.model_validate(talk)).streams.values()
    return talk["conversation"][0]["answer"]["items"][0], stream_told


def test_a_sentence_keeps_what_its_rule_finds_in_it_and_nobodys_name() -> None:
    item, told = kept_of(["Kim Vos moved to Web, as Lee asked", "Kim Vos waits for Jan"])
    assert [row["said"] for row in item["log"]] == ["xxx xxx moved to Web, xx xxx xxxxx", "xxx xxx waits for xxx"]
    assert [(one["kind"], one["to_value"]) for one in told["events"]] == [("group", "Web"), ("state", "hold")]


def test_a_sentence_that_no_rule_takes_keeps_nothing_but_its_length() -> None:
    item, told = kept_of(["Kim Vos asked Lee, room 12"])
    assert item["log"][0]["said"] == "xxx xxx xxxxx xxx, xxxx 00"
    assert "events" not in told


def test_a_text_that_is_only_compared_keeps_the_words_that_the_condition_knows() -> None:
    item, told = kept_of([], type="fault", ending="Kim: all done, says Lee", body="Kim saw GLX-17")
    assert (item["type"], item["ending"], item["body"]) == ("fault", "xxx: xxx done, xxxx xxx", "xxx xxx GLX-17")
    assert (told["tickets"][0]["closed_at"], told["links"][0]["reference"]) == ("2025-06-15T10:00:00Z", "GLX-17")


def test_of_a_record_that_is_none_of_ours_no_compared_word_stays() -> None:
    item, told = kept_of([], type="wish of Kim Vos")
    assert item["type"] == "xxxx xx xxx xxx"
    assert "tickets" not in told


def test_a_long_text_is_cut_down_to_the_references_where_these_are_all_that_is_read_of_it() -> None:
    item, told = kept_of([], body="Kim Vos cannot print,\nnor can Lee Tan; see GLX-17 and GLX-18")
    assert item["body"] == "GLX-17 GLX-18"
    assert [one["reference"] for one in told["links"]] == ["GLX-17", "GLX-18"]


def test_sentences_of_a_shipped_example_are_recorded_without_the_persons_in_them() -> None:
    said = Registry(ROOT / "config" / "connectors.d").manifest("freshservice")
    at = "2025-06-10T09:00:00Z"
    ticket = {
        "id": 1, "type": "Incident", "status": 2, "priority": 1, "created_at": at, "updated_at": at,
        "requester_id": 9, "group_id": 1, "stats": {}, "custom_fields": {},
    }  # fmt: skip
    moves = [
        {"actor": {"id": 7, "name": "Kim Lee"}, "content": " set Status as Pending", "created_at": at,
         "sub_contents": ["Agent : Jane Doe", "assigned to Jane Doe"]},
        {"actor": {"id": 7, "name": "Kim Lee"}, "content": " Jane Doe asked; set Group as Web", "created_at": at,
         "sub_contents": []},
    ]  # fmt: skip

    def answers(request: httpx.Request) -> httpx.Response:
        path, deleted = request.url.path, "filter" in request.url.params
        known = {"/groups": {"groups": [{"id": 1, "name": "Web"}]}, "/activities": {"activities": moves}}
        known |= {"/tickets": {"tickets": [] if deleted else [ticket]}, "/changes": {"changes": []}}
        found = next((answer for ending, answer in known.items() if path.endswith(ending)), None)
        return httpx.Response(404, json={}) if found is None else httpx.Response(200, json=found)

    config = SourceConfig("acme", "desk", "https://acme.freshservice.com", NOW - 10**13, Credentials("none"))
    network = httpx.MockTransport(answers)
    talk, scrubber = record(said, config, Counting(), 5, NOW, transport=network, sleep=lambda seconds: None)
    text = checked(dumped(talk), scrubber)
    assert [word for word in ("Jane", "Doe", "Kim", "Lee", "gent") if word in text] == []
    told = replay(said, Conversation.model_validate(talk)).streams["ticket"]
    assert [(one["kind"], one["vendor_value"]) for one in told["events"]] == [("state", "Pending"), ("group", "Web")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_recording_of_a_conversation_replays_to_what_the_conversation_itself_does(file: Path) -> None:
    manifest = Registry(ROOT / "config" / "connectors.d").manifest(file.parent.name)
    talk = conversation.load(file).model_copy(update={"limit": 50, "auth": ""})
    said = talk.model_copy(
        update={"conversation": [one.model_copy(update={"repeat": True}) for one in talk.conversation]}
    )
    config = SourceConfig(
        "recorded", "source", said.base_url, said.since, Credentials("none"), options=said.options,
        automation=said.automation,
    )  # fmt: skip
    heard, _ = record(manifest, config, Counting(), 50, said.now, transport=_network(said), sleep=lambda seconds: None)
    itself, recorded = (replay(manifest, one) for one in (said, Conversation.model_validate(heard)))
    host = httpx.URL(said.base_url).host
    assert _without_words_of_errors(recorded.streams) == _without_words_of_errors(itself.streams).replace(
        host, "recorded.example"
    )


def _network(said: Conversation) -> httpx.MockTransport:
    """The conversation, and nothing in it for what it does not hold: it was written to be read with all pages."""
    answers = Answers(said.conversation)

    def answer(request: httpx.Request) -> httpx.Response:
        try:
            return answers(request)
        except NotRecordedError:
            return httpx.Response(403)

    return httpx.MockTransport(answer)


def _without_words_of_errors(streams: Mapping[str, Any]) -> str:
    """Errors are recorded without their words."""
    held = [{name: part for name, part in one.items() if name != "ended"} for one in streams.values() if one["records"]]
    return dumped(held)
