"""Samples as text: what the table of families allows, and that readers of both formats understand what is written."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from core.model import Sample
from exporters.families import FAMILIES
from exporters.metrics import Exposition
from exporters.render import MetricError, render_text
from tests.exporters.example import AT, SMALL, every_sample, exposition
from tests.exporters.golden_files import golden

OPENMETRICS = "application/openmetrics-text"


def as_text(exposition: Exposition) -> str:
    return exposition.scrape(None, gzip=False)[1].decode()


def as_openmetrics(exposition: Exposition) -> str:
    return exposition.scrape(OPENMETRICS, gzip=False)[1].decode()


def values(metrics: Iterable[object]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for metric in metrics:
        for sample in metric.samples:  # type: ignore[attr-defined]  # prometheus-client's parsers have no types
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def test_the_text_format_is_as_expected() -> None:
    text = as_text(exposition(SMALL))
    assert text == golden("metrics.txt", text)


def test_openmetrics_is_as_expected() -> None:
    text = as_openmetrics(exposition(SMALL))
    assert text == golden("metrics.openmetrics.txt", text)


def test_both_formats_are_read_back_as_the_samples_that_were_given() -> None:
    samples = every_sample()
    expected = {(sample.name, frozenset(sample.labels)): sample.value for sample in samples}
    for read in (
        values(parse_text(as_text(exposition()))),
        values(parse_openmetrics(as_openmetrics(exposition()))),  # type: ignore[no-untyped-call]
    ):
        assert {key: read[key] for key in expected} == expected
        assert {name for name, _ in read} >= set(FAMILIES) - {"siamhub_request_duration_seconds"}


def test_the_histogram_of_requests_agrees_with_itself() -> None:
    read = values(parse_openmetrics(as_openmetrics(exposition())))  # type: ignore[no-untyped-call]
    who = (("supplier", "acme"), ("source", "servicenow"))
    name = "siamhub_request_duration_seconds"
    assert read[(f"{name}_bucket", frozenset((*who, ("le", "0.05"))))] == 2
    assert read[(f"{name}_bucket", frozenset((*who, ("le", "+Inf"))))] == 5
    assert read[(f"{name}_count", frozenset(who))] == 5
    assert read[(f"{name}_sum", frozenset(who))] == pytest.approx(70.94)


@given(title=st.text(min_size=1))
def test_any_title_survives_both_formats(title: str) -> None:
    shown = Exposition("1", lambda: ())
    shown.update([Sample("siam_service_info", (("service", "a"), ("title", title)), 1.0)], AT, 0.1)
    key = ("siam_service_info", frozenset({("service", "a"), ("title", title)}))
    assert values(parse_text(as_text(shown)))[key] == 1.0
    assert values(parse_openmetrics(as_openmetrics(shown)))[key] == 1.0  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, 12345678901234567.0, -0.25, 0.0])
def test_no_digit_of_a_value_is_lost(value: float) -> None:
    text = render_text([Sample("siam_joint_availability_ratio", (("window", "7d"),), value)])
    assert float(text.rsplit(" ", 1)[1]) == value


def test_a_label_without_a_value_is_left_out() -> None:
    sample = Sample("siam_service_target", (("service", "a"), ("goal", "availability"), ("priority", "")), 0.9)
    assert 'siam_service_target{goal="availability",service="a"} 0.9\n' in render_text([sample])


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (Sample("siam_nothing", (), 1.0), "no metric family is called 'siam_nothing'"),
        (Sample("siam_service_outages", (("service", "a"),), 1.0), r"has the labels \['service'\], the table says"),
        (Sample("siam_joint_waiting_ratio", (("window", "7d"), ("person", "x")), 1.0), "has the labels"),
        (Sample("siam_joint_waiting_ratio", (("window", "7d"), ("window", "7d")), 1.0), "has the labels"),
        (Sample("siam_joint_waiting_ratio", (("window", "7d"),), math.nan), "is nan; a figure without data"),
        (Sample("siam_joint_waiting_ratio", (("window", "7d"),), math.inf), "is inf; a figure without data"),
    ],
)
def test_a_sample_that_the_table_does_not_allow_is_refused(sample: Sample, message: str) -> None:
    with pytest.raises(MetricError, match=message):
        render_text([sample])


def test_two_samples_with_the_same_labels_are_refused_in_whatever_order_the_labels_stand() -> None:
    one = Sample("siam_handovers", (("from_party", "a"), ("to_party", "b"), ("window", "7d")), 1.0)
    other = Sample("siam_handovers", (("to_party", "b"), ("from_party", "a"), ("window", "7d")), 2.0)
    with pytest.raises(MetricError, match="has two samples with the labels"):
        render_text([one, other])
