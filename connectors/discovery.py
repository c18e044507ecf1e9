"""What an installation tells about itself: questions at the beginning whose answers fill values and maps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any, Final

from connectors.client import Client
from connectors.faults import missing, unreadable
from connectors.listing import Listing, compile_request
from connectors.manifest_discover import Discovery, Pick
from connectors.paging import Guard, checked
from connectors.paths import compile_path
from connectors.steps import Place, Seen
from connectors.template import Values, as_text
from connectors.values import UNKNOWN, Lookup, fits, of_list
from core.connector import AnswerError, AuthenticationError, ForbiddenError, GroundError
from core.model import SECOND, Instant

log = logging.getLogger("siamhub.connectors")

_SOON: Final = 60 * SECOND
"""When a question that may be left out is asked again, after an answer that could not be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one question brought."""

    until: Instant
    values: Mapping[str, Any] = field(default_factory=dict)
    maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Discoveries:
    """All questions of a manifest. They are asked when first needed, and again when their answers are old."""

    def __init__(
        self, said: Mapping[str, Discovery], client: Client, values: Values, where: str, entities: bool = False
    ) -> None:
        """`values`: the options, for placeholders in questions. `where` names the source in messages.

        `entities`: texts of answers bear HTML entities.
        """
        self._read: Callable[[Any], Any] = _text if entities else lambda value: value
        self._said, self._client, self._values, self._where = said, client, values, where
        self._found: dict[str, Found] = {}
        self.refused: dict[str, str] = {}  # by question: why it may not be asked, where the source is read without it
        self.version: int = 0  # rises when an answer differs from the one before
        self._strange: dict[str, set[str]] = {name: set() for name, one in said.items() if one.grows}  # not known yet
        self._vain: dict[str, set[str]] = {name: set() for name in self._strange}  # asked for, and not known there

    def ask(self, now: Instant) -> None:
        """Ask what is not known yet, or not any more. Raises a `SourceError`."""
        for name, said in self._said.items():
            known = self._found.get(name)
            strange = self._strange.get(name)
            if known is not None and now < known.until and not strange:
                continue
            found = self._one(name, said, now)
            if strange is not None:
                self._vain[name] = self._vain[name] | strange if known is not None and now < known.until else set()
                strange.clear()
            if known is None or (known.values, known.maps) != (found.values, found.maps):
                self.version += 1
            self._found[name] = found

    @property
    def lacking(self) -> bool:
        """Whether a word came that an answer which `grows` did not hold: it may be newer than the answer."""
        return any(self._strange.values())

    @property
    def values(self) -> Values:
        """Placeholders `found.name`; None for what was asked for in vain."""
        empty = {f"found.{name}": None for said in self._said.values() for name in (*said.take, *said.pick)}
        return empty | {
            f"found.{name}": value for found in self._found.values() for name, value in found.values.items()
        }

    @property
    def maps(self) -> Mapping[str, Lookup]:
        """Maps by name."""
        known = {name: found.maps for name, found in self._found.items()}
        return {
            key: self._noting(name, of_list(known.get(name, {}).get(key, {})))
            for name, said in self._said.items()
            for key in said.maps
        }

    def _noting(self, name: str, find: Lookup) -> Lookup:
        """The lookup, which tells of words that its answer lacks."""
        if name not in self._strange:
            return find

        def noted(word: str) -> Any:
            found = find(word)
            if found is UNKNOWN and word and word not in self._vain[name]:
                self._strange[name].add(word)
            return found

        return noted

    def _one(self, name: str, said: Discovery, now: Instant) -> Found:
        values = {**self._values, **self.values}
        try:
            found = self._told(name, said, self._data(name, said, values), values, now)
        except GroundError:
            raise
        except (ForbiddenError, AnswerError) as error:
            if said.proof and isinstance(error, ForbiddenError):
                raise AuthenticationError(str(error)) from error
            # A page of maintenance says nothing of the names. Without them histories would be stored, and not be asked
            # for again when they are known.
            if said.optional and (name in self._found or not unreadable(error)):
                log.warning("%s: %s is not known: %s", self._where, name, error)
                self.refused[name] = str(error)
                if isinstance(error, ForbiddenError) or missing(error):
                    return Found(now + said.keep)
                # What cannot be read says nothing of what was known before, and may be read soon.
                return replace(self._found.get(name, Found(now)), until=now + min(said.keep, _SOON))
            if isinstance(error, AnswerError):
                raise GroundError(
                    f"{error}; without this answer, by which the manifest tells {_all_of(said) or 'that it is there'} "
                    f"({name}), no list of the source is read"
                ) from error
            raise
        self.refused.pop(name, None)
        return found

    def _told(self, name: str, said: Discovery, data: Any, values: Values, now: Instant) -> Found:
        """What an answer tells. Raises an `AnswerError` where it has not the form that the manifest describes."""
        taken = {
            key: next((value for path in paths if (value := _get(path, data, values)) not in (None, "")), None)
            for key, paths in said.take.items()
        }
        taken |= {key: self._picked(name, key, pick, data) for key, pick in said.pick.items()}
        maps = {}
        for key, one in said.maps.items():
            word, meaning = compile_path(one.key), compile_path(one.value)
            rows = self._rows(name, one.records, data)
            maps[key] = {as_text(self._read(word.get(row))): self._read(meaning.get(row)) for row in rows}
        return Found(now + said.keep, taken, maps)

    def _data(self, name: str, said: Discovery, values: Values) -> Any:
        """The answer, None where there is nothing; of a list in pages, all of its records."""
        if said.paging.kind == "none":
            answer = self._client.ask(compile_request(said.request)(values))
            return None if answer.nothing else answer.data
        listing = Listing(said.request, "@", said.paging, f"{self._where}: {name}")
        guard = Guard(listing.where)
        records: list[Any] = []
        place: Place | None = listing.pages.start
        while place is not None:
            guard.place(place)
            answer = self._client.ask(listing.call(values, place))
            rows = self._rows(name, said.records, answer.data) if not answer.nothing else []
            guard.rows(place, rows)
            records += rows
            place = checked(listing.where, listing.pages.step, place, Seen(answer, [None] * len(rows)))
        return records

    def _picked(self, name: str, key: str, pick: Pick, data: Any) -> Sequence[str]:
        words = [str(word).casefold() for option in pick.options for word in self._values[f"options.{option}"] or ()]
        get, value = compile_path(pick.key), compile_path(pick.value)
        rows = self._rows(name, pick.records, data)
        found = [
            as_text(value.get(row))
            for row in rows
            if any(fits(as_text(get.get(row)).casefold(), word) for word in words)
        ]
        if pick.needed and not found:
            there = ", ".join(sorted({as_text(get.get(row)) for row in rows})[:20]) or "none"
            raise GroundError(
                f"{self._where}: of {name} none is called as options.{' or options.'.join(pick.options)} say; "
                f"there are {there}"
            )
        return list(dict.fromkeys(found))

    def _rows(self, name: str, path: str, data: Any) -> Sequence[Any]:
        if data is None:
            return ()
        rows = compile_path(path).get(data)
        if not isinstance(rows, list):
            raise AnswerError(f"{self._where}: the answer for {name} holds no list at {path!r}")
        return [row for row in rows if isinstance(row, dict)]


def _all_of(said: Discovery) -> str:
    return ", ".join((*said.take, *said.pick, *said.maps))


def _get(path: str, data: Any, values: Values) -> Any:
    return compile_path(path, values=values).get(data)


def _text(value: Any) -> Any:
    return unescape(value).strip() if value.__class__ is str and "&" in value else value
