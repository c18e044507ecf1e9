"""A source's turn: a pass over it, and behind a good one the census when it is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from core.census import Registered, census, due
from core.connector import Connector, Counted
from core.model import Instant
from core.settings import SourceSettings
from core.status import SourceStatus
from core.sync import Keeper, Outcome, sync


class Kept(Keeper, Registered, Protocol):
    """The part of the store that a turn needs."""


def turn(
    source_id: int,
    connector: Connector,
    settings: SourceSettings,
    store: Kept,
    status: SourceStatus,
    clock: Callable[[], Instant],
    stopping: Callable[[], bool] = lambda: False,
    full: bool = False,
    accept: bool = False,
) -> Outcome:
    """Read a source to its end (`full`: from `since` on, and with a census at any rate). How the pass ended.

    `accept`: with a census at any rate, which believes what it finds however many tickets are missing.

    A census follows where the last one lies long enough back, the pass has read something to its end, and the
    connector can tell which tickets its source has. How it ended stands in the status.
    """
    outcome = sync(source_id, connector, store, status, clock, stopping, full)
    if outcome.state not in ("ok", "partial") or stopping() or not isinstance(connector, Counted):
        return outcome
    if not (accept or due(status.census, settings.census, clock()) or (full and settings.census is not None)):
        return outcome
    changed = census(
        source_id, connector, connector.mapping_digest, settings.config.since, store, status, clock, stopping, accept
    )
    return replace(outcome, changed=outcome.changed or changed)
