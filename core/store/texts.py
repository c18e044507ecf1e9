"""Texts as databases can hold them: without NUL, which JSON allows, PostgreSQL refuses and SQLite cuts at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.model import Columns, Page, Reject


def without_nul(page: Page) -> Page:
    """The page with every NUL taken out; the same page where there is none, which is nearly always."""
    return replace(
        page,
        tickets=_columns(page.tickets),
        events=_columns(page.events),
        outages=_columns(page.outages),
        responses=_columns(page.responses),
        links=_columns(page.links),
        checkpoint=_text(page.checkpoint),
        rejects=[Reject(_text(one.key), _text(one.reason), _text(one.detail)) for one in page.rejects],
        unmapped={(_text(name), _text(value)): count for (name, value), count in page.unmapped.items()},
    )


def _columns(columns: Columns) -> Columns:
    return {name: _column(column) for name, column in columns.items()}


def _column(column: Sequence[Any]) -> Sequence[Any]:
    if str not in set(map(type, column)):
        return column
    whole = "".join([value for value in column if value.__class__ is str])  # one search instead of one per text
    return [_text(value) if value.__class__ is str else value for value in column] if "\0" in whole else column


def _text(text: str) -> str:
    return text.replace("\0", "")
