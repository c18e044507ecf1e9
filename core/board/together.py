"""How the parties work together: scores in bands with what they rest on, and nothing that fewer than three said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.board.trend import Trend
from core.calendar import Window
from core.kpi.collaboration import reviews, weighted
from core.kpi.figures import within
from core.kpi.parties import parties
from core.kpi.view import View
from core.reviews import LEAST_REVIEWERS, Remark

BANDS: Final = ((0.8, "runs well"), (0.6, "some friction"), (0.0, "worth a talk"))
"""Lower bound of a score, and the word for it: a score is too coarse for more."""
THANKS: Final = 0.75
"""Score of a review, from 0 to 1, from which on its remark is read as thanks."""
_COMPONENTS: Final = ("responsiveness", "flow", "constructiveness", "joint_goals")


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a score; None where there is nothing to show."""

    name: str
    ratio: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class Party:
    """A party and the band of its score."""

    key: str
    band: str  # one of BANDS' words, "" where there is no score
    components: tuple[Component, ...]
    reviewers: int


@dataclass(frozen=True, slots=True)
class Together:
    """All of it, parties in the order of the configuration."""

    parties: tuple[Party, ...]  # those of which something is known
    unknown: tuple[str, ...]  # those without any
    reviews: int  # of the month
    reviewers: int
    thanks: tuple[tuple[str, str], ...]  # about whom, and what


def together(
    seen: View, trend: Trend, window: Window, weights: Mapping[str, float], remarks: Sequence[Remark]
) -> Together:
    """The collaboration of the month. `remarks`: those of the month, of configured parties or not."""
    named = parties(seen)
    given = reviews(seen)
    inside = within(given.at, window)
    pairs = {(int(about), int(by)) for about, by in zip(given.about[inside], given.reviewer[inside], strict=True)}
    heard = np.bincount([about for about, _ in pairs], minlength=len(named)).tolist() if pairs else [0] * len(named)
    found = [_party(trend, key, count, weights) for key, count in zip(named, heard, strict=True)]
    known = {key for key, count in zip(named, heard, strict=True) if count >= LEAST_REVIEWERS}
    return Together(
        parties=tuple(party for party in found if party.band or any(each.samples for each in party.components)),
        unknown=tuple(
            party.key for party in found if not party.band and not any(each.samples for each in party.components)
        ),
        reviews=int(inside.sum()),
        reviewers=len({by for _, by in pairs}),
        thanks=tuple((each.about, each.text) for each in remarks if each.about in known and each.score >= THANKS),
    )


def _party(trend: Trend, key: str, reviewers: int, weights: Mapping[str, float]) -> Party:
    """The score is made anew without what may not be shown, so that nobody can work it out of the score."""
    components = []
    for name in _COMPONENTS:
        labels = {"supplier": key, "component": name}
        ratio = trend.get("siam_supplier_collaboration_component_ratio", **labels)
        samples = int(trend.get("siam_supplier_collaboration_component_samples", **labels) or 0)
        # Of a closed month its own samples count: what came since does not let the few be seen who spoke then.
        if name == "constructiveness" and min(reviewers, samples) < LEAST_REVIEWERS:
            ratio, samples = None, 0
        components.append(Component(name, ratio, samples))
    score = weighted({each.name: each.ratio for each in components if each.ratio is not None}, weights)
    band = "" if score is None else next(word for bound, word in BANDS if score >= bound)
    return Party(key, band, tuple(components), reviewers if reviewers >= LEAST_REVIEWERS else 0)
