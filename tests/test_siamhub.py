"""The command line as a user types it, over the demo's suppliers on loopback."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import sqlalchemy as sa

from connectors.simulators.demo import Demo
from exporters.families import FAMILIES
from siamhub import main
from tests.prometheus_server import prometheus, without_data
from tests.suppliers import configuration, suppliers

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with suppliers() as served:
        yield served


@pytest.fixture
def config(demo: Demo, tmp_path: Path) -> str:
    return str(configuration(demo, tmp_path))


@pytest.fixture(scope="module")
def synced(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A configuration whose sources were read once."""
    path = str(configuration(demo, tmp_path_factory.mktemp("synced")))
    assert main(["--config", path, "sync"]) == 0
    return path


Said = pytest.CaptureFixture[str]


def test_a_sync_reads_every_source_and_says_so(config: str, capfd: Said) -> None:
    assert main(["--config", config, "sync", "--json"]) == 0
    out, err = capfd.readouterr()
    ended = {row["supplier"]: row for row in json.loads(out)}
    assert {key: row["state"] for key, row in ended.items()} == {"acme": "ok", "globex": "ok", "initech": "ok"}
    assert re.search(r"acme/servicenow: ok, \d+ records", err)
    assert ended["acme"]["records"] > 500


def test_a_sync_of_one_supplier_leaves_the_others_alone(config: str, capfd: Said) -> None:
    assert main(["--config", config, "sync", "globex"]) == 0
    assert main(["--config", config, "kpis", "--json"]) == 0
    samples = json.loads(capfd.readouterr().out)["samples"]
    held = {
        sample["labels"]["supplier"]: sample["value"]
        for sample in samples
        if sample["name"] == "siamhub_tickets" and sample["labels"]["kind"] == "incident"
    }
    assert held["globex"] > 100
    assert (held["acme"], held["initech"]) == (0, 0)


def test_a_supplier_that_is_not_configured_is_a_mistake_with_a_suggestion(config: str, capfd: Said) -> None:
    assert main(["--config", config, "sync", "globx"]) == 2
    assert "no supplier is called 'globx'; did you mean \"globex\"?" in capfd.readouterr().err


def test_reviews_are_imported_and_become_the_constructiveness_of_their_month(
    config: str, tmp_path: Path, capfd: Said
) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(
        "period,from,about,score,min,max,remark\n2026-04,acme,globex,4,1,5,thanks\n2026-04,acme,acme,5,1,5,\n"
    )
    assert main(["--config", config, "review", "import", str(file)]) == 0
    assert capfd.readouterr().out == "2 reviews kept, for 2026-04; 1 about oneself will not count\n"
    assert main(["--config", config, "review", "import", str(file), "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {
        "kept": 2,
        "replaced": 2,
        "of_oneself": 1,
        "periods": ["2026-04"],
    }
    assert main(["--config", config, "kpis", "--at", "2026-05-10", "--json"]) == 0
    out = capfd.readouterr().out
    assert "thanks" not in out
    component = {"supplier": "globex", "component": "constructiveness", "window": "last_month"}
    found = [
        sample["value"]
        for sample in json.loads(out)["samples"]
        if sample["name"] == "siam_supplier_collaboration_component_ratio" and sample["labels"] == component
    ]
    assert found == [0.75]


def test_a_file_of_reviews_with_a_mistake_is_refused_with_its_line(config: str, tmp_path: Path, capfd: Said) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("period,from,about,score,min,max\n2026-04,acme,nobody,4,1,5\n")
    assert main(["--config", config, "review", "import", str(file)]) == 2
    assert f"{file}:2: about: no party is called 'nobody'" in capfd.readouterr().err


def test_every_party_is_invited_to_review_by_a_link_that_is_shown_once(config: str, capfd: Said) -> None:
    invite = ["--config", config, "review", "invite", "2026-04", "--url", "https://hub.example.com/siam/"]
    assert main(invite) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [party for party, _ in lines] == ["acme", "globex", "initech", "integrator"]
    shape = r"https://hub\.example\.com/siam/review/[\w-]{43}"
    assert all(re.fullmatch(shape, link) for _, link in lines)
    assert main([*invite, "--json", "globex"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [each["party"] for each in told["links"]] == ["globex"]
    assert told["links"][0]["url"] not in [link for _, link in lines]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["2026-13"], "'2026-13' is no month; write it like 2026-10"),
        (["2026-4"], "'2026-4' is no month; write it like 2026-10"),
        (["2999-01"], "2999-01 has not begun yet: there is nothing to review"),
        (["2026-04", "globx"], "no party is called 'globx'; there are acme, globex, initech, integrator"),
        (["2026-04", "--url", "hub.example.com"], "--url: 'hub.example.com' is no address"),
        (["2026-04", "--url", "https://ann:x@hub.example.com"], "is no address; write https://siamhub.example.com"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_a_mistake(
    config: str, given: list[str], message: str, capfd: Said
) -> None:
    assert main(["--config", config, "review", "invite", "--url", "http://hub", *given]) == 2
    assert message in capfd.readouterr().err


def test_kpis_are_a_table_for_people(synced: str, capfd: Said) -> None:
    assert main(["--config", synced, "kpis", "--at", "2026-05-28T12:00"]) == 0
    out = capfd.readouterr().out
    assert "KPIs as of 28 May 2026, 12:00 CEST" in out
    assert out.index("Joint") < out.index("Services") < out.index("Suppliers")
    assert re.search(r"availability +9\d\.\d\d", out)


def test_kpis_for_prometheus_are_what_metrics_shows(synced: str, capfd: Said) -> None:
    assert main(["--config", synced, "kpis", "--at", "2026-05-28T12:00", "--format", "prometheus"]) == 0
    out = capfd.readouterr().out
    names = set(re.findall(r"^(siam\w+)\{?", out, re.M))
    assert {name for name in names if re.sub(r"_(bucket|count|sum)$", "", name) not in FAMILIES} == set()
    assert {"siam_joint_availability_ratio", "siam_service_info", "siamhub_source_up"} <= names


def test_a_figure_is_taken_apart_into_its_tickets(synced: str, capfd: Said) -> None:
    series = 'siam_service_availability_ratio{window="30d",service="webshop"}'
    assert main(["--config", synced, "explain", series, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    downtime, agreed = found["parts"]
    assert found["value"] == pytest.approx((agreed["sum"] - downtime["sum"]) / agreed["sum"], rel=1e-12)
    assert main(["--config", synced, "explain", series]) == 0
    assert "(agreed time - downtime) / agreed time" in capfd.readouterr().out


def test_a_series_that_cannot_be_is_a_mistake_with_a_suggestion(synced: str, capfd: Said) -> None:
    assert main(["--config", synced, "explain", 'siam_service_outages{service="webshp",window="30d"}']) == 2
    assert "did you mean webshop?" in capfd.readouterr().err


def test_kpis_of_the_past_do_not_know_what_came_later(synced: str, capfd: Said) -> None:
    found = []
    for moment in ("2026-04-20", "2026-05-20"):
        assert main(["--config", synced, "kpis", "--at", moment, "--json"]) == 0
        answer = json.loads(capfd.readouterr().out)
        opened = [s["value"] for s in answer["samples"] if s["name"] == "siam_incidents_opened_total"]
        found.append((answer["at"], sum(opened)))
    assert found[0][0] == "2026-04-19T22:00:00+00:00"  # midnight in Amsterdam
    assert 0 < found[0][1] < found[1][1]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("yesterday", "'yesterday' is no time; write 2026-10-31"),
        ("0001-01-01T00:00:00+05:00", "before 1970"),
        ("9999-12-31T23:59:59-05:00", "in the future"),
    ],
)
def test_a_time_that_is_none_or_not_in_the_stored_past_is_a_mistake(
    time: str, said: str, synced: str, capfd: Said
) -> None:
    assert main(["--config", synced, "kpis", "--at", time]) == 2
    assert said in capfd.readouterr().err


@pytest.mark.parametrize("address", ["foo", "127.0.0.1:99999", "192.0.2.1:9877"])
def test_a_demo_refuses_an_address_that_it_cannot_listen_on(address: str, capfd: Said) -> None:
    assert main(["demo", "--listen", address]) == 2
    assert address in capfd.readouterr().err


def test_a_check_says_how_each_source_is_and_what_it_may_read(synced: str, capfd: Said) -> None:
    assert main(["--config", synced, "check", "--connect"]) == 0
    out = capfd.readouterr().out
    assert "The configuration is right: 3 sources." in out
    assert "acme/servicenow\n  last pass: ok; last success" in out
    assert "not mapped: state '11'" in out
    assert out.count("\n  supports: ") == 3
    assert "supports: availability, lead time, active time (holds), first response, reopenings, hand-overs" in out
    assert main(["--config", synced, "check", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [source["last_pass"]["state"] for source in found["sources"]] == ["ok", "ok", "ok"]


def test_wrong_credentials_take_one_source_down_and_no_other(config: str, capfd: Said) -> None:
    path = Path(config)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("password: password", "password: wrong-s3cret"), encoding="utf-8")
    assert text != path.read_text(encoding="utf-8")
    assert main(["--config", config, "sync"]) == 1
    err = capfd.readouterr().err
    assert re.search(r"acme/servicenow: failed, 0 records by \d+ requests?: .*401", err)
    assert "globex/jira: ok" in err
    assert main(["--config", config, "check", "--connect"]) == 1
    out = capfd.readouterr().out
    assert "401" in out
    assert "wrong-s3cret" not in out + err
    assert b"wrong-s3cret" not in path.with_name("siamhub.db").read_bytes()


@pytest.mark.parametrize("command", [["sync"], ["kpis"], ["check"], ["run"], ["connector", "list"]])
def test_a_wrong_configuration_ends_every_command_with_file_and_line(
    command: list[str], tmp_path: Path, capfd: Said
) -> None:
    path = tmp_path / "siamhub.yaml"
    path.write_text("timezone: Europe/Amsterdam\nsupliers: {}\n", encoding="utf-8")
    assert main(["--config", str(path), *command]) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"{path}:2: supliers: ")
    assert "suppliers" in err
    assert "Traceback" not in err


def test_a_missing_file_and_an_unknown_command_are_mistakes(tmp_path: Path, capfd: Said) -> None:
    assert main(["--config", str(tmp_path / "none.yaml"), "sync"]) == 2
    assert "none.yaml" in capfd.readouterr().err
    assert main(["actions"]) == 2
    assert "No such command 'actions'" in capfd.readouterr().err


def test_a_database_of_a_newer_version_stops_the_hub_before_it_starts(config: str, capfd: Said) -> None:
    assert main(["--config", config, "check"]) == 0
    engine = sa.create_engine(f"sqlite:///{Path(config).with_name('siamhub.db')}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    assert main(["--config", config, "run"]) == 2
    assert "written by a newer version of siamhub" in capfd.readouterr().err


def test_connectors_are_listed_and_shown_with_their_options(tmp_path: Path, capfd: Said) -> None:
    nothing = ["--config", str(tmp_path / "none.yaml")]
    assert main([*nothing, "connector", "list"]) == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == ["jira", "servicenow", "topdesk"]
    assert main([*nothing, "connector", "show", "servicenow"]) == 0
    assert "incident" in capfd.readouterr().out
    assert main([*nothing, "connector", "show", "servicnow"]) == 2
    assert "did you mean 'servicenow'?" in capfd.readouterr().err


@pytest.mark.parametrize("what", ["config", "manifest"])
def test_schemas_are_json(what: str, capfd: Said) -> None:
    assert main(["schema", what]) == 0
    assert json.loads(capfd.readouterr().out)["type"] == "object"


def test_the_demo_runs_once_and_ends(capfd: Said) -> None:
    assert main(["demo", "--once", "--seed", "3"]) == 0
    out = capfd.readouterr().out
    assert "ServiceNow of acme" in out
    assert "availability" in out


@pytest.mark.slow
def test_a_running_hub_serves_reloads_at_sighup_and_ends_at_sigterm(demo: Demo, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    path = configuration(demo, tmp_path, listen=address)
    command = [sys.executable, "-m", "siamhub", "--config", str(path), "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stderr is not None
        _read_until(process.stderr, "initech/topdesk: ok")
        with urllib.request.urlopen(f"http://{address}/-/ready") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"http://{address}/") as answer:
            page = answer.read().decode()
        assert "Acme Hosting" in page
        process.send_signal(signal.SIGHUP)
        _read_until(process.stderr, "configuration read again")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.prometheus
def test_every_query_of_the_dashboard_finds_data_in_the_demo(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "siamhub", "demo", "--listen", address]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        _read_until(process.stdout, "Ctrl-C ends it")
        with prometheus(address, tmp_path) as server:
            missing = without_data(server, "30d")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert missing == []


def _read_until(stream: IO[str], text: str) -> None:
    """Read lines until one holds the text; the stream's end before it is a failure."""
    seen = []
    for line in stream:
        seen.append(line)
        if text in line:
            return
    pytest.fail(f"{text!r} was never said:\n{''.join(seen)}")


def test_a_month_is_closed_once_and_says_what_would_be_different(synced: str, capfd: Said) -> None:
    from core.calendar import month_of
    from core.daemon import now
    from core.model import SECOND

    this = month_of(now(), "UTC")
    last = month_of(now() - 32 * 86_400 * SECOND, "UTC")
    assert main(["--config", synced, "board", "close", this]) == 2
    assert "not over" in capfd.readouterr().err
    assert main(["--config", synced, "board", "restatements", last]) == 2
    assert "is not closed" in capfd.readouterr().err
    assert main(["--config", synced, "board", "close", last, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["figures"] > 50
    assert main(["--config", synced, "board", "close", last]) == 2
    assert f"{last} closed" in capfd.readouterr().err
    assert main(["--config", synced, "board", "restatements", last]) == 0
    assert "as they were closed" in capfd.readouterr().out
    path = Path(synced)
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\nchange_watch: 1d\noutage_priority: 3\n", encoding="utf-8")
    try:
        assert main(["--config", synced, "board", "restatements", last, "--json"]) == 0
    finally:
        path.write_text(before, encoding="utf-8")
    told = json.loads(capfd.readouterr().out)["restatements"]
    named = {name for row in told for cause in row["causes"] for name in cause["settings"]}
    assert "outage_priority" in named
    assert main(["--config", synced, "board", "list"]) == 0
    assert capfd.readouterr().out.startswith(last)
