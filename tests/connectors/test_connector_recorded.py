"""Recorded conversations with vendors, each with what becomes of it beside it.

To look at what changed, and keep it: UPDATE_RECORDED=1 pytest tests/connectors/test_connector_recorded.py
"""

import os
from pathlib import Path

import pytest

from connectors.registry import Registry
from connectors.workbench import conversation
from connectors.workbench.testing import report, run_against

SHIPPED = sorted(Path(__file__).parent.glob("*/recorded"))
FILES = [file for folder in SHIPPED for file in conversation.files(folder)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_a_recorded_conversation_is_read_as_expected(file: Path) -> None:
    manifest = Registry().manifest(conversation.load(file).connector)
    cases = run_against(manifest, file, update=bool(os.environ.get("UPDATE_RECORDED")))
    assert all(case.good for case in cases), report(cases, as_json=False)
