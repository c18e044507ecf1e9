"""Cases: the incidents at all suppliers that are one and the same disturbance, joined by references between tickets.

Numbers collide between systems, so that a reference counts only where it names one ticket. Every join keeps the
reference it rests on; what is ambiguous joins nothing and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import numpy as np

from core.catalogue import Catalogue
from core.facts import Codes, Facts, Ints, SourceFact, Texts
from core.interval import Bools
from core.model import EVIDENCE, LINK_KINDS

_SAME: Final = LINK_KINDS.index("same")
_CHUNK: Final = 5000
_CAUSE: Final = LINK_KINDS.index("cause")
_ALIAS: Final = LINK_KINDS.index("alias")
_WORD: Final = re.compile(r"[\w-]+")
_PREFIX: Final = re.compile(r"([^:/|#]+)[:/|#](.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """References that name one ticket: which names which, and the row in LinkFacts that says so."""

    bearer: Codes  # row in TicketFacts
    named: Codes  # row in TicketFacts
    link: Codes  # row in LinkFacts


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Which incidents belong together."""

    case: Codes  # of each ticket: the first row of its case; a ticket without links is its own
    joins: Reference  # of kind same, between incidents
    causes: Reference  # an incident names a change as its cause
    ambiguous: Codes  # rows in LinkFacts that name more than one ticket


def link(facts: Facts, catalogue: Catalogue, exists: Bools) -> Cases:
    """The cases among the tickets that exist.

    Where a reference is looked up depends on its evidence:

    - `issue_link`: the vendor's id, else the number, in the source that says it
    - `url`: the ticket of that address; else the system of that host, by an id or a number that stands in the address
    - `prefix`: "supplier: number" names the supplier, by key or title; without one in front it is a bare number
    - `number`, `key`: the number among the tickets of the suppliers in the source's `refers_to`, else of all others

    Ids and numbers are compared without regard to case and surrounding blanks. A number that a ticket had before (an
    alias) names it as its number does, unless another ticket of its source has it now. A reference of a ticket to
    itself says nothing. A cancelled incident still joins others: duplicates are cancelled in favour of the same ticket.
    """
    links, tickets = facts.links, facts.tickets
    rows = np.flatnonzero(exists[links.ticket]) if len(links) else np.zeros(0, dtype=np.int64)
    former = rows[links.kind[rows] == _ALIAS]
    rows = rows[links.kind[rows] != _ALIAS]
    said = [
        (row, bearer, EVIDENCE[evidence], reference)
        for row, bearer, evidence, reference in zip(
            rows.tolist(),
            links.ticket[rows].tolist(),
            links.evidence[rows].tolist(),
            links.reference[rows].tolist(),
            strict=True,
        )
    ]
    aliases = list(zip(links.ticket[former].tolist(), links.reference[former].tolist(), strict=True))
    desk = _Desk(facts, catalogue, exists, [(evidence, reference) for _, _, evidence, reference in said], aliases)
    found: list[tuple[int, int, int]] = []
    ambiguous = []
    for row, bearer, evidence, reference in said:
        named = desk.named(bearer, evidence, reference) - {bearer}
        if len(named) == 1:
            found.append((bearer, named.pop(), row))
        elif named:
            ambiguous.append(row)
    bearer_, named_, link_ = np.array(found, dtype=np.int32).reshape(-1, 3).T
    kind, bears, is_named = links.kind[link_], tickets.kind[bearer_], tickets.kind[named_]
    joins = (kind == _SAME) & (bears == 0) & (is_named == 0)
    causes = (kind == _CAUSE) & (bears == 0) & (is_named == 1)
    return Cases(
        case=connected(len(tickets), bearer_[joins], named_[joins]),
        joins=Reference(bearer_[joins], named_[joins], link_[joins]),
        causes=Reference(bearer_[causes], named_[causes], link_[causes]),
        ambiguous=np.array(ambiguous, dtype=np.int32),
    )


def connected(n: int, a: Codes, b: Codes) -> Codes:
    """For each of n nodes the smallest node that edges a-b connect it with."""
    root = np.arange(n, dtype=np.int32)
    while True:
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        apart = low != high
        if not apart.any():
            return root
        np.minimum.at(root, high[apart], low[apart])  # hang the higher root below the lower one,
        while True:  # then let everybody point to the top
            top = root[root]
            if (top == root).all():
                break
            root = top


class _Desk:
    """Looks references up. It knows only the tickets that some reference could mean."""

    def __init__(
        self,
        facts: Facts,
        catalogue: Catalogue,
        exists: Bools,
        references: Sequence[tuple[str, str]],
        aliases: Sequence[tuple[int, str]],
    ) -> None:
        """`aliases`: rows of tickets, each with a number that it had before."""
        tickets = facts.tickets
        self._source: Sequence[int] = tickets.source.tolist() if references else ()
        self._of_supplier: dict[str, set[int]] = {entry.key: set() for entry in catalogue.suppliers}
        for i, fact in enumerate(facts.sources):
            self._of_supplier.setdefault(fact.supplier, set()).add(i)
        titled: dict[str, set[int]] = {}
        for entry in catalogue.suppliers:  # a title that two suppliers share means either
            titled.setdefault(_plain(entry.title), set()).update(self._of_supplier[entry.key])
        self._called = titled | self._of_supplier
        self._meant = [self._meant_by(fact, catalogue) for fact in facts.sources]
        rows = np.flatnonzero(exists)
        urls = [reference for evidence, reference in references if evidence == "url"]
        own = [reference for evidence, reference in references if evidence == "issue_link"]
        words = {_plain(word) for url in urls for word in _words(url)}
        self._urls = _index(rows, tickets.url, {_plain(url) for url in urls})
        self._ids = _index(rows, tickets.vendor_id, {_plain(reference) for reference in own} | words)
        wanted = {key for _, ref in references for key in _numbers(ref)} | words
        self._numbers = self._also(_index(rows, tickets.number, wanted), wanted, aliases)
        self._hosts = self._hosts_of(tickets.url, tickets.source, rows) if urls else {}

    def _also(
        self, numbers: Mapping[str, Sequence[int]], wanted: set[str], aliases: Sequence[tuple[int, str]]
    ) -> Mapping[str, Sequence[int]]:
        """The numbers with those that tickets had before, where nobody else in their source has them now."""
        found = dict(numbers)
        for row, number in aliases:
            key = _plain(number)
            if key in wanted and not any(self._source[one] == self._source[row] for one in numbers.get(key, ())):
                found[key] = [*found.get(key, ()), row]
        return found

    def _meant_by(self, fact: SourceFact, catalogue: Catalogue) -> set[int]:
        """The sources whose tickets a bare number of this source means."""
        entries = (entry for entry in catalogue.sources if (entry.supplier, entry.name) == (fact.supplier, fact.source))
        allowed = next((entry.refers_to for entry in entries), None)
        suppliers = self._of_supplier.keys() - {fact.supplier} if allowed is None else allowed
        return {source for supplier in suppliers for source in self._of_supplier.get(supplier, ())}

    def named(self, bearer: int, evidence: str, reference: str) -> set[int]:
        """The tickets that a reference may mean."""
        source = self._source[bearer]
        if evidence == "issue_link":
            return self._in({source}, self._ids, reference) or self._in({source}, self._numbers, reference)
        if evidence == "url":
            return self._by_url(reference)
        if evidence == "prefix" and (parts := _PREFIX.fullmatch(reference)):
            system = self._called.get(_plain(parts[1]))
            if system is not None:
                return self._in(system, self._numbers, parts[2])
        return self._in(self._meant[source], self._numbers, reference)

    def _by_url(self, reference: str) -> set[int]:
        exact = set(self._urls.get(_plain(reference), ()))
        if exact:
            return exact
        system = self._hosts.get(_host(reference), set())
        return {
            row
            for word in _words(reference)
            for index in (self._ids, self._numbers)
            for row in self._in(system, index, word)
        }

    def _in(self, sources: set[int], index: Mapping[str, Sequence[int]], text: str) -> set[int]:
        return {row for row in index.get(_plain(text), ()) if self._source[row] in sources}

    def _hosts_of(self, urls: Texts, sources: Codes, rows: Ints) -> Mapping[str, set[int]]:
        """The sources behind each host, by the address of one ticket of each."""
        hosts: dict[str, set[int]] = {}
        for source in range(len(self._meant)):
            mine = rows[sources[rows] == source].tolist()
            url = next((urls[row] for row in mine if urls[row]), None)
            if url:
                hosts.setdefault(_host(url), set()).add(source)
        hosts.pop("", None)
        return hosts


def _index(rows: Ints, texts: Texts, wanted: set[str]) -> Mapping[str, Sequence[int]]:
    """The rows of each wanted text."""
    found: dict[str, list[int]] = {}
    # `_plain` of every text there is, and whether it is wanted, without a call of ours for each; some at a time, since
    # no other thread has a turn meanwhile.
    for first in range(0, len(rows) if wanted else 0, _CHUNK):
        some = rows[first : first + _CHUNK]
        plain = [*map(str.casefold, map(str.strip, [text or "" for text in texts[some].tolist()]))]
        for place in np.flatnonzero(np.fromiter(map(wanted.__contains__, plain), np.bool_, len(plain))).tolist():
            if plain[place]:
                found.setdefault(plain[place], []).append(int(some[place]))
    return found


def _numbers(reference: str) -> Iterator[str]:
    """What in the reference may be a number: all of it, or what stands behind a prefix."""
    yield _plain(reference)
    if (parts := _PREFIX.fullmatch(reference)) is not None:
        yield _plain(parts[2])


def _words(url: str) -> Sequence[str]:
    return _WORD.findall(unquote(url))


def _plain(text: str) -> str:
    return text.strip().casefold()


def _host(url: str) -> str:
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:  # half an IPv6 address and the like: not the address of anybody's system
        return ""
