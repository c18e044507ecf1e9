"""A throw-away PostgreSQL for tests: found, initialised in a temporary folder, run on loopback, ended."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_USER = "siamhub"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, or None where no server is installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a server in a temporary folder; it ends with the block. Needs `binaries()`."""
    # Not below pytest's own temporary folder: other runs take that one's rights away while the server lives.
    with tempfile.TemporaryDirectory(prefix="siamhub-postgres-", ignore_cleanup_errors=True) as folder:
        yield from _server(Path(folder))


def _server(folder: Path) -> Iterator[str]:
    home = binaries()
    assert home is not None, "no PostgreSQL server is installed"
    run = _as_other_user(folder)
    data = folder / "data"
    _do([*run, str(home / "initdb"), "-D", str(data), "-U", _USER, "-A", "trust", "--no-sync", "-E", "UTF8"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [*run, str(home / "pg_ctl"), "-D", str(data), "-w"]
    _do([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql+psycopg://{_USER}@127.0.0.1:{port}/postgres"
    finally:
        _do([*control, "-m", "immediate", "stop"])


def _as_other_user(folder: Path) -> Sequence[str]:
    """PostgreSQL refuses to run as root: then somebody else owns the folder and runs it."""
    if os.geteuid() != 0:
        return []
    name = next(user for user in ("postgres", "nobody") if user in {entry.pw_name for entry in pwd.getpwall()})
    shutil.chown(folder, name)
    return ["runuser", "-u", name, "--"]


def _do(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
