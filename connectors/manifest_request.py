"""The part of the manifest language that is about HTTP: login, requests, pages, limits and what answers mean."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from connectors.words import Duration, Header, Path, Pattern, Strict, Text, Tree, Words


class HeaderAuth(Strict):
    """A secret in a header or in the query."""

    header: Header | None = Field(default=None, description="the header's name")
    query: str | None = Field(default=None, description="or the query parameter's")
    value: Text = Field(default="{secret}", description="what is sent; `{secret}` is what the operator gave")

    @model_validator(mode="after")
    def _one(self) -> HeaderAuth:
        if (self.header is None) == (self.query is None):
            raise ValueError("say header or query, one of them")
        return self


class OAuth2(Strict):
    """OAuth 2.0: a token for client credentials, a password or a refresh token, asked anew before it ends."""

    token_url: str = Field(
        description="a path below the base URL, or an address of another host, by https, that gets the secrets"
    )
    grants: tuple[Literal["client_credentials", "password", "refresh_token"], ...] = Field(
        default=("client_credentials",), description="those that the system offers"
    )
    scope: str = Field(default="", description="asked for where the operator names none")
    client: Literal["body", "basic"] = Field(default="body", description="where the client's id and secret are sent")

    @model_validator(mode="after")
    def _hidden(self) -> OAuth2:
        if "://" in self.token_url and not re.match(r"https://[^/]", self.token_url):
            raise ValueError("token_url would send the secrets in the clear; write https://, or a path of the base URL")
        return self


class Request(Strict):
    """What is asked. Parameters and parts of a body whose only placeholder is empty are left out."""

    method: Literal["GET", "POST"] = Field(default="GET", description="`GET` or `POST`")
    path: Text = Field(description="below the base URL")
    query: dict[str, Tree] = Field(
        default_factory=dict, description="a list repeats the parameter, an object is sent as the text of its JSON"
    )
    headers: dict[Header, Tree] = Field(default_factory=dict, description="beside those of the manifest")
    json_body: Tree = Field(default=None, alias="json", description="a JSON body")
    form: dict[str, Tree] | None = Field(
        default=None, description="a form body; an object in it is sent as the text of its JSON"
    )
    per_second: float | None = Field(
        default=None, gt=0, description="no more of these requests in a second, where a list has a limit of its own"
    )

    @field_validator("path")
    @classmethod
    def _below(cls, path: str) -> str:
        if re.match(r"([A-Za-z][A-Za-z0-9+.-]*:)?//", path):
            raise ValueError(f"{path!r} is a whole address; write what follows the source's base_url, as /api/tickets")
        return path

    @model_validator(mode="after")
    def _one_body(self) -> Request:
        if self.json_body is not None and self.form is not None:
            raise ValueError("say json or form, one of them")
        if self.method == "GET" and (self.json_body is not None or self.form is not None):
            raise ValueError("a GET has no body; say method: POST")
        return self


class Custom(Strict):
    """Secrets of several names, each sent where the system wants it."""

    needs: Words = Field(description="names of the values that the operator gives under `auth`")
    headers: dict[Header, Text] = Field(
        default_factory=dict, description="header -> text with these names as placeholders"
    )
    query: dict[str, Text] = Field(default_factory=dict, description="query parameter -> likewise")


class Session(Strict):
    """A call that logs in; its answer bears a token, `{token}`, that goes with every request until the session ends."""

    needs: Words = Field(default=("username", "password"), description="names of the values that the operator gives")
    login: Request = Field(description="the call, with these names as placeholders")
    basic: bool = Field(default=False, description="username and password go with this call as HTTP Basic")
    token: Path | None = Field(default=None, description="where in the answer the token stands; none: it is the answer")
    token_header: Header | None = Field(default=None, description="or the header of the answer that bears it")
    headers: dict[Header, Text] = Field(default_factory=dict, description="sent with every request: `Bearer {token}`")
    query: dict[str, Text] = Field(default_factory=dict, description="or sent as query parameters")
    lifetime: Duration | None = Field(default=None, description="after which a session is begun anew before it ends")
    expired: tuple[int, ...] = Field(
        default=(401,), description="statuses, beside a page for people, that mean: log in again and ask once more"
    )
    logout: Request | None = Field(
        default=None, description="the call that ends the session, since their number is small"
    )

    @model_validator(mode="after")
    def _one(self) -> Session:
        if self.token is not None and self.token_header is not None:
            raise ValueError("say token or token_header, one of them")
        if not (self.headers or self.query):
            raise ValueError("say in headers or query how the token is sent")
        return self


class Auth(Strict):
    """The logins that the system takes; the operator chooses one by `auth: {type: ...}`."""

    none: bool = Field(default=False, description="whether it can be read without a login")
    basic: bool = Field(default=False, description="username and password")
    bearer: HeaderAuth | Literal[True] | None = Field(default=None, description="token; true: `Authorization: Bearer`")
    api_key: HeaderAuth | None = Field(default=None, description="key")
    oauth2: OAuth2 | None = Field(
        default=None, description="client_id, client_secret, and username and password or refresh_token"
    )
    session: Session | None = Field(
        default=None, description="what a login call needs; its token goes with every request"
    )
    custom: Custom | None = Field(default=None, description="several secrets in headers or query parameters")
    hint: str = Field(default="", description="for the operator whose login is refused: what is often wrong with it")


Shape: TypeAlias = Literal["list", "map", "one", "ids"]


class Select(Strict):
    """How `{fields}` is made: the names that the mapping reads, joined."""

    under: str = Field(default="", description="only names below this key, without it")
    depth: int = Field(default=0, ge=0, description="how many names deep; 0: all of a path")
    join: str = Field(
        default=",", description="what stands between the names in `{fields}`; `{field_list}` is the list"
    )
    extra: Words = Field(default=(), description="names that no path reads")


class Sign(Strict):
    """What an answer means, whatever its status says."""

    status: tuple[int, ...] = Field(default=(), description="with one of these statuses; none: with any")
    header: Header | None = Field(default=None, description="this header")
    path: Path | None = Field(default=None, description="or this place in the body")
    like: Pattern | None = Field(default=None, description="holds a text in which this is found; none: holds anything")
    means: Literal["retry", "smaller", "answer", "authentication", "forbidden", "unavailable", "empty"] = Field(
        description="try again; too much at once, ask for half of it; an error inside an answer; not logged in; not "
        "allowed; not there now; no records"
    )

    @model_validator(mode="after")
    def _something(self) -> Sign:
        if not self.status and self.header is None and self.path is None:
            raise ValueError("every answer would mean this: say status, header or path")
        return self


class Limits(Strict):
    """How hard the system may be asked."""

    per_second: float | None = Field(default=None, gt=0, description="requests per second")
    parallel: int = Field(default=1, ge=1, le=8, description="requests at the same time")
    timeout: Duration = Field(default=60_000_000, description="for one answer")
    wait: Words = Field(
        default=("Retry-After",),
        description="headers that say how long to wait: seconds, a moment in seconds since 1970, or a date; of those "
        "that an answer bears the first counts",
    )
    near: Words = Field(
        default=(),
        description="headers that say `true` while a limit is near: `pause` passes before each further request of that "
        "kind, until an answer says otherwise",
    )
    pause: Duration = Field(default=2_000_000, description="how long, while a limit is near")
    attempts: int = Field(default=5, ge=1, le=20, description="tries of one request")
    patience: Duration = Field(default=300_000_000, description="for all tries of one request together")
