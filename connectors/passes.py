"""One pass over one stream: page after page, each with the checkpoint with which the pass goes on behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.ahead import Ahead
from connectors.client import Client
from connectors.cursor import UNTOLD, Mark, Slices, begin, parse
from connectors.exchange import Answer
from connectors.observing import Observing
from connectors.paging import Guard, checked
from connectors.plan import Plan
from connectors.reading import Read, Who
from connectors.steps import Place, Seen
from connectors.versions import Versions
from connectors.whole import WholeReader
from core.connector import AnswerError
from core.model import Instant, Page, told


class Pass:
    """Reads a stream from a checkpoint on until the vendor has no more."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        checkpoint: str | None,
        first: Instant,
        now: Instant,
        reader: WholeReader,
        observing: Observing,
        known: Versions,
        told: bool = True,
    ) -> None:
        """`first`: where a stream without a checkpoint begins; `now`: the system's, or if it has not `told` it ours."""
        self._name, self._plan, self._now = name, plan, now
        self._reader, self._observing, self._known = reader, observing, known
        self._cursor, self._listing = plan.said.cursor, plan.listing
        self._slices = Slices(self._cursor, now)
        self._mark = self._slices.first(begin(parse(checkpoint), self._cursor, first, now if told else now - UNTOLD))
        self._lacked = frozenset(self._mark.lacks)  # of earlier passes
        self._guard = Guard(self._listing.where)
        self.mended = False  # a history that was lacking is read again: the pass is to be made once more, further back
        self._came = 0  # records of the slice in hand
        self._promised: int | None = None  # how many the vendor said there are
        # What a list of relations no longer tells is gone, which only the whole list can say.
        references = plan.said.references is not None and self._cursor is None
        self._links: set[tuple[str, str, str, str]] | None = set() if references else None

    def pages(self, client: Client, parallel: int) -> Iterator[Page]:
        """See `core.connector.Connector.pages`; while a page is saved the next one comes. Raises a `SourceError`."""
        asks = self._plan.requesters
        who: Who | None = partial(asks.of_new, client, self._plan.values, parallel, self._known) if asks else None
        fetch = partial(self._listing.fetch, client, self._plan.values, whole=False)
        place: Place | None = self._begin()
        coming: Ahead[tuple[Answer, list[Any]]] | None = None
        first = True
        while place is not None:
            self._guard.place(place)
            answer, records = coming.result() if coming else fetch(place)
            coming = None
            self._plan, read = self._reader.read(self._name, self._plan, records, self._known, who, self._now)
            following = self._following(place, answer, read)
            self._count(answer, records)
            if self._deep(answer, following):
                self._halve()
                place = self._begin()
                continue
            if following is None:
                self._all_came()
            if self._links is not None:
                self._links.update(told(read.links))
            later = self._seen(read)
            if self._plan.histories:
                later = later.without(self._plan.histories.refused)
            observe = self._observing.of(self._plan, read, self._since(later))
            place = self._go_on(later, following)
            coming = Ahead(partial(fetch, place)) if place is not None else None  # still one request at a time
            whole = frozenset(self._links) if self._links is not None and place is None else None
            total = self._listing.pages.total(answer) if first else None
            page = made(self._name, self._mark, read, len(records), total, bool(self._cursor and self._cursor.sorted))
            unread = self._plan.histories.unread(self._mark.lacks) if self._plan.histories else ()
            yield replace(page, observe=observe, whole=whole, unread=unread)
            first = False
            self._saved(read)

    def _begin(self) -> Place:
        """Where the slice in hand is read from."""
        start, mark = self._listing.pages.start, self._mark
        if mark.at is not None:
            return replace(start, since=mark.at, until=mark.until, after=mark.after)
        return replace(start, since=mark.since, until=mark.until)

    def _following(self, place: Place, answer: Answer, read: Read) -> Place | None:
        """The place of the next page; None behind the last one."""
        at, key = read.last()
        # A record that changes while the list is read comes again, at another time.
        versions = zip(read.ids, read.changed, strict=True)
        self._guard.page(place, [None if one[0] is None else one for one in versions])
        return checked(
            self._listing.where, self._listing.pages.step, place, Seen(answer, read.ids, at, key, read.changed)
        )

    def _count(self, answer: Answer, records: list[Any]) -> None:
        self._came += len(records)
        if self._promised is None:
            self._promised = self._listing.pages.whole(answer)

    def _deep(self, answer: Answer, following: Place | None) -> bool:
        """Whether the slice in hand holds more than the system gives of one query."""
        depth = self._cursor.depth if self._cursor else None
        if depth is None:
            return False
        return (self._listing.pages.total(answer) or 0) > depth or (following is not None and self._came >= depth)

    def _halve(self) -> None:
        shorter = self._slices.halved(self._mark)
        if shorter is None or self._cursor is None:
            raise AnswerError(
                f"{self._listing.where}: more than {self._cursor and self._cursor.depth} records changed in one "
                "moment, and the system gives no more of one query; narrow the query by an option, or read them as "
                "several sources"
            )
        self._mark, self._came, self._promised = shorter, 0, None

    def _all_came(self) -> None:
        if self._promised is not None and self._came < self._promised:
            raise AnswerError(
                f"{self._listing.where}: the list ended after {self._came} records of {self._promised} that it "
                "promised; what is hidden, cut off or moved meanwhile is read by the next pass"
            )

    def _seen(self, read: Read) -> Mark:
        """The mark behind a page. One of which no record could be placed leaves it where it is."""
        at, key = read.last()
        ordered = self._cursor is None or self._cursor.sorted
        if at is None:
            at, key = self._mark.at, self._mark.after
        return self._mark.seen(read.high, at, key, self._now, ordered)

    def _since(self, later: Mark) -> Instant | None:
        """Before which an earlier pass has read; not known in slices.

        They begin later than the pass itself, and what they hold may have changed before.
        """
        return None if self._slices.several else later.since

    def _go_on(self, later: Mark, following: Place | None) -> Place | None:
        """The next page of the slice in hand, or the first one of the next slice; None where the pass has ended."""
        if following is not None:
            self._mark = later
            return following
        next_slice = self._slices.next(later)
        if next_slice is None:
            if self._plan.histories:
                healed = self._plan.histories.healed(later.lacks)
                later, self.mended = later.mended(healed), bool(healed)
            self._mark = later.finished(self._now)
            return None
        self._mark, self._came, self._promised = next_slice, 0, None
        return self._begin()

    def _saved(self, read: Read) -> None:
        """What the page held is known from now on."""
        if not (self._plan.histories or self._plan.detail or self._plan.requesters):
            return
        refused = self._plan.histories.refused if self._plan.histories else ()
        if not self._lacked.issuperset(refused):
            return  # a refusal may pass: they are asked for again when they come again
        listed = read.listed if read.versions else read.kept
        high = self._mark.high if self._mark.high is not None else self._mark.watermark
        self._known.keep(read.versions or read.tickets, listed, high, self._now)


def made(name: str, mark: Mark, read: Read, count: int, total: int | None, ordered: bool) -> Page:
    """A page with the checkpoint that follows it. Out of order, only a whole pass has read up to anything."""
    reached = mark.high if ordered and mark.since is not None else mark.watermark
    return Page(
        stream=name,
        checkpoint=mark.dump(),
        watermark=reached,
        tickets=read.tickets,
        events=read.events,
        outages=read.outages,
        responses=read.responses,
        links=read.links,
        tombstones=read.tombstones,
        replaced=read.replaced,
        rejects=read.rejects,
        unmapped=read.notes.unmapped,
        read=count,
        total=total,
    )
