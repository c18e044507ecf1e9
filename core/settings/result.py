"""What the rest of the program gets of the configuration: compiled, checked, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from core.catalogue import Catalogue
from core.connector import SourceConfig
from core.meetings import Meeting


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source to read."""

    supplier: str
    name: str  # of the connector, "-2" and so on behind it where the supplier has several of one kind
    connector: str  # kind of connector
    every: int  # seconds from the start of one pass to the next
    census: int | None  # seconds from one census to the next; None: none is taken
    config: SourceConfig


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The HTTP server."""

    lifecycle: bool = False  # whether `POST /-/reload` is answered
    config_file: Path | None = None  # TLS and basic auth, in the format that Prometheus exporters share


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """The Service Integration Board and when it meets."""

    title: str
    meeting: Meeting | None = None  # None: no day is configured
    informal: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    database: str = field(repr=False)  # an SQLAlchemy URL, which may hold a password
    listen: tuple[str, int]  # host (empty: every address) and port (0: any free one)
    web: WebSettings
    board: BoardSettings
    connectors: Path | None  # folder of the operator's own manifests
    catalogue: Catalogue
    sources: tuple[SourceSettings, ...]
