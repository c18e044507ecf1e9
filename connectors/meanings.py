"""What a manifest's maps may mean: only what the field may hold into which they lead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors.manifest import Manifest
from connectors.manifest_map import Rule, Rules, ValueMap
from connectors.mapping import CLOSED, MOMENTS, NUMBERS, WHOLE


def nonsense(name: str, meaning: Any) -> str:
    """What is wrong with a value for a field; "" where nothing is."""
    allowed = CLOSED.get(name)
    if meaning is None or (allowed is not None and _within(meaning, allowed)):
        return ""
    if allowed is None:
        return _mistyped(name, meaning)
    known = [str(one) for one in sorted(allowed)]
    close = difflib.get_close_matches(str(meaning), known, 1)
    hint = f"did you mean {close[0]!r}? " if close and str(meaning) != close[0] else ""
    return f"{meaning!r} is no {name}; {hint}known are {', '.join(known)}"


def _mistyped(name: str, meaning: Any) -> str:
    """What is wrong with the type of a value for a field that may hold any of its type."""
    number = isinstance(meaning, int | float) and not isinstance(meaning, bool)
    if name in MOMENTS:
        return f"{str(meaning)!r} is no moment: {name} stands in the record; give its path"
    if name in WHOLE:
        return "" if number and meaning == int(meaning) else f"{meaning!r} is no whole number, which {name} is"
    if name in NUMBERS:
        return "" if number else f"{meaning!r} is no number, which {name} is"
    return "" if isinstance(meaning, str) else f"{meaning!r} is no text, which {name or 'this'} is; put it in quotes"


def ignored(name: str, rule: Rule) -> Iterator[str]:
    """What a rule says that its field takes no notice of."""
    said = {key for key in ("values", "match", "scale", "times", "after") if getattr(rule, key) is not None}
    said |= {"unit"} & rule.model_fields_set
    if not rule.path:
        what = "const" if rule.text is None else "text"
        for key in sorted(said):
            yield f"{key} means nothing beside {what}, which reads no record; leave it out, or say path"
        return
    if name in MOMENTS:
        for key in sorted(said & {"values", "match", "scale"}):
            yield f"{key} means nothing for {name}, which is a moment; say under times how it is written"
        if "unit" in said and rule.after is None:
            yield "unit counts a length, which only after has; leave it out, or say after"
        return
    for key in sorted(said & {"times", "after", "unit"}):
        yield f"{key} belongs to moments, and {name or 'this'} is none; leave it out"
    if "scale" in said and (name not in WHOLE | NUMBERS or name in CLOSED or "values" in said):
        beside = " beside values" if "values" in said and name in WHOLE | NUMBERS else f" for {name or 'this'}"
        yield f"scale means nothing{beside}; leave it out, or map the words by values"


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
