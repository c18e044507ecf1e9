"""A check that asks the system: one cheap question per stream, and what its answers let a source support."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from connectors.client import Client
from connectors.heeded import TO_COME, clock_told, cursor_tested
from connectors.manifest import Manifest
from connectors.plan import Plan
from connectors.plans import Plans
from connectors.probed import not_asked, seen, without
from connectors.sample import Sample
from connectors.verdict import seen_of, verdict
from connectors.whole import WholeReader
from core.connector import (
    Access,
    AuthenticationError,
    GroundError,
    SourceError,
    Support,
    UnavailableError,
)
from core.model import Instant

LOOK: Final = 20
"""Records of a stream by which a check judges what a source supports."""
_FEW: Final = 20  # records among which it looks for a ticket that has a history
_UNREAD: Final = "may not be read"


def probe(manifest: Manifest, plans: Plans, reader: WholeReader, client: Client, since: Instant) -> Sequence[Access]:
    """One record of each stream, and the histories of that record, until the system turns out not to answer."""
    found: list[Access] = []
    names = plans.streams
    with client.hasty():
        for place, name in enumerate(names):
            try:
                plan = plans.of(name, since)
                if plans.wanted(plan):
                    found += _stream(name, plan, reader, client, since)
            except (UnavailableError, AuthenticationError, GroundError) as error:
                found.append(Access(name, False, str(error)))
                return found + not_asked(names[place + 1 :], error)
            except SourceError as error:
                found.append(Access(name, False, f"{error}{without(manifest.streams[name])}"))
    asked = manifest.discover
    found += [Access(name, False, why + without(asked[name])) for name, why in plans.refused.items()]
    return [*found, *clock_told(client.ahead)]


def supports(
    manifest: Manifest,
    names: Sequence[str],
    access: Sequence[Access],
    client: Client,
    sample: Callable[[str], Sample | None],
) -> Sequence[Support]:
    """What a source supports, judged by a `sample` of each of the streams `names` that a probe found readable."""
    refused: dict[str, str] = {one.stream: _UNREAD for one in access if not one.readable}
    readable = [name for name in names if name not in refused]
    if not any(one.readable for one in access):
        return ()
    samples = []
    with client.hasty():
        for name in readable:
            try:
                found = sample(name)
            except SourceError as error:
                refused[name] = str(error)
                continue
            if found is not None:
                samples.append(found)
    here = {*refused, *(one.stream for one in samples)}
    off = [name for name in manifest.streams if name not in here]
    return verdict(manifest, seen_of(samples, refused, off))


def _stream(name: str, plan: Plan, reader: WholeReader, client: Client, since: Instant) -> Sequence[Access]:
    place = replace(plan.listing.pages.start, since=since, until=TO_COME)
    answer, records = plan.listing.fetch(client, plan.values, place, size=1)
    read = reader.few(plan, records[:1] if plan.detail else records)
    wide = read
    if plan.histories and plan.histories.lacks(read):
        wide = reader.few(plan, plan.listing.fetch(client, plan.values, place, size=_FEW)[1][:_FEW])
    told = plan.histories.probe(name, client, plan.values, wide) if plan.histories else ()
    tested = cursor_tested(name, plan.said, plan.listing, plan.reader, client, plan.values, read)
    told_of = seen(plan, records, read, plan.listing.pages.total(answer))
    counted = plan.census.probe(name, client, plan.values, since) if plan.census else ()
    return [Access(name, True, told_of), *tested, *told, *counted]
