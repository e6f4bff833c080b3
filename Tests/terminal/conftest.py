"""What several tests of the terminal need."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pytest
from terminal import COMMAND, environment

# Under nohup the commands would rightly stay when their terminal goes.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a sandbox that remembers tasks from command to command."""
    process = subprocess.Popen(
        [COMMAND, "sandbox"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
