"""Options: what a manifest lets the operator say about one installation, checked and filled with defaults."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.manifest import Manifest, Option
from connectors.meanings import wrong_meanings
from core.connector import Problem

_EMPTY: Final[Mapping[str, Any]] = {"text": "", "texts": (), "number": None, "flag": False, "map": {}}


def filled(manifest: Manifest, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every option of a manifest with the operator's value or its default."""
    found = {}
    for name, option in manifest.options.items():
        value = said.get(name, option.default)
        if option.type == "texts" and isinstance(value, str):
            value = [value]
        found[name] = _EMPTY[option.type] if value is None else value
    return found


def problems(manifest: Manifest, said: Mapping[str, Any]) -> Sequence[Problem]:
    """What is wrong with an operator's options."""
    found = []
    for name, value in said.items():
        option = manifest.options.get(name)
        path = ("options", name)
        if option is None:
            close = difflib.get_close_matches(name, manifest.options, 1)
            known = ", ".join(manifest.options) or "none"
            hint = f"did you mean {close[0]!r}?" if close else f"known are {known}"
            found.append(Problem(path, f"unknown option; {hint}"))
        elif wrong := flaw(option, value):
            found.append(Problem(path, wrong))
        elif option.type == "map" and value:
            found += [Problem((*path, word), wrong) for word, wrong in wrong_meanings(manifest, name, value)]
    return found


def flaw(option: Option, value: Any) -> str:
    """What is wrong with a value, "" where nothing is."""
    match option.type:
        case "text":
            good, what = isinstance(value, str), "a text"
        case "texts":
            good, what = isinstance(value, str) or _all_texts(value), "a list of texts"
        case "number":
            good, what = isinstance(value, int | float) and not isinstance(value, bool), "a number"
        case "flag":
            good, what = isinstance(value, bool), "true or false"
        case "map":
            good = isinstance(value, Mapping) and all(
                isinstance(v, str | int | float | bool | None) for v in value.values()
            )
            what = "a mapping of words"
    if not good:
        return f"must be {what}, not {type(value).__name__}"
    words = [value] if not isinstance(value, list) else value
    if option.choices and any(str(word) not in option.choices for word in words):
        return f"must be one of {', '.join(option.choices)}"
    return ""


def _all_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str | int) for item in value)
