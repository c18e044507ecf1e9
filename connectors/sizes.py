"""How long texts may be: an id is whole or no id, a reference likewise, any other text is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

LONGEST: Final = 250
"""Characters of an id or a reference: longer ones are free text in the wrong place, and no database sorts by them."""
_CUT: Final = 500
TEXTS: Final = ("number", "url", "vendor_state", "group", "component", "service")


def too_long(key: str | None) -> bool:
    """Whether a text is no id, by its length."""
    return key is not None and len(key) > LONGEST


def cut(values: Sequence[Any]) -> Sequence[Any]:
    """A column of texts, each at most so long as a person would read it."""
    if max(map(len, filter(None, values)), default=0) <= _CUT:
        return values
    return [value[: _CUT - 1] + "…" if value and len(value) > _CUT else value for value in values]
