"""A simulated system as a real HTTP server on loopback: uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from types import TracebackType
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.errors import UserError

_STEP: Final = 0.05  # seconds between looks at whether to end; uvicorn's own loop looks ten times a second
_GRACE: Final = 3  # seconds that a server may take to end


class ListenError(UserError):
    """The simulator cannot listen where it was told to; the message says why and what to do."""


class Served:
    """A simulator that answers at `url` until `close`, or until the `with` block ends."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        self.url: Final = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        # asyncio asks for this only on sockets that say their protocol. Without it every answer waits some 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener = listener
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",  # what goes wrong here on purpose is the client's to tell
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        run = self._server.run
        self._thread = threading.Thread(target=run, args=([listener],), name=f"simulator {port}", daemon=True)
        self._thread.start()
        self._server.answering.wait()

    def close(self) -> None:
        """Cut every connection and end. Returns when the port is free; again is no harm."""
        self._server.should_exit = True
        self._thread.join(_GRACE)
        self._listener.close()

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Served:
    """Answer at host and port (0: a free one) from now on. Raises `ListenError` where that is not possible."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return Served(app, socket.create_server((host, port), family=family))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "another program listens there" if taken else os.strerror(error.errno or 0) or str(error)
        raise ListenError(f"cannot listen on {host}:{port}: {why}; choose another port, 0 takes a free one") from error


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(_STEP)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Nobody loses anything in a simulator: an answer that hangs on purpose must not hold up the end.
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await super().shutdown(sockets)


class _Protocol(H11Protocol):
    """HTTP/1.1 that tells the application its connection, so that a fault can drop it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
