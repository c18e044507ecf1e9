"""What must never be said: the secrets of a source, taken out of every text before a person reads it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

import orjson

_SHORT: Final = 6  # characters; a shorter secret may be part of any word, and only stands for itself
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SAID: Final = frozenset(("scope", "grant"))  # values of a login that are no secret
_NAMES: Final = frozenset(("username", "client_id"))


def controls(text: str) -> bool:
    """Whether a text holds a line break or another control character, which no login may."""
    return _CONTROL.search(text) is not None


class Unsaid:
    """Knows the secrets of one source: those that the operator gave, and the tokens that the system gave for them."""

    __slots__ = ("_given", "_tokens")

    def __init__(self, given: Iterable[tuple[str, str]] = ()) -> None:
        """`given`: what the operator gave, by name."""
        values = {name: value for name, value in given if value and name not in _SAID}
        secrets = [value for name, value in values.items() if name not in _NAMES]
        pairs = [f"{values[name]}:{secret}" for name in _NAMES & values.keys() for secret in secrets]
        forms = [base64.b64encode(pair.encode()).decode() for pair in pairs]
        self._given: Final = _pattern([*secrets, *forms])
        self._tokens: dict[str, tuple[re.Pattern[str], ...]] = {}

    def token(self, kind: str, *texts: str) -> None:
        """Take these out as well, in place of those of this kind before the last ones, which may still be quoted."""
        found = _pattern(texts)
        if found is not None:
            self._tokens[kind] = (*self._tokens.get(kind, ())[-1:], found)

    def clean(self, text: str) -> str:
        """The text with `***` for every secret in it."""
        for pattern in (self._given, *(one for kind in self._tokens.values() for one in kind)):
            if pattern is not None:
                text = pattern.sub("***", text)
        return text

    def hush(self, error: BaseException) -> None:
        """Take the secrets out of what an error says."""
        error.args = tuple(self.clean(part) if isinstance(part, str) else part for part in error.args)


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    if not forms:
        return None
    # The longest first: one that begins another would leave the rest of it.
    return re.compile("|".join(_exact(form) for form in sorted(forms, key=len, reverse=True)))


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it may come back: as it is, in an address, in the text of a JSON."""
    return secret, quote(secret, safe=""), quote_plus(secret), orjson.dumps(secret).decode()[1:-1]


def _exact(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
