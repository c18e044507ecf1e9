"""Where the account may not read the audit, the intervals of metrics tell states and groups; and it is said which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.simulators.servicenow_gate import Access as Right
from connectors.simulators.servicenow_tables import Tables
from connectors.simulators.servicenow_world import WorldTables
from core.model import SECOND, Instant
from tests.connectors.servicenow.instance import BEGIN, DAY, Site, on_hold, pages_of, story
from tests.connectors.servicenow.truth import Measured, Truth
from tests.connectors.stored import records

NOW = BEGIN + 20 * DAY
WORLD = on_hold(story(days=30))
OWN_STATE = {"incident_states": {"11": "hold"}}


@pytest.mark.parametrize("right", ["refused", "hidden"])
def test_states_and_groups_are_those_of_the_intervals(right: Right, tmp_path: Path) -> None:
    """Pass after pass, whether the audit is refused or counted and not shown."""
    with Site(WORLD, NOW, access={"sys_audit": right}) as site:
        hub = site.hub(tmp_path, options=OWN_STATE, change=pages_of(40))
        for step in (0, 1, 3_600, 100_000):
            site.now += step * SECOND
            assert hub.sync().state == "ok"
            assert Measured(WORLD, site.now, site.url, custom="hold").differences(hub.database) == []


def test_holds_from_intervals_are_as_long_as_those_of_the_audit(tmp_path: Path) -> None:
    """Every state of every incident begins at the same instant in both."""
    with Site(WORLD, NOW) as site:
        audit = site.hub(tmp_path / "audit", options=OWN_STATE)
        assert audit.sync().state == "ok"
    with Site(WORLD, NOW, access={"sys_audit": "refused"}) as site:
        metric = site.hub(tmp_path / "metric", options=OWN_STATE)
        assert metric.sync().state == "ok"

    def told(database: Path) -> set[tuple[str, Instant, str]]:
        own = {t["vendor_id"] for t in records(database, "ticket") if t["kind"] == "incident"}
        rows = [row for row in records(database, "event") if row["kind"] == "state" and row["ticket"] in own]
        return {(row["ticket"], row["at"], row["to_value"]) for row in rows}

    assert told(audit.database) < told(metric.database)
    assert {to for _, _, to in told(metric.database) - told(audit.database)} == {"new"}, "how each began"


class Late:
    """An instance whose event queue writes intervals some minutes after their incident has changed."""

    def __init__(self) -> None:
        self._now, self._then = WorldTables(WORLD, "acme"), WorldTables(WORLD, "acme")

    def at(self, now: Instant) -> Tables:
        late = self._then.at(now - 240 * SECOND)["metric_instance"]
        return {**self._now.at(now), "metric_instance": late}


def test_an_interval_that_is_written_after_its_incident_was_read_is_not_missed(tmp_path: Path) -> None:
    """The incident's row does not move again: only a list of their own brings these rows."""
    with Site(Late(), NOW, access={"sys_audit": "refused"}) as site:
        hub = site.hub(tmp_path, options=OWN_STATE)
        steps = (s.at for t in WORLD.of("acme", "incident") for s in t.steps if (s.kind, s.value) == ("state", "hold"))
        held = min(at for at in steps if at > NOW)
        for moment in (NOW, held + SECOND, held + 600 * SECOND):  # the second pass comes before the interval
            site.now = moment
            assert hub.sync().state == "ok"
        found = {(e["ticket"], e["at"], e["to_value"]) for e in records(hub.database, "event") if e["kind"] == "state"}
        truth = Measured(WORLD, site.now - 240 * SECOND, site.url, custom="hold")
        assert {(ticket, at, to) for ticket, at, _, to, _ in truth.events("state")} <= found


def test_the_audit_takes_the_place_of_the_intervals_when_it_may_be_read(tmp_path: Path) -> None:
    """A full pass after the right was granted leaves nothing of what the intervals told, and nothing twice."""
    access: dict[str, Right] = {"sys_audit": "refused"}
    with Site(WORLD, NOW, access=access) as site:
        hub = site.hub(tmp_path, options=OWN_STATE)
        assert hub.sync().state == "ok"
        access.clear()
        assert hub.sync(full=True).state == "ok"
        assert Truth(WORLD, NOW, site.url, custom="hold").differences(hub.database) == []
        assert not any(event["event_id"].startswith("metric:") for event in records(hub.database, "event"))


def test_with_the_audit_nothing_is_asked_of_the_intervals(tmp_path: Path) -> None:
    """But for the changes, as long as no audit row of any change has come."""
    with Site(WORLD, NOW) as site:
        assert site.hub(tmp_path).sync().state == "ok"
        assert site.count()["metric_instance"] == 0


def test_the_check_says_which_history_is_read_and_how_the_better_one_is_granted(tmp_path: Path) -> None:
    with Site(WORLD, NOW, access={"sys_audit": "refused"}) as site:
        found = {one.stream: one for one in site.hub(tmp_path).connector.probe()}
        assert not found["incident.audit"].readable
        assert "incident.metric is tried in its place" in found["incident.audit"].detail
        assert "give the account the role audit_viewer" in found["incident.audit"].detail
        assert re.match(
            r"\d+ rows? of one ticket read; read in place of incident.audit, it lacks who did it",
            found["incident.metric"].detail,
        )
        assert found["metric"].readable, "the list of late intervals is asked for as well"
    with Site(WORLD, NOW) as site:
        found = {one.stream: one for one in site.hub(tmp_path / "more").connector.probe()}
        assert "metric" not in found
        assert found["incident.metric"].detail.endswith("not needed: incident.audit tells more")


def test_holds_of_changes_are_those_of_their_flag(tmp_path: Path) -> None:
    """A change is on hold beside its state: when the flag is taken away, the state is what it was."""
    with Site(WORLD, NOW) as site:
        hub = site.hub(tmp_path, options=OWN_STATE)
        assert hub.sync().state == "ok"
        truth = Truth(WORLD, NOW, site.url, custom="hold")
        assert truth.differences(hub.database) == []
        changes = {view.ticket.key for view in truth.views if view.ticket.kind == "change"}
        held = [v for v in truth.views if v.ticket.key in changes and any(s.value == "hold" for s in v.steps)]
        assert len(held) > 5
