"""Runs each example of the READMEs, exactly as written, with the real bridge.

The variable COVER_BRIDGE names the bridge. If the tool of an example is missing, its test fails.
`make setup` installs the tools.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60
# For each language of a code block: the file for the example, and the command that runs it.
RUN = {
    "python": ("example.py", [sys.executable, "example.py"]),
    "js": ("example.mjs", ["node", "example.mjs"]),
    "sh": ("recipe.sh", ["sh", "recipe.sh"]),
    "ruby": ("recipe.rb", ["ruby", "recipe.rb"]),
    "go": ("recipe.go", ["go", "run", "recipe.go"]),
    # This recipe leaves Vim open. The test reads Vim's messages when the cover is final.
    "vim": (
        "recipe.vim",
        ["vim", "-Nu", "NONE", "-i", "NONE", "-es", "-S", "recipe.vim", "-S", "wait.vim"],
    ),
}
WAIT_VIM = """
for _ in range(200)
  if execute('messages') =~# 'succeeded' | break | endif
  sleep 50m
endfor
call writefile(split(execute('messages'), "\\n"), '/dev/stdout')
qall!
"""
DOCUMENTS = {
    "README.md": ["python", "js"],
    "clients/README.md": ["sh", "ruby", "go", "vim"],
    "clients/python/README.md": ["python"],
    "clients/node/README.md": ["js"],
}
GENERATING = r"success-\S+ generating"
SUCCEEDED = r"success-\S+ succeeded http\S+-1\.png http\S+-2\.png"
# `WAITING` recipes wait only for the end. The other recipe shows the answer when it arrives.
WAITING = ("sh", "go")
ANSWER = r'"state":"succeeded",.*"images":\["http\S+-1\.png","http\S+-2\.png"\]'
LONGEST_EXAMPLE = 10


def blocks(document: str) -> dict[str, str]:
    """The code blocks that the tests run, by language."""
    text = (ROOT / document).read_text()
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    runnable = [(language, code) for language, code in found if language in RUN]
    assert len(dict(runnable)) == len(runnable), f"{document}: two examples in one language"
    return dict(runnable)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the bridge and the clients, without a user's settings and without a key."""
    bridge = Path(os.environ["COVER_BRIDGE"]).resolve()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cover-bridge").symlink_to(bridge)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/cover-bridge").symlink_to(ROOT / "clients/node")
    (tmp_path / "wait.vim").write_text(WAIT_VIM)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "clients/python"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GOCACHE", str(tmp_path / "go"))
    for name in ("COVER_BRIDGE", "KIE_API_KEY", "KIE_API_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_example_is_listed(document: str) -> None:
    assert list(blocks(document)) == DOCUMENTS[document]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_are_short(document: str) -> None:
    for language, code in blocks(document).items():
        lines = [line for line in code.splitlines() if line.strip()]
        assert len(lines) <= LONGEST_EXAMPLE, language


@pytest.mark.parametrize(
    ("document", "language"),
    [(document, language) for document, languages in DOCUMENTS.items() for language in languages],
)
def test_example(document: str, language: str, place: Path) -> None:
    name, command = RUN[language]
    (place / name).write_text(blocks(document)[language])
    run = subprocess.run(
        command,
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert re.search(ANSWER if language == "go" else SUCCEEDED, run.stdout), run.stdout
    assert language in WAITING or re.search(GENERATING, run.stdout), run.stdout
