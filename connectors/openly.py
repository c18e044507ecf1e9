"""Secrets that stand openly in a manifest, which is given away and kept with others: each belongs under `auth`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from connectors.named import At, Wrong
from connectors.template import Template

_NAME: Final = re.compile(
    r"(^|[_-])(token|secret|pass(word|wd)?|authorization|api[_-]?key|access[_-]?key|private[_-]?key|key)$",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{8,}|(basic|bearer|token)\s\S+", re.IGNORECASE)
"""What is no word of a person: letters and digits, or a scheme with what follows."""


def secrets(said: Any, at: At) -> Iterator[Wrong]:
    """What is named like a secret and is a text without placeholders that looks like one. It is never repeated."""
    for name, value in said.items() if isinstance(said, dict) else ():
        if isinstance(value, dict):
            yield from secrets(value, (*at, name))
        elif isinstance(value, str) and _NAME.search(str(name)) and not Template(value).names and _VALUE.match(value):
            yield Wrong(
                (*at, name),
                "looks like a secret, and a manifest is no place for one: say under auth how it is sent (api_key: "
                "{query: ...} or {header: ...}), and the value under auth of the source in siamhub.yaml",
            )
