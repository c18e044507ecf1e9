"""What a source supports is told out of its manifest and of what was seen, and never better than it is."""

from typing import Any

import pytest

from connectors.verdict import Seen, verdict
from core.connector import Support
from core.model import TICKET
from tests.connectors.fake_system import manifest, tickets

LOG = {
    "request": {"path": "/log"}, "ticket": "t", "at": "at", "id": "id",
    "rules": [{"kind": "state", "to": "to"}, {"kind": "group", "to": "to"}, {"kind": "comment"}],
}  # fmt: skip


def ticket(**more: Any) -> dict[str, Any]:
    return {**dict.fromkeys(TICKET), "vendor_id": "1", "kind": "incident", "opened_at": 1_000_000, **more}


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"ticket": "1", "kind": kind, "at": 2_000_000, "actor": "person", **more}


def of(seen: Seen, history: bool = False, **streams: Any) -> dict[str, Support]:
    stream = tickets(history={"log": LOG}) if history else tickets()
    said = manifest({"ticket": stream, **streams})
    return {line.figure.strip(): line for line in verdict(said, seen)}


OUTAGE = {
    "request": {"path": "/outages"},
    "outage": {"map": {"vendor_id": "id", "type": {"const": "outage"}, "start": "s", "changed_at": "c"}},
}


def test_outages_are_explicit_where_a_stream_of_them_may_be_read() -> None:
    assert of(Seen(outages=2), outage=OUTAGE)["availability"] == Support(
        "availability", "yes", "explicit outages, 2 seen"
    )
    refused = of(Seen(refused={"outage": "answered 403"}), outage=OUTAGE)["availability"]
    assert (refused.supported, refused.mend) == ("no", "outage: answered 403: grant that right")


def test_a_history_supports_what_it_tells_only_where_it_was_seen() -> None:
    events = [event("state"), event("group"), event("comment")]
    seen = of(Seen([ticket()], events), history=True)
    for figure in ("active time (holds)", "reopenings", "hand-overs", "first response"):
        assert seen[figure].supported == "yes", figure
    assert seen["history"].why == "from 1970-01-01T00:00:02Z on, of 1 of 1 tickets"
    assert of(Seen([ticket()]), history=True)["hand-overs"].supported == "partly"


def test_a_history_that_is_refused_says_what_to_grant() -> None:
    line = of(Seen([ticket()], refused={"ticket.log": "answered 403"}), history=True)["active time (holds)"]
    assert (line.supported, line.why) == ("no", "ticket.log: answered 403")
    assert "grant" in line.mend


def test_a_history_that_is_not_used_here_counts_for_nothing() -> None:
    assert of(Seen(off=["ticket"]), history=True)["lead time"].supported == "no"


def test_an_opening_that_cannot_be_read_makes_lead_times_partial() -> None:
    seen = Seen([ticket(), ticket(opened_at=None)], [event("state")])
    assert of(seen, history=True)["lead time"].supported == "partly"
    assert of(Seen([ticket(state="resolved")]), history=True)["lead time"].supported == "no"


@pytest.mark.parametrize(("kind", "evidence", "supported"), [("same", "prefix", "yes"), ("same", "issue_link", "no")])
def test_references_inside_the_same_system_lead_to_no_other_supplier(kind: str, evidence: str, supported: str) -> None:
    seen = Seen([ticket()], links=[{"kind": kind, "evidence": evidence}])
    assert of(seen)["references to other suppliers"].supported == supported


def test_changes_are_judged_part_by_part() -> None:
    said = tickets()
    said["ticket"]["map"] |= {"kind": "kind", "approved_at": "a", "planned_start": "p"}
    lines = {
        one.figure.strip(): one
        for one in verdict(manifest({"c": said}), Seen([ticket(kind="change", approved_at=1, planned_start=1)]))
    }
    assert (lines["approval"].supported, lines["schedule"].supported, lines["success"].supported) == (
        "yes", "partly", "no",
    )  # fmt: skip
    assert lines["schedule"].mend == "map planned_end, actual_start, actual_end"


def test_what_rows_fill_counts_as_mapped() -> None:
    fills = {**LOG, "fills": {"approved_at": {"path": "at"}}}
    said = manifest({"c": tickets(history={"log": fills})})
    lines = {one.figure.strip(): one for one in verdict(said, Seen([ticket(kind="change", approved_at=1)]))}
    assert (lines["approval"].supported, lines["approval"].mend) == ("yes", "")


def test_a_right_that_is_missing_is_said_with_how_it_is_given() -> None:
    said = manifest({"ticket": tickets(history={"log": {**LOG, "grant": "give the role auditor"}})})
    (line,) = [
        one for one in verdict(said, Seen([ticket()], refused={"ticket.log": "403"})) if one.figure == "reopenings"
    ]
    assert (line.supported, line.why, line.mend) == ("no", "ticket.log: 403", "give the role auditor")


def test_what_the_hub_observes_itself_supports_a_figure_in_part() -> None:
    said = manifest({"ticket": tickets(observe={"unless": "log"}, history={"log": {**LOG, "grant": "give the role"}})})
    (line,) = [
        one for one in verdict(said, Seen([ticket()], refused={"ticket.log": "403"})) if one.figure == "hand-overs"
    ]
    assert (line.supported, line.mend) == ("partly", "give the role")
    assert "as estimates" in line.why


def test_one_list_of_outages_that_is_refused_is_no_support_though_another_is_empty() -> None:
    seen = of(Seen([ticket(priority=1)], refused={"outage": "403"}), outage=OUTAGE, more=OUTAGE)["availability"]
    assert seen.supported == "no"
    assert seen.mend.startswith("outage: 403")


def test_changes_that_may_not_be_read_are_those_of_their_own_list() -> None:
    changes = tickets(grant="give the role change reader")
    changes["ticket"]["map"] |= {"kind": {"const": "change"}}
    refused = {"incidents": "403", "changes": "403"}
    said = manifest({"incidents": tickets(), "changes": changes})
    line = {one.figure: one for one in verdict(said, Seen(refused=refused))}["changes"]
    assert (line.why, line.mend) == ("changes: 403", "give the role change reader")
    line = {one.figure: one for one in verdict(said, Seen(refused={"incidents": "403"}))}["changes"]
    assert line.why == "no change was seen"
