"""What an answer is worth: JSON or not, and what the manifest's signs say about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias

import orjson

from connectors.lean import Decode
from connectors.manifest_request import Sign
from connectors.paths import compile_path
from connectors.template import as_text


class Verdict(Enum):
    """What a sign means; the values are the manifest's words."""

    RETRY = "retry"
    SMALLER = "smaller"
    ANSWER = "answer"
    AUTHENTICATION = "authentication"
    FORBIDDEN = "forbidden"
    UNAVAILABLE = "unavailable"
    EMPTY = "empty"


Judge: TypeAlias = Callable[[int, Mapping[str, str], Any], Verdict | None]
"""Status, headers, JSON -> what the first sign that is there means; None: none is."""

_LONG: Final = 200


def judge(signs: Sequence[Sign]) -> Judge:
    """The manifest's signs, compiled."""
    compiled = [_compile(sign) for sign in signs]

    def decide(status: int, headers: Mapping[str, str], data: Any) -> Verdict | None:
        for holds, verdict in compiled:
            if holds(status, headers, data):
                return verdict
        return None

    return decide


def _compile(sign: Sign) -> tuple[Callable[[int, Mapping[str, str], Any], bool], Verdict]:
    statuses = frozenset(sign.status)
    get = compile_path(sign.path).get if sign.path else None
    like = re.compile(sign.like, re.IGNORECASE) if sign.like else None

    def holds(status: int, headers: Mapping[str, str], data: Any) -> bool:
        if statuses and status not in statuses:
            return False
        if sign.header is None and get is None:
            return True
        value = headers.get(sign.header) if sign.header else get(data) if get else None
        if value is None or value == "":
            return False
        text = value if isinstance(value, str) else as_text(value)
        return like is None or like.search(text) is not None

    return holds, Verdict(sign.means)


def parsed(
    content_type: str, content: bytes, decode: Decode = orjson.loads, clean: Callable[[str], str] = str
) -> tuple[Any, str]:
    """The JSON of a body, and what is wrong with it for a person ("" where nothing is).

    `clean` takes out of a text what nobody may read, before it is cut.
    """
    if not content.strip():
        return None, "no body"
    if "html" in content_type.lower() or content.lstrip()[:1] == b"<":
        return None, f"a page in place of JSON ({_title(content, clean)}); a login page, a proxy or maintenance"
    try:
        return decode(content), ""
    except orjson.JSONDecodeError as error:
        return None, f"{len(content)} bytes that are no JSON ({error}); cut off on the way, or another interface"


def error_text(data: Any, clean: Callable[[str], str] = str) -> str:
    """The words of an error body, in whichever of the usual forms it comes; "" where none is found."""
    found = clean(" ".join(dict.fromkeys(_words(data, 0))))
    return found if len(found) <= _LONG else found[:_LONG] + "…"


def _words(data: Any, depth: int) -> list[str]:
    if depth > 3:
        return []
    if isinstance(data, list):
        return [word for item in data[:3] for word in ([item] if isinstance(item, str) else _words(item, depth + 1))]
    if not isinstance(data, dict):
        return []
    found = []
    for key, value in data.items():
        if re.search("message|error|detail|description", str(key), re.IGNORECASE):
            found += [value] if isinstance(value, str) and value else _words(value, depth + 1)
    return found


def _title(content: bytes, clean: Callable[[str], str]) -> str:
    text = content[:20_000].decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return f"titled {clean(' '.join(title[1].split()))[:60]!r}" if title else "without a title"
