"""Making the links behind which the parties review each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.calendar import month, month_of
from core.catalogue import DAY, INTEGRATOR, Catalogue
from core.errors import UserError
from core.invitations import Invitation, digest_of, new_token
from core.model import Instant
from exporters.shield import REVIEWS

if TYPE_CHECKING:
    from core.settings import Settings
    from core.store.store import Store


class InviteError(UserError):
    """The links cannot be made; the message says why and what to do."""


def base_url(settings: Settings, given: str | None) -> str:
    """Where the parties reach siamhub, without a slash at the end. InviteError for what is no address of the web."""
    if given is not None:
        try:
            parts = urlsplit(given)
            good = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
            good = good and parts.username is None and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise InviteError(f"--url: {given!r} is no address; write https://siamhub.example.com")
        return given.rstrip("/")
    host, port = settings.listen
    if port == 0:
        raise InviteError("`listen` names no port, so that nobody knows the address: give it with --url")
    scheme = "https" if _tls(settings) else "http"
    shown = {"": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104  # compared
    return f"{scheme}://{f'[{shown}]' if ':' in shown else shown}:{port}"


def invited(
    store: Store, catalogue: Catalogue, period: str, parties: Sequence[str], days: int, now: Instant
) -> tuple[Mapping[str, str], Sequence[str]]:
    """By party the token of its new link, and the parties left out since they have answered for the month.

    `parties`: those to invite; none names all. InviteError for a month or a party that there is not.
    """
    try:
        month(period, catalogue.zone)
    except ValueError as error:
        raise InviteError(str(error)) from None
    if len(period) != len("2026-10"):
        raise InviteError(f"{period!r} is no month; write it like 2026-10")
    if period > month_of(now, catalogue.zone):
        raise InviteError(f"{period} has not begun yet: there is nothing to review")
    known = [*(entry.key for entry in catalogue.suppliers), INTEGRATOR]
    unknown = [party for party in parties if party not in known]
    if unknown:
        raise InviteError(f"no party is called {unknown[0]!r}; there are {', '.join(known)}")
    if not catalogue.suppliers:
        raise InviteError("there is nobody to review: name suppliers in the configuration")
    answered = set(store.answered(period))
    chosen = list(dict.fromkeys(parties)) or [party for party in known if party not in answered]
    tokens = {party: new_token() for party in chosen}
    expires = now + days * DAY
    kept = [Invitation(digest_of(token) or "", period, party, expires) for party, token in tokens.items()]
    store.invite(kept, now)
    return tokens, [party for party in known if party in answered and party not in chosen]


def links(tokens: Mapping[str, str], base: str) -> Iterator[tuple[str, str]]:
    """Each party with its link."""
    for party, token in tokens.items():
        yield party, f"{base}{REVIEWS}{token}"


def _tls(settings: Settings) -> bool:
    from exporters.web_config import read_web_config

    return settings.web.config_file is not None and read_web_config(settings.web.config_file).tls is not None
