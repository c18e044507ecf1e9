"""Sessions: a login call whose answer bears a token, which goes with every request and is given back at the end."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import httpx
import orjson

from connectors.exchange import Call
from connectors.faults import login_wrong
from connectors.listing import compile_request
from connectors.manifest_request import Custom, Session
from connectors.paths import compile_path
from connectors.template import Template, as_text
from connectors.unsaid import Unsaid
from core.connector import AuthenticationError, UnavailableError
from core.model import SECOND

_JSON: Final = {"Accept": "application/json"}


def basic(user: str, secret: str) -> str:
    """The `Authorization` of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


class Sent(httpx.Auth):
    """Sends what the operator gave in headers and parameters of the manifest's choice."""

    def __init__(self, said: Custom | Session, given: Mapping[str, str]) -> None:
        self._headers = {name: Template(text) for name, text in said.headers.items()}
        self._query = {name: Template(text) for name, text in said.query.items()}
        self._given = given

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield self.dressed(request, {})

    def dressed(self, request: httpx.Request, more: Mapping[str, str]) -> httpx.Request:
        """The request with the secrets on it."""
        values = {**self._given, **more}
        for name, text in self._headers.items():
            request.headers[name] = text.string(values)
        for name, text in self._query.items():
            request.url = request.url.copy_set_param(name, text.string(values))
        return request


class LoggedIn(httpx.Auth):
    """One session for all threads; one that the system has ended is begun anew, once for a request."""

    requires_response_body = True

    def __init__(
        self,
        said: Session,
        given: Mapping[str, str],
        base_url: str,
        where: str,
        secrets: Unsaid,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`given`: the operator's values by name. `where` names the source in errors; `secrets` is told of tokens."""
        self._said, self._given, self._base, self._where, self._clock = said, given, base_url, where, clock
        self._sent = Sent(said, given)
        self._login = compile_request(said.login)
        self._logout = compile_request(said.logout) if said.logout else None
        self._path = compile_path(said.token) if said.token else None
        self._secrets = secrets
        self._token = ""
        self._ends = 0.0
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._take((yield self._begin()))
            used = self._token
        response = yield self._sent.dressed(request, {"token": used})
        if self._ended(response):
            with self._lock:
                if self._token == used:
                    self._take((yield self._begin()))
                now = self._token
            yield self._sent.dressed(request, {"token": now})

    def ending(self) -> httpx.Request | None:
        """The request that gives the session back; None where there is nothing to give back."""
        with self._lock:
            token, self._token = self._token, ""
        if self._logout is None or not token:
            return None
        return self._sent.dressed(self._request(self._logout({**self._given, "token": token})), {"token": token})

    def _ended(self, response: httpx.Response) -> bool:
        """Whether the system no longer knows the session: it says so, or shows a person's login page."""
        page = response.is_success and "html" in response.headers.get("content-type", "").lower()
        return page or response.status_code in self._said.expired

    def _begin(self) -> httpx.Request:
        request = self._request(self._login(self._given))
        if self._said.basic:
            user, password = (self._given.get(name, "") for name in ("username", "password"))
            request.headers["Authorization"] = basic(user, password)
        return request

    def _request(self, call: Call) -> httpx.Request:
        return httpx.Request(
            call.method,
            self._base.rstrip("/") + "/" + call.path.lstrip("/"),
            params=list(call.query) or None,
            headers={**_JSON, **call.headers},
            json=call.json,
            data=dict(call.form) if call.form is not None else None,
        )

    def _take(self, response: httpx.Response) -> None:
        response.read()
        asked = f"{self._where}: {self._said.login.method} {response.request.url.path} for a session"
        status = response.status_code
        if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:
            raise UnavailableError(f"{asked} answered {status}; the next pass tries again")
        token = self._found(response) if response.is_success else ""
        if not token:
            raise AuthenticationError(
                f"{asked} answered {status}{self._lacking(response) if response.is_success else ''}: "
                f"{login_wrong(' or '.join(self._said.needs))}"
            )
        self._token = token
        self._secrets.token("session", token)
        self._ends = self._clock() + (self._said.lifetime / SECOND if self._said.lifetime else float("inf"))

    def _lacking(self, response: httpx.Response) -> str:
        """Where a token was looked for, and what is there instead: the names alone."""
        said = self._said
        if said.token_header:
            return f" without the header {said.token_header!r}, where the manifest has the token"
        try:
            data = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            return " without a token"
        if not isinstance(data, dict) or not said.token:
            return " without a token"
        names = ", ".join(map(str, data)) or "nothing"
        return f" with nothing at {said.token!r}, where the manifest's auth.session has the token; it has {names}. Else"

    def _found(self, response: httpx.Response) -> str:
        if self._said.token_header:
            return str(response.headers.get(self._said.token_header, ""))
        if "html" in response.headers.get("content-type", "").lower():
            return ""
        data: Any
        try:
            data = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            data = response.text.strip()  # some answer with nothing but the token
        found = self._path.get(data) if self._path else data
        return as_text(found) if isinstance(found, str | int) else ""
