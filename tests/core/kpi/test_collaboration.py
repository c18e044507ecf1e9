"""Figures of working together: counts, ratios, peer reviews and the score, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.catalogue import Catalogue, CollaborationEntry, SupplierEntry, Targets
from core.facts import Facts, ReviewFacts, names_of
from core.kpi.collaboration import weighted
from core.model import Hours
from tests.core.kpi.build import HOUR, Figures, Record, catalogue, facts, incident, link, needs, service, step

AT = "2026-03-31 00:00"
WEIGHTS = {"responsiveness": 0.3, "flow": 0.2, "constructiveness": 0.3, "joint_goals": 0.2}
EVERY = CollaborationEntry(dict.fromkeys(range(1, 6), HOUR), WEIGHTS, min_samples=10)


def known(collaboration: CollaborationEntry = EVERY, **more: Any) -> Catalogue:
    plain = catalogue(
        service("shop", needs("acme/web", "globex/dc"), targets=Targets(incident_lead_time={3: 100 * HOUR})),
        collaboration=collaboration,
        **more,
    )
    groups = {"acme": (("integrator", ("Desk",)), ("globex", ("Globex",))), "globex": (("acme", ("Acme",)),)}
    return replace(
        plain,
        sources=tuple(
            replace(
                each,
                groups=groups.get(each.supplier, ()),
                services=() if each.supplier == "initech" else each.services,  # it takes part in nothing
            )
            for each in plain.sources
        ),
    )


def reviews(*given: tuple[str, str, str, float]) -> ReviewFacts:
    """(period, reviewer, about, score from 1 to 5)."""
    n = len(given)
    return ReviewFacts(
        period=np.array([period for period, *_ in given], dtype=object),
        reviewer=names_of([reviewer for _, reviewer, _, _ in given]),
        about=names_of([about for _, _, about, _ in given]),
        score=np.array([score for *_, score in given], dtype=np.float64),
        scale_min=np.full(n, 1.0),
        scale_max=np.full(n, 5.0),
    )


def passed(number: str, day: int, *history: Record, ends: int | None = 12, **more: Any) -> Record:
    """An incident of Acme's, opened at 8 and given to Globex at 9 o'clock of a day in March."""
    at = f"2026-03-{day:02}"
    there = step(f"{at} 09:00", "Globex", "group", was="Own")
    end = [] if ends is None else [step(f"{at} {ends}:00", "resolved")]
    steps = sorted((there, *history, *end), key=lambda each: str(each["at"]))
    record = incident(
        "acme", number, f"{at} 08:00", None if ends is None else f"{at} {ends}:00", service="shop", **more
    )
    return {**record, "history": steps}


def answer(day: int, time: str) -> Record:
    return step(f"2026-03-{day:02} {time}", "active")


def back(day: int, time: str) -> Record:
    return step(f"2026-03-{day:02} {time}", "Own", "group", was="Globex")


def world() -> Facts:
    """Three handovers to Globex: answered after half an hour; after two hours; never, given back at ten."""
    return facts(
        passed("1", 20, answer(20, "09:30")),
        passed("2", 21, answer(21, "11:00")),
        passed("3", 22, back(22, "10:00")),
    )


def test_handovers_are_counted_by_pair_and_pairs_of_a_service_have_a_zero() -> None:
    found = Figures(world(), known(), AT)
    pair = {"from_party": "acme", "to_party": "globex"}
    assert found("siam_handovers", **pair, window="30d") == 3
    assert found("siam_handovers", **pair, window="7d") == 0
    assert found("siam_handovers", from_party="globex", to_party="acme", window="30d") == 1
    assert found("siam_handovers", from_party="acme", to_party="integrator", window="30d") == 0
    assert found("siam_handovers", from_party="acme", to_party="initech", window="30d") is None  # no service together


def test_responses_misses_and_bounces_are_those_of_the_receiver() -> None:
    """To Globex: 30 and 120 minutes, and one that went back after 60, which is not over its hour: left out.

    To Acme: the one that came back at ten, which Acme resolved at noon, two hours later.
    """
    found = Figures(world(), known(), AT)
    scope = {"supplier": "globex", "window": "30d"}
    assert found("siam_supplier_handover_response_seconds", **scope, stat="mean") == 75 * 60
    assert found("siam_supplier_handover_answered_in_time_ratio", **scope) == 1 / 2
    assert found("siam_supplier_handover_bounce_ratio", **scope) == 1 / 3
    assert found("siam_joint_handover_response_seconds", window="30d", stat="mean") == (30 + 120 + 120) * 60 / 3
    assert found("siam_joint_handover_answered_in_time_ratio", window="30d") == 1 / 3
    assert found("siam_joint_handover_bounce_ratio", window="30d") == 1 / 4


def test_a_handover_is_overdue_while_its_case_is_open_and_nobody_answered_beyond_the_target() -> None:
    pair = {"from_party": "acme", "to_party": "globex"}
    assert Figures(world(), known(), AT)("siam_handovers_overdue", **pair) == 0  # all have ended
    waiting = facts(passed("1", 30, ends=None))
    assert Figures(waiting, known(), "2026-03-30 09:30")("siam_handovers_overdue", **pair) == 0
    assert Figures(waiting, known(), "2026-03-30 12:00")("siam_handovers_overdue", **pair) == 1
    assert Figures(waiting, known(), AT)("siam_handovers_overdue", from_party="globex", to_party="acme") == 0


def test_an_unanswered_handover_is_a_miss_only_once_its_target_is_over() -> None:
    waiting = facts(passed("1", 30, ends=None))
    ratio = "siam_supplier_handover_answered_in_time_ratio"
    for at, value in (("2026-03-30 10:00", None), ("2026-03-30 10:01", 0.0)):
        assert Figures(waiting, known(), at)(ratio, supplier="globex", window="7d") == value


def test_a_response_counts_in_the_support_hours_of_the_receiver() -> None:
    """Handed over on Friday 20 March at 9, answered at 11; Globex works from 10 on: one hour."""
    office = Hours("UTC", (((600, 1020),),) * 5 + ((), ()))
    parties = (SupplierEntry("acme", "Acme"), SupplierEntry("globex", "Globex", office), SupplierEntry("initech", "I"))
    found = Figures(facts(passed("1", 20, answer(20, "11:00"))), replace(known(), suppliers=parties), AT)
    assert found("siam_supplier_handover_response_seconds", supplier="globex", window="30d", stat="mean") == 3600


def test_ping_pong_needs_two_returns_and_a_bounce_among_them() -> None:
    """Case 1: Acme, Globex, Acme, Globex, Acme, untouched by Globex. Case 2: the same, with work done each time."""
    bounced = [back(20, "09:10"), step("2026-03-20 09:20", "Globex", "group"), back(20, "09:30")]
    worked = [
        answer(21, "09:05"),
        back(21, "09:10"),
        step("2026-03-21 09:15", None, "comment", public=1),
        step("2026-03-21 09:20", "Globex", "group"),
        step("2026-03-21 09:25", "hold"),
        back(21, "09:30"),
    ]
    found = Figures(facts(passed("1", 20, *bounced), passed("2", 21, *worked), passed("3", 22)), known(), AT)
    assert found("siam_joint_ping_pong_ratio", window="30d") == 1 / 3
    assert found("siam_service_ping_pong_ratio", service="shop", window="30d") == 1 / 3


def test_waiting_is_the_time_from_handovers_to_their_answers_by_the_elapsed_time() -> None:
    """Case 1: 30 minutes of 4 hours. Case 3: an hour for nothing, then two of Acme's to the end: 3 of 4 hours."""
    found = Figures(facts(passed("1", 20, answer(20, "09:30")), passed("3", 22, back(22, "10:00"))), known(), AT)
    assert found("siam_joint_waiting_ratio", window="30d") == (0.5 + 1 + 2) / 8
    assert found("siam_service_waiting_ratio", service="shop", window="30d") == (0.5 + 1 + 2) / 8


def test_cancelled_incidents_hand_nothing_over() -> None:
    cancelled = {**passed("1", 20, ends=None), "state": "cancelled", "closed_at": "2026-03-21 00:00"}
    found = Figures(facts(cancelled), known(), AT)
    assert found("siam_handovers", from_party="acme", to_party="globex", window="30d") == 0


def test_the_score_draws_small_samples_to_the_ratio_of_all() -> None:
    """Responsiveness, pooled 1 of 3: Globex (1 + 10/3) / 12, Acme (0 + 10/3) / 11. Flow, pooled 3 of 4.

    Joint goals: the one target is met. Reviews of Globex: Acme says 5 and the integrator 3: (1 + 0.5) / 2.
    """
    told = reviews(("2026-02", "acme", "globex", 5), ("2026-02", "integrator", "globex", 3))
    found = Figures(replace(world(), reviews=told), known(), AT)
    scope = {"window": "90d"}

    def component(name: str, party: str) -> float | None:
        return found("siam_supplier_collaboration_component_ratio", supplier=party, component=name, **scope)

    def samples(name: str, party: str) -> float | None:
        return found("siam_supplier_collaboration_component_samples", supplier=party, component=name, **scope)

    assert component("responsiveness", "globex") == pytest.approx((1 + 10 / 3) / 12)
    assert component("responsiveness", "acme") == pytest.approx((10 / 3) / 11)
    assert component("flow", "globex") == pytest.approx((2 + 7.5) / 13)
    assert component("constructiveness", "globex") == 0.75
    assert component("joint_goals", "globex") == 1
    assert [samples(name, "globex") for name in WEIGHTS] == [2, 3, 2, 1]
    assert found("siam_supplier_collaboration_score", supplier="globex", **scope) == pytest.approx(
        0.3 * (1 + 10 / 3) / 12 + 0.2 * 9.5 / 13 + 0.3 * 0.75 + 0.2
    )
    # Acme was not reviewed: the weights of the others are scaled up. Initech takes part in nothing.
    assert found("siam_supplier_collaboration_score", supplier="acme", **scope) == pytest.approx(
        (0.3 * (10 / 3) / 11 + 0.2 * (1 + 7.5) / 11 + 0.2) / 0.7
    )
    assert found("siam_supplier_collaboration_score", supplier="initech", **scope) is None
    assert samples("flow", "initech") == 0


def test_reviews_of_oneself_of_strangers_and_off_the_scale_do_not_count() -> None:
    told = reviews(
        ("2026-02", "globex", "globex", 5),
        ("2026-02", "nobody", "globex", 1),
        ("2026-02", "acme", "globex", 7),
        ("2026-02", "acme", "globex", 4),
        ("2026-02", "acme", "globex", 2),
        ("2026-02", "initech", "globex", 5),
        ("2026-03", "initech", "globex", 1),
    )
    found = Figures(replace(facts(), reviews=told), known(), AT)
    ratio = "siam_supplier_collaboration_component_ratio"
    # Acme's two reviews are one voice, 0.5; Initech's of March is not over yet.
    assert found(ratio, supplier="globex", component="constructiveness", window="last_month") == (0.5 + 1) / 2
    assert found(ratio, supplier="globex", component="constructiveness", window="month") is None
    after = Figures(replace(facts(), reviews=told), known(), "2026-04-01 00:00")
    assert after(ratio, supplier="globex", component="constructiveness", window="last_month") == 0


@pytest.mark.parametrize(
    ("components", "score"),
    [
        ({"responsiveness": 0.5, "constructiveness": 1.0}, 0.75),
        ({"responsiveness": 0.5, "flow": 1.0}, None),  # half of the weight
        ({"responsiveness": 0.5}, None),
        ({}, None),
        ({"flow": 1.0, "constructiveness": 0.0, "joint_goals": 0.5}, 0.3 / 0.7),
    ],
)
def test_a_score_needs_two_components_and_six_tenths_of_the_weight(
    components: dict[str, float], score: float | None
) -> None:
    assert weighted(components, WEIGHTS) == (None if score is None else pytest.approx(score))


def test_a_weight_of_nothing_is_no_component() -> None:
    assert weighted({"flow": 1.0, "joint_goals": 0.5}, {"flow": 1.0, "joint_goals": 0.0}) is None


def test_an_unrelated_supplier_changes_no_joint_figure_of_the_others() -> None:
    """One that neither has tickets nor takes part in anything."""
    one, other = known(), known(suppliers=("acme", "globex", "initech", "umbrella"))
    extra = facts(*[passed("1", 20, answer(20, "09:30"))], suppliers=("acme", "globex", "initech", "umbrella"))
    alone, together = Figures(facts(passed("1", 20, answer(20, "09:30"))), one, AT), Figures(extra, other, AT)
    mine = {(s.name, s.labels): s.value for s in together.samples if ("supplier", "umbrella") not in s.labels}
    theirs = {(s.name, s.labels): s.value for s in alone.samples}
    joint = {key for key in theirs if key[0].startswith(("siam_joint_", "siam_service_"))}
    assert {key: mine[key] for key in joint} == {key: theirs[key] for key in joint}


def test_a_case_over_two_suppliers_is_one_party_timeline() -> None:
    """Acme's ticket stays Acme's; Globex opens its own at nine, linked: a handover, though nobody reassigned."""
    acme = incident("acme", "A", "2026-03-20 08:00", "2026-03-20 12:00", service="shop")
    globex = incident("globex", "G", "2026-03-20 09:00", "2026-03-20 11:00")
    globex["history"] = [step("2026-03-20 09:10", "active"), step("2026-03-20 11:00", "resolved")]
    found = Figures(facts(acme, globex, links=[link(globex, "A")]), known(), AT)
    assert found("siam_handovers", from_party="acme", to_party="globex", window="30d") == 1
    assert found("siam_joint_waiting_ratio", window="30d") == pytest.approx(10 / 240)
