"""A system that answers as a test says, without a network, and the connector that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.manifest import Manifest
from connectors.rest import SourceConnector, connect
from core.connector import Credentials, SourceConfig
from core.model import SECOND, Instant

NOW: Instant = 1_750_000_000 * SECOND
DAY = 86_400 * SECOND

Answers = Callable[[httpx.Request], httpx.Response]


class Counting:
    """Counts what a connector asks."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.retries = 0

    def request(self, code: str, seconds: float) -> None:
        self.codes.append(code)

    def retry(self) -> None:
        self.retries += 1


class System:
    """Answers requests and remembers them."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: list[httpx.Request] = []
        self.observer = Counting()
        self.slept: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers(request)

    def connector(
        self,
        manifest: Manifest,
        options: Mapping[str, Any] | None = None,
        automation: Sequence[str] = (),
        since: Instant = NOW - 30 * DAY,
        base_url: str = "https://acme.example",
    ) -> SourceConnector:
        """A connector that asks this system and waits for nothing."""
        config = SourceConfig(
            supplier="acme",
            source="desk",
            base_url=base_url,
            since=since,
            credentials=login(manifest),
            options=options or {},
            automation=tuple(automation),
        )
        return connect(
            manifest, config, self.observer, transport=httpx.MockTransport(self.answer), sleep=self.slept.append
        )


def login(manifest: Manifest) -> Credentials:
    """What the manifest wants: a user, or nobody."""
    if manifest.auth.basic:
        return Credentials("basic", {"username": "u", "password": SecretStr("s3cret")})
    return Credentials("none")


def manifest(streams: Mapping[str, Any], **more: Any) -> Manifest:
    """A manifest of the streams, for a system without a login."""
    return Manifest.model_validate({"siamhub": 1, "title": "Desk", "auth": {"none": True}, "streams": streams, **more})


def tickets(**more: Any) -> dict[str, Any]:
    """A stream of incidents as they come: id, changed, opened."""
    return {
        "request": {
            "path": "/tickets",
            "query": {"since": "{since}", **({"offset": "{offset}"} if "paging" in more else {})},
        },
        "records": "items",
        "cursor": {"overlap": "0s"},
        "ticket": {
            "map": {
                "vendor_id": "id",
                "kind": {"const": "incident"},
                "number": "id",
                "opened_at": "opened",
                "changed_at": "changed",
                "state": {"path": "state", "values": {"open": "active", "done": "resolved"}},
            }
        },
        **more,
    }
