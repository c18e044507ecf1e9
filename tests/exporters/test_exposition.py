"""What `/metrics` shows over time: the last KPI run and none of the earlier ones, whole at every moment."""

from __future__ import annotations

import gzip
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from core.model import SECOND, Sample
from core.status import SourceStatus
from exporters.metrics import Exposition, MetricError, Ready, _ready
from exporters.server import serve
from exporters.web import make_app
from tests.exporters.example import AT, Hub, every_sample, exposition, statuses

WINDOWS = ("7d", "30d")


def count(value: float, service: str = "webshop") -> list[Sample]:
    return [Sample("siam_service_outages", (("service", service), ("window", window)), value) for window in WINDOWS]


def text(shown: Exposition) -> str:
    return shown.scrape(None, gzip=False)[1].decode()


def test_before_the_first_run_the_hub_shows_itself_and_no_figure() -> None:
    shown = Exposition("0.1.0", lambda: [SourceStatus("acme", "servicenow", 300.0)])
    assert 'siamhub_build_info{version="0.1.0"} 1.0' in text(shown)
    assert "siam_" not in text(shown)
    for unknown in ("as_of", "refresh_duration", "source_up", "last_success", "watermark"):
        assert f"siamhub_{unknown}" not in text(shown)
    assert 'siamhub_source_interval_seconds{source="servicenow",supplier="acme"} 300.0' in text(shown)


def test_a_supplier_that_is_gone_from_the_run_is_gone_from_the_metrics() -> None:
    shown = Exposition("1", lambda: ())
    shown.update(count(1, "webshop") + count(2, "payroll"), AT, 0.1)
    assert "payroll" in text(shown)
    shown.update(count(1, "webshop"), AT, 0.1)
    assert "payroll" not in text(shown)
    assert "webshop" in text(shown)


def test_a_family_whose_figures_changed_is_shown_anew() -> None:
    shown = Exposition("1", lambda: ())
    shown.update(count(1), AT, 0.1)
    shown.update(count(2), AT + 60 * SECOND, 0.1)
    assert 'siam_service_outages{service="webshop",window="7d"} 2.0' in text(shown)
    as_of = floatToGoString(AT / SECOND + 60)  # type: ignore[no-untyped-call]
    assert f"siamhub_kpi_as_of_timestamp_seconds {as_of}\n" in text(shown)
    assert 'webshop",window="7d"} 1.0' not in text(shown)


def test_a_run_with_a_mistake_leaves_the_figures_of_the_one_before() -> None:
    shown = Exposition("1", lambda: ())
    shown.update(count(1), AT, 0.1)
    before = shown.snapshot
    with pytest.raises(MetricError):
        shown.update([*count(2), Sample("siam_unknown", (), 1.0)], AT + SECOND, 0.1)
    assert shown.snapshot is before
    assert 'window="7d"} 1.0' in text(shown)


def test_what_is_packed_is_one_gzip_member_that_any_reader_decodes() -> None:
    shown = exposition()
    for accept in (None, "application/openmetrics-text"):
        plain = shown.scrape(accept, gzip=False)[1]
        packed = shown.scrape(accept, gzip=True)[1]
        assert gzip.decompress(packed) == plain
        reader = zlib.decompressobj(wbits=31)
        assert reader.decompress(packed) + reader.flush() == plain
        assert reader.eof
        assert reader.unused_data == b""


@given(first=st.binary(max_size=3000), rest=st.binary(max_size=300))
def test_joining_to_what_is_packed_gives_the_gzip_of_both(first: bytes, rest: bytes) -> None:
    assert gzip.decompress(_ready(first).joined(rest)) == first + rest


def test_joining_does_not_touch_what_is_ready() -> None:
    ready: Ready = _ready(b"a" * 1000)
    assert ready.joined(b"b") != ready.joined(b"c")
    assert gzip.decompress(ready.joined(b"b")) == b"a" * 1000 + b"b"


def test_counters_of_sources_are_read_while_the_sync_goes_on_counting() -> None:
    sources = statuses()
    shown = Exposition("1", lambda: sources)
    stop = threading.Event()

    def count_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            sources[0].synced[f"kind{number % 500}"] += 1
            sources[0].rejected[("ticket", f"reason{number % 500}")] += 1
            sources[0].request(str(number % 600), 0.1)

    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(count_on)
        try:
            for _ in range(30):
                assert text(shown)
        finally:
            stop.set()
        counting.result()


def test_scrapes_during_updates_are_each_of_one_run() -> None:
    """Every figure of run n is n, and so is its instant: a scrape that mixed two runs would show two numbers."""
    shown = Exposition("1", lambda: ())
    names = [(sample.name, sample.labels) for sample in every_sample() if sample.name.startswith("siam_service")]

    def run(number: int) -> None:
        shown.update([Sample(name, labels, float(number)) for name, labels in names], number * SECOND, 0.1)

    run(1)
    server = serve(make_app(shown, Hub(), False), "127.0.0.1", 0)
    done = threading.Event()

    def scrape() -> list[set[float]]:
        seen = []
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            while not done.is_set():
                families = text_string_to_metric_families(client.get("/metrics").text)
                seen.append(
                    {
                        sample.value
                        for family in families
                        for sample in family.samples
                        if sample.name.startswith("siam_") or "as_of" in sample.name
                    }
                )
        return seen

    try:
        with ThreadPoolExecutor(2) as pool:
            scrapers = [pool.submit(scrape) for _ in range(2)]
            try:
                for number in range(2, 30):
                    run(number)
            finally:
                done.set()
            runs = [scraped for scraper in scrapers for scraped in scraper.result()]
    finally:
        server.stop()
    assert all(len(values) == 1 for values in runs)
    assert len({value for values in runs for value in values}) > 1
