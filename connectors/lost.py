"""What is asked for ticket by ticket and is gone or hidden: that costs this ticket, and only in a row it costs all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.faults import missing
from core.connector import AnswerError, ForbiddenError, SourceError
from core.model import Reject

FEW: Final = 3  # refusals in a row, where nothing was answered yet, that are more than bad luck
_MANY: Final = 25  # and where something was, or where tickets are not there


@dataclass(frozen=True, slots=True)
class Told:
    """What one question brought for the tickets of `ids`."""

    ids: Sequence[str]
    rows: list[Any]
    error: SourceError | None = None  # they are gone, or hidden from the account

    def rejects(self, own: Callable[[str], str], what: str = "") -> list[Reject]:
        """The tickets that are lost. `own`: what was asked for -> the ticket's id; `what` was asked for."""
        if self.error is None:
            return []
        reason = "hidden" if isinstance(self.error, ForbiddenError) else "gone"
        return [Reject(own(key), reason, f"{what}{self.error}"[:200]) for key in self.ids]


class Asking:
    """Puts one question for ticket after ticket, or for batches of them, and knows whether it is answered at all."""

    def __init__(self) -> None:
        self.answered = False
        self._vain = 0

    def begin(self) -> None:
        """A pass begins, or a page: refusals are counted anew."""
        self._vain = 0

    def of(self, ask: Callable[[Sequence[str]], list[Any]], ids: Sequence[str]) -> list[Told]:
        """What the question brings; where a batch fails for one of its tickets, it is asked for in halves.

        Raises a `SourceError` where it is not the tickets that are gone or hidden.
        """
        return list(self._of(ask, ids, _Batch(self.answered)))

    def _of(self, ask: Callable[[Sequence[str]], list[Any]], ids: Sequence[str], batch: _Batch) -> Iterator[Told]:
        told = Told(ids, [], batch.error) if batch.hopeless() else batch.told(ask, ids)
        if told.error is None or len(ids) == 1 or batch.hopeless():
            yield told
            return
        half = len(ids) // 2
        yield from self._of(ask, ids[:half], batch)
        yield from self._of(ask, ids[half:], batch)

    def refused(self, told: Told) -> bool:
        """Whether it is the question that is refused, and not a ticket. To be asked of each in turn."""
        if told.error is None:
            self.answered, self._vain = True, 0
            return False
        self._vain += 1
        if self.answered:  # tickets may well be deleted in numbers; a right that is taken away ends it
            return isinstance(told.error, ForbiddenError) and self._vain >= _MANY
        return len(told.ids) > 1 or self._vain >= _patience(told.error)


@dataclass(slots=True)
class _Batch:
    """A batch whose tickets are asked for in ever smaller parts, until it shows that none is answered."""

    answered: bool
    error: SourceError | None = None  # of the last part that failed
    _vain: int = 0  # single tickets in a row that failed

    def told(self, ask: Callable[[Sequence[str]], list[Any]], ids: Sequence[str]) -> Told:
        told = _told(ask, ids)
        if told.error is None:
            self.answered, self._vain = True, 0
        else:
            self.error = told.error
            self._vain += len(ids) == 1
        return told

    def hopeless(self) -> bool:
        return self.error is not None and not self.answered and self._vain >= _patience(self.error)


def _patience(error: SourceError) -> int:
    """How many single tickets in a row may fail before anything was answered: those at the front may well be gone."""
    return FEW if isinstance(error, ForbiddenError) else _MANY


def _told(ask: Callable[[Sequence[str]], list[Any]], ids: Sequence[str]) -> Told:
    try:
        return Told(ids, ask(ids))
    except (ForbiddenError, AnswerError) as error:
        if not isinstance(error, ForbiddenError) and not missing(error):
            raise
        return Told(ids, [], error)
