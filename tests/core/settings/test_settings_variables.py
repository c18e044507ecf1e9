"""`${NAME}` and `${file:...}` in texts of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings.variables import substitute

ENVIRON = {"NAME": "value", "_X1": "${NAME}", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("${NAME}", "value"),
        ("a ${NAME}-${NAME} b", "a value-value b"),
        ("${_X1}", "${NAME}"),  # what comes out is not looked at again
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME {NAME} $ $$ }", "$NAME {NAME} $ $$ }"),
        ("", ""),
    ],
)
def test_a_reference_stands_for_its_value(text: str, whole: str) -> None:
    assert substitute(text, ENVIRON, Path()) == (whole, [])


@given(st.text())
def test_a_text_without_references_stays_as_it_is(text: str) -> None:
    if "${" not in text:
        assert substitute(text, ENVIRON, Path()) == (text, [])


@given(st.text(alphabet="${}NAME:-fi/\0", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    whole, mistakes = substitute(text, {"N": "secret"}, Path("absent"))
    assert all("secret" not in mistake for mistake in mistakes)
    assert mistakes or "${" not in whole.replace("${", "", text.count("$${"))


@pytest.mark.parametrize(
    "text", ["${}", "${ NAME}", "${1}", "${NAME:-x}", "${NAME", "${a${NAME}}", "${MISSING}", "${EMPTY}"]
)
def test_a_reference_to_nothing_is_a_mistake(text: str) -> None:
    assert len(substitute(text, ENVIRON, Path())[1]) == 1


def test_every_missing_one_is_told() -> None:
    _, mistakes = substitute("${ONE} ${NAME} ${TWO}", ENVIRON, Path())
    assert [("ONE" in mistake, "TWO" in mistake) for mistake in mistakes] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"s3cret\n", "s3cret"), (b"s3cret\r\n", "s3cret"), (b"s3cret", "s3cret"), (b" two\nlines\n\n", " two\nlines\n")],
)
def test_a_file_stands_for_its_text_without_the_last_line_end(tmp_path: Path, content: bytes, value: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert substitute(f"<${{file:{tmp_path}/secret}}>", {}, Path()) == (f"<{value}>", [])
    assert substitute("${file:secret}", {}, tmp_path) == (value, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\n", "no UTF-8"), (b"x" * 1_000_001, "too long")],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    (mistake,) = substitute("${file:secret}", {}, tmp_path)[1]
    assert reason in mistake
    assert str(tmp_path / "secret") in mistake
