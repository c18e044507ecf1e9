"""What Jira keeps of a ticket: the issue as it is, its histories, its comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from connectors.simulators import jira_site as site
from connectors.simulators.world import Response, Ticket
from core.model import Actor, Instant

Shown: TypeAlias = tuple[str | None, str | None]
"""A value in a history item: its id and its text, None where there is none."""
NOTHING: Final[Shown] = (None, None)


@dataclass(frozen=True, slots=True)
class Item:
    """One field that a history changed."""

    name: str
    field_id: str | None  # links have none
    old: Shown
    new: Shown


@dataclass(frozen=True, slots=True)
class History:
    """What one person changed at one moment."""

    id: str
    at: Instant
    who: str
    actor: Actor
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """Something written on an issue; the words are not in the world."""

    id: str
    at: Instant
    who: str
    actor: Actor
    public: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link as seen from one of its two ends."""

    type: str  # a key of LINK_TYPES
    inward: bool  # this issue <type.inward> the other one; else <type.outward>
    other: str  # key of the ticket at the other end
    at: Instant


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is at an instant."""

    ticket: Ticket
    id: int
    key: str  # what people quote; another one after a move
    updated: Instant
    status: site.Status
    category_changed: Instant
    priority: int
    resolution: Shown
    resolved: Instant | None  # gone again when the resolution is cleared
    team: str | None
    major: bool
    references: str | None
    actual_start: Instant | None
    actual_end: Instant | None
    outage_start: Instant | None
    outage_end: Instant | None
    links: tuple[Link, ...]
    response: Response | None

    @property
    def project(self) -> str:
        """The key of the issue's project."""
        return project_key(self.key)


@dataclass(frozen=True, slots=True)
class Life:
    """An issue with all that has happened to it, oldest first."""

    issue: Issue
    histories: tuple[History, ...]
    comments: tuple[Comment, ...]


def project_key(number: str) -> str:
    """The project in an issue's key: "OPS" of "OPS-12"."""
    return number.rpartition("-")[0]
