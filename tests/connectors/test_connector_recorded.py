"""Recorded conversations with vendors, each with what becomes of it beside it.

To look at what changed, and keep it: UPDATE_RECORDED=1 pytest tests/connectors/test_connector_recorded.py
"""

import os
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from connectors.registry import Registry
from core.model import Page
from tests.connectors.fake_system import NOW, System

RECORDED = sorted(Path(__file__).parent.glob("*/recorded/*.json"))


def answers(conversation: list[dict[str, Any]]) -> Any:
    left = list(conversation)

    def answer(request: httpx.Request) -> httpx.Response:
        said = f"{request.method} {request.url.path}"
        place = next((place for place, one in enumerate(left) if one["asked"] == said), None)
        assert place is not None, f"{said} is not in the recording (any more)"
        one = left.pop(place)
        return httpx.Response(one.get("status", 200), json=one["answer"], headers=one.get("headers"))

    return answer


def plain(page: Page) -> dict[str, Any]:
    """What a page holds, by record and without what is empty."""
    kinds = {
        "tickets": page.tickets, "events": page.events, "outages": page.outages, "responses": page.responses,
        "links": page.links,
    }  # fmt: skip
    found: dict[str, Any] = {}
    for kind, columns in kinds.items():
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        if rows:
            found[kind] = [{name: value for name, value in sorted(row.items()) if value is not None} for row in rows]
    if page.rejects:
        found["rejects"] = [[reject.key, reject.reason, reject.detail] for reject in page.rejects]
    if page.unmapped:
        found["unmapped"] = [[*key, count] for key, count in page.unmapped.items()]
    return found


@pytest.mark.parametrize("file", [f for f in RECORDED if ".expected." not in f.name], ids=lambda file: file.stem)
def test_a_recorded_conversation_is_read_as_expected(file: Path) -> None:
    said = orjson.loads(file.read_bytes())
    system = System(answers(said["conversation"]))
    manifest = Registry().manifest(said["connector"])
    connector = system.connector(manifest, said.get("options"), said["automation"])
    found = {stream: [plain(page) for page in connector.pages(stream, None, NOW)] for stream in connector.streams}
    assert len(system.asked) == len(said["conversation"]), "not all of the recording was asked for"
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    expected = file.with_suffix(".expected.json")
    if os.environ.get("UPDATE_RECORDED"):
        expected.write_bytes(text)
    assert orjson.loads(text) == orjson.loads(expected.read_bytes())
