"""A manifest tested against recorded conversations: what came beside what is expected, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connectors.manifest import Manifest
from connectors.workbench import conversation
from connectors.workbench.replay import compared, replay


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation and how it went."""

    file: Path
    streams: Mapping[str, Any]  # what came, as plain data
    missing: str  # a request that is not recorded, "" where there is none
    unasked: Sequence[str]  # answers that nobody asked for
    differs: Sequence[str]  # lines of a difference from what is expected
    expected: str  # what of the expected file: same, differs, missing, written

    @property
    def good(self) -> bool:
        """Whether it went as expected."""
        return not self.missing and not self.unasked and self.expected in ("same", "written")


def run_against(manifest: Manifest, place: Path, update: bool = False) -> list[Case]:
    """Every conversation at a place. `update`: what came of whole ones is written as what is expected.

    Raises `ConversationError` where a file is wrong, `ManifestError` where its options do not fit.
    """
    return [_case(manifest, file, update) for file in conversation.files(place)]


def _case(manifest: Manifest, file: Path, update: bool) -> Case:
    came = replay(manifest, conversation.load(file))
    beside = conversation.expected_beside(file)
    streams = dict(came.streams)
    differs: list[str] = []
    if came.missing:
        state = "differs"
    elif update:
        beside.write_text(conversation.dumped(streams), encoding="utf-8")
        state = "written"
    elif not beside.is_file():
        state = "missing"
    else:
        differs = compared(conversation.read_plain(beside), streams, conversation.dumped)
        state = "differs" if differs else "same"
    return Case(file, streams, came.missing, came.unasked, differs, state)


def report(cases: Sequence[Case], as_json: bool) -> str:
    """How the cases went, for a person or as JSON; ends in a newline."""
    if as_json:
        plain = [
            {
                "file": str(case.file),
                "good": case.good,
                "expected": case.expected,
                "not_recorded": case.missing,
                "not_asked": list(case.unasked),
                "differs": list(case.differs),
                "streams": case.streams,
            }
            for case in cases
        ]
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    return "".join(f"{line}\n" for case in cases for line in _lines(case))


def _lines(case: Case) -> Iterator[str]:
    beside = conversation.expected_beside(case.file).name
    yield f"{'ok' if case.good else 'FAILED'}  {case.file}: {_summary(case.streams)}"
    if case.missing:
        yield f"  asked for what is not recorded: {case.missing}"
    for one in case.unasked:
        yield f"  not asked for: {one}"
    if case.expected == "written":
        yield f"  written: {beside}; look at it before you keep it"
    elif case.expected == "missing":
        yield f"  there is no {beside} yet: `--update` writes it, for you to look at"
    if case.differs:
        yield f"  differs from {beside} (`--update` takes what came):"
        yield from (f"    {line}" for line in case.differs)


def _summary(streams: Mapping[str, Any]) -> str:
    said = []
    for name, held in streams.items():
        parts = [f"{len(held[kind])} {kind}" for kind in held if isinstance(held[kind], list)]
        if "ended" in held:
            parts.append(str(held["ended"]).partition(":")[0])
        said.append(f"{name} {', '.join(parts) or 'nothing'}")
    return "; ".join(said) or "nothing"
