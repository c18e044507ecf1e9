"""Records as bytes: by which one is told from another, and which key one has that tells none itself."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson


def as_bytes(record: Any) -> bytes:
    """The same for records that are the same, whatever JSON may hold."""
    try:
        return orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError:  # a number of more than 64 bits
        return repr(record).encode("utf-8", "backslashreplace")


def digest(record: Any) -> str:
    """A key for a record that tells none."""
    return hashlib.sha256(as_bytes(record)).hexdigest()[:32]
