"""What a request must ask for: the names that a stream's mapping reads, so that nothing else travels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connectors.manifest import Stream
from connectors.manifest_map import LinkRule, Rules, When
from connectors.manifest_paging import Keyset
from connectors.manifest_records import Events
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


def paths(stream: Stream, tested: bool = True) -> Iterator[str]:
    """Every path that a stream's mapping reads in its records.

    `tested`: also those whose text is only compared with words (`when`) or searched (`match`).
    """
    for part in (stream.ticket, stream.outage, stream.response):
        if part is not None:
            yield from _tested(part.when, tested)
            for rules in part.map.values():
                yield from of_rules(rules, tested)
    if stream.ticket is not None:
        yield from stream.ticket.requester
        yield from _of_links(stream.ticket.links, tested)
    if stream.observe is not None:
        for rules in stream.observe.moments.values():
            yield from of_rules(rules, tested)
    if stream.events is not None:
        yield from _of_events(stream.events, tested)
    if stream.references is not None:
        yield stream.references.ticket
        yield from _of_links(stream.references.rules, tested)
    if stream.deleted is not None:
        yield from (*_tested(stream.deleted.when, tested), stream.deleted.ticket, stream.deleted.at)
    if stream.detail is not None:
        yield stream.detail.ids
    if stream.cursor is not None and stream.cursor.path:
        yield stream.cursor.path
    if isinstance(stream.paging, Keyset):
        yield stream.paging.id
    for history in stream.history.values():
        yield from _tested(history.only, tested)
        if history.request is None:
            yield from _of_events(history, tested)
            yield from _of_links(history.links, tested) if not history.unfold else ()
        for rule in history.rules:
            yield from of_rules(rule.over, tested)
        if history.ids:
            yield history.ids


def of_rules(rules: Rules | bool | None, tested: bool = True) -> Iterator[str]:
    """The paths of a field's rules."""
    for rule in rules if isinstance(rules, tuple) else ():
        if tested or rule.match is None:
            yield from rule.path
        yield from filter(None, (rule.after,))
        yield from _tested(rule.when, tested)


def _tested(when: When, tested: bool) -> Iterable[str]:
    return when if tested else ()


def _of_links(links: Sequence[LinkRule], tested: bool) -> Iterator[str]:
    for link in links:
        if tested or link.match is None:
            yield from link.path
        yield from _tested(link.when, tested)


def _of_events(events: Events, tested: bool) -> Iterator[str]:
    if events.unfold:
        # Rows stand inside the record: what is asked for is the list, and what is read of the record beside it.
        yield from [*events.unfold.values()][:tested]
        yield from (path.removeprefix("record.") for path in (events.ticket, *events.id) if path.startswith("record."))
        return
    yield from of_row(events, tested)
    yield from (*events.actor.name, *events.actor.requester)


def of_row(events: Events, tested: bool = True) -> Iterator[str]:
    """The paths that are read in a row of events, but for accounts."""
    yield from (events.ticket, events.at, *events.id)
    yield from filter(None, (events.seq, events.actor.kind))
    for rule in events.rules:
        yield from _tested(rule.when, tested)
        for rules in (rule.to, rule.old, rule.word, rule.public):
            yield from of_rules(rules, tested)
