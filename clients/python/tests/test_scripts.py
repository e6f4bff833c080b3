"""What is run and not imported: the module and the example."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import FAKE

ROOT = Path(__file__).parent.parent


def run(command: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COVER_BRIDGE": str(command)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def command(tmp_path: Path) -> Path:
    path = tmp_path / "cover-bridge"
    path.write_text(f'#!/bin/sh\nexec {FAKE[0]} {FAKE[1]} "$@"\n')
    path.chmod(0o755)
    return path


def test_the_module_prints_changes(command: Path) -> None:
    done = run(command, "-m", "cover_bridge", "--sandbox", "success-a", "ended")
    assert done.stdout.splitlines() == [
        "success-a pending",
        "success-a generating https://a/0.png",
        "success-a succeeded https://a/0.png",
    ]
    assert done.stderr.startswith("ended: ")
    assert done.returncode == 1


def test_the_module_says_what_is_wrong(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "cover_bridge").returncode == 2
    assert run(tmp_path, "-m", "cover_bridge", "--sandbx", "x").returncode == 2
    assert run(tmp_path, "-m", "cover_bridge", "--help").stdout.startswith("usage: ")
    done = run(tmp_path / "missing", "-m", "cover_bridge", "x")
    assert done.returncode == 1
    assert done.stderr.startswith("cover_bridge: cannot start")


def test_the_example(command: Path) -> None:
    done = run(command, "examples/follow_covers.py")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "\033" not in done.stdout
    assert len(re.findall(r"(?m)^ +\d+\.\d\d s  ", done.stdout)) == 9
    assert "9 changes" in done.stdout
    assert "image   https://a/0.png" in done.stdout
    assert "reason  no" in done.stdout


def test_the_lines_in_the_readme(command: Path, tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    script = tmp_path / "readme.py"
    script.write_text(example[1])
    done = run(command, str(script))
    assert (done.stderr, done.returncode) == ("", 0)
    assert len(done.stdout.splitlines()) == 6
