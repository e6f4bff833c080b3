"""The command that an interrupted `watch` prints."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from terminal import COMMAND, PATIENCE, environment


def test_the_hint_to_resume_names_the_tasks_from_stdin() -> None:
    process = subprocess.Popen(
        [COMMAND, "watch", "-", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("pending-1\npending 2\n")
    process.stdin.close()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    errors = process.stderr.read()
    assert process.wait(PATIENCE) == 130
    assert errors.endswith("Resume with: cover-bridge watch pending-1 'pending 2' --sandbox\n")


@pytest.mark.parametrize("ids", ["pending-1 success-0s --json", "- --json success-0s"])
def test_the_hint_to_resume_leaves_out_the_tasks_that_are_done(ids: str) -> None:
    process = subprocess.Popen(
        [COMMAND, "watch", *ids.split(), "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("pending-1\n")
    process.stdin.close()
    while not json.loads(process.stdout.readline()).get("final"):
        pass
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    errors = process.stderr.read()
    assert process.wait(PATIENCE) == 130
    assert errors.endswith("Resume with: cover-bridge watch pending-1 --json --sandbox\n")
