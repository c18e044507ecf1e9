"""Every figure once more out of nothing but the parts that its explanation lists, and its settings."""

from __future__ import annotations

import numpy as np

from core.catalogue import Catalogue
from core.explain.explanation import Explanation

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
COUNTS = (
    "cases_resolved",
    "incident",
    "changes_completed",
    "change_caused",
    "responses",
    "siam_handovers",
    "outages",
)
RATIOS = (
    "change_success_ratio", "change_emergency_ratio", "change_on_schedule_ratio", "satisfaction_ratio", "top_box_ratio",
    "response_ratio", "answered_in_time_ratio", "bounce_ratio", "ping_pong_ratio", "targets_attained_ratio",
    "target_met_ratio", "data_coverage_ratio",
)  # fmt: skip


def recomputed(found: Explanation, catalogue: Catalogue) -> float:
    """The figure, from the parts."""
    series, heaps = found.series, {heap.name: heap for heap in found.made.heaps}
    name, labels = series.name, series.labels
    values = [part.value for part in found.made.heaps[0].parts]
    total = {key: sum(part.value for part in heap.parts) for key, heap in heaps.items()}
    target = next((s.targets.availability for s in catalogue.services if s.key == labels.get("service")), None)
    match name.removeprefix("siam_").partition("_")[2]:
        case _ if labels.get("stat") in QUANTILES:
            return float(np.quantile(values, QUANTILES[labels["stat"]]))
        case _ if labels.get("stat") == "mean" or name.endswith(RATIOS):
            return sum(values) / len(values)
        case "availability_ratio" if "joint" in name:
            return total["up-time"] / total["agreed time"]
        case "availability_ratio":
            return (total["agreed time"] - total["downtime"]) / total["agreed time"]
        case "mean_time_to_restore_seconds":
            return total["downtime"] / len(heaps["outages"].parts)
        case "mean_time_between_failures_seconds":
            return (total["agreed time"] - total["downtime"]) / len(heaps["outages"].parts)
        case "error_budget_remaining_ratio":
            assert target is not None
            return 1 - total["downtime"] / ((1 - target) * total["agreed time"])
        case "burn_rate":
            assert target is not None
            return total["downtime"] / total["agreed time"] / (1 - target)
        case "inferred_downtime_ratio":
            return total["inferred downtime"] / total["downtime"]
        case "waiting_ratio":
            return total["waited"] / total["elapsed"]
        case "target_attained" if labels["goal"] == "incident_lead_time":
            return float(all(values))
        case "target_attained":
            return float(values[0] >= float(found.made.settings["target"]))
        case "target" | "info":
            return values[0]
        case "collaboration_component_samples":
            return float(len(values))
        case "collaboration_component_ratio" if "own handovers" in heaps:
            own, every = ([part.value for part in heap.parts] for heap in found.made.heaps)
            m = catalogue.collaboration.min_samples
            return (sum(own) + m * sum(every) / len(every)) / (len(own) + m)
        case "collaboration_component_ratio" if "reviews" in heaps:
            by: dict[str | None, list[float]] = {}
            for part in heaps["reviews"].parts:
                by.setdefault(part.supplier, []).append(part.value)
            return sum(sum(each) / len(each) for each in by.values()) / len(by)
        case "collaboration_component_ratio":
            return sum(values) / len(values)
        case "collaboration_score":
            weighed = [(part.weight or 0.0, part.value) for part in heaps["components"].parts]
            return sum(weight * value for weight, value in weighed) / sum(weight for weight, _ in weighed)
        case suffix if suffix.endswith("_seconds"):  # a sum of time
            return sum(values)
        case _:
            assert any(word in name for word in COUNTS), name
            return float(len(values))
