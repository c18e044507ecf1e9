"""What a request must ask for: the names that a stream's mapping reads, so that nothing else travels."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.manifest import Stream
from connectors.manifest_map import Fields, Rules
from connectors.manifest_records import Events
from connectors.manifest_request import Keyset
from connectors.mapping import Language


def selected(stream: Stream, language: Language) -> list[str]:
    """Names for `{fields}`, in the order in which the manifest first reads them, each once."""
    said = stream.select
    found: dict[str, None] = {}
    for text in paths(stream):
        for root in sorted(language.path(text).roots):
            names = root
            if said.under:
                if not root or root[0] != said.under:
                    continue
                names = root[1:]
            names = names[: said.depth] if said.depth else names
            if names:
                found[".".join(names)] = None
    found.update(dict.fromkeys(said.extra))
    return list(found)


def paths(stream: Stream) -> Iterator[str]:
    """Every path that a stream's mapping reads in its records."""
    for part in (stream.ticket, stream.outage, stream.response):
        if part is not None:
            yield from part.when
            yield from _of_fields(part.map)
    if stream.ticket is not None:
        yield from stream.ticket.requester
        for link in stream.ticket.links:
            yield from link.path
            yield from link.when
    if stream.observe is not None:
        yield from _of_fields(stream.observe.moments)
    if stream.events is not None:
        yield from _of_events(stream.events)
    if stream.references is not None:
        yield stream.references.ticket
        for link in stream.references.rules:
            yield from (*link.path, *link.when)
    if stream.deleted is not None:
        yield from (*stream.deleted.when, stream.deleted.ticket, stream.deleted.at)
    if stream.detail is not None:
        yield stream.detail.ids
    if stream.cursor is not None and stream.cursor.path:
        yield stream.cursor.path
    if isinstance(stream.paging, Keyset):
        yield stream.paging.id
    for history in stream.history.values():
        yield from history.only
        if history.request is None:
            yield from _of_events(history)
        for rule in history.rules:
            yield from _of_rules(rule.over)
        if history.ids:
            yield history.ids


def _of_fields(fields: Fields) -> Iterator[str]:
    for rules in fields.values():
        yield from _of_rules(rules)


def _of_rules(rules: Rules | None) -> Iterator[str]:
    for rule in rules or ():
        yield from rule.path
        yield from filter(None, (rule.after,))
        yield from rule.when


def _of_events(events: Events) -> Iterator[str]:
    if events.unfold:
        # Rows stand inside the record: what is asked for is the list, and what is read of the record beside it.
        yield next(iter(events.unfold.values()))
        yield from (path.removeprefix("record.") for path in (events.ticket, *events.id) if path.startswith("record."))
        return
    yield from (events.ticket, events.at, *events.id, *events.actor.name, *events.actor.requester)
    yield from filter(None, (events.seq, events.actor.kind))
    for rule in events.rules:
        yield from rule.when
        yield from _of_rules(rule.to)
        yield from _of_rules(rule.old)
        yield from _of_rules(rule.word)
        if isinstance(rule.public, tuple):
            yield from _of_rules(rule.public)
