"""What the hub says about itself at the moment of a scrape: its sources, its requests, its last KPI run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric
from prometheus_client.samples import Sample as PrometheusSample

from core.model import SECOND, Instant, Sample
from core.status import SourceStatus
from exporters.families import FAMILIES
from exporters.render import by_family, metric


def hub_metrics(
    version: str, as_of: Instant | None, duration: float | None, statuses: Sequence[SourceStatus]
) -> list[Metric]:
    """The `siamhub_` families that the hub makes itself.

    `as_of` is the instant of the last KPI run and `duration` its seconds; both None before the first one. What is
    not known yet (a source that was never tried, a watermark) has no sample.
    """
    samples = [Sample("siamhub_build_info", (("version", version),), 1.0)]
    if as_of is not None:
        samples.append(Sample("siamhub_kpi_as_of_timestamp_seconds", (), as_of / SECOND))
    if duration is not None:
        samples.append(Sample("siamhub_kpi_refresh_duration_seconds", (), duration))
    for status in statuses:
        samples.extend(_of_source(status))
    made = [metric(FAMILIES[name], group) for name, group in by_family(samples).items()]
    if statuses:
        made.append(_durations(statuses))
    return made


def _of_source(status: SourceStatus) -> Iterator[Sample]:
    """Counters are copied whole before they are read: the sync goes on counting meanwhile."""
    who = (("supplier", status.supplier), ("source", status.source))
    if status.up is not None:
        yield Sample("siamhub_source_up", who, float(status.up))
    if status.last_success is not None:
        yield Sample("siamhub_source_last_success_timestamp_seconds", who, status.last_success / SECOND)
    if status.watermark is not None:
        yield Sample("siamhub_source_watermark_timestamp_seconds", who, status.watermark / SECOND)
    yield Sample("siamhub_source_interval_seconds", who, status.interval)
    if status.census is not None and status.census.counted_at is not None:
        yield Sample("siamhub_source_census_difference", who, float(status.census.difference))
    for kind, count in dict(status.synced).items():
        yield Sample("siamhub_records_synced_total", (*who, ("kind", kind)), float(count))
    for (kind, reason), count in dict(status.rejected).items():
        yield Sample("siamhub_records_rejected_total", (*who, ("kind", kind), ("reason", reason)), float(count))
    for code, count in dict(status.requests).items():
        yield Sample("siamhub_requests_total", (*who, ("code", code)), float(count))
    yield Sample("siamhub_request_retries_total", who, float(status.retries))


def _durations(statuses: Sequence[SourceStatus]) -> Metric:
    """The histogram of request durations; its count is the last bucket, so that the two always agree."""
    family = FAMILIES["siamhub_request_duration_seconds"]
    made = Metric(family.base, family.help, family.type, family.unit)
    for status in statuses:
        who = {"supplier": status.supplier, "source": status.source}
        cumulative = status.cumulative()
        for bound, count in cumulative.items():
            made.samples.append(PrometheusSample(f"{family.name}_bucket", {**who, "le": bound}, float(count)))
        made.samples.append(PrometheusSample(f"{family.name}_count", who, float(cumulative["+Inf"])))
        made.samples.append(PrometheusSample(f"{family.name}_sum", who, status.duration_sum))
    return made
