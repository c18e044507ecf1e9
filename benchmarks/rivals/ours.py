"""The hub's own part of the comparison, in a process of its own: python -m benchmarks.rivals.ours WHICH URL FOLDER."""

from __future__ import annotations

import json
import logging
import resource
import sys
from pathlib import Path

from benchmarks.sync import bare, ours
from core.store.store import open_store


def main(which: str, url: str, folder: Path) -> None:
    """Print seconds, records and the peak of memory in MB."""
    logging.disable(logging.WARNING)  # histories that this server does not show
    if which == "hub":
        store = open_store(f"sqlite:///{folder / 'hub.db'}")
        seconds, status = ours(url, store)
        store.close()
        records = status.synced["ticket"]
    else:
        seconds, records = bare(url, "", folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "records": records, "memory": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
