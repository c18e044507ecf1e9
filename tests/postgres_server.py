"""A throw-away PostgreSQL for tests: found, initialised in a temporary folder, run on loopback, ended."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
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
def postgres(folder: Path) -> Iterator[str]:
    """The URL of a server whose cluster lies in the folder; it ends with the block. Needs `binaries()`."""
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
    for parent in folder.parents:
        if parent.owner() == "root" and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)  # the other user must be able to pass
    return ["runuser", "-u", name, "--"]


def _do(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
