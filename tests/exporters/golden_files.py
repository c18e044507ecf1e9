"""Files that hold what a test expects: `SIAMHUB_GOLDEN=write pytest tests/exporters` writes them anew, to look at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "golden"


def golden(name: str, actual: str) -> str:
    """The expected text of this name; where asked for, the actual one becomes it."""
    path = FOLDER / name
    if os.environ.get("SIAMHUB_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    return path.read_text(encoding="utf-8")
