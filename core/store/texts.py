"""Texts as databases can hold them: without NUL, which JSON allows, PostgreSQL refuses and SQLite cuts at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Text

from core.model import Columns, Page, Reject
from core.store.tables import RECORDS

_NUMBERS: Final = frozenset(
    column.name
    for table in RECORDS.values()
    for column in table.columns
    if not isinstance(column.type, Text) and column.name != "ticket"
)
"""Fields that are no texts; `ticket` is one until the store has put its number there."""


def without_nul(page: Page) -> Page:
    """The page with every NUL taken out; the same page where there is none, which is nearly always."""
    return replace(
        page,
        tickets=_columns(page.tickets),
        events=_columns(page.events),
        outages=_columns(page.outages),
        responses=_columns(page.responses),
        links=_columns(page.links),
        tombstones=_columns(page.tombstones),
        checkpoint=None if page.checkpoint is None else _text(page.checkpoint),
        rejects=[Reject(_text(one.key), _text(one.reason), _text(one.detail)) for one in page.rejects],
        unmapped={(_text(name), _text(value)): count for (name, value), count in page.unmapped.items()},
    )


def _columns(columns: Columns) -> Columns:
    return {name: values if name in _NUMBERS else _column(values) for name, values in columns.items()}


def _column(column: Sequence[Any]) -> Sequence[Any]:
    """One search through all texts of the column: one per text would be a tenth of what saving a page costs."""
    if "\0" not in _whole(column):
        return column
    return [_text(value) if value.__class__ is str else value for value in column]


def _whole(column: Sequence[Any]) -> str:
    try:
        return "".join(column)
    except TypeError:
        return "".join([value for value in column if value.__class__ is str])


def _text(text: str) -> str:
    return text.replace("\0", "")
