"""One request and what was answered, as the parts of a connector speak of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from connectors.lean import Decode


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its placeholders filled in."""

    method: str
    path: str  # below the base URL, or the address of a next page
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    per_second: float | None = None  # no more requests of this kind in a second
    kind: str = ""  # which request of the manifest it is
    decode: Decode = orjson.loads  # how a good answer is read

    @property
    def said(self) -> str:
        """For a person: method and path, without the query, which may hold what nobody should read."""
        return f"{self.method} {httpx.URL(self.path).path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a status that means success, and JSON (None: no body)."""

    status: int
    headers: Mapping[str, str]
    data: Any
    nothing: bool = False  # the vendor says that there is nothing here
    size: int | None = None  # how many records were asked for, where a page was


@dataclass(frozen=True, slots=True)
class Heard:
    """One exchange as it was, but for the login: what was asked before it was added, and what came."""

    method: str
    url: httpx.URL
    content: bytes
    response: httpx.Response
