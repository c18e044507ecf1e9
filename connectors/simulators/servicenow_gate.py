"""Who may ask a simulated instance: Basic, bearer tokens out of its own token endpoint, API keys; and its sessions."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from connectors.simulators.login import Login, basic
from core.model import SECOND, Instant

Access: TypeAlias = Literal["hidden", "refused", "absent"]
REFRESHED: Final = 100 * 86_400 * SECOND  # how long a refresh token lives
QUEUE: Final = 10  # requests that may wait in one session
IN_SESSION: Final = 0.01  # seconds that a request of a session keeps the next ones waiting


@dataclass(frozen=True, slots=True)
class Instance:
    """How this instance differs from the next one."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/Los_Angeles"))  # of the calling account
    client_id: str = "siamhub-client"
    client_secret: str = field(default="client-secret", repr=False)
    api_key: str = field(default="api-key", repr=False)
    token_life: int = 1800 * SECOND  # microseconds
    client_credentials: bool = False  # off on an instance as it is delivered
    rotating: bool = False  # a refresh token is good for one use and comes back as another one
    access: Mapping[str, Access] = field(default_factory=dict)  # table -> its rows are hidden, it is refused, not there
    hidden: Callable[[str, str], bool] = lambda table, sys_id: False  # rows that access rules take out of a page
    deleted: Mapping[str, Instant] = field(default_factory=dict)  # sys_id -> since when its record is not there
    unknown_fields: Literal["ignored", "refused", "no rows"] = "ignored"  # what a query on one is answered with
    longest_url: int = 8_192  # characters; longer ones are answered with 414
    seed: int = 0  # of the order in which rows come that a query does not tell apart


@dataclass(frozen=True, slots=True)
class _Token:
    access: str
    refresh: str | None
    expires: Instant
    refresh_expires: Instant


class Gate:
    """The tokens that were given out."""

    def __init__(self, login: Login, instance: Instance) -> None:
        self._login, self._instance = login, instance
        self._tokens: list[_Token] = []

    def knows(self, headers: Mapping[str, str], key: str | None, now: Instant) -> bool:
        """Whether a request's headers, or an API key in its query, are those of the account."""
        if (headers.get("x-sn-apikey") or key) == self._instance.api_key:
            return True
        header = headers.get("authorization", "")
        kind, _, given = header.partition(" ")
        if kind.lower() == "bearer":
            return any(token.access == given and now < token.expires for token in self._tokens)
        return basic(header) == self._login

    def token(self, content_type: str, body: bytes, now: Instant) -> dict[str, object] | None:
        """The token endpoint's answer; None where it refuses, whatever the reason: the product tells none."""
        if content_type.partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return None
        form = {name: values[-1] for name, values in parse_qs(body.decode("latin-1")).items()}
        instance = self._instance
        if (form.get("client_id"), form.get("client_secret")) != (instance.client_id, instance.client_secret):
            return None
        grant = form.get("grant_type")
        if grant == "password" and Login(form.get("username", ""), form.get("password", "")) == self._login:
            # Inside the life of a token the same one is given again, with less time left.
            living = next((t for t in self._tokens if t.refresh and now < t.expires), None)
            return self._told(living or self._new(now, refreshable=True), now)
        if grant == "client_credentials" and instance.client_credentials:
            return self._told(self._new(now, refreshable=False), now)
        if grant == "refresh_token":
            old = next((t for t in self._tokens if t.refresh and t.refresh == form.get("refresh_token")), None)
            if old is not None and now < old.refresh_expires:
                if not instance.rotating:
                    return self._told(self._new(now, refreshable=True, refresh=old.refresh), now)
                self._tokens = [replace(t, refresh=None) if t.refresh == old.refresh else t for t in self._tokens]
                return self._told(self._new(now, refreshable=True), now)
        return None

    def _new(self, now: Instant, refreshable: bool, refresh: str | None = None) -> _Token:
        secret = hashlib.sha512(f"{self._instance.client_secret} {len(self._tokens)} {now}".encode()).hexdigest()
        told = (refresh or secret[-86:]) if refreshable else None
        token = _Token(secret[:86], told, now + self._instance.token_life, now + REFRESHED)
        self._tokens = [kept for kept in self._tokens if now < kept.refresh_expires] + [token]
        return token

    @staticmethod
    def _told(token: _Token, now: Instant) -> dict[str, object]:
        answer: dict[str, object] = {
            "access_token": token.access, "scope": "useraccount", "token_type": "Bearer",
            "expires_in": max(0, (token.expires - now) // SECOND - 1),
        }  # fmt: skip
        return answer | ({"refresh_token": token.refresh} if token.refresh else {})


class Sessions:
    """Requests that bear the cookie of one session are handled one after the other, and only so many may wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, int] = defaultdict(int)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._count = 0

    async def turn(self, cookies: Mapping[str, str]) -> bool:
        """Wait for the session's turn where there is one; False where its queue is full and the request is dropped."""
        session = cookies.get("JSESSIONID")
        if session is None:
            return True
        if self._waiting[session] > QUEUE:
            return False
        self._waiting[session] += 1
        try:
            async with self._locks[session]:
                await asyncio.sleep(IN_SESSION)
        finally:
            self._waiting[session] -= 1
        return True

    def cookies(self) -> Iterable[str]:
        """Set-Cookie headers as every answer bears them."""
        self._count += 1
        mark = hashlib.md5(str(self._count).encode(), usedforsecurity=False).hexdigest().upper()
        return (
            f"glide_user_route=glide.{mark.lower()}; Max-Age=2147483647; Path=/; HttpOnly",
            f"JSESSIONID={mark}; Path=/; HttpOnly",
            f"glide_session_store={mark}; Max-Age=300; Path=/; HttpOnly",
            f"BIGipServerpool_siam=e8d76f14aff34926d44ccf2ee8c5{mark[:4].lower()}; Path=/; HttpOnly",
        )
