"""What a check says of a stream, in words: what was read, what is missing in it, and what suffers without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.manifest import Stream
from connectors.manifest_discover import Discovery
from connectors.plan import Plan
from connectors.reading import Read
from core.connector import Access, AuthenticationError, GroundError, SourceError


def seen(plan: Plan, records: Sequence[Any], read: Read, total: int | None) -> str:
    """What came for a stream. `total`: how many records the query finds, where the answer tells."""
    if not records:
        # Many systems show nothing, and say nothing, where a right is missing.
        grant = f"; if there should be some, the account may not see them: {plan.said.grant}" if plan.said.grant else ""
        if total:
            return f"the first is hidden from the account, of {_records(total)} that the query finds{grant}"
        return f"nothing found since the source's `since`{grant}"
    said = f"{_records(len(records))} read"
    if total is not None and total > len(records):  # a condition that the system ignores finds too many
        said += f" of {total} that the query finds"
    if read.rejects:
        said += f", {len(read.rejects)} set aside: {', '.join(sorted({one.reason for one in read.rejects}))}"
    cursor = plan.said.cursor
    if cursor is not None and cursor.path and not any(map(plan.language.path(cursor.path).get, records)):
        said += (
            f"; cursor.path {cursor.path!r} stands in none of them, so that every pass reads all again: give the path"
        )
        said += " of the change time"
    if hidden := _not_shown(plan, records):
        said += f"; not in it: {', '.join(hidden)} (unknown there, or hidden from the account)"
    return said


def without(said: Stream | Discovery) -> str:
    """What an operator should know of what may not be read."""
    suffers = f"; without it: {said.suffers}" if said.suffers else ""
    optional = "; it is optional: a pass without it is ok" if isinstance(said, Stream) and said.optional else ""
    return suffers + optional + (f"; {said.grant}" if said.grant else "")


def not_asked(names: Sequence[str], error: SourceError) -> list[Access]:
    """What there is to say of the streams that are left, once for all of them."""
    why = "the system does not answer"
    if isinstance(error, AuthenticationError):
        why = "the login is refused"
    elif isinstance(error, GroundError):
        why = "each of them rests on that answer"
    return [Access(", ".join(names), False, f"not asked, since {why}")] if names else []


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _not_shown(plan: Plan, records: Sequence[Any]) -> Sequence[str]:
    """Names that were asked for one by one and that the record does not have."""
    if not (plan.language.flat and records and isinstance(records[0], dict)):
        return ()
    return [name for name in plan.values["field_list"] if name not in records[0]]
