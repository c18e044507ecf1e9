"""Answers decoded straight into what a mapping reads: what no path of the manifest names is skipped in the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, TypedDict

import msgspec
import orjson

from connectors.manifest_paging import NoPaging, Paging, Total
from connectors.paths import compile_path

Root: TypeAlias = tuple[str, ...]
"""The names with which a path begins; none of them: it reads the whole."""
Decode: TypeAlias = Callable[[bytes], Any]
"""JSON as bytes -> what it holds. Raises `orjson.JSONDecodeError`."""

_INSIDE: Final = "record"  # what rows inside a record call that record


def decoder(records: str, around: Iterable[Root], inside: Iterable[Root]) -> Decode | None:
    """Decodes answers of a list whose records stand at a path; None where all of an answer is needed.

    `around`: what is read of the answer beside its records; `inside`: what is read of a record. An answer of another
    form, an error's or one with a record that is no object, comes whole.
    """
    names = {name for root in inside for name in (root[1:2] if root[:1] == (_INSIDE,) else root[:1])}
    beside, inside = list(around), list(inside)
    if () in inside or () in beside or not names:
        return None
    row = TypedDict("row", dict.fromkeys(sorted(names), Any), total=False)  # type: ignore[misc]  # made here
    if records == "@":
        return None if beside else _trying(msgspec.json.Decoder(list[row]), None)
    place = compile_path(records).roots
    key = next(iter(place))[0] if len(place) == 1 else None
    if key != records:
        return None
    fields = {**{root[0]: Any for root in beside}, key: list[row]}
    return _trying(msgspec.json.Decoder(TypedDict("answer", fields, total=False)), key)  # type: ignore[operator]


def _trying(lean: msgspec.json.Decoder[Any], key: str | None) -> Decode:
    def decode(content: bytes) -> Any:
        try:
            found = lean.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return orjson.loads(content)
        return found if key is None or key in found else orjson.loads(content)

    return decode


def around(paging: Paging, signs: Iterable[str | None]) -> list[Root]:
    """What is read of answers beside their records: by their paging, and by these paths of signs."""
    texts = list(signs)
    if not isinstance(paging, NoPaging):
        totals: list[Total | None] = [paging.whole, getattr(paging, "total", None)]
        texts += [total.path or "total" for total in totals if total is not None and not total.header]
        texts += [getattr(paging, name, None) for name in ("path", "more")]
    return [root for text in texts if text for root in compile_path(text).roots]
