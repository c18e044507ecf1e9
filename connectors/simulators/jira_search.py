"""The search of Jira Cloud: an index that follows the issues, pages by opaque token, no total."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from connectors.simulators import jira_site as site
from connectors.simulators.jira_fields import labels
from connectors.simulators.jira_history import Issue
from connectors.simulators.jira_jql import DATES, Facts, JqlError, Query, Setting, parse
from connectors.simulators.jira_ledger import Ledger
from connectors.simulators.ordering import comparable
from connectors.simulators.shelf import Shelf
from core.model import SECOND, Instant

MOST: Final = 5000
MOST_WITH_FIELDS: Final = 100
UNBOUNDED: Final = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
SATISFACTION_DATE: Final = site.SATISFACTION_DATE.name.lower()


class RefusalError(Exception):
    """The call is refused with 400; the text is what Jira answers."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of the search."""

    jql: str
    token: str | None = None
    most: int = 50
    fields: tuple[str, ...] = ("id",)
    expand: frozenset[str] = frozenset()
    reconcile: tuple[int, ...] = ()

    @property
    def light(self) -> bool:
        """Whether nothing but ids and keys are asked for."""
        return set(self.fields) <= {"id", "key"} and "changelog" not in self.expand


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search."""

    issues: Sequence[Issue]
    token: str | None  # None: that was the last page


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reading of a query stands: what a token holds."""

    query: str  # digest
    began: Instant  # "now" of the whole reading
    page: int = 0
    after: tuple[Any, ...] | None = None  # the sort values of the last issue


@dataclass(slots=True)
class _Rows:
    order: tuple[tuple[str, bool], ...]
    sorts: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    raw: list[tuple[Any, ...]] = field(default_factory=list)


class Search:
    """Finds the issues of one site."""

    def __init__(self, ledger: Ledger, settings: site.Site) -> None:
        self._ledger, self._site = ledger, settings
        self._live = Shelf({key: ledger.moments(key) for key in ledger.tickets}, ledger.issue)
        self._index = self._live
        if settings.index_lag:
            late = {key: sorted(m + self._lag(key, m) for m in ledger.moments(key)) for key in ledger.tickets}
            self._index = Shelf(late, self._indexed)
        self._cache: dict[tuple[str, Instant, int], _Rows] = {}
        self._read: dict[str, tuple[Issue, Facts]] = {}
        self._known = self._values()

    def issues(self, now: Instant) -> Mapping[str, Issue]:
        """Every issue as it is, by the key of its ticket."""
        return self._there(self._live.at(now), now)

    def _there(self, issues: Mapping[str, Issue], now: Instant) -> Mapping[str, Issue]:
        """Without those that were deleted by now."""
        gone = {key for key, at in self._site.deleted.items() if at <= now}
        return {key: issue for key, issue in issues.items() if key not in gone} if gone else issues

    def page(self, ask: Ask, now: Instant) -> Found:
        """A page of what the query finds. Raises `RefusalError`: bad token, then size, then the query itself."""
        place = self._place(ask, now)
        if not 1 <= ask.most <= MOST:
            raise RefusalError(f"The maxResults value must be between 1 and {MOST}.")
        rows = self._rows(ask, place.began, now)
        begin = bisect_right(rows.sorts, _comparable(rows.order, place.after)) if place.after else 0
        end = min(begin + self._size(ask, place.page), len(rows.keys))
        live = self.issues(now)
        issues = [live[key] for key in rows.keys[begin:end]]
        if end == len(rows.keys):
            return Found(issues, None)
        after = rows.raw[end - 1] if end > begin else place.after
        return Found(issues, self._token(_Place(place.query, place.began, place.page + 1, after), now))

    def offset_page(self, jql: str, start: int, most: int, now: Instant) -> tuple[Sequence[Issue], int]:
        """A page by offset, of what is found now, and how many are found. Raises `RefusalError`."""
        keys = self._rows(Ask(jql), now, now).keys
        live = self.issues(now)
        return [live[key] for key in keys[start : start + most]], len(keys)

    def count(self, jql: str, now: Instant) -> int:
        """How many issues the index finds. Raises `RefusalError`."""
        return len(self._rows(Ask(jql), now, now).keys)

    def _size(self, ask: Ask, page: int) -> int:
        size = ask.most if ask.light else min(ask.most, MOST_WITH_FIELDS)
        if self._site.stutters and page % 7 == 3:
            return (size + 1) // 2
        return 0 if self._site.stutters and page % 7 == 5 else size

    def _rows(self, ask: Ask, began: Instant, now: Instant) -> _Rows:
        index = self._index.at(now)
        query = self._query(ask.jql, began, now)
        if query.test is None and not self._site.server:
            raise RefusalError(UNBOUNDED)
        seat = (ask.jql, began, self._index.version)
        lasting = not ask.reconcile and not self._site.deleted
        if lasting and seat in self._cache:
            return self._cache[seat]
        seen: dict[str, Issue] = dict(self._there(index, now))
        live = self.issues(now)
        for number in ask.reconcile:
            key = self._ledger.key_of.get(str(number))
            if key is not None and key in live:
                seen[key] = live[key]
        order = (*query.order, ("id", False))
        found = []
        for key, issue in seen.items():
            if (facts := self._facts(key, issue)) and (query.test is None or query.test(facts)):
                raw = tuple(_raw(name, issue, facts) for name, _ in order)
                found.append((_comparable(order, raw), key, raw))
        found.sort(key=lambda row: row[0])
        rows = _Rows(order, [f[0] for f in found], [f[1] for f in found], [f[2] for f in found])
        if lasting:
            self._cache = {**dict(list(self._cache.items())[-7:]), seat: rows}
        return rows

    def _facts(self, key: str, issue: Issue) -> Facts:
        held = self._read.get(key)
        if held is None or held[0] is not issue:
            held = self._read[key] = (issue, _facts(issue, self._site.server))
        return held[1]

    def _query(self, jql: str, began: Instant, now: Instant) -> Query:
        names = {name.lower(): SATISFACTION_DATE for name in site.SATISFACTION_DATE.clauses}
        known = {**self._known, "key": _Keys(self._ledger.key_of, self.issues(now))}
        try:
            return parse(jql, Setting(self._site.zone, began, known, names))
        except JqlError as error:
            raise RefusalError(str(error)) from error

    def _values(self) -> Mapping[str, Any]:
        """What may be named in a query; anything else spoils the whole of it."""
        ledger = self._ledger
        statuses = ledger.statuses.values()
        return {
            "project": frozenset().union(*(_project(name) for name in ledger.projects)),
            "issuetype": frozenset().union(*(_pair(*pair) for pair in site.ISSUE_TYPES.values())),
            "status": frozenset().union(*(_pair(status.id, status.name) for status in statuses)),
            "statuscategory": frozenset().union(*(_category(key) for key in site.CATEGORIES)),
            "priority": frozenset().union(*(_pair(str(n), name) for n, name in site.PRIORITIES.items())),
            "resolution": frozenset().union(*(_pair(*pair) for pair in site.RESOLUTIONS.values())),
        }

    def _lag(self, key: str, moment: Instant) -> int:
        """How long the index takes for this one change: neither first come first served nor always the same."""
        return zlib.crc32(f"{key} {moment}".encode()) % (self._site.index_lag // SECOND + 1) * SECOND

    def _indexed(self, key: str, now: Instant) -> Issue | None:
        reached = [m for m in self._ledger.moments(key) if m + self._lag(key, m) <= now]
        return self._ledger.issue(key, reached[-1]) if reached else None

    def _place(self, ask: Ask, now: Instant) -> _Place:
        digest = hashlib.sha256(ask.jql.encode()).hexdigest()[:12]
        if ask.token is None:
            return _Place(digest, now)
        try:
            sealed = base64.urlsafe_b64decode(ask.token.encode())
            seal, text = sealed[:8], sealed[8:]
            query, began, page, after, made = json.loads(text) if seal == _seal(text) else ("", 0, 0, None, 0)
        except (binascii.Error, ValueError) as error:
            raise RefusalError("The provided nextPageToken is invalid.") from error
        if query != digest or now - made > self._site.token_life:
            raise RefusalError("The provided nextPageToken is invalid or has expired.")
        return _Place(query, began, page, tuple(after) if after else None)

    def _token(self, place: _Place, now: Instant) -> str:
        text = json.dumps([place.query, place.began, place.page, place.after, now]).encode()
        return base64.urlsafe_b64encode(_seal(text) + text).decode()


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys and ids that exist."""

    key_of: Mapping[str, str]
    issues: Mapping[str, Issue]

    def __contains__(self, text: object) -> bool:
        return self.key_of.get(str(text).upper()) in self.issues


def _seal(text: bytes) -> bytes:
    return hashlib.sha256(b"page token " + text).digest()[:8]


def _comparable(order: Sequence[tuple[str, bool]], raw: Sequence[Any]) -> tuple[Any, ...]:
    return comparable((value, falling) for value, (_, falling) in zip(raw, order, strict=True))


def _raw(name: str, issue: Issue, facts: Facts) -> Any:
    if name == "id":
        return issue.id
    if name == "key":
        return (issue.project, int(issue.key.rpartition("-")[2]))
    if name in DATES or name == SATISFACTION_DATE:
        return facts[name]
    if name == "priority":
        return issue.priority
    return min(facts.get(name) or [""])


@cache
def _pair(number: str, name: str) -> frozenset[str]:
    return frozenset({number, name.lower()})


@cache
def _project(key: str) -> frozenset[str]:
    return frozenset({key.lower(), site.small_id("project", key)})


@cache
def _category(key: str) -> frozenset[str]:
    number, name, _ = site.CATEGORIES[key]
    return frozenset({key, str(number), name.lower()})


def _facts(issue: Issue, whole_seconds: bool = False) -> Facts:
    """What can be searched of an issue."""
    ticket, (number, name) = issue.ticket, issue.resolution
    return {
        "project": _project(issue.project),
        "issuetype": _pair(*site.ISSUE_TYPES[ticket.kind]),
        "status": _pair(issue.status.id, issue.status.name),
        "statuscategory": _category(issue.status.category),
        "priority": _pair(str(issue.priority), site.PRIORITIES[issue.priority]),
        "resolution": _pair(number, name) if number and name else frozenset(),
        "key": frozenset({issue.key.lower(), str(issue.id)}),
        "labels": frozenset(labels(issue)),
        "updated": issue.updated // SECOND * SECOND if whole_seconds else issue.updated,
        "created": ticket.created_at,
        "resolved": issue.resolved,
        "statuscategorychangeddate": issue.category_changed,
        SATISFACTION_DATE: issue.response.at if issue.response else None,
        "text": ticket.title.lower(),
    }
