"""Answers without secrets and persons: what no rule reads is left out, an account is always the same stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from connectors.workbench.masking import Reduced
from connectors.workbench.places import Place

_MAIL: Final = re.compile(r"[\w.+%'-]+@[\w-]+(\.[\w-]+)+")
_PHONE: Final = re.compile(r"\+\d[\d ()/.-]{7,}\d")
_HOST: Final = re.compile(r"(?<=://)[^/\s\"'<>?#]+")
_LONG: Final = 80
_LEAST: Final = 3  # shorter accounts and secrets are replaced where they stand alone, but not sought inside texts
HOST: Final = "recorded.example"
_Node: TypeAlias = dict[str, Any]


class Scrubber:
    """Stand-ins by what they stand for; one scrubber for a whole conversation."""

    def __init__(
        self, host: str, secrets: Collection[str], automation: Collection[str], patterns: Sequence[re.Pattern[str]]
    ) -> None:
        """`host` with its port is the system's; `patterns` are those by which rules find references in texts."""
        self._host, self._patterns = host, patterns
        self._secrets = sorted((one for one in secrets if len(one) >= _LEAST), key=len, reverse=True)
        self._automation = [pattern.casefold() for pattern in automation]
        self._persons: dict[str, str] = {}
        self._hosts: dict[str, str] = {}
        self._mails: dict[str, str] = {}

    def person(self, value: Any) -> Any:
        """The stand-in of an account; machines that a pattern names stay what they are."""
        text = str(value)
        if not text or any(fnmatchcase(text.casefold(), pattern) for pattern in self._automation):
            return value
        return self._persons.setdefault(text, f"person-{len(self._persons) + 1}")

    def text(self, text: str) -> str:
        """A text without secrets, persons, addresses and hosts; of a long one only the references that rules find."""
        if text in self._persons:
            return self._persons[text]
        reduced = isinstance(text, Reduced)  # it holds no more than rules need
        for secret in self._secrets:
            text = text.replace(secret, "secret")
        text = _HOST.sub(lambda found: self._at(found[0]), text)
        text = text.replace(self._host, HOST)
        text = _MAIL.sub(lambda found: self._mail(found[0]), text)
        text = _PHONE.sub("+00 000 000000", text)
        for known, stand_in in self._persons.items():
            if len(known) >= _LEAST and known in text:
                text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", stand_in, text)
        return str(text) if reduced else self.short(text)

    def short(self, text: str) -> str:
        """Of a long text the references that rules find in it; others as they are."""
        if "\n" in text or (len(text) > _LONG and text.count(" ") > 4):
            finds = (found[0] for pattern in self._patterns for found in pattern.finditer(text))
            return " ".join(find for find in finds if len(find) <= 40 and " " not in find) or "text"
        return text

    def answer(self, data: Any, kept: Collection[Place], persons: Collection[Place], inner: Sequence[str]) -> Any:
        """JSON with nothing in it but what stands at these places."""
        tree: _Node = {}
        for places, mark in ((kept, "kept"), (persons, "person")):
            for place in places:
                node = tree
                for key in place:
                    node = node.setdefault("below", {}).setdefault(key, {})
                node[mark] = True
        return _cut(data, [tree], inner, self._value)

    def left(self, text: str) -> str:
        """What should not be in a text and is; "" where nothing is."""
        for secret in self._secrets:
            if secret in text:
                return "a secret of the login"
        if self._host in text:
            return "the system's host"
        for known in self._persons:
            if len(known) > _LEAST and re.search(rf"(?<![\w-]){re.escape(known)}(?![\w-])", text):
                return "an account"
        return ""

    def _mail(self, address: str) -> str:
        return self._mails.setdefault(address.casefold(), f"mail-{len(self._mails) + 1}@example.org")

    def _at(self, host: str) -> str:
        bare = host.rpartition("@")[2]
        if bare in (self._host, HOST):
            return HOST
        return self._hosts.setdefault(bare, f"other-{len(self._hosts) + 1}.example")

    def _value(self, value: Any, person: bool) -> Any:
        if person and isinstance(value, str | int) and not isinstance(value, bool):
            return self.person(value)
        return self.text(value) if isinstance(value, str) else value


def _cut(value: Any, nodes: list[_Node], inner: Sequence[str], leaf: Callable[[Any, bool], Any]) -> Any:
    if isinstance(value, list):
        return [_cut(one, nodes, inner, leaf) for one in value]
    person = any(node.get("person") for node in nodes)
    whole = person or any(node.get("kept") for node in nodes)
    if not isinstance(value, dict):
        return leaf(value, person) if whole else None
    found = {}
    for key, part in value.items():
        below = [node["below"][name] for node in nodes for name in (key, "*") if name in node.get("below", {})]
        if whole and key in inner:
            below.append({"kept": True, "person": person})
        if below:
            found[key] = _cut(part, below, inner, leaf)
    if value and whole and not found:
        return {"more": True}  # there is an object, of which rules ask no more
    return found


def headers_of(headers: Mapping[str, str], wanted: Collection[str], text: Callable[[str], str]) -> dict[str, str]:
    """Of an answer's headers those that are read."""
    return {name: text(value) for name, value in headers.items() if name.casefold() in wanted}
