"""A recorded log through simulator, connector, store and figures is what a direct count of its lines says it is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
import pytest

import siamhub
from connectors.simulators.demo import start
from core.catalogue import DAY, INTEGRATOR, Catalogue, SourceEntry, SupplierEntry
from core.facts import Facts
from core.kpi.compute import compute
from core.kpi.lowered import lowered
from core.kpi.timeline import Timeline, timeline
from core.kpi.view import view
from core.model import SECOND, to_instant
from core.store.store import open_store
from tests.history.direct import Direct, count

TRAPS = Path(__file__).parent / "traps.csv"
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "uci498_incident_event_log.csv.xz"
"""The file is not part of the repository: doi:10.24432/C57S4H, CC BY 4.0."""
AFTER = datetime(2017, 2, 20, tzinfo=UTC)
"""Later than every line of both logs."""
PARTIES = Catalogue(
    windows=(("all", 400 * DAY),),
    suppliers=(SupplierEntry("acme", "Acme"), SupplierEntry("globex", "Globex")),
    sources=(
        SourceEntry(
            "acme",
            "servicenow",
            300 * SECOND,
            groups=(("globex", ("*1", "*2")), (INTEGRATOR, ("*0",))),
        ),
    ),
)


@dataclass
class Replayed:
    """What the hub holds of a log and says about it, at `AFTER`."""

    facts: Facts
    life: Timeline
    samples: list[tuple[str, dict[str, str], float]]
    window: str  # the one that reaches over the whole log

    def figure(self, name: str, **labels: str) -> float:
        """The sum of the samples of a name with these labels, in the log's window."""
        labels |= {"window": self.window}
        found = [value for n, said, value in self.samples if n == name and labels.items() <= said.items()]
        assert found, f"no sample of {name} with {labels}"
        return sum(found)

    def total(self, name: str) -> float:
        """The sum of the samples of a name that has no window."""
        return sum(value for n, _, value in self.samples if n == name)

    @property
    def reopened(self) -> frozenset[str]:
        """Numbers of the incidents that the timeline saw reopened."""
        return frozenset(self.facts.tickets.number[ticket] for ticket in self.life.reopenings.ticket)


def replay(log: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Replayed:
    """The log served, synced and computed by the command line, in this process."""
    path, database = folder / "siamhub.yaml", f"sqlite:///{folder / 'siamhub.db'}"
    at = to_instant(AFTER)
    with start(seed=7, now=at, clock=lambda: at, history=log) as demo:
        path.write_text(demo.configuration(database, "127.0.0.1:0"), encoding="utf-8")
        assert siamhub.main(["--config", str(path), "sync"]) == 0
    capsys.readouterr()
    assert siamhub.main(["--config", str(path), "kpis", "--at", AFTER.isoformat(), "--format", "json"]) == 0
    said = orjson.loads(capsys.readouterr().out)
    samples = [(one["name"], dict(one["labels"]), one["value"]) for one in said["samples"]]
    windows = {labels["window"] for _, labels, _ in samples if "window" in labels}
    store = open_store(database)
    facts = store.facts([("acme", "servicenow")])
    store.close()
    return Replayed(
        facts,
        timeline(facts, np.ones(len(facts.tickets), dtype=np.bool_), at),
        samples,
        max((w for w in windows if w.endswith("d")), key=lambda w: int(w[:-1])),
    )


def hold(direct: Direct, said: Replayed) -> None:
    """Everything that both can tell is the same."""
    tickets, life = said.facts.tickets, said.life
    assert len(tickets) == said.total("siam_incidents_opened_total") == direct.incidents
    assert said.facts.rejects == {}
    assert not (life.suspicion >= 0).any()
    assert said.figure("siam_incidents_resolved", supplier="acme") == len(direct.elapsed)

    assert said.reopened == direct.reopened_by_states
    assert frozenset(tickets.number[tickets.reopen_count > 0]) == direct.reopened_by_count
    assert said.figure("siam_incidents_reopened", supplier="acme") == len(direct.reopened_by_states)
    assert int((tickets.reassignment_count > 0).sum()) == direct.reassigned
    groups = said.facts.events["group"]
    assert len(np.unique(groups.ticket[groups.from_value >= 0])) == direct.moved

    lead = "siam_supplier_incident_lead_time_seconds"
    assert said.figure(lead, supplier="acme", stat="mean") == pytest.approx(direct.mean_elapsed, rel=1e-12)
    active = "siam_supplier_incident_active_time_seconds"
    assert said.figure(active, supplier="acme", stat="mean") == pytest.approx(direct.mean_active, rel=1e-12)
    elapsed = {tickets.number[row]: float(life.resolved[row] - life.opened[row]) / SECOND for row in _resolved(said)}
    assert elapsed == direct.elapsed
    assert waiting(said) == direct.waiting
    hold_spread(direct, said)
    hold_backlog(direct, said)
    hold_handovers(direct, said)
    hold_lowered(direct, said)


def hold_spread(direct: Direct, said: Replayed) -> None:
    """Counts by priority, quantiles over the pooled incidents, first responses."""
    for priority in "12345":
        mine = [number for number in direct.elapsed if direct.priorities[number] == priority]
        counted = [
            value
            for name, labels, value in said.samples
            if name == "siam_incidents_resolved" and (labels["window"], labels["priority"]) == (said.window, priority)
        ]
        assert sum(counted) == len(mine)
    for figure, values in (
        ("lead_time", direct.elapsed),
        ("active_time", direct.active),
        ("first_response", direct.responses),
    ):
        for stat, rank in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95)):
            value = said.figure(f"siam_supplier_incident_{figure}_seconds", supplier="acme", stat=stat)
            assert value == pytest.approx(quantile(sorted(values.values()), rank), rel=1e-12), (figure, stat)
        mean = said.figure(f"siam_supplier_incident_{figure}_seconds", supplier="acme", stat="mean")
        assert mean == pytest.approx(sum(values.values()) / len(values), rel=1e-12), figure


def quantile(ordered: list[float], rank: float) -> float:
    """Linear between the closest ranks."""
    place = rank * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def hold_backlog(direct: Direct, said: Replayed) -> None:
    """What was open at instants all over the log, and how old it was."""
    span = direct.last_opened - direct.first_opened
    for tenth in range(1, 12, 2):
        moment = direct.first_opened + tenth * span / 10
        samples = compute(said.facts, PARTIES, to_instant(moment.replace(tzinfo=UTC)))
        ages = sorted(direct.open_for(moment).values())
        assert sum(one.value for one in samples if one.name == "siam_incidents_open") == len(ages)
        told = {
            dict(one.labels)["stat"]: one.value
            for one in samples
            if one.name == "siam_supplier_incident_open_age_seconds" and ("supplier", "acme") in one.labels
        }
        if ages:
            assert told["p90"] == pytest.approx(quantile(ages, 0.9), rel=1e-12)
            assert told["mean"] == pytest.approx(sum(ages) / len(ages), rel=1e-12)


def hold_lowered(direct: Direct, said: Replayed) -> None:
    """Whose priority was lowered on the way."""
    steps = lowered(view(said.facts, PARTIES, to_instant(AFTER)))
    assert frozenset(said.facts.tickets.number[steps.ticket]) == direct.lowered


def hold_handovers(direct: Direct, said: Replayed) -> None:
    """Groups shared out among three parties: how often incidents went from one to another."""
    counted = {
        (labels["from_party"], labels["to_party"]): int(one.value)
        for one in compute(said.facts, PARTIES, to_instant(AFTER))
        for labels in [dict(one.labels)]
        if one.name == "siam_handovers" and labels["window"] == "all" and one.value
    }
    assert counted == direct.handovers(party)


def party(group: str) -> str:
    """Groups that end in 1 or 2 are Globex's, those that end in 0 the integrator's."""
    return {"1": "globex", "2": "globex", "0": INTEGRATOR}.get(group[-1], "acme")


def _resolved(said: Replayed) -> list[int]:
    return [int(row) for row in np.flatnonzero(said.life.sound & (said.life.resolved > said.life.opened - 1))]


def waiting(said: Replayed) -> dict[str, float]:
    """Number -> seconds on hold of resolved incidents: what is open and not busy."""
    held = np.zeros(len(said.facts.tickets), dtype=np.int64)
    for sign, spans in ((1, said.life.open), (-1, said.life.busy)):
        np.add.at(held, spans.key, sign * (spans.end - spans.start))
    return {said.facts.tickets.number[row]: float(held[row]) / SECOND for row in _resolved(said)}


def test_a_log_with_traps_is_counted_as_a_person_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers of incidents that say what they are about stand in the log; three figures are counted by hand here."""
    direct = count(TRAPS)
    hold(direct, replay(TRAPS, tmp_path, capsys))
    by_number = {number.lstrip("INC0"): seconds / 3600 for number, seconds in direct.elapsed.items()}
    # 2: done on the first call; 4: 09:30 to 11:03; 10: from the third at eight to the fourth at twelve
    assert (by_number["2"], by_number["4"], by_number["10"]) == (0, 1.55, 28)
    assert {number[-2:] for number in direct.reopened_by_states} == {"03", "05", "10", "17"}
    # 5: reopened into a wait; 9: entered as waiting; 10: nine to two, and two hours of the next day
    assert {n[-2:]: s / 3600 for n, s in direct.waiting.items() if n[-2:] in ("09", "10")} == {"09": 48, "10": 7}


def test_the_demo_replays_a_log_with_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert siamhub.main(["demo", "--once", "--history", str(TRAPS)]) == 0
    said = capsys.readouterr().out
    assert "ServiceNow of acme" in said
    resolved = next(line for line in said.splitlines() if "cases resolved" in line)
    assert str(len(count(TRAPS).elapsed)) in resolved.split()


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published log is not beside the checkout")
def test_the_published_log_gives_what_its_publishers_and_a_direct_count_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """141,712 lines, 24,918 incidents, opened from 29 February 2016 to 16 February 2017.

    What is right where the log is at odds with itself:

    - The order of an incident's lines counts, not their times or counts. INC0000137 is reopened by the times,
      INC0000135 by `sys_mod_count`, and neither is by the order, nor by `reopen_count`: 275 are by both.
    - 1,816 incidents were entered as resolved, 1,542 of them without a `resolved_at`. They took no time; reckoned from
      their closing five days later, the mean would be 180.8 hours.
    - The mean by the state history is 165.33 hours over all. Over the 23,362 that have `resolved_at` it is 178.17 by
      that field: most of those without one were done on the first call.
    """
    direct = count(PUBLISHED)
    assert (direct.lines, direct.incidents) == (141_712, 24_918)
    assert (direct.first_opened, direct.last_opened) == (
        datetime(2016, 2, 29, 1, 16),
        datetime(2017, 2, 16, 14, 17),
    )
    assert len(direct.reopened_by_states) == len(direct.reopened_by_count) == 275
    assert direct.reassigned == 11_369
    assert len(direct.lowered) == 116
    assert direct.mean_elapsed / 3600 == pytest.approx(165.33, abs=0.01)
    assert len(direct.by_field) == 23_362
    assert sum(direct.by_field.values()) / 3600 / 23_362 == pytest.approx(178.17, abs=0.01)
    hold(direct, replay(PUBLISHED, tmp_path, capsys))
    with sqlite3.connect(tmp_path / "siamhub.db") as database:
        statement = "SELECT count(*), min(opened_at), max(opened_at) FROM ticket"
        ((held, first, last),) = database.execute(statement).fetchall()
    database.close()
    assert held == 24_918
    assert first == to_instant(direct.first_opened.replace(tzinfo=UTC))
    assert last == to_instant(direct.last_opened.replace(tzinfo=UTC))
