"""Any figure taken apart: the door to the explanations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.catalogue import Catalogue
from core.explain import availability, changes, collaboration, lead_time, satisfaction, targets, trust
from core.explain.asked import Asked, doubts
from core.explain.explanation import Explanation, Made, NoSuchSeriesError, Series
from core.explain.series import check, parse
from core.facts import Facts
from core.kpi.availability import reported
from core.kpi.compute import figures
from core.kpi.figures import QUANTILES
from core.kpi.lead_time import PRIORITIES
from core.kpi.parties import parties
from core.kpi.targets import FIGURES, LEAD_TIME
from core.kpi.view import View, view
from core.model import CHANGE_TYPES, OUTCOMES, Instant, Sample

_SECTIONS: Final = (availability, lead_time, changes, satisfaction, targets, trust, collaboration)
_MAY_LACK: Final = ("priority", "type")
"""Labels whose value may be not known: Prometheus does not tell an empty one from none."""
_BOARD: Final = (
    "improvement_actions",
    "board_next_meeting_timestamp_seconds",
    "board_closed_until_timestamp_seconds",
)
_COMPONENTS: Final = ("responsiveness", "flow", "constructiveness", "joint_goals")


def explain(
    facts: Facts, catalogue: Catalogue, at: Instant, text: str, families: Mapping[str, Sequence[str]]
) -> Explanation:
    """What the series that the text names is made of at an instant. `families`: labels of every figure by its name.

    Raises NoSuchSeriesError where no such series can be. One that can be but has no number is explained by why it has
    none.
    """
    parse(text, families, _MAY_LACK)  # a slip of the pen is told before anything is computed
    seen = view(facts, catalogue, at)
    return take_apart(seen, figures(seen), text, families)


def take_apart(seen: View, samples: Sequence[Sample], text: str, families: Mapping[str, Sequence[str]]) -> Explanation:
    """The same of what is seen at an instant, all figures of which are `samples`."""
    series = parse(text, families, _MAY_LACK)
    _known(seen, series)
    wanted = {name: value for name, value in series.labels.items() if value}
    names = families[series.name]
    found = [
        sample
        for sample in samples
        if sample.name == series.name and {name: value for name, value in sample.labels if value} == wanted
    ]
    lacking = [name for name in names if name in _MAY_LACK and not wanted.get(name)]
    more = [
        sample for sample in samples if sample.name == series.name and wanted.items() <= dict(sample.labels).items()
    ]
    if not found and lacking and more:
        values = sorted({dict(sample.labels).get(lacking[0], "") for sample in more})
        each = ", ".join(f'{lacking[0]}="{value}"' for value in values if value)
        raise NoSuchSeriesError(f"{series} needs one label more, one of {each}")
    full = Series(series.name, {**dict.fromkeys(lacking, ""), **series.labels}) if found else series
    full = Series(full.name, {name: full.labels[name] for name in names if name in full.labels})
    window = next((each for each in seen.windows if each.label == series.labels.get("window")), None)
    asked = Asked(seen, full, window, samples)
    made = next((made for section in _SECTIONS if (made := section.explain(asked)) is not None), None)
    if made is None:
        raise NoSuchSeriesError(f"{series.name} is not made of records; `siamhub board list` shows what it tells")
    if asked.suffix not in ("target", "info", *_BOARD):
        made = replace(made, left_out=(*made.left_out, *doubts(asked)))
    unit = next((unit for unit in ("seconds", "ratio") if series.name.endswith(f"_{unit}")), "")
    if series.labels.get("goal") == LEAD_TIME and series.name == "siam_service_target":
        unit = "seconds"
    value = found[0].value if found else None
    return Explanation(full, value, unit, seen.at, window, made, "" if found else _why(asked, made))


def _known(seen: View, series: Series) -> None:
    """Raises NoSuchSeriesError where a label's value is none that there can be."""
    places, party = seen.places, parties(seen)
    together = "handover" in series.name or "collaboration" in series.name
    known: Mapping[str, Sequence[str]] = {
        "supplier": party if together else places.suppliers,
        "service": places.labels,
        "window": [window.label for window in seen.windows],
        "stat": [*(stat for stat, _ in QUANTILES), "mean"],
        "priority": PRIORITIES,
        "type": ("", *CHANGE_TYPES),
        "outcome": OUTCOMES,
        "component": _COMPONENTS,
        "goal": (*FIGURES, LEAD_TIME),
        "from_party": party,
        "to_party": party,
        "title": _titles(seen.catalogue, series),
    }
    for label, value in series.labels.items():
        if label in known:
            check(label, value, known[label])


def _titles(catalogue: Catalogue, series: Series) -> Sequence[str]:
    entries: Collection[tuple[str, str]] = [(entry.key, entry.title) for entry in catalogue.services]
    if "supplier" in series.labels:
        entries = [(entry.key, entry.title) for entry in catalogue.suppliers]
    return [title for key, title in entries if key in series.labels.values()]


def _why(asked: Asked, made: Made) -> str:
    """Why there is no such figure."""
    seen, labels = asked.view, asked.series.labels
    if asked.suffix in _BOARD:
        return "no number out of records: `siamhub action list` and `board` in the configuration say what it tells"
    if not seen.facts.sources:
        return "no data: no source was ever read; `siamhub sync` reads them"
    if labels.get("service") == "unmapped" and "target" in asked.suffix:
        return "not configured: what maps to no service has no targets"
    service = labels.get("service", "unmapped")
    if service != "unmapped" and asked.scope in ("service", "supplier"):
        index = seen.places.services.index(service)
        target = seen.catalogue.services[index].targets
        if not reported(seen, index) and availability.explain(asked) is not None:
            return f"no data: no supplier with a part in {service} was ever read"
        if asked.suffix in ("error_budget_remaining_ratio", "burn_rate") and target.availability in (None, 1):
            return f"not configured: services.{service}.targets.availability is absent, or 1, which leaves no budget"
        if asked.suffix in ("target", "target_attained"):
            goal = labels["goal"]
            if not getattr(target, goal):
                return f"not configured: services.{service}.targets.{goal}"
    if asked.suffix == "collaboration_score":
        return "not enough: " + made.formula + "; " + made.settings.get("needed", "")
    empty = [heap.name for heap in made.heaps if not heap.parts]
    what = " and ".join(empty) if empty else "what it is made of"
    where = " in the window" if asked.window else ""
    return f"no data is no number: there is nothing ({what}){where}"
