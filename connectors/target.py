"""One kind of thing that records become, ticket, outage or response: its fields, and which records cannot be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from connectors.digests import digest
from connectors.manifest_map import Rule, Rules
from connectors.manifest_records import Outage, Response, Ticket
from connectors.mapping import Language, Notes, compile_rules, condition
from connectors.sizes import LONGEST, TEXTS, cut, too_long
from connectors.template import Template
from core.model import FIELDS, Columns, Instant, Reject

_TIMES: Final = (
    "opened_at", "first_response_at", "resolved_at", "closed_at", "outage_start", "outage_end", "requested_at",
    "approved_at", "planned_start", "planned_end", "actual_start", "actual_end",
)  # fmt: skip
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": (),
    "outage": ("start",),
    "response": ("score", "scale_min", "scale_max"),
}
"""Without which a record of that kind says nothing."""
_ALWAYS: Final = ("kind", "state")  # every ticket has them: where nothing stands the path is wrong, or hidden
_DEFAULTS: Final[Mapping[str, Any]] = {"major": 0, "revision": 0}


class Target:
    """One kind of thing that records become."""

    def __init__(self, kind: str, said: Ticket | Outage | Response, language: Language) -> None:
        self._kind = kind
        self._holds = condition(said.when, language)
        self._id, self._changed = (_paths(said.map[name]) for name in ("vendor_id", "changed_at"))
        late = {name: rules for name, rules in said.map.items() if any(_made(rule, language) for rule in rules)}
        self._columns = {
            name: compile_rules(name, rules, language, empty=name in _ALWAYS)
            for name, rules in said.map.items()
            if name not in late
        }
        self._late = {name: _text(rules[0].text or "", language) for name, rules in late.items()}

    def read(
        self, records: Sequence[Any], seen: Notes, rejects: list[Reject]
    ) -> tuple[Sequence[int], Columns, Sequence[Instant | None]]:
        """Positions of the records that became something, what they became, and the change times of all that fit.

        What no map knows is counted in `seen`; what cannot be kept joins `rejects`.
        """
        places: Sequence[int] = range(len(records))
        if self._holds:
            places = [place for place, good in enumerate(self._holds(records)) if good]
            records = [records[place] for place in places]
        notes = Notes(unmapped=seen.unmapped)
        count = len(records)
        columns: dict[str, Any] = {name: column(records, notes) for name, column in self._columns.items()}
        for name in FIELDS[self._kind]:
            if name not in columns:
                columns[name] = [_DEFAULTS.get(name)] * count
            elif name in _DEFAULTS:
                fallback = _DEFAULTS[name]
                columns[name] = [fallback if value is None else value for value in columns[name]]
        for name, make in self._late.items():
            columns[name] = make(columns, count)
        for name in TEXTS:
            if name in self._columns or name in self._late:
                columns[name] = cut(columns[name])
        if self._kind == "ticket":
            columns["suspect"] = _suspects(columns, notes, count)
        changed = columns["changed_at"]
        good = self._good(columns, records, notes, rejects)
        if len(good) < count:
            columns = {name: [values[place] for place in good] for name, values in columns.items()}
            places = [places[place] for place in good]
        return places, columns, changed

    def _good(self, columns: Columns, records: Sequence[Any], notes: Notes, rejects: list[Reject]) -> Sequence[int]:
        """Positions to keep: those that can be stored, of one id the last."""
        ids, changed = columns["vendor_id"], columns["changed_at"]
        whole = None not in ids and None not in changed and not notes.unreadable
        needed = [columns[name] for name in _NEEDED[self._kind]]
        kinds = columns.get("kind") if self._kind == "ticket" else None
        if whole and max(map(len, ids), default=0) > LONGEST:
            whole = False
        if whole and not needed and (kinds is None or None not in kinds) and len(set(ids)) == len(ids):
            return range(len(ids))
        last: dict[Any, int] = {}
        for place, key in enumerate(ids):
            if too_long(key):
                rejects.append(Reject(digest(records[place]), "no id", f"an id of {len(key)} characters: {key[:60]!r}"))
            elif key is None:
                told = f"a {self._kind} without an id: nothing stands at {self._id}"
                rejects.append(Reject(digest(records[place]), "no id", told))
            elif changed[place] is None:
                value = notes.unreadable.get(place, {}).get("changed_at")
                if value is None:
                    rejects.append(Reject(str(key), "no time", f"changed_at: nothing stands at {self._changed}"))
                else:
                    rejects.append(Reject(str(key), "unreadable time", f"changed_at: {str(value)[:60]!r}"))
            elif kinds is not None and kinds[place] is None:
                continue  # neither incident nor change: not ours; what is not mapped has been counted
            elif any(column[place] is None for column in needed):
                self._lacking(str(key), notes.unreadable.get(place, {}), rejects)
            else:
                last.pop(key, None)
                last[key] = place
        return sorted(last.values())

    def _lacking(self, key: str, unreadable: Mapping[str, Any], rejects: list[Reject]) -> None:
        for name, value in unreadable.items():
            rejects.append(Reject(key, "unreadable time", f"{self._kind}: {name}: {str(value)[:60]!r}"))
            return
        rejects.append(Reject(key, "incomplete", f"{self._kind} without {' and '.join(_NEEDED[self._kind])}"))


def _paths(rules: Rules) -> str:
    return " or ".join(repr(path) for rule in rules for path in rule.path)


def _suspects(columns: Columns, notes: Notes, count: int) -> list[str | None]:
    found: list[str | None] = [None] * count
    for place, values in notes.unreadable.items():
        names = [name for name in _TIMES if name in values]
        if names:
            found[place] = ", ".join(f"{name} unreadable" for name in names)
    if None in columns["opened_at"]:
        for place, value in enumerate(columns["opened_at"]):
            if value is None and found[place] is None and columns["kind"][place] == "incident":
                found[place] = "opened_at missing"
    return found


def _made(rule: Rule, language: Language) -> bool:
    """Whether a text is made of the record's own fields."""
    return rule.text is not None and not Template(rule.text).names <= set(language.values)


def _text(text: str, language: Language) -> Callable[[Columns, int], list[str | None]]:
    template = Template(text)
    names = sorted(name for name in template.names if name not in language.values)
    fixed = dict(language.values)

    def make(columns: Columns, count: int) -> list[str | None]:
        parts = [columns[name] for name in names]
        return [
            template.string(fixed | dict(zip(names, row, strict=True))) if None not in row else None
            for row in zip(*parts, strict=True)
        ]

    if len(names) == 1:
        # One placeholder, the usual case: the text around it is made once.
        mark = "\0"
        pieces = template.string(fixed | {names[0]: mark}).split(mark)
        if len(pieces) == 2:
            before, behind = pieces
            return lambda columns, count: [
                None if value is None else f"{before}{value}{behind}" for value in columns[names[0]]
            ]
    return make
