from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from lab import SECONDS, Lab, Notebook, Opens
from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """Calls ``look`` until it returns a true value, and returns this value."""
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="session", autouse=True)
def surroundings() -> Iterator[None]:
    """Gives the tests and the kernels the bridge under test, and no API key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVER_BRIDGE", str(Path(os.environ["COVER_BRIDGE"]).resolve()))
        for name in ("KIE_API_KEY", "KIE_API_ENDPOINT"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed; run make setup"
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root. A container has little shared memory.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def opens(lab: Lab, browser: Browser) -> Iterator[Opens]:
    """A function that opens a notebook on a new page."""
    url = eventually(lab.url)
    pages = []

    def open_notebook(path: Path) -> Notebook:
        # The resolution is enough for the screenshots in the READMEs.
        page = browser.new_page(viewport={"width": 840, "height": 900}, device_scale_factor=2)
        pages.append(page)
        return Notebook(page, url, path)

    yield open_notebook
    for page in pages:
        page.close()
