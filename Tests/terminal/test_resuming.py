"""The command that an interrupted `watch` prints."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable

import pytest
from terminal import COMMAND, PATIENCE, environment


def hint(arguments: str, ids: str, is_time: Callable[[str], bool]) -> str:
    """Interrupts `watch` after the first line for which it is time. Returns what is on stderr."""
    process = subprocess.Popen(
        [COMMAND, "watch", *arguments.split(), "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(ids)
    process.stdin.close()
    while not is_time(process.stdout.readline()):
        pass
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    errors = process.stderr.read()
    assert process.wait(PATIENCE) == 130
    return errors


def test_the_hint_to_resume_names_the_tasks_from_stdin() -> None:
    errors = hint("-", "pending-1\npending 2\n", lambda line: True)
    assert errors.endswith("Resume with: cover-bridge watch pending-1 'pending 2' --sandbox\n")


@pytest.mark.parametrize("ids", ["pending-1 success-0s --json", "- --json success-0s"])
def test_the_hint_to_resume_leaves_out_the_tasks_that_are_done(ids: str) -> None:
    errors = hint(ids, "pending-1\n", lambda line: json.loads(line).get("final") is True)
    assert errors.endswith("Resume with: cover-bridge watch pending-1 --json --sandbox\n")
