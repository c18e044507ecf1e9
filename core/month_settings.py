"""The settings that a month's figures rest on: kept as text, compared, and changed one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

from pydantic import TypeAdapter

from core.catalogue import Catalogue

_ADAPTER: Final = TypeAdapter(Catalogue)
_WITHOUT_EFFECT: Final = ("windows", "title", "interval")
"""Rolling windows are no part of a month, titles and intervals of no figure."""
_GONE: Final = object()


def settings_text(catalogue: Catalogue) -> str:
    """The settings as JSON."""
    return _ADAPTER.dump_json(catalogue).decode()


def settings_of(text: str) -> Catalogue:
    """The settings out of that text."""
    return _ADAPTER.validate_json(text)


def settings_digest(catalogue: Catalogue) -> str:
    """Short, and the same for the same settings."""
    return blake2b(settings_text(catalogue).encode(), digest_size=8).hexdigest()


def differing(before: Catalogue, now: Catalogue) -> Sequence[str]:
    """The settings with an effect that are not the same, as paths: `services.shop.targets.availability`."""
    old, new = _flat(before), _flat(now)
    found: list[str] = []
    for path in sorted({*old, *new}):
        if old.get(path, _GONE) == new.get(path, _GONE):
            continue
        entry = _entry(path)
        # An entry that is new or gone is one difference, not one for each of its fields.
        whole = entry is not None and not (_has(old, entry) and _has(new, entry))
        name = entry if whole and entry is not None else path
        if name not in found:
            found.append(name)
    return found


def switched(before: Catalogue, now: Catalogue, path: str) -> Catalogue:
    """The settings of then with one that differs as it is now."""
    old, new = _flat(before), _flat(now)
    for key in {*old, *new}:
        if key == path or key.startswith(path + "."):
            if key in new:
                old[key] = new[key]
            else:
                del old[key]
    return _ADAPTER.validate_python(_raised(old))


def _entry(path: str) -> str | None:
    parts = path.split(".")
    return ".".join(parts[:2]) if parts[0] in _LISTS else None


def _has(flat: dict[str, Any], entry: str) -> bool:
    return any(path.startswith(entry + ".") for path in flat)


_LISTS: Final = ("suppliers", "services", "sources")


def _flat(catalogue: Catalogue) -> dict[str, Any]:
    """Path -> value; keys bear no dots."""
    flat: dict[str, Any] = {}
    for name, value in _ADAPTER.dump_python(catalogue, mode="json").items():
        if name in _LISTS:
            for entry in value:
                key = f"{entry['supplier']}/{entry['name']}" if name == "sources" else entry["key"]
                for field, said in entry.items():
                    _put(flat, f"{name}.{key}.{field}", said, field == "targets")
        else:
            _put(flat, name, value, name == "collaboration")
    return flat


def _put(flat: dict[str, Any], path: str, value: Any, nested: bool) -> None:
    if path.rsplit(".", 1)[-1] in _WITHOUT_EFFECT:
        return
    if nested:
        flat.update({f"{path}.{field}": said for field, said in value.items()})
    else:
        flat[path] = value


def _raised(flat: dict[str, Any]) -> dict[str, Any]:
    """The settings out of their paths; what has no effect gets a filler."""
    made: dict[str, Any] = {}
    for path, value in flat.items():
        parts = path.split(".")
        place = made
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    for name, filler in (("suppliers", {"title": ""}), ("services", {"title": ""}), ("sources", {"interval": 0})):
        made[name] = [{**filler, **entry} for entry in made.get(name, {}).values()]
    return {**made, "windows": []}
