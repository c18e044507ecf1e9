"""References from tickets to other tickets, out of the fields that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from connectors.manifest_map import LinkRule
from connectors.mapping import Language, Notes, condition, unlike_text
from connectors.template import as_text

Found: TypeAlias = tuple[int, str, str, str]
"""Position of the record, kind, evidence, reference."""


def compile_links(rules: Sequence[LinkRule], language: Language) -> Callable[[Sequence[Any], Notes], list[Found]]:
    """All references of records, each once per record; what can be none is noted."""
    compiled = [_compile(rule, language) for rule in rules]
    return lambda records, notes: list(dict.fromkeys(found for one in compiled for found in one(records, notes)))


def _compile(rule: LinkRule, language: Language) -> Callable[[Sequence[Any], Notes], Iterator[Found]]:
    paths = [language.path(path) for path in rule.path]
    pattern = re.compile(rule.match) if rule.match else None
    holds = condition(rule.when, language)
    find = language.lookup(rule.values) if rule.values is not None else None

    def read(records: Sequence[Any], notes: Notes) -> Iterator[Found]:
        mask = holds(records) if holds else None
        for path in paths:
            values = path.column(records)
            if not any(values):
                continue
            for place, value in enumerate(values):
                if value and (mask is None or mask[place]):
                    if value.__class__ is not str and (word := unlike_text(value, language.inner)):
                        notes.unmapped["links", word] += 1
                    for said in _references(value, pattern, language.inner):
                        reference = said if find is None else find(said)
                        if isinstance(reference, str) and reference:
                            yield place, rule.kind, _evidence(rule.evidence, reference), reference

    return read


def _references(value: Any, pattern: re.Pattern[str] | None, inner: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item, pattern, inner)
        return
    if isinstance(value, dict):
        value = next((value[key] for key in inner if value.get(key)), None)
    text = as_text(value).strip()
    if not text:
        return
    if pattern is None:
        yield text
    else:
        for found in pattern.finditer(text):
            reference = (found[pattern.groups and 1] or "").strip()
            if reference:
                yield reference


def _evidence(said: str, reference: str) -> str:
    if said != "auto":
        return said
    return "url" if "://" in reference else "prefix"
