"""The part of the manifest language that is about pages: how the next one is asked for, and what ends a list."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from connectors.words import Header, Path, Pattern, Strict, Text


class Total(Strict):
    """Where an answer says how many records the query finds."""

    header: Header | None = Field(default=None, description="in this header")
    path: Path | None = Field(default=None, description="or at this place in the body")
    match: Pattern | None = Field(
        default=None, description="only what the first group of this finds there: '/(\\d+)' of 0-49/200"
    )

    @model_validator(mode="after")
    def _one(self) -> Total:
        if (self.header is None) == (self.path is None):
            raise ValueError("say header or path, one of them")
        return self


class _Paged(Strict):
    size: int = Field(default=100, ge=1, description="records per page: `{size}`")
    whole: Total | None = Field(
        default=None,
        description="how many records the first answer promises: a list that ends with fewer is an error, no success",
    )


Stop: TypeAlias = Literal["total", "empty", "short", "more"]
Stops: TypeAlias = Annotated[
    tuple[Stop, ...],
    BeforeValidator(
        lambda value: value if isinstance(value, list | tuple) else [value],
        json_schema_input_type=Stop | list[Stop],
    ),
]


class NoPaging(Strict):
    """One request brings all."""

    kind: Literal["none"]


class _Counted(_Paged):
    total: Total | None = Field(default=None, description="how many the query finds")
    more: Path | None = Field(default=None, description="a flag of the answer, or a next address: more follow")
    more_header: str | None = Field(default=None, description="a header, as `Link`, whose next address means the same")
    stop: Stops = Field(
        default=("empty",),
        description="what ends the list: `total` reached, an `empty` page, a `short` one, no sign of `more`; of "
        "several all must say so",
    )
    rebase: bool = Field(
        default=False,
        description="go on from the last change time instead of by position, which drifts while records change; needs "
        "a cursor, and order by it",
    )
    anchored: bool = Field(
        default=False,
        description="each page begins with the last record of the page before, or some earlier; where none of that "
        "page comes again, records have left the list meanwhile and others moved up unread: it is then read again from "
        "further up, with `rebase` from the change time on. Needs an order that no two records share",
    )


class Offset(_Counted):
    """Pages by `{offset}`, moved on by what has come."""

    kind: Literal["offset"] = Field(description="`offset`; `{last}` is the last record's of the page")
    more_status: tuple[int, ...] = Field(default=(), description="statuses that mean: more follow")
    first: int = Field(default=0, description="the first record's offset")

    @model_validator(mode="after")
    def _stops(self) -> Offset:
        _stops(self, "more, more_header or more_status", bool(self.more or self.more_header or self.more_status))
        return self


class Number(_Counted):
    """Pages by `{page}`; anchored ones are of different sizes, since pages of one size only border on each other."""

    kind: Literal["page"] = Field(description="`page`")
    first: int = Field(default=1, description="the first page's number")

    @model_validator(mode="after")
    def _stops(self) -> Number:
        _stops(self, "more or more_header", bool(self.more or self.more_header))
        return self


def _stops(said: _Counted, needs: str, more: bool) -> None:
    if "total" in said.stop and said.total is None:
        raise ValueError("stop: total needs total")
    if "more" in said.stop and not more:
        raise ValueError(f"stop: more needs {needs}")


class Next(_Paged):
    """Pages by the address of the next one, which is followed only on the base URL's host."""

    kind: Literal["next"] = Field(description="`next`")
    path: Path | None = Field(default=None, description="where in the body it stands")
    header: Header | None = Field(default=None, description="or in which header; of `Link` the one with rel next")
    rebase: bool = Field(
        default=False,
        description="where more follow, begin again at the last change time instead of following the address, while "
        "that time moves on: for addresses that count pages; needs a cursor, and order by it",
    )

    @model_validator(mode="after")
    def _one(self) -> Next:
        if (self.path is None) == (self.header is None):
            raise ValueError("say path or header, one of them")
        return self


class Token(_Paged):
    """Pages by a token out of the page before: `{token}`. No token ends the list."""

    kind: Literal["token"] = Field(description="`token`")
    path: Path = Field(description="where in the body the next token stands")
    more: Path | None = Field(default=None, description="a flag without which a token is not followed")


class Keyset(_Paged):
    """Pages by the last record seen, in the order (change time, id): nothing is lost when records change meanwhile.

    An empty page ends the list, unless the total says that records are hidden: these are jumped over by offset.
    """

    kind: Literal["keyset"] = Field(description="`keyset`")
    start: Text = Field(description="`{range}` at the beginning: from `{since}` on")
    after: Text = Field(description="`{range}` after the last record: its time `{since}`, its id `{after}`")
    id: Path = Field(description="the record's id, by which records of one moment are ordered")
    by: Literal["change", "id"] = Field(
        default="change",
        description="`id`: the order is that of the ids alone, up or down, and `{since}` stays where the pass begins: "
        "for systems that do not order by both, or whose index lags behind; needs `sorted: false`",
    )
    total: Total | None = Field(default=None, description="how many the query finds, hidden ones too")
    uncounted: dict[str, str] = Field(
        default_factory=dict, description="query parameters for pages whose total is not needed"
    )


Paging: TypeAlias = Annotated[NoPaging | Offset | Number | Next | Token | Keyset, Field(discriminator="kind")]
