"""Joint targets, and how far the figures can be trusted."""

from __future__ import annotations

from collections.abc import Mapping

from core.catalogue import Targets
from core.model import Part
from tests.core.kpi.build import (
    HOUR,
    Figures,
    Record,
    Time,
    catalogue,
    change,
    facts,
    incident,
    link,
    needs,
    outage,
    response,
    service,
)

AT = "2026-03-31 00:00"
GOALS = Targets(availability=0.99, incident_lead_time={1: 4 * HOUR, 2: 8 * HOUR}, change_success=0.95, satisfaction=0.8)
SHOP = catalogue(service("shop", Part("acme", "web"), targets=GOALS), service("mail"))


def attained(found: Figures, goal: str, window: str = "30d") -> float | None:
    return found("siam_service_target_attained", service="shop", goal=goal, window=window)


def test_targets_are_shown_as_they_are_configured() -> None:
    found = Figures(facts(), SHOP, AT)
    assert found("siam_service_target", service="shop", goal="availability") == 0.99
    assert found("siam_service_target", service="shop", goal="incident_lead_time", priority="2") == 8 * 3600
    assert len(found.labels("siam_service_target")) == 5


def test_a_target_is_attained_missed_or_not_known() -> None:
    """8 h down of 720 h is 0.9889 < 0.99: missed. Satisfaction 1 >= 0.8: attained. No change was judged: not known.

    One P1 in 4 h and one P2 in 9 h: the target of lead time is missed by the second. One of three is attained.
    """
    tickets = (
        incident("acme", "1", "2026-03-10 00:00", "2026-03-10 04:00", priority=1, service="shop"),
        incident("acme", "2", "2026-03-10 00:00", "2026-03-10 09:00", priority=2, service="shop"),
    )
    down = outage("acme", "2026-03-10 00:00", "2026-03-10 08:00", component="web", ticket="1")
    found = Figures(facts(*tickets, outages=[down], responses=[response("acme", "1", "2026-03-11", 5)]), SHOP, AT)
    assert attained(found, "availability") == 0
    assert attained(found, "satisfaction") == 1
    assert attained(found, "incident_lead_time") == 0
    assert attained(found, "change_success") is None
    assert found("siam_joint_targets_attained_ratio", window="30d") == 1 / 3


def test_the_target_of_lead_time_is_attained_when_every_incident_with_a_target_met_it() -> None:
    tickets = (
        incident("acme", "1", "2026-03-10 00:00", "2026-03-10 04:00", priority=1, service="shop"),
        incident("acme", "2", "2026-03-10 00:00", "2026-03-20 00:00", priority=3, service="shop"),
    )
    assert attained(Figures(facts(*tickets), SHOP, AT), "incident_lead_time") == 1


def test_a_change_that_failed_misses_its_target() -> None:
    failed = change("acme", "C", "2026-03-01 00:00", "2026-03-05 00:00", outcome="backed_out", service="shop")
    assert attained(Figures(facts(failed), SHOP, AT), "change_success") == 0


def test_without_targets_there_is_no_share_of_attained_ones() -> None:
    found = Figures(facts(), catalogue(service("mail")), AT)
    assert found("siam_joint_targets_attained_ratio", window="30d") is None


def coverage(success: Mapping[str, Time]) -> float | None:
    pair = ("acme", "globex")
    known = catalogue(service("shop", needs("acme/web", "globex/dc")), suppliers=pair)
    found = Figures(facts(success=success, suppliers=pair), known, AT)
    return found("siam_service_data_coverage_ratio", service="shop")


def test_coverage_is_the_share_of_suppliers_whose_sources_succeeded_within_three_intervals() -> None:
    """Every 5 min: 23:45 is just in time, a second earlier is not; a source that never succeeded is not fresh."""
    assert coverage({"acme": "2026-03-30 23:45", "globex": "2026-03-31 00:00"}) == 1
    assert coverage({"acme": "2026-03-30 23:44:59", "globex": "2026-03-31 00:00"}) == 0.5
    assert coverage({"acme": None, "globex": None}) == 0


def test_a_source_read_since_a_past_instant_is_complete_for_it() -> None:
    assert coverage({"acme": "2026-04-15 00:00", "globex": None}) == 0.5


def test_tickets_are_counted_as_they_were_at_the_instant_cancelled_and_suspect_ones_too() -> None:
    found = Figures(
        facts(
            incident("acme", "1", "2026-03-10 00:00", state="cancelled", closed_at="2026-03-11 00:00"),
            incident("acme", "2", None),
            incident("acme", "3", "2026-03-11 00:00", "2026-03-10 00:00"),
            incident("acme", "4", "2026-04-10 00:00"),
            change("acme", "C", "2026-03-10 00:00"),
        ),
        SHOP,
        AT,
    )
    assert found("siamhub_tickets", supplier="acme", kind="incident") == 3
    assert found("siamhub_tickets", supplier="acme", kind="change") == 1
    assert found("siamhub_tickets_suspect", supplier="acme", reason="unreadable_time") == 1
    assert found("siamhub_tickets_suspect", supplier="acme", reason="resolved_before_opened") == 1
    assert found("siamhub_tickets_suspect", supplier="globex", reason="unreadable_time") == 0


def test_ambiguous_references_are_counted_for_the_supplier_that_wrote_them() -> None:
    bearer: Record = incident("acme", "A", "2026-03-10 00:00")
    others = (incident(who, "INC0010001", "2026-03-10 00:00") for who in ("globex", "initech"))
    found = Figures(facts(bearer, *others, links=[link(bearer, "INC0010001")]), SHOP, AT)
    assert found("siamhub_references_ambiguous", supplier="acme") == 1
    assert found("siamhub_references_ambiguous", supplier="globex") == 0
    assert found("siam_joint_cases_resolved", window="30d") == 0


def test_titles_stand_in_info_series() -> None:
    found = Figures(facts(), SHOP, AT)
    assert found("siam_service_info", service="mail", title="Mail") == 1
    assert found("siam_supplier_info", supplier="acme", title="Acme") == 1
