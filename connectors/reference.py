"""The reference of the manifest language, made from its models: what docs/connectors.md shows as tables."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from connectors import (
    manifest,
    manifest_asked,
    manifest_discover,
    manifest_map,
    manifest_paging,
    manifest_records,
    manifest_request,
)
from connectors.vocabulary import FIELDS
from connectors.words import Strict
from core.model import SECOND

BEGIN: Final = "<!-- reference: made by `python -m connectors.reference docs/connectors.md` -->"
END: Final = "<!-- end of reference -->"

PARTS: Final[Sequence[tuple[str, type[Strict]]]] = (
    ("The manifest", manifest.Manifest),
    ("options", manifest.Option),
    ("auth", manifest_request.Auth),
    ("auth.bearer, auth.api_key", manifest_request.HeaderAuth),
    ("auth.oauth2", manifest_request.OAuth2),
    ("auth.session", manifest_request.Session),
    ("auth.custom", manifest_request.Custom),
    ("limits", manifest_request.Limits),
    ("signs", manifest_request.Sign),
    ("times", manifest_map.Times),
    ("discover", manifest_discover.Discovery),
    ("discover.maps", manifest_discover.Lookup),
    ("discover.pick", manifest_discover.Pick),
    ("maps, and `values` of a field", manifest_map.ValueMap),
    ("streams", manifest.Stream),
    ("request", manifest_request.Request),
    ("paging: kind offset", manifest_paging.Offset),
    ("paging: kind page", manifest_paging.Number),
    ("paging: kind next", manifest_paging.Next),
    ("paging: kind token", manifest_paging.Token),
    ("paging: kind keyset", manifest_paging.Keyset),
    ("paging: total", manifest_paging.Total),
    ("cursor", manifest.Cursor),
    ("select", manifest_request.Select),
    ("ticket", manifest_records.Ticket),
    ("response", manifest_records.Response),
    ("outage", manifest_records.Outage),
    ("a field of `map`", manifest_map.Rule),
    ("links", manifest_map.LinkRule),
    ("references", manifest_map.References),
    ("events", manifest_records.Events),
    ("rules", manifest_map.EventRule),
    ("actor", manifest_map.ActorRule),
    ("deleted", manifest_records.Deleted),
    ("census", manifest_asked.Census),
    ("census.again", manifest_asked.Again),
    ("detail", manifest_asked.Detail),
    ("requesters", manifest_asked.Requesters),
    ("history", manifest_asked.History),
    ("history.fills", manifest_asked.Fill),
)


def reference() -> str:
    """All tables as Markdown."""
    return "\n".join(line for title, model in PARTS for line in _part(title, model))


def with_reference(text: str) -> str:
    """A document with the tables between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{rest.partition(END)[2]}"


def _part(title: str, model: type[Strict]) -> Iterator[str]:
    yield from (f"### {title}", "", inspect.getdoc(model) or "", "", "| key | | default |", "|---|---|---|")
    for name, field in model.model_fields.items():
        said = (field.description or "").replace("|", "&#124;")
        yield f"| `{field.alias or name}` | {_with_words(said, field)} | {_default(field)} |"
    yield ""
    if title in FIELDS:
        yield from (f"The fields of `{title}.map`:", "", "| field | what it holds |", "|---|---|")
        yield from (f"| `{names.replace(', ', '`, `')}` | {said} |" for names, said in FIELDS[title].items())
        yield ""


def _with_words(said: str, field: FieldInfo) -> str:
    """A description with the words that may stand there, where it does not name them itself."""
    words = list(dict.fromkeys(word for word in _words(field.annotation) if isinstance(word, str)))
    if len(words) < 2 or all(f"`{word}`" in said for word in words):
        return said
    return f"{said}{': ' if said else ''}{', '.join(f'`{word}`' for word in words)}"


def _words(kind: Any) -> Iterator[Any]:
    """The values of the literals in a type; not those inside of a model."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from _words(part)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value: Any = field.default
    if value is PydanticUndefined or value is None or value == () or value == "":
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int) and value >= SECOND // 1000:
        return f"`{_duration(value)}`"
    return f"`{', '.join(map(str, value)) if isinstance(value, tuple) else value}`"


def _duration(value: int) -> str:
    for unit, size in (("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)):
        if value % size == 0:
            return f"{value // size}{unit}"
    return f"{value // (SECOND // 1000)}ms"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    document = Path(sys.argv[1])
    document.write_text(with_reference(document.read_text(encoding="utf-8")), encoding="utf-8")
