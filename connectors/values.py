"""Value maps: a vendor's words become ours, each word looked up once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from connectors.manifest_map import ValueMap


def is_pattern(word: str) -> bool:
    """Whether a word of a manifest stands for many: `*` is any text, `?` any sign. Brackets are what they are."""
    return "*" in word or "?" in word


def fits(text: str, word: str) -> bool:
    """Whether a text is one that a word stands for; both in folded case."""
    return text == word or (is_pattern(word) and fnmatchcase(text, word.replace("[", "[[]")))


UNKNOWN: Final = object()
"""No map knows the word."""
Lookup: TypeAlias = Callable[[str], Any]
"""A word -> what it means here; None: known to mean nothing; `UNKNOWN`: not known."""

_MOST: Final = 10_000


def lookup(value_map: ValueMap, options: Mapping[str, Any]) -> Lookup:
    """A map of the manifest with the operator's words in front."""
    exact: dict[str, Any] = {}
    patterns: list[tuple[str, Any]] = []
    said: list[tuple[str, Any]] = []
    own = options.get(value_map.option) if value_map.option else None
    if isinstance(own, Mapping):
        said += own.items()
    elif isinstance(own, Sequence) and not isinstance(own, str):
        said += [(word, value_map.gives) for word in own]
    elif own:
        said.append((str(own), value_map.gives))
    for word, meaning in [*said, *value_map.values.items()]:
        key = str(word).strip().casefold()
        if is_pattern(key):
            patterns.append((key, meaning))
        else:
            exact.setdefault(key, meaning)
    fallback = UNKNOWN if value_map.default is None else value_map.default
    part = re.compile(value_map.match) if value_map.match else None

    def find(word: str) -> Any:
        if part is not None:
            found = part.search(word)
            word = (found[part.groups and 1] or "") if found else ""
        key = word.strip().casefold()
        if key in exact:
            return exact[key]
        if not key:
            return fallback  # a pattern is about what stands there
        return next((meaning for pattern, meaning in patterns if fits(key, pattern)), fallback)

    return _remembered(find)


def of_list(pairs: Mapping[str, Any]) -> Lookup:
    """A map that the system itself told; what it does not hold is unknown."""
    return lambda word: pairs.get(word, UNKNOWN)


def chain(lookups: Sequence[Lookup]) -> Lookup:
    """Several maps, each working on what the one before gave."""
    if len(lookups) == 1:
        return lookups[0]

    def find(word: str) -> Any:
        found: Any = word
        for one in lookups:
            if found is None or found is UNKNOWN:
                return found
            found = one(str(found))
        return found

    return _remembered(find)


def _remembered(find: Lookup) -> Lookup:
    known: dict[str, Any] = {}

    def remembered(word: str) -> Any:
        if word not in known:
            if len(known) >= _MOST:
                known.clear()
            known[word] = find(word)
        return known[word]

    return remembered
