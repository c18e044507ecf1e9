"""One pass over one source: read a page, keep it with its checkpoint, go on; success and duration are measured here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.connector import (
    AbsentError,
    AuthenticationError,
    Connector,
    ForbiddenError,
    GroundError,
    SourceError,
    UnavailableError,
)
from core.model import SECOND, Columns, Instant, Page, Unread, length
from core.status import SourceStatus

log = logging.getLogger("siamhub.sync")


class Kept(Protocol):
    """What the store says of a saved page."""

    @property
    def changed(self) -> bool:
        """Whether anything that is stored is now different."""


class Mark(Protocol):
    """A stored checkpoint."""

    @property
    def text(self) -> str:
        """The connector's own words."""

    @property
    def mapping_digest(self) -> str:
        """The mapping with which the stream was read so far."""


class Keeper(Protocol):
    """The part of the store that a pass needs."""

    def checkpoint(self, source_id: int, stream: str) -> Mark | None:
        """Where the stream's last pass ended, or None."""

    def save(self, source_id: int, page: Page, mapping_digest: str, now: Instant) -> Kept:
        """Keep a page's records and its checkpoint in one transaction."""

    def record_pass(self, source_id: int, started: Instant, ended: Instant, state: str, reason: str, read: int) -> None:
        """Keep how a pass ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pass ended.

    `ok`: every stream was read to its end, but for what not everybody has and the account may not read; `partial`:
    some streams were not, or lack a history that is needed; `failed`: none was; `stopped`: the pass was asked to end
    early and will go on where it was.
    """

    state: str
    reason: str  # why not ok; of a good pass: which optional streams are not there
    read: int  # raw records
    changed: bool  # whether anything stored is now different


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """How the reading of one stream ended."""

    state: str  # ok, lacking (a part of its tickets), absent, left out, failed, stopped
    reason: str
    read: int
    changed: bool
    hopeless: bool = False  # the source's other streams need not be tried


def sync(
    source_id: int,
    connector: Connector,
    store: Keeper,
    status: SourceStatus,
    clock: Callable[[], Instant],
    stopping: Callable[[], bool] = lambda: False,
    full: bool = False,
) -> Outcome:
    """Read all streams of a source from their checkpoints (`full`: from `since`) until the vendor has no more.

    Never raises for what the source does: a failure is an outcome, the other sources go on. `stopping` is asked
    between pages. Updates `status` as it goes; writes the pass into the store at its end.
    """
    started = clock()
    status.running, status.read, status.total = True, 0, None
    asked = status.requests.total()
    ends: dict[str, StreamEnd] = {}
    try:
        for stream in connector.streams:
            end = _read(stream, source_id, connector, store, status, clock, stopping, full)
            ends[stream] = end
            status.streams[stream] = end.state if not end.reason else f"{end.state}: {end.reason}"
            if end.hopeless or end.state == "stopped":
                break
    finally:
        status.running = False
        status.passes += 1
    outcome = _outcome(ends, len(connector.streams))
    ended = clock()
    status.state, status.reason = outcome.state, outcome.reason
    if outcome.state != "stopped":
        status.up = outcome.state != "failed"
    if outcome.state == "ok":
        status.last_success = ended
    store.record_pass(source_id, started, ended, outcome.state, outcome.reason, outcome.read)
    log.log(
        logging.INFO if outcome.state in ("ok", "stopped") else logging.WARNING,
        "%s/%s: %s, %d records read in %.1f s by %d requests%s",
        status.supplier,
        status.source,
        outcome.state,
        outcome.read,
        (ended - started) / SECOND,
        status.requests.total() - asked,
        f": {outcome.reason}" if outcome.reason else "",
    )
    return outcome


def _read(
    stream: str,
    source_id: int,
    connector: Connector,
    store: Keeper,
    status: SourceStatus,
    clock: Callable[[], Instant],
    stopping: Callable[[], bool],
    full: bool,
) -> StreamEnd:
    mark = store.checkpoint(source_id, stream)
    digest = connector.mapping_digest
    # With another mapping the same records read differently: the stream starts again, so that what was
    # kept aside comes back and what was read wrongly is put right.
    text = None if full or mark is None or mark.mapping_digest != digest else mark.text
    read, changed = 0, False
    unread: Sequence[Unread] = ()
    before = status.read
    try:
        for page in connector.pages(stream, text, clock()):
            kept = store.save(source_id, page, digest, clock())
            changed = changed or kept.changed
            read += page.read
            unread = page.unread
            count(status, page)
            if page.total is not None:
                status.total = max(status.total or 0, before + page.total)
            if stopping():
                return StreamEnd("stopped", "", read, changed)
    except AbsentError as error:
        return StreamEnd("absent", str(error), read, changed)
    except ForbiddenError as error:
        return StreamEnd("left out", str(error), read, changed)
    except (AuthenticationError, UnavailableError, GroundError) as error:
        return StreamEnd("failed", str(error), read, changed, hopeless=True)
    except SourceError as error:
        return StreamEnd("failed", str(error), read, changed)
    reason = "; ".join(f"without {part.name}: {part.why}" for part in unread)
    return StreamEnd("lacking" if any(part.needed for part in unread) else "ok", reason, read, changed)


def count(status: SourceStatus, page: Page) -> None:
    """Count a page's records in the status of its source."""
    status.read += page.read
    for kind, columns in _kinds(page):
        records = length(columns)
        if records:
            status.synced[kind] += records
    for reject in page.rejects:
        status.rejected[page.stream, reject.reason] += 1
    status.unmapped.update(page.unmapped)
    if page.watermark is not None and page.watermark > (status.watermark or page.watermark - 1):
        status.watermark = page.watermark


def _kinds(page: Page) -> Sequence[tuple[str, Columns]]:
    return (
        ("ticket", page.tickets),
        ("event", page.events),
        ("outage", page.outages),
        ("response", page.responses),
        ("link", page.links),
    )


def _outcome(ends: dict[str, StreamEnd], streams: int) -> Outcome:
    read = sum(end.read for end in ends.values())
    changed = any(end.changed for end in ends.values())
    states = [end.state for end in ends.values()]
    if "stopped" in states:
        return Outcome("stopped", "", read, changed)
    reasons = [f"{stream}: {end.reason}" for stream, end in ends.items() if end.reason]
    # A stream left out for want of a right is a gap as well: without incidents every service would look perfect.
    # So are tickets without their history: no priority, hold or hand-over would be told of them.
    if "ok" in states and not {"failed", "left out", "lacking"} & set(states):
        return Outcome("ok", "; ".join(reasons), read, changed)
    missing = streams - len(ends)
    if missing:
        reasons.append(f"{missing} more streams not tried")
    return Outcome("partial" if {"ok", "lacking"} & set(states) else "failed", "; ".join(reasons), read, changed)
