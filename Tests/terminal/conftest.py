"""Fixtures for several tests of the terminal."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pytest
from terminal import COMMAND, environment

# If pytest runs under nohup, the commands would inherit the ignored SIGHUP.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a sandbox that keeps tasks from command to command."""
    process = subprocess.Popen(
        [COMMAND, "sandbox"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
