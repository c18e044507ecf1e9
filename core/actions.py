"""Improvement actions: what the board agreed to do, who does it by when, and the figure that it should move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import UserError
from core.model import Instant, Sample, to_datetime

STATUSES: Final = ("open", "late", "done")
"""What an action is; "late" is open and past its date, so that the three add up to all."""
_TITLE: Final = 200  # characters; a table of the pack has room for about as many


@dataclass(frozen=True, slots=True)
class Action:
    """One improvement action."""

    id: int
    title: str
    owners: tuple[str, ...]  # parties; none: all of them together
    due: date | None  # in the hub's zone, the whole day
    series: str | None  # the figure that it should move, as Prometheus writes it, without a window
    before: float | None  # that figure in the last whole month when the action was agreed
    before_month: str | None
    agreed_at: Instant
    done_at: Instant | None

    def status(self, at: Instant, zone: str) -> str:
        """What it is at an instant: one of STATUSES."""
        if self.done_at is not None and self.done_at <= at:
            return "done"
        return "late" if self.due is not None and self.due < local(at, zone).date() else "open"


class ActionError(UserError):
    """An action cannot be kept or found; the message says why and what to do."""


def local(at: Instant, zone: str) -> datetime:
    """An instant on the wall clock of a zone."""
    return to_datetime(at).astimezone(ZoneInfo(zone))


def title_of(text: str) -> str:
    """The text as the title of an action: one line. ActionError where it is blank or too long."""
    title = " ".join(text.split())
    if not title:
        raise ActionError("an action needs a title: say in a few words what will be done")
    if len(title) > _TITLE:
        raise ActionError(f"the title has {len(title)} characters, more than {_TITLE}: say it in fewer words")
    if not title.isprintable():
        raise ActionError("the title has characters that cannot be shown; write plain text")
    return title


def due_of(text: str) -> date:
    """The date that a text names. ActionError where it is none."""
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ActionError(f"{text[:40]!r} is no date; write it like 2026-12-15") from None


def samples(actions: Sequence[Action], at: Instant, zone: str) -> list[Sample]:
    """How many actions that were agreed until `at` are open, late and done."""
    found = Counter(action.status(at, zone) for action in actions if action.agreed_at <= at)
    return [Sample("siam_improvement_actions", (("status", status),), float(found[status])) for status in STATUSES]
