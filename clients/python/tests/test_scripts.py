"""Programs that are run and not imported: the module and the example."""

from __future__ import annotations

import os
import re
import signal
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


def test_the_module_is_the_command(binary: str, tmp_path: Path) -> None:
    done = run(
        Path(binary), "-m", "cover_bridge", "--sandbox", "--interval", "0.05", "fail-0s", "x"
    )
    assert done.stdout.splitlines()[0].split()[:2] == ["fail-0s", "failed"]
    assert done.returncode == 1
    assert run(Path(binary), "-m", "cover_bridge", "--sandbx", "x").returncode == 2
    assert "--json" in run(Path(binary), "-m", "cover_bridge", "--help").stdout


def test_the_command_replaces_the_module(tmp_path: Path) -> None:
    # The command replaces the process. So the process id stays, arguments are bytes, and a signal
    # ends the command directly.
    command = tmp_path / "cover-bridge"
    command.write_text('#!/bin/sh\nprintf "%s\\n" $$ "$@"; kill -TERM $$\n')
    command.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-m", "cover_bridge", "--x", b"caf\xe9", "a b"],
        cwd=ROOT,
        env={**os.environ, "COVER_BRIDGE": str(command)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        written = process.stdout.read()
    assert written == b"%d\nwatch\n--x\ncaf\xe9\na b\n" % process.pid
    assert process.returncode == -signal.SIGTERM


def test_the_module_without_the_command(tmp_path: Path) -> None:
    done = run(tmp_path / "missing", "-m", "cover_bridge", "x")
    assert done.returncode == 6
    assert (
        done.stderr == f"cover_bridge: cannot start {tmp_path}/missing: No such file or directory\n"
    )


def test_the_module_with_the_command_at_home(
    binary: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bridge").symlink_to(binary)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "--json" in run(Path("~/bridge"), "-m", "cover_bridge", "--help").stdout


def test_the_module_without_the_command_and_stderr() -> None:
    """The error must not be written to stdout, which a program may read."""
    script = f"{sys.executable} -m cover_bridge x 2>&-"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=ROOT,
        env={**os.environ, "COVER_BRIDGE": "/missing/bridge"},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert (done.stdout, done.returncode) == (b"", 6)


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
