"""The review form over a real loopback server: shown, sent once, and every way in which a link does not work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Barrier
from typing import TypeAlias

import bcrypt
import httpx
import pytest

from core.catalogue import SupplierEntry
from core.invitations import Invitation, digest_of, new_token
from core.model import SECOND
from core.reviews import Review
from core.store.store import Store, open_store
from exporters.server import serve
from exporters.web import make_app
from tests.exporters.example import AT, CATALOGUE, Hub, exposition

FORM = {"content-type": "application/x-www-form-urlencoded"}
GOOD = {"globex.1": "5", "globex.2": "4", "initech.1": "", "globex.thanks": "For <b>all</b> & more"}
DEAD = "This link does not work"


@dataclass
class Desk:
    """A hub with its forms, and links into it."""

    http: httpx.Client
    store: Store
    tokens: list[str] = field(default_factory=list)

    def link(self, reviewer: str = "acme", expires_at: int = AT + SECOND, token: str | None = None) -> str:
        self.tokens.append(token or new_token())
        made = Invitation(digest_of(self.tokens[-1]) or "", "2026-10", reviewer, expires_at)
        self.store.invite([made], AT - SECOND)
        return f"/review/{self.tokens[-1]}"

    def reviews(self) -> list[tuple[float, float, float]]:
        """Those of October about Globex, made visible by two imported ones that are left out here."""
        others = [Review("2026-10", who, "globex", 3, 1, 5) for who in ("initech", "integrator")]
        self.store.replace_reviews(others, "import", AT)
        found = self.store.facts([]).reviews
        return list(zip(found.score.tolist(), found.scale_min.tolist(), found.scale_max.tolist(), strict=True))[:-2]


Open: TypeAlias = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: object) -> Iterator[Open]:
    with ExitStack() as stack:

        def start(hub: Hub | None = None, users: dict[str, str] | None = None) -> Desk:
            store = open_store(f"sqlite:///{tmp_path}/reviews.db")
            stack.callback(store.close)
            app = make_app(exposition(), hub or Hub(), False, users, clock=lambda: AT, invitations=store)
            server = serve(app, "127.0.0.1", 0)
            stack.callback(server.stop)
            return Desk(stack.enter_context(httpx.Client(base_url=server.url, trust_env=False)), store)

        yield start


def test_a_form_asks_about_the_others_and_the_integrator(desk: Open) -> None:
    here = desk()
    answer = here.http.get(here.link())
    assert answer.status_code == 200
    assert "Working together in October 2026" in answer.text
    assert "Globex Networks" in answer.text
    assert "The service integrator" in answer.text
    assert 'name="acme.1"' not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "form-action 'none'" in here.http.get("/").headers["content-security-policy"]


def test_looking_at_the_form_does_not_use_the_link(desk: Open) -> None:
    here = desk()
    link = here.link()
    assert [here.http.get(link).status_code, here.http.head(link).status_code] == [200, 200]
    assert here.http.post(link, data=GOOD).status_code == 200


def test_a_sent_form_is_kept_on_its_scale_and_the_link_works_no_more(desk: Open) -> None:
    here = desk()
    link = here.link()
    answer = here.http.post(link, data=GOOD)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    assert here.reviews() == [(4.5, 1, 5)]
    again = [here.http.get(link), here.http.post(link, data={"globex.1": "1"})]
    assert [(each.status_code, DEAD in each.text) for each in again] == [(410, True)] * 2
    assert here.reviews() == [(4.5, 1, 5)]


def test_of_two_forms_sent_at_once_one_is_kept(desk: Open) -> None:
    here = desk()
    link, together = here.link(), Barrier(2)

    def send(mark: str) -> int:
        together.wait(10)
        return httpx.post(f"{here.http.base_url}{link}", data={"globex.1": mark}, trust_env=False).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, ["1", "5"])) == [200, 410]
    assert len(here.reviews()) == 1


def test_every_link_that_does_not_work_shows_the_same_page(desk: Open) -> None:
    here = desk()
    links = [
        here.link("acme", expires_at=AT),
        here.link("removed-supplier"),
        f"/review/{new_token()}",
        "/review/x",
        "/review/" + "é" * 43,
        "/review/" + "%00" * 43,
    ]
    got = [here.http.get(link) for link in links]
    sent = [here.http.post(link, data=GOOD) for link in links]
    assert [each.status_code for each in got] == [each.status_code for each in sent] == [410, 410, 404, 404, 404, 404]
    assert len({each.text for each in [*got, *sent]}) == 1
    assert DEAD in got[0].text


def test_a_newer_link_ends_the_older_one(desk: Open) -> None:
    here = desk()
    old, new = here.link(), here.link()
    assert [here.http.get(link).status_code for link in (old, new)] == [404, 200]


def test_a_form_with_a_mistake_comes_back_as_it_was_and_may_be_sent_again(desk: Open) -> None:
    here = desk()
    link = here.link()
    answer = here.http.post(link, data={"globex.1": "5", "initech.thanks": "<script>alert(1)</script>"})
    assert answer.status_code == 400
    assert "Initech Applications: a thanks goes with at least one mark." in answer.text
    assert 'name="globex.1" value="5" checked' in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script" not in answer.text
    assert here.http.post(link, data=GOOD).status_code == 200


def test_a_title_with_markup_stays_text(desk: Open) -> None:
    catalogue = replace(CATALOGUE, suppliers=(*CATALOGUE.suppliers, SupplierEntry("evil", '"><img src=x>')))
    here = desk(Hub(catalogue=catalogue, title="<i>Board</i>"))
    text = here.http.get(here.link()).text
    assert "<img" not in text
    assert "<i>" not in text
    assert "&lt;img src=x&gt;" in text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "origin": "null"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"origin": "null"}, 200),
        ({}, 200),
    ],
)
def test_another_sites_page_cannot_send_a_form(desk: Open, headers: dict[str, str], status: int) -> None:
    here = desk()
    assert here.http.post(here.link(), data=GOOD, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"globex.1=%ff", FORM, 400),
        (b"\xff", FORM, 400),
        (b"&".join([b"a=1"] * 1001), FORM, 400),
        (b"{}", {"content-type": "application/json"}, 415),
        (b"globex.1=5", {}, 415),
        (b"x" * 262_145, FORM, 413),
        (b"", FORM, 400),
    ],
)
def test_what_is_no_form_is_refused_and_the_link_goes_on_working(
    desk: Open, content: bytes, headers: dict[str, str], status: int
) -> None:
    here = desk()
    link = here.link()
    assert here.http.post(link, content=content, headers=headers).status_code == status
    assert here.http.post(link, data=GOOD).status_code == 200


def test_a_form_in_chunks_is_read_up_to_the_limit(desk: Open) -> None:
    here = desk()
    link = here.link()
    long = here.http.post(link, content=(b"x" * 65_536 for _ in range(5)), headers=FORM)
    assert (long.status_code, long.text) == (413, "A form has 262144 bytes at most.\n")
    assert here.http.post(link, content=iter([b"globex", b".1=5"]), headers=FORM).status_code == 200


def test_another_method_is_told_which_there_are(desk: Open) -> None:
    here = desk()
    answer = here.http.delete(here.link())
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_form_needs_no_password_where_the_pages_do(desk: Open) -> None:
    here = desk(users={"ann": bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()})
    assert here.http.get("/").status_code == 401
    assert here.http.post(here.link(), data=GOOD).status_code == 200
    assert here.http.get("/review/../").status_code == 401


def test_a_token_stands_in_no_log_also_when_the_database_fails(desk: Open, caplog: pytest.LogCaptureFixture) -> None:
    here = desk()
    caplog.set_level(logging.DEBUG)
    here.http.get(here.link())
    here.http.post(here.link(), data={"globex.1": "9"})
    here.http.post(here.link(), data=GOOD)
    with here.store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE invitation")
    assert here.http.get(f"/review/{here.tokens[0]}").status_code == 500
    server_side = [each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    assert any("a review form of acme for 2026-10 was kept" in line for line in server_side)
    assert not any(token in line for token in here.tokens for line in [*server_side, *_traces(caplog)])


def _traces(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    shape = logging.Formatter()
    for record in caplog.records:
        if record.exc_info and not record.name.startswith(("httpx", "httpcore")):
            yield shape.formatException(record.exc_info)
