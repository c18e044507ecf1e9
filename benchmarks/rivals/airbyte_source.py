"""The first sync by airbyte-cdk: a declarative source read as its own runner does, into SQLite in pages.

Run in its own environment: python airbyte_source.py URL FILE. Prints seconds, records and the peak of memory in MB.
"""

from __future__ import annotations

import json
import logging
import resource
import sqlite3
import sys
import time

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Type
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

PAGE = 1000


def option(name: str) -> dict[str, str]:
    """A parameter of the query that the paging fills in."""
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def manifest(url: str) -> dict[str, object]:
    """The list of incidents by offset, as the framework's authors would say it."""
    stream = {
        "type": "DeclarativeStream",
        "name": "incident",
        "primary_key": ["sys_id"],
        "schema_loader": {"type": "InlineSchemaLoader", "schema": {"type": "object", "properties": {}}},
        "retriever": {
            "type": "SimpleRetriever",
            "requester": {
                "type": "HttpRequester",
                "url_base": url,
                "path": "/api/now/table/incident",
                "http_method": "GET",
                "authenticator": {"type": "BasicHttpAuthenticator", "username": "siamhub", "password": "password"},
                "request_parameters": {"sysparm_query": "ORDERBYsys_updated_on^ORDERBYsys_id"},
            },
            "record_selector": {
                "type": "RecordSelector",
                "extractor": {"type": "DpathExtractor", "field_path": ["result"]},
            },
            "paginator": {
                "type": "DefaultPaginator",
                "pagination_strategy": {"type": "OffsetIncrement", "page_size": PAGE},
                "page_size_option": option("sysparm_limit"),
                "page_token_option": option("sysparm_offset"),
            },
        },
    }
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["incident"]},
        "streams": [stream],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def main(url: str, file: str) -> None:
    """Read all incidents, keep them in pages, print what it took."""
    catalog = ConfiguredAirbyteCatalogSerializer.load(
        {
            "streams": [
                {
                    "stream": {"name": "incident", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
                    "sync_mode": "full_refresh",
                    "destination_sync_mode": "overwrite",
                }
            ]
        }
    )
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    began = time.perf_counter()
    source = ConcurrentDeclarativeSource(catalog=catalog, config={}, state=[], source_config=manifest(url))
    names: list[str] = []
    rows: list[tuple[object, ...]] = []
    count = 0
    insert = ""

    def keep() -> None:
        connection.execute("BEGIN")
        connection.executemany(insert, rows)
        connection.execute("COMMIT")
        rows.clear()

    for message in source.read(logging.getLogger("rival"), {}, catalog, []):
        if message.type is not Type.RECORD:
            continue
        data = message.record.data
        if not names:
            names = list(data)
            quoted = ", ".join(f'"{name}"' for name in names)
            connection.execute(f'CREATE TABLE incident ({quoted}, PRIMARY KEY ("sys_id"))')
            insert = f"INSERT INTO incident VALUES ({', '.join('?' * len(names))})"
        rows.append(tuple(data[name] for name in names))
        count += 1
        if len(rows) == PAGE:
            keep()
    if rows:
        keep()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "records": count, "memory": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
