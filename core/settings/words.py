"""The types that fields of the configuration have: what may stand there, checked, and told to editors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from core.settings import forms, hours

_REFERENCE: Final = r"\$\{"
"""Editors must not complain of a text that `${...}` completes at start."""


def _checked(read: Callable[[Any], Any]) -> AfterValidator:
    """Refuse what `read` cannot read; the field keeps what was written."""

    def check(written: Any) -> Any:
        read(written)
        return written

    return AfterValidator(check)


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$|{_REFERENCE}"})


def _key(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


class Strict(BaseModel):
    """What all parts of the file have in common: no other keys, no guessing of types, no values in messages."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


Some: TypeAlias = Annotated[str, _checked(forms.some), WithJsonSchema({"type": "string", "minLength": 1})]
Duration: TypeAlias = Annotated[str, _checked(forms.duration), _text(forms.DURATION)]
DurationOrNever: TypeAlias = Annotated[str, _checked(forms.duration_or_never), _text(f"never|{forms.DURATION}")]
Window: TypeAlias = Annotated[str, _checked(forms.window), _text(forms.DURATION)]
Zone: TypeAlias = Annotated[str, _checked(forms.zone), WithJsonSchema({"type": "string"})]
Holidays: TypeAlias = Annotated[str, _checked(forms.holiday_calendar), _text("[A-Z]{2,3}(-.+)?")]
Day: TypeAlias = Annotated[str, _checked(forms.day), _text("[0-9]{4}-[0-9]{2}-[0-9]{2}")]
MeetingDay: TypeAlias = Annotated[str, _checked(forms.meeting_day), _text(forms.MEETING_DAY)]
Clock: TypeAlias = Annotated[str, _checked(forms.clock), _text(forms.CLOCK)]
Listen: TypeAlias = Annotated[str, _checked(forms.listen), _text(".*:[0-9]{1,5}")]
WebAddress: TypeAlias = Annotated[str, _checked(forms.base_url), _text("https?://.+")]
Database: TypeAlias = Annotated[str, _checked(forms.database), _text(r"sqlite:///.+|postgresql\+psycopg://.+")]
PartName: TypeAlias = Annotated[str, _checked(forms.part), _text(f"{forms.KEY}/[^/]+")]

SupplierKey: TypeAlias = Annotated[str, _checked(forms.supplier_key), _key(forms.KEY)]
ServiceKey: TypeAlias = Annotated[str, _checked(forms.service_key), _key(forms.KEY)]
ComponentKey: TypeAlias = Annotated[str, _checked(forms.component), _key(r"[^/\s]([^/]*[^/\s])?")]

Ratio: TypeAlias = Annotated[
    float, _checked(forms.ratio), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Weight: TypeAlias = Annotated[float, _checked(forms.weight), WithJsonSchema({"type": "number", "minimum": 0})]
Patterns: TypeAlias = Annotated[list[Some], Field(min_length=1)]
"""Shell patterns of names in a supplier's system."""

SpanText: TypeAlias = Annotated[str, _checked(hours.span), _text(hours.SPAN_PATTERN)]
DayText: TypeAlias = Annotated[str, _checked(hours.days), _key(hours.DAY_PATTERN)]


def _one_or_many(value: Any) -> str:
    return "<many>" if isinstance(value, list) else "<one>"


TAGS: Final = frozenset({"<one>", "<many>", "<always>", "<hours>", "<part>", "<all>", "<any>", "<at_least>"})
"""Which of several forms was written; pydantic puts them into the place of an error, where they are no keys."""

Spans: TypeAlias = Annotated[
    Annotated[SpanText, Tag("<one>")] | Annotated[list[SpanText], Field(min_length=1), Tag("<many>")],
    Discriminator(_one_or_many),
]


class Hours(Strict):
    """Weekly hours in local time."""

    timezone: Zone | None = Field(
        default=None, description="Time zone of these hours; default: the file's.", examples=["Europe/Amsterdam"]
    )
    weekly: Annotated[dict[DayText, Spans], _checked(hours.week), Field(min_length=1)] = Field(
        description="Open hours by day or span of days; several a day as a list; 24:00 is the end of a day.",
        examples=[{"mon-fri": "07:00-22:00", "sat": ["09:00-12:00", "13:00-17:00"]}],
    )
    holidays: Holidays | None = Field(
        default=None,
        description="Public holidays to leave out: a country or a part of one, as the `holidays` library names them.",
        examples=["NL", "DE-BY"],
    )


def _always_or_hours(value: Any) -> str | None:
    return "<hours>" if isinstance(value, dict) else "<always>" if value == "always" else None


OpenHours: TypeAlias = Annotated[
    Annotated[Literal["always"], Tag("<always>")] | Annotated[Hours, Tag("<hours>")],
    Discriminator(
        _always_or_hours,
        custom_error_type="form",
        custom_error_message='cannot stand here; write always, or {weekly: {mon-fri: "07:00-22:00"}}',
    ),
]
