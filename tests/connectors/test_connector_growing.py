"""Names that a system has told: asked for again when a record bears what was not there yet."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from tests.connectors.fake_system import NOW, System, manifest

HOUR = 3_600_000_000


def desk(grows: bool) -> Manifest:
    return manifest(
        {
            "move": {
                "request": {"path": "/moves"},
                "records": "@",
                "events": {
                    "ticket": "ticket",
                    "at": "at",
                    "id": "id",
                    "rules": [{"kind": "group", "to": [{"path": "team", "values": "team_names"}, "team"]}],
                },
            }
        },
        discover={
            "teams": {
                "request": {"path": "/teams"},
                "maps": {"team_names": {"key": "id", "value": "name"}},
                "keep": "1h",
                "grows": grows,
            }
        },
    )


class Desk:
    """Moves of a ticket to teams, of which the list of teams knows some."""

    def __init__(self, moves: list[str], teams: dict[str, str] | None) -> None:
        self.moves, self.teams = moves, teams
        self.system = System(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/teams":
            if self.teams is None:
                return httpx.Response(204)
            return httpx.Response(200, json=[{"id": key, "name": name} for key, name in self.teams.items()])
        row: list[dict[str, Any]] = [
            {"id": place, "ticket": "t", "at": f"2025-06-01T10:{place:02}:00Z", "team": team}
            for place, team in enumerate(self.moves)
        ]
        return httpx.Response(200, json=row)

    def asked(self) -> int:
        """How often the teams were asked for."""
        return sum(request.url.path == "/teams" for request in self.system.asked)


@pytest.mark.parametrize(("grows", "expected", "asked"), [(True, ["Web", "Data"], 2), (False, ["Web", "2"], 1)])
def test_a_team_that_is_made_while_the_names_are_held_has_its_name(
    grows: bool, expected: list[str], asked: int
) -> None:
    desk_ = Desk(["1"], {"1": "Web"})
    connector = desk_.system.connector(desk(grows))
    list(connector.pages("move", None, NOW))
    desk_.moves.append("2")
    desk_.teams = {"1": "Web", "2": "Data"}
    (page,) = connector.pages("move", None, NOW + HOUR // 2)
    assert page.events["to_value"] == expected
    assert desk_.asked() == asked


def test_a_team_that_the_list_does_not_know_is_asked_for_once_until_the_names_are_old() -> None:
    desk_ = Desk(["1", "gone", ""], {"1": "Web"})
    connector = desk_.system.connector(desk(grows=True))
    counts = []
    for at in (NOW, NOW + 1, NOW + 2, NOW + 2 * HOUR, NOW + 2 * HOUR + 1):
        (page,) = connector.pages("move", None, at)
        assert page.events["to_value"] == ["Web", "gone", None]
        counts.append(desk_.asked())
    assert counts == [2, 2, 2, 3, 3]


def test_no_answer_at_all_is_a_list_without_names() -> None:
    desk_ = Desk(["1"], None)
    (page,) = desk_.system.connector(desk(grows=False)).pages("move", None, NOW)
    assert page.events["to_value"] == ["1"]
