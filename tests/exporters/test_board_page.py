"""The board pack as a page: one file that is whole, safe and accessible, with charts and the tables behind them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from core.board.pack import Pack, pack
from core.catalogue import ServiceEntry, SupplierEntry, Targets
from exporters.board.page import board_html
from exporters.board.ready import BoardPages
from tests.core.board.test_board_pack import BEFORE, NOW, ONE, TWO, action, asked
from tests.core.kpi.build import link

EVIL = "<script>alert('&')</script>"


class Parsed(HTMLParser):
    """Elements as they come, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.elements if each == tag]


@pytest.fixture(scope="module")
def found() -> Pack:
    """A pack in which every part has something to say."""
    given = asked(BEFORE, ONE, TWO, links=[link(TWO, "A1")], actions=(action(title=EVIL),))
    return pack(given, "2026-10", NOW)


@pytest.fixture(scope="module")
def text(found: Pack) -> str:
    return board_html(found)


def test_the_agenda_stands_in_its_order_under_one_heading(text: str) -> None:
    levels = [int(tag[1]) for tag, _ in Parsed(text).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    headings = re.findall(r"<h2[^>]*>(\d)\. ", text)
    assert headings == ["1", "2", "3", "4", "5"]


def test_the_page_is_whole_without_a_network(text: str) -> None:
    parsed = Parsed(text)
    for tag, attributes in parsed.elements:
        for name in ("src", "href", "action", "srcset", "data", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
    assert not parsed.named("script")
    assert "url(" not in text
    assert "@import" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert len(text.encode()) < 500_000


def test_no_element_bears_a_style_that_the_policy_of_the_pages_would_refuse(text: str) -> None:
    parsed = Parsed(text)
    assert len(parsed.named("style")) == 1
    assert not [attributes for _, attributes in parsed.elements if "style" in attributes]


def test_markup_in_a_title_stays_text(found: Pack, text: str) -> None:
    assert EVIL not in text
    assert "&lt;script&gt;alert(" in text
    evil = replace(
        found.catalogue,
        suppliers=tuple(SupplierEntry(entry.key, EVIL) for entry in found.catalogue.suppliers),
        services=tuple(replace(entry, title=EVIL) for entry in found.catalogue.services),
    )
    assert "<script" not in board_html(replace(found, catalogue=evil, title=EVIL))


def test_ids_are_unique_and_what_is_named_is_there(text: str) -> None:
    parsed = Parsed(text)
    ids = Counter(attributes["id"] for _, attributes in parsed.elements if attributes.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    for _, attributes in parsed.elements:
        for name in ("aria-labelledby", "href"):
            if value := attributes.get(name):
                assert value.removeprefix("#") in ids


def test_tables_have_captions_and_their_headers_a_scope(text: str) -> None:
    parsed = Parsed(text)
    assert len(parsed.named("caption")) == len(parsed.named("table")) > 5
    assert all(attributes.get("scope") in ("col", "row", "rowgroup") for attributes in parsed.named("th"))
    assert parsed.named("html")[0]["lang"] == "en"
    assert text.index('class="skip"') < text.index("<main>")


def test_every_chart_says_what_it_is_and_has_its_figures_in_a_table_behind_it(text: str) -> None:
    charts = Parsed(text).named("svg")
    assert len(charts) == text.count("Figures of this chart") == 4
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)


def test_a_month_without_records_says_so(found: Pack) -> None:
    text = board_html(pack(asked(ONE), "2026-07", NOW))
    assert "There are no records of 2026-07" in text
    assert "100.00" not in text


def test_a_thousand_suppliers_and_services_are_a_page_of_bounded_size(found: Pack) -> None:
    services = tuple(ServiceEntry(f"s{n}", f"Service {n}", targets=Targets(availability=0.99)) for n in range(1000))
    suppliers = tuple(SupplierEntry(f"p{n}", f"Party {n}") for n in range(1000))
    known = tuple(replace(found.together.parties[0], key=entry.key) for entry in suppliers)
    crowd = replace(found.together, parties=known, unknown=tuple(entry.key for entry in suppliers))
    many = replace(
        found,
        catalogue=replace(found.catalogue, services=services, suppliers=suppliers),
        together=crowd,
        without_source=crowd.unknown,
    )
    text = board_html(many)
    assert len(text.encode()) < 500_000
    assert "And 940 more services" in text
    assert "And 940 more parties" in text
    assert "Nothing is known of Party 0" in text


def test_contrast_is_enough_in_both_schemes(text: str) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    hues = {"--second", "--third", "--fourth", "--fifth", "--sixth"}
    for scheme, block in re.findall(r"(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", text, re.DOTALL):
        (dark if scheme else light).update(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6})", block))
    assert hues <= light.keys() & dark.keys()
    for colours in (light, dark):
        for name in ("--ink", "--soft", "--accent", "--attention", *hues):
            ratio = sorted((luminance(colours[name]), luminance(colours["--card"])), reverse=True)
            assert (ratio[0] + 0.05) / (ratio[1] + 0.05) >= 4.5, name


def test_a_page_is_made_once_for_a_pack(found: Pack) -> None:
    pages = BoardPages(lambda: ["2026-11", "2026-10"])
    first = pages(found)
    assert pages(found) is first
    assert '<a href="/board/2026-11">' in first
    assert '<strong aria-current="page">2026-10</strong>' in first
