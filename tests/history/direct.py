"""A recorded incident log counted directly, line by line: the csv module, datetime, and nothing of the product."""

from __future__ import annotations

import csv
import gzip
import itertools
import lzma
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

DONE = ("Resolved", "Closed")
Line = Mapping[str, str]


@dataclass(frozen=True)
class Direct:
    """What the lines of a log say."""

    lines: int
    incidents: int
    first_opened: datetime
    last_opened: datetime
    reopened_by_count: frozenset[str]  # numbers: reopen_count of the last line is not 0
    reopened_by_states: frozenset[str]  # numbers: a line in another state follows one that is resolved or closed
    reassigned: int  # reassignment_count of the last line is not 0
    moved: int  # incidents with two groups among their lines
    elapsed: Mapping[str, float]  # number -> seconds from the opening to the last resolution, of resolved ones
    waiting: Mapping[str, float]  # number -> seconds in an "Awaiting ..." state before that
    active: Mapping[str, float]  # number -> seconds before that in any other state that is not done
    by_field: Mapping[str, float]  # number -> seconds from opened_at to resolved_at, where the last line has it
    priorities: Mapping[str, str]  # number -> digit of the last line's priority
    lowered: frozenset[str]  # numbers: a line has a less urgent priority than the line before
    lives: Mapping[str, Sequence[tuple[str, datetime]]]  # number -> states, each with the time from which on it held
    groups: Mapping[str, Sequence[tuple[str, datetime]]]  # number -> groups, likewise, those that are known
    responses: Mapping[str, float]  # number -> seconds from the opening to the first move into work that a line tells

    @property
    def mean_elapsed(self) -> float:
        """Seconds."""
        return sum(self.elapsed.values()) / len(self.elapsed)

    @property
    def mean_active(self) -> float:
        """Seconds."""
        return sum(self.active.values()) / len(self.active)

    def open_for(self, moment: datetime) -> Mapping[str, float]:
        """Number -> seconds since the opening, of the incidents that are open at a moment."""
        found = {}
        for number, life in self.lives.items():
            until = [state for state, since in life if since <= moment]
            if until and until[-1] not in (*DONE, "Canceled"):
                found[number] = (moment - life[0][1]).total_seconds()
        return found

    def handovers(self, party: Callable[[str], str]) -> Counter[tuple[str, str]]:
        """How often incidents went from one party to another, until they were resolved for good."""
        found: Counter[tuple[str, str]] = Counter()
        for number, told in self.groups.items():
            life = self.lives[number]
            over = life[0][1] + timedelta(seconds=self.elapsed[number]) if number in self.elapsed else None
            holder = party(told[0][0]) if told else ""
            for group, since in told[1:]:
                if party(group) != holder and (over is None or since < over):
                    found[holder, party(group)] += 1
                    holder = party(group)
        return found


def count(path: Path) -> Direct:
    """The log in a file, also a packed one.

    The order of an incident's lines is what happened; a line holds from its time on. The first one holds from the
    opening on, for that is how the incident was entered. One that was entered as resolved is resolved at its
    opening, or at its resolved_at where that lies before the next state.
    """
    incidents: dict[str, list[Line]] = defaultdict(list)
    lines = 0
    with _open(path) as file:
        for line in csv.DictReader(file):
            incidents[line["number"]].append(line)
            lines += 1
    lives = {number: _life(told) for number, told in incidents.items()}
    ends = {number: told[-1] for number, told in incidents.items()}
    opened = [_time(line["opened_at"]) for line in ends.values()]
    done = {number: life for number, life in lives.items() if life[-1][0] in DONE}
    sums = {number: _sums(life) for number, life in done.items()}
    return Direct(
        lines=lines,
        incidents=len(incidents),
        first_opened=min(opened),
        last_opened=max(opened),
        reopened_by_count=frozenset(number for number, line in ends.items() if line["reopen_count"] != "0"),
        reopened_by_states=frozenset(
            number
            for number, life in lives.items()
            if any(a[0] in DONE and b[0] not in DONE for a, b in itertools.pairwise(life))
        ),
        reassigned=sum(line["reassignment_count"] != "0" for line in ends.values()),
        moved=sum(len({line["assignment_group"] for line in told} - {"?"}) > 1 for told in incidents.values()),
        elapsed={number: each[0] for number, each in sums.items()},
        waiting={number: each[1] for number, each in sums.items()},
        active={number: each[2] for number, each in sums.items()},
        by_field={
            number: (_time(line["resolved_at"]) - _time(line["opened_at"])).total_seconds()
            for number, line in ends.items()
            if line["resolved_at"] != "?"
        },
        priorities={number: line["priority"][0] for number, line in ends.items()},
        lowered=frozenset(
            number
            for number, told in incidents.items()
            if any(before["priority"] < line["priority"] for before, line in itertools.pairwise(told))
        ),
        lives=lives,
        groups={number: _groups(told) for number, told in incidents.items()},
        responses={n: after for n, told in incidents.items() if (after := _response(told)) is not None},
    )


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")


def _life(told: Sequence[Line]) -> list[tuple[str, datetime]]:
    """The states that an incident took, each with the time from which on it held. -100 is nobody's word: open."""
    opened = _time(told[0]["opened_at"])
    life = [("New", opened)]
    for place, line in enumerate(told):
        state = line["incident_state"]
        if state != life[-1][0]:
            life.append((state, _since(told, place) if place else _entered(told, opened)))
    return life


def _since(told: Sequence[Line], place: int) -> datetime:
    """From when on a line holds: the first one from the opening on, none later than one that follows it."""
    return min(_time(line["sys_updated_at"]) for line in told[place:]) if place else _time(told[0]["opened_at"])


def _groups(told: Sequence[Line]) -> list[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = []
    for place, line in enumerate(told):
        group = line["assignment_group"]
        if group != "?" and (not found or group != found[-1][0]):
            found.append((group, _since(told, place)))
    return found


def _response(told: Sequence[Line]) -> float | None:
    """When the first move into work was made, into a wait, or into the end; a person wrote each line.

    From one kind of waiting to another is no such move: INC0005303 was entered as waiting for a problem, and waited for
    its user later.
    """
    for place in range(1, len(told)):
        before, state = (_kind(told[at]["incident_state"]) for at in (place - 1, place))
        if state != before and state in (*DONE, "Active", "Awaiting"):
            return (_since(told, place) - _time(told[0]["opened_at"])).total_seconds()
    return None


def _kind(state: str) -> str:
    return "Awaiting" if state.startswith("Awaiting") else state


def _entered(told: Sequence[Line], opened: datetime) -> datetime:
    """When the state of the first line began."""
    first, last = told[0]["incident_state"], told[-1]
    if first not in DONE:
        return opened
    known = next((_time(last[name]) for name in ("resolved_at", "closed_at") if last[name] != "?"), opened)
    following = [line for line in told if line["incident_state"] != first]
    if not following:
        return known
    resolved = last["resolved_at"] != "?" and opened <= known <= _time(following[0]["sys_updated_at"])
    return known if resolved else opened


def _sums(life: Sequence[tuple[str, datetime]]) -> tuple[float, float, float]:
    """Seconds until the last resolution, those of them on hold, and those of work."""
    last = next(
        place for place in range(len(life) - 1, 0, -1) if life[place][0] in DONE and life[place - 1][0] not in DONE
    )
    waiting = active = 0.0
    for (state, start), (_, end) in itertools.pairwise(life[: last + 1]):
        if state.startswith("Awaiting"):
            waiting += (end - start).total_seconds()
        elif state not in DONE:
            active += (end - start).total_seconds()
    return (life[last][1] - life[0][1]).total_seconds(), waiting, active
