"""Manifest files: read, checked, and refused with file, line and path of what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors.check import check
from connectors.document import Document, Find, read
from connectors.manifest import Manifest
from connectors.named import Wrong
from core.connector import ManifestError


def beside(path: Path, name: str) -> Path:
    """A manifest that another one extends, where no registry knows names: `name.yaml` in the same folder."""
    return path.with_name(f"{name}.yaml")


def load(path: Path, find: Find = beside) -> Manifest:
    """The manifest in a file, joined with what it extends. Raises `ManifestError`, a line for each thing wrong."""
    document = read(path, find)
    return _checked(_Read(document))


class _Read:
    """A document by which a cache knows it: the texts of its files."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __hash__(self) -> int:
        return hash(tuple(self.document.files))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Read) and self.document.files == other.document.files


@lru_cache(64)
def _checked(said: _Read) -> Manifest:
    document = said.document
    try:
        manifest = Manifest.model_validate(document.data)
    except ValidationError as error:
        # A misspelt key is two errors, unknown and missing: the one that says how to spell it comes first.
        problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        raise ManifestError("\n".join(_problem(document, dict(one)) for one in problems)) from error
    wrong = check(manifest)
    if wrong:
        raise ManifestError(
            "\n".join(_said(document, Wrong(_existing(document.data, one.path), one.message)) for one in wrong)
        )
    return manifest


def _problem(document: Document, error: Mapping[str, Any]) -> str:
    place = _existing(document.data, error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = _siblings()
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        message = f"unknown key; did you mean {close[0]!r}?" if close else "unknown key"
        place = (*_existing(document.data, error["loc"][:-1]), error["loc"][-1])
    elif error["type"] == "missing":
        message = f"{error['loc'][-1]!r} is missing"
    return _said(document, Wrong(tuple(place), message))


def _said(document: Document, wrong: Wrong) -> str:
    return f"{document.place(wrong.path)}: {dotted(wrong.path)}: {wrong.message}"


def dotted(path: Sequence[str | int]) -> str:
    """A path as a person reads it: streams.incident.history[0]."""
    said = ""
    for part in path:
        name = part if isinstance(part, int) else "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(part))
        said += f"[{name}]" if isinstance(part, int) else f".{name}" if said else str(name)
    return said or "the manifest"


def _existing(data: Any, loc: Sequence[Any]) -> tuple[str | int, ...]:
    """The part of pydantic's path that stands in the document: names of union members are left out."""
    place: list[str | int] = []
    for part in loc:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        if inside:
            data = data[part]
            place.append(part)
    return tuple(place)


def _siblings() -> list[str]:
    """Keys that may stand where an unknown one stands: of every model of the language, since few names differ."""
    names = set(Manifest.model_fields)
    for definition in Manifest.model_json_schema().get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return sorted(names)
