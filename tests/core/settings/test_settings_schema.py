"""The JSON Schema of the configuration, the operator's page and the example agree with the models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from core.model import to_instant
from core.settings import load, schema
from core.settings.generated import REFERENCE, SCHEMA, schema_text, with_table
from core.settings.text import read
from core.settings.wording import flow
from tests.core.settings.fake_kinds import FakeKinds

ROOT: Final = Path(__file__).parents[3]
EXAMPLE: Final = ROOT / "config" / "siamhub.example.yaml"
STALE: Final = "run python -m core.settings.generated"


def sections(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that the schema describes."""
    if isinstance(node, dict):
        for key, child in node.get("properties", {}).items():
            yield f"{path}.{key}", child
        for key, child in node.items():
            yield from sections(child, f"{path}/{key}")


KEYS: Final = dict(sections(schema()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_schema_in_the_repository_is_not_stale() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), STALE


def test_the_table_of_keys_is_not_stale() -> None:
    page = (ROOT / REFERENCE).read_text(encoding="utf-8")
    assert page == with_table(page), STALE
    for key in ("suppliers.*.sources[].base_url", "services.*.targets.availability", "collaboration.weights.flow"):
        assert page.count(f"| `{key}` |") == 1


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_sentence_and_examples_that_are_right(key: str) -> None:
    root, node = schema(), KEYS[key]
    described = node if "description" in node else root["$defs"][node["$ref"].rpartition("/")[2]]
    assert described["description"].endswith(".")
    assert node["examples"]
    for each in (*node["examples"], *([node["default"]] if "default" in node else [])):
        Draft202012Validator({**node, "$defs": root["$defs"]}).validate(each)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "UTC"},
        {"windows": ["7 days"]},
        {"timezone": None},
        {"suppliers": {"Acme": {}}},
        {"suppliers": {"acme": {"sources": [{"connector": "jira"}]}}},
        {"services": {"shop": {"needs": ["acme/web"]}}},
        {"services": {"shop": {"needs": {"all": ["acme/web"], "any": ["acme/web"]}}}},
        {"services": {"shop": {"hours": {"weekly": {"monday": "08:00-17:00"}}}}},
        {"services": {"shop": {"targets": {"availability": 99.9}}}},
    ],
    ids=flow,
)
def test_an_editor_sees_what_siamhub_refuses(wrong: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema()).is_valid(wrong)


def test_an_editor_lets_references_stand_wherever_a_text_has_a_form() -> None:
    Draft202012Validator(schema()).validate(
        {"listen": "${LISTEN}", "suppliers": {"acme": {"sources": [{"connector": "jira", "base_url": "${ACME_URL}"}]}}}
    )


def test_the_example_is_what_the_schema_describes() -> None:
    Draft202012Validator(schema()).validate(read(EXAMPLE.read_text(encoding="utf-8")).value)
    assert EXAMPLE.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=siamhub.schema.json\n")


def test_the_example_loads(tmp_path: Path) -> None:
    secret = tmp_path / "globex"
    secret.write_text("hunter2\n", encoding="utf-8")
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "siamhub.yaml"
    path.write_text(text.replace("/run/secrets/globex", str(secret)), encoding="utf-8")
    now = to_instant(datetime(2026, 11, 24, tzinfo=UTC))
    made = load(path, {"ACME_PASSWORD": "x", "INITECH_PASSWORD": "y"}, lambda folder: FakeKinds(), now)
    assert [source.name for source in made.sources] == ["servicenow", "jira", "topdesk"]
    assert all(service.structure is not None for service in made.catalogue.services)


def test_the_example_uses_every_section() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert [key for key in schema()["properties"] if f"\n{key}:" not in text and f"\n# {key}:" not in text] == []
