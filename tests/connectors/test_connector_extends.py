"""A manifest that changes another one: what is joined, what is left out, and where a mistake is said to be."""

from pathlib import Path

import pytest

from connectors.load import load
from connectors.registry import Registry
from core.connector import ManifestError

BASE = """\
siamhub: 1
title: Desk
auth: {basic: true}
maps:
  state: {values: {open: active, parked: hold}}
streams:
  ticket:
    request: {path: /tickets}
    records: items
    ticket:
      map: {vendor_id: id, kind: {const: incident}, state: {path: state, values: state}, changed_at: changed}
  poll:
    request: {path: /polls}
    response:
      map: {vendor_id: id, score: score, scale_min: {const: 1.0}, scale_max: {const: 5.0}, changed_at: changed}
"""


def written(folder: Path, own: str, base: str = BASE) -> Path:
    (folder / "desk.yaml").write_text(base, encoding="utf-8")
    (folder / "own.yaml").write_text(own, encoding="utf-8")
    return folder / "own.yaml"


def test_what_is_said_joins_what_is_extended_key_by_key(tmp_path: Path) -> None:
    made = load(
        written(
            tmp_path,
            """\
extends: desk
title: Our desk
maps: {state: {values: {parked: null, solved: resolved}}}
streams: {ticket: {ticket: {map: {priority: prio}}}}
""",
        )
    )
    assert made.title == "Our desk"
    assert made.maps["state"].values == {"open": "active", "parked": None, "solved": "resolved"}
    ticket = made.streams["ticket"].ticket
    assert ticket is not None
    assert ticket.map["priority"][0].path == ("prio",)
    assert ticket.map["state"][0].path == ("state",)
    assert list(made.streams) == ["ticket", "poll"]


def test_parts_are_left_out_by_name(tmp_path: Path) -> None:
    made = load(written(tmp_path, "extends: desk\nwithout: [streams.poll, maps.state.values.parked]\n"))
    assert list(made.streams) == ["ticket"]
    assert made.maps["state"].values == {"open": "active"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            "extends: desk\nwithout: streams.polls\n",
            "own.yaml:2: without: streams.polls: there is no 'polls'; there are ",
        ),
        ("without: title\n", "own.yaml:1: extends: is the name of a manifest"),
        ("extends: desk\n\nstreams: {poll: {recrods: a}}\n", "own.yaml:3: streams.poll.recrods: unknown key; did you "),
        ("extends: desk\nmaps: {state: {values: {open: opened}}}\n", "desk.yaml:11: streams.ticket.ticket.map.state: "),
        ("extends: own\n", "own.yaml extends "),
        ("extends: desks\n", "desks.yaml: cannot be read"),
    ],
)
def test_a_mistake_is_said_to_be_in_the_file_that_makes_it(tmp_path: Path, own: str, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        load(written(tmp_path, own))
    assert said in str(caught.value)


def test_an_operators_manifest_extends_the_shipped_one_of_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "jira.yaml").write_text("extends: jira\ntitle: Our Jira\n", encoding="utf-8")
    registry = Registry(tmp_path)
    assert registry.manifest("jira").title == "Our Jira"
    assert registry.manifest("jira").streams == Registry(None).manifest("jira").streams
    (tmp_path / "other.yaml").write_text("extends: jira\ntitle: Another\n", encoding="utf-8")
    assert Registry(tmp_path).manifest("other").description == Registry(None).manifest("jira").description
    (tmp_path / "odd.yaml").write_text("extends: jirra\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="there is no manifest 'jirra'; known are "):
        Registry(tmp_path).manifest("odd")
