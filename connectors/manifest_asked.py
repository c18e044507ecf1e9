"""What a manifest says of further requests: histories, details, requesters, and the count of all tickets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from connectors.manifest_map import EventRule, LinkRule, When
from connectors.manifest_paging import NoPaging, Paging, Total
from connectors.manifest_records import Events
from connectors.manifest_request import Request, Shape
from connectors.words import Path, Paths, Pattern, Strict


def no_paging() -> Paging:
    return NoPaging(kind="none")


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
    paging: Paging = Field(default_factory=no_paging, description="where rows come in pages")
    batch: int = Field(
        default=100,
        ge=1,
        description="how many tickets one request asks for: `{ids}`; where one, each row bears it as `asked`",
    )
    rules: tuple[EventRule, ...] = Field(default=(), description="which rows tell what")
    fills: dict[str, Fill] = Field(default_factory=dict, description="field of the ticket -> what rows say of it")
    links: tuple[LinkRule, ...] = Field(
        default=(), description="references of the ticket that rows tell, as `alias` the numbers that it had before"
    )
    enabled: str | None = Field(
        default=None, description="an option or a found value; it is asked for where this is not empty"
    )
    ids: Path | None = Field(default=None, description="what of a record goes into `{ids}`; default: its `vendor_id`")
    only: When = Field(default_factory=dict, description="only for records in which these paths hold these words")
    optional: bool = Field(
        default=False, description="not everybody may read it: a pass without it is whole, and says so"
    )
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
    paging: Paging = Field(default_factory=no_paging, description="how the next page is asked for; none: one page")
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
