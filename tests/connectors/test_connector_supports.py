"""A check says which figures a source supports, by a look at some records of what its account may read."""

from __future__ import annotations

import httpx

from connectors.manifest_asked import History
from connectors.registry import Registry
from core.connector import Access, Support, Supporting
from core.findings import Findings, SourceFinding
from exporters.findings import render
from tests.connectors.fake_system import System, manifest, tickets

TICKET = {"id": "1", "changed": "2025-06-15T10:00:00Z", "opened": "2025-06-15T09:00:00Z"}
LOG = {
    "request": {"path": "/log", "query": {"of": "{ids}"}}, "records": "items", "ticket": "t", "at": "at", "id": "id",
    "rules": [{"kind": "state", "to": "to"}], "suffers": "holds", "grant": "give the role auditor",
}  # fmt: skip
NAMES = {"request": {"path": "/names"}, "maps": {"names": {"key": "id", "value": "name"}}, "optional": True}


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path in ("/log", "/names"):
        return httpx.Response(403)
    return httpx.Response(200, json={"items": [TICKET]})


def test_what_is_refused_is_said_with_what_suffers_and_how_it_is_granted_and_not_asked_for_again() -> None:
    system = System(answer)
    names = {**NAMES, "suffers": "names of groups", "grant": "give the role reader"}
    connector = system.connector(manifest({"a": tickets(history={"log": LOG})}, discover={"groups": names}))
    assert isinstance(connector, Supporting)
    found = {one.stream: one for one in connector.probe()}
    assert found["a.log"].detail.endswith(
        "; without it: holds; passes are partial until it may be read; give the role auditor"
    )
    assert found["groups"].detail.endswith("; without it: names of groups; give the role reader")
    asked = len(system.asked)
    lines = {one.figure: one for one in connector.supports(list(found.values()))}
    assert [request.url.path for request in system.asked[asked:]] == ["/tickets"]
    assert (lines["reopenings"].supported, lines["reopenings"].mend) == ("no", "give the role auditor")


def test_nothing_is_said_of_a_source_of_which_nothing_may_be_read() -> None:
    system = System(lambda request: httpx.Response(401))
    connector = system.connector(manifest({"a": tickets()}))
    assert connector.supports(connector.probe()) == ()
    assert len(system.asked) == 1


def test_a_check_says_briefly_what_is_supported_and_of_the_rest_why_and_what_to_do() -> None:
    said = (
        Support("lead time", "yes", "an opening on 9 of 9 records"),
        Support("  approval", "yes", "approved_at on 2 of 2"),
        Support("reopenings", "no", "log: may not be read", "give the role auditor"),
        Support("hand-overs", "no", "log: may not be read", "give the role auditor"),
        Support("  success", "partly", "outcome on 0 of 2"),
    )
    source = SourceFinding("acme", "desk", "desk", None, {}, {}, (Access("a", True, ""),), said)
    out = render(Findings([source]), "UTC", as_json=False)
    assert out.endswith(
        "  supports: lead time, approval\n"
        "  does NOT support: reopenings, hand-overs: log: may not be read; give the role auditor\n"
        "  supports in part: success: outcome on 0 of 2\n"
    )
    assert '"figure": "approval"' in render(Findings([source]), "UTC", as_json=True)


def test_shipped_connectors_say_of_everything_that_may_be_refused_what_suffers_and_how_it_is_granted() -> None:
    for name in ("servicenow", "jira", "topdesk"):
        said = Registry(None).manifest(name)
        parts: dict[str, object] = {key: one for key, one in said.discover.items() if one.optional and one.maps}
        for key, stream in said.streams.items():
            parts[key] = stream
            parts |= {f"{key}.{inner}": one for inner, one in stream.history.items()}
        for key, one in parts.items():
            assert one.suffers, f"{name}: {key}"  # type: ignore[attr-defined]
            assert one.grant or (isinstance(one, History) and one.request is None), f"{name}: {key}"  # type: ignore[attr-defined]
