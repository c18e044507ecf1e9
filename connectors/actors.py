"""Whose act an event is: a person's, a machine's, the requester's. Names are compared and forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from connectors.manifest_map import ActorRule
from connectors.mapping import Language, texts

Classify: TypeAlias = Callable[[Sequence[Any], Sequence["str | None"]], list[str]]
"""Rows, and for each the account of its ticket's requester -> one of `core.model.ACTORS` for each."""

_MOST: Final = 10_000


def compile_actor(rule: ActorRule, language: Language, automation: Sequence[str]) -> Classify:
    """`automation`: the operator's patterns of accounts whose acts are not a person's."""
    patterns = [pattern.casefold() for pattern in (*automation, *rule.automation)]
    names = [texts(language.path(path), language.inner) for path in rule.name]
    part = re.compile(rule.match) if rule.match else None
    word = texts(language.path(rule.kind), language.inner) if rule.kind else None
    kinds = {key.casefold(): kind for key, kind in rule.kinds.items()}
    askers = [texts(language.path(path), language.inner) for path in rule.requester]
    machines: dict[str, bool] = {}

    def machine(name: str) -> bool:
        if name not in machines:
            if len(machines) > _MOST:
                machines.clear()
            key = name.casefold()
            machines[name] = any(fnmatchcase(key, pattern) for pattern in patterns)
        return machines[name]

    def account(name: str) -> str:
        found = part.search(name) if part else None
        return (found[part.groups and 1] or name) if part and found else name

    def classify(rows: Sequence[Any], requesters: Sequence[str | None]) -> list[str]:
        columns = [read(rows) for read in names]
        said = word(rows) if word else [None] * len(rows)
        own = [read(rows) for read in askers]
        found = []
        for place, requester in enumerate(requesters):
            written = [name for column in columns if (name := column[place])]
            who = [account(name) for name in written]
            told = kinds.get((said[place] or "").casefold())
            if told == "automation" or any(machine(name) for name in (*written, *who)):
                found.append("automation")
            elif told is not None and told != "person":
                found.append(told)
            elif any(name in (requester, *(column[place] for column in own)) for name in who):
                found.append("requester")
            else:
                found.append(told or ("person" if who else rule.absent))
        return found

    return classify
