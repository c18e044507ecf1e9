"""A census: the ids that a source says it has beside those that the hub holds; what is gone, and what was missed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from core.connector import AbsentError, AuthenticationError, Counted, GroundError, SourceError, UnavailableError
from core.model import SECOND, Instant, Page, length
from core.status import CensusEnd, HeldTicket, SourceStatus, told
from core.sync import Kept, count

log = logging.getLogger("siamhub.census")

FEW: Final = 20
"""So many tickets of a stream may be missing at once without anybody wondering."""
SHARE: Final = 0.1
"""A greater share of a stream's tickets that is missing at once is a lost right before it is a deletion."""
_RETRY: Final = 3600 * SECOND
"""After which a census that failed is tried again, where the next one is later."""


class Registered(Protocol):
    """The part of the store that a census needs."""

    def held(self, source_id: int) -> Mapping[str, HeldTicket]:
        """The tickets of a source by the vendor's id, those that are gone too."""

    def settle(self, source_id: int, gone: Mapping[str, str], at: Instant) -> Kept:
        """Keep which tickets are gone since `at`: id -> one of `core.model.GONE`."""

    def record_census(self, source_id: int, end: CensusEnd) -> None:
        """Keep how a census ended."""

    def save(self, source_id: int, page: Page, mapping_digest: str, now: Instant) -> Kept:
        """Keep a page's records."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between a source and the hub, by stream."""

    lacking: Mapping[str, Sequence[str]]  # ids that the source shows and the hub does not hold
    stale: Mapping[str, Sequence[str]]  # ids that changed since they were read, or are shown again after they were gone
    missing: Mapping[str, Sequence[str]]  # ids that the hub holds and the source does not show


def compared(
    listed: Mapping[str, Mapping[str, Instant | None]], held: Mapping[str, HeldTicket], since: Instant
) -> Compared:
    """Compare the lists of streams (id -> change time) with what is held.

    Tickets whose stored change lies before `since` are in no list and not missing. A ticket that another stream lists
    now has not gone, only moved.
    """
    shown = {key: stream for stream, tickets in listed.items() for key in tickets}
    lacking, stale, missing = [], [], []
    for key, stream in shown.items():
        one, changed = held.get(key), listed[stream][key]
        if one is None:
            lacking.append((stream, key))
        elif one.gone is not None or (changed is not None and changed > one.changed_at):
            stale.append((stream, key))
    for key, one in held.items():
        if one.stream in listed and one.gone is None and one.changed_at >= since and key not in shown:
            missing.append((one.stream, key))
    return Compared(_by_stream(lacking), _by_stream(stale), _by_stream(missing))


def too_many(missing: int, visible: int) -> bool:
    """Whether so many of a stream's tickets are missing at once that a lost right is likelier than deletions."""
    return missing >= FEW and missing > SHARE * visible


def due(last: CensusEnd | None, every: int | None, now: Instant) -> bool:
    """Whether a census is to be taken; `every` in seconds, None: never."""
    if every is None:
        return False
    if last is None:
        return True
    wait = every * SECOND
    return now - last.at >= (min(wait, _RETRY) if last.state == "failed" else wait)


def census(
    source_id: int,
    connector: Counted,
    digest: str,
    since: Instant,
    store: Registered,
    status: SourceStatus,
    clock: Callable[[], Instant],
    stopping: Callable[[], bool] = lambda: False,
    accept: bool = False,
) -> bool:
    """Count the tickets of a source, read what was missed, mark what is gone; whether anything stored is different.

    Call it after a pass, never beside one. Never raises for what the source does: that is how the census ended, in
    `status.census` and in the store. Where it is asked to stop, what was missed is read next time, and nothing is
    marked.

    Nothing is taken for gone that the source still gives when it is asked for by its id, and nothing at all of a
    stream of which so much is missing at once that a lost right is likelier: such a census is `refused`, unless it is
    told to `accept` what it finds.
    """
    taken = _Taken(source_id, connector, digest, since, store, status, clock(), stopping, accept)
    try:
        end = taken.end([name for name in connector.counted(taken.now) if status.streams.get(name, "ok") == "ok"])
    except SourceError as error:
        end = replace(status.census or CensusEnd("failed", "", 0), state="failed", reason=str(error), at=clock())
    if end is not None:
        status.census = end
        store.record_census(source_id, end)
        log.log(
            logging.INFO if end.state == "ok" else logging.WARNING,
            "%s/%s: census %s: %s",
            status.supplier,
            status.source,
            end.state,
            "; ".join(filter(None, (end.reason, told(end)))),
        )
    return taken.changed


@dataclass(slots=True)
class _Came:
    """What came of tickets that were asked for by their ids."""

    tickets: set[str] = field(default_factory=set)
    others: int = 0  # records that are no tickets of ours
    lost: dict[str, str] = field(default_factory=dict)  # id -> why it does not come
    whole: bool = True  # all were asked for


@dataclass(slots=True)
class _Taken:
    """One census while it is taken."""

    source_id: int
    connector: Counted
    digest: str
    since: Instant
    store: Registered
    status: SourceStatus
    now: Instant
    stopping: Callable[[], bool]
    accept: bool
    changed: bool = False
    trouble: list[str] = field(default_factory=list)  # streams that could not be counted, and why

    def end(self, streams: Sequence[str]) -> CensusEnd | None:
        """How it ended; None where it was asked to stop."""
        listed: dict[str, Mapping[str, Instant | None]] = {}
        for stream in streams:
            self._list(stream, listed)
            if self.stopping():
                return None
        held = self.store.held(self.source_id)  # after the lists: what was read meanwhile is not lacking
        found = compared(listed, held, self.since)
        read = lacking = stale = undecided = 0
        for stream, ids in found.lacking.items():
            came = self._again(stream, dict.fromkeys(ids))
            read, lacking = read + len(came.tickets), lacking + max(0, len(ids) - len(came.tickets) - came.others)
        for stream, ids in found.stale.items():
            stale += len(self._again(stream, {key: held[key].number for key in ids}).tickets)
        gone: dict[str, str] = {}
        doubts: list[str] = []
        for stream, ids in found.missing.items():
            came = self._again(stream, {key: held[key].number for key in ids})
            # What came and is no ticket of ours any more (of another type now) is not deleted.
            away = {key: came.lost.get(key, "unseen") for key in ids if key not in came.tickets}
            visible = sum(one.stream == stream and one.gone is None for one in held.values())
            if not came.whole:
                undecided += len(away)
            elif too_many(len(away), visible) and not self.accept:
                undecided += len(away)
                doubts.append(f"{stream}: {len(away)} of {visible} tickets are no longer shown")
            else:
                gone |= away
        if self.stopping():
            return None
        if gone:
            self.changed = self.store.settle(self.source_id, gone, self.now).changed or self.changed
        end = CensusEnd("ok", "", self.now, self.now, undecided=undecided, lacking=lacking, read=read, stale=stale)
        shown = {key for tickets in listed.values() for key in tickets}
        before = [one.gone for key, one in held.items() if one.stream in listed and key not in shown]
        return self._told([*before, *gone.values()], list(gone.values()).count("deleted"), doubts, end)

    def _list(self, stream: str, listed: dict[str, Mapping[str, Instant | None]]) -> None:
        try:
            listed[stream] = self.connector.listed(stream, self.now)
        except AbsentError:
            return
        except (AuthenticationError, UnavailableError, GroundError):
            raise
        except SourceError as error:
            self.trouble.append(f"{stream}: {error}")

    def _again(self, stream: str, tickets: Mapping[str, str | None]) -> _Came:
        """Read tickets by their ids and keep what comes. Where it cannot be done the stream is in trouble."""
        came = _Came()
        try:
            for asked in self.connector.again(stream, tickets, self.now):
                page = asked.page
                self.changed = self.store.save(self.source_id, page, self.digest, self.now).changed or self.changed
                count(self.status, page)
                came.tickets.update(page.tickets.get("vendor_id", ()))
                came.others += max(0, page.read - length(page.tickets) - len(page.rejects))
                came.lost |= {**asked.lost, **dict.fromkeys(page.tombstones.get("ticket", ()), "deleted")}
                if self.stopping():
                    came.whole = False
                    break
        except (AuthenticationError, UnavailableError):
            raise
        except SourceError as error:
            self.trouble.append(f"{stream}: {error}")
            came.whole = False
        return came

    def _told(self, gone: Sequence[str | None], deleted: int, doubts: Sequence[str], end: CensusEnd) -> CensusEnd:
        """The end with what is known of tickets that are not shown, and with what was not well."""
        hidden, unseen = gone.count("hidden"), gone.count("unseen")
        reason = (
            f"{', '.join(doubts)} at once; lost rights look like deletions, so nothing was concluded: look at what the "
            "account may read; where nothing is wrong with it, `siamhub sync SUPPLIER --accept-missing` takes them for "
            "gone"
        )
        return replace(
            end,
            state="refused" if doubts else "partial" if self.trouble else "ok",
            reason="; ".join([reason] * bool(doubts) + self.trouble),
            difference=end.lacking - hidden - unseen - end.undecided,
            deleted=deleted,
            hidden=hidden,
            unseen=unseen,
        )


def _by_stream(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for stream, key in sorted(pairs):
        found.setdefault(stream, []).append(key)
    return found
