"""Files of peer reviews: what is read, and what each mistake is told like."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.reviews import Review, ReviewError, read_reviews

PARTIES = ["acme", "globex", "integrator"]
HEADER = "period,from,about,score,min,max,remark\n"


def read(tmp_path: Path, text: str | bytes) -> list[Review]:
    file = tmp_path / "reviews.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_reviews(file, PARTIES, "2026-10"))


def test_rows_are_reviews_with_or_without_a_remark(tmp_path: Path) -> None:
    text = HEADER + '2026-10,acme,globex,4,1,5,"quick, and kind"\n\n2026-09,integrator,acme,0.5,0,1,\n'
    assert read(tmp_path, text) == [
        Review("2026-10", "acme", "globex", 4, 1, 5, "quick, and kind"),
        Review("2026-09", "integrator", "acme", 0.5, 0, 1),
    ]


def test_a_spreadsheets_own_csv_is_read_as_well(tmp_path: Path) -> None:
    """With a byte order mark, semicolons, its columns in another order, capitals and Windows line ends."""
    text = "\ufeffFrom;About;Period;Max;Min;Score\r\nacme;globex;2026-10;5;1;3\r\n"
    assert read(tmp_path, text) == [Review("2026-10", "acme", "globex", 3, 1, 5)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("October,acme,globex,4,1,5,", "period: 'October' is no month; write it like 2026-10"),
        ("2026-13,acme,globex,4,1,5,", "period: '2026-13' is no month; write it like 2026-10"),
        ("2026-11,acme,globex,4,1,5,", "period: 2026-11 has not begun yet"),
        ("2026-10,acmee,globex,4,1,5,", "from: no party is called 'acmee'; there are acme, globex, integrator"),
        ("2026-10,acme,nobody,4,1,5,", "about: no party is called 'nobody'; there are acme, globex, integrator"),
        ("2026-10,acme,globex,good,1,5,", "score, min, max: 'good', '1', '5' are not all numbers"),
        ("2026-10,acme,globex,6,1,5,", "score: 6 does not lie on the scale from 1 to 5"),
        ("2026-10,acme,globex,nan,1,5,", "score: nan does not lie on the scale from 1 to 5"),
        ("2026-10,acme,globex,4,5,5,", "min, max: 5 to 5 is no scale"),
        ("2026-10,acme,globex,4,inf,nan,", "min, max: inf to nan is no scale"),
        ("2026-10,acme,,4,1,,", "about, max: nothing stands there"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_kept(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ReviewError) as caught:
        read(tmp_path, f"{HEADER}2026-10,acme,globex,4,1,5,\n{row}\n")
    assert str(caught.value) == f"{tmp_path}/reviews.csv:3: {message}"


def test_every_mistake_is_told_at_once_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(ReviewError) as caught:
        read(tmp_path, HEADER + "2026-10,acme,globex,9,1,5,\n" * 23)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("and 3 more mistakes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ":1: the columns period, from, about, score, min, max are missing; the first line names the columns "),
        ("period,from,about,score,min\n", ":1: the column max is missing"),
        (b"period,from\xe9", ": is not in UTF-8 (byte 11); save it as CSV in UTF-8"),
    ],
)
def test_a_file_that_is_none_of_reviews_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(ReviewError, match=r"reviews\.csv") as caught:
        read(tmp_path, content)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="cannot be read: No such file"):
        read_reviews(tmp_path / "none.csv", PARTIES, "2026-10")
