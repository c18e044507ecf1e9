"""The HTTP server under the pages: uvicorn in a thread of its own, started and stopped by the hub."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import sys
import threading
from typing import Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.errors import UserError
from exporters.shield import HEADERS

_CONNECTIONS: Final = 256  # at a time; further ones are answered with 503
_KEEP_ALIVE: Final = 75  # seconds, longer than a scrape interval of a minute, so that Prometheus keeps its connection
_SWITCH: Final = 0.0005  # seconds after which another thread has its turn; by default an answer waits ten times 5 ms
_HEAD: Final = 10.0  # seconds in which the head of a request must have come
_GRACE: Final = 5  # seconds that answers under way get when the server stops


class ListenError(UserError):
    """The address cannot be listened on; the message says which, why, and what to do."""


def _patient(seconds: float) -> type[H11Protocol]:
    """HTTP over a connection that is closed where the head of a request has not come whole after so many seconds.

    uvicorn waits for ever: some hundred silent connections would keep Prometheus out.
    """

    class Patient(H11Protocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._waiting = self.loop.call_later(seconds, self._give_up)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._forget()
            elif self._waiting is None:
                self._waiting = self.loop.call_later(seconds, self._give_up)

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _forget(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _give_up(self) -> None:
            self._waiting = None
            self.transport.close()

    return Patient


class Server:
    """A server that answers until `stop`."""

    def __init__(self, app: ASGIApp, listener: socket.socket, tls: ssl.SSLContext | None, head: float) -> None:
        self.host, self.port = listener.getsockname()[:2]
        self._scheme = "http" if tls is None else "https"
        self._listener = listener
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=_patient(head),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=HEADERS,  # of what has come so far; beyond it the answer is 400
                limit_concurrency=_CONNECTIONS,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
                ssl_context_factory=None if tls is None else lambda *_: tls,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="http", daemon=True
        )

    @property
    def url(self) -> str:
        """Where a person finds it, without a path: names this machine where the server listens everywhere."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104  # compared, not bound
        return f"{self._scheme}://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"

    def start(self) -> None:
        """Answer from now on, also while another thread computes."""
        sys.setswitchinterval(min(_SWITCH, sys.getswitchinterval()))
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, finish those under way, end. Returns when it has ended; again is no harm."""
        self._server.should_exit = True
        self._thread.join(2 * _GRACE)
        self._listener.close()


def serve(app: ASGIApp, host: str, port: int, tls: ssl.SSLContext | None = None, head: float = _HEAD) -> Server:
    """Listen on host and port (0: any free one) and answer from now on; ListenError where that is not possible.

    `head`: seconds in which the head of a request must have come; a connection that is slower is closed.
    """
    server = Server(app, _listen(host, port), tls, head)
    server.start()
    return server


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: who connects before the server's first turn waits in the queue and is not refused."""
    place = f"{host}:{port}"
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        both = address[0] == "::" and socket.has_dualstack_ipv6()  # everywhere means IPv4 too
        listener = socket.create_server(address[:2], family=family, dualstack_ipv6=both)
        # asyncio asks for this only on sockets that say their protocol. Without it every answer waits some 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except socket.gaierror as error:
        raise ListenError(
            f"cannot listen on {place}: the host is not known ({error.strerror}); set `listen` to an address of this "
            "machine, such as 127.0.0.1:9877"
        ) from error
    except OSError as error:
        raise ListenError(f"cannot listen on {place}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there, perhaps another siamhub; stop it, or set `listen` to another port"
    if error.errno == errno.EACCES:
        return "this user may not; set `listen` to a port from 1024 on"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; set `listen` to one of its own, such as 127.0.0.1:9877"
    return f"{os.strerror(error.errno) if error.errno else error}; set `listen` to another address"
