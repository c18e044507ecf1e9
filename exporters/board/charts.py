"""Charts as SVG inside the page: drawn by pygal, coloured by the page's style sheet so that they follow its scheme."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

import pygal  # type: ignore[import-untyped]
from markupsafe import Markup
from pygal.style import Style  # type: ignore[import-untyped]

# pygal hooks itself into every later import, for plug-ins of its own; the hook is of a kind that Python gave up.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_WIDTH: Final = 600
_HEIGHT: Final = 240
_STYLE: Final = Style(label_font_size=12, major_label_font_size=12, legend_font_size=13, value_font_size=12)
_SVG: Final = "{http://www.w3.org/2000/svg}"
_NO_SHAPES: Final = ("defs", "title", "desc", "script", "style")
_LIFELESS: Final = ("tooltip-overlay", "titles")
"""What only a script would bring to life; it also bears styles of its own, which the page's policy refuses."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line or a row of bars; None where there is no data."""

    title: str
    values: Sequence[float | None]
    words: Sequence[str]  # the values as the table behind the chart shows them


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the figures behind it."""

    name: str  # of its elements' ids
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    svg: Markup


def lines(
    name: str, title: str, labels: Sequence[str], series: Sequence[Series], axis: Callable[[float], str]
) -> Chart:
    """A line chart; months without data leave gaps."""
    drawn = pygal.Line(**_options(axis), allow_interruptions=True, dots_size=3.5)
    drawn.x_labels = list(labels)
    for each in series:
        drawn.add(each.title, list(each.values))
    return Chart(name, title, labels, series, _cleaned(drawn.render_tree(), title))


def bars(name: str, title: str, labels: Sequence[str], series: Series, axis: Callable[[float], str]) -> Chart:
    """A chart of lying bars from the top, for labels that are long."""
    shape = {"height": 50 + 34 * len(labels), "show_legend": False, "show_minor_y_labels": True, "truncate_label": 60}
    drawn = pygal.HorizontalBar(**{**_options(axis), **shape})
    drawn.x_labels = list(reversed(labels))  # pygal draws the first bar lowest
    drawn.add(series.title, list(reversed(series.values)))
    return Chart(name, title, labels, [series], _cleaned(drawn.render_tree(), title))


def _options(axis: Callable[[float], str]) -> dict[str, Any]:
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "js": [],
        "css": [],
        "style": _STYLE,
        "no_prefix": True,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "truncate_legend": 26,
        "show_minor_y_labels": False,
        "y_labels_major_count": 5,
        "margin": 8,
        "margin_right": 30,
        "margin_bottom": 30,
        "no_data_text": "no data",
        "value_formatter": axis,
    }


def _cleaned(root: ElementTree.Element, title: str) -> Markup:
    """The drawing alone: without scripts, styles, and names that a second chart of the page would have too."""
    for parent in list(root.iter()):
        for child in list(parent):
            lifeless = any(part in child.get("class", "").split() for part in _LIFELESS)
            # The tag of a comment is a function.
            if lifeless or callable(child.tag) or child.tag.removeprefix(_SVG) in _NO_SHAPES:
                parent.remove(child)
                continue
            for attribute in ("id", "style"):
                child.attrib.pop(attribute, None)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", f"{title}. The figures are in the table behind this chart.")
    root.set("class", "chart")
    for each in root.iter():
        each.tag = each.tag.removeprefix(_SVG)
    # ElementTree escapes every text and attribute.
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704
