"""The start page: joint figures first, honest about what is missing, safe with whatever a vendor sends."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from core.catalogue import DAY, Catalogue, ServiceEntry, SupplierEntry
from core.model import SECOND, Sample
from core.status import CensusEnd, SourceStatus
from exporters.figures import Figures
from exporters.metrics import Exposition
from exporters.pages import STYLE, render_page
from exporters.server import serve
from exporters.start_page import start_page
from exporters.state import HubState
from exporters.web import make_app
from exporters.wording import SPACE
from tests.exporters.example import AT, CATALOGUE, MINUTE, Hub, every_sample, exposition

NOW = AT + 30 * SECOND


def html(
    hub: HubState | None = None, shown: Exposition | None = None, window: str | None = None, now: int = NOW
) -> str:
    page = start_page(hub or Hub(), shown or exposition(), window, now)
    return render_page("start.html", page=page, refresh=True)


def words(text: str) -> str:
    """What a reader sees, without markup and style, blanks as one blank."""
    body = re.sub(r"<style>.*</style>", "", text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace(SPACE, " "))


def empty() -> Exposition:
    return Exposition("0.1.0", lambda: ())


def test_joint_figures_come_before_services_and_services_before_sources() -> None:
    seen = words(html())
    places = [seen.index(heading) for heading in ("Together", "Services", "Where the figures come from")]
    assert places == sorted(places)


def test_the_page_shows_the_figures_of_the_run_for_people() -> None:
    sample = Sample("siam_joint_availability_ratio", (("window", "30d"),), 0.9995)
    lead = Sample("siam_joint_case_lead_time_seconds", (("window", "30d"), ("stat", "p50")), 11_520.0)
    shown = empty()
    shown.update([sample, lead], AT, 0.25)
    seen = words(html(shown=shown))
    assert "Availability 99.95 %" in seen
    assert "Half of the cases resolved within 3 h 12 min" in seen
    assert "Figures as of 18 Nov 2026, 12:06 CET (30 s ago), made in 250 ms." in seen


def test_a_figure_without_data_is_a_dash_and_not_a_zero() -> None:
    shown = empty()
    shown.update([], AT, 0.1)
    page = start_page(Hub(), shown, None, NOW)
    assert {cell for line in page.joint for cell in line.cells} == {"–"}
    assert {cell for service in page.services for cell in service.cells} == {"–"}


def test_the_window_of_the_services_can_be_chosen_and_a_wrong_one_does_no_harm() -> None:
    chosen = {
        wanted: next(window.label for window in start_page(Hub(), exposition(), wanted, NOW).windows if window.chosen)
        for wanted in (None, "7d", "last_month", "<script>", "")
    }
    assert chosen == {None: "30d", "7d": "7d", "last_month": "last_month", "<script>": "30d", "": "30d"}
    figures = Figures(every_sample(), {"siam_service_outages"})
    expected = figures.get("siam_service_outages", service="webshop", window="7d")
    assert expected is not None
    service = start_page(Hub(), exposition(), "7d", NOW).services[0]
    assert service.cells[2] == f"{expected:.0f}"


def test_windows_are_named_in_words() -> None:
    hub = Hub(catalogue=replace(CATALOGUE, windows=(("1d", DAY), ("12h", DAY // 2))))
    windows = start_page(hub, exposition(), None, NOW).windows
    assert [window.words for window in windows] == ["1 day", "12 hours", "this month", "last month"]
    assert windows[0].chosen


def test_before_the_first_run_the_page_says_so_and_shows_how_far_the_first_sync_is() -> None:
    source = SourceStatus("acme", "servicenow", 300.0, running=True, read=12_000, total=24_918)
    other = SourceStatus("globex", "jira", 300.0, running=True, read=500)
    page = html(Hub(sources=[source, other]), empty())
    assert "No figures yet." in words(page)
    assert "12 000 of 24 918 records" in words(page)
    assert "500 records so far" in words(page)
    assert 'value="0.482" max="1"' in page
    assert page.count("<progress") == 2
    assert "Joint figures" not in page


def test_figures_during_the_first_sync_are_said_to_be_partial() -> None:
    source = SourceStatus("acme", "servicenow", 300.0, running=True, read=10, total=10)
    assert "The first sync is under way." in words(html(Hub(sources=[source])))
    assert "The first sync is under way." not in words(html())


def test_a_source_that_has_never_been_read_and_fails_is_said_to_make_figures_incomplete() -> None:
    source = SourceStatus("acme", "servicenow", 300.0, passes=1, up=False, state="failed", reason="refused (401)")
    seen = words(html(Hub(sources=[source])))
    assert "Figures may be incomplete: no recent records from Acme Hosting (servicenow)." in seen
    assert "could not be read refused (401)" in seen
    assert "first sync" not in seen


def test_a_source_that_has_not_succeeded_for_three_intervals_is_said_to_make_figures_incomplete() -> None:
    hub = Hub()
    hub.sources[1].last_success = NOW - 15 * MINUTE
    assert "may be incomplete" not in words(html(hub))
    hub.sources[1].last_success = NOW - 15 * MINUTE - 1
    assert "no recent records from Globex Networks (jira)." in words(html(hub))


def test_old_figures_are_said_to_be_old() -> None:
    assert "These figures are old." not in words(html(now=AT + 30 * MINUTE))
    assert "These figures are old." in words(html(now=AT + 30 * MINUTE + 1))


def test_suppliers_stand_in_the_order_of_the_configuration_and_bear_no_figure_to_be_ranked_by() -> None:
    page = start_page(Hub(), exposition(), None, NOW)
    assert [source.supplier for source in page.sources] == [entry.title for entry in CATALOGUE.suppliers]
    assert "siam_supplier" not in html()


def test_a_goal_is_said_to_be_met_or_not() -> None:
    shown = empty()
    service = ("service", "webshop")
    goal = Sample("siam_service_target", (service, ("goal", "availability")), 0.9995)
    for value, text in ((1.0, "goal 99.95 %, met"), (0.0, "goal 99.95 %, not met")):
        attained = Sample("siam_service_target_attained", (service, ("goal", "availability"), ("window", "30d")), value)
        shown.update([goal, attained], AT, 0.1)
        assert text in words(html(shown=shown))
    shown.update([goal], AT, 0.1)
    assert "goal 99.95 % " in words(html(shown=shown))


def test_a_service_with_incomplete_data_says_so() -> None:
    shown = empty()
    shown.update([Sample("siam_service_data_coverage_ratio", (("service", "webshop"),), 0.5)], AT, 0.1)
    assert "data of 50 % of its suppliers" in words(html(shown=shown))


def test_what_became_no_figure_is_listed_most_frequent_first_and_cut() -> None:
    hub = Hub()
    hub.sources[0].rejected.clear()
    hub.sources[0].rejected.update({("incident", "no id"): 2, ("change", "no id"): 3, ("incident", "wrong type"): 9})
    hub.sources[0].unmapped.update({("state", f"word {number}"): number for number in range(1, 26)})
    rows = [
        (oddity.what, oddity.count)
        for oddity in start_page(hub, exposition(), None, NOW).oddities
        if oddity.supplier == "Acme Hosting"
    ]
    assert rows[:3] == [
        ("records kept aside: wrong type", "9"),
        ("records kept aside: no id", "5"),
        ("state “word 25” has no meaning in the configuration", "25"),
    ]
    assert rows[-1] == ("5 further values without a meaning", "15")
    assert len(rows) == 2 + 20 + 1


def test_markup_from_a_vendor_or_the_configuration_stays_text() -> None:
    evil = "<script>alert(1)</script>"
    hub = Hub(
        title=evil,
        catalogue=Catalogue(suppliers=(SupplierEntry("acme", evil),), services=(ServiceEntry("webshop", evil),)),
    )
    hub.sources = hub.sources[:1]
    hub.sources[0].reason = evil
    hub.sources[0].unmapped.update({(evil, evil): 1})
    page = html(hub)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_without_services_and_sources_the_page_says_what_to_configure() -> None:
    seen = words(html(Hub(sources=[], catalogue=Catalogue())))
    assert "No service is configured." in seen
    assert "No source is configured." in seen


def test_the_page_renews_itself_until_the_reader_stops_it() -> None:
    server = serve(make_app(exposition(), Hub(), False, clock=lambda: NOW), "127.0.0.1", 0)
    try:
        going = httpx.get(f"{server.url}/?window=7d", trust_env=False).text
        stopped = httpx.get(f"{server.url}/?window=7d&refresh=off", trust_env=False).text
    finally:
        server.stop()
    assert '<meta http-equiv="refresh" content="30">' in going
    assert "http-equiv" not in stopped
    assert 'href="?window=90d&amp;refresh=off"' in stopped
    assert 'href="?window=7d"' in stopped


class Tags(HTMLParser):
    """Collects what a reader without eyes, and one without network, depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.named_by: list[str] = []
        self.addresses: list[str] = []
        self.counts: dict[str, int] = {}
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.ids += [values["id"]] if "id" in values else []
        self.named_by += [values["aria-labelledby"]] if "aria-labelledby" in values else []
        self.addresses += [values[name] for name in ("href", "src") if name in values]
        self.styles += [values["style"]] if "style" in values else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_can_be_found_through_by_ear() -> None:
    text = html()
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.headings == [1, 2, 2, 2, 2]
    assert len(set(tags.ids)) == len(tags.ids)
    assert set(tags.named_by) <= set(tags.ids)
    assert tags.counts["caption"] == tags.counts["table"] == 4
    assert '<html lang="en">' in text
    assert len(re.findall(r"<th(?![ >e])|<th>", text)) == 0, "every header cell names its scope"


def test_the_page_needs_no_script_no_network_and_no_inline_style() -> None:
    tags = Tags()
    tags.feed(html())
    assert "script" not in tags.counts
    assert tags.styles == []
    assert all(address.startswith(("/", "?", "data:")) for address in tags.addresses)
    assert len(html()) < 100_000


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *(("ink", ground) for ground in ("page", "card", "tint", "attention-tint")),
        *(("soft", ground) for ground in ("page", "card")),
        *(("accent", ground) for ground in ("page", "card")),
        ("attention", "card"),
        ("card", "accent"),
    ],
)
def test_text_stands_out_from_its_ground_in_both_colour_schemes(scheme: int, ink: str, ground: str) -> None:
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", STYLE.split("prefers-color-scheme: dark")[scheme]))
    dark, light = sorted((_luminance(colors[ink]), _luminance(colors[ground])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_browser_applies_the_style_under_our_own_policy(tmp_path: Path) -> None:
    """A wrong digest in the policy would leave the page bare: the background says whether the style came through."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed; .ci/services installs it")
        pytest.skip("chromium is not installed")
    server = serve(make_app(exposition(), Hub(), False, clock=lambda: NOW), "127.0.0.1", 0)
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    options += " --disable-component-update --disable-sync --hide-scrollbars --window-size=400,300"
    try:
        subprocess.run(
            [
                chromium,
                *options.split(),
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--screenshot={tmp_path / 'page.png'}",
                f"{server.url}/",
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    finally:
        server.stop()
    assert _first_pixel(tmp_path / "page.png") == (0xF6, 0xF7, 0xF8)


def _first_pixel(path: Path) -> tuple[int, ...]:
    """The colour of the upper left corner of a PNG; there every filter leaves a byte as it is."""
    data, place, packed = path.read_bytes(), 8, b""
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += length + 12
    return tuple(zlib.decompress(packed)[1:4])


def test_the_page_says_what_the_last_count_of_tickets_found() -> None:
    hub = Hub()
    seen = words(html(hub))
    assert "counted 1 h ago: 3 deleted there" in seen
    hub.sources[0].census = CensusEnd("refused", "incident: 40 of 90 tickets are no longer shown", NOW - 5 * MINUTE)
    assert "count refused 5 min ago: incident: 40 of 90 tickets are no longer shown" in words(html(hub))
