"""The first sync by dlt: its rest_api source into SQLite through its SQLAlchemy destination.

Run in its own environment: python dlt_source.py URL FILE. Prints seconds, records and the peak of memory in MB.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import tempfile
import time

PAGE = 1000


def main(url: str, file: str) -> None:
    """Read all incidents into the file, print what it took."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DLT_DATA_DIR"] = folder
        import dlt
        from dlt.sources.rest_api import rest_api_source

        began = time.perf_counter()
        source = rest_api_source(
            {
                "client": {
                    "base_url": url,
                    "auth": {"type": "http_basic", "username": "siamhub", "password": "password"},
                    "paginator": {
                        "type": "offset",
                        "limit": PAGE,
                        "offset_param": "sysparm_offset",
                        "limit_param": "sysparm_limit",
                        "total_path": None,
                    },
                },
                "resources": [
                    {
                        "name": "incident",
                        "primary_key": "sys_id",
                        "write_disposition": "append",
                        "endpoint": {
                            "path": "api/now/table/incident",
                            "params": {"sysparm_query": "ORDERBYsys_updated_on^ORDERBYsys_id"},
                            "data_selector": "result",
                        },
                    }
                ],
            }
        )
        pipeline = dlt.pipeline(
            "rival",
            destination=dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
            dataset_name="main",
            pipelines_dir=folder,
        )
        pipeline.run(source)
        seconds = time.perf_counter() - began
        with sqlite3.connect(file) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name = 'incident'")]
            count = connection.execute("SELECT COUNT(*) FROM incident").fetchone()[0] if tables else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "records": count, "memory": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
