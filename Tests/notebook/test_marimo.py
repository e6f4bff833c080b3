"""Tests the board in a marimo notebook, in a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import eventually
from lab import LIVE, SECONDS, have_loaded
from playwright.sync_api import Browser, expect
from ports import free_port, listens

APP = """import marimo

app = marimo.App()


@app.cell
def _():
    from cover_bridge.notebook import CoverBoard

    board = CoverBoard(["success-2s-first-light", "fail-1s-broken-string"], sandbox=True)
    board
    return (board,)


@app.cell
async def _(board):
    outcomes = await board
    outcomes["fail-1s-broken-string"]
    return


@app.cell
def _():
    from cover_bridge import CoverBridge

    bridge = CoverBridge(sandbox=True, interval=0.1)
    followed = bridge.follow(["success-1s-followed"], progress=True)
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token"]
    log = tmp_path / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=tmp_path,
            stdout=written,
            stderr=written,
        )

        def is_ready() -> bool:
            assert process.poll() is None, log.read_text()
            return listens(port)

        eventually(is_ready)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(SECONDS)


def test_from_pending_to_pictures(url: str, browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(url)
    rows = page.locator(f"{LIVE} li")
    expect(rows).to_have_count(3)
    followed = page.locator(LIVE).nth(1)
    expect(followed.locator("li strong")).to_have_text("succeeded")
    expect(rows.nth(0).locator("strong")).to_have_text("succeeded")
    expect(rows.nth(1).locator("strong")).to_have_text("failed")
    have_loaded(rows.nth(0).locator("img"), 2)
    # The page has two rows, and a third time in another cell, which displays a status.
    expect(page.get_by_text("took 1 s")).to_have_count(3)
    # The buttons also work in marimo.
    rows.nth(0).get_by_role("button", name="Download").click()
    expect(rows.nth(0)).to_contain_text("2 images saved to covers")
    page.close()
