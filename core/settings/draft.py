"""The file held against its schema: what is right in it as models, what is wrong as sentences with their places.

A mistake in one part does not hide those in another: what is wrong is cut out, and the rest is looked at all the same.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from core.settings.mistakes import Place
from core.settings.models import File, Source
from core.settings.text import Text, at, scalars
from core.settings.wording import Found, found

_STAND_IN: Final = {"connector": "(unreadable)", "base_url": "http://unreadable.invalid"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration of which some parts may be missing because they are wrong."""

    file: File
    text: Text  # the whole file, wrong parts too
    wrong: tuple[Found, ...]

    def broken(self, *place: str | int) -> bool:
        """Whether something is wrong at a place, in it or around it: nothing follows from its absence."""
        return any(where[: len(place)] == place[: len(where)] for where, _ in self.wrong)

    def names(self, *place: str | int) -> list[str]:
        """The keys that the operator wrote at a place, be their values right or wrong."""
        here = at(self.text.value, place)
        return list(here) if isinstance(here, dict) else []

    def sources(self) -> Iterator[tuple[str, Place, Source]]:
        """Every source that can be read: supplier, place, source."""
        for supplier, entry in self.file.suppliers.items():
            for index, source in enumerate(entry.sources):
                if source.connector != _STAND_IN["connector"]:
                    yield supplier, ("suppliers", supplier, "sources", index), source

    def components(self, supplier: str) -> list[str]:
        """The components that the operator mapped in the supplier's sources."""
        sources = at(self.text.value, ("suppliers", supplier, "sources"))
        count = len(sources) if isinstance(sources, list) else 0
        each = (self.names("suppliers", supplier, "sources", index, "components") for index in range(count))
        return sorted({name for names in each for name in names})


def draft(text: Text, unread: Iterable[Found] = ()) -> Draft:
    """The models of the file and everything that its schema refuses.

    `unread`: what is known to be wrong already, so that nothing more is said of those places.
    """
    if not isinstance(text.value, dict):
        what = "a list" if isinstance(text.value, list) else "one word"
        holds = "is empty" if text.value is None else f"holds {what} instead of keys with values"
        return Draft(File(), text, (*unread, ((), f"the file {holds}; begin with suppliers: and services:")))
    wrong = [*unread, *((place, message) for place, _, message in text.mistakes)]
    said = {place for place, _ in wrong}
    wrong += [
        (place, "has no value; give it one, or delete the key")
        for place, value in scalars(text.value)
        if value is None and "options" not in place and place not in said
    ]
    rest = _without(text.value, (place for place, _ in wrong))
    first = True
    while True:
        try:
            return Draft(File.model_validate(rest), text, tuple(wrong))
        except ValidationError as error:
            errors = [found(each, text) for each in error.errors(include_url=False, include_input=False)]
        if first:  # later ones are only what cutting out has left incomplete
            said = {place for place, _ in wrong}
            wrong += [each for each in errors if each[0] not in said]
            first = False
        left = _without(rest, (place for place, _ in errors))
        rest = left if left != rest else {}


def _without(value: dict[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    """A copy without what stands at the places.

    Where that is a key that is missing, what misses it goes. Where it is an item of a list, the list goes, so that the
    places of its neighbours stay true; only a source leaves a stand-in, since the supplier's others have much to check.
    """
    left = copy.deepcopy(value)
    for place in dict.fromkeys(places):
        while place and not _cut(left, place):
            place = place[:-1]
        if not place:
            return {}
    return left


def _cut(value: Any, place: Place) -> bool:
    """Remove a key; whether it was there."""
    around = at(value, place[:-1])
    if around is None:
        return True  # it went with something around it
    if isinstance(around, dict) and place[-1] in around:
        del around[place[-1]]
        return True
    last = place[-1]
    if isinstance(last, int) and len(place) == 4 and place[2] == "sources":
        around[last] = dict(_STAND_IN)
        return True
    return False
