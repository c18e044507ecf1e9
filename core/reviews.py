"""Peer reviews from a CSV file: who said what of whom in which month, checked line by line before anything is kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import UserError

COLUMNS: Final = ("period", "from", "about", "score", "min", "max")
REMARK: Final = "remark"
LEAST_REVIEWERS: Final = 3
"""Parties that must have reviewed the same one for a month before what came by the form is shown."""
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SHOWN: Final = 20  # mistakes of one file that are told at once


@dataclass(frozen=True, slots=True)
class Review:
    """What a party said of another one for a month, on its own scale."""

    period: str  # "2026-10"
    reviewer: str
    about: str
    score: float
    scale_min: float
    scale_max: float
    remark: str | None = None  # shown in the board pack and nowhere else


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of a peer review."""

    reviewer: str
    about: str
    score: float  # from 0 to 1
    text: str


class ReviewError(UserError):
    """A file of reviews cannot be used; one line for each mistake, with file and line. Nothing of it was kept."""


def read_reviews(file: Path, parties: Collection[str], latest: str) -> Sequence[Review]:
    """The reviews of a file. `parties`: who may review and be reviewed; `latest`: the month after which none may lie.

    Columns in any order: period, from, about, score, min, max, and remark where there are remarks; separated by commas
    or semicolons, in UTF-8. Raises `ReviewError`, with every mistake in it.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ReviewError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ReviewError(f"{file}: is not in UTF-8 (byte {error.start}); save it as CSV in UTF-8") from error
    header = text.splitlines()[0] if text.strip() else ""
    rows = csv.DictReader(
        text.splitlines(keepends=True), delimiter=";" if header.count(";") > header.count(",") else ","
    )
    names = [name.strip().casefold() for name in rows.fieldnames or ()]
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise ReviewError(
            f"{file}:1: the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)} "
            f"{'are' if len(lacking) > 1 else 'is'} missing; the first line names the columns "
            f"{', '.join((*COLUMNS, REMARK))}"
        )
    rows.fieldnames = names
    found: list[Review] = []
    mistakes: list[str] = []
    for row in rows:
        said = {name: value.strip() for name, value in row.items() if isinstance(name, str) and value}
        if not said:
            continue
        wrong = list(_wrong(said, parties, latest))
        mistakes += [f"{file}:{rows.line_num}: {each}" for each in wrong]
        if not wrong:
            score, low, high = (float(said[name]) for name in ("score", "min", "max"))
            found.append(Review(said["period"], said["from"], said["about"], score, low, high, said.get(REMARK)))
    if mistakes:
        more = len(mistakes) - _SHOWN
        raise ReviewError("\n".join(mistakes[:_SHOWN] + ([f"{file}: and {more} more mistakes"] if more > 0 else [])))
    return found


def _wrong(said: Mapping[str, str], parties: Collection[str], latest: str) -> Iterator[str]:
    empty = [name for name in COLUMNS if name not in said]
    if empty:
        yield f"{', '.join(empty)}: nothing stands there"
        return
    if not _MONTH.fullmatch(said["period"]):
        yield f"period: {said['period']!r} is no month; write it like 2026-10"
    elif said["period"] > latest:
        yield f"period: {said['period']} has not begun yet"
    for name in ("from", "about"):
        if said[name] not in parties:
            yield f"{name}: no party is called {said[name]!r}; there are {', '.join(parties)}"
    try:
        score, low, high = (float(said[name]) for name in ("score", "min", "max"))
    except ValueError:
        yield f"score, min, max: {said['score']!r}, {said['min']!r}, {said['max']!r} are not all numbers"
        return
    if not low < high:
        yield f"min, max: {said['min']} to {said['max']} is no scale"
    elif not low <= score <= high:
        yield f"score: {said['score']} does not lie on the scale from {said['min']} to {said['max']}"
