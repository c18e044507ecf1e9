"""Packs that are ready: made once, and made anew when what they rest on is different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from core.actions import Action
from core.board.ready import Packs
from core.closed import ClosedMonth, MonthError
from core.facts import Facts
from core.model import SECOND
from core.months import close_month
from core.reviews import Remark
from core.settings import BoardSettings, Settings, WebSettings
from tests.core.board.test_board_pack import NOW, ONE, READ, SHOP, TWO, action
from tests.core.kpi.build import catalogue, facts

HOUR = 3600 * SECOND
SETTINGS = Settings(
    database="", listen=("", 0), web=WebSettings(), board=BoardSettings("Board"), connectors=None,
    catalogue=catalogue(SHOP), sources=(),
)  # fmt: skip


@dataclass
class Kept:
    """A store of ten lines."""

    months: dict[str, ClosedMonth] = field(default_factory=dict)
    agreed: list[Action] = field(default_factory=list)
    read: int = 0

    def facts(self, sources: Sequence[tuple[str, str]]) -> Facts:
        self.read += 1
        return facts(ONE, TWO, success=READ)

    def closed_months(self) -> Sequence[str]:
        return list(self.months)

    def month(self, text: str) -> ClosedMonth | None:
        return self.months.get(text)

    def actions(self) -> Sequence[Action]:
        return list(self.agreed)

    def remarks(self, period: str) -> Sequence[Remark]:
        return []


KNOWN = facts(ONE, TWO, success=READ)


def test_a_pack_is_made_once_for_the_same_records() -> None:
    store = Kept()
    packs = Packs(store, "1")
    first = packs.of("2026-10", NOW, SETTINGS, KNOWN)
    assert packs.of("2026-10", NOW + SECOND, SETTINGS, replace(KNOWN, sources=KNOWN.sources)) is first
    assert packs.of("2026-09", NOW, SETTINGS, KNOWN) is not first
    assert not store.read


def test_a_pack_is_made_anew_for_new_records_actions_settings_and_a_closed_month() -> None:
    store = Kept()
    packs = Packs(store, "1")
    made = [packs.of("2026-10", NOW, SETTINGS, KNOWN)]
    other = facts(ONE, success=READ)
    made.append(packs.of("2026-10", NOW, SETTINGS, other))
    store.agreed.append(action())
    made.append(packs.of("2026-10", NOW, SETTINGS, other))
    made.append(packs.of("2026-10", NOW, replace(SETTINGS, board=BoardSettings("Another")), other))
    store.months["2026-10"] = close_month("2026-10", other, SETTINGS.catalogue, NOW, "1", anyway=True)
    made.append(packs.of("2026-10", NOW, SETTINGS, other))
    assert len({id(each) for each in made}) == 5
    assert made[-1].closed is not None
    assert len(made[-1].actions) == 1


def test_a_month_that_runs_is_made_anew_each_minute_and_another_one_each_hour() -> None:
    packs = Packs(Kept(), "1")
    running, over = (packs.of(month, NOW, SETTINGS, KNOWN) for month in ("2026-11", "2026-10"))
    assert packs.of("2026-11", NOW + 60 * SECOND, SETTINGS, KNOWN) is not running
    assert packs.of("2026-10", NOW + 60 * SECOND, SETTINGS, KNOWN) is over
    assert packs.of("2026-10", NOW + HOUR, SETTINGS, KNOWN) is not over


def test_facts_are_read_where_none_are_at_hand_and_a_wrong_month_is_refused() -> None:
    store = Kept()
    assert Packs(store, "1").of("2026-10", NOW, SETTINGS, None).records == 2
    assert store.read == 1
    with pytest.raises(MonthError):
        Packs(store, "1").of("2026-12", NOW, SETTINGS, KNOWN)
