"""Reading a series as Prometheus writes it: a name, and labels in braces; what is mistyped gets a suggestion."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from core.explain.explanation import NoSuchSeriesError, Series

_SERIES: Final = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\}\s*)?", re.DOTALL)
_LABEL: Final = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\[\\"n])*)"\s*(,|$)', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\([\\"n])')


def parse(text: str, known: Mapping[str, Sequence[str]], optional: Collection[str] = ()) -> Series:
    """The series that a text names, its labels in the order of the family.

    `known`: the families by name, with their labels; `optional` are labels that may be missing.
    Raises NoSuchSeriesError.
    """
    found = _SERIES.fullmatch(text)
    if found is None:
        raise NoSuchSeriesError(f'{text!r} is no series; write it like siam_joint_availability_ratio{{window="30d"}}')
    name, inside = found[1], found[2] or ""
    if name.startswith("siamhub_"):
        raise NoSuchSeriesError(f"{name} is about the hub itself, not measured: only siam_ series are taken apart")
    if name not in known:
        raise NoSuchSeriesError(f"there is no series {name}{_meant(name, known)}")
    given = _labels(text, inside)
    family = known[name]
    for label in given:
        if label not in family:
            has = f"it has {', '.join(family)}" if family else "it has no labels"
            raise NoSuchSeriesError(f"{name} has no label {label}; {has}{_meant(label, family)}")
    missing = [label for label in family if label not in given and label not in optional]
    if missing:
        example = ",".join(f'{label}="..."' for label in missing)
        raise NoSuchSeriesError(f"{name} needs the label {' and '.join(missing)} too: {name}{{...{example}}}")
    return Series(name, {label: given[label] for label in family if label in given})


def _labels(text: str, inside: str) -> Mapping[str, str]:
    given: dict[str, str] = {}
    at = 0
    while inside[at:].strip():
        found = _LABEL.match(inside, at)
        if found is None:
            raise NoSuchSeriesError(
                f'{text!r}: {inside[at:].strip()!r} is no label; write name="value", values in double quotes, '
                "commas in between (and the whole series in single quotes for the shell)"
            )
        if found[1] in given:
            raise NoSuchSeriesError(f"{text!r}: the label {found[1]} stands there twice")
        given[found[1]] = _ESCAPE.sub(lambda escape: {"n": "\n"}.get(escape[1], escape[1]), found[2])
        at = found.end()
    return given


def check(label: str, value: str, known: Sequence[str]) -> None:
    """Raises NoSuchSeriesError where the value of a label is none of those that it can have."""
    if value not in known:
        every = ", ".join(each or '""' for each in known)
        raise NoSuchSeriesError(f'there is no {label}="{value}"{_meant(value, known)}; {label} is one of {every}')


def _meant(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, [each for each in known if each], n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""
