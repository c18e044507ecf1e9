"""The way in for Python: an installed package offers a connector that does all that a shipped one does."""

import json
import shutil
from pathlib import Path

import pytest

from siamhub import main

MODULE = Path(__file__).parent / "package" / "leaflet.py"
SOURCE = "- {connector: leaflet, base_url: 'https://leaflet.example', OPTIONS}"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with this one in it, as pip would leave it."""
    site = tmp_path / "site"
    about = site / "leaflet-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(MODULE, site)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leaflet\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[siamhub.connectors]\nleaflet = leaflet:Leaflet\nbroken = leaflet:Missing\n"
    )
    monkeypatch.syspath_prepend(site)
    return tmp_path


def configured(folder: Path, source: str) -> list[str]:
    path = folder / "siamhub.yaml"
    path.write_text(
        f"database: sqlite:///{folder}/hub.db\nsuppliers:\n  acme:\n    title: Acme\n    sources:\n      {source}\n"
    )
    return ["--config", str(path)]


def test_a_package_is_read_checked_and_goes_on_where_it_was(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tickets = installed / "tickets.txt"
    tickets.write_text("1 incident 1750000000000000 1750000001000000\n2 change 1750000000000000 1750000002000000\n")
    hub = configured(installed, SOURCE.replace("OPTIONS", f"options: {{file: {tickets}}}"))
    assert main([*hub, "check", "--connect"]) == 0
    assert "ticket: readable" in capfd.readouterr().out
    for read in (2, 0, 1):
        assert main([*hub, "sync", "--json"]) == 0
        (ended,) = json.loads(capfd.readouterr().out)
        assert (ended["state"], ended["records"]) == ("ok", read)
        if not read:
            with tickets.open("a") as file:
                file.write("3 incident 1750000000000000 1750000003000000\n")
    assert main([*hub, "kpis", "--format", "prometheus"]) == 0
    assert 'siam_incidents_open{priority="1",service="unmapped",supplier="acme"} 2.0' in capfd.readouterr().out
    tickets.unlink()
    assert main([*hub, "sync"]) == 1


def test_what_a_package_finds_wrong_in_its_source_is_said_with_file_and_line(
    installed: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*configured(installed, SOURCE.replace(", OPTIONS", "")), "check"]) == 2
    said = capfd.readouterr().err
    assert "siamhub.yaml:6: suppliers.acme.sources[0]" in said
    assert "is missing: the file of the tickets" in said


def test_a_package_without_its_class_is_named(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = SOURCE.replace(", OPTIONS", "").replace("connector: leaflet", "connector: broken")
    assert main([*configured(installed, broken), "check"]) == 2
    assert "'broken' of an installed package cannot be loaded from leaflet:Missing" in capfd.readouterr().err


def test_there_is_no_manifest_of_a_package_to_look_at(installed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hub = configured(installed, SOURCE.replace("OPTIONS", "options: {file: nowhere}"))
    assert main([*hub, "connector", "try", "acme"]) == 2
    assert "is read by a Python package" in capfd.readouterr().err
