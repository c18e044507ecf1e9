"""What of an answer says that more follow: a status, a flag, the address of the next page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from connectors.exchange import Answer
from connectors.paths import Path

_LINK: Final = re.compile(r"<([^>]*)>\s*;([^,]*)")


def next_link(header: str) -> str | None:
    """The address with rel next in a Link header; any other header is the address itself."""
    if "<" not in header:
        return header.strip() or None
    for address, words in _LINK.findall(header):
        if re.search(r'rel\s*=\s*"?next"?', words, re.IGNORECASE):
            return str(address)
    return None


def more(statuses: Sequence[int], path: Path | None, header: str | None, answer: Answer) -> bool:
    """Whether a status, a place in the body or a header says that more follow."""
    if statuses and answer.status in statuses:
        return True
    if header is not None and next_link(answer.headers.get(header, "")):
        return True
    flag = path.get(answer.data) if path else None
    return bool(flag) and flag not in ("false", "0")
