"""What the documentation of connectors says is true: examples load, tables are those of the models."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from connectors.load import load
from connectors.manifest import Manifest, schema
from connectors.reference import PARTS, with_reference
from connectors.registry import Registry
from connectors.rest import connect
from connectors.vocabulary import FIELDS
from core.connector import AnswerError, AuthenticationError, Credentials, SourceConfig
from core.model import FIELDS as MODEL
from core.model import rows
from tests.connectors.fake_system import NOW, System

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "connectors.d" / "example-desk.yaml"
DOCUMENT = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")


def test_the_reference_in_the_repository_is_not_stale() -> None:
    assert with_reference(DOCUMENT) == DOCUMENT, "run: python -m connectors.reference docs/connectors.md"


def test_every_word_of_the_language_is_explained() -> None:
    for _, model in PARTS:
        assert [name for name, field in model.model_fields.items() if not field.description] == []


def first(language: str) -> str:
    """The first block of the page in a language."""
    return DOCUMENT.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def test_the_first_example_reads_every_record_of_the_answer_that_the_page_shows() -> None:
    answer = json.loads(first("json"))
    manifest = Manifest.model_validate(YAML(typ="safe", pure=True).load(first("yaml")))
    config = SourceConfig("acme", "desk", "https://desk.example", NOW, Credentials("api_key", {"key": "k"}))
    system = System(lambda request: httpx.Response(200, json=answer))
    connector = connect(manifest, config, system.observer, httpx.MockTransport(system.answer), lambda seconds: None)
    (page,) = connector.pages("ticket", None, NOW)
    assert page.rejects == []
    assert page.tickets["vendor_id"] == [str(one["id"]) for one in answer["data"]["tickets"]]
    assert page.tickets["suspect"] == [None] * answer["data"]["total"]
    assert page.tickets["opened_at"] == [1_793_607_120_000_000]
    assert system.asked[0].headers["x-desk-key"] == "k"


def test_every_connector_has_a_page_on_the_rights_it_needs() -> None:
    for folder in (ROOT / "connectors").glob("*/manifest.yaml"):
        assert "## The account" in (folder.parent / "README.md").read_text(encoding="utf-8")


TICKET = {
    "id": 71, "number": "ED-71", "type": "disturbance", "state": {"id": 2, "label": "In progress"}, "version": 4,
    "priority": {"id": 1, "label": "High"}, "opened": "02.11.2026 09:12:00", "changed": "02.11.2026 10:40:07",
    "solved": "", "team": "Web", "asset": {"name": "Web Farm 1"}, "service": None, "category": "Webshop",
    "reporter": {"account": "kim"}, "partner_reference": "INC0010001", "rating": 8, "rated": "02.11.2026 12:00:00",
}  # fmt: skip
LOG = [
    {
        "id": 1, "ticket": 71, "at": "02.11.2026 09:20:00", "field": "state", "from": "Open", "to": "In progress",
        "by": "ann",
    },
    {"id": 2, "ticket": 71, "at": "02.11.2026 09:30:00", "field": "note", "by": "kim", "visible": True},
]  # fmt: skip


def read(answer: dict[str, Any]) -> tuple[System, Any]:
    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/log":
            return httpx.Response(200, json={"data": {"total": 2, "entries": LOG}})
        return httpx.Response(200, json=answer)

    system = System(answers)
    config = SourceConfig(
        "acme", "desk", "https://desk.example", NOW, Credentials("api_key", {"key": "k"}), {"queues": ["a", "b"]}
    )
    connector = connect(
        load(EXAMPLE), config, system.observer, httpx.MockTransport(system.answer), lambda seconds: None
    )
    return system, connector.pages("ticket", None, NOW)


def test_the_example_manifest_reads_what_its_page_shows() -> None:
    system, pages = read({"data": {"total": 1, "tickets": [TICKET]}})
    (page,) = pages
    ticket = {name: values[0] for name, values in page.tickets.items()}
    assert ticket["vendor_id"] == "71"
    assert (ticket["state"], ticket["priority"], ticket["group"]) == ("active", 2, "Web")
    assert (ticket["component"], ticket["service"]) == ("Web Farm 1", "Webshop")
    assert ticket["opened_at"] == 1_793_607_120_000_000
    assert ticket["url"] == "https://desk.example/tickets/ED-71"
    assert [row[2:] for row in rows("event", page.events)] == [
        ("state", 1_793_607_600_000_000, 0, "new", "active", "person", None, "In progress", None),
        ("comment", 1_793_608_200_000_000, 0, None, None, "requester", 1, None, None),
    ]
    assert [row[3:6] for row in rows("response", page.responses)] == [(8.0, 1, 10)]
    assert [row[:4] for row in rows("link", page.links)] == [("71", "same", "prefix", "INC0010001")]
    asked = system.asked[0].url.params
    assert asked.get_list("queue") == ["a", "b"]
    assert asked["changed_from"] == "15.06.2025 17:06:40"


def test_the_example_manifest_finds_what_was_deleted() -> None:
    """The list holds a request for service too; ticket 72 is not there any more, and 73 lies in the trash."""
    trash = [{"id": 73, "deleted": "02.11.2026 11:00:00"}]
    short = [{name: TICKET[name] for name in ("id", "type", "changed")}, {"id": 5, "type": "request", "changed": "x"}]

    def answers(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        if request.url.path == "/api/log":
            return httpx.Response(200, json={"data": {"total": 2, "entries": LOG}})
        found = trash if request.url.path == "/api/trash" else short if "fields" in params else []
        if "id" in params:
            found = [TICKET] if "71" in params.get_list("id") else []
        return httpx.Response(200, json={"data": {"total": len(found), "tickets": found}})

    system = System(answers)
    config = SourceConfig("acme", "desk", "https://desk.example", NOW, Credentials("api_key", {"key": "k"}))
    connector = connect(
        load(EXAMPLE), config, system.observer, httpx.MockTransport(system.answer), lambda seconds: None
    )
    assert connector.listed("ticket", NOW) == {"71": 1_793_612_407_000_000}
    (asked,) = connector.again("ticket", {"71": "ED-71", "72": "ED-72"}, NOW)
    assert asked.page.tickets["vendor_id"] == ["71"]
    assert asked.lost == {"72": "deleted"}
    (page,) = connector.pages("trash", None, NOW)
    assert page.tombstones == {"ticket": ["73"], "at": [1_793_613_600_000_000]}


@pytest.mark.parametrize(("code", "kind"), [("SESSION_OVER", AuthenticationError), ("E17", AnswerError)])
def test_the_example_manifest_notices_faults_inside_a_200(code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        list(read({"fault": {"code": code}})[1])


def test_the_example_folder_is_a_folder_of_connectors() -> None:
    assert "example-desk" in Registry(EXAMPLE.parent).names()


@pytest.mark.parametrize(
    "file", [*sorted((ROOT / "connectors").glob("*/manifest.yaml")), EXAMPLE], ids=lambda f: f.parent.name
)
def test_the_schema_for_editors_takes_what_the_loader_takes(file: Path) -> None:
    said = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(schema()).iter_errors(said)
    ]
    assert problems == []


def test_the_schema_for_editors_refuses_a_misspelt_key() -> None:
    said = YAML(typ="safe", pure=True).load(EXAMPLE.read_text(encoding="utf-8"))
    said["streams"]["ticket"]["cursor"]["overlapp"] = "5m"
    assert list(Draft202012Validator(schema()).iter_errors(said))


def test_the_reference_says_what_each_field_of_a_record_holds() -> None:
    for kind, said in FIELDS.items():
        named = {name for names in said for name in names.split(", ")}
        assert named == set(MODEL[kind]) - {"suspect"}  # which no mapping fills
