"""The manifest language: everything a manifest may say, as models that refuse what they do not know."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from connectors.manifest_map import (
    ActorRule,
    EventRule,
    Fields,
    LinkRule,
    Observe,
    References,
    Rows,
    ShortMap,
    TimeFormat,
    Times,
    When,
)
from connectors.manifest_request import (
    Auth,
    Limits,
    NoPaging,
    Number,
    Offset,
    Paging,
    Request,
    Select,
    Shape,
    Sign,
    Total,
)
from connectors.words import Duration, Path, Paths, Pattern, Strict, Tree, Word, Words, Zone
from core.model import OUTAGE, RESPONSE, TICKET


def _no_paging() -> Paging:
    return NoPaging(kind="none")


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
        default=1_000_000, description="what a query can tell apart; moments are cut down to it"
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
        default=None, description="a pass is read in slices of this length, from `{since}` to `{until}`, one by one"
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


class Ticket(Strict):
    """What of a record becomes a ticket."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the ticket -> where it stands")
    links: tuple[LinkRule, ...] = Field(default=(), description="references to other tickets")
    requester: Paths = Field(
        default=(), description="account of who asked; compared with the actors of events, never kept"
    )

    @model_validator(mode="after")
    def _known(self) -> Ticket:
        _only(self.map, TICKET, ("vendor_id", "kind", "changed_at"))
        return self


class Response(Strict):
    """What of a record becomes a customer's answer."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the response -> where it stands")

    @model_validator(mode="after")
    def _known(self) -> Response:
        _only(self.map, RESPONSE, ("vendor_id", "score", "scale_min", "scale_max", "changed_at"))
        return self


class Outage(Strict):
    """What of a record becomes an outage record."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    map: Fields = Field(description="field of the outage -> where it stands")

    @model_validator(mode="after")
    def _known(self) -> Outage:
        _only(self.map, OUTAGE, ("vendor_id", "type", "start", "changed_at"))
        return self


class Events(Rows):
    """What of a record, or of rows inside it, becomes events of a ticket."""

    rules: tuple[EventRule, ...] = Field(description="which rows tell what")
    ticket: Path = Field(description="the ticket's id in a row")
    at: Path = Field(description="when it happened")
    id: Paths = Field(description="what tells the row from all others; of a list the parts are joined")
    seq: Path | None = Field(default=None, description="order of rows of one moment; default: as they come")
    actor: ActorRule = Field(default_factory=ActorRule, description="whose act it was")
    prefix: str = Field(
        default="", description="begins the events' ids; the same where two ways tell the same rows; default: a name"
    )
    times: Times | None = Field(default=None, description="where moments are written otherwise than elsewhere")
    latest_first: bool = Field(default=False, description="the rows of one ticket come newest first")


class Fill(Strict):
    """What rows say of a field of the ticket that the record itself leaves empty."""

    path: Path = Field(description="the moment, in a row")
    when: When = Field(default_factory=dict, description="only rows in which these paths hold these words")
    take: Literal["first", "last"] = Field(default="first", description="of several rows, by their value")


class History(Events):
    """Events read by further requests, for the tickets of a page."""

    request: Request | None = Field(
        default=None, description="the request for the rows of `{ids}`; none: the records of the page are the rows"
    )
    records: Path = Field(default="@", description="the list of rows in the answer")
    paging: Paging = Field(default_factory=_no_paging, description="where rows come in pages")
    batch: int = Field(
        default=100,
        ge=1,
        description="how many tickets one request asks for: `{ids}`; where one, each row bears it as `asked`",
    )
    rules: tuple[EventRule, ...] = Field(default=(), description="which rows tell what")
    fills: dict[str, Fill] = Field(default_factory=dict, description="field of the ticket -> what rows say of it")
    enabled: str | None = Field(
        default=None, description="an option or a found value; it is asked for where this is not empty"
    )
    ids: Path | None = Field(default=None, description="what of a record goes into `{ids}`; default: its `vendor_id`")
    only: When = Field(default_factory=dict, description="only for records in which these paths hold these words")
    suffers: str = Field(default="", description="for the operator: which figures are missing where it may not be read")
    grant: str = Field(default="", description="for the operator: how the right to read it is given there")
    lacks: str = Field(default="", description="for the operator: what it does not tell that the one before it does")
    instead_of: str | None = Field(
        default=None,
        description="the history before it in whose place this is read where that one may not be, or is empty",
    )


class Detail(Strict):
    """A further request for the records of a page, where a list tells too little of them: only for changed ones."""

    request: Request = Field(description="the request for the records of `{ids}`; of one, `{ids|first}`")
    records: Path = Field(default="@", description="the record, or the list of them, in the answer")
    shape: Shape = Field(default="one", description="what stands there")
    batch: int = Field(default=1, ge=1, description="how many records one request asks for")
    ids: Path = Field(default="id", description="what of a record of the list goes into `{ids}`")
    id: Path = Field(default="id", description="with batches: the same id, in a record of the answer")
    under: str | None = Field(
        default=None, description="the name under which the answer stands in the record; none: laid over the list's"
    )


class Requesters(Strict):
    """Who asked, of the tickets that rows of a stream name: told by further requests, never kept.

    Rows of tickets that no answer tells of are left out: they are not read, or hidden from the account.
    """

    request: Request = Field(description="asks for the tickets of the ids")
    records: Path = Field(default="@", description="the list of tickets in the answer")
    batch: int = Field(default=100, ge=1, description="how many tickets one request asks for: `{ids}`")
    ticket: Path = Field(description="the ticket's id in a record of the answer")
    name: Paths = Field(description="account of who asked")


class Deleted(Strict):
    """What of a record tells that a ticket was deleted. It is then no ticket, whatever else the record tells."""

    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    ticket: Path = Field(description="the id of the ticket, as its `vendor_id`")
    at: Path = Field(description="when it was deleted")


class Again(Strict):
    """Asks for tickets by their ids: those that were missed, and those that the list no longer shows.

    What comes is read as a record of the stream, with its detail and its histories.
    """

    request: Request = Field(description="the request for the records of `{ids}`; of one, `{ids|first}`")
    records: Path = Field(default="@", description="the list of records, or the record, in an answer")
    shape: Shape = Field(default="list", description="what stands there")
    batch: int = Field(default=100, ge=1, description="how many tickets one request asks for")
    absent: Literal["deleted", "unseen"] = Field(
        default="unseen",
        description="what it means that a ticket is not given, or with a batch of one answered by 404: it was "
        "`deleted`, and is left out of every figure; or nobody can tell (`unseen`), and it counts on as last known",
    )
    total: Total | None = Field(
        default=None,
        description="how many of the tickets there are, hidden ones too: what is counted and not given is hidden",
    )


class Census(Strict):
    """A cheap list of the ids of all tickets since the source's `since`, taken at an interval of its own.

    Beside what the hub holds it shows what was deleted or hidden, and what no cursor showed. It changes nothing in how
    records are read: a change of it reads nothing anew.
    """

    request: Request = Field(description="the request for a page of the list; asks for as little as can be")
    records: Path = Field(default="@", description="the list of records in an answer")
    shape: Shape = Field(default="list", description="what stands there")
    paging: Paging = Field(default_factory=_no_paging, description="how the next page is asked for; none: one page")
    when: When = Field(default_factory=dict, description="only records in which these paths hold one of these words")
    id: Path = Field(default="id", description="the ticket's id, as its `vendor_id`, in a record of the list")
    prefix: str = Field(default="", description="what stands before the id in the ticket's `vendor_id`")
    changed: Path | None = Field(
        default=None,
        description="the ticket's change time, as `changed_at`: one that changed later than it is held is read again",
    )
    number: Path | None = Field(default=None, description="with `part`: the ticket's number, in a record of the list")
    part: Pattern | None = Field(
        default=None,
        description="the first group of this is what of a number tells the part of the system whose rights are given "
        "as one. Where a part shows no ticket at all any more, its tickets are `unseen` and not deleted",
    )
    again: Again = Field(description="asks for tickets by their ids")

    @model_validator(mode="after")
    def _parts(self) -> Census:
        if (self.number is None) != (self.part is None):
            raise ValueError("number and part belong together")
        return self


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
    paging: Paging = Field(default_factory=_no_paging, description="how the next page is asked for; none: one page")
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


class Lookup(Strict):
    """A list of an answer as a map: id -> name, status -> category."""

    records: Path = Field(default="@", description="the list in the answer")
    key: Path = Field(description="the word, in an entry of the list")
    value: Path = Field(description="what it means")


class Pick(Strict):
    """Values of those entries of an answer's list that an option names."""

    records: Path = Field(default="@", description="the list in the answer")
    key: Path = Field(description="compared with the words of the options, which may be patterns")
    value: Path = Field(description="what is taken of an entry that fits")
    options: Words = Field(description="the options whose words count")
    needed: bool = Field(default=False, description="nothing found is an error, since a query without it reads all")


class Discovery(Strict):
    """A question at the beginning whose answer fills values: `{found.name}` in texts, `$found.name` in paths."""

    request: Request = Field(description="what is asked")
    take: dict[str, Paths] = Field(
        default_factory=dict, description="name -> where in the answer; the first that holds"
    )
    maps: dict[str, Lookup] = Field(default_factory=dict, description="name -> a list of the answer as a map of values")
    pick: dict[str, Pick] = Field(default_factory=dict, description="name -> a list of values that options name")
    records: Path = Field(default="@", description="with paging: the list in each answer; paths then go into all of it")
    paging: Paging = Field(default_factory=_no_paging, description="where the list comes in pages")
    proof: bool = Field(default=False, description="it needs a login: whoever is refused here is refused everywhere")
    optional: bool = Field(default=False, description="403, 404 and what cannot be read leave its values empty")
    suffers: str = Field(default="", description="for the operator: which figures suffer where it may not be asked")
    grant: str = Field(default="", description="for the operator: how the right to ask it is given there")
    keep: Duration = Field(default=3_600_000_000, description="how long the answer holds")
    grows: bool = Field(
        default=False, description="asked again at once when a record bears a word that its maps lack; once for a word"
    )


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
    headers: dict[str, Tree] = Field(
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


def _only(fields: dict[str, Any], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for name in fields:
        if name not in known:
            raise ValueError(f"map: there is no field {name!r}; known are {', '.join(known)}")
    missing = [name for name in needed if name not in fields]
    if missing:
        raise ValueError(f"map: {', '.join(missing)} missing")
