"""A real Roundup for tests: an environment of its own, a fresh tracker, issues that live through its REST API."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.connectors.servers.processes import do, free_port, running

PASSWORD: Final = "a long enough password"
ZONE: Final = "Pacific/Honolulu"
"""Of the tracker and of every account: ten hours behind, all the year. The tracker itself knows no zones by name."""
_ROOT: Final = Path(__file__).parents[3]
_LOCK: Final = Path(__file__).with_name("roundup.lock")
_SERVE: Final = """
import sys
from wsgiref.simple_server import make_server
from roundup.cgi.wsgi_handler import RequestDispatcher
make_server("127.0.0.1", int(sys.argv[2]), RequestDispatcher(sys.argv[1])).serve_forever()
"""  # its own server refuses to run as root


class Roundup:
    """A running Roundup and what people do in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients = {
            name: httpx.Client(
                base_url=f"{url}/rest/data",
                auth=(name, PASSWORD),
                headers={"X-Requested-With": "rest", "Origin": url, "Referer": f"{url}/"},
                trust_env=False,
                timeout=60,
            )
            for name in ("admin", "ann", "kim")
        }

    def create(self, who: str = "kim", **fields: Any) -> str:
        """A new issue's id; `who` asks."""
        return str(self._done(self._clients[who].post("/issue", json={"title": "out of order", **fields}))["id"])

    def change(self, issue: str, who: str = "ann", **fields: Any) -> None:
        """Give fields of an issue new values."""
        client = self._clients[who]
        tag = client.get(f"/issue/{issue}").headers["ETag"]
        self._done(client.put(f"/issue/{issue}", json=fields, headers={"If-Match": tag}))

    def write(self, issue: str, who: str = "ann") -> None:
        """A message to all who watch the issue."""
        client = self._clients[who]
        message = self._done(client.post("/msg", data={"content": "some words", "author": who}))["id"]
        known = self._done(client.get(f"/issue/{issue}"))["attributes"]["messages"] or []
        self.change(issue, who, messages=[*(one["id"] for one in known), message])

    def retire(self, issue: str) -> None:
        """Take an issue away, as people do who delete one."""
        client = self._clients["admin"]
        tag = client.get(f"/issue/{issue}").headers["ETag"]
        self._done(client.request("DELETE", f"/issue/{issue}", json={}, headers={"If-Match": tag}))

    def get(self, path: str, who: str = "ann", **query: str) -> Any:
        """What its REST API says."""
        return self._done(self._clients[who].get(path, params=query))

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _done(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()["data"]


@contextmanager
def roundup(folder: Path, extension: str | None) -> Iterator[Roundup]:
    """A Roundup with an empty tracker in the folder; ann works there, kim asks, reader reads.

    `extension` is the text of the tracker's `interfaces.py`.
    """
    programs, home, port = _programs(), folder / "tracker", free_port()
    url = f"http://127.0.0.1:{port}"
    admin = [str(programs / "roundup-admin"), "-i", str(home)]
    home.mkdir()
    do([*admin, "install", "classic", "sqlite"])
    _say(home / "config.ini", {"web": f"{url}/", "host": "localhost", "domain": "desk.example"})
    config = home / "config.ini"
    config.write_text(config.read_text().replace("\ntimezone = 0", "\ntimezone = -10", 1))
    schema = home / "schema.py"
    # As many trackers are extended: issues belong to teams.
    schema.write_text(
        schema.read_text()
        .replace('issue = IssueClass(db, "issue",', 'team = Class(db, "team", name=String())\nteam.setkey("name")\n'
                 'issue = IssueClass(db, "issue", team=Link("team"),')
        .replace("for cl in 'priority', 'status':", "for cl in 'priority', 'status', 'team':", 1)
    )  # fmt: skip
    if extension:
        (home / "interfaces.py").write_text(extension)
    do([*admin, "initialise", PASSWORD])
    for name in ("web", "network"):
        do([*admin, "create", "team", f"name={name}"])
    for name in ("ann", "kim", "reader"):
        user = [f"username={name}", f"password={PASSWORD}", f"address={name}@desk.example", "roles=User"]
        do([*admin, "create", "user", *user])
    command = [str(programs / "python"), "-c", _SERVE, str(home), str(port)]
    with running(command, f"{url}/rest/", folder / "roundup.log"):
        made = Roundup(url)
        yield made
        made.close()


def _programs() -> Path:
    """Where Roundup's programs are: in an environment that is made once for each state of the lock file."""
    digest = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    home = _ROOT / ".venv" / "servers" / f"roundup-{digest}"
    if not (home / "ready").exists():
        try:
            do([sys.executable, "-m", "venv", "--clear", str(home)])
            do([str(home / "bin/python"), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(_LOCK)])
        except AssertionError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"Roundup cannot be installed here: {str(error)[-200:]}")
        (home / "ready").touch()
    return home / "bin"


def _say(path: Path, values: dict[str, str]) -> None:
    """Give settings that must be given."""
    text = path.read_text()
    for name, value in values.items():
        text = text.replace(f"#{name} = NO DEFAULT", f"{name} = {value}", 1)
    path.write_text(text)
