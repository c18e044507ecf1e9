"""What a check says of a source, as text and as JSON."""

import json

import pytest

from core.findings import Findings, SourceFinding
from core.model import SECOND
from core.status import Estimated
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
