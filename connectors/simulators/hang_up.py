"""How a connection ends badly: left hanging, or dropped before or in the middle of an answer."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send


async def drop(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer. Without a real connection under it: ConnectionResetError."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the simulated system dropped the connection")
    transport.abort()
    await _gone(receive)


async def hang(scope: Scope, receive: Receive, seconds: float) -> None:
    """Say nothing until the client has gone or so many seconds have passed; then drop the connection."""
    try:
        await asyncio.wait_for(_gone(receive), seconds)
    except TimeoutError:
        await drop(scope, receive)


async def send_and_drop(start: Message, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the beginning of an answer, which promises more, and close the connection."""
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": True})
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the simulated system dropped the connection in the middle of its answer")
    transport.close()  # not abort: what was written must still arrive
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Return when the client has gone, whatever it sent before."""
    while (await receive())["type"] != "http.disconnect":
        pass
