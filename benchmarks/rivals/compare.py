"""The first sync of the same records by the hub, by a bare loop, by airbyte-cdk and by dlt, side by side in one run.

Run by hand: python -m benchmarks.rivals.compare [records]. The rivals' environments are made on first use, below the
folder that $SIAMHUB_RIVALS names, else below .venv/rivals. The ratios travel to other machines, the seconds do not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

from benchmarks.fast_servicenow import fast_servicenow

HERE: Final = Path(__file__).parent
HOME: Final = Path(os.environ.get("SIAMHUB_RIVALS", HERE.parents[1] / ".venv" / "rivals"))
RIVALS: Final = {"airbyte-cdk": ("airbyte.txt", "airbyte_source.py"), "dlt": ("dlt.txt", "dlt_source.py")}


def environment(requirements: str) -> Path:
    """The interpreter of a rival's own environment, with what its file pins."""
    folder = HOME / requirements.removesuffix(".txt")
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / requirements], check=True)
        ready.touch()
    return python


def measured(command: list[str | Path]) -> dict[str, float]:
    """What a run prints of itself in its last line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main(records: int) -> None:
    """Print the lines of docs/performance.md."""
    pythons = {name: environment(requirements) for name, (requirements, _) in RIVALS.items()}
    with fast_servicenow(records) as url, tempfile.TemporaryDirectory() as folder:
        found = {
            name: measured([sys.executable, "-m", "benchmarks.rivals.ours", name, url, folder])
            for name in ("hub", "bare loop")
        }
        for name, (_, script) in RIVALS.items():
            found[name] = measured([pythons[name], HERE / script, url, f"{folder}/{name}.db"])
    hub = found["hub"]["seconds"]
    for name, one in found.items():
        if one["records"] != records:
            raise SystemExit(f"{name} stored {one['records']} of {records} records")
        rate = records / one["seconds"]
        share = one["seconds"] / hub
        print(f"{name:<12} {rate:>8,.0f} records/s {one['memory']:>5,.0f} MB; the hub has {share:.2f} of it")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
