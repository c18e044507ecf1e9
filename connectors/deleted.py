"""Records that tell of deletions: which ticket is gone, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.digests import digest
from connectors.manifest_records import Deleted
from connectors.mapping import Language, condition, texts
from connectors.sizes import too_long
from core.model import Columns, Reject


def compile_deleted(said: Deleted, language: Language) -> Callable[[Sequence[Any], list[Reject]], Columns]:
    """What a page of records tells of deletions; one whose moment cannot be read is among the rejects."""
    holds = condition(said.when, language)
    ticket = texts(language.path(said.ticket), language.inner)
    moment, column = language.reader(None), language.path(said.at).column

    def read(records: Sequence[Any], rejects: list[Reject]) -> Columns:
        if holds:
            records = [record for record, good in zip(records, holds(records), strict=True) if good]
        ids, written = ticket(records), column(records)
        moments = moment.column(written, lambda place, value: None)
        told = []
        for record, key, at, word in zip(records, ids, moments, written, strict=True):
            if key is None or too_long(key):
                rejects.append(Reject(digest(record), "no id", f"deleted.ticket: {said.ticket!r} gives {_given(key)}"))
                continue
            if at is None:
                rejects.append(Reject(key, "unreadable time", f"deleted: {str(word)[:60]!r}"))
            else:
                told.append((key, at))
        return {"ticket": [key for key, _ in told], "at": [at for _, at in told]}

    return read


def _given(key: str | None) -> str:
    return "nothing" if key is None else f"no id: {key[:60]!r}"
