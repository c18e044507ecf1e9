"""FIQL as TOPdesk's `query` parameter reads it: text in, a test on a card out, everything else refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from core.model import to_instant

Card: TypeAlias = Mapping[str, Any]
"""A card before it is written: nested parts as mappings, dates as instants (microseconds UTC)."""
Test: TypeAlias = Callable[[Card], bool]


class FiqlError(ValueError):
    """The query cannot be read; the text is what TOPdesk answers."""


def parse(query: str, fields: Mapping[str, str]) -> Test:
    """A test that is true for the cards the query wants.

    `fields` names what may be asked for, dotted for parts, with its type: "date", "number", "text", "memo", "boolean"
    or "id". `;` is and, `,` is or, and binds tighter, parentheses group. Raises `FiqlError`.
    """
    reader = _Reader(query, fields)
    test = reader.any_of()
    reader.end()
    return test


def value(card: Card, path: str) -> Any:
    """What stands at a dotted path of a card; None where a part of the way is missing."""
    found: Any = card
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_OPERATOR: Final = re.compile(r"==|!=|=(?:gt|ge|lt|le|sw|in|out)=")
_PLAIN: Final = re.compile(r"""[^\s'"();,=!~<>]+""")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)")
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=gt=": lambda left, right: left > right,
    "=ge=": lambda left, right: left >= right,
    "=lt=": lambda left, right: left < right,
    "=le=": lambda left, right: left <= right,
}


class _Reader:
    """Where the reading of one query stands."""

    def __init__(self, text: str, fields: Mapping[str, str]) -> None:
        self.text, self.fields, self.at = text, fields, 0

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.taken(","):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda card: any(test(card) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.taken(";"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda card: all(test(card) for test in tests)

    def one(self) -> Test:
        if self.taken("("):
            test = self.any_of()
            if not self.taken(")"):
                raise self.wrong("expected ')'")
            return test
        path = self.match(_FIELD, "a field")
        kind = self.fields.get(path)
        if kind is None:
            raise FiqlError(f"Error parsing one of the query parameters. query contains unknown field: '{path}'")
        return self.comparison(path, kind, self.match(_OPERATOR, "an operator"))

    def comparison(self, path: str, kind: str, operator: str) -> Test:
        if operator in {"=in=", "=out="}:
            if kind == "memo":
                raise self.wrong(f"{operator} is not supported for '{path}'")
            wanted = [self.typed(path, kind) for _ in self.listed()]
            inside = operator == "=in="
            return lambda card: (value(card, path) in wanted) is inside
        if operator == "=sw=":
            if kind not in {"text", "memo"}:
                raise self.wrong(f"=sw= is not supported for '{path}'")
            start = str(self.typed(path, kind))
            return lambda card: str(value(card, path) or "").startswith(start)
        if operator in _ORDER:
            if kind not in {"date", "number"}:
                raise self.wrong(f"{operator} is not supported for '{path}'")
            bound, holds = self.typed(path, kind), _ORDER[operator]
            return lambda card: (found := value(card, path)) is not None and holds(found, bound)
        wanted_one = self.typed(path, kind)
        if kind == "memo" and wanted_one is not None:
            raise self.wrong(f"{operator} is not supported for '{path}'")
        equal = operator == "=="
        return lambda card: (
            ((value(card, path) or None) == wanted_one if wanted_one is None else (value(card, path) == wanted_one))
            is equal
        )

    def listed(self) -> Any:
        """Yields once before every value of a bracketed list, whose values the caller reads."""
        if not self.taken("("):
            raise self.wrong("expected '('")
        yield None
        while self.taken(","):
            yield None
        if not self.taken(")"):
            raise self.wrong("expected ')'")

    def typed(self, path: str, kind: str) -> Any:
        quoted, text = self.literal()
        if not quoted and text == "null":
            return None
        if kind == "date":
            if not _DATE.fullmatch(text):
                raise FiqlError(f"Error parsing one of the query parameters. '{text}' is not a valid date for '{path}'")
            return to_instant(datetime.fromisoformat(text))
        if kind == "number":
            try:
                return float(text)
            except ValueError:
                raise FiqlError(
                    f"Error parsing one of the query parameters. '{text}' is not a valid number for '{path}'"
                ) from None
        if kind == "boolean":
            if text not in {"true", "false"}:
                raise FiqlError(
                    f"Error parsing one of the query parameters. '{text}' is not a valid boolean for '{path}'"
                )
            return text == "true"
        return text

    def literal(self) -> tuple[bool, str]:
        """The next value and whether it stood in quotes."""
        quote = self.text[self.at : self.at + 1]
        if quote not in {"'", '"'}:
            return False, self.match(_PLAIN, "a value")
        text, at = "", self.at + 1
        while at < len(self.text):
            sign = self.text[at]
            if sign == quote:
                self.at = at + 1
                return True, text
            if sign == "\\":
                at += 1
                sign = self.text[at : at + 1]
            text, at = text + sign, at + 1
        raise self.wrong("a quote is not closed")

    def taken(self, sign: str) -> bool:
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def match(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self.wrong(f"expected {what}")
        self.at = found.end()
        return found[0]

    def end(self) -> None:
        if self.at != len(self.text):
            raise self.wrong("unexpected text")

    def wrong(self, why: str) -> FiqlError:
        return FiqlError(f"Error parsing one of the query parameters. {why} at position {self.at} of '{self.text}'")
