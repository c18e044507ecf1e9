"""Peer reviews in both kinds of database."""

from __future__ import annotations

from dataclasses import replace

from core.reviews import Review
from core.store.store import Store

ONE = Review("2026-10", "acme", "globex", 4, 1, 5, "thanks")


def kept(store: Store) -> list[tuple[object, ...]]:
    found = store.facts([]).reviews
    names = [[column.values[code] for code in column.codes] for column in (found.reviewer, found.about)]
    columns = (found.period.tolist(), *names, found.score.tolist(), found.scale_min.tolist(), found.scale_max.tolist())
    return list(zip(*columns, strict=True))


def test_reviews_come_back_as_columns(store: Store) -> None:
    assert kept(store) == []
    assert store.replace_reviews([ONE, replace(ONE, about="integrator", score=2.5)], "import", 1) == 0
    assert kept(store) == [("2026-10", "acme", "globex", 4, 1, 5), ("2026-10", "acme", "integrator", 2.5, 1, 5)]


def test_a_second_import_replaces_the_same_month_and_reviewer_only(store: Store) -> None:
    others = [replace(ONE, reviewer="globex", about="acme"), replace(ONE, period="2026-09")]
    store.replace_reviews([ONE, ONE, *others], "import", 1)
    store.replace_reviews([replace(ONE, score=5)], "another", 2)
    assert store.replace_reviews([replace(ONE, score=1)], "import", 3) == 2
    assert sorted(kept(store)) == [
        ("2026-09", "acme", "globex", 4, 1, 5),
        ("2026-10", "acme", "globex", 1, 1, 5),
        ("2026-10", "acme", "globex", 5, 1, 5),
        ("2026-10", "globex", "acme", 4, 1, 5),
    ]
