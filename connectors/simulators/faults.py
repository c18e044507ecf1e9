"""Faults on demand: a simulated system that limits, fails, hangs, hangs up or answers rubbish when it is told to."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.simulators.hang_up import drop, hang, send_and_drop

CONTROL: Final = "/_sim/faults"
KINDS: Final[Mapping[str, str]] = {
    "429": "too many requests, with Retry-After (retry_after seconds, default 1; null for none)",
    "500": "an internal error",
    "503": "unavailable, with Retry-After where retry_after is given",
    "timeout": "no answer until the client gives up, or `seconds` (default 60) have passed; then the connection drops",
    "drop": "the connection drops without an answer",
    "cut": "the connection drops in the middle of the answer",
    "truncated": "the answer with its second half missing: a complete HTTP message, half a JSON",
    "html": "a page for people, with status 200",
    "answer": "any answer: `status`, `body`, `content_type`",
}
PASSING: Final = ("429", "500", "503", "drop", "cut", "truncated", "html")
"""What comes by itself in the random mode: everything that a client gets over by trying again, and quickly."""
PAGE: Final = "<!DOCTYPE html><html><head><title>Be right back</title></head><body>Maintenance</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong with the next requests whose path begins with `path`."""

    kind: str
    times: int = 1
    path: str = ""
    retry_after: int | None = None
    seconds: float = 60.0  # how long a time-out lasts at most
    status: int = 200  # the rest is of kind "answer"
    body: str = ""
    content_type: str = "application/json"


class Faults:
    """The faults that are due. One object may serve many applications and may be told from any thread."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        """`rate`: the share of requests, from 0 to 1, that meet a passing fault, drawn from `seed`."""
        self._lock = threading.Lock()
        self._queue: list[Fault] = []
        self._met: list[str] = []
        self.at_random(rate, seed)

    def next(self, kind: str, times: int = 1, path: str = "", **more: Any) -> None:
        """Let the next `times` requests whose path begins with `path` meet a fault of KINDS.

        `more`: the other parts of a `Fault`. A 429 says to come back after a second where nothing else is said.
        Raises ValueError for a kind that is not known, TypeError for a part that no fault has.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are: {', '.join(KINDS)}")
        if kind == "429":
            more.setdefault("retry_after", 1)
        with self._lock:
            self._queue.append(Fault(kind, times, path, **more))

    def at_random(self, rate: float, seed: int = 0) -> None:
        """From now on let this share of the requests meet one of PASSING; the same seed, the same order."""
        with self._lock:
            self._rate, self._random = rate, random.Random(seed)

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._queue, self._rate = [], 0.0

    @property
    def met(self) -> tuple[str, ...]:
        """The kinds of the faults that requests have met so far, in order."""
        with self._lock:
            return tuple(self._met)

    def take(self, path: str) -> Fault | None:
        """The fault that a request of this path meets; None where all is well."""
        with self._lock:
            found = next((fault for fault in self._queue if path.startswith(fault.path)), None)
            if found is not None:
                place = self._queue.index(found)
                self._queue[place : place + 1] = [replace(found, times=found.times - 1)] if found.times > 1 else []
            elif self._rate and self._random.random() < self._rate:
                kind = self._random.choice(PASSING)
                found = Fault(kind, retry_after=1 if kind == "429" else None)
            if found is not None:
                self._met.append(found.kind)
            return found

    def install(self, app: Starlette) -> Starlette:
        """Let an application's requests meet these faults, and let them be ordered at POST /_sim/faults; returns it."""
        app.add_middleware(_Layer, faults=self)
        return app

    def tell(self) -> dict[str, Any]:
        """What is due, for a person."""
        with self._lock:
            return {"due": [asdict(fault) for fault in self._queue], "rate": self._rate, "met": len(self._met)}


class _Layer:
    """The middleware between server and application."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app, self.faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == CONTROL:
            await (await _control(self.faults, Request(scope, receive)))(scope, receive, send)
        elif fault := self.faults.take(scope["path"]):
            await self.meet(fault, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def meet(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "timeout":
            await hang(scope, receive, fault.seconds)
        elif fault.kind == "drop":
            await drop(scope, receive)
        elif fault.kind in ("cut", "truncated"):
            start, body = await self.whole(scope, receive)
            half = body[: len(body) // 2]
            if fault.kind == "cut":
                await send_and_drop(start, half, scope, receive, send)
                return
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(half)).encode())]})
            await send({"type": "http.response.body", "body": half})
        else:
            await _answer(fault)(scope, receive, send)

    async def whole(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """The application's answer: its beginning and its body."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        return kept[0], b"".join(message.get("body", b"") for message in kept[1:])


def _answer(fault: Fault) -> Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind == "answer":
        return Response(fault.body, fault.status, headers, fault.content_type)
    if fault.kind == "html":
        return Response(PAGE, 200, headers, "text/html; charset=utf-8")
    words = {"429": "Rate limit exceeded", "500": "Internal error", "503": "Service unavailable"}[fault.kind]
    body = orjson.dumps({"error": {"message": words, "detail": None}, "status": "failure"})
    return Response(body, int(fault.kind), headers, "application/json")


async def _control(faults: Faults, request: Request) -> Response:
    """GET tells what is due, DELETE ends all faults, POST orders one, or with `rate` and `seed` random ones."""
    if request.method == "DELETE":
        faults.clear()
    elif request.method == "POST":
        try:
            order = orjson.loads(await request.body())
            if "rate" in order:
                faults.at_random(float(order["rate"]), int(order.get("seed", 0)))
            else:
                faults.next(**order)
        except (TypeError, ValueError) as error:
            return Response(orjson.dumps({"error": str(error), "kinds": KINDS}), 400, media_type="application/json")
    return Response(orjson.dumps(faults.tell()), media_type="application/json")
