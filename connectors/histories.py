"""The histories of one stream's tickets: which of them are read, and which stand in for one that may not be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from connectors.asked import AskedHistory
from connectors.client import Client
from connectors.reading import Read, merged
from connectors.template import Values
from core.connector import Access, ForbiddenError, SourceError
from core.model import Unread


class Histories:
    """Asks for what belongs to a page's tickets."""

    def __init__(self, histories: Mapping[str, AskedHistory], parallel: int) -> None:
        """In the order in which the manifest names them; `parallel`: how many batches are asked for at a time."""
        self._histories, self._parallel = histories, parallel

    def begin(self) -> None:
        """A pass begins: a right that was missing may be granted now."""
        for history in self._histories.values():
            history.begin()

    def readable(self, name: str) -> bool:
        """Whether a history is asked for, and was not refused in this pass."""
        history = self._histories.get(name)
        return history is not None and not history.refused

    @property
    def refused(self) -> Collection[str]:
        """The histories that were refused in this pass: its tickets are read without them."""
        return [name for name, history in self._histories.items() if history.refused]

    def healed(self, lacking: Collection[str]) -> Collection[str]:
        """Those of the histories that were refused once which are read again, or are not asked for any more."""
        return [name for name in lacking if name not in self._histories or self._heard(name)]

    def unread(self, lacking: Collection[str]) -> Sequence[Unread]:
        """What there is to say of histories without which tickets are stored; one that is replaced is not needed."""
        # Also in a pass in which there was nothing to ask for.
        read = {name: one for name, one in self._histories.items() if not one.refused and name not in lacking}
        instead = {one.said.instead_of: name for name, one in read.items() if one.said.instead_of}
        found = []
        for name in lacking:
            if (history := self._histories.get(name)) is None:
                continue
            said = history.said
            why = history.refused or "it was refused before; what was read without it is read again when it answers"
            why += f"; {instead[name]} is read in its place" if name in instead else ""
            found.append(Unread(name, why, not said.optional and name not in instead))
        return found

    def _heard(self, name: str) -> bool:
        history = self._histories[name]
        other = history.said.instead_of
        return (history.answered and not history.refused) or bool(other and self._told(other) and self._heard(other))

    def in_use(self, name: str) -> bool:
        """Whether a history brought rows and stands behind none that did."""
        history = self._histories.get(name)
        if history is None:
            return False
        other = history.said.instead_of
        return history.given and not history.refused and not (other and self._told(other))

    def read(self, client: Client, values: Values, read: Read) -> None:
        """The histories of a page's tickets join what the page holds; `read.replaced` says whose place they take."""
        own = read.tickets["vendor_id"]
        if not own:
            return
        events = [read.events]
        for name, history in self._histories.items():
            if (other := history.said.instead_of) and self._told(other):
                read.replaced[name] = tuple({rule.kind for rule in self._teller(other).said.rules})
                continue
            asked = history.read(client, values, read.kept, own, read.requesters, read.notes, self._parallel)
            events += asked.events
            read.rejects += asked.rejects
            for field, moments in asked.fills.items():
                read.fill(field, moments)
            read.link(asked.links)
        read.events = merged(events)

    def lacks(self, read: Read) -> bool:
        """Whether tickets are there, and for one of the histories none for which it is asked."""
        own = read.tickets.get("vendor_id", ())
        return bool(own) and not all(history.fits(read.kept, own) for history in self._histories.values())

    def probe(self, stream: str, client: Client, values: Values, read: Read) -> Iterator[Access]:
        """What the account may read of one ticket's histories, and what reads in place of what."""
        for name, history in self._histories.items():
            said = history.said
            try:
                detail = history.probe(client, values, read.kept, read.tickets.get("vendor_id", ()))
            except SourceError as error:
                history.refused = str(error) if isinstance(error, ForbiddenError) else ""
                yield Access(f"{stream}.{name}", False, f"{error}{self._without(stream, name)}")
                continue
            if said.instead_of and self._told(said.instead_of):
                detail += f"; not needed: {stream}.{said.instead_of} tells more"
            elif said.instead_of:
                detail += f"; read in place of {stream}.{said.instead_of}"
                detail += f", it lacks {said.lacks}" if said.lacks else ""
            yield Access(f"{stream}.{name}", True, detail)

    def _without(self, stream: str, name: str) -> str:
        """What an operator should know of a history that may not be read."""
        said = self._histories[name].said
        others = [f"{stream}.{key}" for key, one in self._histories.items() if one.said.instead_of == name]
        suffers = f"; without it: {said.suffers}" if said.suffers else ""
        instead = f"; {' or '.join(others)} is tried in its place" if others else ""
        if said.instead_of and self._told(said.instead_of):
            suffers = f"; not needed: {stream}.{said.instead_of} tells more"
        else:
            instead += _weight(said.optional, bool(others))
        return suffers + instead + (f"; {said.grant}" if said.grant else "")

    def _told(self, name: str) -> bool:
        """Whether a history, or the one in whose place it would be read, tells what there is to tell."""
        history = self._histories.get(name)
        if history is None:  # switched off
            return False
        other = history.said.instead_of
        return (history.given and not history.refused) or bool(other and self._told(other))

    def _teller(self, name: str) -> AskedHistory:
        """Of a history and those in whose place it stands, the one that tells."""
        history = self._histories[name]
        other = history.said.instead_of
        return self._teller(other) if other and self._told(other) else history


def _weight(optional: bool, replaced: bool) -> str:
    """What a pass without a history is called."""
    if optional:
        return "; it is optional: a pass without it is ok"
    return "" if replaced else "; passes are partial until it may be read"
