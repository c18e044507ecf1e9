"""Fields: a manifest's rules compiled into functions over whole columns of records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final, Protocol, TypeAlias

from connectors.durations import duration
from connectors.manifest_map import Rule, Rules, Times, ValueMap, When
from connectors.paths import Path, compile_path
from connectors.template import Template, as_text
from connectors.times import Reader
from connectors.values import UNKNOWN, Lookup, chain, fits, lookup
from connectors.words import zone_of
from core.model import CHANGE_TYPES, OUTAGE_TYPES, OUTCOMES, STATES

MOMENTS: Final = frozenset(
    ("opened_at", "first_response_at", "resolved_at", "closed_at", "outage_start", "outage_end", "requested_at",
     "approved_at", "planned_start", "planned_end", "actual_start", "actual_end", "changed_at", "at", "start", "end")
)  # fmt: skip
WHOLE: Final = frozenset(("reopen_count", "reassignment_count", "revision", "priority", "major", "seq", "public"))
NUMBERS: Final = frozenset(("score", "scale_min", "scale_max"))
CLOSED: Final[Mapping[str, frozenset[Any]]] = {
    "state": frozenset(STATES),
    "priority": frozenset(range(1, 6)),
    "major": frozenset((0, 1)),
    "change_type": frozenset(CHANGE_TYPES),
    "outcome": frozenset(OUTCOMES),
    "type": frozenset(OUTAGE_TYPES),
    "kind": frozenset(("incident", "change")),
    "public": frozenset((0, 1)),
}
"""What a field may hold, where that is a closed set."""


@dataclass(slots=True)
class Notes:
    """What reading a page found out beside the values."""

    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: dict[int, dict[str, Any]] = field(default_factory=dict)  # position -> field -> what stood there

    took: Counter[tuple[str, int]] = field(default_factory=Counter)  # history, place of a rule -> rows that it takes
    untaken: Counter[tuple[str, str]] = field(default_factory=Counter)  # history, words of conditions -> rows left over

    def unreadable_at(self, name: str) -> Callable[[int, Any], None]:
        """Who is told of moments of a field that cannot be read."""
        return lambda position, value: self.unreadable.setdefault(position, {}).__setitem__(name, value)


EMPTY: Final = "(empty)"
"""What is counted where nothing stands."""
Column: TypeAlias = Callable[[Sequence[Any], Notes], list[Any]]
"""Records -> one value for each."""
_Miss: TypeAlias = dict[int, str]
_Raw: TypeAlias = Callable[[Sequence[Any], Notes, _Miss], list[Any]]
UNLIKE: Final[Mapping[type, str]] = {dict: "(an object)", list: "(a list)"}
"""What is counted where an object without any of the `inner` keys stands, or a list of such, in place of a text."""


class Texts(Protocol):
    """Records -> a text for each. `miss` is told of those that have something else in its place."""

    def __call__(self, records: Sequence[Any], miss: _Miss | None = None) -> list[str | None]: ...


@dataclass(frozen=True, slots=True)
class Language:
    """What rules are compiled with: how the manifest reads records, and what placeholders stand for."""

    times: Times
    flat: bool = False
    inner: Sequence[str] = ()
    entities: bool = False
    maps: Mapping[str, ValueMap] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Lookup] = field(default_factory=dict)  # maps that the system told
    values: Mapping[str, Any] = field(default_factory=dict)  # "options.x", "found.x", "base_url"
    roots: set[tuple[str, ...]] = field(default_factory=set)  # what the paths read that were compiled so far

    def path(self, text: str) -> Path:
        """A compiled path."""
        path = compile_path(text, self.flat, self.values)
        self.roots.update(path.roots)
        return path

    def reader(self, said: Times | None = None) -> Reader:
        """How moments are read."""
        said = said or self.times
        return Reader(said.formats, zone_of(said.zone, self.values), said.none)

    def lookup(self, values: Sequence[str] | ValueMap) -> Lookup:
        """A value map by its names, or as it stands."""
        if isinstance(values, ValueMap):
            return lookup(values, self.options)
        return chain([self.found[name] if name in self.found else self._named(name) for name in values])

    def _named(self, name: str) -> Lookup:
        return lookup(self.maps[name], self.options) if name in self.maps else lambda word: UNKNOWN


def compile_rules(name: str, rules: Rules, language: Language, empty: bool = False) -> Column:
    """A field's rules: for each record the first that gives something. What no rule could map is noted.

    `empty`: so is that nothing stands there, since every record should have such a value.
    """
    raws = [_rule(name, rule, language, empty) for rule in rules]
    counts = [rule.counts for rule in rules]

    def column(records: Sequence[Any], notes: Notes) -> list[Any]:
        miss: _Miss = {}
        found = raws[0](records, notes, miss)
        always = set(miss) if counts[0] else set()
        for raw, counted in zip(raws[1:], counts[1:], strict=True):
            holes = [place for place, value in enumerate(found) if value is None]
            if not holes:
                break
            later: _Miss = {}
            values = raw([records[place] for place in holes], notes, later)
            for place, value in zip(holes, values, strict=True):
                found[place] = value
            for index, word in later.items():
                if counted:
                    always.add(holes[index])
                    miss[holes[index]] = word
                miss.setdefault(holes[index], word)
        for place, word in miss.items():
            if found[place] is None or place in always:
                notes.unmapped[name, word[:80]] += 1
        return found

    return column


def condition(when: When, language: Language) -> Callable[[Sequence[Any]], list[bool]] | None:
    """Which records fulfil a condition; None where there is none."""
    if not when:
        return None
    tests = [
        (texts(language.path(path), language.inner), _words(_said(words, language))) for path, words in when.items()
    ]

    def holds(records: Sequence[Any]) -> list[bool]:
        masks = [[test(value or "") for value in read(records)] for read, test in tests]
        return masks[0] if len(masks) == 1 else [all(row) for row in zip(*masks, strict=True)]

    return holds


def fulfils(value: str, words: Sequence[str]) -> bool:
    """Whether a value is one of a condition's words."""
    return _words(words)(value)


def texts(path: Path, inner: Sequence[str] = ()) -> Texts:
    """A column of texts; what is empty is None, an object counts by the first of its `inner` keys."""

    def read(records: Sequence[Any], miss: _Miss | None = None) -> list[str | None]:
        values, unlike = path.column(records), list[Any]()
        found = [(value or None) if value.__class__ is str else _text(value, inner, unlike) for value in values]
        if unlike and miss is not None:
            miss.update({place: word for place, value in enumerate(values) if (word := unlike_text(value, inner))})
        return found

    return read


def first_texts(paths: Sequence[str], language: Language) -> Texts:
    """A column of texts, of several paths the first that gives something."""
    columns = [texts(language.path(path), language.inner) for path in paths]

    def first(records: Sequence[Any], miss: _Miss | None = None) -> list[str | None]:
        return [next(filter(None, row), None) for row in zip(*(one(records, miss) for one in columns), strict=True)]

    read: Texts = columns[0] if len(columns) == 1 else first

    def plain(records: Sequence[Any], miss: _Miss | None = None) -> list[str | None]:
        return [(unescape(text).strip() or None) if text and "&" in text else text for text in read(records, miss)]

    return plain if language.entities else read


def _said(words: Sequence[str], language: Language) -> Sequence[str]:
    """The words of a condition, placeholders filled; an empty one stands for nothing at all."""
    said: list[str] = []
    for word in words:
        if word.startswith("$"):
            value = language.values.get(word[1:])
            if isinstance(value, Mapping):  # of a map the words that mean something
                value = [one for one, meaning in value.items() if meaning is not None]
            said += filter(None, map(as_text, value if isinstance(value, list | tuple) else [value]))
        else:
            said.append(word)
    return said


def _words(words: Sequence[str]) -> Callable[[str], bool]:
    barred = [word[1:].casefold() for word in words if word.startswith("!")]
    wanted = [word.casefold() for word in words if not word.startswith("!")]
    known: dict[str, bool] = {}

    def test(value: str) -> bool:
        if value not in known:
            if len(known) > 10_000:
                known.clear()
            key = value.casefold()
            named = any(fits(key, word) and (key or not word) for word in wanted)
            known[value] = not any(fits(key, word) for word in barred) and (named or (not wanted and bool(barred)))
        return known[value]

    return test


def unlike_text(value: Any, inner: Sequence[str]) -> str | None:
    """What is counted where a value can be no text; None where it is one, or empty."""
    first = value[0] if value.__class__ is list and value else value
    if not first or first.__class__ not in UNLIKE or _text(first, inner):
        return None
    if first.__class__ is dict and any(key in first and first[key].__class__ not in UNLIKE for key in inner):
        return None  # the key is there, and empty
    return UNLIKE[value.__class__]


def _text(value: Any, inner: Sequence[str], unlike: list[Any] | None = None) -> str | None:
    """A value as a text; one that can be none is put into `unlike`."""
    if value is None:
        return None
    if value.__class__ is dict:
        known = False
        for key in inner:
            if key in value:
                known = True
                if text := _text(value[key], (), unlike):
                    return text
        if value and not known and unlike is not None:
            unlike.append(value)
        return None
    if value.__class__ is list:
        return _text(value[0], inner, unlike) if value else None
    if value.__class__ is float and value.is_integer():
        return str(int(value))
    return as_text(value) or None


def _rule(name: str, rule: Rule, language: Language, empty: bool) -> _Raw:
    raw = _value(name, rule, language, empty)
    holds = condition(rule.when, language)
    if holds is None:
        return raw

    def where(records: Sequence[Any], notes: Notes, miss: _Miss) -> list[Any]:
        places = [place for place, good in enumerate(holds(records)) if good]
        found: list[Any] = [None] * len(records)
        inside: _Miss = {}
        for place, value in zip(places, raw([records[place] for place in places], notes, inside), strict=True):
            found[place] = value
        miss.update({places[index]: word for index, word in inside.items()})
        return found

    return where


def _value(name: str, rule: Rule, language: Language, empty: bool) -> _Raw:
    if not rule.path:
        const = rule.const if rule.text is None else _put_together(name, Template(rule.text).string(language.values))
        return lambda records, notes, miss: [const] * len(records)
    if rule.after:
        return _later(name, rule, language)
    if name in MOMENTS:
        return _moments(name, rule, language)
    read = first_texts(rule.path, language)
    if rule.match:
        read = _matched(read, re.compile(rule.match))
    allowed, whole = CLOSED.get(name), name in WHOLE
    if rule.values is not None:
        find = language.lookup(rule.values)
        return _mapped(read, find if allowed is None else _within(find, allowed, whole), empty)
    if allowed is not None:
        return _mapped(read, lambda word: _allowed(word, allowed, whole), empty)
    if name in WHOLE or name in NUMBERS:
        return _number(read, rule.scale or 1, name in WHOLE)
    return lambda records, notes, miss: list(read(records, miss))


def _within(find: Lookup, allowed: frozenset[Any], whole: bool) -> Lookup:
    """What a map gives, where the field may hold it: an operator's own words may lead to none of its values."""

    def within(word: str) -> Any:
        value = find(word)
        if value is None or value is UNKNOWN:
            return value
        return _allowed(value, allowed, whole) if isinstance(value, str) else value if value in allowed else UNKNOWN

    return within


def _put_together(name: str, text: str) -> Any:
    """A text of options, as the field wants it. Raises `ValueError` for what should be a number and is none."""
    return float(text) if name in NUMBERS else text


def _allowed(word: str, allowed: frozenset[Any], whole: bool) -> Any:
    value: Any = word
    if whole:
        value = {"true": 1, "false": 0}.get(word, int(word) if word.isdigit() else word)
    return value if value in allowed else UNKNOWN


def _moments(name: str, rule: Rule, language: Language) -> _Raw:
    read = language.reader(rule.times)
    paths = [language.path(path) for path in rule.path]
    inner = language.inner

    def column(records: Sequence[Any], notes: Notes, miss: _Miss) -> list[Any]:
        values = paths[0].column(records)
        for path in paths[1:]:
            values = [a or b for a, b in zip(values, path.column(records), strict=True)]
        if inner and dict in set(map(type, values)):
            values = [
                _text(value, inner) if value.__class__ is dict and not unlike_text(value, inner) else value
                for value in values
            ]
        return read.column(values, notes.unreadable_at(name))

    return column


def _later(name: str, rule: Rule, language: Language) -> _Raw:
    """Moments that are told as the time from another one on. A length without its beginning tells nothing."""
    reader, base, inner = language.reader(rule.times), language.path(rule.after or "@"), language.inner
    length = first_texts(rule.path, language)

    def column(records: Sequence[Any], notes: Notes, miss: _Miss) -> list[Any]:
        values = [_text(value, inner) if value.__class__ is dict else value for value in base.column(records)]
        begun = reader.column(values, notes.unreadable_at(name))
        found: list[Any] = []
        for place, (start, text) in enumerate(zip(begun, length(records, miss), strict=True)):
            try:
                found.append(None if start is None or not text else start + duration(text, rule.unit))
            except ValueError:
                notes.unreadable_at(name)(place, text)
                found.append(None)
        return found

    return column


def _matched(read: Texts, pattern: re.Pattern[str]) -> Texts:
    """What a pattern finds in texts. Where it finds nothing it tells itself, since a text may name persons."""
    group, nothing = pattern.groups and 1, f"(no {pattern.pattern})"

    def matched(records: Sequence[Any], miss: _Miss | None = None) -> list[str | None]:
        found: list[str | None] = []
        for place, text in enumerate(read(records, miss)):
            here = pattern.search(text) if text else None
            found.append((here[group] or None) if here else None)
            if text and not here and miss is not None:
                miss[place] = nothing
        return found

    return matched


def _mapped(read: Texts, find: Lookup, empty: bool = False) -> _Raw:
    table: dict[str | None, Any] = {}

    def column(records: Sequence[Any], notes: Notes, miss: _Miss) -> list[Any]:
        words = read(records, miss)
        if len(table) > 10_000:
            table.clear()
        once = set(words)
        for word in once - table.keys():
            # An empty value means nothing, unless a map says what it means.
            found = find(word or "")
            table[word] = None if word is None and found is UNKNOWN else found
        values = [table[word] for word in words]
        if any(table[word] is UNKNOWN for word in once):
            miss.update({place: words[place] or "" for place, value in enumerate(values) if value is UNKNOWN})
            values = [None if value is UNKNOWN else value for value in values]
        if empty and None in once and table[None] is None:
            miss.update({place: EMPTY for place, word in enumerate(words) if word is None and place not in miss})
        return values

    return column


_LARGEST: Final = 2.0**53  # beyond it a float no longer tells neighbouring numbers apart


def _number(read: Texts, scale: float, whole: bool) -> _Raw:
    def one(text: str) -> Any:
        try:
            value = float(text) * scale
        except ValueError:
            return UNKNOWN if text else None
        if not abs(value) < _LARGEST:  # NaN is not less than anything either
            return UNKNOWN
        return int(value) if whole else value

    return _mapped(read, one)
