"""What a manifest's maps may mean: only what the field may hold into which they lead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors.manifest import Manifest
from connectors.manifest_map import Rules, ValueMap
from connectors.mapping import CLOSED


def nonsense(name: str, meaning: Any) -> str:
    """What is wrong with a value for a field; "" where nothing is."""
    allowed = CLOSED.get(name)
    if allowed is None or meaning is None or _within(meaning, allowed):
        return ""
    known = [str(one) for one in sorted(allowed)]
    close = difflib.get_close_matches(str(meaning), known, 1)
    hint = f"did you mean {close[0]!r}? " if close and str(meaning) != close[0] else ""
    return f"{meaning!r} is no {name}; {hint}known are {', '.join(known)}"


def leads_to(manifest: Manifest, option: str) -> Collection[str]:
    """The fields that what the operator says in an option of type map becomes, as it stands."""
    found: dict[str, None] = {}
    for name, rules in _fields(manifest):
        for rule in rules:
            last: ValueMap | None = None
            if isinstance(rule.values, ValueMap):
                last = rule.values
            elif rule.values:
                last = manifest.maps.get(rule.values[-1])
            if last is not None and last.option == option:
                found[name] = None
    return list(found)


def wrong_meanings(manifest: Manifest, option: str, said: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Words of an option's map whose meaning no field may hold, and what is wrong with it."""
    for name in leads_to(manifest, option):
        for word, meaning in said.items():
            if wrong := nonsense(name, meaning):
                yield str(word), wrong


def _within(meaning: Any, allowed: Collection[Any]) -> bool:
    try:
        return meaning in allowed
    except TypeError:  # a list or a mapping
        return False


def _fields(manifest: Manifest) -> Iterator[tuple[str, Rules]]:
    for stream in manifest.streams.values():
        for part in (stream.ticket, stream.outage, stream.response):
            if part is not None:
                yield from part.map.items()
        for events in (stream.events, *stream.history.values()):
            for rule in events.rules if events is not None else ():
                for rules in (rule.to, rule.old, rule.over):
                    if rules:
                        yield rule.kind, rules
                if isinstance(rule.public, tuple):
                    yield "public", rule.public
