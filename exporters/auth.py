"""Basic auth before the pages: bcrypt once for each right password, a keyed digest from then on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import anyio
import anyio.to_thread
import bcrypt
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.shield import REVIEWS

OPEN: Final = "/-/healthy"
"""Answered without a password, so that a probe needs none: it tells nothing but that the process lives."""
_LONGEST: Final = 72  # bytes of a password that bcrypt looks at; every implementation leaves out the rest


class BasicAuth:
    """Middleware: lets through who bears the name and password of a user.

    A review form needs neither: who is asked has no account here, and the secret in the link is the key.
    """

    def __init__(self, app: ASGIApp, users: Mapping[str, str]) -> None:
        """`users` are names with bcrypt hashes."""
        self._app = app
        self._users = {name: hashed.encode() for name, hashed in users.items()}
        # Compared with where there is no such user, so that an unknown name takes as long as a wrong password.
        cost = max(int(hashed.split("$")[2]) for hashed in users.values())
        self._nobody = bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(cost))
        self._key = secrets.token_bytes(32)
        self._known: set[bytes] = set()  # digests of right pairs: no more than there are users
        self._one = anyio.CapacityLimiter(1)  # guessing keeps one core busy at most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if (
            scope["type"] != "http"
            or scope["path"] == OPEN
            or scope["path"].startswith(REVIEWS)
            or await self._right(Headers(scope=scope))
        ):
            await self._app(scope, receive, send)
            return
        headers = {"www-authenticate": 'Basic realm="siamhub", charset="UTF-8"'}
        await PlainTextResponse("This needs a name and a password.\n", 401, headers)(scope, receive, send)

    async def _right(self, headers: Headers) -> bool:
        name, password = _credentials(headers.get("authorization", ""))
        if name is None:
            return False
        pair = hmac.digest(self._key, name.encode() + b"\0" + password, hashlib.sha256)
        if pair in self._known:
            return True
        hashed = self._users.get(name, self._nobody)
        right = await anyio.to_thread.run_sync(bcrypt.checkpw, password, hashed, limiter=self._one)
        if right and name in self._users:
            self._known.add(pair)
            return True
        return False


def _credentials(header: str) -> tuple[str | None, bytes]:
    """Name and password of an Authorization header; no name where it bears none that can be read."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, b""
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (name.decode(), password[:_LONGEST]) if colon else (None, b"")
    except (binascii.Error, UnicodeDecodeError):
        return None, b""
