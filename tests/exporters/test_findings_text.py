"""What a check says of a source, as text and as JSON."""

import json

import pytest

from core.findings import Findings, LoweredPriorities, SourceFinding
from core.large_cases import Hub, LargeCase
from core.model import SECOND
from core.status import Estimated, RejectKept
from exporters.findings import render

SAID = Estimated("acme", "topdesk", 3, 90 * SECOND, 600 * SECOND)


def found(estimated: Estimated | None) -> Findings:
    return Findings([SourceFinding("acme", "topdesk", "topdesk", None, {}, {}, estimated=estimated)])


@pytest.mark.parametrize(("estimated", "lines"), [(None, 0), (SAID, 1)])
def test_how_many_events_are_estimated_and_how_well_is_said_where_there_are_any(
    estimated: Estimated | None, lines: int
) -> None:
    said = [line.strip() for line in render(found(estimated), "UTC", False).splitlines() if "estimated" in line]
    assert len(said) == lines
    for line in said:
        assert line.startswith("estimated: 3 events that no history tells")
        assert line.replace("\N{NARROW NO-BREAK SPACE}", " ").endswith("by 1 min 30 s on average and 10 min at most")


def test_the_same_as_json_is_in_seconds() -> None:
    (source,) = json.loads(render(found(SAID), "UTC", True))["sources"]
    assert source["estimated"] == {"events": 3, "mean_seconds": 90.0, "most_seconds": 600.0}


DOUBTFUL = LargeCase(
    73, 2, ("acme", "globex"), ("acme", "INC7"), Hub("n/a", "acme", 70, ("globex", "N/A")), "placeholder"
)


def plain(findings: Findings, zone: str = "UTC") -> list[str]:
    return render(findings, zone, False).replace("\N{NARROW NO-BREAK SPACE}", " ").splitlines()


def test_a_doubtful_case_is_told_with_the_reference_that_joins_most_of_it() -> None:
    (line,) = [line for line in plain(Findings([], large_cases=[DOUBTFUL])) if "INC7" in line]
    assert line == (
        "  acme INC7: 73 incidents, 2 of them children of a mass incident, of acme, globex: a reference that says "
        "nothing joins them; most bear 'n/a' (70 tickets of acme), taken for globex N/A"
    )
    assert not [line for line in plain(Findings([])) if "disturbance" in line]


def test_of_very_many_doubtful_cases_the_text_shows_some_and_the_json_all() -> None:
    many = Findings([], large_cases=[DOUBTFUL] * 22)
    assert [line for line in plain(many) if "more" in line] == ["  and 2 more; --json tells them all"]
    told = json.loads(render(many, "UTC", True))["large_cases"]
    assert len(told) == 22
    assert told[0]["hub"] == {"reference": "n/a", "supplier": "acme", "bearers": 70, "names": ["globex", "N/A"]}


def test_lowered_priorities_are_told_by_supplier_with_those_that_came_late() -> None:
    found = Findings([], lowered=[LoweredPriorities("acme", 9, 4), LoweredPriorities("globex", 1, 0)], since=0)
    lines = plain(found)
    assert lines[-3].startswith("Priorities lowered after the opening, since ")
    assert lines[-2] == "  acme: 9 incidents, 4 of them when the target of the priority before was over already"
    assert lines[-1] == "  globex: 1 incident"
    assert json.loads(render(found, "UTC", True))["priorities_lowered"] == {
        "since": "1970-01-01T00:00:00+00:00",
        "suppliers": [
            {"supplier": "acme", "incidents": 9, "late": 4},
            {"supplier": "globex", "incidents": 1, "late": 0},
        ],
    }


def test_tickets_with_times_that_cannot_be_read_are_counted_with_what_to_look_at() -> None:
    source = SourceFinding("acme", "desk", "desk", None, {}, {}, suspects={"opened_at unreadable": 16})
    mend = "look at `times` (formats, zone) and at the path of that field in the manifest"
    assert f"  suspect: 16 tickets, opened_at unreadable; {mend}" in plain(Findings([source]))
    (told,) = json.loads(render(Findings([source]), "UTC", True))["sources"]
    assert told["suspects"] == {"opened_at unreadable": 16}


def test_of_many_records_set_aside_for_one_reason_some_are_shown_and_the_rest_counted() -> None:
    kept = [RejectKept("acme", "desk", "log", str(key), "no id", "an event names no ticket", 0) for key in range(9)]
    lines = plain(Findings([], kept))
    assert sum(": no id: an event names" in line for line in lines) == 5
    assert lines[-1] == "  acme/desk log: no id: 4 more; --json tells them"
