"""Cases too large to be one disturbance: most often a reference that names nothing, like "n/a", joins strangers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.cases import Cases
from core.facts import Facts, Ints
from core.interval import Bools
from core.model import EVIDENCE

MANY: Final = 50
"""Incidents of a case, the children of a mass incident aside, beyond which it is hardly one disturbance."""
HUB: Final = 20
"""Tickets of one source, children aside, beyond which a reference that all of them bear is hardly meant by each."""
FEW: Final = 3
"""Tickets of one source that bear a reference which says nothing ("n/a", "see chat", "000") to make it doubtful."""

_OWN: Final = EVIDENCE.index("issue_link")


@dataclass(frozen=True, slots=True)
class Hub:
    """The reference that joins most of a case."""

    reference: str  # as the first of its bearers writes it
    supplier: str  # whose tickets bear it
    bearers: int
    names: tuple[str, str]  # supplier and number of the ticket that it is taken for


@dataclass(frozen=True, slots=True)
class LargeCase:
    """A case for a person to look at. It is in the figures all the same: nobody but a person can tell."""

    incidents: int  # all of them, cancelled ones too: they join others
    children: int  # of them, those that only a parent in their own system joins
    suppliers: tuple[str, ...]
    first: tuple[str, str]  # supplier and number of the incident that was opened first
    hub: Hub
    why: str  # "size", "hub" or "placeholder"


def large_cases(facts: Facts, cases: Cases) -> Sequence[LargeCase]:
    """The improbable cases, the largest first.

    A mass incident may have any number of children: incidents that one link within their own system joins to a ticket
    which has more of them. They do not count.
    """
    joins = cases.joins
    if not len(joins.link):
        return []
    own = facts.links.evidence[joins.link] == _OWN
    child = _children(len(cases.case), joins.bearer[own], joins.named[own])
    members: dict[int, list[int]] = defaultdict(list)
    for row in np.unique(np.concatenate([joins.bearer, joins.named])).tolist():
        members[int(cases.case[row])].append(row)
    hubs = _hubs(facts, cases, child)
    found = []
    for case, rows in members.items():
        children = int(child[rows].sum())
        why = _why(len(rows) - children, hubs[case])
        if why:
            doubtful = [hub for hub in hubs[case] if why == "size" or _why(0, [hub]) == why]
            found.append(_told(facts, rows, children, max(doubtful, key=lambda hub: hub.bearers).hub, why))
    return sorted(found, key=lambda each: (-each.incidents, each.first))


@dataclass(frozen=True, slots=True)
class _Borne:
    """A reference, and how many tickets that are no children bear it."""

    hub: Hub
    bearers: int
    own: bool


def _why(apart: int, hubs: Iterable[_Borne]) -> str:
    """What makes a case of so many incidents apart doubtful; nothing where nothing does."""
    foreign = [each for each in hubs if not each.own]
    if any(each.bearers >= FEW and is_placeholder(each.hub.reference) for each in foreign):
        return "placeholder"
    if any(each.bearers > HUB for each in foreign):
        return "hub"
    return "size" if apart > MANY else ""


def is_placeholder(reference: str) -> bool:
    """Whether a reference distinguishes nothing: no digit in it, or the same one again and again."""
    return len({sign for sign in reference if sign.isdigit()}) == 0 or len(set(reference.strip())) == 1


def _children(n: int, bearer: Ints, named: Ints) -> Bools:
    """Tickets that one link within their system joins, to a ticket that has several."""
    low, high = np.minimum(bearer, named), np.maximum(bearer, named)
    pairs = np.unique(np.stack([low, high], axis=1), axis=0)
    degree = np.bincount(pairs.ravel(), minlength=n)
    found = np.zeros(n, dtype=np.bool_)
    for one, other in (pairs.T, pairs.T[::-1]):
        found[one[(degree[one] == 1) & (degree[other] > 1)]] = True
    return found


def _hubs(facts: Facts, cases: Cases, child: Bools) -> dict[int, list[_Borne]]:
    """By case: its references."""
    joins, links, tickets = cases.joins, facts.links, facts.tickets
    bearers: dict[tuple[int, int, str], set[int]] = defaultdict(set)
    example: dict[tuple[int, int, str], tuple[int, int]] = {}
    for bearer, named, row in zip(joins.bearer.tolist(), joins.named.tolist(), joins.link.tolist(), strict=True):
        key = (int(cases.case[bearer]), int(tickets.source[bearer]), links.reference[row].strip().casefold())
        example.setdefault(key, (named, row))
        bearers[key].add(bearer)
    found: dict[int, list[_Borne]] = defaultdict(list)
    for key, those in sorted(bearers.items()):
        (case, source, _), (named, row) = key, example[key]
        hub = Hub(links.reference[row].strip(), facts.sources[source].supplier, len(those), _name(facts, named))
        apart = sum(not child[bearer] for bearer in those)
        found[case].append(_Borne(hub, apart, bool(links.evidence[row] == _OWN)))
    return found


def _told(facts: Facts, rows: Sequence[int], children: int, hub: Hub, why: str) -> LargeCase:
    opened = facts.tickets.opened_at
    first = min(rows, key=lambda row: (int(opened[row]), row))
    suppliers = sorted({facts.sources[source].supplier for source in facts.tickets.source[rows].tolist()})
    return LargeCase(len(rows), children, tuple(suppliers), _name(facts, first), hub, why)


def _name(facts: Facts, row: int) -> tuple[str, str]:
    number = facts.tickets.number[row] or facts.tickets.vendor_id[row]
    return facts.sources[int(facts.tickets.source[row])].supplier, str(number)
