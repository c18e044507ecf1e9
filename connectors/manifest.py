"""The manifest language: everything a manifest may say, as models that refuse what they do not know."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from connectors.manifest_asked import Census, Detail, History, Requesters, no_paging
from connectors.manifest_discover import Discovery
from connectors.manifest_map import Observe, References, ShortMap, TimeFormat, Times
from connectors.manifest_paging import Number, Offset, Paging
from connectors.manifest_records import Deleted, Events, Outage, Response, Ticket
from connectors.manifest_request import Auth, Limits, Request, Select, Shape, Sign
from connectors.words import Duration, Header, Path, Strict, Tree, Word, Words, Zone


class Option(Strict):
    """A setting that the operator may write under `options` of a source."""

    type: Literal["text", "texts", "number", "flag", "map"] = Field(
        default="text", description="`texts` is a list, `flag` is true or false, `map` is words to words"
    )
    default: Any = Field(default=None, description="what holds where the operator says nothing")
    description: str = Field(description="for the operator: what it does, and when it is needed")
    choices: tuple[Word, ...] = Field(default=(), description="the values there are; none: any")


class Cursor(Strict):
    """How a stream tells what has changed since the last pass."""

    path: Path | None = Field(
        default=None, description="the change time in a record; default: the path of `changed_at`"
    )
    format: TimeFormat = Field(default="iso", description="how a query wants the moment: `{since}`")
    zone: Zone = Field(default="UTC", description="in which a query's moments are read")
    precision: Duration = Field(
        default=1_000_000, gt=0, description="what a query can tell apart; moments are cut down to it"
    )
    inclusive: bool = Field(
        default=True, description="false: the query asks for later ones only, so one `precision` is taken off"
    )
    overlap: Duration = Field(
        default=300_000_000, description="how far behind the last change seen a pass begins: for what was written late"
    )
    sorted: bool = Field(
        default=True, description="records come in order of their change; else a broken pass starts again"
    )
    behind: Duration = Field(
        default=0, description="how far behind now `{until}` stands, where a system refuses what is too young"
    )
    window: Duration | None = Field(
        default=None,
        gt=0,
        description="a pass is read in slices of this length, from `{since}` to `{until}`, one by one",
    )
    depth: int | None = Field(
        default=None,
        ge=1,
        description="how many records a query gives at most, however many it finds: slices are then halved until "
        "they hold fewer",
    )
    begin: Literal["since", "now"] = Field(
        default="since",
        description="where the first pass begins; `now`: earlier records were read otherwise, as a history of tickets",
    )


class Stream(Strict):
    """One list of the system, with its own watermark."""

    request: Request = Field(description="the request for a page")
    records: Path = Field(default="@", description="the list of records in an answer")
    shape: Shape = Field(
        default="list",
        description="what stands there: a `list`, a `map` of records (its keys are then their `key`), `one` record, or "
        "plain `ids` (records are then an `id` and nothing else)",
    )
    detail: Detail | None = Field(default=None, description="asks for what the list does not tell of its records")
    paging: Paging = Field(default_factory=no_paging, description="how the next page is asked for; none: one page")
    cursor: Cursor | None = Field(default=None, description="none: every pass reads all of it")
    optional: bool = Field(
        default=False, description="not everybody has it: 403 and 404 leave it out without complaint"
    )
    suffers: str = Field(default="", description="for the operator: which figures are missing where it may not be read")
    grant: str = Field(default="", description="for the operator: how the right to read it is given there")
    enabled: str | dict[str, Words] | None = Field(
        default=None,
        description="an option or a found value (`found.name`); the stream is read where it is not empty. Or several "
        "with words, as in `when`: it is read where each holds one of its words",
    )
    follows: str | None = Field(
        default=None, description="`stream.history`: it is read only while that history is the one in use"
    )
    select: Select = Field(default_factory=Select, description="how `{fields}` is made from the paths")
    ticket: Ticket | None = Field(default=None, description="records are incidents or changes")
    response: Response | None = Field(default=None, description="records are, or bear, customers' answers")
    outage: Outage | None = Field(default=None, description="records are, or bear, outages")
    events: Events | None = Field(default=None, description="events that the records themselves tell")
    references: References | None = Field(default=None, description="records are references between tickets")
    deleted: Deleted | None = Field(default=None, description="records tell that tickets were deleted")
    census: Census | None = Field(
        default=None, description="of tickets: a list of all ids, which finds deleted, hidden and missed ones"
    )
    requesters: Requesters | None = Field(
        default=None, description="of `events` that are records themselves: asks who the tickets' requesters are"
    )
    history: dict[str, History] = Field(default_factory=dict, description="events to ask for, by a name")
    observe: Observe | None = Field(
        default=None, description="what the hub sees of changes itself, where no history tells them"
    )

    @model_validator(mode="after")
    def _something(self) -> Stream:
        if not (self.ticket or self.response or self.outage or self.events or self.references or self.deleted):
            raise ValueError("gives nothing: say ticket, response, outage, events, references or deleted")
        if self.census and not self.ticket:
            raise ValueError("a census is of tickets: say ticket")
        if self.references and self.ticket:
            raise ValueError("references are those of other streams' tickets; a ticket says its own links")
        if self.cursor is not None and self.cursor.depth is not None and not isinstance(self.paging, Offset | Number):
            raise ValueError("cursor.depth counts records: it belongs to paging by offset or page")
        if self.history and not self.ticket:
            raise ValueError("history belongs to tickets: say ticket")
        if self.observe and not self.ticket:
            raise ValueError("what is observed are tickets: say ticket")
        if self.requesters and (self.ticket or not self.events or self.events.unfold):
            raise ValueError("requesters are of events that are records themselves; a ticket says its own requester")
        return self


class Manifest(Strict):
    """How one kind of ITSM system is read."""

    siamhub: Literal[1] = Field(description="version of the language")
    extends: None = Field(
        default=None,
        description="name of a manifest that this one changes: what is said here is joined with it key by key",
    )
    without: tuple[()] = Field(default=(), description="with `extends`: what is left out of it, as `streams.comments`")
    title: str = Field(description="the system's name")
    description: str = Field(default="", description="for the operator: what is read")
    options: dict[str, Option] = Field(default_factory=dict, description="what the operator may set, by name")
    auth: Auth = Field(default_factory=Auth, description="the logins that the system takes")
    hosts: Words = Field(
        default=(),
        description="other hosts that next addresses and redirects may lead to, by https: they are given the login",
    )
    strip: Words = Field(default=(), description="endings of a base URL that people copy along with it")
    headers: dict[Header, Tree] = Field(
        default_factory=lambda: {"Accept": "application/json"}, description="sent with every request"
    )
    limits: Limits = Field(default_factory=Limits, description="how hard the system may be asked")
    times: Times = Field(default_factory=Times, description="how the system writes moments")
    flat: bool = Field(default=False, description="keys of records hold dots: `a.b` is one key and no path")
    entities: bool = Field(
        default=False, description="texts bear HTML entities: `&amp;` is read as &, `&nbsp;` alone as nothing"
    )
    inner: Words = Field(default=(), description="where a value is an object, the first of these keys is the value")
    signs: tuple[Sign, ...] = Field(default=(), description="what an answer may mean, beyond its status")
    discover: dict[str, Discovery] = Field(
        default_factory=dict, description="questions at the beginning, in this order"
    )
    maps: dict[str, ShortMap] = Field(default_factory=dict, description="maps of values by name")
    streams: dict[str, Stream] = Field(min_length=1, description="the lists to read, in this order")


def schema() -> dict[str, Any]:
    """JSON Schema of manifests, for editors."""
    return Manifest.model_json_schema()
