"""Changes: lead time, judgement after the watch period, emergency, schedule, caused incidents."""

from __future__ import annotations

from typing import Any

import pytest

from core.model import Part
from tests.core.kpi.build import Figures, Record, catalogue, change, facts, incident, link, service, step

AT = "2026-03-31 00:00"
ASKED, DONE = "2026-03-10 00:00", "2026-03-12 00:00"  # judged on 19 March


def figures(*tickets: Record, links: tuple[Record, ...] = (), at: str = AT) -> Figures:
    return Figures(facts(*tickets, links=links), catalogue(service("shop", Part("acme", "web"))), at)


def done(number: str = "C", end: str | None = DONE, **more: Any) -> Record:
    return change("acme", number, ASKED, end, **{"service": "shop", **more})


def success(found: Figures, window: str = "30d") -> float | None:
    ratios = [found(f"siam_{scope}_change_success_ratio", window=window, **labels) for scope, labels in SCOPES]
    assert ratios[0] == ratios[1] == ratios[2]
    return ratios[0]


SCOPES: tuple[tuple[str, dict[str, str]], ...] = (
    ("joint", {}),
    ("service", {"service": "shop"}),
    ("supplier", {"supplier": "acme"}),
)


def caused(opened: str, **more: Any) -> tuple[Record, Record]:
    """An incident at globex that names the change C as its cause."""
    blame = incident("globex", "I", opened, **more)
    return blame, link(blame, "C", kind="cause")


def lead(found: Figures, window: str = "30d") -> float | None:
    value = found("siam_joint_change_lead_time_seconds", window=window, stat="mean")
    return None if value is None else value / 86_400


def test_lead_time_runs_from_the_request_to_the_actual_end_else_to_the_closing() -> None:
    assert lead(figures(done())) == 2
    closed = done(end=None, state="closed", closed_at="2026-03-13 00:00", outcome="successful")
    assert lead(figures(closed)) == 3
    assert lead(figures(done(requested_at=None, opened_at="2026-03-11 00:00"))) == 1


@pytest.mark.parametrize(("at", "days"), [("2026-03-13 00:00:01", 2), ("2026-03-15 00:00:01", 5)])
@pytest.mark.parametrize("later", ["closed_at", "actual_end"])
def test_a_closing_or_an_end_after_the_instant_is_not_known_yet(later: str, at: str, days: int) -> None:
    """Asked for on the 10th, resolved on the 12th, closed (or said to have ended) on the 15th: on the 13th it took two
    days, as it did then, and is not taken for unfinished."""
    ticket = done(end=None, state="closed", outcome="successful", history=[step(DONE, "resolved")])
    assert lead(figures({**ticket, later: "2026-03-15 00:00"}, at=at)) == days


@pytest.mark.parametrize(
    "what",
    [
        {"outcome": "abandoned"},
        {"state": "cancelled", "closed_at": DONE},
        {"suspect": 1},
        {"actual_end": AT[:-5] + "01:00"},
    ],
)
def test_abandoned_cancelled_suspect_and_future_changes_are_not_completed(what: dict[str, Any]) -> None:
    found = figures(done(**what))
    assert lead(found) is None
    assert success(found) is None


def test_a_change_is_judged_when_its_watch_period_is_over_and_counts_in_that_window() -> None:
    """Ended on the 12th: judged on the 19th at 00:00; a week later still inside 7d, on the 26th outside."""
    assert success(figures(done(), at="2026-03-18 23:59")) is None
    assert success(figures(done(), at="2026-03-19 00:00")) is None  # [at - 30d, at) ends before at
    assert success(figures(done(), at="2026-03-19 00:01"), "7d") == 1
    assert success(figures(done(), at="2026-03-26 00:01"), "7d") is None


@pytest.mark.parametrize("outcome", ["with_issues", "unsuccessful", "backed_out"])
def test_only_a_successful_outcome_is_a_success(outcome: str) -> None:
    assert success(figures(done(outcome=outcome), done("D"))) == 0.5


@pytest.mark.parametrize(
    ("opened", "expected"),
    [("2026-03-11 23:59", 1), (DONE, 0), ("2026-03-18 23:59", 0), ("2026-03-19 00:00", 1)],
)
def test_an_incident_opened_within_the_watch_period_that_names_it_makes_it_fail(opened: str, expected: float) -> None:
    """The watch period is [12 March, 19 March)."""
    blame, cause = caused(opened)
    assert success(figures(done(), blame, links=(cause,))) == expected


def test_a_cancelled_incident_blames_nobody_and_a_joined_one_is_no_blame() -> None:
    blame, cause = caused("2026-03-13 00:00", state="cancelled", closed_at="2026-03-13 01:00")
    assert success(figures(done(), blame, links=(cause,))) == 1
    blame, _ = caused("2026-03-13 00:00")
    assert success(figures(done(), blame, links=(link(blame, "C"),))) == 1


@pytest.mark.parametrize("outcome", [None, "unknown"])
def test_an_unknown_outcome_is_judged_only_by_an_incident(outcome: str | None) -> None:
    assert success(figures(done(outcome=outcome))) is None
    blame, cause = caused("2026-03-13 00:00")
    assert success(figures(done(outcome=outcome), blame, links=(cause,))) == 0


def test_emergency_and_schedule_are_shares_of_the_completed() -> None:
    """Three completed, one of them an emergency; two have both intervals, one of them stayed inside."""
    plan = {"planned_start": "2026-03-11 20:00", "planned_end": "2026-03-12 00:00"}
    found = figures(
        done("1", **plan, actual_start="2026-03-11 20:00"),
        done("2", **plan, actual_start="2026-03-11 19:59"),
        done("3", change_type="emergency", actual_start="2026-03-11 20:00"),
    )
    for scope, labels in SCOPES:
        assert found(f"siam_{scope}_change_emergency_ratio", window="30d", **labels) == 1 / 3
        assert found(f"siam_{scope}_change_on_schedule_ratio", window="30d", **labels) == 1 / 2


def test_completed_changes_are_counted_by_type_and_outcome() -> None:
    found = figures(
        done("1"), done("2", outcome="backed_out", change_type="standard"), done("3", outcome=None, change_type=None)
    )

    def count(kind: str, outcome: str) -> float | None:
        labels = {"supplier": "acme", "service": "shop", "type": kind, "outcome": outcome}
        return found("siam_changes_completed", window="30d", **labels)

    assert (count("normal", "successful"), count("standard", "backed_out"), count("", "unknown")) == (1, 1, 1)
    assert count("emergency", "successful") == 0
    assert count("emergency", "backed_out") is None


def test_caused_incidents_are_counted_for_the_supplier_and_the_service_of_the_change() -> None:
    """Two links of one incident to two changes on the same service are one incident."""
    blame, cause = caused("2026-03-28 00:00")
    second = link(blame, "D", kind="cause")
    found = figures(done(), done("D"), blame, links=(cause, second))
    assert found("siam_change_caused_incidents", supplier="acme", service="shop", window="7d") == 1
    assert found("siam_change_caused_incidents", supplier="acme", service="shop", window="last_month") == 0
    assert found("siam_change_caused_incidents", supplier="globex", service="shop", window="7d") == 0
