"""The pages in a real browser: read, filled in, sent, in both colour schemes, on paper, checked for accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from core.invitations import Invitation, digest_of, new_token
from core.model import SECOND
from core.reviews import Review
from core.store.store import Store, open_store
from exporters.server import serve
from exporters.web import make_app
from tests.chromium import chromium, faults
from tests.exporters.example import AT, Hub, exposition

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}


class Site(NamedTuple):
    """A served hub, and a browser."""

    url: str
    store: Store
    browser: Browser

    def review(self) -> str:
        """The address of a form of its own."""
        token = new_token()
        made = Invitation(digest_of(token) or "", "2026-10", "acme", AT + 3600 * SECOND)
        self.store.invite([made], AT - SECOND)
        return f"{self.url}/review/{token}"

    def address(self, page: str) -> str:
        return self.review() if page == "review form" else self.url + page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One hub and one browser for all tests here."""
    with ExitStack() as stack:
        store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/pages.db")
        stack.callback(store.close)
        app = make_app(exposition(), Hub(), False, clock=lambda: AT + 30 * SECOND, invitations=store)
        server = serve(app, "127.0.0.1", 0)
        stack.callback(server.stop)
        yield Site(server.url, store, stack.enter_context(chromium()))


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """A page under the site's own policy; whatever the browser complains of fails the test."""
    context = site.browser.new_context()
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def test_a_review_is_filled_in_by_keyboard_and_mouse_and_sent(site: Site, page: Page) -> None:
    page.goto(site.review())
    globex = page.get_by_role("region", name="Globex Networks")
    first = globex.get_by_role("group").first
    assert first.get_by_label("did not work together").is_checked()
    first.get_by_label("5").check()
    page.keyboard.press("ArrowLeft")
    assert first.get_by_label("4").is_checked()
    globex.get_by_role("textbox").fill("For the night of the 12th: <b>great</b>")
    page.get_by_role("button", name="Send the review").press("Enter")
    page.get_by_role("heading", name="Thank you").wait_for()
    others = [Review("2026-10", who, "globex", 3, 1, 5) for who in ("initech", "integrator")]
    site.store.replace_reviews(others, "import", AT)
    assert sorted(site.store.facts([]).reviews.score.tolist()) == [3, 3, 4]


def test_a_form_with_a_mistake_says_so_and_keeps_what_was_filled_in(site: Site) -> None:
    page = site.browser.new_page()  # without the watch: the browser complains of the status 400
    page.goto(site.review())
    page.get_by_role("region", name="Globex Networks").get_by_role("textbox").fill("thanks")
    page.get_by_role("button", name="Send the review").click()
    assert "Globex Networks: a thanks goes with at least one mark." in page.get_by_role("alert").inner_text()
    assert page.get_by_role("region", name="Globex Networks").get_by_role("textbox").input_value() == "thanks"
    page.context.close()


def test_another_window_of_time_is_chosen_on_the_start_page(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="7 days").click()
    page.wait_for_url("**/?window=7d")
    assert page.get_by_role("navigation").get_by_text("7 days").get_attribute("aria-current") == "true"


@pytest.mark.parametrize("where", ["/", "/board/2026-10", "review form"])
def test_a_page_follows_the_colour_scheme_and_needs_nobody_else(site: Site, page: Page, where: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    grounds = []
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto(site.address(where))
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(246, 247, 248)", "rgb(18, 22, 26)"]
    assert {address.partition(":")[0] for address in asked} <= {"http", "data"}
    assert all(address.startswith((site.url, "data:")) for address in asked)


@pytest.mark.parametrize("where", ["/", "/board/2026-10", "review form"])
def test_a_page_is_no_wider_than_a_phone(site: Site, page: Page, where: str) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(site.address(where))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("where", ["/?refresh=off", "/board/2026-10", "review form", "/review/none"])
def test_an_accessibility_check_finds_nothing(site: Site, where: str) -> None:
    # A page that renews itself is objected to whatever it offers; ours offers to stop that, as the guideline asks.
    for scheme in _SCHEMES:
        context = site.browser.new_context(bypass_csp=True, color_scheme=scheme)
        page = context.new_page()
        page.goto(site.address(where))
        assert faults(page) == []
        context.close()


def test_another_month_is_chosen_on_the_board_page(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/board")
    assert page.url == f"{site.url}/board/2026-10"
    page.get_by_role("navigation", name="Month").get_by_role("link", name="2026-09").click()
    page.wait_for_url("**/board/2026-09")
    assert "September 2026" in page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("where", ["/", "/board/2026-10"])
def test_a_page_prints_to_paper_without_what_only_a_screen_needs(
    site: Site, page: Page, tmp_path: Path, where: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(site.url + where)
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
    page.emulate_media(media="print")
    assert not any(each.is_visible() for each in page.get_by_role("navigation").all())


_SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
