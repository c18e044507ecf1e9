"""What a source supports, figure by figure: out of its manifest, what may be read, and what records held."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from connectors.manifest import Manifest, Stream
from connectors.manifest_asked import History
from connectors.manifest_records import Events
from connectors.sample import Sample
from connectors.times import written
from core.connector import Support
from core.model import FIELDS, rows

_GRANT: Final = "grant that right"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a source brought: records by field, over all of its streams."""

    tickets: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any]] = ()
    outages: int = 0
    responses: int = 0
    links: Sequence[Mapping[str, Any]] = ()
    refused: Mapping[str, str] = field(default_factory=dict)  # "stream" or "stream.history" -> why
    off: Collection[str] = ()  # streams that are not read here: switched off, or another takes their place


def seen_of(samples: Sequence[Sample], refused: Mapping[str, str], off: Collection[str]) -> Seen:
    """What samples of streams hold together."""

    def all_of(kind: str) -> list[dict[str, Any]]:
        return [
            dict(zip(FIELDS[kind], row, strict=True))
            for one in samples
            if (held := getattr(one.read, f"{kind}s"))
            for row in rows(kind, held)
        ]

    return Seen(
        tickets=all_of("ticket"), events=all_of("event"), outages=len(all_of("outage")),
        responses=len(all_of("response")), links=all_of("link"), refused=refused, off=off,
    )  # fmt: skip


def verdict(manifest: Manifest, seen: Seen) -> Sequence[Support]:
    """What the source supports, in the order in which a board asks."""
    look = _Look(manifest, seen)
    return [
        _availability(look),
        _lead_time(look),
        _history(look, "active time (holds)", "state", "without it waiting for the customer counts as work"),
        _first_response(look),
        _reopenings(look),
        _hand_overs(look),
        *_changes(look),
        _satisfaction(look),
        _references(look),
        _since(look),
    ]


class _Look:
    def __init__(self, manifest: Manifest, seen: Seen) -> None:
        self.seen = seen
        self._all = {name: said for name, said in manifest.streams.items() if name not in seen.off}
        self.streams = {name: said for name, said in self._all.items() if name not in seen.refused}

    def tickets(self, kind: str) -> Sequence[Mapping[str, Any]]:
        return [one for one in self.seen.tickets if one.get("kind") == kind]

    def mapped(self, name: str) -> bool:
        histories = [one for said in self.streams.values() for one in said.history.values()]
        return any(said.ticket and name in said.ticket.map for said in self.streams.values()) or any(
            name in one.fills for one in histories
        )

    def some(self, kind: str, name: str) -> tuple[int, int]:
        """How many tickets of a kind hold a field, and how many there are."""
        tickets = self.tickets(kind)
        return sum(one.get(name) is not None for one in tickets), len(tickets)

    def events(self, kind: str) -> Sequence[Mapping[str, Any]]:
        return [one for one in self.seen.events if one["kind"] == kind]

    def told(self, kind: str) -> Sequence[str]:
        """Where events of a kind come from, of what may be read."""
        return [
            where for where, said in _histories(self.streams) if where not in self.seen.refused and _tells(said, kind)
        ]

    def refused(self, kind: str) -> tuple[str, str]:
        """Why events of a kind that a manifest reads may not be read, and how to grant it; "" where they may."""
        for where, said in _histories(self._all):
            stream = where.split(".")[0]
            if _tells(said, kind) and (why := self.seen.refused.get(where) or self.seen.refused.get(stream)):
                grant = said.grant if isinstance(said, History) else ""
                return f"{where}: {why}", grant or self._all[stream].grant or _GRANT
        return "", ""

    def observed(self, kind: str) -> bool:
        """Whether the hub keeps what it sees of it itself."""
        return any(said.observe and kind in said.observe.fields for said in self.streams.values())

    def lost(self, part: str, kind: str = "") -> tuple[str, str]:
        """Why a stream with this part, of tickets of this kind, is not read, and how to grant it; "" where none is."""
        return next(
            ((f"{name}: {self.seen.refused[name]}", said.grant or _GRANT) for name, said in self._all.items()
             if name in self.seen.refused and getattr(said, part) is not None and (not kind or _may_be(said, kind))),
            ("", ""),
        )  # fmt: skip

    def linked(self, kind: str) -> bool:
        rules = [rule for said in self.streams.values() if said.ticket for rule in said.ticket.links]
        rules += [rule for said in self.streams.values() if said.references for rule in said.references.rules]
        return any(rule.kind == kind for rule in rules)


def _histories(streams: Mapping[str, Stream]) -> Iterator[tuple[str, Events]]:
    for name, said in streams.items():
        if said.events:
            yield name, said.events
        for key, history in said.history.items():
            yield f"{name}.{key}", history


def _may_be(said: Stream, kind: str) -> bool:
    """Whether a stream's tickets may be of a kind."""
    rules = said.ticket.map.get("kind", ()) if said.ticket else ()
    return any("const" not in rule.model_fields_set or rule.const == kind for rule in rules)


def _tells(said: Events, kind: str) -> bool:
    return any(rule.kind == kind for rule in said.rules)


def _of(some: tuple[int, int], what: str) -> str:
    return (
        f"{what} on {some[0]} of {some[1]} records" if some[1] else f"{what} is mapped, no record was there to see it"
    )


def _availability(look: _Look) -> Support:
    name, seen = "availability", look.seen
    lost = ": ".join(filter(None, look.lost("outage")))
    if seen.outages or (not lost and any(said.outage for said in look.streams.values())):
        return Support(name, "yes", f"explicit outages, {seen.outages} seen")
    typed = look.some("incident", "outage_start")
    if typed[0]:
        return Support(name, "yes", _of(typed, "a typed begin of the outage") + "; others are inferred", lost)
    if look.mapped("opened_at") and look.mapped("priority"):
        ranked = look.some("incident", "priority")
        mend = lost or "map outage_start and outage_end, or read a list of outages"
        if ranked[1] and not ranked[0]:
            mend = "look at priority: its path, and the words of its map"
        return Support(
            name, "partly", f"inferred from incidents up to `outage_priority`; {_of(ranked, 'a priority')}", mend
        )
    return Support(name, "no", "neither outages nor priorities are mapped", lost or "map priority and opened_at")


def _lead_time(look: _Look) -> Support:
    name = "lead time"
    opened = look.some("incident", "opened_at")
    ended = look.mapped("resolved_at") or look.mapped("closed_at") or bool(look.told("state"))
    if not look.mapped("opened_at") or not ended:
        return Support(
            name, "no", "opening or end is not mapped", "map opened_at and resolved_at, or a history of state"
        )
    if opened[0] < opened[1]:
        return Support(name, "partly", _of(opened, "an opening"), "look at opened_at: its path, and `times`")
    done = [one for one in look.tickets("incident") if one.get("state") in ("resolved", "closed")]
    if done and not look.events("state") and not any(one.get("resolved_at") or one.get("closed_at") for one in done):
        return Support(name, "no", "no resolved incident says when it was resolved", "look at resolved_at and `times`")
    return Support(name, "yes", _of(opened, "an opening"))


def _history(look: _Look, figure: str, kind: str, loss: str) -> Support:
    """Whether a dimension's history is there."""
    told, seen = look.told(kind), look.events(kind)
    if told and seen:
        return Support(figure, "yes", f"history of {kind} by {', '.join(told)}, {len(seen)} events seen")
    if told:
        return Support(
            figure,
            "partly",
            f"{', '.join(told)} tells it, but no event was seen",
            "try more records, or others: connector try --limit, --since",
        )
    why, grant = look.refused(kind)
    if look.observed(kind):
        seen_itself = "the hub keeps what it sees from its first pass on, as estimates"
        return Support(figure, "partly", f"{why}; {seen_itself}" if why else seen_itself, grant)
    if why:
        return Support(figure, "no", why, f"{grant}; {loss}" if loss else grant)
    return Support(
        figure, "no", f"no history of {kind} is mapped; {loss}", f"events of kind {kind}, from rows or a log"
    )


def _first_response(look: _Look) -> Support:
    name = "first response"
    typed = look.some("incident", "first_response_at")
    if typed[0]:
        return Support(name, "yes", _of(typed, "the moment"))
    acts = [one for one in look.seen.events if one["actor"] == "person"]
    if acts and look.told("comment"):
        return Support(name, "yes", f"first act of a person, in {', '.join(look.told('comment'))}")
    if acts or look.told("comment"):
        mend = ": ".join(filter(None, look.refused("comment"))) or "comments with their author, or first_response_at"
        return Support(name, "partly", "only what histories tell of persons", mend)
    why, grant = look.refused("comment")
    return Support(name, "no", why or "neither the moment nor acts with their actor", grant or "map comments")


def _reopenings(look: _Look) -> Support:
    name = "reopenings"
    line = _history(look, name, "state", "")
    if line.supported == "no" and look.mapped("reopen_count"):
        return Support(name, "partly", "the system's own counter, which does not say when", line.mend)
    return line


def _hand_overs(look: _Look) -> Support:
    name = "hand-overs"
    line = _history(look, name, "group", "who has a ticket is only known as it is now")
    if line.supported == "no" and look.mapped("reassignment_count"):
        return Support(name, "partly", "the system's own counter, which says neither when nor to whom", line.mend)
    return line


def _changes(look: _Look) -> Iterator[Support]:
    tickets = look.tickets("change")
    if not tickets:
        why, grant = look.lost("ticket", "change")
        mend = grant or "look whether a stream gives them, or whether there are any since the source's `since`"
        yield Support("changes", "no", why or "no change was seen", mend)
        return
    yield Support("changes", "yes", f"{len(tickets)} seen")
    for figure, names in (
        ("  approval", ("approved_at",)),
        ("  schedule", ("planned_start", "planned_end", "actual_start", "actual_end")),
        ("  success", ("outcome",)),
    ):
        some = {name: look.some("change", name) for name in names}
        missing = [name for name in names if not look.mapped(name)]
        empty = [name for name in names if look.mapped(name) and not some[name][0]]
        why = ", ".join(f"{name} on {count} of {of}" for name, (count, of) in some.items())
        state: Literal["yes", "partly", "no"] = (
            "no" if len(missing) == len(names) else "partly" if missing or empty else "yes"
        )
        mends = [f"map {', '.join(missing)}"] if missing else []
        mends += [f"an option may name where {', '.join(empty)} stands"] if empty else []
        yield Support(figure, state, why, "; ".join(mends))
    causes = sum(one["kind"] == "cause" for one in look.seen.links)
    linked = look.linked("cause")
    yield Support(
        "  caused incidents", "yes" if causes else "partly" if linked else "no",
        f"{causes} references seen" if linked else look.lost("references")[0] or "no reference of kind cause is read",
        "" if linked else look.lost("references")[1] or "a link of kind cause",
    )  # fmt: skip


def _satisfaction(look: _Look) -> Support:
    name, (lost, grant) = "satisfaction", look.lost("response")
    if any(said.response for said in look.streams.values()):
        if look.seen.responses:
            return Support(name, "yes", f"{look.seen.responses} answers seen")
        return Support(
            name, "partly", "it is mapped, but no answer was seen", "nobody may have answered: try more records"
        )
    return Support(name, "no", lost or "no answers of customers are mapped", grant or "map response")


def _references(look: _Look) -> Support:
    name = "references to other suppliers"
    same = [one for one in look.seen.links if one["kind"] == "same" and one["evidence"] != "issue_link"]
    if same:
        return Support(name, "yes", f"{len(same)} seen")
    if look.linked("same"):
        return Support(
            name, "partly", "they are mapped, but none was seen", "an option may name the field in which they stand"
        )
    return Support(name, "no", "no link of kind same is mapped", "map a link: the field with the other's ticket number")


def _since(look: _Look) -> Support:
    name = "history"
    moments = [one["at"] for one in look.seen.events]
    if not moments:
        return Support(name, "no", "no event was seen")
    opened = [one["opened_at"] for one in look.seen.tickets if one.get("opened_at") is not None]
    behind = bool(opened) and min(moments) > min(opened)
    own = {one["vendor_id"] for one in look.seen.tickets}
    told = {one["ticket"] for one in look.seen.events} & own
    why = f"from {written(min(moments))} on, of {len(told)} of {len(own)} tickets"
    return Support(name, "partly" if behind and len(told) < len(own) else "yes", why)
