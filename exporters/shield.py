"""What stands before every page: limits on the address and the body, and the headers that keep a browser safe."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = 16_384
"""Bytes that the headers of a request may have together; browsers and Prometheus send less than a tenth of that."""
REVIEWS: Final = "/review/"
"""What stands before the secret of a review form: the one address that takes a body."""
BODY: Final = 262_144
"""Bytes that a sent form may have: fifty parties with the longest thanks in an alphabet of any kind."""
_ADDRESS: Final = 2048  # bytes of path and query; the longest of ours have about 50


def safe_headers(style: str, form: bool = False) -> dict[str, str]:
    """The headers of every answer; a page may show itself with this one style sheet, and nothing else.

    `form`: it may also send a form to where it came from.
    """
    target = "'self'" if form else "'none'"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        f"base-uri 'none'; form-action {target}; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }


class Shield:
    """Middleware: refuses what no page of ours needs, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, style: str) -> None:
        self._app = app
        self._headers = safe_headers(style)
        self._form_headers = safe_headers(style, form=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on to the pages."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        own = self._form_headers if scope["path"].startswith(REVIEWS) else self._headers

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(own)
            await send(message)

        await (_refusal(scope) or self._app)(scope, receive, guarded)


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > _ADDRESS:
        return PlainTextResponse(f"The address is longer than {_ADDRESS} bytes.\n", 414, {"connection": "close"})
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS:
        return PlainTextResponse(f"The headers are longer than {HEADERS} bytes.\n", 431, {"connection": "close"})
    if scope["path"].startswith(REVIEWS) and scope["method"] == "POST":
        if not headers.get("content-length", "0").isdecimal() or int(headers.get("content-length", "0")) > BODY:
            return PlainTextResponse(f"A form has {BODY} bytes at most.\n", 413, {"connection": "close"})
        return None
    # Closing saves reading on: what follows on the connection is a body that nobody wants.
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return PlainTextResponse("No page here takes a body.\n", 413, {"connection": "close"})
    return None
