"""What is wrong with a configuration file: the place and one plain sentence, all of them together as one error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from core.errors import UserError

Place: TypeAlias = tuple[str | int, ...]
"""Keys and positions that lead from the top of the file to a value."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend. `line` is None and `path` empty where it is about the file as a whole."""

    line: int | None  # counted from 1
    path: str  # "suppliers.acme.sources[0].auth"
    message: str  # what is wrong and what to do; never a secret


class SettingsError(UserError):
    """The configuration cannot be used. `str()` is the text to print, one line for each mistake, sorted by line."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes: Sequence[Mistake] = tuple(sorted(mistakes, key=lambda m: (m.line or 0, m.path, m.message)))
        super().__init__("\n".join(located(file, m.line, m.path, m.message) for m in self.mistakes))


def located(file: str, line: int | None, path: str, message: str = "") -> str:
    """A place for a person, with what there is to say about it: `siamhub.yaml:12: suppliers.acme: ...`."""
    where = file if line is None else f"{file}:{line}"
    return ": ".join(part for part in (where, path, message) if part)


def path_text(place: Place) -> str:
    """A place as a person reads it: `suppliers.acme.sources[0].auth`."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def quoted(text: str) -> str:
    """A text from the file in quotes, on one line and of bearable length."""
    return json.dumps(text if len(text) <= 60 else f"{text[:59]}…", ensure_ascii=False)


def hint(word: str, known: Iterable[str], none: str = "there are none") -> str:
    """What may have been meant, else what there is."""
    names = sorted(known)
    close = get_close_matches(word, names, 1) or get_close_matches(word.lower(), names, 1)
    if close:
        return f"did you mean {quoted(close[0])}?"
    if not names:
        return none
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"there are: {', '.join(names[:20])}{more}"
