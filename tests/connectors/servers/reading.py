"""Reads a real server through the shipped example manifests into a store, and gives back what the store holds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from pydantic import SecretStr
from ruamel.yaml import YAML

from connectors.manifest import Manifest
from connectors.rest import SourceConnector, connect
from core.census import census
from core.connector import Credentials, SourceConfig
from core.model import SECOND, Instant
from core.status import CensusEnd, SourceStatus
from core.store.store import open_store
from core.sync import Outcome, sync
from tests.connectors.fake_system import Counting

EXAMPLES: Final = Path(__file__).parents[3] / "config" / "connectors.d"
DAY: Final = 86_400 * SECOND
Told: TypeAlias = tuple[str, str | None, str | None, str, int | None]
"""Kind, from, to, actor, public."""
_EVENTS: Final = """
SELECT e.kind, e.from_value, e.to_value, e.actor, e.public, e.at FROM event e JOIN ticket_key k ON k.id = e.ticket
WHERE k.vendor_id = :ticket ORDER BY e.at, e.seq
"""
_TICKETS: Final = "SELECT k.vendor_id, k.gone, t.* FROM ticket t JOIN ticket_key k ON k.id = t.ticket"


def now() -> Instant:
    """The servers live in the present: no clock of theirs can be set."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Hub:
    """A store and a source that is read into it, each time by a connector made anew, as after a restart."""

    name: str
    url: str
    database: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def sync(self, user: str, password: str) -> Outcome:
        """One pass, lists in pages of two records."""
        store, connector = open_store(self.database), self.connector(user, password)
        source = store.source_id("acme", self.name)
        outcome = sync(source, connector, store, SourceStatus("acme", self.name, 300 * SECOND), now)
        connector.close()
        store.close()
        return outcome

    def census(self, user: str, password: str) -> CensusEnd:
        """A census, as after a pass."""
        store, connector = open_store(self.database), self.connector(user, password)
        status = SourceStatus("acme", self.name, 300 * SECOND)
        source, digest = store.source_id("acme", self.name), connector.mapping_digest
        census(source, connector, digest, now() - DAY, store, status, now)
        connector.close()
        store.close()
        assert status.census is not None
        return status.census

    def connector(self, user: str, password: str) -> SourceConnector:
        """The example manifest, on the server."""
        login = Credentials("basic", {"username": user, "password": SecretStr(password)})
        config = SourceConfig("acme", self.name, self.url, now() - DAY, login, self.options)
        return connect(_small(self.name), config, Counting(), sleep=lambda seconds: None)

    def events(self, ticket: str) -> list[Told]:
        """What the store holds of a ticket's life, in order."""
        return [tuple(row)[:5] for row in self._rows(_EVENTS, ticket=ticket)]

    def moments(self, ticket: str) -> list[Instant]:
        """When that was."""
        return [row.at for row in self._rows(_EVENTS, ticket=ticket)]

    def tickets(self) -> dict[str, Mapping[str, Any]]:
        """The tickets that the store holds, by id."""
        return {row.vendor_id: row._mapping for row in self._rows(_TICKETS)}

    def _rows(self, query: str, **values: Any) -> list[Any]:
        engine = sa.create_engine(self.database)
        with engine.connect() as connection:
            rows = list(connection.execute(sa.text(query), values))
        engine.dispose()
        return rows


def _small(name: str) -> Manifest:
    """The example manifest of that name, with pages of two records."""
    text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8").replace("size: 100", "size: 2")
    return Manifest.model_validate(YAML(typ="safe", pure=True).load(text))
