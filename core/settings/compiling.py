"""From what the operator wrote to what the program runs on: instants, durations, hours, structures, names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from core import catalogue as cat
from core.connector import Credentials, SourceConfig
from core.meetings import Meeting
from core.model import SECOND, Hours, Instant, Part, Structure, to_datetime, to_instant
from core.settings import forms, hours, models, needs
from core.settings.mistakes import Place
from core.settings.result import BoardSettings, Settings, SourceSettings, WebSettings
from core.settings.variables import whole_file
from core.settings.words import Hours as WrittenHours

_SINCE: Final = timedelta(days=365)
_PRIORITIES: Final = (1, 2, 3, 4, 5)
_PLAIN: Final = frozenset({"username", "client_id", "scope", "grant"})
"""Values of a login that are no secrets; every other one is."""


def compiled(
    file: models.File, folder: Path, place: Callable[[Place], str], written: Mapping[Place, str], now: Instant
) -> Settings:
    """The settings of a file without mistakes.

    `folder`: where relative paths begin; `place`: how a place of the file is named in messages; `written`: what stands
    at a place, before `${...}` was looked up.
    """
    host, port = forms.listen(file.listen)
    sources = _sources(file, folder, place, written, now)
    return Settings(
        database=file.database,
        listen=(host, port),
        web=WebSettings(file.web.lifecycle, folder / file.web.config_file if file.web.config_file else None),
        board=_board(file.board),
        connectors=folder / file.connectors if file.connectors else None,
        catalogue=_catalogue(file, sources),
        sources=sources,
    )


def _board(board: models.Board) -> BoardSettings:
    rule = forms.meeting_day(board.day) if board.day else None
    meeting = None if rule is None else Meeting(board.title, forms.clock(board.time), _minutes(board.lasts), *rule)
    return BoardSettings(board.title, meeting, tuple(_informal(each) for each in board.informal))


def _informal(each: models.Informal) -> Meeting:
    week, weekday = forms.meeting_day(each.day) if each.day else (None, 0)
    day = forms.day(each.date) if each.date else None
    return Meeting(each.title, forms.clock(each.time), _minutes(each.lasts), week, weekday, day, place=each.place or "")


def _minutes(text: str) -> int:
    return max(1, forms.duration(text) // (60 * SECOND))


def credentials(source: models.Source) -> Credentials:
    """The login of a source; what may be a secret is a `SecretStr`."""
    if source.auth is None:
        return Credentials()
    values: Mapping[str, SecretStr] = source.auth.model_extra or {}
    return Credentials(
        source.auth.type,
        {name: value.get_secret_value() if name in _PLAIN else value for name, value in values.items()},
    )


def parts_by_default(file: models.File, service: str) -> tuple[Part, ...]:
    """What a service stands on where it does not say: every component of each source that maps names to it."""
    parts = [
        Part(key, component)
        for key, supplier in file.suppliers.items()
        for source in supplier.sources
        if service in source.services
        for component in source.components
    ]
    return tuple(dict.fromkeys(parts))


def local_day(zone: str, now: Instant) -> datetime:
    """The first instant of the day in a zone."""
    return to_datetime(now).astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _sources(
    file: models.File, folder: Path, place: Callable[[Place], str], written: Mapping[Place, str], now: Instant
) -> tuple[SourceSettings, ...]:
    made = []
    zone = ZoneInfo(file.timezone)
    for supplier, entry in file.suppliers.items():
        counts: Counter[str] = Counter()
        for index, source in enumerate(entry.sources):
            counts[source.connector] += 1
            count = counts[source.connector]
            name = source.connector if count == 1 else f"{source.connector}-{count}"
            since = (
                datetime.combine(forms.day(source.since), datetime.min.time(), zone)
                if source.since
                else local_day(file.timezone, now) - _SINCE
            )
            here: Place = ("suppliers", supplier, "sources", index)
            login = credentials(source)
            files = {name: whole_file(written.get((*here, "auth", name), ""), folder) for name in login.values}
            config = SourceConfig(
                supplier=supplier,
                source=name,
                base_url=forms.base_url(source.base_url),
                since=to_instant(since),
                credentials=replace(login, files={name: file for name, file in files.items() if file is not None}),
                options=source.options,
                automation=tuple(source.automation),
                place=place(here),
            )
            every = forms.duration(source.every) // SECOND
            census = forms.duration_or_never(source.census)
            seldom = None if census is None else census // SECOND
            made.append(SourceSettings(supplier, name, source.connector, every, seldom, config))
    return tuple(made)


def _catalogue(file: models.File, sources: tuple[SourceSettings, ...]) -> cat.Catalogue:
    written = [source for supplier in file.suppliers.values() for source in supplier.sources]
    return cat.Catalogue(
        zone=file.timezone,
        windows=tuple((window, forms.window(window)) for window in file.windows),
        suppliers=tuple(
            cat.SupplierEntry(key, supplier.title or key, _hours(supplier.hours, file.timezone))
            for key, supplier in file.suppliers.items()
        ),
        services=tuple(_service(file, key, service) for key, service in file.services.items()),
        sources=tuple(
            cat.SourceEntry(
                supplier=settings.supplier,
                name=settings.name,
                interval=settings.every * SECOND,
                groups=_patterns(source.groups),
                components=_patterns(source.components),
                services=_patterns(source.services),
                refers_to=None if source.refers_to is None else tuple(source.refers_to),
            )
            for settings, source in zip(sources, written, strict=True)
        ),
        outage_priority=file.outage_priority,
        change_watch=forms.duration(file.change_watch),
        collaboration=_collaboration(file.collaboration),
    )


def _service(file: models.File, key: str, service: models.Service) -> cat.ServiceEntry:
    structure: Structure | Part | None
    if service.needs is not None:
        structure = needs.structure(service.needs)
    else:
        parts = parts_by_default(file, key)
        structure = Structure(len(parts), parts) if parts else None
    targets = service.targets
    times = targets.incident_lead_time or models.LeadTimes()
    return cat.ServiceEntry(
        key=key,
        title=service.title or key,
        hours=_hours(service.hours, file.timezone),
        weight=service.weight,
        structure=structure,
        targets=cat.Targets(
            availability=targets.availability,
            incident_lead_time=_by_priority(times),
            clock=times.clock,
            change_success=targets.change_success,
            satisfaction=targets.satisfaction,
        ),
    )


def _collaboration(collaboration: models.Collaboration) -> cat.CollaborationEntry:
    within = collaboration.answer_within
    others = forms.duration(within.default)
    return cat.CollaborationEntry(
        answer_within=dict.fromkeys(_PRIORITIES, others) | _by_priority(within),
        weights=collaboration.weights.model_dump(),
        min_samples=collaboration.min_samples,
    )


def _by_priority(times: models.LeadTimes | models.AnswerWithin) -> dict[int, int]:
    written = {priority: getattr(times, f"p{priority}") for priority in _PRIORITIES}
    return {priority: forms.duration(text) for priority, text in written.items() if text is not None}


def _hours(written: WrittenHours | str, zone: str) -> Hours | None:
    if isinstance(written, str):  # "always"
        return None
    return Hours(written.timezone or zone, hours.week(written.weekly), written.holidays)


def _patterns(names: Mapping[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(patterns)) for name, patterns in names.items())
