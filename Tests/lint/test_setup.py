"""On an unsupported machine, `setup` prints one sentence and installs nothing.

Each target that builds something runs `setup` first.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "Tests/scripts/setup"
TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
# `reproducible` runs `make` in copies of the project.
OTHERS = {"help", "install", "clean", "reproducible"}


@pytest.mark.parametrize("purpose", ["build", "test", "bench"])
@pytest.mark.parametrize(
    ("command", "script", "said"),
    [
        ("uname", '[ "$1" = -s ] && echo Linux || echo aarch64', "this is Linux aarch64"),
        ("uname", '[ "$1" = -s ] && echo Darwin || echo arm64', "this is Darwin arm64"),
        ("getconf", "exit 1", "such as musl"),
    ],
)
def test_an_unsupported_machine_is_refused(
    tmp_path: Path, purpose: str, command: str, script: str, said: str
) -> None:
    (tmp_path / command).write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / command).chmod(0o755)
    done = subprocess.run(
        [SETUP, purpose],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("setup: ") and done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1


def test_each_target_that_builds_runs_it_first() -> None:
    assert {*TARGETS}.issuperset(OTHERS)
    make = ["make", "--no-print-directory", "--dry-run"]
    for target in {*TARGETS} - OTHERS:
        shown = subprocess.check_output([*make, target], cwd=ROOT, text=True)
        assert shown.startswith("Tests/scripts/setup "), target
