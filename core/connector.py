"""What a connector is: something that reads one source's streams page by page, and the errors it may raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import SecretStr

from core.errors import UserError
from core.model import Instant, Page


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to log in to a source: the kind of authentication and its values, secrets as `SecretStr`."""

    type: str = "none"
    values: Mapping[str, str | SecretStr] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)  # of values that are what stands in a file: that file


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """What a connector is told about the source it reads."""

    supplier: str
    source: str  # the connector's name, "-2" and so on behind it where a supplier has several of a kind
    base_url: str
    since: Instant  # how far back the first pass goes
    credentials: Credentials = field(default_factory=Credentials)
    options: Mapping[str, Any] = field(default_factory=dict)  # checked against what the manifest declares
    automation: tuple[str, ...] = ()  # shell patterns of accounts whose acts are not a person's
    place: str = ""  # "siamhub.yaml:12: suppliers.acme.sources[0]", for messages


class Observer(Protocol):
    """Who is told of every request a connector makes."""

    def request(self, code: str, seconds: float) -> None:
        """One request was answered with this status code, or failed ("error"), after so many seconds."""

    def retry(self) -> None:
        """The same request is tried again."""


class Connector(Protocol):
    """Reads one source. Made anew for every configuration, used by one thread at a time, closed at the end."""

    @property
    def streams(self) -> Sequence[str]:
        """The streams to read, in the order in which they are best read."""

    @property
    def mapping_digest(self) -> str:
        """Changes when records would be read differently (manifest, options): streams then start again from `since`."""

    def pages(self, stream: str, checkpoint: str | None, now: Instant) -> Iterator[Page]:
        """The pages of a stream that follow a checkpoint of it (None: from `since` on), until the vendor has no more.

        `now` is the hub's time. The last page carries the checkpoint with which the next pass begins. Raises a
        `SourceError`; what was yielded before stays valid.
        """

    def probe(self) -> Sequence[Access]:
        """One cheap question per stream: what the account may read and what it may not."""

    def close(self) -> None:
        """Give up connections; the connector is not used afterwards."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a probe found out about a stream."""

    stream: str
    readable: bool
    detail: str  # for a person: what was answered, which right is missing, which KPI suffers


@dataclass(frozen=True, slots=True)
class Support:
    """How well a source supports one figure."""

    figure: str  # for a person; a part of the figure before it begins with blanks
    supported: Literal["yes", "partly", "no"]
    why: str
    mend: str = ""  # what would make it better; "" where nothing known does


@runtime_checkable
class Supporting(Protocol):
    """What a connector may be able to tell beside what every one does."""

    def supports(self, access: Sequence[Access]) -> Sequence[Support]:
        """Which figures the source supports, by some records of what `access`, the answer of a probe, calls readable.

        Empty where nothing may be read.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of tickets that were asked for by their ids."""

    page: Page  # without a checkpoint: the stream goes on where it was
    lost: Mapping[str, str] = field(default_factory=dict)  # id -> why the source gives no such ticket: core.model.GONE


@runtime_checkable
class Counted(Protocol):
    """What a connector offers beside the rest whose source can tell which tickets it has; others lack it."""

    def counted(self, now: Instant) -> Sequence[str]:
        """The streams that can. Raises a `SourceError`."""

    def listed(self, stream: str, now: Instant) -> Mapping[str, Instant | None]:
        """All tickets of a stream that the source shows, from its `since` on: id -> change time, where it tells.

        Raises a `SourceError`.
        """

    def again(self, stream: str, tickets: Mapping[str, str | None], now: Instant) -> Iterator[Asked]:
        """Tickets (id -> number, where it is known) read by their ids, as far as the source gives them.

        It is asked after `listed`. Raises a `SourceError`.
        """


class SourceError(Exception):
    """A source could not be read. The message is for the operator: what was asked, what came, what to do."""

    reason = "error"  # a closed set of words, a label value


class AuthenticationError(SourceError):
    """The credentials are wrong, expired or not allowed; trying again does not help."""

    reason = "authentication"


class ForbiddenError(SourceError):
    """The account is known but may not read this; the stream is left out until the right is granted."""

    reason = "permission"


class AbsentError(ForbiddenError):
    """The same of a stream that not everybody has: the source is whole without it."""


class UnavailableError(SourceError):
    """The system did not answer, or said that it cannot now; the next pass may succeed."""

    reason = "unavailable"


class AnswerError(SourceError):
    """What came is not what the manifest describes: HTML, half a JSON, another shape, an error inside a 200."""

    reason = "answer"


class GroundError(AnswerError):
    """The same of what every list of the source rests on: none of them can be read."""


class ManifestError(UserError):
    """A manifest or its options are wrong. The message names file, line and path, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the operator's configuration of a source that its connector does not accept."""

    path: tuple[str | int, ...]  # below the source's entry: ("options", "projects"), ("auth", "type")
    message: str  # what is wrong and what to do


class Kinds(Protocol):
    """The connectors there are: shipped manifests, the operator's own folder, installed packages."""

    def names(self) -> Sequence[str]:
        """Names that a source's `connector` may bear."""

    def problems(self, name: str, auth: Credentials, options: Mapping[str, Any]) -> Sequence[Problem]:
        """What is wrong with a source's login and options; nothing is asked of the network. `name` is a known one."""

    def make(self, name: str, config: SourceConfig, observer: Observer) -> Connector:
        """A connector for one source. Raises `ManifestError`."""
