"""JQL as the Cloud search reads it: text in, a test and an order out, everything it cannot read refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from core.model import SECOND, Instant, to_datetime, to_instant

Facts: TypeAlias = Mapping[str, Any]
"""What can be searched of an issue: lower-case texts in a frozenset for fields with values, instants for dates."""
Test: TypeAlias = Callable[[Facts], bool]

DATES: Final = frozenset({"updated", "created", "resolved", "resolutiondate", "statuscategorychangeddate"})
VALUES: Final = frozenset(
    {"project", "issuetype", "type", "status", "statuscategory", "priority", "resolution", "key", "issuekey", "issue",
     "id", "labels"}
)  # fmt: skip
SAME: Final = {"type": "issuetype", "issuekey": "key", "issue": "key", "id": "key", "resolutiondate": "resolved"}
ORDERS: Final = DATES | VALUES


class JqlError(ValueError):
    """The query cannot be read or names what is not there; the text is what Jira answers."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the meaning of a query depends on beside its text."""

    zone: ZoneInfo  # of the calling user's profile
    now: Instant
    known: Mapping[str, Container[str]] = field(default_factory=dict)  # field -> its values, lower case; else any
    dates: Mapping[str, str] = field(default_factory=dict)  # lower-case names of custom date fields -> in `Facts`


@dataclass(frozen=True, slots=True)
class Query:
    """A query that could be read."""

    test: Test | None  # None: no restriction
    order: tuple[tuple[str, bool], ...]  # (field, descending)


def parse(text: str, setting: Setting) -> Query:
    """The query as a test on `Facts` and an order. Raises `JqlError`."""
    reader = _Reader(_tokens(text), setting)
    test = None if reader.ends() else reader.any_of()
    order = reader.order()
    if not reader.at_end():
        raise JqlError(f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{reader.token()}'.")
    return Query(test, order)


_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|>=|<=|!~|[=<>~(),])|(?P<word>[^\s"'=<>~!(),]+))"""
)
_MOMENTS: Final = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_PERIOD: Final = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)")
_UNITS: Final = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60}
_COMPARE: Final[Mapping[str, Callable[[Instant, Instant], bool]]] = {
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "order"})


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool = False

    def is_(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words

    def __str__(self) -> str:
        return self.text


def _tokens(text: str) -> list[_Token]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise JqlError(f"Error in the JQL Query: The character '{text[at]}' is a reserved JQL character.")
        at = found.end()
        if found["quoted"] is not None:
            tokens.append(_Token(re.sub(r"\\(.)", r"\1", found["quoted"][1:-1]), quoted=True))
        else:
            tokens.append(_Token(found["sign"] or found["word"]))
    return tokens


class _Reader:
    """Where the reading of one query stands."""

    def __init__(self, tokens: Sequence[_Token], setting: Setting) -> None:
        self.tokens, self.setting, self.index = tokens, setting, 0

    def token(self, ahead: int = 0) -> _Token:
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else _Token("")

    def at_end(self) -> bool:
        return self.index >= len(self.tokens)

    def ends(self) -> bool:
        return self.at_end() or self.token().is_("order")

    def taken(self, *words: str) -> bool:
        if self.token().is_(*words):
            self.index += 1
            return True
        return False

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.taken("or"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda facts: any(test(facts) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.taken("and"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)

    def one(self) -> Test:
        if self.taken("not"):
            test = self.one()
            return lambda facts: not test(facts)
        if self.taken("("):
            test = self.any_of()
            if not self.taken(")"):
                raise JqlError("Error in the JQL Query: Expecting ')' before the end of the query.")
            return test
        if self.at_end() or self.token().text in {"=", ",", ")", "<", ">", "<=", ">="}:
            raise JqlError(f"Error in the JQL Query: Expecting a field name but got '{self.token()}'.")
        name = self.token()
        self.index += 1
        operator = self.operator()
        if operator is None:
            return self.text_search(name)
        field_name = name.text.lower()
        if field_name in DATES:
            return self.date(name.text, SAME.get(field_name, field_name), operator)
        if field_name in self.setting.dates:
            return self.date(name.text, self.setting.dates[field_name], operator)
        if field_name in VALUES:
            return self.values(name.text, SAME.get(field_name, field_name), operator)
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")

    def operator(self) -> str | None:
        """The operator that follows, or None where a field's name stands alone."""
        for words in (("not", "in"), ("is", "not"), ("in",), ("is",)):
            if all(self.token(ahead).is_(word) for ahead, word in enumerate(words)):
                self.index += len(words)
                return " ".join(words)
        sign = self.token()
        if not sign.quoted and sign.text in {*_COMPARE, "~", "!~"}:
            self.index += 1
            return sign.text
        return None

    def text_search(self, first: _Token) -> Test:
        """Words without an operator look for text; issues' texts are not in the world, so nothing is found."""
        while not self.ends() and not self.token().is_("and", "or", ")"):
            if self.token().text in {"(", ","}:
                raise JqlError(f"Error in the JQL Query: Expecting operator but got '{self.token()}'.")
            self.index += 1
        return lambda facts: first.text.lower() in facts.get("text", "")

    def operands(self, operator: str) -> list[_Token]:
        if operator not in {"in", "not in"}:
            if self.at_end():
                raise JqlError("Error in the JQL Query: Expecting either a value, list or function.")
            token = self.token()
            self.index += 1
            return [token]
        if not self.taken("("):
            raise JqlError(f"Error in the JQL Query: Expecting '(' but got '{self.token()}'.")
        listed = []
        while True:
            if self.at_end() or (self.token().text in {",", ")"} and not self.token().quoted):
                raise JqlError("Error in the JQL Query: Expecting either a value, list or function.")
            listed.append(self.token())
            self.index += 1
            if self.taken(")"):
                return listed
            if not self.taken(","):
                raise JqlError(f"Error in the JQL Query: Expecting ',' or ')' but got '{self.token()}'.")

    def values(self, shown: str, name: str, operator: str) -> Test:
        if operator not in {"=", "!=", "in", "not in", "is", "is not"}:
            raise JqlError(f"The operator '{operator}' is not supported by the '{shown}' field.")
        wanted: set[str | None] = set()
        for operand in self.operands(operator):
            text = operand.text.lower()
            if (not operand.quoted and text in {"empty", "null"}) or (name == "resolution" and text == "unresolved"):
                wanted.add(None)
                continue
            if operator in {"is", "is not"}:
                raise JqlError(f"Error in the JQL Query: Expecting either 'EMPTY' or 'NULL' but got '{operand}'.")
            if text not in self.setting.known.get(name, {text}):
                raise JqlError(f"The value '{operand}' does not exist for the field '{shown}'.")
            wanted.add(text)
        positive = operator in {"=", "in", "is"}

        def test(facts: Facts) -> bool:
            has = facts.get(name) or frozenset({None})
            return bool(wanted & has) is positive

        return test

    def date(self, shown: str, name: str, operator: str) -> Test:
        if operator in {"is", "is not"}:
            if not self.taken("empty", "null"):
                raise JqlError(f"Error in the JQL Query: Expecting either 'EMPTY' or 'NULL' but got '{self.token()}'.")
            empty = operator == "is"
            return lambda facts: (facts.get(name) is None) is empty
        if operator not in _COMPARE:
            raise JqlError(f"The operator '{operator}' is not supported by the '{shown}' field.")
        [operand] = self.operands(operator)
        moment, holds = self.moment(shown, operand), _COMPARE[operator]
        return lambda facts: (found := facts.get(name)) is not None and holds(found, moment)

    def moment(self, shown: str, operand: _Token) -> Instant:
        """An instant out of epoch milliseconds, a literal of the user's zone, a period or a function."""
        text, setting = operand.text, self.setting
        if not operand.quoted and self.token().is_("("):
            return self.function(text)
        if text.lstrip("-").isdigit():
            return int(text) * 1000 if not operand.quoted else setting.now + int(text) * 60 * SECOND
        for pattern in _MOMENTS:
            try:
                local = datetime.strptime(text, pattern).replace(tzinfo=setting.zone)
            except ValueError:
                continue
            return to_instant(local)
        period = _PERIOD.fullmatch(text.strip())
        if period is None:
            raise JqlError(
                f"Date value '{text}' for field '{shown}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
                "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
            )
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([wdhm])", period[2]))
        return setting.now + (-seconds if period[1] == "-" else seconds) * SECOND

    def function(self, name: str) -> Instant:
        self.taken("(")
        argument = 0
        if not self.token().is_(")"):
            text = self.token().text
            if not re.fullmatch(r"-?\d+", text):
                raise JqlError(f"Invalid argument '{text}' for JQL function '{name}()'.")
            argument = int(text)
            self.index += 1
        if not self.taken(")"):
            raise JqlError("Error in the JQL Query: Expecting ')' before the end of the query.")
        if name.lower() == "now":
            return self.setting.now
        if name.lower() == "startofday":
            local = to_datetime(self.setting.now).astimezone(self.setting.zone) + timedelta(days=argument)
            return to_instant(local.replace(hour=0, minute=0, second=0, microsecond=0))
        raise JqlError(f"Unable to find JQL function '{name}()'.")

    def order(self) -> tuple[tuple[str, bool], ...]:
        if not self.taken("order"):
            return ()
        if not self.taken("by"):
            raise JqlError(f"Error in the JQL Query: Expecting 'by' but got '{self.token()}'.")
        fields: list[tuple[str, bool]] = []
        while True:
            name = self.token().text
            shown = self.setting.dates.get(name.lower(), SAME.get(name.lower(), name.lower()))
            if name.lower() not in ORDERS and name.lower() not in self.setting.dates:
                raise JqlError(f"Not able to sort using field '{name}'.")
            self.index += 1
            descending = not self.taken("asc") and self.taken("desc")
            fields.append((shown, descending))
            if not self.taken(","):
                break
        if len(fields) > 7:
            raise JqlError("The maximum number of 'ORDER BY' fields allowed is 7.")
        return tuple(fields)
