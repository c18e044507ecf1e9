"""Improvement actions and remarks in both kinds of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.actions import Action
from core.reviews import Remark, Review
from core.store.store import Store

ONE = Action(0, "Do", ("acme", "globex"), date(2026, 12, 1), "siam_joint_cases_resolved", 4.5, "2026-10", 1, None)


def test_actions_come_back_as_they_were_kept_with_numbers_of_their_own(store: Store) -> None:
    plain = Action(0, "Later <b>", (), None, None, None, None, 2, None)
    kept = [store.add_action(ONE), store.add_action(plain)]
    assert [each.id for each in kept] == [1, 2]
    assert list(store.actions()) == kept == [replace(ONE, id=1), replace(plain, id=2)]


def test_an_action_is_done_once(store: Store) -> None:
    store.add_action(ONE)
    assert store.finish_action(1, 7)
    assert not store.finish_action(1, 9)
    assert not store.finish_action(2, 9)
    assert [each.done_at for each in store.actions()] == [7]


def test_remarks_are_those_about_others_in_the_month(store: Store) -> None:
    said = Review("2026-10", "acme", "globex", 4, 1, 5, "thanks")
    others = [replace(said, about="acme"), replace(said, about="integrator", remark=None)]
    store.replace_reviews([said, *others, replace(said, period="2026-09")], "import", 1)
    assert store.remarks("2026-10") == [Remark("acme", "globex", 0.75, "thanks")]
