"""What is made from the models: the JSON Schema for editors and the operator's table of keys.

`python -m core.settings.generated` writes both into a checkout; a test says when they are stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.settings.editor import Schema, forms, schema
from core.settings.wording import flow

SCHEMA: Final = Path("config/siamhub.schema.json")
REFERENCE: Final = Path("docs/configuration.md")

_BEGIN, _END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"
_NAMED: Final = ("suppliers", "services")
"""Sections whose keys the operator chooses; `*` in the table."""


def schema_text() -> str:
    """The content of `config/siamhub.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def with_table(page: str) -> str:
    """The operator's page with the table of keys between its marks as the models are now."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    root = schema()
    head = "| key | what it says | default | example |\n|---|---|---|---|\n"
    return before + _BEGIN + head + "".join(_rows(root, root, "", set())) + _END + after


def _rows(node: Schema, root: Schema, path: str, seen: set[frozenset[str]]) -> Iterator[str]:
    """A line for each key below; a section that comes again is not written out again."""
    for form in forms(node, root):
        keys = form.get("properties", {})
        if frozenset(keys) in seen:
            continue
        seen.add(frozenset(keys))
        for key, child in keys.items():
            if re.fullmatch(r"p[2-5]", key):  # as p1
                continue
            here = f"{path}{'p1` … `p5' if key == 'p1' else key}"
            yield _row(here, next(forms(child, root)), key in form.get("required", ()))
            for each in forms(child, root) if key != "needs" else ():  # nested without end; told in words
                yield from _rows(each, root, f"{path}{key}.", seen)
                yield from _rows(each.get("items", {}), root, f"{path}{key}[].", seen)
                if key in _NAMED:
                    for named in each.get("patternProperties", {}).values():
                        yield from _rows(named, root, f"{path}{key}.*.", seen)


def _row(path: str, node: Schema, required: bool) -> str:
    given = node.get("default")
    default = "required" if required else "" if given in (None, {}, []) else f"`{flow(given)}`"
    said = "Priorities 1 to 5." if "…" in path else node["description"]
    return f"| `{path}` | {said} | {default} | `{flow(node['examples'][0])}` |\n"


def main() -> None:
    """Write both files below the working folder."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    REFERENCE.write_text(with_table(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
