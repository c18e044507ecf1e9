import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.lean import Root, around, decoder
from connectors.manifest_paging import Next, Offset, Total

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
NAMES = st.sampled_from(["id", "state", "a.b", "other", ""])
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), max_size=5)


@given(RECORDS, VALUES)
def test_records_hold_what_is_read_of_them_and_nothing_else(records: list[dict[str, Any]], total: Any) -> None:
    decode = decoder("result", [("total",)], [("id",), ("a.b",), ("state", "name")])
    assert decode is not None
    found = decode(json.dumps({"result": records, "total": total, "else": 1}).encode())
    assert found == {
        "result": [{name: one[name] for name in ("id", "state", "a.b") if name in one} for one in records],
        "total": total,
    }


def test_an_answer_that_is_a_list_holds_records_likewise() -> None:
    decode = decoder("@", [], [("id",)])
    assert decode is not None
    assert decode(b'[{"id": 1, "x": 2}, {}]') == [{"id": 1}, {}]


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": "no"}},
        {"result": None},
        {"result": [1, {"id": 2, "x": 3}]},
        {"result": {"id": 2, "x": 3}},
        [{"id": 2, "x": 3}],
        "words",
    ],
)
def test_an_answer_of_another_form_comes_whole(answer: Any) -> None:
    decode = decoder("result", [], [("id",)])
    assert decode is not None
    assert decode(json.dumps(answer).encode()) == answer


def test_what_is_no_json_is_refused_as_ever() -> None:
    decode = decoder("result", [], [("id",)])
    assert decode is not None
    with pytest.raises(json.JSONDecodeError):
        decode(b'{"result": [{"id": 1}')


def test_what_rows_inside_a_record_read_of_the_record_is_read() -> None:
    decode = decoder("result", [], [("changes",), ("record", "key"), ("change", "at")])
    assert decode is not None
    assert decode(b'{"result": [{"key": 1, "changes": [{"at": 2}], "x": 3}]}') == {
        "result": [{"key": 1, "changes": [{"at": 2}]}]
    }


@pytest.mark.parametrize(
    ("records", "beside", "inside"),
    [
        ("result", [], [("id",), ()]),  # a path that reads the whole record
        ("result", [()], [("id",)]),  # one that reads the whole answer
        ("data.items", [], [("id",)]),
        ("@", [("total",)], [("id",)]),
        ("result", [], []),
    ],
)
def test_where_all_of_an_answer_is_needed_it_is_read_as_ever(
    records: str, beside: list[Root], inside: list[Root]
) -> None:
    assert decoder(records, beside, inside) is None


def test_paging_and_signs_read_of_an_answer_what_they_say() -> None:
    offset = Offset(kind="offset", size=10, total=Total(path="page.total"), stop=("total",))
    assert around(offset, ["error.code", None]) == [("error", "code"), ("page", "total")]
    assert around(Next(kind="next", size=10, path="links[?rel=='next'].href | [0]"), []) == [("links",)]
