"""A real Request Tracker for tests: Debian's package, a database of its own, tickets that live through its REST API."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.connectors.servers.processes import do, free_port, running

PASSWORD: Final = "a long enough password"
ZONE: Final = "Pacific/Honolulu"
"""Of the server and of every account: ten hours behind, all the year."""
_CONFIGURATION: Final = """\
Set($rtname, 'desk');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($Timezone, '{zone}');
Set($WebSessionClass, 'Apache::Session::File');
Set($LogoImageURL, '');
Set($StatementLog, undef);
1;
"""
_PEOPLE: Final = """\
@Users = (
  {{ Name => 'ann', Privileged => 1, Password => '{password}', EmailAddress => 'ann@desk.example' }},
  {{ Name => 'kim', Privileged => 1, Password => '{password}', EmailAddress => 'kim@shop.example' }},
  {{ Name => 'reader', Privileged => 1, Password => '{password}', EmailAddress => 'reader@desk.example' }},
  {{ Name => 'narrow', Privileged => 1, Password => '{password}', EmailAddress => 'narrow@desk.example' }},
);
@Queues = ( {{ Name => 'Web' }}, {{ Name => 'Network' }}, {{ Name => 'Secret' }} );
@ACL = (
  (map {{ {{ UserId => 'ann', Right => $_ }} }} qw(SuperUser)),
  (map {{ {{ UserId => 'kim', Right => $_ }} }} qw(SuperUser)),
  (map {{ {{ UserId => 'reader', Right => $_ }} }} qw(SeeQueue ShowTicket ShowTicketComments)),
  (map {{ {{ UserId => 'narrow', Queue => 'Web', Right => $_ }} }} qw(SeeQueue ShowTicket)),
);
1;
"""


class RequestTracker:
    """A running Request Tracker and what people do in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients = {
            name: httpx.Client(base_url=f"{url}/REST/2.0", auth=(name, PASSWORD), trust_env=False, timeout=60)
            for name in ("ann", "kim")
        }

    def create(self, queue: str, who: str = "kim", **fields: Any) -> str:
        """A new ticket's id; `who` asks."""
        said = {"Queue": queue, "Subject": "out of order", "Requestor": f"{who}@shop.example", **fields}
        return str(self._done(self._clients[who].post("/ticket", json=said))["id"])

    def create_at_once(self, queue: str, count: int) -> list[str]:
        """The ids of so many tickets, made by one request: most of them in the same second."""
        said = [{"Queue": queue, "Subject": "out of order", "Requestor": "kim@shop.example"}] * count
        return [str(one["id"]) for one in self._done(self._clients["kim"].post("/tickets/bulk", json=said))]

    def change(self, ticket: str, who: str = "ann", **fields: Any) -> None:
        """Give fields of a ticket new values."""
        self._done(self._clients[who].put(f"/ticket/{ticket}", json=fields))

    def write(self, ticket: str, how: str, who: str = "ann") -> None:
        """`correspond`: the requester sees it; `comment`: colleagues see it."""
        self._done(
            self._clients[who].post(
                f"/ticket/{ticket}/{how}", content="some words", headers={"Content-Type": "text/plain"}
            )
        )

    def get(self, path: str, who: str = "ann", **query: str) -> Any:
        """What its REST API says."""
        return self._done(self._clients[who].get(path, params=query))

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _done(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def request_tracker(folder: Path) -> Iterator[RequestTracker]:
    """A Request Tracker with an empty database in the folder; ann works there, kim asks, reader and narrow read."""
    setup, server = _tool("rt-setup-database-5"), _tool("/usr/share/request-tracker5/libexec/rt-server")
    port = free_port()
    (folder / "none").mkdir()  # the package's own settings name another database
    configuration, people = folder / "RT_SiteConfig.pm", folder / "people"
    configuration.write_text(_CONFIGURATION.format(zone=ZONE, port=port, folder=folder))
    people.write_text(_PEOPLE.format(password=PASSWORD))
    environment = {**os.environ, "RT_SITE_CONFIG": str(configuration), "RT_SITE_CONFIG_DIR": str(folder / "none")}
    do([setup, "--action", "init", "--dba", "root", "--dba-password", ""], environment)
    do([setup, "--action", "insert", "--datafile", str(people)], environment)
    url = f"http://127.0.0.1:{port}"
    with running([server, "--port", str(port), "--host", "127.0.0.1"], url, folder / "rt.log", environment):
        made = RequestTracker(url)
        yield made
        made.close()


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed; .ci/services installs it")
        pytest.skip(f"{name} is not installed (Debian: apt-get install request-tracker5 rt5-db-sqlite)")
    return path
