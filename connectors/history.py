"""Events: rows of a history, wherever they come from, become what happened to a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from connectors.actors import compile_actor
from connectors.covers import Turn, resolved
from connectors.manifest_map import EventRule, Rule, Rules
from connectors.manifest_records import Events
from connectors.mapping import Column, Language, Notes, compile_rules, condition, texts
from connectors.sizes import too_long
from core.model import EVENT, Instant, Reject

Requesters: TypeAlias = Mapping[str, "str | None"]
"""Ticket -> account of who asked; lives as long as the page."""

NONE: Final[Mapping[str, Mapping[str, Any]]] = {}
FIELD: Final = {"state": "state", "priority": "priority", "group": "group", "major": "major"}


@dataclass(slots=True)
class Told:
    """What rows tell."""

    events: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in EVENT})
    rejects: list[Reject] = field(default_factory=list)
    moments: list[Instant | None] = field(default_factory=list)  # of each row, in the order in which it came
    ids: list[str | None] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Move:
    """What a row tells of one kind."""

    place: int
    kind: str
    before: Any
    new: Any
    word: Any
    seen: Any
    told: bool  # whether rows tell the value before


@dataclass(frozen=True, slots=True)
class _Dimension:
    rule: EventRule
    holds: Callable[[Sequence[Any]], list[bool]] | None
    to: Column | None
    old: Column | None
    word: Column
    public: Column


class EventReader:
    """The rules of one history, compiled."""

    def __init__(self, said: Events, language: Language, automation: Sequence[str], name: str) -> None:
        """`name` begins the events' ids, so that rows of two histories are never the same."""
        self._said = said
        self._name = said.prefix or name
        self._reader = language.reader(said.times)
        self._at = language.path(said.at)
        self._ticket = texts(language.path(said.ticket), language.inner)
        self._ids = [texts(language.path(path), language.inner) for path in said.id]
        self._seq = texts(language.path(said.seq), language.inner) if said.seq else None
        self._actor = compile_actor(said.actor, language, automation)
        self._unfold = [(key, language.path(path)) for key, path in said.unfold.items()]
        self._dimensions = [_dimension(rule, language) for rule in said.rules]
        self._path, self._inner = language.path, language.inner
        self._covered = {rule.kind for rule in said.rules if rule.over}

    def rows(self, records: Sequence[Any]) -> list[Any]:
        """The rows inside records, oldest first."""
        rows = [record for record in records if record.__class__ is dict]
        if self._unfold:
            rows = [{"record": record} for record in rows]
        inside = "record"
        for key, path in self._unfold:
            rows = [
                {**row, key: item}
                for row in rows
                for item in _listed(path.get(row[inside]))
                if item.__class__ is dict
            ]  # fmt: skip
            inside = key
        if self._said.latest_first:
            rows.reverse()
        return rows

    def tickets(self, records: Sequence[Any]) -> list[str | None]:
        """The ticket that each record tells of; for records that are rows themselves."""
        return self._ticket(records)

    def read(
        self,
        records: Sequence[Any],
        requesters: Requesters,
        notes: Notes,
        below: Mapping[str, Mapping[str, Any]] = NONE,
    ) -> Told:
        """The events that records tell. What no map knows goes to `notes`.

        `below`: of kinds with a rule that covers others, by ticket, what is below the cover now.
        """
        told = Told()
        rows = self.rows(records)
        told.ids = [
            ":".join(filter(None, parts)) or None for parts in zip(*(read(rows) for read in self._ids), strict=True)
        ]
        unreadable: dict[int, Any] = {}
        told.moments = self._reader.column(self._at.column(rows), unreadable.__setitem__)
        tickets = self._ticket(rows)
        good = []
        once: set[str] = set()  # a page may repeat the last row of the one before
        for place, (ticket, key, at) in enumerate(zip(tickets, told.ids, told.moments, strict=True)):
            if too_long(key) or too_long(ticket):
                told.rejects.append(
                    Reject((key or "")[:60], "no id", "an event's or its ticket's id is too long to be one")
                )
            elif ticket and key and at is not None:
                if key not in once:
                    once.add(key)
                    good.append(place)
            elif ticket or key:
                told.rejects.append(_reject(self._said, ticket, key, unreadable.get(place), place in unreadable))
        chosen = [rows[place] for place in good]
        asked = [requesters.get(tickets[place] or "") for place in good]
        actors = self._actor(chosen, asked)
        when = [told.moments[place] for place in good]
        own = [tickets[place] for place in good]
        seqs = self._order(chosen, own, when)
        ids = [told.ids[place] for place in good]
        self._tell(told.events, chosen, [own, ids, when, seqs, actors], notes, below)
        return told

    def _tell(
        self,
        events: dict[str, list[Any]],
        rows: list[Any],
        parts: list[list[Any]],
        notes: Notes,
        below: Mapping[str, Mapping[str, Any]],
    ) -> None:
        own, _, at, seqs, _ = parts
        turns: dict[str, list[Turn]] = {kind: [] for kind in self._covered}
        said: dict[tuple[int, str], Any] = {}  # the vendor's word in a row
        moves: list[_Move] = []
        taken: set[tuple[int, str]] = set()
        for number, one in enumerate(self._dimensions):
            kind = one.rule.kind
            mask = one.holds(rows) if one.holds else [True] * len(rows)
            places = [place for place, good in enumerate(mask) if good and (place, kind) not in taken]
            notes.took[self._name, number] += len(places)
            if not places:
                continue
            taken.update((place, kind) for place in places)
            some = [rows[place] for place in places]
            to = one.to(some, notes) if one.to else [None] * len(some)
            old = one.old(some, notes) if one.old else [None] * len(some)
            words, public = one.word(some, Notes()), one.public(some, notes)
            for place, new, before, word, seen in zip(places, to, old, words, public, strict=True):
                if kind in turns:
                    covers = one.rule.over is not None
                    turns[kind].append(Turn(own[place], at[place], seqs[place], place, covers, before, new))
                    said[place, kind] = word
                else:
                    moves.append(_Move(place, kind, before, new, word, seen, one.old is not None))
        if rows and not taken:
            self._leave(rows, notes)
        repeated = _repeated(moves, own, at, seqs)
        for move in moves:
            if move not in repeated:
                self._add(events, move.place, move.kind, parts, (move.before, move.new, move.word, move.seen))
        for covered, of_kind in turns.items():
            for turn, held, now in resolved(of_kind, below.get(covered, {})):
                self._add(events, turn.place, covered, parts, (held, now, said[turn.place, covered], None))

    def _leave(self, rows: list[Any], notes: Notes) -> None:
        """Where no rule takes any row: what stands there where conditions look."""
        looks = {path: texts(self._path(path), self._inner) for rule in self._said.rules for path in rule.when}
        for words in zip(*(read(rows) for read in looks.values()), strict=True):
            said = ", ".join(f"{path}={_word(word)}" for path, word in zip(looks, words, strict=True))
            notes.untaken[self._name, said] += 1

    def _add(
        self, events: dict[str, list[Any]], place: int, kind: str, parts: list[list[Any]], told: tuple[Any, ...]
    ) -> None:
        own, ids, at, seqs, actors = parts
        before, new, word, seen = told
        events["ticket"].append(own[place])
        events["event_id"].append(f"{self._name}:{ids[place]}:{kind}")
        events["kind"].append(kind)
        events["at"].append(at[place])
        events["seq"].append(seqs[place])
        events["from_value"].append(None if before is None else str(before))
        events["to_value"].append(None if new is None else str(new))
        # Only who works on a ticket moves it between groups; a requester who does so is an agent as well.
        own_act = kind in ("state", "comment") or actors[place] != "requester"
        events["actor"].append(actors[place] if own_act else "person")
        events["public"].append(seen)
        events["vendor_value"].append(word)
        events["earliest"].append(None)

    def _order(self, rows: list[Any], tickets: list[Any], at: list[Any]) -> list[int]:
        """The place of each row among those of its ticket's same moment."""
        if self._seq is not None:
            return [int(text) if text and text.lstrip("-").isdigit() else 0 for text in self._seq(rows)]
        count: dict[tuple[Any, Any], int] = {}
        found = []
        for key in zip(tickets, at, strict=True):
            found.append(count.get(key, 0))
            count[key] = found[-1] + 1
        return found


def _word(text: str | None) -> str:
    """A word as it stands in a row; of what may be somebody's own words only that there are some."""
    if not text:
        return "(nothing)"
    return text if len(text) <= 40 and text.count(" ") < 3 else f"(a text of {len(text)} signs)"


def _dimension(rule: EventRule, language: Language) -> _Dimension:
    # A field that a rule on rows gives reads like the ticket's own field of that name.
    name = FIELD.get(rule.kind, "comment")
    public: Rules | None = rule.public if isinstance(rule.public, tuple) else None
    flag = None if rule.public is None or public else int(bool(rule.public))
    first = rule.to[0].path[:1] if rule.to else ()
    word = rule.word or ((Rule.model_validate({"path": list(first)}),) if first else ())
    return _Dimension(
        rule,
        condition(rule.when, language),
        compile_rules(name, rule.to, language) if rule.to else None,
        compile_rules(name, rule.old, language) if rule.old else None,
        compile_rules("word", word, language) if word else _nothing,
        compile_rules("public", public, language) if public else lambda rows, notes: [flag] * len(rows),
    )


def _repeated(moves: Sequence[_Move], tickets: list[Any], at: list[Any], seqs: list[Any]) -> set[_Move]:
    """Moves after which the same holds as before, in the order of time, whatever order the rows came in.

    Another word for the same changes nothing here.
    """
    last: dict[tuple[Any, str], Any] = {}
    found = set()
    for move in sorted(moves, key=lambda one: (at[one.place], seqs[one.place], one.place)):
        if move.kind == "comment":
            continue
        key = tickets[move.place], move.kind
        held = move.before if move.told else last.get(key)
        last[key] = move.new
        if move.new == held and move.new is not None:
            found.add(move)
    return found


def _nothing(rows: Sequence[Any], notes: Notes) -> list[Any]:
    return [None] * len(rows)


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else ()


def _reject(said: Events, ticket: str | None, key: str | None, value: Any, unreadable: bool) -> Reject:
    if not ticket:
        return Reject(key or "", "no id", f"an event names no ticket: nothing stands at {said.ticket!r}")
    if not key:
        return Reject(ticket, "no id", f"an event has no id: nothing stands at {' or '.join(map(repr, said.id))}")
    if unreadable:
        return Reject(key, "unreadable time", f"an event of ticket {ticket} happened at {str(value)[:60]!r}")
    return Reject(key, "no time", f"an event of ticket {ticket} does not say when it happened")
