"""Invitations as they are kept, and the one transaction in which a form's reviews are kept and its link is used up."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from core.invitations import FORM, Invitation
from core.model import Instant
from core.reviews import Review
from core.store.reviews import replace_reviews
from core.store.tables import INVITATION, REVIEW


def invite(connection: Connection, invitations: Sequence[Invitation], now: Instant) -> None:
    """Keep new invitations; older ones of the same party and month that were not used work no more."""
    for each in invitations:
        same = (INVITATION.c.period == each.period, INVITATION.c.reviewer == each.reviewer)
        connection.execute(sa.delete(INVITATION).where(*same, INVITATION.c.used_at.is_(None)))
        connection.execute(
            sa.insert(INVITATION).values(
                digest=each.digest,
                period=each.period,
                reviewer=each.reviewer,
                made_at=now,
                expires_at=each.expires_at,
            )
        )


def answered(connection: Connection, period: str) -> Sequence[str]:
    """The parties that have sent a form for a month."""
    query = sa.select(INVITATION.c.reviewer).where(INVITATION.c.period == period, INVITATION.c.used_at.is_not(None))
    return sorted(set(connection.execute(query).scalars()))


def find_invitation(connection: Connection, digest: str) -> Invitation | None:
    """The invitation with this digest, used and expired ones too."""
    row = connection.execute(sa.select(INVITATION).where(INVITATION.c.digest == digest)).first()
    return None if row is None else Invitation(row.digest, row.period, row.reviewer, row.expires_at, row.used_at)


def use_invitation(connection: Connection, invitation: Invitation, reviews: Sequence[Review], now: Instant) -> bool:
    """Keep the form's reviews in place of an earlier form's; False, and nothing is kept, where it may not be used.

    The mark on the invitation comes first: of two forms sent at once one finds it there.
    """
    free = (INVITATION.c.digest == invitation.digest, INVITATION.c.used_at.is_(None), INVITATION.c.expires_at > now)
    if connection.execute(sa.update(INVITATION).where(*free).values(used_at=now)).rowcount != 1:
        return False
    mine = (REVIEW.c.period == invitation.period, REVIEW.c.reviewer == invitation.reviewer)
    connection.execute(sa.delete(REVIEW).where(*mine, REVIEW.c.origin == FORM))
    replace_reviews(connection, reviews, FORM, now)
    return True
