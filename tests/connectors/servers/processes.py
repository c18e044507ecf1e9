"""Servers of others as processes on loopback: a free port, a wait until they answer, an orderly end."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

_LOOKS: Final = 0.1  # seconds between two looks at a server that is not there yet
_PATIENCE: Final = 60.0  # seconds until a server that does not answer fails the test


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def do(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and give what it printed; fails the test where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def running(
    command: Sequence[str], url: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """The program while the block lasts, from the moment on at which the address answers anything."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            _until_it_answers(url, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False, timeout=10)
        except httpx.TransportError:
            time.sleep(_LOOKS)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")
