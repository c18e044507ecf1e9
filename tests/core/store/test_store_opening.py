"""Opening a database: migrations, several openers at once, and what is said of one that cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import traceback
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.store.store import Store, StoreError, open_store
from core.store.tables import METADATA
from tests.core.store.pages import SOURCE, facts, keep, page, ticket

ROOT = Path(__file__).parents[3]


def test_several_hubs_may_start_at_once(database_url: str) -> None:
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(database_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for one in opened:
        one.close()


@pytest.mark.slow
def test_several_processes_may_make_the_database_at_once(database_url: str) -> None:
    script = (
        "import sys; from core.store.store import open_store; s = open_store(sys.argv[1]); print(s.source_id('a', 'b'))"
    )
    command = [sys.executable, "-c", script, database_url]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert {process.communicate(timeout=120)[0] for process in running} == {"1\n"}


@pytest.mark.slow
def test_an_installed_wheel_brings_its_migrations(tmp_path: Path) -> None:
    """Built from a copy, unpacked, and run from there, as an installation would."""
    copy, wheels, installed = tmp_path / "copy", tmp_path / "wheels", tmp_path / "installed"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "siamhub.py"):
        shutil.copy(ROOT / name, copy)
    for package in ("core", "connectors", "exporters"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    wheels.mkdir()
    subprocess.run([sys.executable, "-c", build, str(wheels)], cwd=copy, check=True, capture_output=True)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    script = "import core.store.store as s, sys; s.open_store(sys.argv[1]).ping(); print(s.__file__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, f"sqlite:///{tmp_path / 'wheel.db'}"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(done.stdout.strip()) == installed / "core" / "store" / "store.py"


def test_opening_again_keeps_what_is_stored(database_url: str) -> None:
    store = open_store(database_url)
    keep(store, page("there", tickets=[ticket("a")]))
    store.close()
    store = open_store(database_url)
    mark = store.checkpoint(store.source_id(*SOURCE[0]), "incident")
    assert mark is not None
    assert (mark.text, facts(store).tickets.vendor_id.tolist()) == ("there", ["a"])
    store.close()


def test_a_refused_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE ticket (price)")
    with pytest.raises(StoreError, match=r"ticket already exists; it holds tables of another program"):
        open_store(f"sqlite:///{path}")
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("ticket",)]
    other.close()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing to see here\n" * 100, encoding="utf-8")
    with pytest.raises(StoreError, match=r"notes\.txt cannot be used: file is not a database; name another file"):
        open_store(f"sqlite:///{path}")


def test_the_migrations_lead_to_the_tables(database_url: str) -> None:
    open_store(database_url).close()
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    open_store(database_url).close()
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StoreError, match=r"written by a newer version of siamhub \(its schema is 9999"):
        open_store(database_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("postgresql+psycopg://hub:s3cret@host:54three/hub", "cannot be read"),
        ("sqlite://", "would be forgotten at every start"),
        ("mysql://u@h/d", "siamhub stores in sqlite"),
        ("postgresql+nodriver://u@h/d", "no driver"),
        ("sqlite:////nowhere/at/all/siamhub.db", "is the folder there"),
        (
            "postgresql+psycopg://hub:s3cret@127.0.0.1:1/hub",
            r"hub:\*\*\*@127.0.0.1:1/hub cannot be used: .*does the server run",
        ),
        ("postgresql+psycopg://hub@127.0.0.1:1/hub?password=s3cret", "hub@127.0.0.1:1/hub cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_store(url)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
