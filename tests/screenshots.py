"""The pictures of the documentation, taken from the demo: `make screenshots` writes docs/images/*.png anew."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Browser

from tests.chromium import chromium

FOLDER: Final = Path(__file__).parent.parent / "docs" / "images"
_WIDTH: Final = 1100
_LOOKS: Final = 1.0  # seconds between two looks at a demo that is not ready yet
_PATIENCE: Final = 300.0


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """A demo whose sources have all been read: its address, and its configuration file."""
    hub = [sys.executable, "-m", "siamhub", "demo", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(hub, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = ""
            for line in process.stdout or ():
                said += line
                if "start page" in line:
                    break
            url = re.search(r"start page (\S+)/", said)
            path = re.search(r"configuration of this demo\s+(\S+)", said)
            if url is None or path is None:
                raise RuntimeError(f"the demo did not start: {said}")
            deadline = time.monotonic() + _PATIENCE
            while "first sync is under way" in httpx.get(url[1], trust_env=False).text:
                if time.monotonic() > deadline:
                    raise TimeoutError("the first sync of the demo does not end")
                time.sleep(_LOOKS)
            yield url[1], path[1]
        finally:
            process.terminate()


def shoot(browser: Browser, url: str, name: str, height: int) -> None:
    """A picture of the upper part of a page."""
    context = browser.new_context(viewport={"width": _WIDTH, "height": height}, color_scheme="light")
    page = context.new_page()
    page.goto(url)
    page.screenshot(path=FOLDER / name)
    context.close()


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    last = f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"
    with demo() as (url, path), chromium() as browser:
        invite = [sys.executable, "-m", "siamhub", "--config", path, "review", "invite", last, "--url", url]
        links = subprocess.run(invite, check=True, capture_output=True, text=True).stdout
        shoot(browser, f"{url}/?refresh=off", "start-page.png", 1000)
        shoot(browser, links.splitlines()[0].split()[1], "review-form.png", 900)
        shoot(browser, f"{url}/board/{last}", "board.png", 1000)


if __name__ == "__main__":
    main()
