"""Every nonsense in a manifest has a small bad file in `invalid`, and beside it exactly what siamhub says.

After a change of the words: SIAMHUB_REGENERATE=1, and then a person reads the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from connectors.load import load
from core.connector import ManifestError

FOLDER: Final = Path(__file__).parent / "invalid"
SECRET: Final = "hunter2"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_manifest_with_nonsense_in_it_is_refused_in_exactly_these_words(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    expected = file.with_suffix(".txt")
    with pytest.raises(ManifestError) as caught:
        load(Path(file.name))
    if os.environ.get("SIAMHUB_REGENERATE"):
        expected.write_text(f"{caught.value}\n", encoding="utf-8")
    assert f"{caught.value}\n" == expected.read_text(encoding="utf-8")
    assert SECRET not in str(caught.value)


def test_every_answer_belongs_to_a_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FOLDER.glob("*.yaml")}
