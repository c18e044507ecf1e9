"""The part of the manifest language that is about meaning: fields, value maps, links, actors and events."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from connectors.times import check_format
from connectors.words import Path, Paths, Pattern, Strict, Text, Word, Words, Zone

TimeFormat: TypeAlias = Annotated[str, AfterValidator(check_format)]

When: TypeAlias = dict[Path, Words]
"""Path -> words: holds where each path gives one of its words. `?*` is anything, "" nothing, `!x` anything but x;
`$options.x` and `$found.x` stand for what they hold."""


class Times(Strict):
    """How the system writes moments."""

    formats: tuple[TimeFormat, ...] = Field(
        default=("iso",), description="`iso`, `epoch`, `epoch_ms` or a strptime pattern; tried in this order"
    )
    zone: Zone = Field(default="UTC", description="of moments that name no zone")
    none: Words = Field(default=(), description="values that mean no moment, beside empty ones, zeros and 1970-01-01")


class ValueMap(Strict):
    """A vendor's words -> ours."""

    values: dict[Word, Any] = Field(
        default_factory=dict,
        description="word or shell pattern -> ours; without regard to case; null: known, but nothing",
    )
    option: str | None = Field(default=None, description="an option of type map or texts that is asked first")
    gives: Any = Field(default=None, description="what the words of an option of type texts mean")
    match: Pattern | None = Field(
        default=None, description="not the word is looked up but what the first group of this finds in it"
    )
    default: Any = Field(default=None, description="for every other word; none: the word is counted as unmapped")

    @model_validator(mode="after")
    def _something(self) -> ValueMap:
        if not self.values and self.option is None and self.default is None:
            raise ValueError("says nothing: give values, option or default")
        return self


def _value_map(value: Any) -> Any:
    """A map in short form: nothing but its values."""
    if isinstance(value, dict) and not value.keys() <= ValueMap.model_fields.keys():
        return {"values": value}
    return value


ShortMap: TypeAlias = Annotated[ValueMap, BeforeValidator(_value_map, json_schema_input_type=ValueMap | dict[str, Any])]


def _rule(value: Any) -> Any:
    """A field's rule in short form: a text is a path."""
    if isinstance(value, bool | int | float):
        said = str(value).lower() if isinstance(value, bool) else value
        raise ValueError(f"{said} is no path; where it is always that, write {{const: {said}}}")
    return {"path": value} if isinstance(value, str) else value


class Rule(Strict):
    """Where one field's value comes from. Exactly one of `path`, `const`, `text`."""

    path: Paths = Field(default=(), description="where it stands; of a list the first that gives something")
    const: Any = Field(default=None, description="always this")
    text: Text | None = Field(
        default=None, description="put together: `{base_url}`, `{options.x}`, `{vendor_id}`, `{number}`"
    )
    values: ShortMap | Words | None = Field(
        default=None,
        description="a map, the name of one of `maps`, or several names: each works on what the one before gave",
    )
    match: Pattern | None = Field(
        default=None,
        description="only what the first group of this finds in it; where all of it finds nothing that is counted, and "
        "where it does but its group is empty, it is known to mean nothing: `^(?:none|(.+))$`",
    )
    when: When = Field(default_factory=dict, description="only in records in which these paths hold these words")
    times: Times | None = Field(default=None, description="where this moment is written otherwise: formats, zone")
    scale: float | None = Field(default=None, description="a number is multiplied by this")
    after: Path | None = Field(
        default=None, description="a moment that lies so long after the one at this place as `path` says"
    )
    unit: Literal["seconds", "milliseconds", "minutes", "hours", "iso", "clock"] = Field(
        default="seconds", description="with `after`: in what `path` counts; `iso` is PT4H30M, `clock` 4:30 or 4:30:00"
    )
    counts: bool = Field(
        default=False, description="a word that its map does not know is counted even where a later rule gives a value"
    )

    @model_validator(mode="after")
    def _one(self) -> Rule:
        if bool(self.path) + (self.text is not None) + ("const" in self.model_fields_set) != 1:
            raise ValueError("say one of path, const, text")
        return self


def _rules(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Short: TypeAlias = Annotated[Rule, BeforeValidator(_rule, json_schema_input_type=str | Rule)]
Rules: TypeAlias = Annotated[
    tuple[Short, ...], BeforeValidator(_rules, json_schema_input_type=str | Rule | list[str | Rule])
]
"""A field's rules: one, or several of which the first that gives something counts."""
Fields: TypeAlias = dict[str, Rules]


class LinkRule(Strict):
    """A reference from the ticket to another one, or another name of its own."""

    kind: Literal["same", "cause", "follow_up", "alias"] = Field(
        description="same disturbance; caused by that change; neither; `alias`: no other ticket, but a number that "
        "this one had before, by which others may still name it"
    )
    path: Paths = Field(description="the reference, or a list of them; all paths count")
    evidence: Literal["url", "prefix", "key", "number", "issue_link", "auto"] = Field(
        default="auto",
        description="`issue_link`: an id or number in the same system; `auto`: told by its form, of other systems",
    )
    match: Pattern | None = Field(
        default=None, description="every find of this in it is a reference (its first group, if any)"
    )
    values: ShortMap | Words | None = Field(default=None, description="what stands there -> the reference, by a map")
    when: When = Field(default_factory=dict, description="only in records in which these paths hold these words")


class Observe(Strict):
    """Changes that the hub sees itself: a ticket that a pass brings otherwise than it is held has changed in between.

    They are marked as estimated: what is seen is that it happened after the pass before, and not after the change
    time. What a history tells later of the same ticket takes their place.
    """

    fields: tuple[Literal["state", "priority", "group", "major"], ...] = Field(
        default=("state", "priority", "group", "major"), min_length=1, description="what is compared"
    )
    unless: str | None = Field(
        default=None,
        description="a stream that stands before, or a `history` of this one: where it may be read nothing is observed",
    )
    moments: Fields = Field(
        default_factory=dict,
        description="state -> since when the record says that it is in it, which is then no estimate; of resolved, "
        "closed and cancelled these are `resolved_at` and `closed_at`",
    )


class References(Strict):
    """References of tickets that other streams read: of a list of relations, which need not change their tickets."""

    ticket: Path = Field(description="the id of the ticket that bears the reference, in a record")
    rules: tuple[LinkRule, ...] = Field(min_length=1, description="where the reference stands, as in `ticket.links`")


class ActorRule(Strict):
    """Whose act an event is. Names are compared and forgotten."""

    name: Paths = Field(
        default=(), description="account; compared with the operator's `automation` patterns and the requester"
    )
    match: Pattern | None = Field(
        default=None,
        description="the account is only the first group of this, where it is found: the id in `Kim Lee (7)`; patterns "
        "are compared with both",
    )
    automation: Words = Field(default=(), description="patterns of accounts that are no person in every such system")
    kind: Path | None = Field(default=None, description="a word that tells the class")
    kinds: dict[Word, Literal["person", "automation", "requester", "unknown"]] = Field(
        default_factory=dict, description="that word -> class"
    )
    absent: Literal["person", "automation", "requester", "unknown"] = Field(
        default="unknown", description="where none is named"
    )
    requester: Paths = Field(default=(), description="account of who asked, where a row tells it")


class Rows(Strict):
    """Rows inside records."""

    unfold: dict[str, Path] = Field(
        default_factory=dict,
        description="name -> list inside the one before; a row is then an object of `record` and these names",
    )


class EventRule(Strict):
    """Which rows tell that a dimension of the ticket has a new value."""

    kind: Literal["state", "priority", "group", "major", "comment"] = Field(description="what has a new value")
    when: When = Field(default_factory=dict, description="only rows in which these paths hold these words")
    to: Rules | None = Field(default=None, description="the new value: a rule as in `map`")
    old: Rules | None = Field(default=None, description="the value before, where it is told")
    over: Rules | None = Field(
        default=None,
        description="the value covers what other rules of its kind tell; where it gives nothing, that holds again, or "
        "where no row told any, this of the ticket's record",
    )
    word: Rules | None = Field(
        default=None, description="the vendor's own word for the new value; default: its first path"
    )
    public: bool | Rules | None = Field(
        default=None, description="whether the other side sees it: true, false, or a rule that gives 1 or 0"
    )

    @model_validator(mode="after")
    def _value(self) -> EventRule:
        if (self.to is None) != (self.kind == "comment"):
            raise ValueError("`to` says the new value; only a comment has none")
        return self
