"""Every mistake in a configuration file has a small bad file here, and beside it exactly what siamhub says."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from core.model import to_instant
from core.settings import SettingsError, load
from tests.core.settings.fake_kinds import FakeKinds

FOLDER: Final = Path(__file__).parent / "invalid"
NOW: Final = to_instant(datetime(2026, 11, 24, 12, tzinfo=UTC))
SECRET: Final = "hunter2"
"""Stands in many of the files where a person may type a secret; no answer contains it."""


def said(name: str) -> str:
    """What is printed for a file of the folder, which is the working folder."""
    with pytest.raises(SettingsError) as caught:
        load(Path(name), {"EMPTY": "", "SECRET": SECRET}, lambda folder: FakeKinds(), NOW)
    return f"{caught.value}\n"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_bad_file_is_refused_in_exactly_these_words(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    expected = file.with_suffix(".txt")
    answer = said(file.name)
    if os.environ.get("SIAMHUB_REGENERATE"):  # then a person reads the difference
        expected.write_text(answer, encoding="utf-8")
    assert answer == expected.read_text(encoding="utf-8")
    assert SECRET not in answer


def test_every_answer_belongs_to_a_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FOLDER.glob("*.yaml")}


def test_a_file_that_is_not_there_is_one_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    assert said("absent.yaml") == "absent.yaml: there is no such file; write one, or name another with --config\n"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert said(str(tmp_path)) == f"{tmp_path}: this is a folder; name a file in it with --config\n"


def test_a_file_name_that_no_system_can_have_is_no_traceback() -> None:
    assert said("a\0b").endswith("cannot be read: embedded null byte\n")
