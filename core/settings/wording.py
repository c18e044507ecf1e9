"""What pydantic finds wrong, in sentences for the operator; what was written is shown, what it stands for never is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from core.settings.editor import example, known_keys
from core.settings.forms import UnshownError
from core.settings.mistakes import Place, hint, quoted
from core.settings.text import Text, at
from core.settings.words import TAGS

Found: TypeAlias = tuple[Place, str]
"""Where and what, before lines are known."""


def found(error: Mapping[str, Any], text: Text) -> Found:
    """One of pydantic's errors: its place in the file and the sentence to say."""
    place: Place = ()
    for step in error["loc"]:
        here = at(text.value, place)
        if step not in TAGS or (isinstance(here, dict) and step in here):  # a key may look like a tag
            place = (*place, step)
    of_key = place[-1:] == ("[key]",)
    if of_key:
        place = place[:-1]
    words = _WORDS.get(error["type"], _other)
    return place, words(error, place, quoted(str(place[-1])) if of_key else text.shown(place), text)


def _example(place: Place) -> Any:
    given = example(place)
    if given is None and place and isinstance(place[-1], int):
        around = example(place[:-1])
        return around[0] if isinstance(around, list) else None
    return given


def _like(place: Place) -> str:
    given = _example(place)
    return "" if given is None or isinstance(given, bool) else f", such as {flow(given)}"


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9/][\w./+@ -]*(:/[\w.:/+@-]*)?", value):
        return value
    return json.dumps(value, ensure_ascii=False)


_KINDS: Final = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}


def _wants(what: str) -> Callable[[Any, Place, str, Text], str]:
    def words(error: Any, place: Place, shown: str, text: Text) -> str:
        is_ = _KINDS.get(type(at(text.value, place)), "something else")
        return f"{shown or 'this'} is {is_}; {what} is wanted here{_like(place)}"

    return words


def _text_wanted(error: Any, place: Place, shown: str, text: Text) -> str:
    sentence = _wants("text")(error, place, shown, text)
    is_scalar = place in text.written
    if not is_scalar:
        return sentence
    if "auth" in place:
        return "this is no text; put it in quotes"
    given = _example(place)
    if isinstance(given, str) and re.search(r"\d", given):  # a form of its own, which quotes would not make right
        return sentence
    kind = _KINDS.get(type(at(text.value, place)), "no text")
    return f"{shown} is {kind}; put it in quotes where text is meant"


def _unknown_key(error: Any, place: Place, shown: str, text: Text) -> str:
    key, known = str(place[-1]), known_keys(place[:-1])
    here = at(text.value, place[:-1]) or ()
    return f"unknown key; {hint(key, [name for name in known if name not in here] or known)}"


def _missing(error: Any, place: Place, shown: str, text: Text) -> str:
    given = example(place)
    return f"missing; add {place[-1]}: {flow(given) if given is not None else '...'}"


def _ours(error: Any, place: Place, shown: str, text: Text) -> str:
    reason = error["ctx"]["error"]
    if isinstance(reason, UnshownError) or not (shown or "auth" in place):
        return str(reason)
    return f"{shown or 'this'} {reason}"


def _choice(error: Any, place: Place, shown: str, text: Text) -> str:
    known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    word = text.written.get(place, "")
    if place not in text.written:
        return f"wrong kind of value; write {' or '.join(known)}{_like(place) if len(known) == 1 else ''}"
    return f"{shown} is not known; {hint(word, known)}"


def _empty(error: Any, place: Place, shown: str, text: Text) -> str:
    return f"names nothing; write at least one{_like(place)}, or delete the key"


def _bound(error: Any, place: Place, shown: str, text: Text) -> str:
    ((word, limit),) = error["ctx"].items()
    return f"{shown} is too {'small' if word == 'ge' else 'large'}; the limit is {limit}"


def _said(error: Any, place: Place, shown: str, text: Text) -> str:
    return f"{shown} {error['msg']}".lstrip()


def _other(error: Any, place: Place, shown: str, text: Text) -> str:
    return f"{shown or 'this'} cannot stand here{_like(place)}"


_WORDS: Final[Mapping[str, Callable[[Any, Place, str, Text], str]]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "value_error": _ours,
    "form": _said,
    "literal_error": _choice,
    "too_short": _empty,
    "greater_than_equal": _bound,
    "less_than_equal": _bound,
    "string_type": _text_wanted,
    "model_type": _wants("a mapping (key: value)"),
    "model_attributes_type": _wants("a mapping (key: value)"),
    "dict_type": _wants("a mapping (key: value)"),
    "list_type": _wants("a list"),
    "bool_type": _wants("true or false"),
    "int_type": _wants("a whole number"),
    "int_from_float": _wants("a whole number"),
    "float_type": _wants("a number"),
}
