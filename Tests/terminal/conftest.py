"""Fixtures for several tests of the terminal."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pytest
from terminal import COMMAND, environment

# nohup ignores SIGHUP, and commands inherit that from pytest. So the default is set again.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a sandbox that keeps its tasks while several commands run."""
    process = subprocess.Popen(
        [COMMAND, "sandbox"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
