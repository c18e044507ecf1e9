"""The board pack as data: which month, which figures, what is found, and what is kept back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.actions import Action
from core.board.pack import Asked, Pack, confidential, pack
from core.board.period import latest, period, recent
from core.catalogue import Catalogue, Targets
from core.closed import MonthError
from core.facts import Facts
from core.months import close_month
from core.reviews import Remark
from tests.core.kpi.build import catalogue, change, facts, incident, link, needs, service, step, t

NOW = t("2026-11-24 12:00")
READ = {"acme": "2026-11-24", "globex": "2026-11-24", "initech": "2026-11-24"}
SHOP = service("shop", needs("acme/web"), targets=Targets(availability=0.99))
ONE = incident("acme", "A1", "2026-10-05", "2026-10-06", priority=1, component="web")
TWO = incident("globex", "G1", "2026-10-05 01:00", "2026-10-05 20:00", priority=1)
BEFORE = incident("acme", "A0", "2026-09-05", "2026-09-08", priority=1, component="web")


def asked(*tickets: Any, settings: Catalogue | None = None, **more: Any) -> Asked:
    given = {name: more.pop(name) for name in ("links", "responses", "outages") if name in more}
    these: Facts = facts(*tickets, success=READ, **given)
    fields: dict[str, Any] = {
        "closed": {},
        "actions": (),
        "remarks": (),
        "board": None,
        "informal": (),
        "title": "B",
        "version": "1",
    }
    return Asked(**{"facts": these, "catalogue": settings or catalogue(SHOP), **fields, **more})


def made(*tickets: Any, month: str = "2026-10", now: int = NOW, **more: Any) -> Pack:
    return pack(asked(*tickets, **more), month, now)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-1", "26-10", "2026-10-01", "２０２６-10", "<b>", "0001-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(MonthError):
        period(text, "UTC", NOW)


def test_a_month_that_has_not_begun_is_refused_with_the_latest_one() -> None:
    with pytest.raises(MonthError, match="2026-12 has not begun yet; the latest month is 2026-11"):
        period("2026-12", "UTC", NOW)


def test_the_last_month_that_is_over_is_the_one_offered_first() -> None:
    assert latest("UTC", NOW) == "2026-10"
    assert latest("UTC", t("2026-01-01 00:00")) == "2025-12"
    assert recent("UTC", NOW)[:2] == ["2026-11", "2026-10"]


def test_a_running_month_has_figures_until_now() -> None:
    found = made(ONE, incident("acme", "A2", "2026-11-23", "2026-11-24", component="web"), month="2026-11")
    assert found.period.running
    assert found.period.at == NOW
    assert found.trend.get("siam_joint_cases_resolved") == 1


def test_months_before_the_first_record_have_no_availability() -> None:
    row = made(BEFORE, ONE).trend.row("siam_joint_availability_ratio")
    assert row[:4] == (None, None, None, None)
    assert row[4] is not None
    assert row[5] is not None


def test_a_month_without_records_has_no_figures_and_says_so() -> None:
    found = made(ONE, month="2026-07")
    assert found.records == 0
    assert found.trend.get("siam_joint_availability_ratio") is None
    assert not found.improved
    assert not found.kept


def test_the_figures_of_a_month_are_those_that_closing_it_would_keep() -> None:
    given = asked(BEFORE, ONE, TWO)
    closed = close_month("2026-10", given.facts, given.catalogue, NOW, "1", anyway=False)
    found = pack(given, "2026-10", NOW)
    for (name, labels), value in closed.figures.items():
        without = {key: said for key, said in labels if key != "window"}
        assert found.trend.get(name, **without) == value, (name, labels)


def test_a_closed_month_shows_what_was_closed_and_what_would_be_different() -> None:
    first = asked(ONE)
    closed = close_month("2026-10", first.facts, first.catalogue, t("2026-11-02"), "1", anyway=True)
    late = incident("acme", "A9", "2026-10-20", "2026-10-23", priority=1, component="web")
    found = made(ONE, late, closed={"2026-10": closed})
    assert found.trend.get("siam_joint_cases_resolved") == 1
    assert "siam_joint_cases_resolved" in {each.name for each in found.since}
    assert not found.in_time, "what is not kept with a month is not told from records of today"
    after = made(ONE, late, month="2026-11", closed={"2026-10": closed})
    assert after.before is not None
    assert "siam_joint_cases_resolved" in {each.name for each in after.before}
    assert after.trend.row("siam_joint_cases_resolved")[-2] == 1


def test_a_month_that_was_not_closed_has_nothing_to_differ_from() -> None:
    assert made(ONE).before is None


def test_what_improved_is_found_in_the_data() -> None:
    short = incident("acme", "A1", "2026-10-05", "2026-10-05 06:00", priority=1, component="web")
    better = made(BEFORE, short).improved
    assert [each.service for each in better] == [None, "shop"]
    assert {each.suffix for each in better} == {"availability_ratio"}
    assert better[0].before < better[0].now


def test_goals_met_month_after_month_are_kept() -> None:
    goal = service("shop", needs("acme/web"), targets=Targets(availability=0.5))
    found = made(BEFORE, ONE, settings=catalogue(goal)).kept
    assert [(each.service, each.goal, each.months) for each in found] == [("shop", "availability", 2)]


def test_cases_across_suppliers_that_were_solved_fast_are_told() -> None:
    found = made(ONE, TWO, links=[link(TWO, "A1")]).findings
    assert [case.suppliers for case in found.restored] == [("acme", "globex")]
    assert found.restored[0].seconds == 86_400
    assert not found.oldest


def test_the_oldest_open_case_across_suppliers_is_told() -> None:
    still = incident("acme", "A5", "2026-10-01", component="web")
    other = incident("globex", "G5", "2026-10-02")
    found = made(ONE, still, other, incident("acme", "A6", "2026-09-20"), links=[link(other, "A5")]).findings
    assert [[each.number for each in case.tickets] for case in found.oldest] == [["A5", "G5"]]
    assert found.oldest[0].seconds == 31 * 86_400


def test_changes_that_caused_incidents_are_told_with_them() -> None:
    guilty = change("acme", "C1", "2026-10-03", "2026-10-04", component="web")
    found = made(ONE, guilty, links=[link(ONE, "id-C1", kind="cause", evidence="issue_link")]).findings
    assert [(each.change.number, each.incidents, each.service) for each in found.causes] == [("C1", 1, "shop")]


def test_pairs_have_no_direction() -> None:
    first = incident("acme", "A1", "2026-10-05 00:00", component="web")
    back = incident("globex", "G1", "2026-10-05 02:00", history=[step("2026-10-07", "active")])
    waits = made(first, back, links=[link(back, "A1")]).findings.waits
    assert [each.pair for each in waits] == [("acme", "globex")]
    assert waits[0].count == 1


def review_facts(*reviews: tuple[str, str, float]) -> Any:
    import numpy as np

    from core.facts import ReviewFacts, names_of

    period_ = np.array(["2026-10"] * len(reviews) + [None], dtype=object)[:-1]
    scores = np.array([score for _, _, score in reviews], dtype=np.float64)
    return ReviewFacts(
        period_,
        names_of([by for by, _, _ in reviews]),
        names_of([about for _, about, _ in reviews]),
        scores,
        np.ones(len(reviews)),
        np.full(len(reviews), 5.0),
    )


def reviewed(*reviews: tuple[str, str, float], remarks: tuple[Remark, ...] = ()) -> Pack:
    from dataclasses import replace

    given = asked(ONE, remarks=remarks)
    return pack(replace(given, facts=replace(given.facts, reviews=review_facts(*reviews))), "2026-10", NOW)


THANKS = Remark("globex", "acme", 1.0, "Quick help at night")


def test_nothing_is_shown_of_what_fewer_than_three_said() -> None:
    found = reviewed(("globex", "acme", 5), ("initech", "acme", 5), remarks=(THANKS,)).together
    acme = next(each for each in found.parties if each.key == "acme")
    assert [each.ratio for each in acme.components if each.name == "constructiveness"] == [None]
    assert acme.reviewers == 0
    assert found.thanks == ()


def test_from_three_reviewers_on_the_reviews_and_thanks_are_shown() -> None:
    three = (("globex", "acme", 5.0), ("initech", "acme", 4.0), ("integrator", "acme", 3.0))
    low = Remark("initech", "acme", 0.5, "Slow")
    found = reviewed(*three, remarks=(THANKS, low)).together
    acme = next(each for each in found.parties if each.key == "acme")
    assert [each.ratio for each in acme.components if each.name == "constructiveness"] == [0.75]
    assert found.thanks == (("acme", "Quick help at night"),)


def action(number: int = 1, **more: Any) -> Action:
    fields = {"owners": (), "due": None, "series": None, "before": None, "before_month": None, "done_at": None}
    return Action(**{"id": number, "title": "Do", "agreed_at": t("2026-10-13"), **fields, **more})


def test_actions_are_open_late_or_done_and_what_was_done_long_ago_is_gone() -> None:
    every = (
        action(1, due=date(2026, 12, 1)),
        action(2, due=date(2026, 11, 1)),
        action(3, done_at=t("2026-10-20")),
        action(4, agreed_at=t("2026-08-01"), done_at=t("2026-09-20")),
        action(5, agreed_at=t("2027-01-01")),
    )
    assert [(each.action.id, each.status) for each in made(ONE, actions=every).actions] == [
        (2, "late"),
        (1, "open"),
        (3, "done"),
    ]


def test_an_action_shows_its_figure_before_and_after() -> None:
    aims = action(series="siam_joint_cases_resolved", before=4.0, before_month="2026-09")
    assert made(ONE, actions=(aims,)).actions[0].after == 1
    early = action(series='siam_service_cases_resolved{service="shop"}', before=4.0, before_month="2026-10")
    assert made(ONE, actions=(early,)).actions[0].after is None


def test_a_supplier_without_a_source_and_one_that_is_behind_are_named() -> None:
    read = {"acme": "2026-11-24", "globex": "2026-10-20"}
    found = pack(asked(ONE, facts=facts(ONE, success=read)), "2026-10", NOW)
    assert found.missing == ("globex", "initech")


def test_a_running_month_has_improved_in_nothing_and_kept_nothing_yet() -> None:
    """On 24 November October stands against September; November's days so far stand against nothing."""
    goal = catalogue(service("shop", needs("acme/web"), targets=Targets(availability=0.5)))
    found = made(BEFORE, ONE, month="2026-11", settings=goal)
    assert not found.improved
    assert [each.months for each in found.kept] == [2], "September and October"


def test_a_grave_case_that_took_longer_than_a_day_is_no_success() -> None:
    slow = incident("acme", "A1", "2026-10-05 00:00", "2026-10-06 00:01", priority=1, component="web")
    assert not made(slow, TWO, links=[link(TWO, "A1")]).findings.restored


def test_what_few_reviewers_said_stands_in_no_restatement_and_under_no_action() -> None:
    one = {"supplier": "acme", "component": "constructiveness"}
    assert confidential("siam_supplier_collaboration_component_ratio", one)
    assert confidential("siam_supplier_collaboration_component_samples", one)
    assert confidential("siam_supplier_collaboration_score", {"supplier": "acme"})
    assert not confidential("siam_supplier_collaboration_component_ratio", {**one, "component": "availability"})
    assert not confidential("siam_joint_availability_ratio", {})
