"""Which processes the bridge watches: those whose death it can see, and no others."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)


def watched(process: int) -> int:
    """How many processes this one waits for."""
    folder = Path(f"/proc/{process}/fd")
    return sum("pidfd" in str(link.readlink()) for link in folder.iterdir())


HIGHEST = int(Path("/proc/sys/kernel/pid_max").read_text())


@pytest.mark.parametrize("process", [HIGHEST, 2**22 - 1, 2**31 - 1, 2**31, 2**32 + 1, 2**63 - 1])
@pytest.mark.parametrize("by_option", [True, False])
def test_a_process_that_is_not_known_is_not_watched(process: int, by_option: bool) -> None:
    """As a client in another container, or on another machine, gives it."""
    option = (f"--clientProcessId={process}",) if by_option else ()
    with Bridge("serve", "--sandbox", *option) as bridge:
        if not by_option:
            assert "result" in bridge.call("initialize", {"processId": process})
        time.sleep(1)  # an end would come within that
        assert bridge.call("ping", id=2)["result"] == {}


@pytest.mark.parametrize("process", [0, -1, -(2**63), 2**63])
def test_what_is_no_process_is_refused(process: int) -> None:
    with Bridge() as bridge:
        error = bridge.call("initialize", {"processId": process})["error"]
        assert error["data"]["parameter"] == "processId"
        assert bridge.call("ping", id=2)["result"] == {}
    done = subprocess.run([BINARY, "serve", f"--clientProcessId={process}"], capture_output=True)
    assert done.returncode == 2


def test_its_own_number_is_not_watched() -> None:
    with Bridge() as bridge:
        assert "result" in bridge.call("initialize", {"processId": bridge.process.pid})
        assert bridge.call("ping", id=2)["result"] == {}
        assert watched(bridge.process.pid) == 1  # the parent


@needs_root
def test_the_first_process_of_a_container_watches_no_parent() -> None:
    """Its parent is 0, and is no process that can be watched; nor is what its client names."""
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", BINARY, "serve", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(
            b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":1}}\n'
        )
        process.stdin.flush()
        assert b'"result"' in process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert watched(int(children[0])) == 0
        # Nor does it look twice a second.
        tasks = list(Path(f"/proc/{children[0]}/task").iterdir())
        calls = [(task / "wchan").read_text() for task in tasks]
        assert not [call for call in calls if "nanosleep" in call], calls
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
