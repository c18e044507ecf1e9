"""Reading the configuration: the file and its variables in, the settings or all mistakes out."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.connector import Kinds, ManifestError
from core.model import Instant
from core.settings.checks import check, check_connectors, check_since
from core.settings.compiling import compiled, local_day
from core.settings.draft import Draft, draft
from core.settings.mistakes import Mistake, Place, SettingsError, located, path_text
from core.settings.result import Settings
from core.settings.text import SyntaxMistake, Text, read
from core.settings.variables import substitute
from core.settings.wording import Found


def load(path: Path, environ: Mapping[str, str], kinds: Callable[[Path | None], Kinds], now: Instant) -> Settings:
    """The settings in a file, complete and checked.

    `kinds` is called with the folder of the operator's own manifests and returns the connectors there are; `now`
    tells which day it is. Raises `SettingsError` with every mistake in the file, `ManifestError` for a bad manifest.
    """
    text = _text(path)
    values, unread = _substituted(text, environ, path.parent)
    text = replace(text, value=values)
    sketch = draft(text, unread)
    file = sketch.file
    found = [*sketch.wrong, *check(sketch)]
    found += check_since(sketch, local_day(file.timezone, now).date())
    found += _paths(sketch, path.parent)
    found += _connectors(sketch, found, path.parent, kinds)
    if found:
        raise SettingsError(str(path), [_mistake(text, place, message) for place, message in dict.fromkeys(found)])

    def place_of(place: Place) -> str:
        return located(str(path), text.line(place), path_text(place))

    return compiled(file, path.parent, place_of, text.written, now)


def _text(path: Path) -> Text:
    """The file's content, whatever becomes of it. Raises `SettingsError`."""

    def refuse(message: str, line: int | None = None) -> SettingsError:
        return SettingsError(str(path), [Mistake(line, "", message)])

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise refuse("there is no such file; write one, or name another with --config") from None
    except IsADirectoryError:
        raise refuse("this is a folder; name a file in it with --config") from None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return read(content.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refuse("not UTF-8; save the file in that encoding", line) from None
    except SyntaxMistake as error:
        raise refuse(error.message, error.line) from None


def _substituted(text: Text, environ: Mapping[str, str], folder: Path) -> tuple[Any, list[Found]]:
    """The file's values with every `${...}` looked up, and what could not be."""
    wrong: list[Found] = []

    def completed(value: Any, place: Place) -> Any:
        match value:
            case dict():
                return {key: completed(each, (*place, key)) for key, each in value.items()}
            case list():
                return [completed(each, (*place, index)) for index, each in enumerate(value)]
            case str():
                whole, mistakes = substitute(value, environ, folder)
                wrong.extend((place, message) for message in mistakes)
                return whole
            case _:
                return value

    return completed(text.value, ()), wrong


def _paths(sketch: Draft, folder: Path) -> list[Found]:
    """Files and folders that are named and not there."""
    found: list[Found] = []
    connectors, web = sketch.file.connectors, sketch.file.web.config_file
    if connectors is not None and not (folder / connectors).is_dir():
        found.append((("connectors",), "there is no such folder; make it, or delete the key"))
    if web is not None and not (folder / web).is_file():
        found.append((("web", "config_file"), "there is no such file; write it, or delete the key"))
    return found


def _connectors(sketch: Draft, found: list[Found], folder: Path, kinds: Callable[[Path | None], Kinds]) -> list[Found]:
    """What the connectors say; nothing where it is not known which connectors there are."""
    if any(place[:1] == ("connectors",) for place, _ in found):
        return []
    connectors = sketch.file.connectors
    try:
        known = kinds(folder / connectors if connectors is not None else None)
        return list(check_connectors(sketch, known))
    except ManifestError:
        if found:  # the file's own mistakes come first; the manifest's is said when they are mended
            return []
        raise


def _mistake(text: Text, place: Place, message: str) -> Mistake:
    line = next((line for where, line, said in text.mistakes if (where, said) == (place, message)), text.line(place))
    return Mistake(line if text.lines else None, path_text(place), message)
