"""A manifest's text: the file itself, and where it extends another manifest, the two of them as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from core.connector import ManifestError

Find: TypeAlias = Callable[[Path, str], Path]
"""The file that extends another one, and the name it extends -> that one's file. Raises `ManifestError`."""
EXTENDS: Final = "extends"
WITHOUT: Final = "without"


@dataclass(frozen=True, slots=True)
class Document:
    """What a manifest says, with the files that say it: its own first, then what it extends."""

    data: Mapping[str, Any]
    files: Sequence[tuple[Path, str]]

    def place(self, path: Sequence[str | int]) -> str:
        """File and line of a path, in the first of the files in which the whole of it stands; else its own file's."""
        found = [(file, *_line(YAML().compose(text), path)) for file, text in self.files]
        file, line, _ = next((one for one in found if one[2]), found[0])
        return f"{file}:{line}"


def read(path: Path, find: Find) -> Document:
    """The document in a file. Raises `ManifestError`, also where manifests extend each other in a circle."""
    files: list[tuple[Path, str]] = []
    data = _merged(path, find, files)
    return Document(data, files)


def _merged(path: Path, find: Find, files: list[tuple[Path, str]]) -> dict[str, Any]:
    text, data = _own(path)
    if any(path == file for file, _ in files):
        chain = " extends ".join(str(file) for file, _ in [*files, (path, text)])
        raise ManifestError(f"{chain}: manifests extend each other in a circle")
    files.append((path, text))
    own = dict(data)
    name, without = own.pop(EXTENDS, None), own.pop(WITHOUT, ())
    if name is None and not without:
        return own
    if not isinstance(name, str):
        raise ManifestError(
            f"{_at(path, text, EXTENDS)}: is the name of a manifest, of which `without` leaves out parts"
        )
    below = _merged(find(path, name), find, files)
    for said in [without] if isinstance(without, str) else without:
        below = _less(below, str(said).split("."), f"{_at(path, text, WITHOUT)}: {said}")
    return _over(below, own)


def _at(path: Path, text: str, key: str) -> str:
    return f"{path}:{_line(YAML().compose(text), [key])[0]}: {key}"


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are joined key by key; anything else that stands above replaces what stands below."""
    joined = dict(below)
    for key, value in above.items():
        under = joined.get(key)
        joined[key] = _over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return joined


def _less(data: Mapping[str, Any], path: Sequence[str], where: str) -> dict[str, Any]:
    """A mapping without what stands at a path."""
    head, *rest = path
    if head not in data:
        raise ManifestError(f"{where}: there is no {head!r}; there are {', '.join(map(str, data))}")
    if not rest:
        return {key: value for key, value in data.items() if key != head}
    inside = data[head]
    if not isinstance(inside, dict):
        raise ManifestError(f"{where}: {head!r} is no mapping, so that nothing can be left out of it")
    return {**data, head: _less(inside, rest, where)}


def _own(path: Path) -> tuple[str, Mapping[str, Any]]:
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: is not UTF-8 text: {error.reason}") from error


_HINTS: Final[Mapping[str, str]] = {
    "expected <block end>": "; the line is indented otherwise than those it belongs to",
    "mapping values are not allowed": "; the line is indented too far, or a text with `: ` in it needs quotes",
    "'\\t'": "; indent with spaces, not with tabs",
}
"""What the words of the YAML library mostly mean."""


@lru_cache(64)
def _parsed(path: Path, stamp: int) -> tuple[str, Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8")
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
        hint = next((hint for words, hint in _HINTS.items() if words in str(problem)), "")
        raise ManifestError(f"{where}: is no YAML: {problem}{hint}") from error
    if not isinstance(data, dict):
        raise ManifestError(f"{path}:1: a manifest is a mapping that begins with `siamhub: 1`")
    return text, data


def _line(node: Node | None, path: Sequence[str | int]) -> tuple[int, bool]:
    """The line of the longest part of a path that stands in a document, and whether that is all of it."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                return line, False
            key, node = found[0]
            line = key.start_mark.line + 1
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line, False
    return line, True
