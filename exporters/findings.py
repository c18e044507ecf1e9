"""What `siamhub check` found, as text for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson

from core.connector import Support
from core.findings import Findings, SourceFinding
from core.large_cases import LargeCase
from core.model import SECOND, to_datetime
from core.status import COUNTS, CensusEnd, Estimated, told
from exporters.cardinality import Sizes, by_group, total, words
from exporters.wording import duration, moment

SHOWN: Final = 20
"""Of the doubtful cases, in the text for a person."""


ALIKE: Final = 5
"""Of the records of a stream that were set aside for one reason, likewise."""


def render(findings: Findings, zone: str, as_json: bool, of: Sizes | None = None) -> str:
    """The findings, ending in a newline; with the number of series that a configuration of these sizes makes."""
    if as_json:
        plain = _plain(findings) | ({} if of is None else {"series_at_most": {**by_group(of), "total": total(of)}})
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    lines = [*_lines(findings, zone), *([] if of is None else ["", words(of)])]
    return "".join(f"{line}\n" for line in lines)


def _lines(findings: Findings, zone: str) -> Iterator[str]:
    yield f"The configuration is right: {_many(len(findings.sources), 'source')}."
    for source in findings.sources:
        yield f"\n{source.supplier}/{source.source}"
        yield f"  last pass: {_last(source, zone)}"
        if source.census is not None:
            yield f"  last count of all tickets: {_counted(source.census, zone)}"
        if source.error:
            yield f"  cannot be read: {source.error}"
        for one in source.access:
            detail = f": {one.detail}" if one.detail else ""
            yield f"  {one.stream}: {'readable' if one.readable else 'NOT readable'}{detail}"
        yield from _supported(source.supports)
        if source.estimated is not None:
            yield f"  estimated: {_estimated(source.estimated)}"
        for reason, count in source.rejects.items():
            yield f"  set aside: {_many(count, 'record')}, {reason}"
        for word, count in source.suspects.items():
            mend = "look at `times` (formats, zone) and at the path" if "unreadable" in word else "look at the path"
            yield f"  suspect: {_many(count, 'ticket')}, {word}; {mend} of that field in the manifest"
        for (field, value), count in source.unmapped.items():
            mend = "add it to the manifest's map or its options, with null where it is left out on purpose"
            yield f"  not mapped: {field} {value!r}, {_many(count, 'record')}; {mend}"
    yield from _doubtful(findings.large_cases)
    yield from _guarded(findings, zone)
    if findings.rejects:
        yield "\nRecords set aside, the latest first:"
    alike: dict[tuple[str, ...], int] = {}
    for kept in findings.rejects:
        kind = (kept.supplier, kept.source, kept.stream, kept.reason)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= ALIKE:
            yield f"  {kept.supplier}/{kept.source} {kept.stream} {kept.key}: {kept.reason}: {kept.detail}"
    for (supplier, name, stream, reason), count in alike.items():
        if count > ALIKE:
            yield f"  {supplier}/{name} {stream}: {reason}: {count - ALIKE} more; --json tells them"


_WHY: Final = {
    "placeholder": "a reference that says nothing joins them",
    "hub": "one reference joins very many of them",
    "size": "they are very many",
}


def _doubtful(cases: Sequence[LargeCase]) -> Iterator[str]:
    if not cases:
        return
    yield (
        "\nCases that are hardly one disturbance, the largest first. They are in the figures as they are; if a "
        "reference does not mean the ticket it is taken for, mend it there, or say in `refers_to` of the source that "
        "bears it whose tickets it can mean:"
    )
    for case in cases[:SHOWN]:
        size = _many(case.incidents, "incident")
        aside = f", {case.children} of them children of a mass incident," if case.children else ""
        hub = case.hub
        yield (
            f"  {' '.join(case.first)}: {size}{aside} of {', '.join(case.suppliers)}: {_WHY[case.why]}; most bear "
            f"{hub.reference!r} ({_many(hub.bearers, 'ticket')} of {hub.supplier}), taken for {' '.join(hub.names)}"
        )
    if len(cases) > SHOWN:
        yield f"  and {len(cases) - SHOWN} more; --json tells them all"


def _guarded(findings: Findings, zone: str) -> Iterator[str]:
    if findings.lowered and findings.since is not None:
        yield f"\nPriorities lowered after the opening, since {moment(findings.since, zone)}:"
    for each in findings.lowered:
        late = f", {each.late} of them when the target of the priority before was over already" if each.late else ""
        yield f"  {each.supplier}: {_many(each.incidents, 'incident')}{late}"


def _supported(supports: Sequence[Support]) -> Iterator[str]:
    """What is fully supported in one line, of all else why and what to do."""
    full = [one.figure.strip() for one in supports if one.supported == "yes"]
    if full:
        yield f"  supports: {', '.join(full)}"
    others: dict[tuple[str, str, str], list[str]] = {}  # what one thing is the reason of stands together
    for one in supports:
        if one.supported != "yes":
            others.setdefault((one.supported, one.why, one.mend), []).append(one.figure.strip())
    for (supported, why, mend), figures in others.items():
        how = "supports in part" if supported == "partly" else "does NOT support"
        yield f"  {how}: {', '.join(figures)}: {why}{f'; {mend}' if mend else ''}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _last(source: SourceFinding, zone: str) -> str:
    if source.last is None:
        return "none yet"
    reason = f": {source.last.reason}" if source.last.reason else ""
    if source.last.last_success is None:
        return f"{source.last.state}{reason}; it never succeeded"
    return f"{source.last.state}{reason}; last success {moment(source.last.last_success, zone)}"


def _estimated(said: Estimated) -> str:
    mean, most = (duration(span / SECOND) for span in (said.mean, said.most))
    return (
        f"{_many(said.events, 'event')} that no history tells, observed between two versions of a ticket; each may "
        f"have happened earlier than it is dated, by {mean} on average and {most} at most"
    )


def _counted(census: CensusEnd, zone: str) -> str:
    said = "; ".join(filter(None, (census.reason, told(census))))
    return f"{census.state}, {moment(census.at, zone)}: {said}"


def _plain(findings: Findings) -> dict[str, Any]:
    return {
        "sources": [
            {
                "supplier": source.supplier,
                "source": source.source,
                "connector": source.connector,
                "good": source.good,
                "last_pass": None
                if source.last is None
                else {
                    "state": source.last.state,
                    "reason": source.last.reason,
                    "last_success": to_datetime(source.last.last_success) if source.last.last_success else None,
                },
                "census": None
                if source.census is None
                else {
                    "state": source.census.state,
                    "reason": source.census.reason,
                    "at": to_datetime(source.census.at),
                    **{name: getattr(source.census, name) for name in COUNTS},
                },
                "estimated": None
                if source.estimated is None
                else {
                    "events": source.estimated.events,
                    "mean_seconds": source.estimated.mean / SECOND,
                    "most_seconds": source.estimated.most / SECOND,
                },
                "error": source.error,
                "access": [
                    {"stream": one.stream, "readable": one.readable, "detail": one.detail} for one in source.access
                ],
                "supports": [
                    {"figure": one.figure.strip(), "supported": one.supported, "why": one.why, "mend": one.mend}
                    for one in source.supports
                ],
                "rejects": dict(source.rejects),
                "suspects": dict(source.suspects),
                "unmapped": [
                    {"field": field, "value": value, "records": count}
                    for (field, value), count in source.unmapped.items()
                ],
            }
            for source in findings.sources
        ],
        "large_cases": [asdict(case) for case in findings.large_cases],
        "priorities_lowered": {
            "since": None if findings.since is None else to_datetime(findings.since),
            "suppliers": [asdict(each) for each in findings.lowered],
        },
        "rejects": [
            {
                "supplier": kept.supplier,
                "source": kept.source,
                "stream": kept.stream,
                "key": kept.key,
                "reason": kept.reason,
                "detail": kept.detail,
                "seen_at": to_datetime(kept.seen_at),
            }
            for kept in findings.rejects
        ],
    }
