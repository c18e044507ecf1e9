"""The review form behind a secret link: shown, checked, kept once; a link that does not work says always the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlsplit

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.calendar import month
from core.catalogue import Catalogue
from core.invitations import (
    HIGH,
    LOW,
    QUESTIONS,
    THANKS,
    Invitation,
    asked_about,
    digest_of,
    read_form,
    title_of,
)
from core.model import Instant, to_datetime
from core.reviews import LEAST_REVIEWERS, Review
from exporters.pages import render_page
from exporters.shield import BODY, REVIEWS
from exporters.wording import moment

log = logging.getLogger("siamhub.web")

_KIND: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 1000  # of a form; ours has six for each party
_SLOW: Final = 20.0  # seconds in which a form must have come


class Invitations(Protocol):
    """Where invitations are kept; every call may ask the database."""

    def invitation(self, digest: str) -> Invitation | None:
        """The invitation with this digest."""

    def use_invitation(self, invitation: Invitation, reviews: Sequence[Review], now: Instant) -> bool:
        """Keep the reviews and use the invitation up; False, and nothing is kept, where it may not be used."""


class Reviewed(Protocol):
    """What the form needs of the running hub."""

    @property
    def title(self) -> str:
        """What the operator calls the whole."""

    @property
    def catalogue(self) -> Catalogue:
        """The configuration in force."""


def review_route(hub: Reviewed, kept: Invitations, clock: Callable[[], Instant]) -> Route:
    """The route of the form."""

    def find(request: Request) -> Invitation | int:
        """The open invitation that the address names, else the status to answer with. Asks the database."""
        digest = digest_of(request.path_params["token"])
        found = None if digest is None else kept.invitation(digest)
        if found is None:
            return 404
        return found if found.open(clock()) and title_of(hub.catalogue, found.reviewer) is not None else 410

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            return await send(request)
        found = await anyio.to_thread.run_sync(find, request)
        return _closed(hub.title, found) if isinstance(found, int) else _form(hub, found, {}, ())

    async def send(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("The page of another site may not send this form.\n", 403)
        found = await anyio.to_thread.run_sync(find, request)
        if isinstance(found, int):
            return _closed(hub.title, found)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
            return PlainTextResponse(f"A review is sent as a form: {_KIND}.\n", 415)
        body: bytes | None = None
        with anyio.move_on_after(_SLOW) as waited:
            body = await _body(request)
        if waited.cancelled_caught:
            return PlainTextResponse(f"The form did not come within {_SLOW:.0f} seconds.\n", 408, _CLOSE)
        if body is None:
            return PlainTextResponse(f"A form has {BODY} bytes at most.\n", 413, _CLOSE)
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
        except ValueError:  # not UTF-8, or too many fields
            return PlainTextResponse("This is no review form that siamhub made.\n", 400)
        filled = read_form(fields, found, asked_about(hub.catalogue, found.reviewer))
        if filled.mistakes:
            return _form(hub, found, fields, filled.mistakes)
        used = await anyio.to_thread.run_sync(kept.use_invitation, found, filled.reviews, clock())
        if not used:
            return _closed(hub.title, 410)
        log.info("a review form of %s for %s was kept", found.reviewer, found.period)
        page = render_page("review_sent.html", title=hub.title, month=_month(found, hub), count=len(filled.reviews))
        return HTMLResponse(page)

    return Route(f"{REVIEWS}{{token}}", answer, methods=["GET", "POST"])


_CLOSE: Final = {"connection": "close"}


def _from_here(request: Request) -> bool:
    """Whether no other site's page sends this: what a browser says of it. A program that says nothing is let through.

    A page under the referrer policy `no-referrer` sends the origin "null", so that this alone refuses nobody.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == request.headers.get("host")


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too long, of which no more is read then."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > BODY:
            return None
    return bytes(found)


def _closed(title: str, status: int) -> Response:
    """The same for every link that does not work."""
    return HTMLResponse(render_page("review_closed.html", title=title), status)


def _form(hub: Reviewed, invitation: Invitation, fields: Mapping[str, str], mistakes: Sequence[str]) -> Response:
    page = render_page(
        "review.html",
        title=hub.title,
        reviewer=title_of(hub.catalogue, invitation.reviewer),
        month=_month(invitation, hub),
        until=moment(invitation.expires_at, hub.catalogue.zone),
        parties=asked_about(hub.catalogue, invitation.reviewer),
        questions=QUESTIONS,
        marks=[str(mark) for mark in range(LOW, HIGH + 1)],
        longest=THANKS,
        least=LEAST_REVIEWERS,
        fields=fields,
        mistakes=mistakes,
    )
    return HTMLResponse(page, 400 if mistakes else 200)


def _month(invitation: Invitation, hub: Reviewed) -> str:
    middle = month(invitation.period, hub.catalogue.zone)
    return f"{to_datetime((middle.start + middle.end) // 2):%B %Y}"
