"""One supplier's tickets, each one's life told as Jira keeps it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.simulators import jira_site as site
from connectors.simulators.jira_history import NOTHING, Comment, History, Issue, Item, Life, Link, Shown, project_key
from connectors.simulators.world import Outage, Response, Step, Ticket, World, moments
from core.model import SECOND, Actor, Instant, to_datetime


@dataclass(frozen=True, slots=True)
class _Event:
    at: Instant
    changes: Mapping[str, Any]  # nothing: a comment, or what leaves no history
    who: str = ""  # "": whoever acted last
    actor: Actor = "person"
    public: bool | None = None  # comments only


_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]+-[1-9][0-9]*")


class Ledger:
    """The lives of one supplier's tickets."""

    def __init__(
        self,
        world: World,
        supplier: str,
        hidden: Callable[[Ticket], bool],
        moves: Mapping[str, tuple[Instant, str]] | None = None,
    ) -> None:
        """`hidden` tickets are not there; `moves`: when some get another key. Raises ValueError for what is no key."""
        self._moves = moves or {}
        tickets = [t for t in world.of(supplier) if not hidden(t)]
        self.tickets = {ticket.key: ticket for ticket in tickets}
        self.ids = {ticket.key: 10_000 + place for place, ticket in enumerate(world.of(supplier), 1)}
        for ticket in tickets:
            if not _KEY.fullmatch(ticket.number):
                raise ValueError(f"{ticket.key} has the number {ticket.number!r}, but Jira's keys look like 'OPS-12'")
        if len({t.number for t in tickets}) < len(tickets):
            raise ValueError(f"two tickets of {supplier} bear the same key; incidents and changes share one count")
        names = [t.number for t in tickets] + [str(self.ids[t.key]) for t in tickets]
        moved = {key: ticket for ticket, (_, key) in self._moves.items() if ticket in self.tickets}
        self.key_of: Mapping[str, str] = {**dict(zip(names, [*self.tickets, *self.tickets], strict=True)), **moved}
        self._outages: dict[str, Outage] = {
            o.ticket: o for o in world.outages if o.ticket in self.tickets and o.type == "outage"
        }
        self._responses = {r.ticket: r for r in world.responses if r.ticket in self.tickets}
        self._links: dict[str, list[Link]] = defaultdict(list)
        for ticket in tickets:
            for type_, other, at in self._named(ticket):
                self._links[ticket.key].append(Link(type_, type_ == "Problem/Incident", other, at))
                self._links[other].append(Link(type_, type_ != "Problem/Incident", ticket.key, at))
        self.projects = sorted({project_key(key) for key in [*(ticket.number for ticket in tickets), *moved]})
        self.statuses = self._statuses()

    def _named(self, ticket: Ticket) -> Iterator[tuple[str, str, Instant]]:
        if ticket.cause and ticket.cause.ticket in self.tickets:
            yield (
                "Problem/Incident",
                ticket.cause.ticket,
                max(ticket.cause.at, self.tickets[ticket.cause.ticket].created_at),
            )
        if ticket.parent and ticket.parent in self.tickets:
            yield "Duplicate", ticket.parent, max(ticket.created_at, self.tickets[ticket.parent].created_at)

    def _statuses(self) -> Mapping[str, site.Status]:
        """Every status of the site, by name: those of the workflows and those the customer added."""
        own = (*site.INCIDENT_STATUSES.values(), *site.CHANGE_STATUSES.values(), site.APPROVED, site.DECLINED)
        found = {status.name: status for status in own}
        for ticket in self.tickets.values():
            for step in ticket.steps:
                name = step.vendor_value
                if step.kind == "state" and name and name not in found:
                    found[name] = site.Status(str(10_300 + len(found)), name, site.CUSTOM_CATEGORY[step.value])
        return found

    def moments(self, key: str) -> Sequence[Instant]:
        """When the issue must be written anew: all that touches it, and a feedback, which does not."""
        ticket = self.tickets[key]
        found = {*moments(ticket), *(event.at for event in self._events(ticket))}
        if key in self._responses:
            found.add(self._responses[key].at)
        return sorted(found)

    def issue(self, key: str, now: Instant) -> Issue | None:
        """The issue at an instant; None where it does not exist yet."""
        life = self.life(key, now)
        return life.issue if life else None

    def life(self, key: str, now: Instant) -> Life | None:
        """The issue and what has happened to it up to an instant; None where it does not exist yet."""
        ticket = self.tickets[key]
        if ticket.created_at > now:
            return None
        teller = _Teller(ticket, self.ids[key], self.statuses, self._key_at)
        for event in self._events(ticket):
            if event.at > now:
                break
            teller.hear(event)
        response = self._responses.get(key)
        return teller.end(response if response and response.at <= now else None)

    def _key_at(self, other: str) -> str:
        return self.tickets[other].number

    def _events(self, ticket: Ticket) -> list[_Event]:
        events = [_event(step) for step in ticket.steps]
        named: list[str] = []
        for reference in sorted(ticket.references, key=lambda r: r.at):
            named.append(reference.number)
            events.append(_Event(reference.at, {"references": ", ".join(named)}))
        events += [_Event(link.at, {"link": link}) for link in self._links.get(ticket.key, ())]
        if plan := ticket.plan:
            if plan.approved_at is not None:
                events.append(_Event(plan.approved_at, {"approved": True}))
            if plan.actual_start is not None:
                events.append(_Event(plan.actual_start, {"actual_start": plan.actual_start}))
            if plan.actual_end is not None:
                events.append(_Event(plan.actual_end, {"actual_end": plan.actual_end}))
        if ticket.key in self._moves:
            moment, key = self._moves[ticket.key]
            events.append(_Event(moment, {"key": key}))
        if outage := self._outages.get(ticket.key):
            events.append(_Event(outage.recorded_at, {"outage_start": outage.start}))
            events.append(_Event(outage.ended_at, {"outage_end": outage.end}))
        events.sort(key=lambda event: event.at)
        return events


def _event(step: Step) -> _Event:
    changes: dict[str, Any] = {} if step.kind == "comment" else {step.kind: step.value}
    if step.kind == "state":
        changes["word"] = step.vendor_value
    return _Event(step.at, changes, step.who, step.actor, step.public if step.kind == "comment" else None)


class _Teller:
    """What is known of an issue while its events are told one after the other."""

    def __init__(
        self, ticket: Ticket, number: int, statuses: Mapping[str, site.Status], key_at: Callable[[str], str]
    ) -> None:
        self.ticket, self.number, self.statuses, self.key_at = ticket, number, statuses, key_at
        self.key = ticket.number
        self.held: dict[str, Any] = {"state": "new", "priority": "3"}
        self.told: set[str] = set()
        self.shown = self.show()
        self.updated = self.category_changed = ticket.created_at
        self.resolved: Instant | None = None
        self.who = ticket.requester
        self.actor: Actor = "requester"
        self.links: list[Link] = []
        self.histories: list[History] = []
        self.comments: list[Comment] = []

    def hear(self, event: _Event) -> None:
        at = max(event.at, self.ticket.created_at)
        self.updated = max(self.updated, at)
        if event.who:
            self.who, self.actor = event.who, event.actor
        if event.public is not None:
            number = str(self.number * 1000 + len(self.comments) + 1)
            self.comments.append(Comment(number, at, event.who, event.actor, event.public))
            return
        if "link" in event.changes:
            items = self.link(event.changes["link"])
        elif "key" in event.changes:
            items = self.move(event.changes["key"])
        else:
            items = self.change(event.changes, at)
        # What stands on the form when the issue is made is in no history: its first values.
        first = at == self.ticket.created_at and not self.told & event.changes.keys()
        self.told |= event.changes.keys() - {"link"}
        if items and not first:
            self.keep(at, items)

    def link(self, link: Link) -> list[Item]:
        self.links.append(link)
        _, inward, outward = site.LINK_TYPES[link.type]
        other = self.key_at(link.other)
        text = f"This work item {inward if link.inward else outward} {other}"
        return [Item("Link", None, NOTHING, (other, text))]

    def move(self, key: str) -> list[Item]:
        old, self.key = self.key, key
        projects = [(site.small_id("project", name), name) for name in (project_key(old), project_key(key))]
        return [Item("project", "project", projects[0], projects[1]), Item("Key", "issuekey", (None, old), (None, key))]

    def change(self, changes: Mapping[str, Any], at: Instant) -> list[Item]:
        before, category = self.shown, self.status().category
        self.held.update(changes)
        self.shown = self.show()
        if self.status().category != category:
            self.category_changed = at
        if self.shown["resolution"] == NOTHING:
            self.resolved = None
        elif before["resolution"] == NOTHING:
            self.resolved = at
        return [
            Item(_NAMES[name], name, before[name], value)
            for name, value in self.shown.items()
            if value != before[name]
        ]  # fmt: skip

    def keep(self, at: Instant, items: list[Item]) -> None:
        last = self.histories[-1] if self.histories else None
        together = last is not None and (last.at, last.who) == (at, self.who)
        if last and together and not {i.field_id for i in last.items} & {i.field_id for i in items}:
            self.histories[-1] = History(last.id, at, last.who, last.actor, (*last.items, *items))
            return
        number = str(self.number * 1000 + len(self.histories) + 1)
        self.histories.append(History(number, at, self.who, self.actor, tuple(items)))

    def status(self) -> site.Status:
        held = self.held
        if held.get("word"):
            return self.statuses[held["word"]]
        state: str = held["state"]
        if self.ticket.kind == "incident":
            return site.INCIDENT_STATUSES[state]
        if held.get("approved") and state in ("new", "assigned"):
            return site.APPROVED
        if state == "cancelled" and self.ticket.plan and self.ticket.plan.approved_at is None:
            return site.DECLINED
        return site.CHANGE_STATUSES[state]

    def resolution(self) -> Shown:
        """Incidents are done when they are solved, changes when their outcome is known; both can be given up."""
        state, plan = self.held["state"], self.ticket.plan
        if state == "cancelled":
            return site.RESOLUTIONS["abandoned"]
        if state not in ("resolved", "closed"):
            return NOTHING
        if plan is None:
            return site.RESOLUTIONS["successful"]
        known = "actual_end" in self.held or (plan.actual_end is None and state == "closed")
        return site.RESOLUTIONS.get(plan.outcome or "", NOTHING) if known else NOTHING

    def show(self) -> dict[str, Shown]:
        held, status = self.held, self.status()
        team: str | None = held.get("group") or None
        major = "true" if held.get("major") == "1" else "false"
        return {
            "resolution": self.resolution(),
            "status": (status.id, status.name),
            "priority": (held["priority"], site.PRIORITIES[int(held["priority"])]),
            site.TEAM.id: (site.team_id(team), team) if team else NOTHING,
            site.MAJOR_INCIDENT.id: (None, major),
            site.EXTERNAL_REFERENCE.id: (None, held.get("references")),
            site.OUTAGE_START.id: _date(held.get("outage_start")),
            site.OUTAGE_END.id: _date(held.get("outage_end")),
            site.ACTUAL_START.id: _date(held.get("actual_start")),
            site.ACTUAL_END.id: _date(held.get("actual_end")),
        }

    def end(self, response: Response | None) -> Life:
        held = self.held
        issue = Issue(
            ticket=self.ticket,
            id=self.number,
            key=self.key,
            updated=self.updated,
            status=self.status(),
            category_changed=self.category_changed,
            priority=int(held["priority"]),
            resolution=self.shown["resolution"],
            resolved=self.resolved,
            team=held.get("group") or None,
            major=held.get("major") == "1",
            references=held.get("references"),
            actual_start=held.get("actual_start"),
            actual_end=held.get("actual_end"),
            outage_start=held.get("outage_start"),
            outage_end=held.get("outage_end"),
            links=tuple(self.links),
            response=response,
        )
        return Life(issue, tuple(self.histories), tuple(self.comments))


_NAMES: Final[Mapping[str, str]] = {
    field.id: field.name if field.custom else field.id for field in site.FIELDS
}  # a system field's item bears the field's old short name
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _date(instant: Instant | None) -> Shown:
    """A date in a history: the stamp and what the form shows."""
    if instant is None:
        return NOTHING
    moment = to_datetime(instant // SECOND * SECOND)
    return moment.isoformat(), f"{moment.day:02d}/{_MONTHS[moment.month - 1]}/{moment:%y %I:%M %p}"
