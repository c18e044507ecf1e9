"""Texts with placeholders, `{name|filter:argument}`: what a manifest may put together, without any code in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""What placeholders stand for: "size", "since", "options.projects", "found.zone"."""


_DECLARED: Final = {
    "options": "option {!r} is declared under `options`",
    "found": "question of `discover` takes {!r}",
}


class TemplateError(ValueError):
    """A text that is no template; the message says what is wrong in it."""


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str
    filters: tuple[tuple[str, str], ...]


class Template:
    """A compiled text. What it may name is checked while loading, so that rendering cannot fail."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str) -> None:
        """Raises `TemplateError`."""
        self.text: Final = text
        self._parts: Final = tuple(_parse(text))

    @property
    def names(self) -> frozenset[str]:
        """The names of its placeholders."""
        return frozenset(part.name for part in self._parts if isinstance(part, _Hole))

    def render(self, values: Values) -> Any:
        """The text with its placeholders filled in.

        A template that is one placeholder and nothing else gives the value as it is (a number, a list, None);
        inside a text None is nothing, True is `true`, and a list is joined with commas.
        """
        if len(self._parts) == 1 and isinstance(self._parts[0], _Hole):
            return _filled(self._parts[0], values)
        return self.string(values)

    def string(self, values: Values, clean: Callable[[str], str] = str) -> str:
        """The same, always as text; `clean` is applied to what is filled in, so that it can be encoded."""
        return "".join(part if isinstance(part, str) else clean(as_text(_filled(part, values))) for part in self._parts)

    def check(self, known: Collection[str]) -> None:
        """Raises `TemplateError` where a placeholder names something unknown."""
        for name in sorted(self.names - set(known)):
            kind, _, own = name.partition(".")
            if own and kind in _DECLARED:
                there = sorted(one.partition(".")[2] for one in known if one.startswith(f"{kind}."))
                close = difflib.get_close_matches(own, there, 1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                raise TemplateError(
                    f"{{{name}}}: no {_DECLARED[kind].format(own)}; {hint}known are {', '.join(there) or 'none'}"
                )
            raise TemplateError(f"{{{name}}} stands for nothing here; known are {', '.join(sorted(known))}")


def as_text(value: Any) -> str:
    """A value as it stands inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(as_text, value))
    return str(value)


def _each(change: Callable[[str], str]) -> Callable[[Any, str], Any]:
    def apply(value: Any, _: str) -> Any:
        if isinstance(value, list | tuple):
            return [change(as_text(item)) for item in value]
        return change(as_text(value))

    return apply


def _join(value: Any, by: str) -> str:
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    return by.join(map(as_text, items))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


FILTERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "join": _join,
    "quote": _each(_quote),
    "lower": _each(str.lower),
    "upper": _each(str.upper),
    "prefix": lambda value, word: word + as_text(value) if as_text(value) else "",
    "suffix": lambda value, word: as_text(value) + word if as_text(value) else "",
    "first": lambda value, _: (value[0] if value else None) if isinstance(value, list | tuple) else value,
    "text": lambda value, _: as_text(value),
    "or": lambda value, word: value if as_text(value) else word,
}
"""`join:, ` puts a list together; `quote` puts each into double quotes; `prefix:` and `suffix:` add a text where there
is a value; `or:` stands in where there is none; `first` takes the first of a list; `text` makes a number a text."""

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([a-z_][a-z0-9_.]*)((?:\|[^{}|]*)*)\}|[{}]")


def _parse(text: str) -> list[str | _Hole]:
    parts: list[str | _Hole] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        end = token.end()
        if token[0] in ("{{", "}}"):
            parts.append(token[0][0])
        elif token[1] is None:
            raise TemplateError(
                f"{text!r}: a lone {token[0]!r} at {token.start() + 1}; write {token[0] * 2} for the sign itself, "
                "{name} for a value"
            )
        else:
            parts.append(_Hole(token[1], tuple(_filters(text, token[2]))))
    parts.append(text[end:])
    return [part for part in parts if part != ""] or [""]


def _filters(text: str, said: str) -> list[tuple[str, str]]:
    found = []
    for piece in said.split("|")[1:]:
        name, _, argument = piece.partition(":")
        if name not in FILTERS:
            raise TemplateError(f"{text!r}: there is no filter {name!r}; known are {', '.join(FILTERS)}")
        found.append((name, argument))
    return found


def _filled(hole: _Hole, values: Values) -> Any:
    value = values.get(hole.name)
    for name, argument in hole.filters:
        value = FILTERS[name](value, argument)
    return value
