"""The configuration file as it is written: plain values, and for each of them its line and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from core.settings.mistakes import Place, quoted

_DEPTH: Final = 50
_VALUES: Final = 100_000
"""A file of aliases of aliases may say little and mean billions of values; an honest one stays far below this."""

_TAG: Final = "tag:yaml.org,2002:"
_NULL, _TRUE = ("", "~", "null"), ("true", "yes", "on", "y")

# The parser's own words may quote a piece of the file, which may be a password: ours never do.
_SYNTAX: Final = (
    (r"character '\\t'", "a tab stands where YAML wants blanks; indent with blanks"),
    (r"character .* cannot start any token", "a text that begins with @, %, ` or the like must stand in quotes"),
    (r"undefined alias", "*name refers to an anchor that is not in the file; a text that begins with * goes in quotes"),
    (r"mapping values are not allowed", "a second colon, or a wrong indentation; put a text with a colon in quotes"),
    (r"expected ',' or", "a list or mapping in brackets is not closed, or a comma is missing"),
    (r"expected <block end>", "this line is not indented like its neighbours, or mixes a list with keys"),
    (r"unexpected end of stream", "a quotation mark is not closed"),
    (r"could not find expected ':'", "a key without a colon; write key: value"),
    (r"another document", "a second document begins; siamhub reads one, delete the line ---"),
    (r"maximum depth", "nested more deeply than any configuration is"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A file's content. Keys are texts, as written; there are no dates, since YAML 1.2 has none."""

    value: Any
    lines: Mapping[Place, int]  # of a key where there is one, else of the value
    written: Mapping[Place, str]  # scalars as they stand in the file, so before `${...}` was looked up
    mistakes: tuple[tuple[Place, int, str], ...] = ()  # place, line, message

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it that is there."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def shown(self, place: Place) -> str:
        """What was written there, a text in quotes; empty where it is no scalar, or may be a secret typed in."""
        if "auth" in place or place not in self.written:
            return ""
        return quoted(self.written[place]) if isinstance(at(self.value, place), str) else self.written[place]


class SyntaxMistake(Exception):  # noqa: N818  # a `Mistake` that ends the reading
    """The file is no YAML; nothing in it can be used."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read(text: str) -> Text:
    """The values of a YAML 1.2 document; an empty one is None. Raises `SyntaxMistake`."""
    reader = _Reader()
    root = _compose(text)
    value = None if root is None else reader.value(root, ())
    return Text(value, reader.lines, reader.written, tuple(reader.mistakes))


def scalars(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Everything in a value that is neither a mapping nor a list, with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from scalars(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from scalars(each, (*place, index))
    else:
        yield place, value


def at(value: Any, place: Place) -> Any:
    """What stands at a place of a value; None where nothing does."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _DEPTH
    yaml.composer.warn_double_anchors = False  # allowed by YAML: an alias means the last one before it
    try:
        node: Node | None = yaml.compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SyntaxMistake(line, "a character that text cannot contain; delete it") from None
    except MarkedYAMLError as error:
        problem, mark = error.problem or "", error.problem_mark or error.context_mark
        said = next((ours for theirs, ours in _SYNTAX if re.search(theirs, problem)), "no valid YAML; check the quotes")
        line = mark.line + 1 if mark is not None else 1
        since = error.context_mark.line + 1 if error.context_mark is not None else line
        raise SyntaxMistake(
            line, said + (f" (it began in line {since})" if since < line and "not closed" in said else "")
        ) from None
    except YAMLError:
        raise SyntaxMistake(1, "no valid YAML") from None
    return node


@dataclass(slots=True)
class _Reader:
    """Makes values of nodes and notes where they stood."""

    lines: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    mistakes: list[tuple[Place, int, str]] = field(default_factory=list)
    _above: list[Node] = field(default_factory=list)
    _count: int = 0

    def value(self, node: Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self._count += 1
        if self._count > _VALUES:
            raise SyntaxMistake(line, f"aliases make this file mean more than {_VALUES:,} values")
        if any(node is other for other in self._above):
            self.mistakes.append((place, line, "an alias that contains itself; write the value out"))
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        self._above.append(node)
        try:
            if isinstance(node, SequenceNode):
                return [self.value(each, (*place, index)) for index, each in enumerate(node.value)]
            assert isinstance(node, MappingNode)  # there is no fourth kind
            return self._mapping(node, place)
        finally:
            self._above.pop()

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.mistakes.append((place, line, "a key must be a plain text"))
                continue
            key = str(key_node.value)
            here = (*place, key)
            if key_node.tag == _TAG + "merge":
                self.mistakes.append((here, line, "merge keys are not YAML 1.2; write the keys out"))
            elif key in values:
                message = f"the key stands twice, first in line {self.lines[here]}; delete one"
                self.mistakes.append((here, line, message))
            else:
                self.lines[here] = line
                values[key] = self.value(value_node, here)
        return values

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        text = str(node.value)
        self.written[place] = text
        match str(node.tag).removeprefix(_TAG):
            case "str" | "timestamp" | "merge" | "value":
                return text
            case "null" if text.lower() in _NULL:
                return None
            case "bool":
                return text.lower() in _TRUE
            case "int" | "float" as kind:
                return _number(text, kind)
            case _:
                self.mistakes.append((place, self.lines[place], "a YAML tag (!name) means nothing here; delete it"))
                return text


def _number(text: str, kind: str) -> int | float | str:
    """A number as YAML 1.2 writes it; what Python cannot read stays text."""
    plain = text.replace("_", "").lower()
    try:
        if kind == "int":
            return int(plain, {"0x": 16, "0o": 8}.get(plain.lstrip("+-")[:2], 10))
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
