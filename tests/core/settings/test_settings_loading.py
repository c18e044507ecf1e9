"""A configuration file becomes the settings of the program."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from core.catalogue import DAY
from core.connector import Kinds, ManifestError
from core.meetings import Meeting
from core.model import SECOND, Hours, Part, Structure, to_instant
from core.settings import Mistake, Settings, SettingsError, load
from core.settings.mistakes import Place
from core.settings.text import at, read
from tests.core.settings.fake_kinds import FakeKinds

NOON: Final = to_instant(datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Amsterdam")))

FULL: Final = """
timezone: Europe/Amsterdam
listen: "[::1]:9100"
windows: [7d, 12h]
board: {title: Board, day: last friday, time: "09:30"}
suppliers:
  acme:
    title: Acme Hosting
    hours: always
    sources:
      - connector: servicenow
        base_url: https://acme.example.com/
        auth: {type: basic, username: siamhub, password: "${ACME_PASSWORD}"}
        every: 90s
        since: 2026-03-29
        groups: {integrator: ["Service Desk*"]}
        automation: ["svc-*"]
        refers_to: [globex]
        components: {web: ["Web Farm*"], database: [DB]}
        services: {webshop: ["Webshop", "WS-*"]}
  globex:
    hours: {weekly: {mon: "08:00-17:00"}, holidays: NL}
    sources:
      - {connector: jira, base_url: "http://one", options: {projects: [OPS], note: null}}
      - {connector: servicenow, base_url: "http://two"}
      - connector: jira
        base_url: http://three
        components: {dc-east: [E], dc-west: [W]}
        services: {webshop: [Shop], payments: [Pay]}
      - {connector: jira, base_url: "http://four"}
services:
  webshop:
    title: Webshop
    hours: {timezone: UTC, weekly: {mon-tue: ["07:00-12:00", "13:00-24:00"]}}
    weight: 2
    needs:
      all:
        - acme/web
        - any: [globex/dc-east, globex/dc-west]
        - {at_least: 1, of: [acme/database, {all: [globex/dc-east]}]}
    targets: {availability: 1, incident_lead_time: {p1: 4h, p3: 5d, clock: service_hours}, satisfaction: 0.8}
  payments: {targets: {availability: 0.99}}
  empty: {}
outage_priority: 2
collaboration: {answer_within: {p2: 1h, default: 4h}, weights: {flow: 0}, min_samples: 5}
"""


class Lenient(FakeKinds):
    """Accepts every option."""

    def problems(self, *_: object) -> tuple[()]:
        return ()


def loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "siamhub.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {}, lambda folder: Lenient(), NOON)


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    return loaded(tmp_path, FULL, {"ACME_PASSWORD": "hunter2"})


def test_an_empty_mapping_is_a_hub_with_defaults(tmp_path: Path) -> None:
    made = loaded(tmp_path, "{}")
    assert (made.database, made.listen) == ("sqlite:///siamhub.db", ("127.0.0.1", 9877))
    assert made.catalogue.windows == (("7d", 7 * DAY), ("30d", 30 * DAY), ("90d", 90 * DAY))
    assert (made.catalogue.zone, made.catalogue.outage_priority, made.catalogue.change_watch) == ("UTC", 1, 7 * DAY)
    assert made.board.title == "Service Integration Board"
    assert (made.board.meeting, made.connectors, made.web.config_file) == (None, None, None)
    assert (made.sources, made.catalogue.services) == ((), ())


def test_without_words_on_it_the_score_is_made_as_the_definitions_say(tmp_path: Path) -> None:
    minute = 60 * SECOND
    collaboration = loaded(tmp_path, "{}").catalogue.collaboration
    assert collaboration.answer_within == {
        p: m * minute for p, m in zip(range(1, 6), (30, 60, 240, 240, 240), strict=True)
    }
    assert collaboration.weights == {"responsiveness": 0.3, "flow": 0.2, "constructiveness": 0.3, "joint_goals": 0.2}
    assert collaboration.min_samples == 10


def test_priorities_without_a_time_of_their_own_take_the_default(full: Settings) -> None:
    hour = 3600 * SECOND
    assert full.catalogue.collaboration.answer_within == {1: 4 * hour, 2: hour, 3: 4 * hour, 4: 4 * hour, 5: 4 * hour}
    assert full.catalogue.collaboration.weights["flow"] == 0
    assert full.catalogue.collaboration.weights["joint_goals"] == 0.2


def test_the_top_of_the_file_is_compiled(full: Settings) -> None:
    assert full.listen == ("::1", 9100)
    assert full.catalogue.windows == (("7d", 7 * DAY), ("12h", DAY // 2))
    assert full.board.title == "Board"
    assert full.board.meeting == Meeting("Board", time(9, 30), minutes=90, week=-1, weekday=4)
    assert full.catalogue.outage_priority == 2


def test_sources_are_called_by_their_connector_and_numbered_from_the_second_of_a_kind_on(full: Settings) -> None:
    assert [(source.supplier, source.name, source.connector) for source in full.sources] == [
        ("acme", "servicenow", "servicenow"),
        ("globex", "jira", "jira"),
        ("globex", "servicenow", "servicenow"),
        ("globex", "jira-2", "jira"),
        ("globex", "jira-3", "jira"),
    ]
    assert [(entry.supplier, entry.name) for entry in full.catalogue.sources] == [
        (source.supplier, source.name) for source in full.sources
    ]


def test_a_source_is_told_all_about_itself(full: Settings, tmp_path: Path) -> None:
    source = full.sources[0]
    assert source.every == 90
    assert source.config.base_url == "https://acme.example.com"
    assert source.config.automation == ("svc-*",)
    assert source.config.credentials.type == "basic"
    assert source.config.credentials.values == {"username": "siamhub", "password": SecretStr("hunter2")}
    assert source.config.place == f"{tmp_path / 'siamhub.yaml'}:11: suppliers.acme.sources[0]"
    assert full.sources[1].config.options == {"projects": ["OPS"], "note": None}
    assert full.sources[1].config.credentials.type == "none"


def test_since_is_the_first_instant_of_a_local_day(full: Settings) -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    assert full.sources[0].config.since == to_instant(datetime(2026, 3, 29, tzinfo=zone))
    assert full.sources[1].config.since == to_instant(datetime(2025, 11, 24, tzinfo=zone))  # 365 days ago


def test_names_of_a_supplier_s_system_are_kept_in_their_order(full: Settings) -> None:
    entry = full.catalogue.sources[0]
    assert entry.interval == 90 * SECOND
    assert entry.groups == (("integrator", ("Service Desk*",)),)
    assert entry.components == (("web", ("Web Farm*",)), ("database", ("DB",)))
    assert entry.services == (("webshop", ("Webshop", "WS-*")),)
    assert entry.refers_to == ("globex",)
    assert full.catalogue.sources[1].refers_to is None


def test_a_title_left_out_is_the_key(full: Settings) -> None:
    assert [supplier.title for supplier in full.catalogue.suppliers] == ["Acme Hosting", "globex"]


def test_hours_take_the_zone_of_the_file_unless_they_name_one(full: Settings) -> None:
    acme, globex = full.catalogue.suppliers
    assert acme.hours is None
    assert globex.hours == Hours("Europe/Amsterdam", (((480, 1020),), (), (), (), (), (), ()), "NL")
    day = ((420, 720), (780, 1440))
    assert full.catalogue.services[0].hours == Hours("UTC", (day, day, (), (), (), (), ()))


def test_a_structure_is_nested_as_it_is_written(full: Settings) -> None:
    east, west = Part("globex", "dc-east"), Part("globex", "dc-west")
    assert full.catalogue.services[0].structure == Structure(
        3,
        (
            Part("acme", "web"),
            Structure(1, (east, west)),
            Structure(1, (Part("acme", "database"), Structure(1, (east,)))),
        ),
    )


def test_without_needs_a_service_stands_on_all_components_of_the_sources_that_map_it(full: Settings) -> None:
    _, payments, empty = full.catalogue.services
    assert payments.structure == Structure(2, (Part("globex", "dc-east"), Part("globex", "dc-west")))
    assert empty.structure is None


def test_a_component_in_two_sources_of_a_supplier_is_one_part(tmp_path: Path) -> None:
    source = "{connector: jira, base_url: 'http://x', components: {web: [W]}, services: {shop: [S]}}"
    made = loaded(tmp_path, f"suppliers: {{acme: {{sources: [{source}, {source}]}}}}\nservices: {{shop: {{}}}}")
    assert made.catalogue.services[0].structure == Structure(1, (Part("acme", "web"),))


def test_targets_are_compiled(full: Settings) -> None:
    targets = full.catalogue.services[0].targets
    hour = 3600 * SECOND
    assert (targets.availability, targets.change_success, targets.satisfaction) == (1, None, 0.8)
    assert targets.incident_lead_time == {1: 4 * hour, 3: 120 * hour}
    assert (targets.clock, full.catalogue.services[1].targets.clock) == ("service_hours", "always")


def test_the_connectors_are_asked_for_with_the_folder_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "web.yaml").touch()
    asked: list[Path | None] = []

    def kinds(folder: Path | None) -> Kinds:
        asked.append(folder)
        return Lenient()

    path = tmp_path / "siamhub.yaml"
    path.write_text("connectors: mine\nweb: {lifecycle: true, config_file: web.yaml}", encoding="utf-8")
    made = load(path, {}, kinds, NOON)
    path.write_text("timezone: UTC", encoding="utf-8")
    load(path, {}, kinds, NOON)
    assert asked == [tmp_path / "mine", None]
    assert made.connectors == tmp_path / "mine"
    assert (made.web.lifecycle, made.web.config_file) == (True, tmp_path / "web.yaml")


def test_a_bad_manifest_is_said_once_the_file_itself_is_right(tmp_path: Path) -> None:
    def kinds(folder: Path | None) -> Kinds:
        raise ManifestError("connectors.d/x.yaml:3: wrong")

    path = tmp_path / "siamhub.yaml"
    path.write_text("listen: nowhere", encoding="utf-8")
    with pytest.raises(SettingsError, match="listen"):
        load(path, {}, kinds, NOON)
    path.write_text("timezone: UTC", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"x\.yaml:3"):
        load(path, {}, kinds, NOON)


def test_numbers_and_truths_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    options = "{a: 0x1f, b: 0o17, c: 1_000, d: 010, e: yes, f: 07:30, g: 2026-01-01, h: TRUE, i: -1.5e3, 1: ~}"
    source = f"{{connector: jira, base_url: 'http://x', options: {options}}}"
    made = loaded(tmp_path, f"suppliers: {{acme: {{sources: [{source}]}}}}")
    assert made.sources[0].config.options == {
        "a": 31,
        "b": 15,
        "c": 1000,
        "d": 10,
        "e": "yes",
        "f": "07:30",
        "g": "2026-01-01",
        "h": True,
        "i": -1500.0,
        "1": None,
    }


def test_a_number_too_long_for_one_stays_text(tmp_path: Path) -> None:
    digits = "9" * 5000
    source = f"{{connector: jira, base_url: 'http://x', options: {{n: {digits}}}}}"
    made = loaded(tmp_path, f"suppliers: {{acme: {{sources: [{source}]}}}}")
    assert made.sources[0].config.options == {"n": digits}


def test_anchors_may_be_used_again_and_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    made = loaded(tmp_path, "\ufefftimezone: &x UTC\nboard: {title: *x}\nlisten: &x ':1'\ndatabase: 'sqlite:///x'\n")
    assert (made.board.title, made.listen) == ("UTC", ("", 1))


def test_a_secret_is_in_no_representation(tmp_path: Path) -> None:
    text = FULL.replace("listen:", "database: postgresql+psycopg://u:${ACME_PASSWORD}@h/db\nlisten:")
    made = loaded(tmp_path, text, {"ACME_PASSWORD": "hunter2"})
    assert made.database == "postgresql+psycopg://u:hunter2@h/db"
    assert "hunter2" not in repr(made)


def mistakes(folder: Path, text: str) -> Sequence[Mistake]:
    try:
        loaded(folder, text)
    except SettingsError as error:
        return error.mistakes
    return ()


def as_yaml(value: object) -> str:
    return json.dumps(value).replace("NaN", ".nan").replace("Infinity", ".inf")


yaml_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["hunter2", "${GONE}", "always", "a/b", "7d"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "of", "type", "weekly", "password", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
good = read(FULL).value
places = [place for place in read(FULL).lines if place]


@given(st.lists(st.tuples(st.sampled_from(places), yaml_values), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_whatever_is_changed_in_a_good_file_the_answer_is_settings_or_mistakes_with_their_lines(
    tmp_path: Path, changes: list[tuple[Place, object]]
) -> None:
    file = copy.deepcopy(good)
    for place, value in changes:
        if at(file, place) is not None:
            at(file, place[:-1])[place[-1]] = copy.deepcopy(value)
    assert {mistake.line for mistake in mistakes(tmp_path, as_yaml(file))} <= {1}


@given(st.text(alphabet=st.sampled_from("a:-[]{}&*!|>'\"%@`# \n\t,?~0.<$\x07é"), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_text_makes_a_traceback(tmp_path: Path, text: str) -> None:
    last = text.count("\n") + 1
    assert all(1 <= (mistake.line or 1) <= last for mistake in mistakes(tmp_path, text))


@given(yaml_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_as_a_login_is_never_repeated(tmp_path: Path, login: object) -> None:
    auth = f"{{type: basic, password: {as_yaml(login)}}}"
    source = f"{{connector: jira, base_url: 'http://x', every: soon, auth: {auth}}}"
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, f"suppliers: {{acme: {{sources: [{source}]}}}}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_of_a_secret_that_is_a_file_s_content_and_nothing_else_the_file_is_known(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("r0\n", encoding="utf-8")
    auth = '{type: basic, username: c, password: "x${file:token}", refresh_token: "${file:token}", a: "$${file:b}"}'
    path = tmp_path / "siamhub.yaml"
    path.write_text(
        f"suppliers: {{acme: {{sources: [{{connector: jira, base_url: http://one, auth: {auth}}}]}}}}", encoding="utf-8"
    )
    login = load(path, {}, lambda folder: FakeKinds(), NOON).sources[0].config.credentials
    assert login.files == {"refresh_token": tmp_path / "token"}
    assert login.values["refresh_token"] == SecretStr("r0")
