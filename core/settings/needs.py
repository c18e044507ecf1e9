"""What a service stands on, as a person writes it: components, and `all`, `any`, `at_least` of such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Field, Tag

from core.model import Part, Structure
from core.settings import forms
from core.settings.mistakes import Place
from core.settings.words import PartName, Strict

_EXAMPLES = {
    "all": ["acme/web-hosting", {"any": ["globex/dc-east", "globex/dc-west"]}],
    "any": ["globex/dc-east", "globex/dc-west"],
    "of": ["initech/node-1", "initech/node-2", "initech/node-3"],
}


class AllOf(Strict):
    """Down when any part is down."""

    all: list[Needs] = Field(
        min_length=1, description="The service needs every one of these.", examples=[_EXAMPLES["all"]]
    )


class AnyOf(Strict):
    """Down when every part is down."""

    any: list[Needs] = Field(min_length=1, description="One of these is enough.", examples=[_EXAMPLES["any"]])


class AtLeast(Strict):
    """Down when fewer than so many parts are up."""

    at_least: int = Field(ge=1, description="How many of the parts in `of` must be up.", examples=[2])
    of: list[Needs] = Field(min_length=1, description="The parts that are counted.", examples=[_EXAMPLES["of"]])


def _form(value: Any) -> str | None:
    if isinstance(value, str):
        return "<part>"
    if isinstance(value, dict):
        said = [f"<{key}>" for key in ("all", "any", "at_least") if key in value]
        return said[0] if len(said) == 1 else None
    return None


Needs: TypeAlias = Annotated[
    Annotated[PartName, Tag("<part>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AtLeast, Tag("<at_least>")],
    Discriminator(
        _form,
        custom_error_type="form",
        custom_error_message="must say how many parts have to be up; write one of all: [...], any: [...] "
        "or at_least: 2, of: [...]",
    ),
]
AllOf.model_rebuild()
AnyOf.model_rebuild()
AtLeast.model_rebuild()


def structure(needs: Needs) -> Structure | Part:
    """The same for the KPI engine."""
    match needs:
        case str():
            return forms.part(needs)
        case AllOf(all=parts):
            needed = len(parts)
        case AnyOf(any=parts):
            needed = 1
        case AtLeast(at_least=needed, of=parts):
            pass
    return Structure(needed, tuple(structure(part) for part in parts))


def walk(needs: Needs, place: Place) -> Iterator[tuple[Place, Needs]]:
    """Everything that is nested in it, itself first, each with its place."""
    yield place, needs
    if isinstance(needs, str):
        return
    key, parts = members(needs)
    for index, part in enumerate(parts):
        yield from walk(part, (*place, key, index))


def members(needs: AllOf | AnyOf | AtLeast) -> tuple[str, list[Needs]]:
    """The parts one level below, and the key under which they stand."""
    match needs:
        case AllOf(all=parts):
            return "all", parts
        case AnyOf(any=parts):
            return "any", parts
        case AtLeast(of=parts):
            return "of", parts
