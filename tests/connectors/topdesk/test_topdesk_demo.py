"""The configuration of the demo reads its TOPdesk whole: services, components, outages and outcomes by their names."""

from __future__ import annotations

from pathlib import Path

from connectors.registry import Registry
from connectors.simulators.demo import start, story
from connectors.simulators.story_cast import COMPONENTS, SERVICES
from connectors.simulators.topdesk_tenant import Tenant
from core.model import SECOND, Instant
from core.settings import load
from core.status import SourceStatus
from core.store.store import open_store
from core.sync import sync
from tests.connectors.stored import records
from tests.connectors.topdesk.tenant import SUPPLIER
from tests.connectors.topdesk.truth import Truth

NOW: Instant = 1_780_000_000 * SECOND


def test_what_the_demo_configures_is_read_as_it_happened(tmp_path: Path) -> None:
    with start(7, NOW, lambda: NOW) as demo:
        written = tmp_path / "siamhub.yaml"
        written.write_text(demo.configuration(f"sqlite:///{tmp_path / 'hub.db'}", "127.0.0.1:0"), encoding="utf-8")
        config = next(one.config for one in load(written, {}, Registry, NOW).sources if one.config.supplier == SUPPLIER)
        status, store = SourceStatus(SUPPLIER, "topdesk", 15.0), open_store(f"sqlite:///{tmp_path / 'siamhub.db'}")
        connector = Registry().make("topdesk", config, status)
        assert all(access.readable for access in connector.probe())
        outcome = sync(store.source_id(SUPPLIER, "topdesk"), connector, store, status, lambda: NOW)
        connector.close()
        assert (outcome.state, store.set_aside()) == ("ok", [])
        store.close()
    known = Truth(story(7, NOW), NOW, config.base_url, free_fields=True, extensive=Tenant().extensive)
    assert known.differences(tmp_path / "siamhub.db") == []
    tickets = records(tmp_path / "siamhub.db", "ticket")
    assert any(row["outage_start"] for row in tickets)
    assert {row["outcome"] for row in tickets} >= {"successful", "with_issues", "unsuccessful", "backed_out"}
    named = [name for component in COMPONENTS if component.supplier == SUPPLIER for name in component.names]
    assert {row["component"] for row in tickets} >= set(named)
    assert {row["service"] for row in tickets} >= {s.names[SUPPLIER] for s in SERVICES if SUPPLIER in s.names}
