"""Manifest files: read, checked, and refused with file, line and path of what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from connectors.check import Wrong, check
from connectors.manifest import Manifest
from core.connector import ManifestError


@lru_cache(64)
def _read(path: Path, stamp: int) -> Manifest:
    text = path.read_text(encoding="utf-8")
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
        raise ManifestError(f"{where}: is no YAML: {problem}") from error
    if not isinstance(data, dict):
        raise ManifestError(f"{path}:1: a manifest is a mapping that begins with `siamhub: 1`")
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        # A misspelt key is two errors, unknown and missing: the one that says how to spell it comes first.
        problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        raise ManifestError("\n".join(_problem(path, text, data, dict(one)) for one in problems)) from error
    wrong = check(manifest)
    if wrong:
        raise ManifestError("\n".join(_said(path, text, one) for one in wrong))
    return manifest


def load(path: Path) -> Manifest:
    """The manifest in a file. Raises `ManifestError`, one line for each thing that is wrong."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: is not UTF-8 text: {error.reason}") from error


def _problem(path: Path, text: str, data: Any, error: dict[str, Any]) -> str:
    place = _existing(data, error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = _siblings(error["loc"])
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        message = f"unknown key; did you mean {close[0]!r}?" if close else "unknown key"
        place = (*_existing(data, error["loc"][:-1]), error["loc"][-1])
    elif error["type"] == "missing":
        message = f"{error['loc'][-1]!r} is missing"
    return _said(path, text, Wrong(tuple(place), message))


def _said(path: Path, text: str, wrong: Wrong) -> str:
    node = YAML().compose(text)
    return f"{path}:{_line(node, wrong.path)}: {dotted(wrong.path)}: {wrong.message}"


def dotted(path: Sequence[str | int]) -> str:
    """A path as a person reads it: streams.incident.history[0]."""
    said = ""
    for part in path:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return said or "the manifest"


def _existing(data: Any, loc: Sequence[Any]) -> tuple[str | int, ...]:
    """The part of pydantic's path that stands in the file: names of union members are left out."""
    place: list[str | int] = []
    for part in loc:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        if inside:
            data = data[part]
            place.append(part)
    return tuple(place)


def _line(node: Node | None, path: Sequence[str | int]) -> int:
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                return line
            key, node = found[0]
            line = key.start_mark.line + 1
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _siblings(loc: Sequence[Any]) -> list[str]:
    """Keys that may stand where an unknown one stands: of every model of the language, since few names differ."""
    names = set(Manifest.model_fields)
    for definition in Manifest.model_json_schema().get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return sorted(names)
