"""HTTP: one client per source that logs in, paces, retries, and turns what can go wrong into the core's errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx
import orjson
import tenacity

from connectors.answers import Judge, Verdict, error_text, parsed
from connectors.exchange import Answer, Call, Heard
from connectors.faults import (
    ERRORS,
    AgainError,
    BrokenError,
    MissingError,
    TooMuchError,
    UnreadableError,
    advice,
    login_wrong,
)
from connectors.manifest_request import Limits
from connectors.unsaid import Unsaid
from connectors.waiting import Pace, ahead, asked_to_wait
from core.connector import AnswerError, AuthenticationError, ForbiddenError, Observer, SourceError, UnavailableError
from core.model import SECOND

log = logging.getLogger("siamhub.connectors")

_HOPS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_RETRY: Final = frozenset((408, 425, 429, 500, 502, 503, 504))


class Client:
    """Asks one system. Threads may share it."""

    def __init__(
        self,
        base_url: str,
        where: str,
        auth: httpx.Auth | None,
        limits: Limits,
        judge: Judge,
        headers: Mapping[str, str],
        observer: Observer,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
        hint: str = "",
        hosts: Sequence[str] = (),
        ending: Callable[[], httpx.Request | None] = lambda: None,
        tap: Callable[[Heard], None] | None = None,
        unsaid: Unsaid | None = None,
        login: str = "",
    ) -> None:
        """`where` names the source in errors: "acme/servicenow"; `hint` follows where the login is refused.

        `hosts`: those beside the base URL's that links may lead to; `ending`: the request that ends the session;
        `unsaid`: the secrets, which no error quotes; `login`: what the operator gave to log in with.
        """
        self._base = httpx.URL(base_url.rstrip("/"))
        self._where, self._limits, self._judge, self._observer, self._sleep = where, limits, judge, observer, sleep
        self._attempts = limits.attempts
        self._pace = Pace(limits.per_second, sleep)
        self._paces: dict[str, Pace] = {}
        self._near: set[str] = set()  # kinds of requests whose limit is near
        self.ahead: float | None = None
        """Seconds by which the system's clock is ahead of this machine's, by its last answer; None: not known."""
        self._hint = f"; {hint}" if hint else ""
        self._unsaid, self._login = unsaid or Unsaid(), login
        self._tap = tap  # told of every exchange; for recordings
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._ending = ending
        self._http = httpx.Client(
            auth=auth,
            headers={"User-Agent": "siamhub", **headers},
            timeout=limits.timeout / SECOND,
            follow_redirects=False,
            # Cookies tie requests to one server thread of the vendor, and to a session that outlives the login.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            transport=transport,
        )

    def ask(self, call: Call) -> Answer:
        """The answer to a request. Raises a `SourceError` that names source and request, and says what came."""
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(AgainError),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._attempts),
                tenacity.stop_before_delay(self._limits.patience / SECOND),
            ),
            wait=_wait,
            sleep=self._sleep,
            before_sleep=lambda _: self._observer.retry(),
            reraise=True,
        )
        try:
            return tries(self._quiet, call)
        except AgainError as again:
            hint = f"; it asks to wait {again.after:.0f} s" if again.after else ""
            raise again.kind(f"{again}{hint}; the next pass tries again") from again

    @contextmanager
    def hasty(self) -> Iterator[None]:
        """Inside, a request is tried again at most once: somebody waits for the answer."""
        patient = self._attempts
        self._attempts = min(patient, 2)
        try:
            yield
        finally:
            self._attempts = patient

    def close(self) -> None:
        """End the session, where there is one, and give up the connections."""
        try:
            request = self._ending()
            if request is not None:
                self._http.send(request, auth=None)
        except httpx.HTTPError as error:
            log.info("%s: the session could not be ended: %s", self._where, type(error).__name__)
        finally:
            self._http.close()

    def _quiet(self, call: Call) -> Answer:
        """One try, whose errors quote no secret: a system may repeat the login that it was sent."""
        try:
            return self._once(call)
        except (AgainError, SourceError) as error:
            self._unsaid.hush(error)
            raise

    def _once(self, call: Call) -> Answer:
        url = self._address(call.path, call)
        params = httpx.QueryParams(list(call.query)) if call.query else None
        if params is not None and not url.query:
            # Written at once: the library would look at each sign of a long address three times.
            url, params = httpx.URL(f"{str(url).rstrip('?')}?{params}"), None
        request = self._http.build_request(
            call.method,
            url,
            params=params,
            headers=dict(call.headers),
            json=call.json,
            data=dict(call.form) if call.form is not None else None,
        )
        for _ in range(_HOPS):
            response = self._send(request, call)
            if response.status_code not in _REDIRECTS or response.next_request is None:
                return self._answer(response, call)
            target = response.next_request
            url = self._address(str(target.url), call)  # refuses another host
            if url == request.url != target.url:
                raise AnswerError(f"{self._said(call)} leads to {_origin(target.url)}; check base_url")
            # The login goes where the base URL says, never to another scheme or port.
            target.url, target.headers["Host"] = url, url.netloc.decode("ascii")
            request = target
        raise AnswerError(f"{self._said(call)} leads from redirect to redirect; check base_url")

    def _send(self, request: httpx.Request, call: Call) -> httpx.Response:
        self._pace.wait()
        if call.per_second:
            self._paces.setdefault(call.kind, Pace(call.per_second, self._sleep)).wait()
        if call.kind in self._near:
            self._sleep(self._limits.pause / SECOND)
        began = time.perf_counter()
        code, before = "error", list[str]()
        # A login changes the request itself while it is sent.
        asked = (request.method, request.url, request.read()) if self._tap else None
        try:
            response = self._http.send(request)
            # Read by now. The stream and the answer hold each other, and with them the body, page after page.
            response.stream = httpx.ByteStream(b"")
            code = str(response.status_code)
            before = [str(earlier.status_code) for earlier in response.history]
            self.ahead = ahead(response.headers.get("date"), self.ahead)
            if any(response.headers.get(name, "").casefold() == "true" for name in self._limits.near):
                self._near.add(call.kind)
            else:
                self._near.discard(call.kind)
        except httpx.TimeoutException as error:
            raise AgainError(f"{self._said(call)} was not answered in time ({type(error).__name__})") from error
        except httpx.LocalProtocolError:
            # The library's words quote the header, and with it the login.
            raise AnswerError(
                f"{self._said(call)} cannot be sent: a header holds what HTTP does not allow, such as a line break; "
                "look at the values under `auth` and `options` and at the manifest's `headers`"
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise AgainError(f"{self._said(call)} failed: {str(error) or type(error).__name__}") from error
        finally:
            # A login asks on the way, for a token: that counts as well, each with its share of the time.
            codes = [*before, code]
            for each in codes:
                self._observer.request(each, (time.perf_counter() - began) / len(codes))
        if self._tap and asked:
            self._tap(Heard(*asked, response))
        return response

    def _answer(self, response: httpx.Response, call: Call) -> Answer:
        said, status = self._said(call), response.status_code
        decode = call.decode if response.is_success else orjson.loads
        data, flaw = parsed(response.headers.get("content-type", ""), response.content, decode, self._unsaid.clean)
        verdict = self._judge(status, response.headers, data)
        text = error_text(data, self._unsaid.clean)
        told = f"{said} answered {status}{': ' + text if text else ''}"
        after = next((wait for name in self._limits.wait if (wait := asked_to_wait(response.headers.get(name)))), None)
        if verdict is Verdict.RETRY:
            raise AgainError(told, after, UnavailableError if status >= 300 or not data else AnswerError)
        if verdict is Verdict.SMALLER:
            raise TooMuchError(told)
        if verdict is Verdict.EMPTY:
            return Answer(status, response.headers, None, nothing=True)
        if verdict is not None:
            hint = self._hint if verdict is Verdict.AUTHENTICATION else ""
            raise ERRORS[verdict](f"{told}{advice(verdict, self._login)}{hint}")
        if status in _RETRY:
            raise AgainError(told, after)
        if status == httpx.codes.UNAUTHORIZED:
            raise AuthenticationError(f"{told}; {login_wrong(self._login)}{self._hint}")
        if status == httpx.codes.FORBIDDEN:
            raise ForbiddenError(f"{told}; the account lacks the right to read this")
        if not response.is_success:
            raise MissingError(told) if status in (404, 410) else AnswerError(told)
        if status == httpx.codes.NO_CONTENT:
            return Answer(status, response.headers, None, nothing=True)
        if flaw:
            half = response.content.lstrip()[:1] in (b"{", b"[")
            raise (BrokenError if half else UnreadableError)(f"{said} answered {status} with {flaw}")
        return Answer(status, response.headers, data)

    def _said(self, call: Call) -> str:
        return f"{self._where}: {call.said}"

    def _address(self, path: str, call: Call) -> httpx.URL:
        """The address to ask, always at the base URL's host: credentials go nowhere else."""
        if "://" not in path and not path.startswith("//"):
            if path.startswith(self._base.path.rstrip("/") + "/"):
                return self._base.join(path)
            return httpx.URL(str(self._base).rstrip("/") + "/" + path.lstrip("/"))
        target = self._base.join(path)
        if target.host != self._base.host:
            if target.host.casefold() in self._hosts and target.scheme == "https":
                return target
            raise AnswerError(
                f"{self._said(call)} leads to another host, {target.host}, which is not followed; check base_url, or "
                "name the host in the manifest's `hosts` where it may be given the login"
            )
        # The base URL's own scheme and port: behind a proxy a system may not know its own address.
        return target.copy_with(scheme=self._base.scheme, port=self._base.port)


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"


_backoff: Final = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    after = error.after if isinstance(error, AgainError) else None
    return max(after or 0.0, _backoff(state))
