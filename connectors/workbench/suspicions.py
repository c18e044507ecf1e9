"""What in a manifest is hardly meant so, by a few records: paths that give nothing, conditions that nothing fulfils."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.manifest import Stream
from connectors.manifest_map import Rule, ValueMap, When
from connectors.manifest_records import Events
from connectors.mapping import condition
from connectors.sample import Sample
from core.model import length

_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def warnings(sample: Sample, most: int) -> Iterator[str]:
    """Of one stream, each a sentence with what to do. `most`: how many records were asked for."""
    said, count = sample.said, len(sample.records)
    cursor = said.cursor
    if 0 < count < most and said.paging.kind != "none":
        yield f"one page was read: it held {count} of the {most} records that --limit asks for"
    if count and cursor is not None and cursor.path and not _any(cursor.path, sample.records, sample):
        yield (
            f"cursor.path {cursor.path!r} stands in none of {count} records{_near(cursor.path, sample.records)}: every "
            "pass would read all of it again"
        )
    yield from _nothing(sample)
    for name, events in (("", said.events), *said.history.items()):
        if events is not None:
            yield from _rules(name or sample.stream, events, sample)


def left_out(sample: Sample) -> int:
    """How many records a `when` keeps from becoming anything, whatever they would become."""
    parts = [
        part for part in (sample.said.ticket, sample.said.outage, sample.said.response, sample.said.deleted) if part
    ]
    rows = [record for record in sample.records if isinstance(record, dict)]
    conditions = [condition(part.when, sample.language) for part in parts]
    if sample.said.events or sample.said.references or not conditions or None in conditions:
        return 0
    masks = [holds(rows) for holds in conditions if holds is not None]
    return sum(not any(row) for row in zip(*masks, strict=True))


def meant(said: Stream) -> Mapping[str, str]:
    """Field -> where a word of it is mapped: the names of its maps, and the option of the operator."""
    found: dict[str, str] = {}
    for part in (said.ticket, said.outage, said.response):
        for name, rules in part.map.items() if part else ():
            if where := _maps(rules):
                found[name] = where
    for events in (said.events, *said.history.values()):
        for rule in events.rules if events else ():
            if rule.to and (where := _maps(rule.to)):
                found.setdefault(rule.kind, where)
    return found


def _maps(rules: Sequence[Rule]) -> str:
    names: dict[str, None] = {}
    for rule in rules:
        if isinstance(rule.values, ValueMap):
            names["the field's own values" + (f" or option {rule.values.option}" if rule.values.option else "")] = None
        elif rule.values:
            names[f"map {rule.values[-1]}"] = None
    return ", ".join(names)


def _nothing(sample: Sample) -> Iterator[str]:
    """Fields whose paths give nothing in any record that became a ticket, an outage or an answer."""
    read = sample.read
    rows = [record for record in sample.records if isinstance(record, dict)]
    for part, columns in (
        (sample.said.ticket, read.tickets),
        (sample.said.outage, read.outages),
        (sample.said.response, read.responses),
    ):
        kept = read.kept if part is sample.said.ticket and read.kept else rows
        for name, rules in part.map.items() if part and kept else ():
            paths = [path for rule in rules for path in rule.path]
            held = columns.get(name, ()) if length(columns) else ()
            made = any(rule.text is not None or "const" in rule.model_fields_set for rule in rules)
            if (
                paths
                and not made
                and all(value is None for value in held)
                and not any(_any(path, kept, sample) for path in paths)
            ):
                said = " and ".join(repr(path) for path in paths)
                yield f"{name}: {said} gave nothing in {len(kept)} of {len(kept)} records{_near(paths[0], kept)}"


def _rules(name: str, events: Events, sample: Sample) -> Iterator[str]:
    notes, own = sample.read.notes, events.prefix or name
    left = {words: count for (history, words), count in notes.untaken.items() if history == own}
    if left:
        told = ", ".join(f"{words} ({count}×)" for words, count in sorted(left.items(), key=lambda one: -one[1])[:5])
        yield f"{name}: {sum(left.values())} rows that no rule takes: {told}"
        return
    if not any(history == own for history, _ in notes.took):
        return
    for place, rule in enumerate(events.rules):
        if rule.when and not notes.took[own, place]:
            yield f"{name}: rule {place + 1} ({rule.kind}) took no row: none where {_condition(rule.when)}"


def _condition(when: When) -> str:
    return " and ".join(
        f"{path} is {' or '.join(word or '(nothing)' for word in words)}" for path, words in when.items()
    )


def _any(path: str, records: Sequence[Any], sample: Sample) -> bool:
    get = sample.language.path(path).get
    return any(get(record) not in _EMPTY for record in records)


def _near(path: str, records: Sequence[Any]) -> str:
    """A key of the records that may have been meant."""
    keys = list(dict.fromkeys(str(key) for record in records if isinstance(record, dict) for key in record))
    head = path.split(".")[0]
    close = difflib.get_close_matches(head, [key for key in keys if key != head], 1)
    return f" (did you mean {close[0]!r}?)" if close and head not in keys else ""
