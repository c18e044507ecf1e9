"""Logging in: the operator's credentials and the manifest's words for them become what httpx adds to each request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urljoin

import httpx
import orjson
from pydantic import SecretStr

from connectors.manifest_request import Auth, HeaderAuth, OAuth2
from connectors.rotating import Rotating
from connectors.session import LoggedIn, Sent, basic
from connectors.template import Template
from connectors.unsaid import Unsaid, controls
from core.connector import AuthenticationError, Credentials, Problem, UnavailableError

_BEARER: Final = HeaderAuth(header="Authorization", value="Bearer {secret}")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "none": (),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "api_key": ("key",),
    "oauth2": ("client_id", "client_secret"),
    "session": (),
    "custom": (),
}
_EARLY: Final = 30.0  # seconds before its end at which a token is no longer used


def types(auth: Auth) -> Sequence[str]:
    """The values that `auth: {type: ...}` may have with a manifest."""
    return [name for name in _NEEDED if getattr(auth, name)]


def problems(auth: Auth, credentials: Credentials) -> Sequence[Problem]:
    """What is wrong with an operator's credentials."""
    kind, known = credentials.type, types(auth)
    if kind not in known:
        what = "a login is needed" if kind == "none" else f"{kind!r} is no login of this connector"
        return [Problem(("auth", "type"), f"{what}; it takes {', '.join(known) or 'no login at all'}")]
    wanted = needed(auth, kind)
    found = [
        Problem(("auth",), f"{name!r} is missing: {kind} needs {' and '.join(wanted)}")
        for name in wanted
        if not _plain(credentials.values.get(name))
    ]
    allowed = {*wanted, "type"}
    if auth.oauth2 and kind == "oauth2":
        allowed |= {"username", "password", "refresh_token", "scope", "grant"}
        grant = _grant(auth.oauth2, credentials)
        if grant not in auth.oauth2.grants:
            found.append(
                Problem(("auth", "grant"), f"{grant!r} is not offered here; known are {', '.join(auth.oauth2.grants)}")
            )
        needs = {"password": ("username", "password"), "refresh_token": ("refresh_token",)}.get(grant, ())
        found += [
            Problem(("auth",), f"{name!r} is missing: the grant {grant} needs it")
            for name in needs
            if not _plain(credentials.values.get(name))
        ]
    found += [
        Problem(("auth", name), f"unknown key; {kind} takes {', '.join(sorted(allowed - {'type'})) or 'nothing'}")
        for name in credentials.values
        if name not in allowed
    ]
    found += [
        Problem(("auth", name), "holds a line break or another control character; give the bare value")
        for name, value in credentials.values.items()
        if controls(_plain(value))
    ]
    return found


def unsaid(credentials: Credentials) -> Unsaid:
    """What of a login no text may quote."""
    return Unsaid((name, _plain(value)) for name, value in credentials.values.items())


def make(
    auth: Auth, credentials: Credentials, base_url: str, where: str, secrets: Unsaid | None = None
) -> httpx.Auth | None:
    """What adds the login to each request; None where none is needed. `where` names the source in errors.

    `secrets` is told of the tokens that the system gives.
    """
    said = {name: _plain(value) for name, value in credentials.values.items()}
    secrets = secrets or Unsaid()
    match credentials.type:
        case "basic":
            return httpx.BasicAuth(said.get("username", ""), said.get("password", ""))
        case "bearer":
            form = auth.bearer if isinstance(auth.bearer, HeaderAuth) else _BEARER
            return _Secret(form, said.get("token", ""))
        case "api_key" if auth.api_key:
            return _Secret(auth.api_key, said.get("key", ""))
        case "oauth2" if auth.oauth2:
            token = Rotating(said.get("refresh_token", ""), credentials.files.get("refresh_token"), where)
            return _OAuth2(auth.oauth2, _grant(auth.oauth2, credentials), said, token, base_url, where, secrets)
        case "session" if auth.session:
            return LoggedIn(auth.session, said, base_url, where, secrets)
        case "custom" if auth.custom:
            return Sent(auth.custom, said)
    return None


def given(credentials: Credentials) -> str:
    """What the operator gave to log in with, by name: "username or password"; "" for nothing."""
    return " or ".join(name.replace("_", " ") for name in credentials.values if name not in ("scope", "grant"))


def needed(auth: Auth, kind: str) -> Sequence[str]:
    """The names of the values that a login of that kind cannot do without."""
    if kind == "session" and auth.session:
        return auth.session.needs
    if kind == "custom" and auth.custom:
        return auth.custom.needs
    return _NEEDED[kind]


def _plain(value: str | SecretStr | None) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value or ""


def _grant(oauth: OAuth2, credentials: Credentials) -> str:
    """The grant that the operator names, else the one that the given values are for."""
    said = credentials.values
    if said.get("grant"):
        return _plain(said["grant"])
    if said.get("refresh_token"):
        return "refresh_token"
    return "password" if said.get("username") else oauth.grants[0]


class _Secret(httpx.Auth):
    def __init__(self, form: HeaderAuth, secret: str) -> None:
        self._form = form
        self._value = Template(form.value).string({"secret": secret})

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._form.header:
            request.headers[self._form.header] = self._value
        elif self._form.query:
            request.url = request.url.copy_set_param(self._form.query, self._value)
        yield request


class _OAuth2(httpx.Auth):
    """One token for all threads; a refused one is asked anew once, since servers may hand back the refused one."""

    requires_response_body = True

    def __init__(
        self,
        form: OAuth2,
        grant: str,
        said: Mapping[str, str],
        refresh: Rotating,
        base_url: str,
        where: str,
        secrets: Unsaid,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._form, self._grant, self._said, self._where, self._clock = form, grant, said, where, clock
        self._url = (
            form.token_url
            if "://" in form.token_url
            else urljoin(base_url.rstrip("/") + "/", form.token_url.lstrip("/"))
        )
        self._secrets = secrets
        self._token = ""
        self._ends = 0.0
        self._refresh = refresh
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                with self._refresh.turn():
                    self._take((yield self._asked()))
            used = self._token
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            with self._lock:
                if self._token == used:
                    with self._refresh.turn():
                        self._take((yield self._asked()))
                request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asked(self) -> httpx.Request:
        form = {"grant_type": self._grant}
        headers = {"Accept": "application/json"}
        client = self._said.get("client_id", ""), self._said.get("client_secret", "")
        if self._form.client == "body":
            form |= {"client_id": client[0], "client_secret": client[1]}
        else:
            headers["Authorization"] = basic(*client)
        if self._grant == "password":
            form |= {"username": self._said["username"], "password": self._said["password"]}
        elif self._grant == "refresh_token":
            form["refresh_token"] = self._refresh.now()
        scope = self._said.get("scope") or self._form.scope
        if scope:
            form["scope"] = scope
        return httpx.Request("POST", self._url, data=form, headers=headers)

    def _take(self, response: httpx.Response) -> None:
        response.read()
        asked = f"{self._where}: POST {httpx.URL(self._url).path}"
        if response.status_code >= 500 or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise UnavailableError(f"{asked} for a token answered {response.status_code}; the next pass tries again")
        answer: Any = None
        try:
            answer = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            answer = None
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if response.status_code >= 400 or not isinstance(token, str) or not isinstance(answer, dict):
            without = "" if response.status_code >= 400 else " without a token"
            what = "account are wrong, locked or not allowed this grant"
            if self._grant == "refresh_token":
                what = "refresh token are wrong, or the token is void: used already, revoked, or unused for too long"
            raise AuthenticationError(
                f"{asked} for a token ({self._grant}) answered {response.status_code}{without}: client id, secret or "
                f"{what}"
            )
        self._token = token
        self._secrets.token("access", token)
        if self._grant == "refresh_token" and answer.get("refresh_token"):
            self._secrets.token("refresh", str(answer["refresh_token"]))
            self._refresh.replace(str(answer["refresh_token"]))
        try:
            life = float(answer.get("expires_in") or 300)
        except (TypeError, ValueError):
            life = 300.0
        self._ends = self._clock() + max(life - _EARLY, life / 2)
