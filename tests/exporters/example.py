"""A made-up hub for tests of what leaves it: a catalogue, sources, and figures of every family."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from itertools import product
from typing import Final

from core.board.pack import Asked, Pack, pack
from core.catalogue import DAY, Catalogue, ServiceEntry, SourceEntry, SupplierEntry, Targets
from core.meetings import Meeting
from core.model import CHANGE_TYPES, OUTCOMES, SECOND, Instant, Sample
from core.settings import BoardSettings
from core.status import CensusEnd, SetAside, SourceStatus
from exporters.families import FAMILIES
from exporters.family import STATS, Family
from exporters.metrics import Exposition
from tests.core.kpi.build import facts

AT: Final[Instant] = 1_795_000_000 * SECOND  # 2026-11-18T11:06:40Z
MINUTE: Final = 60 * SECOND

CATALOGUE: Final = Catalogue(
    zone="Europe/Amsterdam",
    windows=(("7d", 7 * DAY), ("30d", 30 * DAY), ("90d", 90 * DAY)),
    suppliers=(
        SupplierEntry("acme", "Acme Hosting"),
        SupplierEntry("globex", "Globex Networks"),
        SupplierEntry("initech", "Initech Applications"),
    ),
    services=(
        ServiceEntry("webshop", "Webshop", targets=Targets(availability=0.999, incident_lead_time={1: 4, 2: 8, 3: 24})),
        ServiceEntry("payroll", "Payroll", targets=Targets(availability=0.995)),
    ),
    sources=(
        SourceEntry("acme", "servicenow", 300 * SECOND),
        SourceEntry("globex", "jira", 300 * SECOND),
        SourceEntry("initech", "topdesk", 300 * SECOND),
    ),
)
BOARD: Final = BoardSettings("Board", Meeting("Board", time(14), 90, 2, 1))
SMALL: Final = Catalogue(
    windows=(("30d", 30 * DAY),),
    suppliers=CATALOGUE.suppliers[:1],
    services=CATALOGUE.services[:1],
    sources=CATALOGUE.sources[:1],
)
"""So few that a person can read its exposition."""


def every_sample(catalogue: Catalogue = CATALOGUE) -> list[Sample]:
    """A sample for every combination of labels of every family that a KPI run makes; the same ones each time."""
    return [sample for family in FAMILIES.values() if family.origin == "kpi" for sample in _samples(family, catalogue)]


def _samples(family: Family, catalogue: Catalogue) -> Iterator[Sample]:
    values = _label_values(catalogue)
    for combination in product(*(values[label] for label in family.labels)):
        labels = dict(zip(family.labels, combination, strict=True))
        if _possible(family, labels, catalogue):
            shown = tuple((name, text) for name, text in labels.items() if text)
            yield Sample(family.name, shown, _value(family, labels, catalogue))


def _label_values(catalogue: Catalogue) -> Mapping[str, Sequence[str]]:
    parties = [*(entry.key for entry in catalogue.suppliers), "integrator"]
    return {
        "supplier": [entry.key for entry in catalogue.suppliers],
        "service": [entry.key for entry in catalogue.services],
        "window": [*(label for label, _ in catalogue.windows), "month", "last_month"],
        "stat": STATS,
        "priority": ("1", "2", "3", ""),
        "goal": ("availability", "incident_lead_time", "change_success", "satisfaction"),
        "component": ("responsiveness", "flow", "constructiveness", "joint_goals"),
        "type": CHANGE_TYPES,
        "outcome": OUTCOMES[:2],
        "from_party": parties,
        "to_party": parties,
        "status": ("open", "done", "late"),
        "title": [*(entry.title for entry in catalogue.services), *(entry.title for entry in catalogue.suppliers)],
        "source": [entry.name for entry in catalogue.sources],
        "kind": ("incident", "change"),
        "reason": ("resolved before opened", "opening unknown"),
    }


def _possible(family: Family, labels: Mapping[str, str], catalogue: Catalogue) -> bool:
    if family.name == "siam_service_target":
        return (labels["goal"] == "incident_lead_time") == bool(labels["priority"])
    if "title" in labels:
        titles = {entry.key: entry.title for entry in catalogue.services}
        titles |= {entry.key: entry.title for entry in catalogue.suppliers}
        return any(titles.get(key) == labels["title"] for key in labels.values())
    if "source" in labels:
        return any(
            (entry.supplier, entry.name) == (labels["supplier"], labels["source"]) for entry in catalogue.sources
        )
    if "priority" in labels:
        return bool(labels["priority"])
    return "to_party" not in labels or labels["to_party"] != labels["from_party"]


def _value(family: Family, labels: Mapping[str, str], catalogue: Catalogue) -> float:
    chance = zlib.crc32(repr((family.name, sorted(labels.items()))).encode()) / 2**32
    if family.type == "info":
        return 1.0
    if family.name == "siam_service_target":
        targets = {"availability": 0.999, "change_success": 0.95, "satisfaction": 0.8}
        return targets.get(labels["goal"]) or 14_400.0 * int(labels["priority"])
    if "timestamp" in family.name:
        return AT / SECOND + 6 * 86_400
    if "attained" in family.name and "goal" in labels:
        return float(chance > 0.4)
    if "availability" in family.name:
        return 1 - round(chance * 0.004, 6)
    if family.name == "siam_service_data_coverage_ratio":
        return 1.0
    if family.unit == "ratio" or family.name.endswith("score"):
        return round(0.7 + 0.3 * chance, 4)
    if family.unit == "seconds":
        spread = {"p50": 0.4, "p90": 2.5, "p95": 3.5}.get(labels.get("stat", ""), 1.0)
        return round(spread * (3_600 + 40_000 * chance), 1)
    return float(int(chance * 60))


def statuses(catalogue: Catalogue = CATALOGUE, now: Instant = AT) -> list[SourceStatus]:
    """Every source read a minute ago; the last one with oddities."""
    made = []
    for number, entry in enumerate(catalogue.sources):
        status = SourceStatus(entry.supplier, entry.name, entry.interval / SECOND, passes=3, up=True, state="ok")
        status.last_success, status.watermark = now - MINUTE, now - (number + 2) * MINUTE
        status.census = CensusEnd("ok", "", now - 60 * MINUTE, now - 60 * MINUTE, -number, deleted=3, unseen=number)
        status.synced.update({"incident": 24_918 - number, "change": 310 + number})
        status.rejected.update({("incident", "no id"): 2})
        for duration in (0.03, 0.2, 0.7, 70.0):
            status.request("200", duration)
        status.request("429", 0.01)
        status.retry()
        made.append(status)
    made[-1].state, made[-1].reason = "partial", "the account may not read changes (403)"
    made[-1].unmapped.update({("state", "Parked <b>"): 12, ("priority", "P0"): 1})
    return made


def exposition(catalogue: Catalogue = CATALOGUE, at: Instant = AT) -> Exposition:
    """An exposition that shows every family."""
    made = Exposition("0.1.0", lambda: statuses(catalogue, at))
    made.update(every_sample(catalogue), at, 0.25)
    return made


def board_pack(month: str, now: Instant, catalogue: Catalogue = CATALOGUE) -> Pack:
    """The pack of a hub that holds no records."""
    return pack(Asked(facts(), catalogue, {}, (), (), None, (), "Board", "0.1.0"), month, now)


@dataclass
class Hub:
    """A hub as the pages see it, with what a test wants it to say."""

    sources: list[SourceStatus] = field(default_factory=statuses)
    not_ready: str | None = None
    wrong: str | None = None
    catalogue: Catalogue = CATALOGUE
    title: str = "Service Integration Board"
    board: BoardSettings = BOARD
    asked: Counter[str] = field(default_factory=Counter)

    def statuses(self) -> Sequence[SourceStatus]:
        return self.sources

    def pack(self, month: str) -> Pack:
        self.asked["pack"] += 1
        return board_pack(month, AT, self.catalogue)

    def set_aside(self) -> Sequence[SetAside]:
        return _set_aside(self.sources)

    def readiness(self) -> str | None:
        self.asked["readiness"] += 1
        return self.not_ready

    def reload(self) -> str | None:
        self.asked["reload"] += 1
        return self.wrong


def _set_aside(statuses: Iterable[SourceStatus]) -> Sequence[SetAside]:
    """What was set aside since the process started; sources without any are left out."""
    found = []
    for status in statuses:
        rejects: Counter[str] = Counter()
        for (_, reason), count in dict(status.rejected).items():
            rejects[reason] += count
        if rejects or status.unmapped:
            found.append(SetAside(status.supplier, status.source, rejects, dict(status.unmapped)))
    return found
