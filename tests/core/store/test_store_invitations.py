"""Invitations in both kinds of database: used once, and what came by them is held back until enough parties spoke."""

from __future__ import annotations

from dataclasses import replace

from core.invitations import Invitation
from core.reviews import Review
from core.store.store import Store

LINK = Invitation("a" * 64, "2026-10", "acme", expires_at=100)
ONE = Review("2026-10", "acme", "globex", 4, 1, 5, "thanks")


def scores(store: Store) -> list[float]:
    return sorted(store.facts([]).reviews.score.tolist())


def test_an_invitation_is_found_by_its_digest(store: Store) -> None:
    store.invite([LINK], 1)
    assert store.invitation("a" * 64) == LINK
    assert store.invitation("b" * 64) is None


def test_an_invitation_is_used_once(store: Store) -> None:
    store.invite([LINK], 1)
    assert store.use_invitation(LINK, [ONE], 50)
    assert store.invitation(LINK.digest) == replace(LINK, used_at=50)
    assert not store.use_invitation(LINK, [replace(ONE, score=1)], 51)
    assert store.answered("2026-10") == ["acme"]
    assert store.answered("2026-09") == []


def test_an_expired_invitation_keeps_nothing(store: Store) -> None:
    store.invite([LINK], 1)
    assert not store.use_invitation(LINK, [ONE], 100)
    assert store.answered("2026-10") == []


def test_a_new_link_ends_the_unused_one_of_the_same_party_and_month_only(store: Store) -> None:
    others = [replace(LINK, digest="b" * 64, reviewer="globex"), replace(LINK, digest="c" * 64, period="2026-09")]
    store.invite([LINK, *others], 1)
    store.invite([replace(LINK, digest="d" * 64)], 2)
    found = [store.invitation(letter * 64) is not None for letter in "abcd"]
    assert found == [False, True, True, True]


def test_forms_are_shown_from_three_reviewers_on_and_imported_reviews_at_once(store: Store) -> None:
    store.replace_reviews([replace(ONE, about="initech", score=2)], "import", 1)
    for number, reviewer in enumerate(["acme", "initech", "globex"]):  # the last one speaks of itself
        link = replace(LINK, digest=f"{number}" * 64, reviewer=reviewer)
        store.invite([link], 1)
        assert store.use_invitation(link, [replace(ONE, reviewer=reviewer)], 50)
    assert scores(store) == [2]
    store.replace_reviews([replace(ONE, reviewer="integrator", score=3)], "import", 1)
    assert scores(store) == [2, 3, 4, 4, 4]


def test_a_second_form_of_a_party_takes_the_place_of_the_first(store: Store) -> None:
    for number, score in enumerate((1, 5)):
        link = replace(LINK, digest=f"{number}" * 64)
        store.invite([link], 1)
        assert store.use_invitation(link, [replace(ONE, score=score)], 50)
    store.replace_reviews([replace(ONE, reviewer=who, score=3) for who in ("initech", "integrator")], "import", 1)
    assert scores(store) == [3, 3, 5]
