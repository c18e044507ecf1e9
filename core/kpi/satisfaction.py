"""Section 5 of the definitions: what customers answered, as one scale from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.facts import NEVER, Codes, Floats, Ints
from core.interval import Bools
from core.kpi.figures import counts, means
from core.kpi.scopes import scopes
from core.kpi.timeline import CANCELLED, DONE
from core.kpi.view import View
from core.model import Sample

TOP_BOX: Final = 0.75
"""From here on an answer is in the top box: 4 and 5 of 5, 8 to 10 of 10."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Responses given until `at`."""

    given: Ints
    score: Floats  # in [0, 1]
    ticket: Codes  # row in TicketFacts, -1: about none that we have
    supplier: Codes
    service: Codes  # position in places.labels; "unmapped" for what is not about an incident
    row: Ints  # in ResponseFacts


def samples(view: View) -> Iterator[Sample]:
    """All figures of the section."""
    given = answers(view)
    for scope in scopes(view.places, given.supplier, given.service):
        name, groups, labels = f"siam_{scope.name}_satisfaction", scope.groups, scope.labels
        yield from means(f"{name}_ratio", view.windows, given.given, given.score, groups, labels)
        yield from means(f"{name}_top_box_ratio", view.windows, given.given, given.score >= TOP_BOX, groups, labels)
        yield from counts(f"{name}_responses", view.windows, given.given, groups, labels, scope.configured)
    yield from _response_ratio(view, given)


def answers(view: View) -> Answers:
    """The responses that count.

    Left out are those on cancelled tickets, those without a moment of their own on a ticket that is not done, and
    those that do not lie on their own scale.
    """
    responses, life = view.facts.responses, view.timeline
    moment = np.where(responses.at == NEVER, np.append(_closing(view), NEVER)[responses.ticket], responses.at)
    state = np.append(life.state, DONE)[responses.ticket]
    supplier = view.places.supplier[responses.source]
    span = responses.scale_max - responses.scale_min
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (responses.score - responses.scale_min) / span
    rows = np.flatnonzero(
        (moment != NEVER)
        & (moment <= view.at)
        & (state != CANCELLED)
        & (supplier >= 0)
        & (span > 0)
        & (score >= 0)
        & (score <= 1)
    )
    ticket = responses.ticket[rows]
    unmapped = len(view.places.services)
    on_incident = np.append(view.facts.tickets.kind == 0, False)[ticket]
    service = np.where(on_incident, np.append(view.service, unmapped)[ticket], unmapped)
    return Answers(moment[rows], score[rows], ticket, supplier[rows], service.astype(np.int32), rows)


def _closing(view: View) -> Ints:
    """When each ticket was closed, else resolved; NEVER where it is not done at `at`."""
    closed, life = view.facts.tickets.closed_at, view.timeline
    told = (closed != NEVER) & (closed <= view.at)
    found: Ints = np.where(life.state == DONE, np.where(told, closed, life.resolved), NEVER)
    return found


def with_answer(view: View, given: Answers) -> Bools:
    """Which tickets have a response."""
    answered: Bools = np.zeros(len(view.timeline.state), dtype=np.bool_)
    answered[given.ticket[given.ticket >= 0]] = True
    return answered


def _response_ratio(view: View, given: Answers) -> Iterator[Sample]:
    """Of one cohort: the incidents resolved in the window, with a response whenever it came until `at`."""
    life, answered = view.timeline, with_answer(view, given)
    rows = np.flatnonzero(view.incidents & (life.resolved >= view.horizon))
    for scope in scopes(view.places, view.supplier[rows], view.service[rows]):
        name = f"siam_{scope.name}_satisfaction_response_ratio"
        yield from means(name, view.windows, life.resolved[rows], answered[rows], scope.groups, scope.labels)
