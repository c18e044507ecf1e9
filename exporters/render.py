"""Metric families as text: the Prometheus format 0.0.4 and OpenMetrics 1.0, written by prometheus-client."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest as generate_text
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample as PrometheusSample

from core.model import Instant, Sample, to_datetime
from exporters.families import FAMILIES
from exporters.family import Family

EOF: Final = b"# EOF\n"
"""The last line of an OpenMetrics text; there is one, at its end."""


class MetricError(ValueError):
    """A sample that the table of families does not allow: a mistake in siamhub, never in its input."""


class Families(Collector):
    """The collector that prometheus-client's writers ask: it gives out the families that it was made from."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        """The families, in order."""
        return self._metrics


def by_family(samples: Iterable[Sample]) -> Mapping[str, tuple[Sample, ...]]:
    """The samples by name, in the order of the table; MetricError where the table does not allow one."""
    grouped: dict[str, dict[frozenset[tuple[str, str]], Sample]] = {}
    for sample in samples:
        _check(sample)
        same = grouped.setdefault(sample.name, {})
        labels = frozenset(label for label in sample.labels if label[1])
        if labels in same:
            raise MetricError(f"{sample.name} has two samples with the labels {dict(sample.labels)}")
        same[labels] = sample
    return {name: tuple(grouped[name].values()) for name in FAMILIES if name in grouped}


def metric(family: Family, samples: Iterable[Sample]) -> Metric:
    """A family with its samples as prometheus-client knows it; labels without a value are left out."""
    made = Metric(family.base, family.help, family.type, family.unit)
    made.samples.extend(
        PrometheusSample(sample.name, {name: text for name, text in sample.labels if text}, sample.value)
        for sample in samples
    )
    return made


def text(metrics: Sequence[Metric]) -> bytes:
    """The families in the Prometheus text format 0.0.4."""
    return generate_text(Families(metrics))


def openmetrics(metrics: Sequence[Metric]) -> bytes:
    """The families in OpenMetrics 1.0, without the closing `# EOF`, so that more may follow."""
    whole: bytes = generate_openmetrics(Families(metrics))  # type: ignore[no-untyped-call]  # prometheus-client has no types here
    return whole.removesuffix(EOF)


def render_text(samples: Iterable[Sample]) -> str:
    """The samples in the Prometheus text format 0.0.4, as `/metrics` shows them; MetricError as `by_family`."""
    return text([metric(FAMILIES[name], group) for name, group in by_family(samples).items()]).decode()


def render_json(samples: Iterable[Sample], at: Instant) -> bytes:
    """The samples as JSON: `{"at": "2026-11-24T10:00:00+00:00", "samples": [{"name", "labels", "value"}, ...]}`."""
    rows = [{"name": sample.name, "labels": dict(sample.labels), "value": sample.value} for sample in samples]
    return orjson.dumps(
        {"at": to_datetime(at), "samples": rows}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _check(sample: Sample) -> None:
    family = FAMILIES.get(sample.name)
    if family is None:
        raise MetricError(f"no metric family is called {sample.name!r}; exporters/families.py has the ones there are")
    names = [name for name, _ in sample.labels]
    wanted = set(family.labels)
    if len(set(names)) != len(names) or not wanted - set(family.optional) <= set(names) <= wanted:
        raise MetricError(f"{sample.name} has the labels {names}, the table says {list(family.labels)}")
    if not math.isfinite(sample.value):
        raise MetricError(f"{sample.name}{dict(sample.labels)} is {sample.value}; a figure without data is left out")
