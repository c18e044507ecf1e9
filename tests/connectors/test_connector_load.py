from pathlib import Path

import pytest

from connectors.load import load
from connectors.manifest import schema
from connectors.registry import SHIPPED, Registry
from core.connector import Credentials, ManifestError, SourceConfig
from core.errors import UserError
from tests.connectors.fake_system import Counting

GOOD = """\
siamhub: 1
title: Desk
auth: {basic: true}
options:
  states: {type: map, description: words}
streams:
  ticket:
    request: {path: /tickets, query: {since: "{since}"}}
    records: items
    cursor: {overlap: 5m}
    ticket:
      map:
        vendor_id: id
        kind: {const: incident}
        state: {path: state, values: states}
        changed_at: changed
maps:
  states:
    option: states
    values: {open: active}
"""


def wrong(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """What is said of the good manifest with these changes, without the folder."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "desk.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load(file)
    assert isinstance(caught.value, UserError)
    return str(caught.value).replace(f"{tmp_path}/", "")


TABLE = (
    (
        "    ticket:\n      map:\n        vendor_id: id\n",
        "    detail: {request: {path: '{ids}'}, under: more}\n    ticket:\n      map:\n        vendor_id: more.id\n",
        ":14: streams.ticket.ticket.map.vendor_id: 'more.id' stands in the answer of `detail` alone; ",
    ),
    ("title: Desk\n", "", ":1: the manifest: 'title' is missing"),
    ("title: Desk", "titel: Desk", ":2: titel: unknown key; did you mean 'title'?"),
    ("title: Desk", "title: [", ":4: is no YAML: "),
    (
        "title: Desk",
        " title: Desk",
        ":2: is no YAML: mapping values are not allowed here; the line is indented too far, or a text with `: ` in it ",
    ),
    (
        "title: Desk",
        "title: Desk\n\tx: 1",
        ":3: is no YAML: found character '\\t' that cannot start any token; indent with spaces, not with tabs",
    ),
    ("type: map", "type: list", ":5: options.states.type: Input should be 'text', 'texts', "),
    ("type: map,", "type: map, default: [1],", ":5: options.states.default: must be a mapping of words, not list"),
    ("{since}", "{sinse}", ":8: streams.ticket.request.query.since: {sinse} stands for nothing here; known are "),
    ("{since}", "{since", ":8: streams.ticket.request.query.since: '{since': a lone '{' at 1; write {{ for "),
    ("path: /t", "path: /t, json: {a: 1}, x: /t", ":8: streams.ticket.request.x: unknown key"),
    ("/tickets,", "/tickets, json: {a: 1},", ":8: streams.ticket.request: a GET has no body; say method: POST"),
    (
        "cursor",
        "paging: {kind: pages}\n    cursor",
        ":10: streams.ticket.paging: Input tag 'pages' found using 'kind' ",
    ),
    (
        "cursor",
        "paging: {kind: offset, stop: total}\n    cursor",
        ":10: streams.ticket.paging: stop: total needs total",
    ),
    ("overlap: 5m", "overlap: 5", ":10: streams.ticket.cursor.overlap: a duration is a number with a unit: 30s, "),
    ("overlap: 5m", "zone: Mars", ":10: streams.ticket.cursor.zone: 'Mars' is no time zone; write it as Europe/"),
    (
        "vendor_id",
        "vendor_ids",
        ":11: streams.ticket.ticket: map: there is no field 'vendor_ids'; known are vendor_id, ",
    ),
    ("        vendor_id: id\n", "", ":11: streams.ticket.ticket: map: vendor_id missing"),
    ("vendor_id: id", "vendor_id: 'a['", ":13: streams.ticket.ticket.map.vendor_id: 'a[' is no path: "),
    (
        "const: incident",
        "const: case",
        ":14: streams.ticket.ticket.map.kind: 'case' is no kind; did you mean 'change'? known are change, incident",
    ),
    (
        "values: states",
        "values: state",
        ":15: streams.ticket.ticket.map.state: values: 'state' is not declared; did you mean 'states'? known are ",
    ),
    ("open: active", "open: opened", ":15: streams.ticket.ticket.map.state: 'opened' is no state; known are active, "),
    (
        "changed\n",
        "$options.x\n",
        ":16: streams.ticket.ticket.map.changed_at: $options.x: 'options.x' is not declared; ",
    ),
    ("option: states", "option: words", ":19: maps.states.option: 'words' is not declared; known are states"),
)


@pytest.mark.parametrize(("old", "new", "message"), TABLE)
def test_what_is_wrong_is_said_with_file_line_path_and_what_to_do(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert wrong(tmp_path, (old, new)).startswith("desk.yaml" + message)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = wrong(tmp_path, ("{since}", "{sinse}"), ("values: states", "values: state"))
    assert [line.split(":")[1] for line in said.splitlines()] == ["8", "10", "15"]


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("- a\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="a manifest is a mapping that begins with `siamhub: 1`"):
        load(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ManifestError, match="is not UTF-8 text"):
        load(file)
    with pytest.raises(ManifestError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_the_shipped_manifests_load_and_are_known_by_name() -> None:
    names = Registry().names()
    assert {"servicenow", "jira", "topdesk"} <= set(names)
    for name in names:
        assert Registry().manifest(name).title


def test_shipped_connectors_hold_no_code() -> None:
    for folder in SHIPPED.glob("*/manifest.yaml"):
        assert list(folder.parent.glob("*.py")) == []


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ManifestError, match=r"there is no connector 'servicnow'; did you mean 'servicenow'\? known are"
    ):
        Registry().manifest("servicnow")


def test_the_operators_manifests_come_before_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "jira").mkdir()
    (tmp_path / "jira" / "manifest.yaml").write_text(GOOD.replace("title: Desk", "title: Ours"), encoding="utf-8")
    registry = Registry(tmp_path)
    assert registry.manifest("desk").title == "Desk"
    assert registry.manifest("jira").title == "Ours"
    assert registry.origin("servicenow") == "shipped"
    assert registry.origin("jira") == str(tmp_path / "jira" / "manifest.yaml")
    assert "Ours" in registry.listing()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="is no folder"):
        Registry(tmp_path / "none")


@pytest.mark.parametrize(
    ("auth", "options", "said"),
    [
        (Credentials("basic", {"username": "u", "password": "p"}), {"states": {"x": "hold"}}, []),
        (Credentials("none"), {}, ["auth.type: a login is needed; it takes basic"]),
        (Credentials("oauth2"), {}, ["auth.type: 'oauth2' is no login of this connector; it takes basic"]),
        (Credentials("basic", {"username": "u", "token": "t"}), {}, [
            "auth: 'password' is missing: basic needs username and password",
            "auth.token: unknown key; basic takes password, username",
        ]),
        (Credentials("basic", {"username": "u", "password": "p"}), {"state": {}, "states": [1]}, [
            "options.state: unknown option; did you mean 'states'?",
            "options.states: must be a mapping of words, not list",
        ]),
    ],
)  # fmt: skip
def test_an_operators_login_and_options_are_checked(
    tmp_path: Path, auth: Credentials, options: dict[str, object], said: list[str]
) -> None:
    (tmp_path / "desk.yaml").write_text(GOOD, encoding="utf-8")
    registry = Registry(tmp_path)
    problems = registry.problems("desk", auth, options)
    assert [f"{'.'.join(map(str, p.path))}: {p.message}" for p in problems] == said
    config = SourceConfig("acme", "desk", "https://x.example", 0, auth, options, place="siamhub.yaml:12")
    if said:
        with pytest.raises(ManifestError, match=r"^siamhub\.yaml:12: "):
            registry.make("desk", config, Counting())
    else:
        assert registry.make("desk", config, Counting()).streams == ["ticket"]


def test_a_description_explains_every_option_as_text_and_as_data() -> None:
    registry = Registry()
    text = registry.description("servicenow")
    for name, option in registry.manifest("servicenow").options.items():
        assert name in text
        assert option.description in text
    assert (
        registry.describe("servicenow")["streams"]["incident"]["request"]
        == "GET /api/now/table/{options.incident_table}"
    )


def test_the_schema_knows_the_language() -> None:
    said = schema()
    assert said["required"] == ["siamhub", "title", "streams"]
    assert "Keyset" in said["$defs"]
