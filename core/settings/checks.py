"""The rules that tie parts of the configuration together: who is named must be there, what is judged must exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from core.catalogue import INTEGRATOR
from core.connector import Kinds
from core.settings import forms
from core.settings.compiling import credentials, parts_by_default
from core.settings.draft import Draft
from core.settings.mistakes import Place, hint, quoted
from core.settings.needs import AtLeast, members, walk
from core.settings.wording import Found


def check(draft: Draft) -> Iterator[Found]:
    """Everything wrong that a single part does not show. What follows from a mistake already found is not said."""
    for rule in _RULES:
        yield from rule(draft)


def check_connectors(draft: Draft, kinds: Kinds) -> Iterator[Found]:
    """What the connectors say of the sources that they are to read."""
    known = kinds.names()
    for _, place, source in draft.sources():
        if source.connector not in known:
            where = (*place, "connector")
            yield where, f"no connector is called {draft.text.shown(where)}; {hint(source.connector, known)}"
            continue
        for problem in kinds.problems(source.connector, credentials(source), source.options):
            where = (*place, *problem.path)
            if not draft.broken(*where):
                yield where, problem.message


def check_since(draft: Draft, today: date) -> Iterator[Found]:
    """Sources that begin in the future: they would be read and stay empty."""
    for _, place, source in draft.sources():
        if source.since is not None and forms.day(source.since) > today:
            yield (
                (*place, "since"),
                f"{draft.text.shown((*place, 'since'))} lies in the future; name a day that is past",
            )


def _windows(draft: Draft) -> Iterator[Found]:
    seen: dict[int, str] = {}
    for index, window in enumerate(draft.file.windows):
        length = forms.window(window)
        shown = draft.text.shown(("windows", index))
        if length in seen:
            yield ("windows", index), f"{shown} is as long as {seen[length]}; delete one"
        seen.setdefault(length, shown)


def _score_weights(draft: Draft) -> Iterator[Found]:
    weights = draft.file.collaboration.weights
    if not any(weights.model_dump().values()):
        yield ("collaboration", "weights"), "all weights are 0; let at least one count"


def _service_weights(draft: Draft) -> Iterator[Found]:
    services = draft.file.services
    if services and not draft.broken("services") and not any(service.weight for service in services.values()):
        yield ("services",), "all services have weight 0; let at least one count"


def _informal(draft: Draft) -> Iterator[Found]:
    for index, each in enumerate(draft.file.board.informal):
        if (each.day is None) == (each.date is None) and not draft.broken("board", "informal", index):
            yield (
                ("board", "informal", index),
                "a meeting is on a day of each month or on one date: write either `day` or `date`",
            )


def _parties(draft: Draft) -> Iterator[Found]:
    parties = [*draft.names("suppliers"), INTEGRATOR]
    for _, place, source in draft.sources():
        for party in source.groups:
            if party not in parties:
                message = f"no supplier is called {quoted(party)}; {hint(party, parties)}"
                yield (*place, "groups", party), message


def _referred(draft: Draft) -> Iterator[Found]:
    suppliers = draft.names("suppliers")
    for _, place, source in draft.sources():
        for index, supplier in enumerate(source.refers_to or ()):
            if supplier not in suppliers:
                where = (*place, "refers_to", index)
                yield where, f"no supplier is called {draft.text.shown(where)}; {hint(supplier, suppliers)}"


def _mapped_services(draft: Draft) -> Iterator[Found]:
    services = draft.names("services")
    for _, place, source in draft.sources():
        for service in source.services:
            if service not in services:
                known = hint(service, services, "add it under services")
                yield (*place, "services", service), f"no service is called {quoted(service)}; {known}"


def _needs(draft: Draft) -> Iterator[Found]:
    for key, service in draft.file.services.items():
        if service.needs is None:
            continue
        for place, need in walk(service.needs, ("services", key, "needs")):
            if isinstance(need, str):
                yield from _needed(draft, place, need)
                continue
            name, parts = members(need)
            for index, part in enumerate(parts):
                if part in parts[:index]:
                    yield (*place, name, index), "stands twice in this list; delete one"
            if isinstance(need, AtLeast) and need.at_least > len(parts):
                message = (
                    f"{need.at_least} parts can never be up, since `of` names {len(parts)}; lower it, or name more"
                )
                yield (*place, "at_least"), message


def _needed(draft: Draft, place: Place, name: str) -> Iterator[Found]:
    part = forms.part(name)
    suppliers = draft.names("suppliers")
    if part.supplier not in suppliers:
        known = hint(part.supplier, suppliers)
        yield place, f"{draft.text.shown(place)} names a supplier that is not there; {known}"
    elif part.component not in draft.components(part.supplier) and not draft.broken("suppliers", part.supplier):
        known = hint(
            name,
            [f"{supplier}/{each}" for supplier in suppliers for each in draft.components(supplier)],
            "map it under components of a source",
        )
        yield place, f"{draft.text.shown(place)} is mapped by no source of {part.supplier}; {known}"


def _judged(draft: Draft) -> Iterator[Found]:
    if draft.broken("suppliers"):
        return
    for key, service in draft.file.services.items():
        if service.targets.availability is None or service.needs is not None or draft.broken("services", key):
            continue
        if not parts_by_default(draft.file, key):
            yield (
                ("services", key, "targets", "availability"),
                "a target for a service that stands on nothing; say what it needs, or let a source with components "
                f"map it: services: {{{key}: [...]}}",
            )


_RULES: Final[Sequence[Callable[[Draft], Iterator[Found]]]] = (
    _windows,
    _score_weights,
    _service_weights,
    _informal,
    _parties,
    _referred,
    _mapped_services,
    _needs,
    _judged,
)
