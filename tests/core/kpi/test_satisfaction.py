"""Customers' answers as one scale."""

from __future__ import annotations

import pytest

from core.model import Part
from tests.core.kpi.build import Figures, Record, catalogue, change, facts, incident, response, service

AT = "2026-03-31 00:00"
SOLVED = incident("acme", "1", "2026-03-10 00:00", "2026-03-11 00:00", service="shop")


def figures(*responses: Record, tickets: tuple[Record, ...] = (SOLVED,), at: str = AT) -> Figures:
    return Figures(facts(*tickets, responses=responses), catalogue(service("shop", Part("acme", "web"))), at)


def joint(found: Figures, figure: str, window: str = "30d") -> float | None:
    return found(f"siam_joint_satisfaction_{figure}", window=window)


def test_a_scale_is_mapped_by_its_ends_and_scales_may_be_mixed() -> None:
    """1 of 1-5 is 0 (not 0.2), 8 of 0-10 is 0.8, satisfied of two is 1: mean 0.6, two of three in the top box."""
    found = figures(
        response("acme", "1", "2026-03-12", 1),
        response("acme", "1", "2026-03-12", 8, (0, 10)),
        response("acme", "1", "2026-03-12", 1, (0, 1)),
    )
    assert joint(found, "ratio") == pytest.approx(0.6)
    assert joint(found, "top_box_ratio") == 2 / 3
    assert joint(found, "responses") == 3


def test_four_of_five_is_in_the_top_box_and_three_is_not() -> None:
    found = figures(response("acme", "1", "2026-03-12", 4), response("acme", "1", "2026-03-12", 3))
    assert joint(found, "top_box_ratio") == 0.5


def test_a_response_without_a_moment_counts_at_the_closing_of_its_ticket_else_at_its_resolution() -> None:
    at_resolution = figures(response("acme", "1", None, 5), at="2026-03-19 00:00")
    assert (joint(at_resolution, "responses", "7d"), joint(at_resolution, "responses", "30d")) == (0, 1)
    closed = {**SOLVED, "state": "closed", "closed_at": "2026-03-15 00:00"}
    assert (
        joint(figures(response("acme", "1", None, 5), tickets=(closed,), at="2026-03-19 00:00"), "responses", "7d") == 1
    )
    still_open = incident("acme", "1", "2026-03-10 00:00")
    assert joint(figures(response("acme", "1", None, 5), tickets=(still_open,)), "responses") == 0


def test_the_future_the_cancelled_and_what_lies_off_its_scale_do_not_count() -> None:
    cancelled = incident("acme", "2", "2026-03-10 00:00", state="cancelled", closed_at="2026-03-10 01:00")
    found = figures(
        response("acme", "1", "2026-04-01", 5),
        response("acme", "2", "2026-03-12", 5),
        response("acme", "1", "2026-03-12", 6),
        response("acme", "1", "2026-03-12", 3, (3, 3)),
        tickets=(SOLVED, cancelled),
    )
    assert joint(found, "responses") == 0
    assert joint(found, "ratio") is None


def test_the_response_ratio_is_about_one_cohort_and_never_exceeds_one() -> None:
    """Two incidents resolved in the window, one with two answers, of which one came later; old ones answered now."""
    second = incident("acme", "2", "2026-03-10 00:00", "2026-03-12 00:00", service="shop")
    old = incident("acme", "3", "2025-06-01 00:00", "2025-06-02 00:00", service="shop")
    found = figures(
        response("acme", "1", "2026-03-12", 5),
        response("acme", "1", "2026-03-29", 5),
        response("acme", "3", "2026-03-29", 5),
        tickets=(SOLVED, second, old),
    )
    assert joint(found, "response_ratio") == 0.5
    assert found("siam_supplier_satisfaction_response_ratio", supplier="acme", window="30d") == 0.5
    assert joint(found, "response_ratio", "7d") is None
    assert joint(found, "responses") == 3


def test_a_services_satisfaction_is_over_incidents_whichever_supplier_solved_them() -> None:
    theirs = incident("globex", "2", "2026-03-10 00:00", "2026-03-11 00:00", service="shop")
    work = change("acme", "C", "2026-03-10 00:00", "2026-03-11 00:00", service="shop")
    found = figures(
        response("acme", "1", "2026-03-12", 5),
        response("globex", "2", "2026-03-12", 1),
        response("acme", "C", "2026-03-12", 3),
        response("acme", None, "2026-03-12", 3),
        tickets=(SOLVED, theirs, work),
    )
    assert found("siam_service_satisfaction_ratio", service="shop", window="30d") == 0.5
    assert found("siam_service_satisfaction_responses", service="shop", window="30d") == 2
    assert found("siam_supplier_satisfaction_responses", supplier="acme", window="30d") == 3
    assert joint(found, "responses") == 4
