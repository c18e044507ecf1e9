"""Lists of relations: rows that say which ticket refers to which other one, apart from the tickets themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors.links import compile_links
from connectors.manifest_map import References
from connectors.mapping import Language, Notes, texts
from core.model import LINK, Columns

_TIMELESS: Final = 0
"""The version of such a reference: it belongs to no version of its ticket, and stays until it is told otherwise."""


def compile_references(said: References, language: Language) -> Callable[[Sequence[Any], Notes], Columns]:
    """The references that rows tell, as links of the tickets that they name. A row that names none tells nothing."""
    ticket = texts(language.path(said.ticket), language.inner)
    find = compile_links(said.rules, language)

    def read(rows: Sequence[Any], notes: Notes) -> Columns:
        links: dict[str, list[Any]] = {name: [] for name in LINK}
        own = ticket(rows)
        for place, kind, evidence, reference in find(rows, notes):
            if own[place]:
                for name, value in zip(LINK, (own[place], kind, evidence, reference, _TIMELESS), strict=True):
                    links[name].append(value)
        return links

    return read
