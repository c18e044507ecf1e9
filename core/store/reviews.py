"""Peer reviews as they are kept: a file that is imported again takes the place of what it brought before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from core.facts import ReviewFacts, names_of
from core.model import Instant
from core.reviews import LEAST_REVIEWERS, Remark, Review
from core.store.tables import REVIEW

_FIELDS = ("period", "reviewer", "about", "score", "scale_min", "scale_max")


def replace_reviews(connection: Connection, reviews: Sequence[Review], origin: str, now: Instant) -> int:
    """Keep the reviews in place of those of the same origin, month and reviewer; how many were there before."""
    gone = 0
    for period, reviewer in dict.fromkeys((each.period, each.reviewer) for each in reviews):
        same = (REVIEW.c.origin == origin, REVIEW.c.period == period, REVIEW.c.reviewer == reviewer)
        gone += connection.execute(sa.delete(REVIEW).where(*same)).rowcount
    rows = [
        {**{name: getattr(each, name) for name in (*_FIELDS, "remark")}, "origin": origin, "saved_at": now}
        for each in reviews
    ]
    if rows:
        connection.execute(sa.insert(REVIEW), rows)
    return gone


def load_reviews(connection: Connection) -> ReviewFacts:
    """All reviews that may be shown, in the order in which they were kept.

    Those that came by the form were given on the promise that nobody sees them before enough parties gave one: they are
    left out of every figure until `LEAST_REVIEWERS` parties have reviewed the same one for the same month.
    """
    month_of_party = (REVIEW.c.period, REVIEW.c.about)
    several = sa.select(*month_of_party).where(REVIEW.c.reviewer != REVIEW.c.about).group_by(*month_of_party)
    several = several.having(sa.func.count(REVIEW.c.reviewer.distinct()) >= LEAST_REVIEWERS)
    shown = sa.or_(REVIEW.c.origin != "form", sa.tuple_(*month_of_party).in_(several))
    rows = connection.execute(sa.select(*(REVIEW.c[name] for name in _FIELDS)).where(shown).order_by(REVIEW.c.id)).all()
    period, reviewer, about, score, low, high = zip(*rows, strict=True) if rows else ((),) * len(_FIELDS)
    return ReviewFacts(
        period=np.array([*period, None], dtype=np.object_)[:-1],
        reviewer=names_of(list(reviewer)),
        about=names_of(list(about)),
        score=np.array(score, dtype=np.float64),
        scale_min=np.array(low, dtype=np.float64),
        scale_max=np.array(high, dtype=np.float64),
    )


def load_remarks(connection: Connection, period: str) -> Sequence[Remark]:
    """The remarks of a month's reviews of others, in the order in which they were kept."""
    query = sa.select(REVIEW).where(REVIEW.c.period == period, REVIEW.c.remark.is_not(None)).order_by(REVIEW.c.id)
    return [
        Remark(row.reviewer, row.about, (row.score - row.scale_min) / (row.scale_max - row.scale_min), row.remark)
        for row in connection.execute(query)
        if row.reviewer != row.about and row.scale_max > row.scale_min and row.remark.strip()
    ]
