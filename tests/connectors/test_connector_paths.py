from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.paths import NOTHING, PathError, check_path, compile_path

LEAVES = st.none() | st.integers() | st.text(max_size=3)
RECORDS = st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), RECORDS, max_size=3), max_size=4), st.sampled_from("abc"))
def test_the_direct_way_gives_what_jmespath_gives(records: list[dict[str, Any]], last: str) -> None:
    for text in ("a", f"a.{last}", f"a.b.{last}"):
        path = compile_path(text)
        expected = [jmespath.search(text, record) for record in records]
        assert path.column(records) == expected
        assert [path.get(record) for record in records] == expected


def test_in_flat_records_a_dot_is_part_of_the_key() -> None:
    path = compile_path("group.name", flat=True)
    assert path.column([{"group.name": "x"}, {"group": {"name": "y"}}]) == ["x", None]
    assert path.roots == {("group.name",)}


@pytest.mark.parametrize(("text", "record"), [("19", {"19": "x"}), ("fields.10001", {"fields": {"10001": "x"}})])
def test_a_name_may_be_a_number(text: str, record: dict[str, Any]) -> None:
    path = compile_path(text)
    assert path.get(record) == "x"
    assert path.column([record, {}]) == ["x", None]
    assert compile_path("$options.column", values={"options.column": "19"}).get({"19": "x"}) == "x"


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("fields.status.name", {("fields", "status", "name")}),
        ("fields.links[?type.name=='x'].inward.id", {("fields", "links")}),
        ("a.b || c", {("a", "b"), ("c",)}),
        ("length(a.b)", {("a", "b")}),
        ("items[].id", {("items",)}),
    ],
)
def test_a_path_tells_what_must_be_asked_for(text: str, roots: set[tuple[str, ...]]) -> None:
    assert compile_path(text).roots == roots


def test_a_placeholder_is_a_name_in_the_path() -> None:
    path = compile_path("fields.$found.team.name", values={"found.team": "customfield_1"})
    assert path.get({"fields": {"customfield_1": {"name": "x"}}}) == "x"


def test_a_placeholder_in_quotes_cannot_leave_them() -> None:
    path = compile_path("[?name=='$options.field'].id | [0]", values={"options.field": "it's \\ 'x'"})
    assert path.get([{"name": "it's \\ 'x'", "id": 7}]) == 7


def test_a_path_with_an_empty_placeholder_finds_nothing() -> None:
    assert compile_path("fields.$found.team", values={"found.team": None}) is NOTHING
    assert NOTHING.column([1, 2]) == [None, None]


@pytest.mark.parametrize("text", ["a..b", "a[", "a ==", "fields.$x["])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(PathError, match="is no path"):
        check_path(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lowwer(a)", "there is no function 'lowwer'; known are abs, "),
        ("to_strin(a)", "there is no function 'to_strin'; did you mean 'to_string'?"),
        ("a[?b==", "Incomplete expression at sign 7"),
        ("items[?lengthh(b) > `1`]", "there is no function 'lengthh'; did you mean 'length'?"),
    ],
)
def test_what_is_wrong_in_a_path_is_told_with_its_place_or_a_suggestion(text: str, message: str) -> None:
    with pytest.raises(PathError) as caught:
        compile_path(text)
    assert message in str(caught.value)
