"""Places of an answer, as key paths: where a path leads, and whether a place is among those that are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jmespath

from connectors.paths import plain

Place: TypeAlias = tuple[str, ...]
"""Keys from the top of an answer; lists have none, `*` is any key."""


def covers(places: Collection[Place], place: Place) -> bool:
    """Whether a place, or what it stands in, is one of these."""
    return any(
        len(one) <= len(place) and all(said in ("*", name) for said, name in zip(one, place, strict=False))
        for one in places
    )


def places(text: str, start: Sequence[Place] = ((),)) -> set[Place]:
    """Where a path leads, and what it looks at on its way."""
    if text == "@":
        return set(start)
    if names := plain(text):
        return {(*place, *names) for place in start}
    walk = _Walk()
    return walk.seen | set(walk.go(jmespath.compile(text).parsed, list(start)))


@dataclass
class _Walk:
    seen: set[Place] = field(default_factory=set)

    def go(self, node: Mapping[str, Any], at: list[Place]) -> list[Place]:
        kind, children = node["type"], node["children"]
        if kind == "field":
            return [(*place, str(node["value"])) for place in at]
        if kind in ("subexpression", "pipe", "index_expression"):
            for child in children:
                at = self.go(child, at)
            return at
        if kind in ("projection", "filter_projection", "value_projection"):
            at = self.go(children[0], at)
            if kind == "value_projection":
                at = [(*place, "*") for place in at]
            if kind == "filter_projection":
                self.seen.update(self.go(children[2], at))
            return self.go(children[1], at)
        if kind in ("index", "slice", "identity", "current"):
            return at
        if kind == "literal":
            return []
        if kind == "function_expression":
            given = [place for child in children if child["type"] != "expref" for place in self.go(child, at)]
            for child in children:
                if child["type"] == "expref":
                    self.seen.update(self.go(child["children"][0], given))
            return given
        return [place for child in children for place in self.go(child, at)]
