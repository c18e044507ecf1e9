"""Texts as PostgreSQL can hold them: without NUL characters, which JSON allows and it does not."""

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
    if any(value.__class__ is str and "\0" in value for value in column):
        return [_text(value) if isinstance(value, str) else value for value in column]
    return column


def _text(text: str) -> str:
    return text.replace("\0", "")
