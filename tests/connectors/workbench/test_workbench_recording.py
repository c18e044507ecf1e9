"""A recording holds no login, no host, no person and no words of one, and replays to the same figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.manifest import Manifest
from connectors.simulators.demo import serve_one
from connectors.workbench import conversation
from connectors.workbench.conversation import Conversation, dumped
from connectors.workbench.places import places
from connectors.workbench.recording import RecordingError, checked, record
from connectors.workbench.replay import replay
from core.connector import Credentials, SourceConfig
from siamhub import main
from tests.connectors.fake_system import NOW, Counting, manifest, tickets

RECORDS = [
    {
        "id": 1, "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z", "state": "open",
        "reporter": {"account": "kim.vos", "displayName": "Kim Vos"}, "phone": "+31 20 555 0123",
        "description": "Kim Vos (kim@customer.example) cannot print,\nsee GLX-17, call +31 20 555 0123",
        "url": "https://desk.customer.example:8443/t/1", "partner": "https://partner.example/browse/GLX-9",
        "team": "Desk of kim.vos", "people": ["Lee Tan"],
        "log": [
            {"id": "a", "at": "2025-06-15T09:30:00Z", "by": "kim.vos", "text": "please hurry"},
            {"id": "b", "at": "2025-06-15T09:40:00Z", "by": "lee.tan", "text": "I do"},
            {"id": "c", "at": "2025-06-15T09:50:00Z", "by": "svc-sync", "text": "moved"},
        ],
    }
]  # fmt: skip
PLANTED = (
    "kim", "Kim", "lee.tan", "Lee", "customer", "partner.example", "555", "hurry", "print", "t0psecret", "hub-user",
    "cookie-value", "8443",
)  # fmt: skip


ASKED = {"path": "/tickets", "query": {"since": "{since}", "names": "{fields}", "take": "{size}"}}


def desk(request: Mapping[str, Any] = ASKED) -> Manifest:
    stream = tickets(
        request=request,
        events={
            "unfold": {"row": "log"}, "ticket": "record.id", "at": "row.at", "id": "row.id",
            "actor": {"name": "row.by"}, "rules": [{"kind": "comment"}],
        },
    )  # fmt: skip
    stream["ticket"]["map"] |= {"group": "team", "url": "url"}
    stream["ticket"]["requester"] = "reporter.account"
    stream["ticket"]["links"] = [
        {"kind": "same", "path": "description", "match": "GLX-[0-9]+"},
        {"kind": "same", "path": "partner"},
    ]
    return manifest({"ticket": stream}, auth={"basic": True})


def taken(answer: httpx.Response | None = None, request: Mapping[str, Any] = ASKED) -> tuple[dict[str, Any], str, Any]:
    def answers(request: httpx.Request) -> httpx.Response:
        return answer or httpx.Response(200, json={"items": RECORDS}, headers={"Set-Cookie": "s=cookie-value"})

    login = Credentials("basic", {"username": "hub-user", "password": SecretStr("t0psecret")})
    config = SourceConfig(
        "acme", "desk", "https://desk.customer.example:8443", NOW - 10**12, login, automation=("svc-*",)
    )
    said, scrubber = record(desk(request), config, Counting(), 5, NOW, transport=httpx.MockTransport(answers))
    return said, dumped(said), scrubber


def test_nothing_that_was_planted_is_in_a_recording_nor_in_what_becomes_of_it() -> None:
    said, text, scrubber = taken()
    came = replay(desk(), Conversation.model_validate(said))
    for whole in (checked(text, scrubber), dumped(dict(came.streams))):
        assert [word for word in PLANTED if word in whole] == []


def test_a_recording_replays_with_the_same_actors_and_references() -> None:
    said, _, _ = taken()
    came = replay(desk(), Conversation.model_validate(said))
    assert came.whole, came
    (stream,) = came.streams.values()
    assert [one["actor"] for one in stream["events"]] == ["requester", "person", "automation"]
    assert [one["reference"] for one in stream["links"]] == ["GLX-17", "https://other-1.example/browse/GLX-9"]
    assert stream["tickets"][0]["group"] == "Desk of person-1"
    assert stream["tickets"][0]["url"] == "https://recorded.example/t/1"
    assert stream["tickets"][0]["opened_at"] == "2025-06-15T09:00:00Z"


def test_what_changes_with_the_mapping_is_no_part_of_a_recorded_request() -> None:
    said, _, _ = taken()
    (one,) = said["conversation"]
    assert one["asked"] == "GET /tickets"
    assert list(one["query"]) == ["since"]
    assert set(one["answer"]["items"][0]) == {
        "id", "changed", "opened", "state", "reporter", "description", "url", "partner", "team", "log",
    }  # fmt: skip
    assert one["answer"]["items"][0]["reporter"] == {"account": "person-1"}


def test_json_in_a_form_is_recorded_as_what_it_is_without_what_changes_with_the_mapping() -> None:
    search = {"key": "SELECT Ticket WHERE changed >= '{since}' AND asker = 'kim.vos'", "limit": "{size}"}
    request: dict[str, Any] = {
        "method": "POST",
        "path": "/rest",
        "form": {"version": "1.3", "json_data": {**search, "of": "{fields}"}},
    }
    said, text, _ = taken(request=request)
    (one,) = said["conversation"]
    assert one["form"]["version"] == "1.3"
    assert list(one["form"]["json_data"]) == ["key"]
    assert "kim" not in text
    assert replay(desk(request), Conversation.model_validate(said)).whole is False  # the person is another one there
    request["form"]["json_data"]["key"] = "SELECT Ticket WHERE changed >= '{since}'"
    said, _, _ = taken(request=request)
    assert replay(desk(request), Conversation.model_validate(said)).whole


def test_an_error_is_recorded_without_its_words() -> None:
    said, text, _ = taken(httpx.Response(403, json={"message": "kim.vos may not"}))
    assert said["conversation"][0]["status"] == 403
    assert "kim" not in text


def test_a_page_for_people_is_recorded_as_one_without_its_words() -> None:
    said, text, _ = taken(httpx.Response(200, html="<html>Hello kim</html>"))
    assert said["conversation"][0]["text"] == "<html></html>"
    assert "kim" not in text


def test_what_would_still_hold_a_secret_is_not_written() -> None:
    _, _, scrubber = taken()
    with pytest.raises(RecordingError, match="a secret of the login"):
        checked("the password is t0psecret", scrubber)
    with pytest.raises(RecordingError, match="an account"):
        checked("ask kim.vos", scrubber)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", {("a", "b")}),
        ("a[].b.c", {("a", "b", "c")}),
        ("a[?k=='x'].v | [0]", {("a", "k"), ("a", "v")}),
        ("sort_by(a, &t)[-1].v", {("a", "t"), ("a", "v")}),
        ("a.*.b", {("a", "*", "b")}),
        ("a || b.c", {("a",), ("b", "c")}),
        ('"x.y".z', {("x.y", "z")}),
        ("@", {()}),
        ("19", {("19",)}),
        ("(a || `{}`).*", {("a", "*")}),
    ],
)
def test_the_places_that_a_path_reads(path: str, found: set[tuple[str, ...]]) -> None:
    assert places(path) == found


@pytest.mark.parametrize("vendor", ["servicenow", "jira", "topdesk"])
def test_a_supplier_is_recorded_by_the_command_and_replays(
    tmp_path: Path, vendor: str, capfd: pytest.CaptureFixture[str]
) -> None:
    served, login = serve_one(vendor, 7, NOW, lambda: NOW)
    path, out = tmp_path / "siamhub.yaml", tmp_path / "recorded"
    with served:
        path.write_text(
            f"database: sqlite:///{tmp_path}/hub.db\nsuppliers:\n  acme:\n    title: A\n    sources:\n"
            f"      - {{connector: {vendor}, base_url: '{served.url}', since: 2024-01-01,\n"
            f"         auth: {{type: basic, username: {login.user}, password: {login.secret}}}}}\n"
        )
        status = main(["--config", str(path), "connector", "record", "acme", "--out", str(out), "--limit", "3"])
    assert status == 0, capfd.readouterr()
    assert main(["connector", "test", vendor, "--against", str(out)]) == 0
    held = b"".join(file.read_bytes() for file in out.iterdir())
    for planted in (login.user, login.secret, served.url.removeprefix("http://")):
        assert planted.encode() not in held
    expected = conversation.read_plain(out / f"{vendor}.expected.yaml")
    assert sum(len(one.get("tickets", ())) for one in expected.values()) >= 3
