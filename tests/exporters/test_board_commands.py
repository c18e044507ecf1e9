"""The board on the command line: the pack as a file, improvement actions, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siamhub import main

CONFIG = """\
database: sqlite:///{folder}/siamhub.db
board: {{title: "Board <b>", day: second tuesday, informal: [{{title: Walk, day: last friday, time: "12:00"}}]}}
suppliers: {{acme: {{title: Acme}}, globex: {{title: Globex}}}}
services: {{shop: {{title: Shop}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "siamhub.yaml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return str(file)


def run(config: str, *words: str) -> int:
    return main(["--config", config, *words])


def test_the_pack_of_a_month_without_data_is_written_and_said_to_be_empty(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "--month", "2026-01", "--out", str(tmp_path / "packs")) == 0
    said = capsys.readouterr()
    text = (tmp_path / "packs" / "board-2026-01.html").read_text(encoding="utf-8")
    assert said.out == f"{tmp_path / 'packs' / 'board-2026-01.html'}\n"
    assert "there are no records of 2026-01" in said.err
    assert "Board &lt;b&gt;" in text
    assert "Nothing is known of Acme, Globex: there is no system of theirs to read from." in text
    assert "/board/" not in text


def test_without_a_month_it_is_the_last_one_that_is_over(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "--out", str(tmp_path), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["file"]).exists()
    assert (told["records"], told["closed"], told["restated"]) == (0, False, 0)


@pytest.mark.parametrize(
    ("month", "said"),
    [("2026-13", "'2026-13' is no month; write it like 2026-10"), ("9999-01", "9999-01 has not begun yet")],
)
def test_what_is_no_month_is_a_mistake_in_one_sentence(
    config: str, capsys: pytest.CaptureFixture[str], month: str, said: str
) -> None:
    assert run(config, "board", "--month", month) == 2
    assert capsys.readouterr().err.startswith(said)


def test_a_place_that_cannot_be_written_to_is_told(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(config, "board", "--month", "2026-01", "--out", str(tmp_path / "file" / "below")) != 0
    assert "cannot be written" in capsys.readouterr().err


def test_an_action_is_kept_listed_and_done(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    kpi = "siam_joint_handover_bounce_ratio"
    words = ["Agree who owns  the network", "--owner", "acme", "--owner", "integrator", "--due", "2020-01-31"]
    assert run(config, "action", "add", *words, "--kpi", kpi) == 0
    assert capsys.readouterr().out.startswith("1  late  Agree who owns the network; acme, integrator; by 2020-01-31")
    assert run(config, "action", "add", "Another") == 0
    assert capsys.readouterr().out == "2  open  Another; all together\n"
    assert run(config, "action", "done", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "done"
    assert run(config, "action", "list") == 0
    assert capsys.readouterr().out == "2  open  Another; all together\n"
    assert run(config, "action", "list", "--all", "--json") == 0
    told = json.loads(capsys.readouterr().out)["actions"]
    assert [(each["id"], each["status"], each["kpi"]) for each in told] == [(1, "done", kpi), (2, "open", None)]
    assert run(config, "kpis", "--format", "prometheus") == 0
    shown = capsys.readouterr().out
    assert 'siam_improvement_actions{status="open"} 1.0' in shown
    assert 'siam_improvement_actions{status="done"} 1.0' in shown
    assert "siam_board_next_meeting_timestamp_seconds" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["  "], "an action needs a title"),
        (["x" * 201], "the title has 201 characters"),
        (["a\x07b"], "the title has characters that cannot be shown"),
        (["Do", "--owner", "nobody"], "--owner: no party is called 'nobody'; there are acme, globex, integrator"),
        (["Do", "--due", "tomorrow"], "'tomorrow' is no date; write it like 2026-12-15"),
        (["Do", "--due", "2026-02-30"], "'2026-02-30' is no date"),
        (["Do", "--kpi", "siam_joint_bounce"], "--kpi: there is no series siam_joint_bounce"),
        (["Do", "--kpi", 'siam_joint_availability_ratio{window="30d"}'], "--kpi: siam_joint_availability_ratio has no"),
        (
            ["Do", "--kpi", 'siam_supplier_collaboration_score{supplier="acme"}'],
            "--kpi: siam_supplier_collaboration_score rests on what few people said of each other",
        ),
        (["Do", "--kpi", 'siam_service_outages{service="x"}'], "--kpi: no service is called 'x'; there are shop"),
    ],
)
def test_a_wrong_action_is_refused_in_one_sentence(
    config: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(config, "action", "add", *words) == 2
    found = capsys.readouterr().err
    assert found.startswith(said)
    assert found.count("\n") == 1
    assert run(config, "action", "list") == 0
    assert capsys.readouterr().out == "no action is open\n"


def test_an_action_that_is_not_there_or_done_already_is_refused(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "action", "done", "7") == 2
    assert capsys.readouterr().err == "there is no action 7; open ones: none\n"
    run(config, "action", "add", "Do")
    run(config, "action", "done", "1")
    capsys.readouterr()
    assert run(config, "action", "done", "1") == 2
    assert capsys.readouterr().err == "action 1 is done already: Do\n"
