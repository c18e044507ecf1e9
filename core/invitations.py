"""Invitations to review the other parties: the secret of a link, who is asked about whom, and what a sent form says.

Who holds a link may send one form for one party and month. The hub keeps only the link's digest: it was made out of
256 random bits, so nobody guesses one, and nobody reads one out of the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.catalogue import INTEGRATOR, Catalogue
from core.model import Instant, components
from core.reviews import Review

QUESTIONS: Final = (
    "They answer soon when a case is handed over to them.",
    "They take up the problem instead of handing the case back.",
    "They share what they know, and tell us in time what they plan.",
    "They look for the cause, and not for the culprit.",
    "They put the joint goal before their own.",
)
"""What is asked about each party; the answer is a mark from `LOW` to `HIGH`."""
LOW: Final = 1
HIGH: Final = 5
THANKS: Final = 300
"""Characters of a thanks."""
MOST: Final = 50
"""Parties that one form asks about: those with the most services in common."""
FORM: Final = "form"
"""The origin of reviews that came by the form."""
THANKS_FIELD: Final = "thanks"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Leave to review the others once."""

    digest: str  # of the token; the token itself is kept nowhere
    period: str  # "2026-10"
    reviewer: str
    expires_at: Instant
    used_at: Instant | None = None

    def open(self, now: Instant) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Filled:
    """A sent form: what it says, and what is wrong with it (then nothing of it is kept)."""

    reviews: Sequence[Review]
    mistakes: Sequence[str]


def new_token() -> str:
    """The secret part of a link."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str | None:
    """Under which an invitation is kept; None for what cannot be a token."""
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN.fullmatch(token) else None


def asked_about(catalogue: Catalogue, reviewer: str) -> Sequence[tuple[str, str]]:
    """Key and title of the parties that one is asked about, in the order of the configuration, the integrator last.

    Those with a service in common; all where the configuration names no common one; `MOST` at most.
    """
    parts = _services(catalogue)
    own = parts.get(reviewer, frozenset())
    others = [entry for entry in catalogue.suppliers if entry.key != reviewer]
    common = {entry.key: len(own & parts.get(entry.key, frozenset())) for entry in others}
    if reviewer == INTEGRATOR or not any(common.values()):
        chosen = {entry.key for entry in others[:MOST]}
    else:
        ranked = sorted((entry.key for entry in others if common[entry.key]), key=lambda key: -common[key])
        chosen = set(ranked[:MOST])
    found = [(entry.key, entry.title) for entry in others if entry.key in chosen]
    return found if reviewer == INTEGRATOR else [*found, (INTEGRATOR, "The service integrator")]


def title_of(catalogue: Catalogue, party: str) -> str | None:
    """What a party is called; None where there is no such party."""
    if party == INTEGRATOR:
        return "The service integrator"
    return next((entry.title for entry in catalogue.suppliers if entry.key == party), None)


def read_form(fields: Mapping[str, str], invitation: Invitation, asked: Sequence[tuple[str, str]]) -> Filled:
    """What the fields `PARTY.1` to `PARTY.5` and `PARTY.thanks` say; an empty mark: they did not work together.

    A party's review is the mean of its marks. Fields of another name are passed over.
    """
    reviews: list[Review] = []
    mistakes: list[str] = []
    for key, title in asked:
        given = [fields.get(f"{key}.{number}", "") for number in range(1, len(QUESTIONS) + 1)]
        marks = [int(mark) for mark in given if mark in _MARKS]
        thanks = " ".join(fields.get(f"{key}.{THANKS_FIELD}", "").split())
        if any(mark and mark not in _MARKS for mark in given):
            mistakes.append(f"{title}: a mark goes from {LOW} to {HIGH}.")
        elif len(thanks) > THANKS:
            mistakes.append(f"{title}: the thanks is longer than {THANKS} characters.")
        elif not thanks.isprintable():
            mistakes.append(f"{title}: the thanks has characters that cannot be shown.")
        elif marks:
            score = sum(marks) / len(marks)
            reviews.append(Review(invitation.period, invitation.reviewer, key, score, LOW, HIGH, thanks or None))
        elif thanks:
            mistakes.append(f"{title}: a thanks goes with at least one mark.")
    if not reviews and not mistakes:
        mistakes.append("No party has a mark. If you worked with none of them this month, there is nothing to send.")
    return Filled(reviews, mistakes)


_MARKS: Final = frozenset(str(mark) for mark in range(LOW, HIGH + 1))


def _services(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    """By supplier: the services that it takes part in."""
    found: dict[str, set[str]] = {}
    for service in catalogue.services:
        for part in components(service.structure) if service.structure is not None else ():
            found.setdefault(part.supplier, set()).add(service.key)
    for source in catalogue.sources:
        found.setdefault(source.supplier, set()).update(service for service, _ in source.services)
    return {supplier: frozenset(services) for supplier, services in found.items()}
