"""Jinja2 with autoescape, and the one style sheet of all pages: whatever comes from a vendor stays text."""

from __future__ import annotations

from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES: Final = resources.files("exporters").joinpath("templates")
STYLE: Final = "".join(_TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "board.css"))
"""The style sheet, inside each page, so that a page is whole when saved or mailed."""

_PAGES: Final = Environment(
    loader=PackageLoader("exporters"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_PAGES.globals["style"] = Markup(STYLE)  # noqa: S704  # our own file, no input


def render_page(template: str, **values: object) -> str:
    """A page out of the template of this name; all values are escaped."""
    return _PAGES.get_template(template).render(values)
