"""The HTTP surface: metrics, health, reload and the start page, all answered from what is ready in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.board.period import latest, recent
from core.closed import MonthError
from core.model import Instant, to_instant
from exporters.auth import BasicAuth
from exporters.board.ready import BoardPages
from exporters.calendar import TYPE, calendar
from exporters.metrics import Exposition
from exporters.negotiation import accepts_gzip
from exporters.pages import STYLE, render_page
from exporters.review_page import Invitations, review_route
from exporters.shield import Shield, safe_headers
from exporters.start_page import start_page
from exporters.state import HubState

log = logging.getLogger("siamhub.web")

_PATIENCE: Final = 5.0
"""Seconds that `/-/ready` waits for the database; probes give up after about as long."""

_HERE: Final = (
    "/ (start page), /board (the board pack), /calendar.ics, /metrics, /-/healthy, /-/ready and POST /-/reload"
)


def _now() -> Instant:
    return to_instant(datetime.now(UTC))


def make_app(
    exposition: Exposition,
    state: HubState,
    lifecycle: bool,
    users: Mapping[str, str] | None = None,
    clock: Callable[[], Instant] = _now,
    invitations: Invitations | None = None,
) -> Starlette:
    """The ASGI application. `lifecycle` switches `POST /-/reload` on; `clock` dates the start page.

    `invitations` are where review forms find theirs; without it there are no forms.
    `users` are names with bcrypt hashes, see `exporters.web_config`; without any, everybody is let in.
    """

    async def metrics(request: Request) -> Response:
        # Straight on the event loop: ready bytes and a few lines about the sources, no database, no waiting.
        gzip = accepts_gzip(request.headers.get("accept-encoding"))
        kind, body = exposition.scrape(request.headers.get("accept"), gzip)
        headers = {"content-type": kind, "vary": "accept, accept-encoding"}
        if gzip:
            headers["content-encoding"] = "gzip"
        return Response(body, headers=headers)

    async def healthy(request: Request) -> Response:
        return _text("siamhub is alive.")

    async def ready(request: Request) -> Response:
        reason: str | None = f"the database has not answered for {_PATIENCE:.0f} seconds"
        with anyio.move_on_after(_PATIENCE):
            reason = await anyio.to_thread.run_sync(state.readiness, abandon_on_cancel=True)
        return _text("siamhub is ready.") if reason is None else _text(f"siamhub is not ready: {reason}", 503)

    async def reload(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return _text("A page of another site may not reload siamhub.", 403)
        if not lifecycle:
            return _text("Reload over HTTP is off; `web: {lifecycle: true}` in siamhub.yaml switches it on.", 403)
        error = await anyio.to_thread.run_sync(state.reload)
        if error is None:
            return _text("The configuration was read again.")
        return _text(f"The new configuration is wrong, the old one stays in force:\n{error}", 500)

    def start(request: Request) -> Response:  # no coroutine: Starlette gives it a thread, so that no scrape waits
        wanted = request.query_params.get("window")
        page = start_page(state, exposition, wanted, clock())
        return HTMLResponse(render_page("start.html", page=page, refresh=request.query_params.get("refresh") != "off"))

    def latest_board(request: Request) -> Response:
        return RedirectResponse(f"/board/{latest(state.catalogue.zone, clock())}", 307)

    def board(request: Request) -> Response:
        try:
            found = state.pack(request.path_params["month"])
        except MonthError as error:
            return _text(f"{str(error)[:1].upper()}{str(error)[1:]}.", 404)
        return HTMLResponse(ready_page(found))

    def meetings(request: Request) -> Response:
        there = state.board
        body = calendar(there.title, there.meeting, there.informal, state.catalogue.zone, clock())
        return Response(body, headers={"content-type": TYPE, "content-disposition": 'inline; filename="board.ics"'})

    ready_page = BoardPages(lambda: recent(state.catalogue.zone, clock()))
    return Starlette(
        routes=[
            Route("/", start),
            Route("/board", latest_board),
            Route("/board/{month}", board),
            Route("/calendar.ics", meetings),
            Route("/metrics", metrics),
            Route("/-/healthy", healthy),
            Route("/-/ready", ready),
            Route("/-/reload", reload, methods=["POST"]),
            *([review_route(state, invitations, clock)] if invitations is not None else []),
        ],
        middleware=[Middleware(Shield, style=STYLE), *([Middleware(BasicAuth, users=users)] if users else [])],
        exception_handlers={404: _not_found, 405: _not_allowed, Exception: _failed},
    )


def _text(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)


def _not_found(request: Request, error: Exception) -> Response:
    return _text(f"There is nothing at this address. siamhub has {_HERE}.", 404)


def _not_allowed(request: Request, error: Exception) -> Response:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    headers["Allow"] = allowed = ", ".join(sorted(headers.get("Allow", "").split(", ")))
    return _text(f"This address takes {allowed} only, not {request.method}.", 405, headers)


def _failed(request: Request, error: Exception) -> Response:
    # This answer does not pass the shield; Starlette raises the error again behind it, so that the log has it.
    return _text("siamhub could not make this page; its log says why.", 500, safe_headers(STYLE))
