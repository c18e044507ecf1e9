"""Section 6 of the definitions: how the parties work together, and the score that is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from core.calendar import Window, month
from core.facts import NEVER, Codes, Floats, Ints
from core.interval import Bools
from core.kpi.case_times import CaseTimes, case_times
from core.kpi.figures import Labels, compact, counts, labelled, means, one_group, spread, tally, within
from core.kpi.handovers import BOUNCED, RUNNING, Handovers, handovers
from core.kpi.parties import parties
from core.kpi.view import View, once
from core.model import Sample

LEAST_COMPONENTS: Final = 2
LEAST_WEIGHT: Final = 0.6
"""Of a score: how many components it needs at least, and how much of the weight they must have."""

Observed: TypeAlias = tuple[float, int]
"""A component of one party, from 0 to 1, and the number of observations behind it."""


def samples(view: View, figures: Iterable[Sample]) -> Iterator[Sample]:
    """All figures of the section; `figures` are those of the other sections, for the joint goals."""
    times = case_times(view)
    steps = handovers(view, times)
    named = parties(view)
    yield from _handovers(view, steps, named)
    yield from _cases(view, times, steps)
    yield from _scores(view, steps, named, figures)


def _handovers(view: View, steps: Handovers, named: Sequence[str]) -> Iterator[Sample]:
    """Those that happened in the window: how many between whom, how soon they were answered, how they ended."""

    def label(code: int) -> Labels:
        giver, taker = divmod(code, len(named))
        return ("from_party", named[giver]), ("to_party", named[taker])

    pairs, labels, configured = compact(steps.giver * len(named) + steps.taker, _configured(view, named), label)
    yield from counts("siam_handovers", view.windows, steps.at, pairs, labels, configured)
    yield from tally("siam_handovers_overdue", pairs[steps.overdue], labels, configured)
    answered, judged, ended = steps.answered != NEVER, steps.judged, steps.ending != RUNNING
    for scope, groups, by in (
        ("joint", one_group(steps.taker), [()]),
        ("supplier", steps.taker, labelled("supplier", named)),
    ):
        name = f"siam_{scope}_handover"
        yield from spread(
            f"{name}_response_seconds", view.windows, steps.at[answered], steps.taken[answered], groups[answered], by
        )
        yield from means(
            f"{name}_answered_in_time_ratio", view.windows, steps.at[judged], steps.in_time[judged], groups[judged], by
        )
        bounced = steps.ending == BOUNCED
        yield from means(f"{name}_bounce_ratio", view.windows, steps.at[ended], bounced[ended], groups[ended], by)


def _configured(view: View, named: Sequence[str]) -> Sequence[int]:
    """Pairs that have a count though nothing is counted: suppliers of one service, and the integrator with each of
    them where some source has groups of the integrator."""
    last = len(named) - 1
    between = any(party == named[last] for source in view.catalogue.sources for party, _ in source.groups)
    found = set()
    for together in view.places.takes_part:
        members = [*together, last] if between else list(together)
        found |= {giver * len(named) + taker for giver in members for taker in members if giver != taker}
    return sorted(found)


def _cases(view: View, times: CaseTimes, steps: Handovers) -> Iterator[Sample]:
    """Of cases with a handover that were resolved in the window."""
    n = len(times.case)
    swinging = ping_pong(steps, n)
    waited = np.bincount(steps.case, weights=waiting(view, steps), minlength=n)
    some = np.bincount(steps.case, minlength=n) > 0
    done = some & (times.resolved != NEVER)
    row, service = times.member, times.service
    by_service = labelled("service", view.places.labels)
    for scope, pick, groups, labels in (
        ("joint", np.flatnonzero(done), one_group(np.flatnonzero(done)), [()]),
        ("service", row[done[row]], service[done[row]], by_service),
    ):
        resolved = times.resolved[pick]
        yield from means(f"siam_{scope}_ping_pong_ratio", view.windows, resolved, swinging[pick], groups, labels)
        yield from _shares(
            f"siam_{scope}_waiting_ratio", view.windows, resolved, waited[pick], times.elapsed[pick], groups, labels
        )


def ping_pong(steps: Handovers, cases: int) -> Bools:
    """Which of so many cases returned twice or more to parties that had them, at least once bounced."""
    returns = np.bincount(steps.case, weights=steps.returns, minlength=cases)
    bounces = np.bincount(steps.case[steps.ending == BOUNCED], minlength=cases)
    found: Bools = (returns >= 2) & (bounces >= 1)
    return found


def waiting(view: View, steps: Handovers) -> Ints:
    """Microseconds for which each handover went without an answer; one that never came was waited for to its end."""
    end = np.where(steps.end == NEVER, view.at, steps.end)
    waited: Ints = np.where(steps.answered == NEVER, end, steps.answered) - steps.at
    return waited


def _shares(
    name: str,
    windows: Sequence[Window],
    moments: Ints,
    parts: Ints | Floats,
    wholes: Ints,
    groups: Codes,
    labels: Sequence[Labels],
) -> Iterator[Sample]:
    """Sum of the parts by sum of the wholes, of the rows whose moment lies in the window, by group."""
    for window in windows:
        inside = within(moments, window)
        whole = np.bincount(groups[inside], weights=wholes[inside], minlength=len(labels))
        part = np.bincount(groups[inside], weights=parts[inside], minlength=len(labels))
        for group in np.flatnonzero(whole > 0).tolist():
            yield Sample(name, (*labels[group], ("window", window.label)), float(part[group] / whole[group]))


def _scores(view: View, steps: Handovers, named: Sequence[str], figures: Iterable[Sample]) -> Iterator[Sample]:
    weights = view.catalogue.collaboration.weights
    goals = _joint_goals(view, named, figures)
    for window in view.windows:
        components: Mapping[str, Sequence[Observed | None]] = {
            "responsiveness": _shrunk(view, steps.taker, steps.in_time, steps.judged & within(steps.at, window), named),
            "flow": _shrunk(
                view,
                steps.taker,
                steps.ending != BOUNCED,
                (steps.ending != RUNNING) & within(steps.at, window),
                named,
            ),
            "constructiveness": constructiveness(view, window, named),
            "joint_goals": goals[window.label],
        }
        for code, party in enumerate(named):
            own = {name: column[code] for name, column in components.items()}
            scope = (("supplier", party),)
            for name, found in own.items():
                labels = (*scope, ("component", name), ("window", window.label))
                yield Sample("siam_supplier_collaboration_component_samples", labels, float(found[1] if found else 0))
                if found is not None:
                    yield Sample("siam_supplier_collaboration_component_ratio", labels, found[0])
            score = weighted({name: found[0] for name, found in own.items() if found is not None}, weights)
            if score is not None:
                yield Sample("siam_supplier_collaboration_score", (*scope, ("window", window.label)), score)


def weighted(components: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the components that there are.

    None where they are fewer than two with a weight, or have less than 0.6 of all weight.
    """
    there = {name: value for name, value in components.items() if weights.get(name, 0) > 0}
    whole, part = sum(weights.values()), sum(weights[name] for name in there)
    if len(there) < LEAST_COMPONENTS or part < LEAST_WEIGHT * whole - 1e-12:
        return None
    return sum(weights[name] * value for name, value in there.items()) / part


def _shrunk(view: View, party: Codes, hit: Bools, chosen: Bools, named: Sequence[str]) -> Sequence[Observed | None]:
    """By party the share of hits among the chosen, (x + m p0) / (n + m), p0 being that of all parties together."""
    m = view.catalogue.collaboration.min_samples
    n = np.bincount(party[chosen], minlength=len(named)).tolist()
    x = np.bincount(party[chosen & hit], minlength=len(named)).tolist()
    if not sum(n):
        return [None] * len(named)
    pooled = sum(x) / sum(n)
    return [((hits + m * pooled) / (size + m), size) if size else None for hits, size in zip(x, n, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Reviews:
    """The peer reviews that count until `at`: of parties that are configured, about another one, on their own scale."""

    at: Ints
    reviewer: Codes  # position in parties
    about: Codes
    score: Floats  # in [0, 1]
    row: Ints  # in ReviewFacts


@once
def reviews(view: View) -> Reviews:
    """Those; a review counts at the last instant of its month, so that it is in that month's figures and no other's."""
    given, named = view.facts.reviews, parties(view)
    ends = {period: month(period, view.catalogue.zone).end - 1 for period in set(given.period.tolist())}
    at = np.array([ends[period] for period in given.period.tolist()], dtype=np.int64)
    code = {party: i for i, party in enumerate(named)}
    about, reviewer = (
        np.append(np.array([code.get(name, -1) for name in names.values], dtype=np.int32), -1)[names.codes]
        for names in (given.about, given.reviewer)
    )
    span = given.scale_max - given.scale_min
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (given.score - given.scale_min) / span
    on_scale = (span > 0) & (score >= 0) & (score <= 1)
    rows = np.flatnonzero((at <= view.at) & (about >= 0) & (reviewer >= 0) & (about != reviewer) & on_scale)
    return Reviews(at[rows], reviewer[rows], about[rows], score[rows], rows)


def constructiveness(view: View, window: Window, named: Sequence[str]) -> Sequence[Observed | None]:
    """By party: the mean over its reviewers of the mean of each one's reviews in the window, and how many reviews."""
    given, width = reviews(view), len(named)
    inside = within(given.at, window)
    pair = given.about[inside] * width + given.reviewer[inside]
    size = np.bincount(pair, minlength=width * width).reshape(width, width)
    total = np.bincount(pair, weights=given.score[inside], minlength=width * width).reshape(width, width)
    found: list[Observed | None] = []
    for own_size, own_total in zip(size, total, strict=True):
        by = own_size > 0
        mean = float((own_total[by] / own_size[by]).mean()) if by.any() else 0.0
        found.append((mean, int(own_size.sum())) if by.any() else None)
    return found


def _joint_goals(
    view: View, named: Sequence[str], figures: Iterable[Sample]
) -> Mapping[str, Sequence[Observed | None]]:
    """By window and party: the share of the joint targets attained, of the services that the party takes part in.

    The integrator takes part in all of them.
    """
    results: dict[tuple[str, str], list[float]] = {}
    for sample in figures:
        if sample.name == "siam_service_target_attained":
            labels = dict(sample.labels)
            results.setdefault((labels["window"], labels["service"]), []).append(sample.value)
    integrator = len(view.places.suppliers)
    found: dict[str, Sequence[Observed | None]] = {}
    for window in view.windows:
        column: list[Observed | None] = []
        for party in range(len(named)):
            own = [
                value
                for service, together in zip(view.places.services, view.places.takes_part, strict=True)
                if party in together or party == integrator
                for value in results.get((window.label, service), ())
            ]
            column.append((sum(own) / len(own), len(own)) if own else None)
        found[window.label] = column
    return found
