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
    assert done.returncode == 3


def test_the_module_says_what_is_wrong(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "cover_bridge").returncode == 2
    assert run(tmp_path, "-m", "cover_bridge", "--sandbx", "x").returncode == 2
    assert run(tmp_path, "-m", "cover_bridge", "--help").stdout.startswith("usage: ")
    done = run(tmp_path / "missing", "-m", "cover_bridge", "x")
    assert done.returncode == 6
    assert done.stderr.startswith("cover_bridge: cannot start")


@pytest.mark.parametrize(
    ("tasks", "code"),
    [
        (["success"], 0),
        (["fail", "success"], 1),
        (["ended:unauthorized", "fail"], 3),
        (["ended:taskNotFound", "fail"], 4),
        (["ended:timeout", "ended:taskNotFound"], 5),
        (["ended:insufficientCredits", "ended:taskNotFound"], 7),
        (["ended:serverError", "ended:timeout", "fail"], 6),
        (["refused"], 2),
        (["mortal", "fail"], 6),
    ],
)
def test_only_a_task_that_failed_is_1(command: Path, tasks: list[str], code: int) -> None:
    assert run(command, "-m", "cover_bridge", "--sandbox", *tasks).returncode == code


def test_the_module_sends_no_terminal_codes(command: Path) -> None:
    for task in ("ended-\x1b[2J\u202e", "fail-\x9b2J", "success-\x1b]0;x\x07"):
        done = run(command, "-m", "cover_bridge", "--sandbox", task)
        written = done.stdout + done.stderr
        assert "\ufffd" in written
        assert not set("\x1b\x9b\x07\u202e") & set(written)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1:strict"])
def test_the_module_in_a_poor_encoding(
    command: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = run(command, "-m", "cover_bridge", "--sandbox", "success-\u20ac")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("success-\\u20ac pending")


@pytest.mark.parametrize(
    ("redirect", "code", "said"),
    [
        ("| head -n 1", 141, ""),
        (">/dev/full", 74, "cover_bridge: [Errno 28] No space left on device\n"),
        (">&-", 1, "cover_bridge: stdout is closed\n"),
        ("2>&-", 0, ""),
    ],
)
def test_the_module_without_a_reader(command: Path, redirect: str, code: int, said: str) -> None:
    # The exit code is that of the module, whatever its reader does.
    line = f'(set +e; "$@"; echo "code $?" >&3) {redirect}'
    module = [sys.executable, "-m", "cover_bridge", "--sandbox", "many:2000"]
    done = subprocess.run(
        ["bash", "-c", f"exec 3>&2; {line}", "bash", *module],
        cwd=ROOT,
        env={**os.environ, "COVER_BRIDGE": str(command)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == f"{said}code {code}\n"


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
