from typing import Any

import httpx
import pytest

from connectors.manifest import Manifest
from core.model import SECOND, Page, rows
from tests.connectors.fake_system import NOW, System, manifest, tickets

AT = "2025-06-15T10:00:00Z"
INSTANT = 1_749_981_600 * SECOND


def stream(**fields: Any) -> dict[str, Any]:
    """A stream of incidents with these fields beside id and change time."""
    said = tickets()
    known = {"vendor_id": "id", "kind": {"const": "incident"}, "opened_at": "changed", "changed_at": "changed"}
    return {**said, "ticket": {"map": {**known, **fields}}}


def read(said: Manifest, records: list[Any], options: dict[str, Any] | None = None) -> Page:
    system = System(lambda request: httpx.Response(200, json={"items": records}))
    (page,) = system.connector(said, options).pages("t", None, NOW)
    return page


def ticket(number: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": number, "changed": AT, **more}


def value(field: str, rule: Any, record: dict[str, Any], **more: Any) -> Any:
    page = read(manifest({"t": stream(**{field: rule})}, **more), [ticket(**record)])
    return page.tickets[field][0]


@pytest.mark.parametrize(
    ("field", "rule", "record", "expected"),
    [
        ("number", "a.b", {"a": {"b": 7}}, "7"),
        ("number", ["a", "b"], {"a": "", "b": "x"}, "x"),
        ("group", "g", {"g": {"name": "Web", "id": "1"}}, "Web"),
        ("group", "g", {"g": [{"value": "Web"}]}, "Web"),
        ("group", "g", {"g": {}}, None),
        ("priority", "p", {"p": "2"}, 2),
        ("priority", "p", {"p": 3.0}, 3),
        ("priority", {"path": "p", "match": r"\d"}, {"p": "P4 (low)"}, 4),
        ("reopen_count", "n", {"n": "3"}, 3),
        ("reopen_count", "n", {"n": "many"}, None),
        ("reopen_count", "n", {"n": "nan"}, None),
        ("reopen_count", "n", {"n": "inf"}, None),
        ("reopen_count", "n", {"n": "1e30"}, None),
        ("major", "m", {"m": True}, 1),
        ("major", "m", {}, 0),
        ("number", "19", {"19": 7}, "7"),
        ("resolved_at", ["r", "changed"], {"r": None}, INSTANT),
        ("resolved_at", {"path": "r", "times": {"formats": ["epoch"]}}, {"r": 1_749_981_600}, INSTANT),
        ("closed_at", {"path": "changed", "when": {"s": ["closed", "do?e"]}}, {"s": "Done"}, INSTANT),
        ("closed_at", {"path": "changed", "when": {"s": "!done"}}, {"s": "done"}, None),
        ("closed_at", {"path": "changed", "when": {"s": ""}}, {"s": None}, INSTANT),
        ("url", {"text": "{base_url}/t/{vendor_id}?n={number}"}, {}, None),
        ("url", {"text": "{base_url}/t/{vendor_id}"}, {}, "https://acme.example/t/1"),
        ("state", {"path": "s", "values": {"in *": "active"}}, {"s": "In Progress"}, "active"),
        ("state", {"path": "s", "values": {"true": "closed"}}, {"s": True}, "closed"),
        ("state", [{"path": "s", "values": {"[x]": "hold"}}, {"const": "new"}], {"s": "x"}, "new"),
        ("state", {"path": "s", "values": {"values": {"a": "new"}, "default": "active"}}, {"s": "zzz"}, "active"),
        ("state", {"path": "s", "values": ["code", "word"]}, {"s": "17"}, "resolved"),
    ],
)
def test_a_field_is_read_as_its_rule_says(field: str, rule: Any, record: dict[str, Any], expected: Any) -> None:
    maps = {"code": {"values": {"17": "finished"}}, "word": {"values": {"finished": "resolved"}}}
    assert value(field, rule, record, maps=maps, inner=["name", "value"]) == expected


def test_words_that_no_map_knows_are_counted_and_leave_nothing() -> None:
    page = read(
        manifest({"t": stream(state={"path": "s", "values": {"a": "new", "ignored": None}}, priority="p")}),
        [
            ticket("1", s="b", p="9"),
            ticket("2", s="b"),
            ticket("3", s="a"),
            ticket("4", s=""),
            ticket("5", s="ignored"),
        ],
    )
    assert page.tickets["state"] == [None, None, "new", None, None]
    assert page.unmapped == {("state", "b"): 2, ("state", "(empty)"): 1, ("priority", "9"): 1}


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("state", {"path": "x", "values": {"Open": "actvie"}}),
        ("priority", {"path": "x", "values": {"Open": "urgent"}}),
        ("priority", {"path": "x", "values": {"Open": 9}}),
        ("reopen_count", "x"),
    ],
)
def test_what_a_field_cannot_hold_is_counted_and_leaves_nothing(field: str, rule: Any) -> None:
    """A map may be an operator's, and a number may turn into a word."""
    page = read(manifest({"t": stream(**{field: rule})}), [ticket(x="Open")])
    assert page.tickets[field] == [None]
    assert page.unmapped == {(field, "Open"): 1}


@pytest.mark.parametrize(
    ("rule", "stands", "counted"),
    [
        ("f", {"link": "https://a.example"}, "(an object)"),
        ("f", [{"link": "https://a.example"}], "(a list)"),
        ("f", {"name": {"first": "Web"}}, "(an object)"),
        (["f", "other"], {"link": "x"}, "(an object)"),
        ({"path": "f", "match": r"\((\d+)\)$"}, "Kim Lee", r"(no \((\d+)\)$)"),
        ({"path": "f", "match": "[0-9]+"}, {"link": "x"}, "(an object)"),
        ({"path": "f", "values": {"values": {"a": "b"}}}, {"link": "x"}, "(an object)"),
        ("f", "Web", None),
        ("f", {"name": "Web"}, None),
        (["f", "id"], {"link": "x"}, None),
        ([{"path": "f", "match": "[0-9]+"}, "id"], "Kim", None),
        ({"path": "f", "match": "^(?:none|(.+))$"}, "none", None),
        ({"path": "f", "match": "[0-9]+", "when": {"id": "9"}}, "Kim", None),
        *[
            (rule, nothing, None)
            for rule in ("f", {"path": "f", "match": "[0-9]+"})
            for nothing in (None, "", {}, [], {"name": ""}, {"name": None}, [None], [{"name": ""}])
        ],
    ],
    ids=str,
)
def test_what_can_be_no_text_is_counted_and_what_is_only_empty_is_not(rule: Any, stands: Any, counted: Any) -> None:
    said = manifest({"t": stream(group=rule)}, inner=["name", "value"])
    page = read(said, [ticket(f=stands), ticket("2")])
    assert page.unmapped == ({("group", counted): 1} if counted else {})
    if counted:
        assert page.tickets["group"] == [None, None]


def test_a_moment_that_has_become_an_object_is_unreadable_and_none_that_is_empty() -> None:
    said = manifest({"t": stream(opened_at="f")}, inner=["value"])
    records = [ticket(f={"link": "x"}), ticket("2", f={"value": ""}), ticket("3", f={"value": AT})]
    assert read(said, records).tickets["suspect"] == ["opened_at unreadable", "opened_at missing", None]


def test_references_that_have_become_objects_are_counted() -> None:
    said = stream()
    said["ticket"]["links"] = [{"kind": "same", "path": "r"}]
    page = read(manifest({"t": said}, inner=["name"]), [ticket(r={"link": "x"}), ticket("2", r={"name": "INC1"})])
    assert page.unmapped == {("links", "(an object)"): 1}
    assert page.links["reference"] == ["INC1"]


def test_a_later_rule_mends_what_an_earlier_one_does_not_know() -> None:
    rules = [{"path": "flag", "values": {"true": "hold", "false": None}}, {"path": "s", "values": {"b": "active"}}]
    page = read(
        manifest({"t": stream(state=rules)}),
        [ticket("1", flag=True), ticket("2", flag=False, s="b"), ticket("3", s="b")],
    )
    assert page.tickets["state"] == ["hold", "active", "active"]
    assert page.unmapped == {}


def test_the_operators_words_come_before_the_manifests() -> None:
    said = manifest(
        {"t": stream(state={"path": "s", "values": "states"})},
        maps={"states": {"option": "states", "values": {"a": "new", "b": "active"}}},
        options={"states": {"type": "map", "description": "words"}},
    )
    page = read(
        said,
        [ticket("1", s="A"), ticket("2", s="b"), ticket("3", s="wacht op x")],
        {"states": {"a": "hold", "wacht*": "hold"}},
    )
    assert page.tickets["state"] == ["hold", "active", "hold"]


def test_records_that_cannot_be_stored_are_set_aside_with_the_reason() -> None:
    records = [
        ticket("1"),
        {"changed": AT},
        ticket("3", changed="soon"),
        ticket("4", changed=None),
        "text",
        ticket("6"),
    ]
    page = read(manifest({"t": stream()}), records)
    assert page.tickets["vendor_id"] == ["1", "6"]
    assert [(reject.key, reject.reason) for reject in page.rejects if reject.reason != "no id"][:2] == [
        (page.rejects[0].key, "wrong type"),
        ("3", "unreadable time"),
    ]
    assert sorted(reject.reason for reject in page.rejects) == ["no id", "no time", "unreadable time", "wrong type"]
    assert page.read == 6


def test_a_ticket_with_an_unreadable_opening_is_kept_and_suspect() -> None:
    said = manifest({"t": stream(opened_at="o", resolved_at="r")})
    page = read(said, [ticket("1", o="yesterday", r="x"), ticket("2", o=AT), ticket("3", o="")])
    assert page.tickets["vendor_id"] == ["1", "2", "3"]
    assert page.tickets["suspect"] == ["opened_at unreadable, resolved_at unreadable", None, "opened_at missing"]


def test_of_one_id_on_a_page_the_last_record_counts() -> None:
    page = read(manifest({"t": stream(number="n")}), [ticket("1", n="old"), ticket("2", n="x"), ticket("1", n="new")])
    assert list(zip(page.tickets["vendor_id"], page.tickets["number"], strict=True)) == [("2", "x"), ("1", "new")]


def test_what_is_neither_incident_nor_change_is_left_out() -> None:
    said = manifest({"t": stream(kind={"path": "type", "values": {"incident": "incident", "request": None}})})
    page = read(said, [ticket("1", type="Incident"), ticket("2", type="Request"), ticket("3", type="Task")])
    assert page.tickets["vendor_id"] == ["1"]
    assert page.unmapped == {("kind", "Task"): 1}


def test_references_become_links_with_their_evidence() -> None:
    said = stream()
    said["ticket"]["links"] = [
        {"kind": "same", "path": ["ref", "refs[].id"], "match": "[^,;]+"},
        {"kind": "cause", "path": "cause", "evidence": "issue_link"},
    ]
    records = [
        ticket("1", ref="INC1; https://x.example/2 ,INC1", refs=[{"id": "Z-1"}], cause={"id": "c"}),
        ticket("2", ref=None, cause=""),
    ]
    page = read(manifest({"t": said}, inner=["id"]), records)
    assert [row[:4] for row in rows("link", page.links)] == [
        ("1", "same", "prefix", "INC1"),
        ("1", "same", "url", "https://x.example/2"),
        ("1", "same", "prefix", "Z-1"),
        ("1", "cause", "issue_link", "c"),
    ]


def test_an_answer_of_a_customer_and_an_outage_come_out_of_the_same_record() -> None:
    said = {
        **stream(),
        "response": {
            "when": {"stars": "?*"},
            "map": {
                "vendor_id": "id", "ticket": "id", "score": "stars", "scale_min": {"const": 1.0},
                "scale_max": {"const": 5.0}, "changed_at": "changed",
            },
        },
        "outage": {"map": {
            "vendor_id": "id", "ticket": "id", "type": {"const": "outage"}, "start": "down", "changed_at": "changed",
        }},
    }  # fmt: skip
    page = read(manifest({"t": said}), [ticket("1", stars=4, down=AT), ticket("2", down="?"), ticket("3")])
    assert list(rows("response", page.responses)) == [("1", "1", None, 4.0, 1.0, 5.0, INSTANT, 0)]
    assert page.outages["vendor_id"] == ["1"]
    assert [(r.key, r.reason) for r in page.rejects] == [("2", "unreadable time"), ("3", "incomplete")]


def test_only_what_the_mapping_reads_is_asked_for() -> None:
    said = {
        **stream(number="fields.a.name", group="fields.b[0].x", url={"text": "{vendor_id}"}),
        "select": {"under": "fields", "depth": 1},
    }
    said["request"] = {"path": "/t", "query": {"fields": "{fields}"}}
    system = System(lambda request: httpx.Response(200, json={"items": []}))
    list(system.connector(manifest({"t": said})).pages("t", None, NOW))
    assert system.asked[0].url.params["fields"] == "a,b"


def test_a_scale_may_be_what_the_operator_says() -> None:
    answer = {"vendor_id": "id", "score": "s", "scale_min": {"const": 0}, "changed_at": "changed"}
    stream_ = {**tickets(), "response": {"map": {**answer, "scale_max": {"text": "{options.best}"}}}}
    del stream_["ticket"]
    said = manifest({"t": stream_}, options={"best": {"type": "number", "default": 5, "description": "the best"}})
    assert read(said, [ticket(s=4)]).responses["scale_max"] == [5.0]
    assert read(said, [ticket(s=4)], {"best": 10}).responses["scale_max"] == [10.0]
