"""Refresh tokens that are replaced when they are used: the new one is kept, or it is said that it cannot be."""

import fcntl
import logging
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.rest import connect
from connectors.rotating import Rotating
from core.connector import AuthenticationError, Credentials, SourceConfig
from tests.connectors.fake_system import NOW, System, manifest, tickets

ROOT = Path(__file__).parents[2]
AUTH = {"oauth2": {"token_url": "/token", "grants": ["refresh_token"]}}


class Office:
    """Takes a refresh token once, and gives another one for it, unless it `rotates` none; one pass by each token."""

    def __init__(self, rotates: bool = True) -> None:
        self.good, self.given, self.rotates, self.used = "r0", 0, rotates, ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            used, self.used = self.used, request.headers["authorization"]
            return httpx.Response(401) if used == self.used else httpx.Response(200, json={"items": []})
        if parse_qs(request.content.decode())["refresh_token"] != [self.good]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.given += 1
        self.good = f"r{self.given}" if self.rotates else self.good
        return httpx.Response(200, json={"access_token": f"t{self.given}", "refresh_token": self.good})


def read(office: Office, token: str, file: Path | None, times: int = 1) -> None:
    """Passes of a process that begins with this token."""
    values = {"client_id": "c", "client_secret": "s", "refresh_token": token}
    login = Credentials("oauth2", values, {"refresh_token": file} if file else {})
    config = SourceConfig("acme", "desk", "https://acme.example", NOW, login)
    system = System(office.answer)
    said = manifest({"tickets": tickets()}, auth=AUTH)
    connector = connect(said, config, system.observer, httpx.MockTransport(system.answer), system.slept.append)
    for _ in range(times):
        list(connector.pages("tickets", None, NOW))


def test_a_token_from_a_file_is_replaced_there_so_that_a_restart_logs_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, office = tmp_path / "token", Office()
    file.write_text("r0\n", encoding="utf-8")
    file.chmod(0o644)
    for _ in range(2):
        read(office, file.read_text(encoding="utf-8").strip(), file)
    assert office.given == 2
    assert file.read_text(encoding="utf-8") == "r2\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [tmp_path / ".token.lock", file]  # no half of a token is left behind
    assert caplog.text == ""


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    file, link = tmp_path / "token", tmp_path / "here" / "link"
    file.write_text("r0", encoding="utf-8")
    link.symlink_to(file)
    read(Office(), "r0", link)
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "r1\n"


def test_a_token_that_another_process_has_replaced_is_taken_from_the_file(tmp_path: Path) -> None:
    file, office = tmp_path / "token", Office()
    file.write_text("r0", encoding="utf-8")
    read(office, "r0", file)
    read(office, "r0", file)  # a process that was started before the first one asked
    assert office.given == 2


@pytest.mark.parametrize("kept", ["in no file", "in a folder that is gone"])
def test_where_it_cannot_be_kept_that_is_said_once_with_what_to_do_and_without_the_token(
    kept: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office, file = Office(), tmp_path / "gone" / "token" if kept != "in no file" else None
    read(office, "r0", file, times=3)
    assert office.given == 3, "it holds until the process ends"
    (said,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert said.startswith("acme/desk: the system gave a new refresh token")
    assert 'refresh_token: "${file:/path}"' in said
    assert not {"r0", "r1", "r2", "r3"} & set(said.split())
    with pytest.raises(
        AuthenticationError, match=r"\(refresh_token\) answered 400: .* the token is void: used already"
    ):
        read(office, "r0", file)


def test_a_system_that_leaves_the_token_as_it_is_is_no_cause_for_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    read(Office(rotates=False), "r0", None, times=2)
    assert caplog.text == ""


_HOLDER = """
import sys
from pathlib import Path
from connectors.rotating import Rotating
with Rotating("", Path(sys.argv[1]), "acme/desk").turn():
    print("mine", flush=True)
    Path(sys.argv[1]).write_text("r1")
    sys.stdin.read()
"""


def test_two_processes_do_not_use_one_token_at_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("r0")
    held: list[str] = []

    def wait() -> None:
        mine = Rotating("r0", file, "acme/desk")
        with mine.turn():
            held.append(mine.now())

    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        # Another process has the lock: whoever tries to take it without waiting is refused.
        with (tmp_path / ".token.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert held == []
        other.stdin.close()
        waiting.join(30)
    assert held == ["r1"]


def test_where_no_lock_can_be_made_nobody_waits(tmp_path: Path) -> None:
    with Rotating("r0", tmp_path / "missing" / "token", "acme/desk").turn():
        pass
    with Rotating("r0", None, "acme/desk").turn():
        pass
