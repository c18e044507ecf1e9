"""Whether every option, found value and map that a manifest names is one that it declares, wherever the name stands."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from connectors.manifest import Cursor, Manifest, Option
from connectors.manifest_map import LinkRule, Rule, Times, ValueMap
from connectors.paths import holes
from connectors.words import SAID_ZONE

At: TypeAlias = tuple[str | int, ...]

_PROSE: Final = frozenset(("title", "description", "hint", "suffers", "grant", "lacks"))
_CONDITIONS: Final = frozenset(("when", "only", "enabled"))


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong in a manifest, and where."""

    path: At
    message: str


def undeclared(manifest: Manifest, values: Collection[str], maps: Collection[str]) -> Iterator[Wrong]:
    """Names that are not declared. `values`: "options.x", "found.x"; `maps`: names of maps.

    No list of places is kept here: a new key of the language is checked as soon as it is there.
    """
    yield from _Walk(values, maps, manifest.options).of(manifest, ())


def unknown(name: str, known: Collection[str]) -> str:
    """That a name is not declared, which one may have been meant, and which there are."""
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{name!r} is not declared; {hint}known are {', '.join(sorted(known)) or 'none'}"


@dataclass(frozen=True, slots=True)
class _Walk:
    values: Collection[str]
    maps: Collection[str]
    options: Mapping[str, Option]

    def of(self, value: Any, at: At) -> Iterator[Wrong]:
        if isinstance(value, str):
            for name in sorted(holes(value) - set(self.values)):
                yield Wrong(at, f"${name}: {unknown(name, self.values)}")
        elif isinstance(value, BaseModel):
            yield from self._model(value, at)
        elif isinstance(value, Mapping):
            if at and at[-1] in _CONDITIONS:
                yield from self._words(value, at)
            for key, part in value.items():
                yield from self.of(key, (*at, key))
                yield from self.of(part, (*at, key))
        elif isinstance(value, list | tuple):
            for place, part in enumerate(value):
                yield from self.of(part, (*at, place))

    def _model(self, model: BaseModel, at: At) -> Iterator[Wrong]:
        if isinstance(model, ValueMap) and model.option is not None and model.option not in self.options:
            yield Wrong((*at, "option"), unknown(model.option, self.options))
        if isinstance(model, Rule | LinkRule) and isinstance(model.values, tuple):
            for name in model.values:
                if name not in self.maps:
                    yield Wrong(at, f"values: {unknown(name, self.maps)}")
        if isinstance(model, Times | Cursor) and (wrong := self._zone(model.zone)):
            yield Wrong((*at, "zone"), wrong)
        for name, field in type(model).model_fields.items():
            if name not in _PROSE:
                yield from self.of(getattr(model, name), (*at, field.alias or name))

    def _zone(self, said: str) -> str:
        """What is wrong with a time zone that an option tells."""
        found = SAID_ZONE.fullmatch(said)
        option = self.options.get(found[1].removeprefix("options.")) if found else None
        if option is None or option.type == "text":
            return ""
        return f"a time zone is one text, and the option that {said} names is of type {option.type}; say type: text"

    def _words(self, condition: Mapping[str, Any], at: At) -> Iterator[Wrong]:
        """Words of conditions that stand for something, but in no form that is known."""
        for path, words in condition.items():
            for word in words if isinstance(words, tuple) else ():
                if word.startswith("$") and not holes(word):
                    yield Wrong((*at, path), f"{word}: {unknown(word[1:], self.values)}")
