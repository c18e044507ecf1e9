"""Closed months: what is kept, what is refused, and to which cause a later difference is put down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import Catalogue, Targets
from core.closed import ClosedMonth, MonthError
from core.facts import Facts
from core.model import Hours
from core.month_settings import differing, settings_of, settings_text, switched
from core.months import (
    Restatement,
    Steps,
    attribute,
    close_month,
    figures_of,
    restatements,
    same,
)
from tests.core.kpi.build import catalogue, facts, incident, needs, outage, response, service, step, t

READ = {"acme": "2026-11-02", "globex": "2026-11-02", "initech": "2026-11-02"}
DAYS = Hours("UTC", (((8 * 60, 18 * 60),),) * 5 + ((), ()))
SHOP = service("shop", needs("acme/web"), targets=Targets(availability=0.99, incident_lead_time={1: t("1970-01-02")}))
ONE = incident("acme", "A1", "2026-10-05", "2026-10-06", priority=1, component="web")
TWO = incident("acme", "A2", "2026-10-12", "2026-10-14", priority=3, component="web")
LATE = incident("acme", "A3", "2026-10-20", "2026-10-23", priority=1, component="web")
MEAN = (("supplier", "acme"), ("window", "month"), ("stat", "mean"))


def world(*tickets: Any, **more: Any) -> Facts:
    return facts(*tickets, success=READ, **more)


def closed(these: Facts, settings: Catalogue | None = None, month: str = "2026-10") -> ClosedMonth:
    return close_month(month, these, settings or catalogue(SHOP), t("2026-11-03"), "1.0", anyway=False)


def restated(was: ClosedMonth, these: Facts, settings: Catalogue | None = None, **more: Any) -> Sequence[Restatement]:
    return restatements(was, these, settings or catalogue(SHOP), "1.1", **more)


def kinds(found: Sequence[Restatement]) -> set[str]:
    return {cause.kind for each in found for cause in each.causes}


def of(found: Sequence[Restatement], name: str, **labels: str) -> Restatement:
    return next(each for each in found if each.name == name and labels.items() <= dict(each.labels).items())


def test_the_month_is_whole_and_bears_its_window() -> None:
    last = incident("acme", "A9", "2026-10-31T22:00:00", "2026-10-31T23:59:59")
    figures = closed(world(ONE, TWO, last)).figures
    counted = [value for (name, labels), value in figures.items() if name == "siam_joint_cases_resolved"]
    assert counted == [3]
    assert {dict(labels).get("window") for _, labels in figures} == {"month", None}


def test_nothing_new_is_no_restatement_whatever_became_of_tickets_after_the_month() -> None:
    was = closed(world(ONE, incident("acme", "A4", "2026-10-30", component="web")))
    after = incident(
        "acme", "A4", "2026-10-30", "2026-11-08", component="web", history=[step("2026-11-08", "resolved")]
    )
    assert restated(was, world(ONE, after, incident("acme", "A5", "2026-11-04", priority=1, component="web"))) == []


def test_a_ticket_that_was_read_later_is_a_late_record_by_its_number() -> None:
    found = restated(closed(world(ONE, TWO)), world(ONE, TWO, LATE))
    assert kinds(found) == {"late record"}
    mean = of(found, "siam_supplier_incident_lead_time_seconds", stat="mean")
    assert [one.name for one in mean.causes[0].records] == ["A3"]
    assert (mean.then, mean.now) == (1.5 * 86400, 2 * 86400)


def test_outages_and_answers_can_be_late_too() -> None:
    late = world(
        ONE,
        TWO,
        outages=[outage("acme", "2026-10-28", "2026-10-29", component="web")],
        responses=[response("acme", "A1", "2026-10-07", 4)],
    )
    found = restated(closed(world(ONE, TWO)), late)
    assert kinds(found) == {"late record"}
    assert of(found, "siam_service_downtime_seconds", service="shop").now == 2 * 86400
    assert of(found, "siam_joint_satisfaction_ratio").then is None


def test_a_ticket_that_changed_is_a_changed_record_by_its_number() -> None:
    found = restated(closed(world(ONE, TWO)), world(ONE, {**TWO, "resolved_at": "2026-10-15"}))
    assert kinds(found) == {"changed record"}
    cause = of(found, "siam_supplier_incident_lead_time_seconds", stat="mean").causes[0]
    assert [(one.name, one.how) for one in cause.records] == [("A2", "changed")]


def test_a_ticket_that_was_deleted_is_a_changed_record_that_is_gone() -> None:
    found = restated(closed(world(ONE, TWO)), world(ONE))
    assert kinds(found) == {"changed record"}
    cause = of(found, "siam_supplier_incident_lead_time_seconds", stat="mean").causes[0]
    assert [(one.name, one.how) for one in cause.records] == [("A2", "gone")]


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (replace(SHOP, targets=replace(SHOP.targets, availability=0.9)), "services.shop.targets.availability"),
        (replace(SHOP, hours=DAYS), "services.shop.hours"),
        (replace(SHOP, structure=needs("acme/web", "acme/db", k=1)), "services.shop.structure"),
    ],
)
def test_a_changed_setting_is_named(now: Any, name: str) -> None:
    before = catalogue(SHOP)
    found = restated(closed(world(ONE, TWO)), world(ONE, TWO), replace(before, services=(now,)))
    assert kinds(found) == {"changed setting"}
    assert all(each.causes[0].settings == (name,) for each in found)


def test_of_two_settings_each_figure_names_the_one_that_moved_it() -> None:
    now = replace(SHOP, targets=replace(SHOP.targets, availability=0.9))
    settings = replace(catalogue(now), change_watch=1)
    found = restated(closed(world(ONE, TWO)), world(ONE, TWO), settings)
    target = of(found, "siam_service_target", goal="availability")
    assert target.causes[0].settings == ("services.shop.targets.availability",)


def test_a_late_ticket_a_changed_one_and_a_setting_are_told_apart_and_add_up() -> None:
    now = world(ONE, {**TWO, "resolved_at": "2026-10-15"}, LATE)
    found = restated(closed(world(ONE, TWO)), now, catalogue(replace(SHOP, hours=DAYS)))
    assert kinds(found) == {"changed record", "late record", "changed setting"}
    mean = of(found, "siam_supplier_incident_lead_time_seconds", stat="mean")
    assert [cause.kind for cause in mean.causes] == ["changed record", "late record"]
    for each in found:
        ends = [each.then, *(cause.after for cause in each.causes)]
        assert ends[:-1] == [cause.before for cause in each.causes]
        assert ends[-1] == each.now


def test_a_figure_that_no_record_and_no_setting_explains_is_put_down_to_the_definition() -> None:
    was = closed(world(ONE, TWO))
    other = replace(was, figures={key: value + 1 for key, value in was.figures.items()})
    assert kinds(restated(other, world(ONE, TWO), definitions=was.definitions + 1)) == {"changed definition"}
    unknown = restated(other, world(ONE, TWO))
    assert kinds(unknown) == {"not known"}
    assert "siamhub 1.0 then, 1.1 now" in unknown[0].causes[0].words


def test_a_month_is_refused_until_it_is_over_in_the_hubs_zone() -> None:
    """November begins in Amsterdam at 23:00 UTC: the clock went back on October 25."""
    settings = catalogue(SHOP, zone="Europe/Amsterdam")
    read = facts(ONE, success=dict.fromkeys(READ, "2026-10-31T23:00:30"))
    with pytest.raises(MonthError, match="not over"):
        close_month("2026-10", read, settings, t("2026-10-31T22:59:59"), "1.0", anyway=True)
    hours = close_month("2026-10", read, settings, t("2026-10-31T23:00:40"), "1.0", anyway=False).figures
    agreed = hours["siam_service_agreed_time_seconds", (("service", "shop"), ("window", "month"))]
    assert agreed == (31 * 24 + 1) * 3600


def test_february_of_a_leap_year_has_29_days() -> None:
    figures = figures_of(world(ONE), catalogue(SHOP), "2028-02")
    assert figures["siam_service_agreed_time_seconds", (("service", "shop"), ("window", "month"))] == 29 * 86400


def test_a_month_that_a_source_was_not_read_to_the_end_of_is_closed_only_when_told_so() -> None:
    behind = facts(ONE, success={**READ, "globex": "2026-10-31T12:00:00"})
    with pytest.raises(MonthError, match="globex/itsm was not read"):
        closed(behind)
    kept = close_month("2026-10", behind, catalogue(SHOP), t("2026-11-03"), "1.0", anyway=True)
    assert kept.missing == ["globex"]


def test_what_is_no_month_is_refused() -> None:
    with pytest.raises(MonthError, match="no month"):
        closed(world(ONE), month="October")


def test_settings_come_back_from_their_text_and_switch_one_by_one() -> None:
    before, now = catalogue(SHOP), catalogue(replace(SHOP, hours=DAYS), service("mail"), outage_priority=2)
    assert settings_of(settings_text(now)) == now
    paths = differing(before, now)
    assert {"outage_priority", "services.shop.hours", "services.mail"} <= set(paths)
    assert switched(before, now, "services.shop.hours").services[0].hours == DAYS
    assert [entry.key for entry in switched(before, now, "services.mail").services] == ["shop", "mail"]
    here = before
    for path in paths:
        here = switched(here, now, path)
    assert differing(here, now) == []


VALUES = st.none() | st.sampled_from([0.0, 0.5, 1.0])


@given(VALUES, VALUES, VALUES, VALUES, st.booleans())
def test_the_causes_lead_from_then_to_now_without_a_gap(then: Any, held: Any, all_: Any, now: Any, new: bool) -> None:
    causes = attribute(Steps(then, held, all_, now), [], ["x"], "words", new)
    here = then
    for cause in causes:
        assert same(cause.before, here)
        assert not same(cause.before, cause.after)
        here = cause.after
    assert same(here, now)
