"""The dashboard "Between us": who hands cases over to whom, how soon they are answered, and where they wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build

from exporters.grafana.page import page
from exporters.grafana.panels import (
    COUNT,
    RATIO,
    SECONDS,
    Column,
    Panel,
    Query,
    course,
    definition,
    rows,
    words,
)
from exporters.grafana.parts import tiles
from exporters.grafana.queries import fresh, select

_INTRODUCTION: Final = (
    "How cases pass **between** the parties. A slow or bouncing pair is a question about the interface between two "
    "parties, and both can mend it. Pairs stand in alphabetical order; nobody is ranked."
)


def between_us() -> build.Dashboard:
    """The dashboard."""
    about = "Hand-overs between the parties: how many, how soon answered, how often bounced, and where cases wait."
    return page("Between us", "siamhub-between-us", about, _parts())


def _parts() -> Iterator[Panel | str]:
    yield words(_INTRODUCTION)
    shown = (
        ("Answered in time", "siam_joint_handover_answered_in_time_ratio", RATIO, 0, ""),
        ("Half answered within", "siam_joint_handover_response_seconds", SECONDS, 1, "p50"),
        ("Nine of ten answered within", "siam_joint_handover_response_seconds", SECONDS, 1, "p90"),
        ("Bounced", "siam_joint_handover_bounce_ratio", RATIO, 0, ""),
        ("Cases that went to and fro", "siam_joint_ping_pong_ratio", RATIO, 0, ""),
        ("Time spent waiting", "siam_joint_waiting_ratio", RATIO, 0, ""),
    )
    yield from tiles(shown)
    yield from _joint_courses()
    yield "Pairs"
    yield from _pairs()
    yield "Answers, by receiving party"
    for title, name, unit, stat in (
        ("Half answered within", "siam_supplier_handover_response_seconds", SECONDS, "p50"),
        ("Answered in time", "siam_supplier_handover_answered_in_time_ratio", RATIO, ""),
        ("Bounced", "siam_supplier_handover_bounce_ratio", RATIO, ""),
    ):
        chosen = select(name, stat=stat) if stat else select(name)
        query = Query(fresh(f"max by (supplier) ({chosen})"), "{{supplier}}")
        yield course(f"{title}, by receiver", [query], unit, definition(name), top=1 if unit == RATIO else None)


def _joint_courses() -> Iterator[Panel]:
    name = "siam_joint_handover_response_seconds"
    query = Query(fresh(select(name, stat="~p50|p90")), "{{stat}}")
    yield course("Time until a hand-over is answered", [query], SECONDS, definition(name), 12)
    names = ("siam_joint_waiting_ratio", "siam_joint_handover_bounce_ratio")
    queries = [Query(fresh(select(names[0])), "waiting"), Query(fresh(select(names[1])), "bounced")]
    yield course("Waiting and bouncing", queries, RATIO, definition(*names), 12)


def _pairs() -> Iterator[Panel]:
    names = ("siam_handovers", "siam_handovers_overdue")
    columns = [
        Column("Hand-overs", fresh(f"max by (from_party, to_party) ({select(names[0])})"), COUNT, 0),
        Column("Waiting too long now", fresh(f"max by (from_party, to_party) ({select(names[1])})"), COUNT, 0),
    ]
    yield rows("Who hands over to whom", "From", columns, definition(*names), ["from_party", "to_party"])
