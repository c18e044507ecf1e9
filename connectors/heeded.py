"""What a check finds out about moments: whether a system heeds those of queries, and whether its clock is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from connectors.client import Client
from connectors.listing import Listing, placeholders
from connectors.manifest import Stream
from connectors.manifest_paging import Keyset
from connectors.reading import Read, StreamReader
from connectors.template import Values
from core.connector import Access, AnswerError
from core.model import SECOND, Instant

TO_COME: Final[Instant] = 2_145_916_800 * SECOND
"""2038-01-01: later than any change, and still a number of 32 bits."""
_HOUR: Final = 3600 * SECOND
_SKEW: Final = 120.0  # seconds by which clocks may differ


def cursor_tested(
    name: str, said: Stream, listing: Listing, reader: StreamReader, client: Client, values: Values, read: Read
) -> Sequence[Access]:
    """What is wrong with `{since}`: nothing changes after a day to come, the record in `read` did at its own moment.

    Zones, forms and misspelt parameters fail in silence; a pass would then lose changes, or read everything. Empty
    where nothing is found to be wrong. Raises a `SourceError`.
    """
    names = placeholders(said.request)
    if said.cursor is None or not ("since" in names or (isinstance(said.paging, Keyset) and "range" in names)):
        return ()
    where, start = f"{name}: changed since", listing.pages.start
    try:
        late = listing.fetch(client, values, replace(start, since=TO_COME, until=TO_COME + _HOUR), size=1)[1]
    except AnswerError:
        late = []  # some refuse such a moment, which is an answer as well
    if late:
        told = "asked for what changes from 2038 on the system gives records: it does not heed the moment, or reads it "
        return [Access(where, False, told + "in another form; see `cursor` in the manifest")]
    at, key = read.last()
    if at is None or key is None:
        return ()
    records = listing.fetch(client, values, replace(start, since=at, until=at + _HOUR))[1]
    full = listing.pages.size is not None and len(records) >= listing.pages.size
    if full or key in reader.places(records)[0]:
        return ()
    told = f"the record {key} is not among those that changed from its own change time on: moments of queries are read "
    return [Access(where, False, told + "in another zone or form; passes would lose changes; see `cursor`")]


def clock_told(ahead: float | None) -> Sequence[Access]:
    """What to say of a clock that is so many seconds ahead of this machine's; empty where it is right or unknown."""
    if ahead is None or abs(ahead) < _SKEW:
        return ()
    side = "ahead of" if ahead > 0 else "behind"
    told = f"the system's clock is {abs(ahead) / 60:.0f} minutes {side} this machine's: its times and those of other "
    return [Access("clock", False, told + "suppliers do not compare; set the clock that is wrong")]
