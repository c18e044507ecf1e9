"""JSON Schema of the configuration file, for editors, and what else is read off it: known keys and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from core.settings.mistakes import Place
from core.settings.models import File

Schema: TypeAlias = dict[str, Any]


def schema() -> Schema:
    """A JSON Schema (draft 2020-12) with a description and an example for every key."""
    made: Schema = _tidy(File.model_json_schema(schema_generator=_AsWritten))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "siamhub configuration",
        **made,
    }


def known_keys(place: Place) -> list[str]:
    """The keys that may stand at a place; none where keys are free or nothing is known of the place."""
    return sorted({key for node in _at(place) for key in node.get("properties", ())})


def example(place: Place) -> Any:
    """What may stand at a place, or None."""
    for node in _at(place):
        if node.get("examples"):
            return node["examples"][0]
    return None


def forms(node: Schema, root: Schema) -> Iterator[Schema]:
    """What a value may be: the node itself with references followed, and each of its alternatives."""
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rpartition("/")[2]]
        yield from forms({**target, **{key: value for key, value in node.items() if key != "$ref"}}, root)
        return
    yield node
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from forms(each, root)


class _AsWritten(GenerateJsonSchema):
    """Keeps keys in the order of the models, which is the order in which a person reads them."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value


@cache
def _schema() -> Schema:
    return schema()


def _at(place: Place) -> list[Schema]:
    root = _schema()
    nodes = list(forms(root, root))
    for step in place:
        nodes = [form for node in nodes for child in _children(node, step) for form in forms(child, root)]
    return nodes


def _children(node: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        found = [node.get("items")]
    elif step in node.get("properties", {}):
        found = [node["properties"][step]]
    else:
        found = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    yield from (each for each in found if isinstance(each, dict))


def _tidy(node: Any, named: bool = False) -> Any:
    """Without titles that only repeat a key, and without null, which the file's reader refuses.

    `named`: the keys of this mapping are names, not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_tidy(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    if named:
        return {key: _tidy(each) for key, each in node.items()}
    tidy = {
        key: each if key in ("default", "examples", "enum") else _tidy(each, key in ("properties", "$defs"))
        for key, each in node.items()
        if key != "title" and not (key == "default" and each is None)
    }
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False  # names that the loader would refuse
    if {"type": "null"} in tidy.get("anyOf", ()):
        rest = [each for each in tidy.pop("anyOf") if each != {"type": "null"}]
        tidy = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **tidy}
    if isinstance(tidy.get("default"), dict):
        # Defaults of whole sections stand at their keys; here they would say null for what is left out.
        del tidy["default"]
    return tidy
