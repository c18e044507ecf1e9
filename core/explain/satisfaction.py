"""Section 5 taken apart: each customer's answer on the scale from 0 to 1, and the incidents without one."""

from __future__ import annotations

import numpy as np

from core.explain.asked import Asked, hits, instant, left, ticket
from core.explain.explanation import Heap, Left, Made, Part
from core.facts import NEVER
from core.kpi.satisfaction import TOP_BOX, answers, with_answer


def explain(asked: Asked) -> Made | None:
    """How the section makes the figure; None where it is not one of this section."""
    match asked.suffix:
        case "satisfaction_ratio" | "satisfaction_top_box_ratio" | "satisfaction_responses":
            return _answers(asked)
        case "satisfaction_response_ratio":
            return _cohort(asked)
    return None


def _answers(asked: Asked) -> Made:
    view, given, told = asked.view, answers(asked.view), asked.view.facts.responses
    mine = asked.chosen(given.supplier, given.service)
    chosen = np.flatnonzero(mine & asked.inside(given.given))
    words, value = {
        "satisfaction_ratio": ("mean of answers given in the window, each as (score - min) / (max - min)", given.score),
        "satisfaction_top_box_ratio": (
            f"answers of {TOP_BOX:g} or more / answers, given in the window, each as (score - min) / (max - min)",
            (given.score >= TOP_BOX).astype(np.float64),
        ),
        "satisfaction_responses": ("the number of answers given in the window", np.ones(len(given.score))),
    }[asked.suffix]
    parts = tuple(
        Part(
            float(value[i]),
            f"answer {told.score[row]:g} on {told.scale_min[row]:g} to {told.scale_max[row]:g}",
            (ticket(view, int(given.ticket[i])),) if given.ticket[i] >= 0 else (),
            instant(int(given.given[i])),
            supplier=view.places.suppliers[int(given.supplier[i])],
        )
        for i in chosen.tolist()
        for row in [int(given.row[i])]
    )
    out = []
    if mine.sum() > len(chosen):
        out.append(Left("answers given outside of the window", int(mine.sum()) - len(chosen)))
    unused = np.ones(len(told), dtype=np.bool_)
    unused[given.row] = False
    unused &= told.ticket >= 0
    unused &= np.append(asked.mine, False)[told.ticket]
    if unused.any():
        named = tuple(ticket(view, row) for row in told.ticket[unused][:20].tolist())
        out.append(
            Left("answers on cancelled or open tickets, later, or off their own scale", int(unused.sum()), named)
        )
    return Made(words, (Heap("answers", "", parts),), left_out=tuple(out))


def _cohort(asked: Asked) -> Made:
    view, life = asked.view, asked.view.timeline
    mine = asked.mine & (view.facts.tickets.kind == 0)
    counted = mine & view.incidents & (life.resolved != NEVER) & asked.inside(life.resolved)
    rows = np.flatnonzero(counted)
    answered = with_answer(view, answers(view))[rows]
    parts = hits(view, "has an answer", "no answer", rows, answered, life.opened[rows], life.resolved[rows])
    text = "incidents resolved in the window that have an answer / incidents resolved in the window"
    out = left(view, mine, counted, {"still open": life.resolved == NEVER})
    return Made(text, (Heap("incidents", "", parts),), left_out=out)
