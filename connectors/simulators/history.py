"""A recorded incident log (the form of the UCI data set 498) as a ServiceNow instance that had those incidents."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors.simulators.history_rows import Move, Recorded, fill
from connectors.simulators.servicenow_tables import Tables
from core.errors import UserError
from core.model import Instant, to_instant

COLUMNS: Final = (
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla",
    "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "category", "subcategory", "cmdb_ci", "impact", "urgency", "priority", "assignment_group",
    "assigned_to", "problem_id", "rfc", "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at",
)  # fmt: skip
"""What is read of a line; the form has a few columns more, which nothing is made of."""
TIMES: Final = ("opened_at", "sys_created_at", "sys_updated_at", "resolved_at", "closed_at")
COUNTS: Final = ("reassignment_count", "reopen_count")
MISSING: Final = "?"


class HistoryError(UserError):
    """The file is no such log, or a line of it cannot be read; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class History:
    """The log as an instance shows it: all of it, whatever the clock says."""

    tables: Tables
    opened: Instant  # the first opening
    ended: Instant  # the last change

    def at(self, now: Instant) -> Tables:
        """All tables. Nothing happens in them any more."""
        return self.tables


def read_history(path: Path) -> History:
    """The log in a file: .csv, .csv.gz or .csv.xz. Raises `HistoryError`.

    Dates are day/month/year and hour:minute and are taken for UTC; "?" is a missing value; one line is one state of
    an incident, the lines of an incident in the order in which they happened.
    """
    try:
        with _open(path) as file:
            incidents = _incidents(path, file)
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path}: cannot be read: {error}") from error
    if not incidents:
        raise HistoryError(f"{path}: has no incident in it: there is nothing after the line with the columns' names")
    last = [incident.last for incident in incidents]
    return History(
        tables=fill(incidents),
        opened=_instant(min(line["opened_at"] for line in last)),
        ended=_instant(max(line["sys_updated_at"] for line in last)),
    )


def _open(path: Path) -> io.TextIOBase:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _incidents(path: Path, file: Iterable[str]) -> list[Recorded]:
    """What the log tells of each incident, in the order in which they first appear."""
    reader = csv.reader(file)
    header = next(reader, [])
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise HistoryError(
            f"{path}:1: is no incident log of the expected form: the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing; see docs/simulators.md for the form"
        )
    key = header.index("number")
    pick = operator.itemgetter(*(header.index(name) for name in Move._fields))
    moves: dict[str, list[Move]] = {}
    last: dict[str, tuple[int, list[str]]] = {}
    place = 1  # of the line in hand, for the message
    try:
        for values in reader:
            place = reader.line_num
            if len(values) != len(header):
                raise ValueError(f"has {len(values)} values, the first line names {len(header)} columns")
            move = Move(*("" if value == MISSING else value for value in pick(values)))
            number = values[key]
            moves.setdefault(number, []).append(_read(move))
            last[number] = place, values
        told = []
        for written, values in last.values():
            place = written
            told.append(_whole({name: values[header.index(name)] for name in COLUMNS}))
    except (ValueError, csv.Error) as error:
        raise HistoryError(f"{path}:{place}: {error}") from error
    return [Recorded(_in_time(moves[entry["number"]]), entry) for entry in told]


def _in_time(moves: list[Move]) -> list[Move]:
    """The lines of an incident, none of them later than one that follows it.

    Their order is what the log is sure of. In the published one a few bear a time or a count out of order, and by
    either of them an incident that was never reopened would look like one that was.
    """
    edge = moves[-1].sys_updated_at
    for place in range(len(moves) - 2, -1, -1):
        if moves[place].sys_updated_at > edge:
            moves[place] = moves[place]._replace(sys_updated_at=edge)
        edge = moves[place].sys_updated_at
    return moves


def _read(move: Move) -> Move:
    for name in ("incident_state", "sys_updated_at"):
        if not getattr(move, name):
            raise ValueError(f"{name} is missing")
    _count("sys_mod_count", move.sys_mod_count)
    return move._replace(sys_updated_at=_time("sys_updated_at", move.sys_updated_at))


def _whole(values: Mapping[str, str]) -> dict[str, str]:
    line = {name: "" if value == MISSING else value for name, value in values.items()}
    for name in ("number", "opened_at"):
        if not line[name]:
            raise ValueError(f"{name} is missing")
    for name in COUNTS:
        _count(name, line[name])
    return line | {name: _time(name, line[name]) for name in TIMES}


def _count(name: str, text: str) -> None:
    if not text.isdigit():
        raise ValueError(f"{name} {text!r} is no number")


def _time(name: str, text: str) -> str:
    """ "29/2/2016 01:16" as "2016-02-29 01:16:00"; "" stays."""
    if not text:
        return ""
    try:
        day, month, rest = text.split("/")
        year, clock = rest.split(" ")
        hour, minute = clock.split(":")
        return str(datetime(int(year), int(month), int(day), int(hour), int(minute)))  # noqa: DTZ001  # of UTC
    except ValueError:
        raise ValueError(f"{name} {text!r} is no time such as 29/2/2016 01:16") from None


def _instant(text: str) -> Instant:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))
