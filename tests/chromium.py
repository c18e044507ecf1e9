"""Debian's Chromium, without a window, for tests that look at pages as a person does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none, and fails where CI is set.

    To be closed before tests go on that have an event loop of their own: playwright keeps one in this thread.
    """
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed; .ci/services installs it")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield browser
        browser.close()


def faults(page: Page) -> list[str]:
    """What axe-core finds against the page: rule and element, by WCAG 2.2 AA and its best practices.

    The page's own policy lets no script in: the context must have been opened with `bypass_csp`.
    """
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
