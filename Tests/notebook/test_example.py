"""Executes the example without a page, and checks the outputs in the saved file."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from lab import SECONDS, nbformat, notebook_of
from nbclient import NotebookClient

EXAMPLE = ROOT / "clients/python/examples/covers.ipynb"


def execute(notebook: Any, folder: Path) -> Any:
    """Executes a notebook on a thread, because the main thread may have the event loop of a
    browser."""
    client = NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": folder}})
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, client.async_execute()).result()
    return notebook


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("example")
    notebook = execute(nbformat.read(EXAMPLE, as_version=4), folder)
    # Another program can read the written notebook.
    nbformat.write(notebook, folder / "covers.ipynb")
    return nbformat.read(folder / "covers.ipynb", as_version=4)


def cell(notebook: Any, name: str) -> Any:
    return next(each for each in notebook.cells if each.id == name)


def test_outputs_are_stripped() -> None:
    notebook = nbformat.read(EXAMPLE, as_version=4)
    nbformat.validate(notebook)
    code = [each for each in notebook.cells if each.cell_type == "code"]
    assert [(each.outputs, each.execution_count) for each in code] == [([], None)] * len(code)


def test_a_saved_board_has_the_last_state_and_its_thumbnails(executed: Any) -> None:
    live, still = cell(executed, "board").outputs
    assert list(live.data) == ["application/vnd.jupyter.widget-view+json"]
    page = still.data["text/html"]
    assert "3 covers: 2 succeeded, 1 failed" in page
    assert "asked for a failure" in page
    sources = re.findall(r'<img src="([^"]*)"', page)
    assert len(sources) == 4
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert len(page) < 50_000
    assert "success-3s-first-light  succeeded" in still.data["text/plain"]


def test_the_outputs_of_the_other_cells(executed: Any) -> None:
    all_of_them = cell(executed, "await").outputs[0].data
    assert "3 covers: 2 succeeded, 1 failed" in all_of_them["text/html"]
    card = cell(executed, "card").outputs[0].data
    assert "kept until" in card["text/html"]
    assert card["text/plain"].startswith("success-3s-first-light  succeeded, took 3 s")
    assert cell(executed, "download").outputs[0].data["text/plain"].count(".png") == 4
    followed = cell(executed, "script").outputs[1].data["text/html"]
    assert "2 covers: 2 succeeded" in followed


@pytest.mark.parametrize("last", ["board.wait();", "_ = await board"])
def test_the_last_cell_keeps_the_last_state(tmp_path: Path, last: str) -> None:
    first = """from cover_bridge.notebook import CoverBoard
board = CoverBoard("success-0.5s-a", sandbox=True)
board"""
    notebook = execute(notebook_of(first, last), tmp_path)
    page = notebook.cells[0].outputs[1].data["text/html"]
    assert "1 cover: 1 succeeded" in page
    assert page.count('<img src="data:') == 2


def test_the_lines_of_the_readme(tmp_path: Path) -> None:
    readme = (ROOT / "clients/python/README.md").read_text()
    (lines,) = re.findall(r"^```py\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    live, still = execute(notebook_of(lines), tmp_path).cells[0].outputs
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert "2 covers: 2 pending" in still.data["text/plain"]


def test_the_bridge_ends_with_the_kernel(tmp_path: Path) -> None:
    notebook = notebook_of(
        "from cover_bridge.notebook import CoverBoard\n"
        "board = CoverBoard('pending-a', sandbox=True)\n"
        "print(board._following.bridge.pid)"
    )
    pid = int(execute(notebook, tmp_path).cells[0].outputs[0].text)
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_text()
