"""Encoded queries as ServiceNow reads them: what it does not understand is left out, and the rest is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.simulators.servicenow_values import is_time

OPERATORS: Final = (
    "ISNOTEMPTY", "EMPTYSTRING", "STARTSWITH", "NOT LIKE", "ENDSWITH", "CONTAINS", "ANYTHING", "BETWEEN", "ISEMPTY",
    "NOT IN", "NSAMEAS", "SAMEAS", "LIKE", "IN", "!=", ">=", "<=", "!*", "=", ">", "<", "*", "%",
)  # fmt: skip
"""Longest first, so that `>=` is not read as `>` and a value that begins with `=`."""
NOT_SIMULATED: Final = ("INSTANCEOF", "DATEPART", "RELATIVE", "NOTON", "ON", "GT_", "LT_", "MORETHAN", "LESSTHAN")


class NotSimulatedError(ValueError):
    """The query is one that ServiceNow knows and this simulator does not: said aloud, never run as something else."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison."""

    path: str  # a column, or columns with dots through references
    operator: str  # one of OPERATORS
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted: one of the groups holds, in which all of the alternatives hold, of which one condition holds."""

    groups: tuple[tuple[tuple[Condition, ...], ...], ...]
    order: tuple[tuple[str, bool], ...]  # column, descending
    left_out: tuple[str, ...]  # parts that were not understood


def parse(text: str, known: Callable[[str], str | None], local: Callable[[str], str]) -> Query:
    """The query of an encoded text; parts that cannot be understood are left out of it and named in `left_out`.

    `known` gives the kind of a column's values, None for a column that is not there; `local` turns a time of the
    caller's zone into UTC. Raises `NotSimulatedError`.
    """
    groups: list[list[list[Condition]]] = [[]]
    order: list[tuple[str, bool]] = []
    left_out: list[str] = []
    for part in _parts(text):
        if part.startswith("ORDERBY"):
            falling = part.startswith("ORDERBYDESC")
            column = part.removeprefix("ORDERBYDESC" if falling else "ORDERBY")
            if known(column) is None:
                left_out.append(part)
            else:
                order.append((column, falling))
            continue
        if part == "EQ" or not part:
            continue
        if part.startswith(("RLQUERY", "ENDRLQUERY")):
            raise NotSimulatedError(f"the simulator does not run related-list queries: {part!r}")
        more = part.startswith("OR")
        new = part.startswith("NQ")
        if new:
            groups.append([])
        condition = _condition(part[2:] if more or new else part, known, local)
        if condition is None:
            left_out.append(part)
            if not more:
                groups[-1].append([])  # its alternatives stand alone then
        elif more and groups[-1]:
            groups[-1][-1].append(condition)
        else:
            groups[-1].append([condition])
    kept = tuple(tuple(tuple(either) for either in group if either) for group in groups)
    return Query(kept, tuple(order), tuple(left_out))


def _parts(text: str) -> Sequence[str]:
    """What stands between carets; a doubled caret is a caret in a value."""
    return [part.replace("\0", "^") for part in text.replace("^^", "\0").split("^")]


_FIELD: Final = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")
_GENERATED: Final = re.compile(r"javascript:\s*gs\.dateGenerate\('(\d{4}-\d\d-\d\d)',\s*'(\d\d:\d\d:\d\d)'\)")


def _condition(text: str, known: Callable[[str], str | None], local: Callable[[str], str]) -> Condition | None:
    found = _FIELD.match(text)
    if found is None:
        return None
    path, rest = found[0], text[found.end() :]
    kind = known(path)
    if kind is not None and rest.startswith(NOT_SIMULATED):
        raise NotSimulatedError(f"the simulator does not run this comparison: {text!r}")
    operator = next((name for name in OPERATORS if rest.startswith(name)), None)
    if operator is None:
        return None
    value = rest[len(operator) :]
    if kind is None or (operator in ("SAMEAS", "NSAMEAS") and known(value) is None):
        return None
    if operator == "BETWEEN" and "@" not in value:
        return None
    if value.startswith("javascript:"):
        generated = _GENERATED.fullmatch(value)
        if generated is None:
            raise NotSimulatedError(f"the simulator runs no scripts but gs.dateGenerate: {text!r}")
        value = local(f"{generated[1]} {generated[2]}")
    if kind == "datetime" and not _times(operator, value):
        return None
    return Condition(path, operator, value)


def _times(operator: str, value: str) -> bool:
    """Whether a value can be compared with a time. A date alone is not wrong: it stands for the day's beginning."""
    if operator in ("IN", "NOT IN"):
        return all(is_time(text) for text in value.split(","))
    if operator == "BETWEEN":
        return all(is_time(text) for text in value.split("@"))
    if operator in ("=", "!=", ">", ">=", "<", "<="):
        return not value or is_time(value) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    return True
