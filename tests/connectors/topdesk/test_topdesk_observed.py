"""Without the reporting feed: what the hub sees itself between passes is true within the uncertainty that it states."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from connectors.simulators.topdesk_tenant import Tenant
from core.model import SECOND, Instant
from tests.connectors.hub import Hub, pages_of
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import BEGIN, DAY, FREE_FIELDS, Site, bulk, story
from tests.connectors.topdesk.truth import KINDS, Truth

FIRST = BEGIN + 40 * DAY
WORLD = bulk(story(), BEGIN + 41 * DAY + 5 * SECOND)
EXTENSIVE = Tenant().extensive
NO_FEED = frozenset({"reporting"})
Value = tuple[Instant, str]
"""What a ticket has, and since when."""


def happened(now: Instant) -> dict[tuple[str, str], list[Value]]:
    """By (ticket, kind): every value that it took until an instant."""
    found: dict[tuple[str, str], list[Value]] = defaultdict(list)
    known = Truth(WORLD, now, "")
    for kind in KINDS:
        for ticket, at, value in known.events(kind):
            found[ticket, kind].append((at, value))
    return {key: sorted(values) for key, values in found.items()}


def observed(hub: Hub) -> list[dict[str, Any]]:
    """What the hub has seen, in order."""
    rows = records(hub.database, "event")
    assert all(row["event_id"].startswith("observed:") and row["actor"] == "unknown" for row in rows)
    return sorted(rows, key=lambda row: (row["at"], row["seq"]))


def untrue(hub: Hub) -> list[dict[str, Any]]:
    """Observed events in whose interval the ticket did not take that value."""
    truth = happened(hub.site.now)

    def holds(row: dict[str, Any]) -> bool:
        low = row["at"] if row["earliest"] is None else row["earliest"]
        return any(
            low <= at <= row["at"] and value == row["to_value"] for at, value in truth[row["ticket"], row["kind"]]
        )

    return [row for row in observed(hub) if not holds(row)]


def test_what_changes_between_two_passes_is_seen_once_and_happened_within_the_interval_that_is_stated(
    tmp_path: Path,
) -> None:
    dice = random.Random(4)
    with Site(WORLD, FIRST, forbidden=NO_FEED) as site:
        hub = site.hub(tmp_path)
        assert hub.sync().state == "ok"
        opening = observed(hub)
        assert opening
        assert {(row["kind"], row["to_value"], row["earliest"]) for row in opening} == {("state", "hold", None)}
        before, expected = happened(site.now), []
        for _ in range(45):
            site.now += dice.choice((60, 900, 4_000, 20_000, 60_000)) * SECOND
            assert hub.sync().state == "ok"
            after = happened(site.now)
            expected += [
                (*key, *values[-1]) for key, values in after.items()
                if key in before and before[key][-1][1] != values[-1][1]
            ]  # fmt: skip
            before = after
        assert site.now > FIRST + DAY
        seen = observed(hub)
        for ticket, kind, at, value in expected:
            fits = [
                row for row in seen if (row["ticket"], row["kind"], row["to_value"]) == (ticket, kind, value)
                and (row["at"] if row["earliest"] is None else row["earliest"]) <= at <= row["at"]
            ]  # fmt: skip
            assert len(fits) == 1, (ticket, kind, at, value)
        assert {kind for _, kind, *_ in expected} >= {"state", "priority", "group"}
        assert untrue(hub) == []
        for kind in ("priority", "group", "major"):
            assert sum(row["kind"] == kind for row in seen) == sum(one[1] == kind for one in expected)
        estimates = [row for row in seen if row["earliest"] is not None]
        assert estimates
        assert all(row["earliest"] <= row["at"] for row in estimates)
        exact = {row["to_value"] for row in seen if row["kind"] == "state" and row["earliest"] is None}
        assert exact == {"hold", "resolved", "closed"} | (exact & {"cancelled"})


def test_what_was_observed_is_true_though_passes_break_off_fail_and_cards_change_meanwhile(tmp_path: Path) -> None:
    dice = random.Random(8)
    with Site(WORLD, FIRST, forbidden=NO_FEED) as site:
        hub = site.hub(tmp_path, change=pages_of(40))
        hub.sync()
        for seed in range(12):
            site.tick = dice.choice((0, 20, 200)) * SECOND
            site.faults.at_random(0.2, seed)
            hub.sync(pages=dice.randrange(1, 12))
            hub.restart()
            site.now += dice.choice((300, 4_000)) * SECOND
        site.faults.clear()
        site.tick = 0
        assert hub.sync().state == "ok"
        assert untrue(hub) == []
        assert Truth(WORLD, site.now, site.url, history=False, extensive=EXTENSIVE).differences(hub.database) == []
        ends = {(row["ticket"], row["kind"]): row["to_value"] for row in observed(hub)}
        truth = happened(site.now)
        assert {key: value for key, value in ends.items() if truth[key][-1][1] != value} == {}


def test_the_feed_takes_the_place_of_what_was_observed_when_its_right_is_granted_and_again_back(
    tmp_path: Path,
) -> None:
    forbidden = {"reporting"}
    with Site(WORLD, FIRST, forbidden=forbidden) as site:
        hub = site.hub(tmp_path, options=FREE_FIELDS)
        for _ in range(4):
            assert hub.sync().state == "ok"
            site.now += 20_000 * SECOND
        assert observed(hub)
        forbidden.clear()
        for _ in range(2):
            assert hub.sync().state == "ok"
            known = Truth(WORLD, site.now, site.url, free_fields=True, extensive=EXTENSIVE)
            assert known.differences(hub.database) == []
            assert not [row for row in records(hub.database, "event") if row["event_id"].startswith("observed:")]
            site.now += 20_000 * SECOND
        assert hub.sync().changed is True
        forbidden.add("reporting")
        site.now += 20_000 * SECOND
        assert hub.sync().state == "ok"
        assert any(row["event_id"].startswith("observed:") for row in records(hub.database, "event"))
        forbidden.clear()
        assert hub.sync().state == "ok"
        known = Truth(WORLD, site.now, site.url, free_fields=True, extensive=EXTENSIVE)
        assert known.differences(hub.database) == []


@pytest.mark.parametrize("restarted", [False, True])
def test_a_pass_with_nothing_new_observes_nothing(tmp_path: Path, restarted: bool) -> None:
    with Site(WORLD, FIRST, forbidden=NO_FEED) as site:
        hub = site.hub(tmp_path)
        hub.sync()
        site.now += DAY
        hub.sync()
        hub.sync()
        before = observed(hub)
        if restarted:
            hub.restart()
        assert hub.sync().changed is False
        assert hub.sync(full=True).changed is False
        assert observed(hub) == before
