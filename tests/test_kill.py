"""A kill at any moment loses nothing and counts nothing twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.registry import Registry
from core.facts import Facts, Names
from core.kpi.compute import compute
from core.model import Sample
from core.settings import Settings, load
from core.store.store import open_store
from tests.suppliers import NOW, configuration, suppliers

KILLS = 14
LONGEST = 4.0  # seconds that a first sync may take before it is killed


def run(path: Path, *arguments: str, dies_after: float | None = None) -> bool:
    """A sync in a process of its own; whether it came to its end before it was killed."""
    command = [sys.executable, "-m", "siamhub", "--config", str(path), "sync", *arguments]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as process:
        try:
            _, said = process.communicate(timeout=dies_after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
    assert process.returncode == 0, said.decode()
    return True


def configured(path: Path) -> Settings:
    return load(path, {}, Registry, NOW)


def plain(value: Any) -> Any:
    """Columns as lists, so that two of them compare; codes of names as the names."""
    if isinstance(value, Names):
        return [value.values[code] if code >= 0 else None for code in value.codes]
    return value.tolist() if isinstance(value, np.ndarray) else value


def stored(path: Path) -> tuple[dict[str, Any], list[Sample]]:
    """What is in the database, and the figures that come of it."""
    settings = configured(path)
    store = open_store(settings.database)
    facts: Facts = store.facts([(source.supplier, source.name) for source in settings.sources])
    store.close()
    tables: dict[str, Any] = {
        "tickets": facts.tickets,
        "outages": facts.outages,
        "responses": facts.responses,
        "links": facts.links,
    }
    tables |= {kind: facts.events[kind] for kind in facts.events}
    found = {
        f"{name}.{column}": plain(getattr(table, column))
        for name, table in tables.items()
        for column in table.__slots__
    }
    for kind in ("group",):  # codes of events of this kind stand for names in the order of their first appearance
        events = facts.events[kind]
        for column in ("from_value", "to_value"):
            found[f"{kind}.{column}"] = plain(Names(getattr(events, column), events.names))
        del found[f"{kind}.names"]
    samples = compute(facts, settings.catalogue, NOW)
    return found, [sample for sample in samples if "coverage" not in sample.name]


@pytest.mark.slow
def test_a_hub_killed_at_random_moments_ends_up_with_the_same_tickets_and_figures(tmp_path: Path) -> None:
    moments = random.Random(20261124)
    for name in ("calm", "killed"):
        (tmp_path / name).mkdir()
    with suppliers() as demo:
        calm, killed = (configuration(demo, tmp_path / name) for name in ("calm", "killed"))
        run(calm)
        ends = [run(killed, dies_after=moments.uniform(0.4, LONGEST)) for _ in range(KILLS // 2)]
        ends += [run(killed, "--full", dies_after=moments.uniform(0.4, LONGEST)) for _ in range(KILLS // 2)]
        assert not all(ends), "no kill came before the end: the moments are too late"
        run(killed)
    (expected, figures), (found, other_figures) = stored(calm), stored(killed)
    assert found.keys() == expected.keys()
    assert len(expected["tickets.vendor_id"]) > 2000
    for name in expected:
        assert found[name] == expected[name], name
    assert other_figures == figures
