"""Runs the web servers of clients/CALLBACKS.md exactly as written. The real sandbox calls them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port, listens
from waiting import wait_until

ROOT = Path(__file__).parents[2]
BRIDGE = os.environ.get("COVER_BRIDGE", "")
PAGE = (ROOT / "clients/CALLBACKS.md").read_text()
RECIPES = dict(re.findall(r"^## (\S+)\n.*?^```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
LONGEST = 15
# Calls the Express handler with an object of the form that Express makes.
EXPRESS = """
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { coverDone } from './recipe.mjs';
createServer(async (request, response) => {
  request.body = await json(request);
  response.sendStatus = (code) => { response.statusCode = code; response.end(String(code)); };
  coverDone(request, response);
}).listen(process.env.PORT);
"""
FLASK = [sys.executable, "-m", "flask"]
SERVERS = {
    "FastAPI": ("recipe.py", [sys.executable, "-m", "uvicorn", "recipe:app", "--port", "PORT"]),
    "Flask": (
        "recipe.py",
        [sys.executable, "-m", "flask", "--app", "recipe", "run", "--port", "PORT"],
    ),
    "node:http": ("recipe.mjs", ["node", "recipe.mjs"]),
    "Express": ("recipe.mjs", ["node", "express.mjs"]),
}


def test_the_page_has_a_recipe_for_each_server() -> None:
    assert list(RECIPES) == list(SERVERS)
    for name, code in RECIPES.items():
        assert len(code.splitlines()) <= LONGEST, name


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a webhook key and the clients. The endpoint in the environment is a sandbox."""
    (tmp_path / "webhook-key").write_text("secret-webhook-key-1\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/cover-bridge").symlink_to(ROOT / "clients/node")
    (tmp_path / "express.mjs").write_text(EXPRESS)
    command = [BRIDGE, "sandbox", "--webhook-key-file", "webhook-key"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout
        monkeypatch.setenv("KIE_API_ENDPOINT", sandbox.stdout.readline().strip())
        monkeypatch.setenv("KIE_API_KEY", "any-key-123456")
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "clients/python"))
        yield tmp_path
        sandbox.terminate()


def order(music: str, port: int) -> str:
    url = f"http://127.0.0.1:{port}/cover-done"
    command = [BRIDGE, "generate", music, "--callback-url", url]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return result.stdout.strip()


def seen(log: Path, pattern: str) -> bool:
    """Waits until the server has printed a text that matches."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if re.search(pattern, log.read_text(), re.MULTILINE):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", list(SERVERS))
def test_the_recipe_gets_the_end(name: str, place: Path) -> None:
    file, command = SERVERS[name]
    (place / file).write_text(RECIPES[name])
    port = free_port()
    log = place / "log"
    command = [str(port) if word == "PORT" else word for word in command]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=place,
            env={**os.environ, "PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until("the server listens", lambda: listens(port))
        forged = order("forged-success-0.2s-a", port)
        done = order("success-1s-a", port)
        failed = order("fail-1s-a", port)
        assert seen(log, rf"^{done} succeeded http\S+-1\.png http\S+-2\.png"), log.read_text()
        assert seen(log, rf"^{failed} failed"), log.read_text()
        assert forged not in log.read_text()
    finally:
        server.terminate()
        server.wait(30)
