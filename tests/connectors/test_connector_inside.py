"""Histories whose rows stand in the record itself or bear no ticket, and streams for one kind of installation only."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from connectors.load import load
from core.connector import ManifestError
from tests.connectors.fake_system import NOW, System

MANIFEST = """
siamhub: 1
title: Desk
auth: {none: true}
discover:
  site: {request: {path: /site}, take: {edition: edition}}
streams:
  issue:
    enabled: {found.edition: [Large, "Huge*"]}
    request: {path: /issues}
    ticket: &ticket
      map: {vendor_id: id, kind: {const: incident}, number: id, changed_at: at}
    history:
      steps:
        unfold: {step: steps}
        ticket: record.id
        at: step.at
        id: step.id
        rules: [{kind: state, to: step.to}]
        fills: {closed_at: {path: step.at, when: {step.to: closed}}}
      remarks:
        request: {path: "/issues/{ids}/remarks"}
        batch: 1
        ticket: asked
        at: at
        id: id
        prefix: steps
        rules: [{kind: comment, public: true}]
  other:
    enabled: {found.edition: ["!Large", "!Huge*"]}
    request: {path: /others}
    ticket: *ticket
"""
AT = "2026-03-01T10:00:00Z"
ISSUES = [{"id": key, "at": AT, "steps": [{"id": f"s{key}", "at": AT, "to": "closed"}]} for key in ("1", "2")]


def system(edition: str) -> System:
    def answers(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/site":
            return httpx.Response(200, json={"edition": edition})
        if path.endswith("/remarks"):
            return httpx.Response(200, json=[{"id": f"r{path.split('/')[2]}", "at": AT}])
        return httpx.Response(200, json=ISSUES)

    return System(answers)


@pytest.mark.parametrize(("edition", "read"), [("large", "issue"), ("Huge 2", "issue"), ("Small", "other")])
def test_a_stream_is_read_where_what_was_found_is_one_of_its_words(edition: str, read: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(MANIFEST, encoding="utf-8")
    connector = system(edition).connector(load(file))
    assert [name for name in connector.streams if list(connector.pages(name, None, NOW))] == [read]
    assert {access.stream.partition(".")[0] for access in connector.probe()} == {read}


def test_rows_inside_the_record_cost_no_request_and_rows_without_a_ticket_belong_to_the_one_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(MANIFEST, encoding="utf-8")
    desk = system("Large")
    (page,) = desk.connector(load(file)).pages("issue", None, NOW)
    asked = [request.url.path for request in desk.asked]
    assert asked == ["/site", "/issues", "/issues/1/remarks", "/issues/2/remarks"]
    found = set(zip(page.events["ticket"], page.events["event_id"], strict=True))
    assert found == {
        ("1", "steps:s1:state"), ("2", "steps:s2:state"), ("1", "steps:r1:comment"), ("2", "steps:r2:comment"),
    }  # fmt: skip
    assert None not in page.tickets["closed_at"]


def test_a_condition_on_something_that_nobody_declares_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(MANIFEST.replace("found.edition: [Large", "found.size: [Large"), encoding="utf-8")
    with pytest.raises(ManifestError, match=r"found\.size"):
        load(file)
